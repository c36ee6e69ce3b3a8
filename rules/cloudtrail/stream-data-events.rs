//! See `stream-data-events.md`.

use crate::{
    aws::{
        cloudtrail::trail::{Recorded, recorded},
        dynamodb::{KINDS, Replica, Table},
    },
    engine::{Context, Outcome, Rule, Verdict, rule},
    model::Resource,
    value::{Reason, Truth, Unknown},
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/stream-data-events",
    severity: Low,
    confidence: Medium,
    profile: Default,
    kinds: KINDS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let sensitive = table.sensitivity(cx.settings);
    let streams = table.streams();
    if sensitive.truth.and(streams.truth).is_false() {
        return Verdict::not_applicable();
    }
    let replicas = table.replicas(cx.project).items;
    let verdict = Verdict::worst(replicas.iter().map(|replica| audited(replica, cx)));
    if sensitive.truth.and(streams.truth) == Truth::Unknown && verdict.outcome == Outcome::Fail {
        let reasons = sensitive.reasons.into_iter().chain(streams.reasons);
        return Verdict::unknown(
            &verdict.place,
            "whether the table is sensitive and has a stream cannot be known",
            reasons,
        );
    }
    verdict
}

fn audited<'a>(replica: &Replica<'a>, cx: &Context<'a>) -> Verdict {
    let Recorded { summary, each, reasons } = recorded(cx.project, replica, cx.settings);
    let field = replica.table.get("StreamSpecification");
    let place = field.place();
    let subject = replica.label().unwrap_or_else(|| "the table".to_owned());
    match summary.streams {
        Truth::True => Verdict::pass(place),
        _ if each.is_empty() && cx.settings.external.trail.is_none() => {
            let elsewhere = Unknown::new(Reason::External, "CloudTrail");
            Verdict::unknown(place, format!("no trail in the code records the stream of {subject}"), [elsewhere.into()])
        }
        Truth::False => Verdict::fail(place, format!("no trail records reads of the stream of {subject}")),
        Truth::Unknown => Verdict::unknown(
            place,
            format!("whether reads of the stream of {subject} are recorded cannot be known"),
            reasons,
        ),
    }
}
