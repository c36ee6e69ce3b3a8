//! See `key-enabled.md`.

use crate::{
    engine::{Context, Rule, Severity, Verdict, rule},
    model::Resource,
    value::read::Known,
};

pub const RULE: Rule = rule! {
    id: "kms/key-enabled",
    severity: High,
    confidence: High,
    profile: Default,
    kinds: ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"],
    aliases: ["CKV_AWS_227", "7350fa23", "2844c749"],
    check,
};

fn check<'a>(key: &'a Resource, cx: &Context<'a>) -> Verdict {
    let enabled = key.get(cx.world, "Enabled");
    let of_table = super::encrypts_a_table(key, cx);
    match enabled.bool() {
        Known::Is(false) if of_table => Verdict::fail(enabled.place(), "the key of a table is disabled"),
        Known::Is(false) => Verdict {
            severity: Some(Severity::Low),
            ..Verdict::fail(enabled.place(), "the key is disabled: what it encrypted cannot be read")
        },
        _ if !of_table => Verdict::not_applicable(),
        Known::Unknown(reason) => {
            Verdict::unknown(enabled.place(), "whether the key is enabled cannot be known", [reason])
        }
        _ => Verdict::pass(enabled.place()),
    }
}
