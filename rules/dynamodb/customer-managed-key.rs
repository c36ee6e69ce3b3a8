//! See `customer-managed-key.md`.

use crate::{
    aws::{
        dynamodb::{Replica, Table},
        kms::{KeyClass, KeyUse},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "dynamodb/customer-managed-key",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: super::IN_REGIONS,
    aliases: ["CKV_AWS_119", "CKV_AWS_271", "AWS-0025", "AVD-AWS-0025", "aws-dynamodb-table-customer-key", "DYNAMODB_TABLE_ENCRYPTED_KMS", "W74"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let sensitive = Table { resource, world: cx.world }.sensitivity(cx.settings).truth;
    let verdict = super::of_every_region(resource, cx, |replica| encrypted(replica, &replica.encryption(cx.project)));
    verdict.raised_if(sensitive, RULE.severity)
}

fn encrypted(replica: &Replica<'_>, used: &KeyUse<'_>) -> Verdict {
    let subject = replica.label().unwrap_or_else(|| "the table".to_owned());
    let verdict = match used.class {
        KeyClass::Customer | KeyClass::CustomerOutside => Verdict::pass(&used.place),
        KeyClass::AwsOwned => Verdict::fail(&used.place, format!("{subject} is encrypted with a key that AWS owns")),
        KeyClass::AwsManaged => Verdict::fail(&used.place, format!("{subject} is encrypted with an AWS-managed key")),
        KeyClass::Unknown => {
            let message = format!("which key encrypts {subject} cannot be known");
            Verdict::unknown(&used.place, message, used.reasons.iter().cloned())
        }
    };
    let through = used.through.iter().map(|resource| (resource.header, "the key is named through this"));
    through.fold(verdict, |verdict, (span, label)| verdict.with_related(Some(span), label))
}
