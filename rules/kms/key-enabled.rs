//! See `key-enabled.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
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
    if !super::encrypts_a_table(key, cx) {
        return Verdict::not_applicable();
    }
    let enabled = key.get(cx.world, "Enabled");
    match enabled.bool() {
        Known::Is(false) => Verdict::fail(enabled.place(), "the key of a table is disabled"),
        Known::Unknown(reason) => {
            Verdict::unknown(enabled.place(), "whether the key is enabled cannot be known", [reason])
        }
        _ => Verdict::pass(enabled.place()),
    }
}
