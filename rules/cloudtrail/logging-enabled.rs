//! See `logging-enabled.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/logging-enabled",
    severity: High,
    confidence: High,
    profile: Default,
    kinds: ["AWS::CloudTrail::Trail"],
    aliases: ["CKV_AWS_251", "CLOUD_TRAIL_ENABLED"],
    check,
};

fn check<'a>(trail: &'a Resource, cx: &Context<'a>) -> Verdict {
    Verdict::switched_on(&trail.get(cx.world, "IsLogging"), true, "logging")
}
