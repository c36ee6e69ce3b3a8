//! See `cross-region-copy.md`.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    aws::{Answer, Target, backup::rules, text::Text},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Reason, Truth, Unknown, read::Known},
};

pub const RULE: Rule = rule! {
    id: "backup/cross-region-copy",
    severity: Low,
    confidence: High,
    profile: Strict,
    kinds: ["AWS::Backup::BackupPlan"],
    aliases: [],
    check,
};

fn check<'a>(plan: &'a Resource, cx: &Context<'a>) -> Verdict {
    let rules = rules(plan, cx.world);
    let copies: Vec<_> = rules.items.iter().map(|rule| rule.get("CopyActions").items()).collect();
    let vaults =
        copies.iter().flat_map(|actions| &actions.fields).map(|action| action.get("DestinationBackupVaultArn"));
    let vaults: Vec<_> = vaults.map(|vault| (region(&vault, cx), vault)).collect();
    let open = copies.iter().filter_map(|actions| actions.open.clone()).chain(rules.open).map(Answer::unknown);
    let away = vaults.iter().map(|(region, vault)| match region {
        Ok(region) => Answer::of(!region.equals(&cx.names().region(plan)), vault).because(Some(undecided(vault))),
        Err(reason) => Answer::unknown(Arc::clone(reason)).at(vault.place()),
    });
    let copied = Answer::any(away.chain(open).chain(differing(&vaults)));
    let unknown = "whether the plan copies backups to another region cannot be known";
    Verdict::of(&copied, plan.field(cx.world).place(), "the plan copies no backup to another region", unknown)
}

/// Of two vaults in different regions, one is in another region than the plan, wherever that is.
fn differing(vaults: &[(Result<Text, Arc<Unknown>>, Field<'_>)]) -> Option<Answer> {
    let (mut regions, mut last) = (BTreeSet::new(), None);
    for (region, vault) in vaults {
        if regions.insert(region.as_ref().ok().and_then(Text::literal)) {
            last = Some(vault);
        }
    }
    last.filter(|_| regions.iter().flatten().count() > 1).map(|vault| Answer::of(Truth::True, vault))
}

/// The region of a vault.
fn region<'a>(vault: &Field<'a>, cx: &Context<'a>) -> Result<Text, Arc<Unknown>> {
    let names = cx.names();
    match (
        cx.project.target(vault, &["AWS::Backup::BackupVault", "AWS::Backup::LogicallyAirGappedBackupVault"]),
        vault.value(),
    ) {
        (Target::Resource(vault, _), _) => Ok(names.region(vault)),
        (_, Known::Unknown(reason)) => Err(reason),
        (_, Known::Is(value)) => {
            let arn = names.text(value)?;
            arn.segments(6).and_then(|parts| parts.into_iter().nth(3)).ok_or_else(|| undecided(vault))
        }
        (_, Known::Absent) => Err(undecided(vault)),
    }
}

fn undecided(vault: &Field<'_>) -> Arc<Unknown> {
    let place = vault.place();
    Arc::new(Unknown { span: place.span, ..Unknown::new(Reason::AfterApply, "the region of the vault") })
}
