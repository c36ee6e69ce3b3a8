//! See `generated-name.md`.

use crate::{
    aws::dynamodb::{KINDS, Table},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Kind, Piece, Reason, Symbol, read::Known},
};

pub const RULE: Rule = rule! {
    id: "dynamodb/generated-name",
    severity: Low,
    confidence: High,
    profile: Strict,
    kinds: KINDS,
    aliases: ["W28"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let name = table.name();
    let value = match name.value() {
        Known::Absent => return Verdict::pass(name.place()),
        Known::Unknown(reason) => {
            return Verdict::unknown(
                name.place(),
                "whether the name of the table is generated cannot be known",
                [reason],
            );
        }
        Known::Is(value) => value,
    };
    let generated = match &value.kind {
        Kind::Reference(_) => true,
        Kind::Pattern(pattern) => {
            let unknown = pattern.pieces.iter().find_map(|piece| match piece {
                Piece::Symbol(Symbol::Unknown(unknown)) if unknown.reason != Reason::AfterApply => Some(unknown),
                _ => None,
            });
            if let Some(reason) = unknown {
                let message = "whether the name of the table is generated cannot be known";
                return Verdict::unknown(name.place(), message, [reason.clone()]);
            }
            pattern.pieces.iter().any(|piece| matches!(piece, Piece::Symbol(Symbol::Reference(_) | Symbol::Unknown(_))))
        }
        _ => false,
    };
    if generated { Verdict::pass(name.place()) } else { Verdict::fail(name.place(), "the table has a fixed name") }
}
