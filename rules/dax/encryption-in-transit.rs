//! See `encryption-in-transit.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::read::Known,
};

pub const RULE: Rule = rule! {
    id: "dax/encryption-in-transit",
    severity: High,
    confidence: High,
    profile: Default,
    kinds: ["AWS::DAX::Cluster"],
    aliases: ["CKV_AWS_239"],
    check,
};

fn check<'a>(cluster: &'a Resource, cx: &Context<'a>) -> Verdict {
    let endpoint = cluster.get(cx.world, "ClusterEndpointEncryptionType");
    match endpoint.text() {
        Known::Is(kind) if &*kind == "TLS" => Verdict::pass(endpoint.place()),
        Known::Unknown(reason) => {
            Verdict::unknown(endpoint.place(), "whether the endpoint uses TLS cannot be known", [reason])
        }
        _ => Verdict::fail(endpoint.place(), "the endpoint does not use TLS"),
    }
}
