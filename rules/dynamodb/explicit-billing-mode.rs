//! See `explicit-billing-mode.md`.

use crate::{
    aws::dynamodb::{KINDS, Table},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::read::Known,
};

pub const RULE: Rule = rule! {
    id: "dynamodb/explicit-billing-mode",
    severity: Low,
    confidence: High,
    profile: Strict,
    kinds: KINDS,
    aliases: ["W73", "DYNAMODB_BILLING_MODE_RULE", "c333e906"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let mode = table.get("BillingMode");
    match mode.text() {
        Known::Is(text) if matches!(&*text, "PROVISIONED" | "PAY_PER_REQUEST") => Verdict::pass(mode.place()),
        Known::Is(text) => Verdict::fail(mode.place(), format!("`{text}` is no billing mode")),
        Known::Absent => Verdict::fail(mode.place(), "the billing mode is not written"),
        Known::Unknown(reason) => Verdict::unknown(mode.place(), "the billing mode cannot be known", [reason]),
    }
}
