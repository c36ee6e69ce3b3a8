//! See `retention.md`.

use crate::{
    aws::backup::rules,
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, read::Known},
};

pub const RULE: Rule = rule! {
    id: "backup/retention",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::Backup::BackupPlan"],
    aliases: [],
    check,
};

fn check<'a>(plan: &'a Resource, cx: &Context<'a>) -> Verdict {
    let rules = rules(plan, cx.world);
    let place = plan.field(cx.world).place().clone();
    let open =
        rules.open.map(|reason| Verdict::unknown(&place, "how long the plan keeps backups cannot be known", [reason]));
    let judged = rules.items.iter().map(|rule| kept(rule, cx.settings.thresholds.backup_retention_days));
    // The rule that keeps longest decides: others may make short-lived backups beside it.
    judged.chain(open).min_by_key(|verdict| verdict.outcome).unwrap_or_else(Verdict::not_applicable)
}

fn kept(rule: &Field<'_>, least: i64) -> Verdict {
    let days = rule.path("Lifecycle.DeleteAfterDays");
    match days.integer() {
        // Kept for ever.
        Known::Absent => Verdict::pass(rule.place()),
        Known::Is(found) if found < least => {
            Verdict::fail(days.place(), format!("the plan keeps backups for {found} days, fewer than {least}"))
        }
        Known::Is(_) => Verdict::pass(days.place()),
        Known::Unknown(reason) => {
            Verdict::unknown(days.place(), "how long the plan keeps backups cannot be known", [reason])
        }
    }
}
