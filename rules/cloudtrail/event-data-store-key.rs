//! See `event-data-store-key.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/event-data-store-key",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::CloudTrail::EventDataStore"],
    aliases: ["CKV_AWS_294"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let field = resource.get(cx.world, "KmsKeyId");
    match field.is_present() {
        Truth::True => Verdict::pass(field.place()),
        Truth::False => Verdict::fail(field.place(), "events are not encrypted with a KMS key of your own"),
        Truth::Unknown => Verdict::unknown(
            field.place(),
            "whether events are encrypted with a KMS key cannot be known",
            field.unknown(),
        ),
    }
}
