//! The functions of the AWS provider.
//! Source: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/functions/arn_parse> and its neighbours.

use crate::terraform::{
    cty::{Entries, Type, Val},
    functions::{
        FunctionError, Outcome, fail,
        signature::{Call, Function, Parameter, Returns, Want::String},
    },
};

const ARN: Parameter = Parameter::new("arn", String);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "provider::aws::arn_parse",
        &[ARN],
        Returns::By(|_| Ok(Type::object(PARTS.map(|part| (part, Type::String))))),
        parse,
    ),
    Function::new(
        "provider::aws::arn_build",
        &[
            Parameter::new("partition", String),
            Parameter::new("service", String),
            Parameter::new("region", String),
            Parameter::new("account_id", String),
            Parameter::new("resource", String),
        ],
        Returns::Always(String),
        build,
    ),
    Function::new("provider::aws::trim_iam_role_path", &[ARN], Returns::Always(String), trim_role_path),
];

const PARTS: [&str; 5] = ["account_id", "partition", "region", "resource", "service"];

/// Partition, service, region, account and resource.
fn sections(arn: &str) -> Result<[&str; 5], FunctionError> {
    let mut parts = arn.splitn(6, ':');
    if parts.next() != Some("arn") {
        return Err(FunctionError::argument(0, "arn: invalid prefix"));
    }
    match [parts.next(), parts.next(), parts.next(), parts.next(), parts.next()] {
        [Some(partition), Some(service), Some(region), Some(account), Some(resource)] => {
            Ok([partition, service, region, account, resource])
        }
        _ => Err(FunctionError::argument(0, "arn: not enough sections")),
    }
}

fn parse(call: &Call<'_>) -> Outcome {
    let [partition, service, region, account, resource] = sections(call.text(0))?;
    let values = [account, partition, region, resource, service];
    let entries: Entries = PARTS.into_iter().zip(values).map(|(name, value)| (name.into(), value.into())).collect();
    Ok(Val::object(entries))
}

fn build(call: &Call<'_>) -> Outcome {
    let parts: Vec<&str> = (0..5).map(|index| call.text(index)).collect();
    Ok(format!("arn:{}", parts.join(":")).into())
}

fn trim_role_path(call: &Call<'_>) -> Outcome {
    let [partition, service, region, account, resource] = sections(call.text(0))?;
    let Some(path) = resource.strip_prefix("role/").filter(|_| service == "iam") else {
        return fail("must be an IAM role ARN");
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    Ok(format!("arn:{partition}:{service}:{region}:{account}:role/{name}").into())
}
