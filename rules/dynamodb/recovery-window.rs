//! See `recovery-window.md`.

use crate::{
    aws::dynamodb::{KINDS, Replica, Table},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Truth, read::Known},
};

pub const RULE: Rule = rule! {
    id: "dynamodb/recovery-window",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: KINDS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let sensitive = table.sensitivity(cx.settings).truth;
    let verdict = super::in_every_region(&table, cx, |replica| window(replica, cx.settings.thresholds.recovery_days));
    verdict.raised_if(sensitive, RULE.severity)
}

fn window(replica: &Replica<'_>, least: i64) -> Verdict {
    let (days, field) = replica.recovery_days();
    match (replica.recovery().truth, days) {
        (Truth::False, _) => Verdict::not_applicable(),
        (_, Known::Is(days)) if days < least => {
            let what = super::of_replica("point-in-time recovery", replica);
            Verdict::fail(field.place(), format!("{what} reaches back {days} days, fewer than {least}"))
        }
        (_, Known::Unknown(reason)) => {
            Verdict::unknown(field.place(), "how far point-in-time recovery reaches back cannot be known", [reason])
        }
        (Truth::Unknown, _) => Verdict::not_applicable(),
        _ => Verdict::pass(field.place()),
    }
}
