//! See `recorder-covers-dynamodb.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Truth, read::Known},
};

pub const RULE: Rule = rule! {
    id: "config/recorder-covers-dynamodb",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: ["AWS::Config::ConfigurationRecorder"],
    aliases: ["CKV2_AWS_45"],
    check,
};

const STATUS: &str = "aws_config_configuration_recorder_status";
const TABLE: &str = "AWS::DynamoDB::Table";

fn check<'a>(recorder: &'a Resource, cx: &Context<'a>) -> Verdict {
    Verdict::worst([records(&recorder.get(cx.world, "RecordingGroup")), is_on(recorder, cx)])
}

/// Whether tables are among what is recorded. Without a recording group everything is.
fn records(group: &Field<'_>) -> Verdict {
    let strategy = group.path("RecordingStrategy.UseOnly");
    let (all, types) = (group.get("AllSupported"), group.get("ResourceTypes"));
    let excluded = group.path("ExclusionByResourceTypes.ResourceTypes");
    let excludes = strategy.text().or("".into()).is_some_and(|text| &*text == "EXCLUSION_BY_RESOURCE_TYPES");
    if excludes || excluded.is_present().is_true() {
        return listed(&excluded, Truth::False, "the recorder leaves tables out");
    }
    match all.bool() {
        Known::Is(true) => Verdict::pass(all.place()),
        Known::Unknown(reason) => {
            Verdict::unknown(all.place(), "whether tables are recorded cannot be known", [reason])
        }
        Known::Absent if types.is_absent() && group.unknown().is_none() => Verdict::pass(group.place()),
        _ => listed(&types, Truth::True, "the recorder does not record tables"),
    }
}

/// Whether the tables' type is, or is not, in a list.
fn listed(types: &Field<'_>, wanted: Truth, message: &str) -> Verdict {
    let items = types.items();
    let found = Truth::any(items.fields.iter().map(|item| match item.text() {
        Known::Is(text) => Truth::from(&*text == TABLE),
        _ => Truth::Unknown,
    }));
    let found = if items.open.is_some() { found.or(Truth::Unknown) } else { found };
    match found {
        Truth::Unknown => {
            let reasons = items.fields.iter().filter_map(Field::unknown).chain(items.open);
            Verdict::unknown(types.place(), "whether tables are recorded cannot be known", reasons)
        }
        truth if truth == wanted => Verdict::pass(types.place()),
        _ => Verdict::fail(types.place(), message),
    }
}

/// CloudFormation starts a recorder, Terraform only does so by a resource of its own.
fn is_on<'a>(recorder: &'a Resource, cx: &Context<'a>) -> Verdict {
    let started = recorder.get(cx.world, "StartedOnCreate");
    let starts_itself = !recorder.source_type.starts_with("aws_");
    // A status that names its recorder by what is not known: that of the module it stands in.
    let mut statuses = cx.project.beside(recorder, STATUS).filter(|status| {
        status.module_calls == recorder.module_calls && status.get(cx.world, "name").unknown().is_some()
    });
    match statuses.next().filter(|_| started.is_absent()) {
        Some(status) => Verdict::switched_on(&status.get(cx.world, "is_enabled"), false, "the recorder"),
        None => Verdict::switched_on(&started, starts_itself, "the recorder"),
    }
}
