//! See `endpoint-service.md`.

use crate::{
    aws::network::service::{Fault, meant},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Kind, Piece, Symbol},
};

pub const RULE: Rule = rule! {
    id: "network/endpoint-service",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::EC2::VPCEndpoint"],
    aliases: [],
    check,
};

fn check<'a>(endpoint: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(meant) = meant(cx.project, endpoint, cx.world) else { return Verdict::not_applicable() };
    let faults = meant.faults.iter().map(|fault| Verdict::fail(&meant.place, message(fault)));
    let name = endpoint.get(cx.world, "ServiceName");
    let pieces = match name.known().map(|value| &value.kind) {
        Some(Kind::Pattern(pattern)) => &*pattern.pieces,
        _ => &[],
    };
    let unknown = pieces.iter().find_map(|piece| match piece {
        Piece::Symbol(Symbol::Unknown(reason)) => {
            Some(Verdict::unknown(&meant.place, "of which region the service is cannot be known", [reason.clone()]))
        }
        _ => None,
    });
    let kind = endpoint.get(cx.world, "VpcEndpointType").unknown();
    let kind =
        kind.map(|reason| Verdict::unknown(&meant.place, "whether such an endpoint exists cannot be known", [reason]));
    Verdict::worst(faults.chain(unknown).chain(kind).chain([Verdict::pass(&meant.place)]).collect::<Vec<_>>())
}

fn message(fault: &Fault) -> String {
    match fault {
        Fault::Name => "no service of DynamoDB has this name; it is `com.amazonaws.REGION.dynamodb`".to_owned(),
        Fault::Region(named, own) => format!("the service is that of {named}, the VPC is in {own}"),
        Fault::Type => "there are no gateway endpoints for this service, only interface endpoints".to_owned(),
    }
}
