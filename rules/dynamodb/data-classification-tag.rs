//! See `data-classification-tag.md`.

use crate::{
    aws::dynamodb::{KINDS, Table},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "dynamodb/data-classification-tag",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: KINDS,
    aliases: ["e38a8e0a"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let header = resource.field(cx.world);
    let missing = "no tag says how sensitive the data of the table is";
    let unknown = "whether a tag says how sensitive the data of the table is cannot be known";
    Verdict::of(&table.classified(cx.settings), header.place(), missing, unknown)
}
