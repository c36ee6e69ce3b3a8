//! See `dynamodb-endpoint.md`.

use crate::{
    aws::{
        Target,
        network::topology::{Topology, is_for_tables},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Truth},
};

pub const RULE: Rule = rule! {
    id: "network/dynamodb-endpoint",
    severity: High,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::EC2::VPC"],
    aliases: [],
    check,
};

fn check<'a>(vpc: &'a Resource, cx: &Context<'a>) -> Verdict {
    let topology = Topology::new(cx.project, cx.world, cx.settings);
    let users = super::users_of_dynamodb(vpc, cx);
    let uses = Truth::any(users.iter().map(|(_, truth)| *truth));
    if uses.is_false() {
        return Verdict::not_applicable();
    }
    let place = Place { span: Some(vpc.header), ..Place::default() };
    let target = Target::Resource(vpc, "Ref".into());
    if topology.is_declared(&target) {
        return Verdict::pass(&place);
    }
    let endpoints = topology.endpoints(&target);
    let served = Truth::any(endpoints.iter().map(|(endpoint, plain)| {
        let here = if plain.vpc.is_some() { Truth::True } else { Truth::Unknown };
        cx.world.truth(&endpoint.exists).and(is_for_tables(endpoint, cx.world)).and(here)
    }));
    let reasons = users.iter().flat_map(|(workload, _)| workload.roles.iter().filter_map(|role| role.field.unknown()));
    let verdict = match (served, uses) {
        (Truth::True, _) => Verdict::pass(&place),
        (Truth::False, Truth::True) => {
            Verdict::fail(&place, "workloads in the VPC call DynamoDB, and it has no DynamoDB endpoint")
        }
        _ => Verdict::unknown(
            &place,
            "whether workloads in the VPC need a DynamoDB endpoint, and have one, cannot be known",
            reasons,
        ),
    };
    let verdict = users.iter().fold(verdict, |verdict, (workload, _)| {
        verdict.with_related(Some(workload.resource.header), "this workload may call DynamoDB")
    });
    verdict.concerning(super::tables_in_reach(vpc, cx))
}
