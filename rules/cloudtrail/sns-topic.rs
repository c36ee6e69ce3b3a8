//! See `sns-topic.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/sns-topic",
    severity: Low,
    confidence: High,
    profile: Strict,
    kinds: ["AWS::CloudTrail::Trail"],
    aliases: ["CKV_AWS_252", "AC_AWS_0035", "482b7d26", "3e09413f"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let field = resource.get(cx.world, "SnsTopicName");
    match field.is_given() {
        Truth::True => Verdict::pass(field.place()),
        Truth::False => Verdict::fail(field.place(), "no SNS topic is notified of new log files"),
        Truth::Unknown => {
            Verdict::unknown(field.place(), "whether an SNS topic is notified cannot be known", field.unknown())
        }
    }
}
