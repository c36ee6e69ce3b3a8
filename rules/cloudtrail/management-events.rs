//! See `management-events.md`.

use crate::{
    aws::{
        Project,
        cloudtrail::trail::{KINDS, Trail},
    },
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
    let near = KINDS.iter().flat_map(|kind| cx.project.around(resource, kind));
    let near = near.filter(|other| other.id != resource.id && cx.world.truth(&other.exists).is_possible());
    let near = recorded(resource, cx).or(Truth::any(near.map(|other| recorded(other, cx))));
    let far = cx.project.derived(|| Elsewhere::of(cx));
    match near.or(far.of_others(resource, cx.project)) {
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

/// Trails that record management events, certainly and possibly, as those of other stacks see them: read without
/// deciding an input.
struct Elsewhere([(Truth, Vec<ResourceId>); 2]);

impl Elsewhere {
    fn of(cx: &Context<'_>) -> Self {
        let undecided = Variables::default();
        let world = World::new(&undecided);
        let cx = Context { project: cx.project, world: &world, settings: cx.settings };
        let trails = Trail::all(cx.project, cx.world);
        let judged: Vec<_> = trails.iter().map(|trail| (recorded(trail.resource, &cx), &trail.resource.id)).collect();
        let with = |truth| judged.iter().filter(move |(found, _)| *found == truth).map(|(_, id)| (*id).clone());
        Self([Truth::True, Truth::Unknown].map(|truth| (truth, with(truth).collect())))
    }

    /// What the trails of stacks that are not near this one record.
    fn of_others(&self, trail: &Resource, project: &Project) -> Truth {
        let far = |ids: &[ResourceId]| ids.iter().any(|id| !project.is_near(trail, &id.stack));
        self.0.iter().find(|(_, ids)| far(ids)).map_or(Truth::False, |(truth, _)| *truth)
    }
}
