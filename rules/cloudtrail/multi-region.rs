//! See `multi-region.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/multi-region",
    severity: Medium,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::CloudTrail::Trail"],
    aliases: [
        "CKV_AWS_67", "AWS-0014", "AVD-AWS-0014", "aws-cloudtrail-enable-all-regions", "AC_AWS_0448", "AC_AWS_0034",
        "058ac855", "MULTI_REGION_CLOUD_TRAIL_ENABLED",
    ],
    check,
};

fn check<'a>(trail: &'a Resource, cx: &Context<'a>) -> Verdict {
    let own = Verdict::switched_on(&trail.get(cx.world, "IsMultiRegionTrail"), false, "recording of every region");
    let others = cx.project.existing("AWS::CloudTrail::Trail", cx.world).into_iter().filter(|(other, _)| other.id != trail.id);
    let elsewhere = Truth::any(others.map(|(other, exists)| exists.and(records_every_region(other, cx))));
    if elsewhere.is_true() { Verdict::pass(&own.place) } else { own }
}

fn records_every_region<'a>(trail: &'a Resource, cx: &Context<'a>) -> Truth {
    let logs = trail.get(cx.world, "IsLogging").is_true(true);
    trail.get(cx.world, "IsMultiRegionTrail").is_true(false).and(logs)
}
