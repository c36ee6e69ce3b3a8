//! See `key-policy-defined.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "kms/key-policy-defined",
    severity: Low,
    confidence: High,
    profile: Strict,
    kinds: ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"],
    aliases: ["CKV2_AWS_64", "7ebc9038", "da905474"],
    check,
};

fn check<'a>(key: &'a Resource, cx: &Context<'a>) -> Verdict {
    let policy = key.get(cx.world, "KeyPolicy");
    match policy.is_present() {
        Truth::True => Verdict::pass(policy.place()),
        Truth::False => Verdict::fail(policy.place(), "the key has the default policy only"),
        Truth::Unknown => Verdict::unknown(
            policy.place(),
            "whether the key has a policy of its own cannot be known",
            policy.unknown(),
        ),
    }
}
