//! See `log-bucket-access-logging.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/log-bucket-access-logging",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: ["AWS::CloudTrail::Trail"],
    aliases: ["AWS-0163", "AVD-AWS-0163", "aws-cloudtrail-require-bucket-access-logging", "c3ce69fd", "FG_R00031", "ee9e50e8"],
    check,
};

fn check<'a>(trail: &'a Resource, cx: &Context<'a>) -> Verdict {
    super::of_log_bucket(trail, cx, |bucket| {
        // Without a destination CloudFormation logs to the bucket itself.
        let logging = bucket.get(cx.world, "LoggingConfiguration");
        match logging.is_present() {
            Truth::True => Verdict::pass(logging.place()),
            Truth::False => Verdict::fail(logging.place(), "accesses to the bucket of the log files are not logged"),
            Truth::Unknown => Verdict::unknown(
                logging.place(),
                "whether accesses to the bucket of the log files are logged cannot be known",
                logging.unknown(),
            ),
        }
    })
}
