//! See `deletion-protection.md`.

use crate::{
    aws::dynamodb::{KINDS, Table},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "dynamodb/deletion-protection",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: KINDS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let sensitive = table.sensitivity(cx.settings).truth;
    let verdict = super::in_every_region(&table, cx, |replica| {
        let protection = replica.get("DeletionProtectionEnabled");
        Verdict::switched_on(&protection, false, &super::of_replica("deletion protection", replica))
    });
    verdict.raised_if(sensitive, RULE.severity)
}
