//! See `vault-key.md`.

use crate::{
    aws::kms::{KeyClass, KeyUse},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "backup/vault-key",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::Backup::BackupVault", "AWS::Backup::LogicallyAirGappedBackupVault"],
    aliases: ["CKV_AWS_166"],
    check,
};

fn check<'a>(vault: &'a Resource, cx: &Context<'a>) -> Verdict {
    let field = vault.get(cx.world, "EncryptionKeyArn");
    let Some(used) = KeyUse::of(cx.project, &field) else {
        return Verdict::fail(field.place(), "backups in the vault are not encrypted with a customer-managed key");
    };
    let verdict = match used.class {
        KeyClass::Customer | KeyClass::CustomerOutside => Verdict::pass(&used.place),
        KeyClass::AwsOwned | KeyClass::AwsManaged => {
            Verdict::fail(&used.place, "backups in the vault are encrypted with a key that AWS manages")
        }
        KeyClass::Unknown => {
            Verdict::unknown(&used.place, "which key encrypts the backups in the vault cannot be known", used.reasons)
        }
    };
    let through = used.through.iter().map(|resource| (resource.header, "the key is named through this"));
    through.fold(verdict, |verdict, (span, label)| verdict.with_related(Some(span), label))
}
