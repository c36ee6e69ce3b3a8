//! Data sources whose answer does not need the cloud. In: what the block says. Out: the attributes that are known
//! (documentation of each data source in hashicorp/aws, local, template, null and Terraform's own provider).

use std::{path::Path, sync::Arc};

use serde::Deserialize;
use serde_json::Value as Json;

use super::{content::Content, provider::Settings, session::Session};
use crate::{
    source::Span,
    terraform::{
        cty::{Entries, Form, Hint, Reference, Type, Val, convert},
        eval::choice,
        functions::concatenate,
        modules::library::{join, tidy},
        policy_document, schema,
    },
    value::Formula,
};

/// The data sources without schema here that are computed all the same.
pub(super) const WITHOUT_SCHEMA: [&str; 3] = ["template_file", "local_file", "null_data_source"];

/// Whether every attribute of a data source has a value: where the deployment runs and who runs it.
pub(super) fn never_null(kind: &str) -> bool {
    matches!(kind, "aws_caller_identity" | "aws_partition" | "aws_region")
}

type Known = Vec<(Arc<str>, Val)>;

/// The attributes of a data source that are known.
pub(super) fn read(session: &Session<'_>, kind: &str, content: &Content, provider: &Settings, header: Span) -> Known {
    match kind {
        "aws_region" => region(content, provider),
        "aws_partition" => partition(provider),
        "aws_vpc_endpoint_service" => endpoint_service(content, provider),
        "aws_caller_identity" => match &provider.account {
            Some(account) => named(&[("account_id", account.clone()), ("id", account.clone())]),
            None => Known::new(),
        },
        "aws_default_tags" => {
            let none = || Val::map(Type::String, Entries::new());
            named(&[("tags", provider.default_tags.clone().unwrap_or_else(none))])
        }
        "aws_arn" => content.argument("arn").and_then(Val::as_str).map(arn).unwrap_or_default(),
        "aws_iam_policy_document" => policy_document::computed(&described(content)).map_or_else(
            |message| {
                session.error(header, message);
                Known::new()
            },
            |attributes| attributes.into_iter().collect(),
        ),
        "null_data_source" => {
            content.argument("inputs").map(|inputs| named(&[("outputs", inputs.clone())])).unwrap_or_default()
        }
        "local_file" => local_file(session, content).unwrap_or_default(),
        "template_file" => session.template_file(content).map(|text| named(&[("rendered", text)])).unwrap_or_default(),
        "terraform_remote_state" => {
            remote_state(session, content, header).map(|outputs| named(&[("outputs", outputs)])).unwrap_or_default()
        }
        _ => Known::new(),
    }
}

/// A block as a value: its arguments, and its nested blocks as sequences. A block that exists under a condition is a
/// choice between it and null.
fn described(content: &Content) -> Val {
    let mut entries: Entries =
        content.arguments.iter().map(|(name, _, value)| (Arc::clone(name), value.clone())).collect();
    for group in &content.groups {
        let mut items: Vec<Val> = Vec::new();
        for (condition, inner) in &group.items {
            let block = described(inner);
            items.push(match condition {
                Formula::Constant(true) => block,
                condition => {
                    let arms = vec![(condition.clone(), block), (Formula::TRUE, Val::null(Type::Dynamic))];
                    choice::chosen(Val::dynamic(), arms).at(Some(inner.header))
                }
            });
        }
        items.extend(group.open.as_ref().map(|why| Val::dynamic().because(why).at(Some(group.key_span))));
        entries.insert(Arc::clone(&group.kind), Val::tuple(items));
    }
    Val::object(entries).at(Some(content.header))
}

fn named(pairs: &[(&str, Val)]) -> Known {
    pairs.iter().map(|(name, value)| (Arc::from(*name), value.clone())).collect()
}

fn region(content: &Content, provider: &Settings) -> Known {
    let given = ["region", "name"].iter().find_map(|name| content.argument(name)).filter(|value| !value.is_null());
    match given.or(provider.region.as_ref()) {
        Some(region) => named(&[("name", region.clone()), ("id", region.clone()), ("region", region.clone())]),
        None => Known::new(),
    }
}

