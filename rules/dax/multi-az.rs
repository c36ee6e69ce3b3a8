//! See `multi-az.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::read::Known,
};

pub const RULE: Rule = rule! {
    id: "dax/multi-az",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: ["AWS::DAX::Cluster"],
    aliases: [],
    check,
};

/// What AWS recommends for production: one node in each of three zones.
const NODES: i64 = 3;

fn check<'a>(cluster: &'a Resource, cx: &Context<'a>) -> Verdict {
    Verdict::worst([nodes(cluster, cx), zones(cluster, cx)])
}

fn nodes<'a>(cluster: &'a Resource, cx: &Context<'a>) -> Verdict {
    let factor = cluster.get(cx.world, "ReplicationFactor");
    match factor.integer() {
        Known::Is(nodes) if nodes < NODES => {
            Verdict::fail(factor.place(), format!("the cluster has {nodes} nodes, fewer than {NODES}"))
        }
        Known::Unknown(reason) => Verdict::unknown(factor.place(), "how many nodes it has cannot be known", [reason]),
        // The number is required: without one nothing is deployed.
        _ => Verdict::pass(factor.place()),
    }
}

fn zones<'a>(cluster: &'a Resource, cx: &Context<'a>) -> Verdict {
    let zones = cluster.get(cx.world, "AvailabilityZones");
    let items = zones.items();
    if items.open.is_none() && items.fields.len() == 1 {
        return Verdict::fail(zones.place(), "all nodes are in one availability zone");
    }
    Verdict::pass(cluster.get(cx.world, "ReplicationFactor").place())
}
