//! See `event-data-store-retention.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::read::Known,
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/event-data-store-retention",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: ["AWS::CloudTrail::EventDataStore"],
    aliases: [],
    check,
};

fn check<'a>(store: &'a Resource, cx: &Context<'a>) -> Verdict {
    let required = cx.settings.thresholds.event_retention_days;
    let field = store.get(cx.world, "RetentionPeriod");
    match field.integer() {
        Known::Is(days) if days < required => {
            Verdict::fail(field.place(), format!("events are kept for {days} days, not {required}"))
        }
        // Without the property events are kept for seven years or more, whatever the pricing option is.
        Known::Is(_) | Known::Absent => Verdict::pass(field.place()),
        Known::Unknown(reason) => Verdict::unknown(field.place(), "how long events are kept cannot be known", [reason]),
    }
}
