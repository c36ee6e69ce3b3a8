//! See `log-bucket-public.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Truth, read::Known},
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/log-bucket-public",
    severity: Critical,
    confidence: High,
    profile: Default,
    kinds: ["AWS::CloudTrail::Trail"],
    aliases: ["AWS-0161", "AVD-AWS-0161", "aws-cloudtrail-no-public-log-access", "FG_R00028", "bd0088a5"],
    check,
};

/// Canned ACLs that grant something to everyone, or to everyone with an AWS account. Source: Amazon S3 User Guide,
/// "Canned ACL".
const PUBLIC: [&str; 3] = ["PublicRead", "PublicReadWrite", "AuthenticatedRead"];

fn check<'a>(trail: &'a Resource, cx: &Context<'a>) -> Verdict {
    super::of_log_bucket(trail, cx, |bucket| {
        let acl = bucket.get(cx.world, "AccessControl");
        let public = match acl.text() {
            Known::Absent => Truth::False,
            Known::Is(name) => Truth::from(PUBLIC.contains(&&*name)),
            Known::Unknown(_) => Truth::Unknown,
        };
        // Only this setting takes effect on an ACL that the bucket has; `BlockPublicAcls` refuses new ones.
        let ignored = bucket.get(cx.world, "PublicAccessBlockConfiguration.IgnorePublicAcls");
        match public.and(!ignored.is_true(false)) {
            Truth::False => Verdict::pass(acl.place()),
            Truth::True => Verdict::fail(acl.place(), "the ACL of the bucket makes the log files public"),
            Truth::Unknown => Verdict::unknown(
                acl.place(),
                "whether the ACL of the bucket makes the log files public cannot be known",
                [acl.unknown(), ignored.unknown()].into_iter().flatten(),
            ),
        }
    })
}
