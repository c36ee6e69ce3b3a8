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

/// How a kind of endpoint gets its traffic: the property, and what is said when it is empty or not known.
const BY_ROUTES: [&str; 3] = [
    "RouteTableIds",
    "the endpoint is attached to no route table",
    "which route tables the endpoint has cannot be known",
];
const BY_SUBNETS: [&str; 3] =
    ["SubnetIds", "the endpoint is in no subnet", "which subnets the endpoint is in cannot be known"];

fn check<'a>(endpoint: &'a Resource, cx: &Context<'a>) -> Verdict {
    let service = is_for_tables(endpoint, cx.world);
    let kind = endpoint.get(cx.world, "VpcEndpointType");
    let (is_such, [property, missing, open]) = match kind.text() {
        Known::Absent => (Truth::True, BY_ROUTES),
        Known::Is(kind) if &*kind == "Interface" => (Truth::True, BY_SUBNETS),
        Known::Is(kind) => (Truth::from(&*kind == "Gateway"), BY_ROUTES),
        Known::Unknown(_) => (Truth::Unknown, BY_ROUTES),
    };
    if service.and(is_such).is_false() {
        return Verdict::not_applicable();
    }
    let attached = endpoint.get(cx.world, property);
    let items = attached.items();
    match items.open {
        _ if !items.fields.is_empty() => Verdict::pass(attached.place()),
        Some(reason) => Verdict::unknown(attached.place(), open, [reason]),
        None if service.and(is_such).is_true() => Verdict::fail(attached.place(), missing),
        None => {
            let reasons = [endpoint.get(cx.world, "ServiceName").unknown(), kind.unknown()].into_iter().flatten();
            Verdict::unknown(
                attached.place(),
                "whether this is an endpoint for DynamoDB that needs it cannot be known",
                reasons,
            )
        }
    }
}
