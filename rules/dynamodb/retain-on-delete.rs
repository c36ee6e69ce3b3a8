//! See `retain-on-delete.md`.

use crate::{
    aws::{
        Answer,
        dynamodb::{KINDS, Table},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Truth, Value, read::Known},
};

pub const RULE: Rule = rule! {
    id: "dynamodb/retain-on-delete",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: KINDS,
    aliases: ["I3011", "W3011"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let sensitive = table.sensitivity(cx.settings).truth;
    let header = resource.field(cx.world);
    let message = "removing the table from the code, or replacing it, destroys its data";
    let unknown = "whether the data outlives the removal of the table from the code cannot be known";
    let lifecycle = &resource.lifecycle;
    let retained = retains(resource, lifecycle.deletion_policy.as_ref(), cx).and(retains(
        resource,
        lifecycle.update_replace_policy.as_ref(),
        cx,
    ));
    let prevented = written(resource, lifecycle.prevent_destroy.as_ref(), cx)
        .map_or_else(|| Answer::new(false), |field| Answer::flag(&field, false));
    let replicas = table.replicas(cx.project).items;
    let protected = Answer::all(replicas.iter().map(|replica| replica.deletion_protection()));
    // Deletion protection has a rule of its own: what is missing here is at the table, or what is written of the policies.
    let protected = if protected.truth.is_false() { Answer::new(false) } else { protected };
    let verdict = Verdict::of(&retained.or(prevented).or(protected), header.place(), message, unknown);
    verdict.raised_if(sensitive, RULE.severity)
}

/// Whether a policy of CloudFormation keeps the table.
fn retains<'a>(resource: &'a Resource, policy: Option<&'a Value>, cx: &Context<'a>) -> Answer {
    let Some(field) = written(resource, policy, cx) else { return Answer::new(false) };
    let truth = match field.text() {
        Known::Is(text) => Truth::from(matches!(&*text, "Retain" | "RetainExceptOnCreate")),
        Known::Absent => Truth::False,
        Known::Unknown(_) => Truth::Unknown,
    };
    Answer::of(truth, &field).because(field.text().unknown())
}

fn written<'a>(resource: &'a Resource, value: Option<&'a Value>, cx: &Context<'a>) -> Option<Field<'a>> {
    value.map(|value| Field::new(cx.world, value, Some(resource.header)))
}
