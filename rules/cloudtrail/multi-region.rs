//! See `multi-region.md`.

use std::sync::Arc;

use super::Ranked;
use crate::{
    aws::Project,
    engine::{Context, Outcome, Rule, Verdict, rule},
    model::Resource,
    value::{ResourceId, Truth, Variables, World, read::Known, world::Memories},
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/multi-region",
    severity: Medium,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::CloudTrail::Trail"],
    aliases: ["CKV_AWS_67", "AWS-0014", "AVD-AWS-0014", "aws-cloudtrail-enable-all-regions", "AC_AWS_0448", "AC_AWS_0034", "058ac855", "MULTI_REGION_CLOUD_TRAIL_ENABLED", "8173d5eb"],
    check,
};

fn check<'a>(trail: &'a Resource, cx: &Context<'a>) -> Verdict {
    let own = Verdict::switched_on(&trail.get(cx.world, "IsMultiRegionTrail"), false, "recording of every region");
    let global = trail.get(cx.world, "IncludeGlobalServiceEvents");
    if own.outcome == Outcome::Pass {
        return match global.bool() {
            Known::Is(false) => {
                Verdict::fail(global.place(), "calls of global services, IAM and STS, are not recorded")
            }
            _ => own,
        };
    }
    let beside = cx.project.derived(Beside::default).0.recall(&trail.id.stack, cx.world, |world| {
        let trails = cx.project.beside(trail, "AWS::CloudTrail::Trail");
        Arc::new(Ranked::new(trails.map(|trail| (&trail.id, records_every_region(trail, world)))))
    });
    let beside = beside.of_others(&trail.id);
    let elsewhere = cx.project.derived(|| Elsewhere::of(cx.project));
    if beside.is_true() || elsewhere.0.iter().any(|id| id.stack != trail.id.stack) {
        return Verdict::pass(&own.place);
    }
    if beside == Truth::Unknown && own.outcome == Outcome::Fail {
        return Verdict::unknown(&own.place, "whether another trail records every region cannot be known", []);
    }
    own
}

/// By stack, whether its trails record every region.
#[derive(Default)]
struct Beside(Memories<Arc<str>, Arc<Ranked>>);

/// Trails that record every region whatever the inputs of their stacks are.
struct Elsewhere(Vec<ResourceId>);

impl Elsewhere {
    fn of(project: &Project) -> Self {
        let undecided = Variables::default();
        let world = World::new(&undecided);
        let trails =
            project.of_kind("AWS::CloudTrail::Trail").filter(|trail| records_every_region(trail, &world).is_true());
        Self(trails.map(|trail| trail.id.clone()).collect())
    }
}

fn records_every_region<'a>(trail: &'a Resource, world: &'a World<'a>) -> Truth {
    let logs = trail.get(world, "IsLogging").is_true(true);
    world.truth(&trail.exists).and(trail.get(world, "IsMultiRegionTrail").is_true(false)).and(logs)
}
