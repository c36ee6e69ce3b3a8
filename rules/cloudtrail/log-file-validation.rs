//! See `log-file-validation.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/log-file-validation",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::CloudTrail::Trail"],
    aliases: [],
    check,
};

fn check<'a>(trail: &'a Resource, cx: &Context<'a>) -> Verdict {
    let validated = trail.get(cx.world, "EnableLogFileValidation");
    Verdict::switched_on(&validated, false, "log file validation")
}
