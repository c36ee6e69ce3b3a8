//! See `nat-path.md`.

use std::sync::Arc;

use crate::{
    aws::{
        Target,
        network::topology::{Path, Topology},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Truth, Unknown},
};

pub const RULE: Rule = rule! {
    id: "network/nat-path",
    severity: Low,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::EC2::VPC"],
    aliases: [],
    check,
};

fn check<'a>(vpc: &'a Resource, cx: &Context<'a>) -> Verdict {
    let topology = Topology::new(cx.project, cx.world, cx.settings);
    let mut verdicts = Vec::new();
    for (workload, uses) in super::users_of_dynamodb(vpc, cx) {
        let paths = workload.subnets.iter().map(|subnet| topology.path(subnet));
        let here = paths.filter(|path| path.vpc.is_some_and(|found| found.id == vpc.id));
        let judged = here.filter(|path| !path.nat.is_empty()).map(|path| {
            let reasons = workload.roles.iter().filter_map(|role| role.field.unknown());
            let verdict = judge(vpc, &path, uses, reasons.chain(path.private.reasons.iter().cloned()));
            verdict.with_related(Some(workload.resource.header), "this workload may call DynamoDB")
        });
        verdicts.extend(judged);
    }
    Verdict::worst(verdicts).concerning(super::tables_in_reach(vpc, cx))
}

fn judge(vpc: &Resource, path: &Path<'_>, uses: Truth, reasons: impl Iterator<Item = Arc<Unknown>>) -> Verdict {
    let place = Place { span: Some(vpc.header), ..Place::default() };
    let gateways: Vec<String> = path.nat.iter().map(label).collect();
    let way = format!("from {} through the NAT gateway {}", path.label, gateways.join(", "));
    let verdict = match path.private.truth.or(!uses) {
        Truth::True => return Verdict::pass(&place),
        Truth::False => Verdict::fail(&place, format!("calls to DynamoDB leave the VPC {way}")),
        Truth::Unknown => {
            Verdict::unknown(&place, format!("whether calls to DynamoDB leave the VPC {way} cannot be known"), reasons)
        }
    };
    let gateways = path.nat.iter().filter_map(Target::resource);
    gateways.fold(verdict, |verdict, nat| verdict.with_related(Some(nat.header), "the NAT gateway"))
}

fn label(nat: &Target<'_>) -> String {
    match nat {
        Target::Resource(resource, _) => format!("`{}`", resource.id.address),
        Target::Outside(text) => format!("`{text}`"),
        Target::Pattern(pattern) => format!("`{pattern}`"),
        Target::Unknown(_) | Target::Absent => "of its default route".to_owned(),
    }
}
