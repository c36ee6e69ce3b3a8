//! See `kms-encryption.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/kms-encryption",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::CloudTrail::Trail", "AWS::CloudTrail::EventDataStore"],
    aliases: [
        "CKV_AWS_35",
        "AWS-0015",
        "AVD-AWS-0015",
        "aws-cloudtrail-enable-at-rest-encryption",
        "AC_AWS_0033",
        "050a9ba8",
        "FG_R00035",
        "CloudTrailEncryptionEnabled",
        "CLOUD_TRAIL_ENCRYPTION_ENABLED",
    ],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let is_store = resource.is("AWS::CloudTrail::EventDataStore");
    let field = resource.get(cx.world, if is_store { "KmsKeyId" } else { "KMSKeyId" });
    match field.is_present() {
        // Of a store without one `event-data-store-key` speaks.
        Truth::False | Truth::Unknown if is_store => Verdict::not_applicable(),
        Truth::True => Verdict::pass(field.place()),
        Truth::False => Verdict::fail(field.place(), "log files are not encrypted with a KMS key"),
        Truth::Unknown => Verdict::unknown(field.place(), "whether log files are encrypted with a KMS key cannot be known", field.unknown()),
    }
}