/// The partition that a region lies in (AWS General Reference, "Amazon Resource Names").
fn partition(provider: &Settings) -> Known {
    let Some(region) = provider.region.as_ref().and_then(Val::as_str) else { return Known::new() };
    let (partition, suffix, reverse) = match region {
        region if region.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"),
        region if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com", "com.amazonaws"),
        _ => ("aws", "amazonaws.com", "com.amazonaws"),
    };
    let text = |text: &str| Val::string(text);
    named(&[
        ("partition", text(partition)),
        ("id", text(partition)),
        ("dns_suffix", text(suffix)),
        ("reverse_dns_prefix", text(reverse)),
    ])
}

/// The full name of a service that endpoints lead to, `com.amazonaws.eu-west-1.dynamodb`, as the provider makes it of
/// the short name (hashicorp/aws, data source `aws_vpc_endpoint_service`).
fn endpoint_service(content: &Content, provider: &Settings) -> Known {
    let given = |name: &str| content.argument(name).filter(|value| !value.is_null());
    if let Some(name) = given("service_name") {
        return named(&[("service_name", name.clone())]);
    }
    let Some(service) = given("service") else { return Known::new() };
    let region = given("region").or(provider.region.as_ref()).cloned().unwrap_or_else(here);
    let domain = if region.as_str().is_some_and(|region| region.starts_with("cn-")) { "cn.com" } else { "com" };
    let parts = [Val::string(format!("{domain}.amazonaws.")), region, Val::string("."), service.clone()];
    let texts: Option<Vec<&str>> = parts.iter().map(Val::as_str).collect();
    let name = match texts {
        Some(texts) => Val::string(texts.concat()),
        None => match concatenate(&parts) {
            Some(form) => Val::unknown_not_null(Type::String).hinted(Hint { why: None, form }),
            None => return Known::new(),
        },
    };
    named(&[("service_name", name)])
}

/// The region of a deployment whose provider does not say it.
fn here() -> Val {
    let region = Reference { address: "data.aws_region".into(), path: "region".into() };
    Val::unknown_not_null(Type::String).hinted(Hint { why: None, form: Form::Reference(Arc::new(region)) })
}

fn arn(text: &str) -> Known {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = *parts else { return Known::new() };
    let fields = [
        ("partition", partition),
        ("service", service),
        ("region", region),
        ("account", account),
        ("resource", resource),
        ("id", text),
    ];
    fields.iter().map(|(name, value)| (Arc::from(*name), Val::string(*value))).collect()
}

fn local_file(session: &Session<'_>, content: &Content) -> Option<Known> {
    let path = content.argument("filename")?.as_str()?;
    let file = session.library.sources().load(Path::new(&tidy(&join(&session.root, path)))).ok()?;
    Some(named(&[("content", Val::string(file.text()).at(Some(file.span())))]))
}

#[derive(Deserialize)]
struct StateFile {
    #[serde(default)]
    outputs: std::collections::BTreeMap<String, StateOutput>,
}

#[derive(Deserialize)]
struct StateOutput {
    value: Json,
    #[serde(rename = "type", default)]
    ty: Json,
}

/// Outputs of another root module, when its state is a file of the scan (Terraform language, "The
/// terraform_remote_state Data Source").
fn remote_state(session: &Session<'_>, content: &Content, header: Span) -> Option<Val> {
    let config = content.argument("config").and_then(Val::as_entries);
    let backend = content.argument("backend")?.as_str()?;
    if backend == "s3" && config.is_some_and(|config| !config.contains_key("key")) {
        session.error(header, "the backend \"s3\" needs a `key`");
    }
    if backend != "local" {
        return None;
    }
    let given = config.and_then(|config| config.get("path")).map(|path| path.as_str());
    let path = match given {
        Some(path) => path?,
        None => "terraform.tfstate",
    };
    let file = session.library.sources().load(Path::new(&tidy(&join(&session.root, path)))).ok()?;
    let state: StateFile = serde_json::from_str(file.text()).ok()?;
    let mut outputs: Entries =
        content.argument("defaults").and_then(Val::as_entries).map(|entries| (**entries).clone()).unwrap_or_default();
    for (name, output) in state.outputs {
        let value = schema::literal(&output.value);
        let typed = Type::from_json(&output.ty).and_then(|ty| convert(&value, &ty).ok());
        outputs.insert(name.into(), typed.unwrap_or(value).at(Some(file.span())));
    }
    Some(Val::object(outputs))
}
