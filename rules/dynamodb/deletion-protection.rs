//! See `deletion-protection.md`.

use crate::{
    aws::dynamodb::Table,
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "dynamodb/deletion-protection",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: super::IN_REGIONS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let sensitive = Table { resource, world: cx.world }.sensitivity(cx.settings).truth;
    let verdict = super::of_every_region(resource, cx, |replica| {
        let protection = replica.get("DeletionProtectionEnabled");
        Verdict::switched_on(&protection, false, &super::of_replica("deletion protection", replica))
    });
    verdict.raised_if(sensitive, RULE.severity)
}
