//! See `table-administration.md`.

use crate::{
    aws::iam::actions::{Class, those},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "iam/table-administration",
    severity: Medium,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::IAM::Role"],
    aliases: ["CKV_AWS_289", "CKV_AWS_109"],
    check,
};

const ADMINISTRATION: [Class; 6] = [
    Class::TableAdmin,
    Class::TableDelete,
    Class::Restore,
    Class::PolicyAdmin,
    Class::BackupConfig,
    Class::BackupDelete,
];

/// Administration that leaves the tables that there are, and their items, as they are.
const HARMLESS: [&str; 5] =
    ["CreateGlobalTable", "CreateTable", "ImportTable", "UpdateContributorInsights", "UpdateTableReplicaAutoScaling"];

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(found) = super::access(resource, cx) else { return Verdict::not_applicable() };
    if !super::is_of_code(&found.principal) || found.tables.is_empty() {
        return Verdict::not_applicable();
    }
    let administration = those(|action| {
        action.classes.iter().any(|class| ADMINISTRATION.contains(class)) && !HARMLESS.contains(&action.name())
    });
    let Some(granted) = super::granted::Grants::new(&found, resource).worst(administration) else {
        return Verdict::pass(&super::header(resource));
    };
    let table = &granted.target.id.address;
    let verdict = match granted.truth {
        Truth::True => Verdict::fail(
            &granted.place,
            format!("code that runs as this role may call `{}` on {table}", granted.action),
        ),
        _ => {
            let message =
                format!("whether code that runs as this role may call `{}` on {table} cannot be known", granted.action);
            Verdict::unknown(&granted.place, message, granted.reasons)
        }
    };
    verdict.with_related(Some(resource.header), "the role").concerning([granted.target.id.clone()])
}
