//! See `management-events.md`.

use crate::{
    aws::cloudtrail::Trail,
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Truth},
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/management-events",
    severity: Medium,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::CloudTrail::Trail"],
    aliases: ["FG_R00237"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(trail) = Trail::new(resource, cx.world) else { return Verdict::not_applicable() };
    // `logging-enabled` speaks of a trail that is switched off.
    if trail.is_active().truth.is_false() {
        return Verdict::not_applicable();
    }
    let recorded =
        |resource: &'a Resource| super::of_any_table(resource, cx).map_or(Truth::False, |summary| summary.management);
    let selectors = [trail.get("AdvancedEventSelectors"), trail.get("EventSelectors")];
    let written = selectors.iter().find(|field| !field.is_absent());
    let header = Place { span: Some(resource.header), ..Place::default() };
    let place = written.map_or(&header, |field| field.place());
    let own = recorded(resource);
    let others = Trail::all(cx.project, cx.world).into_iter().filter(|other| other.resource.id != resource.id);
    let truth = own.or(Truth::any(others.map(|other| recorded(other.resource))));
    match truth {
        Truth::True => Verdict::pass(place),
        Truth::False => Verdict::fail(
            place,
            "management events are not recorded, reads and writes: who changes or deletes a table leaves no trace",
        ),
        Truth::Unknown => {
            let reasons = selectors
                .iter()
                .filter_map(|field| field.unknown().or_else(|| field.items().open))
                .chain(trail.is_active().reasons);
            Verdict::unknown(
                place,
                "whether management events are recorded cannot be known",
                reasons.collect::<Vec<_>>(),
            )
        }
    }
}
