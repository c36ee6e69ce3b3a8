//! See `point-in-time-recovery.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "dynamodb/point-in-time-recovery",
    severity: High,
    confidence: High,
    profile: Default,
    kinds: super::IN_REGIONS,
    aliases: ["CKV_AWS_28", "CKV_AWS_165", "AWS-0024", "AVD-AWS-0024", "aws-dynamodb-enable-recovery", "AC_AWS_0458", "741f1291", "0f04217d", "FG_R00106", "W78", "AwsSolutions-DDB3", "DYNAMODB_PITR_ENABLED", "DynamoDBPITREnabled"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    super::of_every_region(resource, cx, |replica| {
        let recovery = replica.get("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled");
        Verdict::switched_on(&recovery, false, &super::of_replica("point-in-time recovery", replica))
    })
}
