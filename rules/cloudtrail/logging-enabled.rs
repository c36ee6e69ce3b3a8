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
    aliases: ["CKV_AWS_251", "CLOUD_TRAIL_ENABLED", "4bb76f17", "5c0b06d5"],
    check,
};

fn check<'a>(trail: &'a Resource, cx: &Context<'a>) -> Verdict {
    // Terraform starts a trail unless told otherwise; CloudFormation asks for the property.
    let is_terraform = trail.source_type.starts_with("aws_");
    Verdict::switched_on(&trail.get(cx.world, "IsLogging"), is_terraform, "logging")
}
