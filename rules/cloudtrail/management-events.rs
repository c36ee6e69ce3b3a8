//! See `management-events.md`.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Ranked;
use crate::{
    aws::cloudtrail::trail::{KINDS, Trail},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, ResourceId, Truth, Variables, World},
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
    let selectors = [trail.get("AdvancedEventSelectors"), trail.get("EventSelectors")];
    let written = selectors.iter().find(|field| !field.is_absent());
    let header = Place { span: Some(resource.header), ..Place::default() };
    let place = written.map_or(&header, |field| field.place());
    let own = recorded(resource, cx);
    let truth = match own {
        Truth::True => own,
        _ => own.or(cx.project.derived(|| Recording::of(cx)).of_others(resource, cx)),
    };
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

/// Whether a trail records management events.
fn recorded<'a>(trail: &'a Resource, cx: &Context<'a>) -> Truth {
    super::of_any_table(trail, cx).map_or(Truth::False, |summary| summary.management)
}

/// Which trails record management events, stack by stack.
struct Recording(FxHashMap<Arc<str>, OfStack>);

/// The trails of a stack.
#[derive(Default)]
struct OfStack {
    /// As they are in every world.
    fixed: Ranked,
    /// Those that differ from world to world.
    varying: Vec<ResourceId>,
    /// What other stacks see of those, for whom their inputs are not decided.
    undecided: Ranked,
}

impl Recording {
    fn of(cx: &Context<'_>) -> Self {
        let (project, settings, none) = (cx.project, cx.settings, Variables::default());
        let mut stacks: FxHashMap<Arc<str>, OfStack> = FxHashMap::default();
        for trail in KINDS.iter().flat_map(|kind| project.of_kind(kind)) {
            let probe = World::new(project.scope(trail));
            let truth = exists_and_records(trail, &Context { project, world: &probe, settings });
            let of_stack = stacks.entry(Arc::clone(&trail.id.stack)).or_default();
            if probe.decisions().is_empty() {
                of_stack.fixed.add(&trail.id, truth);
            } else {
                let undecided = World::new(&none);
                let truth = exists_and_records(trail, &Context { project, world: &undecided, settings });
                of_stack.varying.push(trail.id.clone());
                of_stack.undecided.add(&trail.id, truth);
            }
        }
        Self(stacks)
    }

    /// Whether another trail records: of stacks near this one as they are in this world, of others whatever their
    /// inputs are.
    fn of_others<'a>(&self, trail: &'a Resource, cx: &Context<'a>) -> Truth {
        let mut truth = Truth::False;
        for (stack, found) in &self.0 {
            truth = truth.or(found.fixed.of_others(&trail.id));
            if !found.varying.is_empty() && !cx.project.is_near(trail, stack) {
                truth = truth.or(found.undecided.of_others(&trail.id));
            }
            if truth.is_true() {
                return truth;
            }
        }
        let near = cx.project.near(trail).filter_map(|stack| self.0.get(&stack.id));
        let varying = near.flat_map(|found| &found.varying).filter(|id| **id != trail.id);
        let varying = varying.filter_map(|id| cx.project.resource(id)).map(|other| exists_and_records(other, cx));
        truth.or(Truth::any(varying))
    }
}

/// Whether a trail exists, or may exist, and records management events.
fn exists_and_records<'a>(trail: &'a Resource, cx: &Context<'a>) -> Truth {
    if cx.world.truth(&trail.exists).is_possible() { recorded(trail, cx) } else { Truth::False }
}
