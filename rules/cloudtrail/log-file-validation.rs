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
    aliases: ["CKV_AWS_36", "AWS-0016", "AVD-AWS-0016", "aws-cloudtrail-enable-log-validation", "AC_AWS_0446", "2a3560fe", "FG_R00027", "CloudTrailLogFileValidationEnabled", "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED", "52ffcfa6"],
    check,
};

fn check<'a>(trail: &'a Resource, cx: &Context<'a>) -> Verdict {
    let validated = trail.get(cx.world, "EnableLogFileValidation");
    Verdict::switched_on(&validated, false, "log file validation")
}
