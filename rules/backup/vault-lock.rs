//! See `vault-lock.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "backup/vault-lock",
    severity: Low,
    confidence: High,
    profile: Default,
    // A logically air-gapped vault is always locked.
    kinds: ["AWS::Backup::BackupVault"],
    aliases: [],
    check,
};

/// A lock as Terraform writes it: part of the vault, unless the vault that it names is not known.
const LOCK: &str = "aws_backup_vault_lock_configuration";

fn check<'a>(vault: &'a Resource, cx: &Context<'a>) -> Verdict {
    let lock = vault.get(cx.world, "LockConfiguration");
    let verdict = match lock.is_present() {
        Truth::True => return Verdict::pass(lock.place()),
        Truth::False => {
            Verdict::fail(lock.place(), "backups in the vault can be deleted before their time, as it has no lock")
        }
        Truth::Unknown => Verdict::unknown(lock.place(), "whether the vault is locked cannot be known", lock.unknown()),
    };
    let locks = cx.project.beside(vault, LOCK).filter(|lock| cx.world.truth(&lock.exists).is_possible());
    let nameless = locks.filter_map(|lock| lock.get(cx.world, "backup_vault_name").unknown());
    nameless.fold(verdict, |verdict, reason| {
        Verdict::unknown(
            &verdict.place,
            "whether the vault is locked cannot be known",
            verdict.reasons.into_iter().chain([reason]),
        )
    })
}
