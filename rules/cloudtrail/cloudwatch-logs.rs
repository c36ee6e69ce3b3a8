//! See `cloudwatch-logs.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/cloudwatch-logs",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: ["AWS::CloudTrail::Trail"],
    aliases: ["CKV2_AWS_10", "AWS-0162", "AVD-AWS-0162", "aws-cloudtrail-ensure-cloudwatch-integration", "65d07da5", "FG_R00029", "CloudTrailCloudWatchLogsEnabled", "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED", "17b30f8f"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let (field, role) =
        (resource.get(cx.world, "CloudWatchLogsLogGroupArn"), resource.get(cx.world, "CloudWatchLogsRoleArn"));
    match field.is_given() {
        Truth::True if role.is_absent() => Verdict::fail(
            field.place(),
            "events are not delivered to CloudWatch Logs: no role is named that may write there",
        ),
        Truth::True => Verdict::pass(field.place()),
        Truth::False => Verdict::fail(field.place(), "events are not delivered to CloudWatch Logs"),
        Truth::Unknown => Verdict::unknown(
            field.place(),
            "whether events are delivered to CloudWatch Logs cannot be known",
            field.unknown(),
        ),
    }
}
