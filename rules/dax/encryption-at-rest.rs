//! See `encryption-at-rest.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "dax/encryption-at-rest",
    severity: High,
    confidence: High,
    profile: Default,
    kinds: ["AWS::DAX::Cluster"],
    aliases: [
        "CKV_AWS_47", "AWS-0023", "AVD-AWS-0023", "aws-dynamodb-enable-at-rest-encryption", "AC_AWS_0375",
        "f11aec39", "W83", "AwsSolutions-DDB4", "DAX_ENCRYPTION_ENABLED",
    ],
    check,
};

fn check<'a>(cluster: &'a Resource, cx: &Context<'a>) -> Verdict {
    let encrypted = cluster.get(cx.world, "SSESpecification.SSEEnabled");
    Verdict::switched_on(&encrypted, false, "encryption at rest")
}
