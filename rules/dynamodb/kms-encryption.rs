//! See `kms-encryption.md`.

use crate::{
    aws::dynamodb::{KINDS, Table},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "dynamodb/kms-encryption",
    severity: Low,
    confidence: High,
    profile: Default,
    weaker_than: ["dynamodb/customer-managed-key"],
    kinds: KINDS,
    aliases: [
        "AC_AWS_0457",
        "ce089fd4",
        "4bd21e68",
        "c8dee387",
        "FG_R00069",
        "W74",
        "DYNAMODB_TABLE_MUST_BE_ENCRYPTED",
        "AWS-0121",
    ],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    Verdict::switched_on(&table.get("SSESpecification.SSEEnabled"), false, "encryption with a KMS key")
}
