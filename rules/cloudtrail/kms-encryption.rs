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
    aliases: ["CKV_AWS_35", "AWS-0015", "AVD-AWS-0015", "aws-cloudtrail-enable-at-rest-encryption", "AC_AWS_0033", "050a9ba8", "FG_R00035", "CloudTrailEncryptionEnabled", "CLOUD_TRAIL_ENCRYPTION_ENABLED", "5d9e3164"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    // The two types spell the property differently.
    let is_store = resource.is("AWS::CloudTrail::EventDataStore");
    let field = resource.get(cx.world, if is_store { "KmsKeyId" } else { "KMSKeyId" });
    match field.is_given() {
        Truth::True => Verdict::pass(field.place()),
        // `cloudtrail/event-data-store-key` says it of a store.
        _ if is_store => Verdict::not_applicable(),
        Truth::False => Verdict::fail(field.place(), "log files are not encrypted with a KMS key"),
        Truth::Unknown => Verdict::unknown(
            field.place(),
            "whether log files are encrypted with a KMS key cannot be known",
            field.unknown(),
        ),
    }
}
