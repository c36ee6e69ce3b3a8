//! See `data-exfiltration.md`.

use crate::{
    aws::iam::actions::{ActionSet, Class, Universe, of_class},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "iam/data-exfiltration",
    severity: Medium,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::IAM::Role"],
    aliases: ["CKV_AWS_288", "CKV_AWS_108"],
    check,
};

/// Actions by which all items of a table leave it at once.
const COPYING: [&str; 7] = [
    "dynamodb:EnableKinesisStreamingDestination",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:RestoreTableFromAwsBackup",
    "dynamodb:RestoreTableFromBackup",
    "dynamodb:RestoreTableToPointInTime",
    "dynamodb:CreateTableReplica",
    "dynamodb:ReadDataForReplication",
];

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(found) = super::access(resource, cx) else { return Verdict::not_applicable() };
    if !super::is_of_code(&found.principal) {
        return Verdict::not_applicable();
    }
    let items = [Class::ItemRead, Class::ItemWrite, Class::ItemDelete]
        .iter()
        .fold(ActionSet::EMPTY, |set, class| set.or(of_class(*class)));
    let grants = super::granted::Grants::new(&found, resource);
    let copying: ActionSet = COPYING.iter().filter_map(|action| Universe::standard().index(action)).collect();
    let sensitivities = super::Sensitivities::new(resource, cx);
    let groups = found.alike();
    Verdict::worst(groups.iter().filter(|(access, _)| access.some(items).is_possible()).filter_map(
        |(access, tables)| {
            let target = tables.first()?;
            let copied = grants.first(target, access, copying);
            // A consumer of the stream names the actions that read it; a wildcard gives them to code that is none.
            let streamed =
                grants.first(target, access, of_class(Class::StreamRead)).filter(|granted| granted.by_wildcard);
            let certain = |granted: &super::granted::Granted| granted.truth.is_true();
            let copied_surely = copied.as_ref().is_some_and(certain);
            let Some(granted) = (if copied_surely { copied } else { streamed.filter(certain).or(copied) }) else {
                return Some(Verdict::pass(&super::header(resource)));
            };
            let name = &target.id.address;
            let both = granted.truth.and(access.some(items));
            let verdict = match both {
                Truth::True => Verdict::fail(
                    &granted.place,
                    format!("code that works with items of {name} may copy them all by `{}`", granted.action),
                ),
                _ => {
                    let message = format!(
                        "whether code that works with items of {name} may copy them all by `{}` cannot be known",
                        granted.action
                    );
                    Verdict::unknown(&granted.place, message, granted.reasons)
                }
            };
            let sensitive = Truth::any(tables.iter().map(|table| sensitivities.of(&table.id)));
            Some(verdict.raised_if(sensitive, RULE.severity).concerning(tables.iter().map(|table| table.id.clone())))
        },
    ))
}
