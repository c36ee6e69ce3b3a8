//! See `deletion-window.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Truth, read::Known},
};

pub const RULE: Rule = rule! {
    id: "kms/deletion-window",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"],
    aliases: ["0b530315"],
    check,
};

/// `PendingWindowInDays` when nothing is written.
const DEFAULT_DAYS: i64 = 30;
/// Source: KMS API Reference, ScheduleKeyDeletion, `PendingWindowInDays`.
const MOST_DAYS: i64 = 30;

fn check<'a>(key: &'a Resource, cx: &Context<'a>) -> Verdict {
    let (window, least) = (key.get(cx.world, "PendingWindowInDays"), cx.settings.thresholds.key_deletion_days);
    let verdict = match window.integer() {
        Known::Unknown(reason) => {
            return Verdict::unknown(
                window.place(),
                "how long the key waits for its deletion cannot be known",
                [reason],
            );
        }
        known => match known.or(DEFAULT_DAYS) {
            Some(days) if days < least => {
                Verdict::fail(window.place(), format!("the key waits {days} days for its deletion, fewer than {least}"))
            }
            Some(days) if days > MOST_DAYS => Verdict::fail(
                window.place(),
                format!("the key cannot wait {days} days for its deletion: AWS takes {MOST_DAYS} at most"),
            ),
            _ => Verdict::pass(window.place()),
        },
    };
    verdict.raised_if(Truth::from(super::encrypts_a_table(key, cx)), RULE.severity)
}
