//! See `endpoint-route-tables.md`.

use crate::{
    aws::{
        Target,
        network::topology::{Path, Topology, is_for_tables},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Truth, read::Known},
};

pub const RULE: Rule = rule! {
    id: "network/endpoint-route-tables",
    severity: Medium,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::EC2::VPCEndpoint"],
    aliases: [],
    check,
};

fn check<'a>(endpoint: &'a Resource, cx: &Context<'a>) -> Verdict {
    let kind = endpoint.get(cx.world, "VpcEndpointType");
    let is_gateway =
        matches!(kind.text(), Known::Absent) || matches!(kind.text(), Known::Is(text) if &*text == "Gateway");
    let tables = endpoint.get(cx.world, "RouteTableIds");
    // `endpoint-unattached` speaks of a gateway endpoint without any route table.
    let is_attached = !tables.items().fields.is_empty() || tables.items().open.is_some();
    if !is_gateway || !is_attached || is_for_tables(endpoint, cx.world).is_false() {
        return Verdict::not_applicable();
    }
    let vpc = cx.project.target(&endpoint.get(cx.world, "VpcId"), &["AWS::EC2::VPC"]);
    let Target::Resource(vpc, _) = vpc else { return Verdict::not_applicable() };
    let topology = Topology::new(cx.project, cx.world, cx.settings);
    let mut paths: Vec<(Path<'a>, Truth)> = Vec::new();
    for (workload, uses) in super::users_of_dynamodb(vpc, cx) {
        let found = workload.subnets.iter().map(|subnet| topology.path(subnet));
        for path in found.filter(|path| path.vpc.is_some_and(|found| found.id == vpc.id)) {
            match paths.iter_mut().find(|(known, _)| known.label == path.label) {
                Some((_, truth)) => *truth = truth.or(uses),
                None => paths.push((path, uses)),
            }
        }
    }
    let Some(truth) = paths.iter().map(|(path, uses)| path.private.truth.or(!*uses)).reduce(Truth::and) else {
        return Verdict::not_applicable();
    };
    let outside = paths.iter().filter(|(path, uses)| path.private.truth.or(!*uses) == truth).map(|(path, _)| path);
    let outside: Vec<&Path<'a>> = outside.collect();
    let labels: Vec<&str> = outside.iter().map(|path| &*path.label).collect();
    let verdict = match truth {
        Truth::True => return Verdict::pass(tables.place()),
        Truth::False => Verdict::fail(
            tables.place(),
            format!("no route to the endpoint from {}, where workloads call DynamoDB", labels.join(", ")),
        ),
        Truth::Unknown => {
            let reasons = outside.iter().flat_map(|path| path.private.reasons.clone()).collect::<Vec<_>>();
            Verdict::unknown(
                tables.place(),
                format!("whether calls from {} use the endpoint cannot be known", labels.join(", ")),
                reasons,
            )
        }
    };
    outside.iter().fold(verdict, |verdict, path| {
        let verdict = verdict.with_related(path.subnet.map(|subnet| subnet.header), "the subnet");
        verdict.with_related(path.table.map(|table| table.header), "its route table")
    })
}
