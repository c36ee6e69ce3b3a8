//! See `lifecycle-valid.md`.

use std::sync::Arc;

use crate::{
    aws::backup::rules,
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Unknown, read::Known},
};

pub const RULE: Rule = rule! {
    id: "backup/lifecycle-valid",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::Backup::BackupPlan"],
    aliases: ["E3504"],
    check,
};

/// How many days backups stay in cold storage at least.
/// Source: AWS Backup Developer Guide, "Backup plan options and configuration", lifecycle.
const COLD_DAYS: i64 = 90;

fn check<'a>(plan: &'a Resource, cx: &Context<'a>) -> Verdict {
    let rules = rules(plan, cx.world);
    let place = plan.field(cx.world).place().clone();
    let open = rules.open.map(|reason| Verdict::unknown(&place, "the lifecycle of backups cannot be known", [reason]));
    let lifecycles = rules.items.iter().flat_map(|rule| {
        let copies = rule.get("CopyActions").items().fields.into_iter().map(|copy| copy.get("Lifecycle"));
        [rule.get("Lifecycle")].into_iter().chain(copies)
    });
    Verdict::worst(lifecycles.map(|lifecycle| valid(&lifecycle)).chain(open).chain([Verdict::pass(&place)]))
}

fn valid(lifecycle: &Field<'_>) -> Verdict {
    let (cold, delete) = (lifecycle.get("MoveToColdStorageAfterDays"), lifecycle.get("DeleteAfterDays"));
    match (cold.integer(), delete.integer()) {
        (Known::Is(moved), Known::Is(deleted)) if deleted - moved < COLD_DAYS => {
            let message = format!(
                "backups are deleted after {deleted} days, less than {COLD_DAYS} after they move to cold storage"
            );
            Verdict::fail(delete.place(), message).with_related(cold.place().span, "they move to cold storage here")
        }
        (Known::Unknown(reason), Known::Is(_) | Known::Unknown(_)) => unknown(&cold, reason),
        (Known::Is(_), Known::Unknown(reason)) => unknown(&delete, reason),
        _ => Verdict::pass(lifecycle.place()),
    }
}

fn unknown(days: &Field<'_>, reason: Arc<Unknown>) -> Verdict {
    Verdict::unknown(days.place(), "whether backups stay in cold storage long enough cannot be known", [reason])
}
