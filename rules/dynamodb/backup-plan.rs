//! See `backup-plan.md`.

use crate::{
    aws::{
        Target,
        arn::Names,
        backup::backup,
        dynamodb::{KINDS, Replica, Table},
        iam::{
            actions::Universe,
            policy::{Effect, Policy},
            principals::Principals,
        },
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Place, Reason, Truth, Unknown},
};

pub const RULE: Rule = rule! {
    id: "dynamodb/backup-plan",
    severity: Medium,
    // Plans of another repository, account or organisation may select the table.
    confidence: Medium,
    profile: Default,
    kinds: KINDS,
    aliases: ["DynamoDBInBackupPlan"],
    check,
};

/// One of these makes a backup. Source: AWS Backup Developer Guide, "Managed policies for AWS Backup".
const BACKS_UP: [&str; 2] = ["dynamodb:StartAwsBackupJob", "dynamodb:CreateBackup"];

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    super::in_every_region(&table, cx, |replica| backed_up(replica, cx))
}

fn backed_up<'a>(replica: &Replica<'a>, cx: &Context<'a>) -> Verdict {
    let found = backup(cx.project, replica, cx.settings, may_back_up);
    let place = Place { span: Some(replica.table.resource.header), ..Place::default() };
    let subject = replica.label().unwrap_or_else(|| "the table".to_owned());
    let external = &cx.settings.external;
    let declared = external.backup_tags.is_some() || !external.backup_tables.is_empty();
    let unknown = format!("whether a backup plan selects {subject} cannot be known");
    match found.answer.truth {
        Truth::True => {
            let verdict = Verdict::pass(&place);
            found.by.iter().fold(verdict, |verdict, (selection, _)| {
                verdict.with_related(Some(selection.header), "this selects it")
            })
        }
        Truth::False if !found.any && !declared => {
            let elsewhere = Unknown::new(Reason::External, "AWS Backup");
            Verdict::unknown(&place, format!("no backup plan in the code selects {subject}"), [elsewhere.into()])
        }
        Truth::False => Verdict::fail(&place, format!("no backup plan selects {subject}")),
        Truth::Unknown => {
            let considered = found.answer.resources.iter().filter_map(|id| cx.project.resource(id));
            considered.fold(Verdict::unknown(&place, unknown, found.answer.reasons), |verdict, selection| {
                verdict.with_related(Some(selection.header), "this selection was considered")
            })
        }
    }
}

/// Whether the role of a selection may back up tables. A role outside the code is taken to have been made for it.
fn may_back_up<'a>(role: &Field<'a>, names: Names<'a>) -> Truth {
    match names.project().target(role, &["AWS::IAM::Role"]) {
        Target::Resource(role, _) if role.is("AWS::IAM::Role") => {
            Truth::any(Principals::new(names).policies(role).iter().map(|policy| allows_backups(policy)))
        }
        Target::Unknown(_) => Truth::Unknown,
        _ => Truth::True,
    }
}

fn allows_backups(policy: &Policy) -> Truth {
    let universe = Universe::standard();
    let allowing = policy.statements.iter().filter(|statement| statement.effect != Some(Effect::Deny));
    let written = Truth::any(allowing.flat_map(|statement| {
        BACKS_UP.iter().filter_map(|action| universe.index(action)).map(|index| statement.bits(universe).truth(index))
    }));
    let open = if policy.unknown.is_some() { Truth::Unknown } else { Truth::False };
    written.or(open).and(policy.attached)
}
