//! See `dynamodb-data-events.md`.

use crate::{
    aws::{
        Answer,
        cloudtrail::trail::{Recorded, Trail, recorded, records},
        dynamodb::{Replica, Table},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Reason, Truth, Unknown},
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/dynamodb-data-events",
    severity: High,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::CloudTrail::Trail"],
    aliases: [],
    check,
};

/// How many trails a finding names.
const MAX_RELATED: usize = 5;

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return covering(resource, cx) };
    let sensitive = table.sensitivity(cx.settings);
    if sensitive.truth.is_false() {
        return Verdict::not_applicable();
    }
    let replicas = table.replicas(cx.project).items;
    let verdict = Verdict::worst(replicas.iter().map(|replica| audited(replica, cx)));
    if sensitive.truth == Truth::Unknown && verdict.outcome == crate::engine::Outcome::Fail {
        let Answer { reasons, .. } = sensitive;
        return Verdict::unknown(&verdict.place, "whether the table is sensitive cannot be known", reasons);
    }
    verdict
}

/// A trail that records every table of its stack, or any table, is as it should be; whether one that does not must is
/// said at the tables.
fn covering<'a>(trail: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(view) = Trail::new(trail, cx.world) else { return Verdict::not_applicable() };
    let tables = Table::beside(cx.project, trail, cx.world);
    let mut replicas = tables.iter().flat_map(|table| table.replicas(cx.project).items);
    let covers = if tables.is_empty() {
        super::of_any_table(trail, cx).is_some_and(|summary| summary.reads.and(summary.writes).is_true())
    } else {
        replicas.all(|replica| {
            let summary = records(cx.project, &view, &replica);
            summary.reads.and(summary.writes).is_true()
        })
    };
    if covers {
        Verdict::pass(&Place { span: Some(trail.header), ..Place::default() })
    } else {
        Verdict::not_applicable()
    }
}

fn audited<'a>(replica: &Replica<'a>, cx: &Context<'a>) -> Verdict {
    let Recorded { summary, each, reasons } = recorded(cx.project, replica, cx.settings);
    let place = Place { span: Some(replica.table.resource.header), ..Place::default() };
    let missing: Vec<&str> = [("reads", summary.reads), ("writes", summary.writes)]
        .into_iter()
        .filter(|(_, truth)| truth.is_false())
        .map(|(what, _)| what)
        .collect();
    let subject = replica.label().unwrap_or_else(|| "the table".to_owned());
    let verdict = if summary.reads.and(summary.writes).is_true() {
        Verdict::pass(&place)
    } else if each.is_empty() && cx.settings.external.trail.is_none() {
        let elsewhere = Unknown::new(Reason::External, "CloudTrail");
        Verdict::unknown(&place, format!("no trail in the code records {subject}"), [elsewhere.into()])
    } else if missing.is_empty() {
        Verdict::unknown(
            &place,
            format!("whether {subject} has its reads and writes recorded cannot be known"),
            reasons,
        )
    } else {
        Verdict::fail(&place, format!("no trail records {} of items of {subject}", missing.join(" or ")))
    };
    each.iter()
        .take(MAX_RELATED)
        .fold(verdict, |verdict, (trail, _)| verdict.with_related(Some(trail.resource.header), note(trail)))
}

fn note(trail: &Trail<'_>) -> &'static str {
    if trail.is_store() { "this event data store was considered" } else { "this trail was considered" }
}
