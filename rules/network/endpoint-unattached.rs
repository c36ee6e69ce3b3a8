//! See `endpoint-unattached.md`.

use crate::{
    aws::network::topology::is_for_tables,
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Truth, read::Known},
};

pub const RULE: Rule = rule! {
    id: "network/endpoint-unattached",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::EC2::VPCEndpoint"],
    aliases: ["0bc534c5"],
    check,
};

fn check<'a>(endpoint: &'a Resource, cx: &Context<'a>) -> Verdict {
    let service = is_for_tables(endpoint, cx.world);
    let kind = endpoint.get(cx.world, "VpcEndpointType");
    let gateway = match kind.text() {
        Known::Absent => Truth::True,
        Known::Is(kind) => Truth::from(&*kind == "Gateway"),
        Known::Unknown(_) => Truth::Unknown,
    };
    if service.and(gateway).is_false() {
        return Verdict::not_applicable();
    }
    let tables = endpoint.get(cx.world, "RouteTableIds");
    let items = tables.items();
    match items.open {
        _ if !items.fields.is_empty() => Verdict::pass(tables.place()),
        Some(reason) => Verdict::unknown(tables.place(), "which route tables the endpoint has cannot be known", [reason]),
        None if service.and(gateway).is_true() => Verdict::fail(tables.place(), "the endpoint is attached to no route table"),
        None => {
            let reasons = [endpoint.get(cx.world, "ServiceName").unknown(), kind.unknown()].into_iter().flatten();
            Verdict::unknown(tables.place(), "whether this is a gateway endpoint for DynamoDB cannot be known", reasons)
        }
    }
}
