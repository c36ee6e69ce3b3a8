//! See `legacy-global-table.md`.

use crate::{
    aws::dynamodb::{KINDS, is_legacy_global},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "dynamodb/legacy-global-table",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: KINDS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let header = resource.field(cx.world);
    let replicas = resource.get(cx.world, "Replicas");
    match replicas.is_absent() {
        _ if is_legacy_global(resource) => Verdict::fail(header.place(), "the global table is of version 2017.11.29"),
        true => Verdict::not_applicable(),
        false => Verdict::pass(replicas.place()),
    }
}
