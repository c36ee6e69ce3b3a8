//! See `key-rotation.md`.

use crate::{
    aws::kms::Rotation,
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::read::Known,
};

pub const RULE: Rule = rule! {
    id: "kms/key-rotation",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"],
    aliases: [
        "CKV_AWS_7", "AWS-0065", "AVD-AWS-0065", "aws-kms-auto-rotate-keys", "AC_AWS_0160",
        "22fbfeac", "1c07bfaf",
        "235ca980", "FG_R00036", "F19", "AwsSolutions-KMS5", "KMSBackingKeyRotationEnabled",
        "CMK_BACKING_KEY_ROTATION_ENABLED",
    ],
    check,
};

/// `RotationPeriodInDays` when nothing is written.
const DEFAULT_PERIOD_DAYS: i64 = 365;

fn check<'a>(key: &'a Resource, cx: &Context<'a>) -> Verdict {
    let rotation = key.get(cx.world, "EnableKeyRotation");
    match Rotation::of(key, cx.world) {
        Rotation::NotApplicable(why) if key.is("AWS::KMS::Key") && rotation.is_true(false).is_true() => {
            Verdict::fail(rotation.place(), format!("rotation cannot be switched on here, the deployment fails: {why}"))
        }
        Rotation::NotApplicable(_) => Verdict::not_applicable(),
        Rotation::Unknown(reason) if !rotation.is_true(false).is_true() => {
            Verdict::unknown(rotation.place(), "whether the key can rotate cannot be known", [reason])
        }
        _ => Verdict::worst([Verdict::switched_on(&rotation, false, "key rotation"), period(key, cx)]),
    }
}

fn period<'a>(key: &'a Resource, cx: &Context<'a>) -> Verdict {
    let (field, most) = (key.get(cx.world, "RotationPeriodInDays"), cx.settings.thresholds.key_rotation_days);
    match field.integer() {
        Known::Unknown(reason) => {
            Verdict::unknown(field.place(), "how often the key rotates cannot be known", [reason])
        }
        known => match known.or(DEFAULT_PERIOD_DAYS) {
            Some(days) if days > most => {
                Verdict::fail(field.place(), format!("the key rotates every {days} days, not at least every {most}"))
            }
            _ => Verdict::pass(key.get(cx.world, "EnableKeyRotation").place()),
        },
    }
}
