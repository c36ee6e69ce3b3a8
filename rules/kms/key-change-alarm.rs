//! See `key-change-alarm.md`.

use crate::{
    aws::{Answer, Target},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Piece, Reason, Symbol, Truth, Unknown, read::Known},
};

pub const RULE: Rule = rule! {
    id: "kms/key-change-alarm",
    severity: Low,
    confidence: Medium,
    profile: Strict,
    kinds: ["AWS::CloudTrail::Trail"],
    aliases: ["AWS-0153", "AVD-AWS-0153", "56a585f5"],
    check,
};

/// The calls after which a key no longer decrypts.
const CALLS: [&str; 2] = ["DisableKey", "ScheduleKeyDeletion"];

fn check<'a>(trail: &'a Resource, cx: &Context<'a>) -> Verdict {
    let filters = cx.project.existing("AWS::Logs::MetricFilter", cx.world).into_iter().map(|(filter, exists)| {
        let counted = names_calls(&filter.get(cx.world, "FilterPattern")).and(of_the_trail(filter, trail, cx));
        counted.and(Answer::new(exists)).and(raises_an_alarm(filter, cx)).by(filter)
    });
    let rules = cx.project.existing("AWS::Events::Rule", cx.world).into_iter().map(|(rule, exists)| {
        names_events(&rule.get(cx.world, "EventPattern")).and(Answer::new(exists)).and(is_on(rule, cx)).by(rule)
    });
    let told: Vec<Answer> = filters.chain(rules).collect();
    let Answer { truth, resources, reasons, .. } = Answer::any(told);
    let place = trail.field(cx.world).place().clone();
    let verdict = match truth {
        Truth::True => Verdict::pass(&place),
        Truth::False => {
            return Verdict::fail(&place, "no alarm tells that a KMS key is disabled or scheduled for deletion");
        }
        Truth::Unknown => Verdict::unknown(
            &place,
            "whether an alarm tells that a KMS key is disabled or scheduled for deletion cannot be known",
            reasons,
        ),
    };
    let deciding = resources.iter().filter_map(|id| cx.project.resource(id));
    deciding.fold(verdict, |verdict, resource| verdict.with_related(Some(resource.header), "this was considered"))
}

/// Whether a filter pattern, a text, has both calls.
fn names_calls(pattern: &Field<'_>) -> Answer {
    match pattern.text() {
        Known::Is(text) => Answer::new(CALLS.iter().all(|call| text.contains(call))),
        Known::Absent => Answer::new(false),
        Known::Unknown(reason) => Answer::unknown(reason),
    }
}

/// Whether an event pattern has both calls, and leaves out neither the events of KMS nor those of CloudTrail about it.
fn names_events(pattern: &Field<'_>) -> Answer {
    let named = CALLS.iter().map(|call| lists(&pattern.path("detail.eventName"), call));
    let limits = [("source", "aws.kms"), ("detail.eventSource", "kms.amazonaws.com")];
    let limits = limits.into_iter().map(|(key, service)| match pattern.path(key) {
        field if field.is_absent() => Answer::new(true),
        field => lists(&field, service),
    });
    named.chain(limits).fold(Answer::new(true), Answer::and)
}

/// Whether a list of an event pattern has a text.
fn lists(list: &Field<'_>, wanted: &str) -> Answer {
    let items = list.items();
    let one = |item: &Field<'_>| match item.text() {
        Known::Is(text) => Truth::from(&*text == wanted),
        Known::Absent => Truth::False,
        Known::Unknown(_) => Truth::Unknown,
    };
    let open = items.open.map_or_else(|| Answer::new(false), Answer::unknown);
    let found = Truth::any(items.fields.iter().map(one));
    Answer::new(found).because(items.fields.iter().find_map(Field::unknown)).or(open)
}

/// Whether the filter reads the log group to which the trail delivers.
fn of_the_trail<'a>(filter: &'a Resource, trail: &'a Resource, cx: &Context<'a>) -> Answer {
    let (read, written) = (filter.get(cx.world, "LogGroupName"), trail.get(cx.world, "CloudWatchLogsLogGroupArn"));
    match (log_group(&read, cx), log_group(&written, cx)) {
        (_, Target::Absent) | (Target::Absent, _) => Answer::new(false),
        (Target::Resource(read, _), Target::Resource(written, _)) => Answer::new(read.id == written.id),
        (Target::Unknown(reason), _) | (_, Target::Unknown(reason)) => Answer::unknown(reason),
        _ => Answer::unknown(Unknown::new(Reason::External, "the log group of the trail").into()),
    }
}

/// The log group that a property names; Terraform has `:*` after its ARN.
fn log_group<'a>(field: &Field<'a>, cx: &Context<'a>) -> Target<'a> {
    let target = cx.project.target(field, &["AWS::Logs::LogGroup"]);
    let Target::Pattern(pattern) = target else { return target };
    let Some(Piece::Symbol(Symbol::Reference(reference))) = pattern.pieces.first() else { return target };
    let group =
        cx.project.resources_of(&reference.target).into_iter().find(|resource| resource.is("AWS::Logs::LogGroup"));
    group.map_or(target, |group| Target::Resource(group, reference.attribute.clone()))
}

/// Whether an alarm watches a metric of the filter.
fn raises_an_alarm<'a>(filter: &'a Resource, cx: &Context<'a>) -> Answer {
    let metrics = filter.get(cx.world, "MetricTransformations").items();
    let alarms = cx.project.existing("AWS::CloudWatch::Alarm", cx.world);
    let names = cx.names();
    let text = |field: &Field<'a>| field.known().and_then(|value| names.text(value).ok());
    Answer::any(metrics.fields.iter().flat_map(|metric| {
        let wanted = [("MetricName", "MetricName"), ("MetricNamespace", "Namespace")]
            .map(|(written, watched)| (text(&metric.get(written)), watched));
        alarms.iter().map(move |(alarm, exists)| {
            let same = Truth::all(wanted.iter().map(|(wanted, watched)| {
                match (wanted, text(&alarm.get(cx.world, watched))) {
                    (Some(wanted), Some(found)) if *wanted == found => Truth::True,
                    (Some(wanted), Some(found)) => wanted.equals(&found),
                    _ => Truth::Unknown,
                }
            }));
            Answer::new(same.and(*exists)).because(alarm.get(cx.world, "MetricName").unknown())
        })
    }))
}

/// Whether an event rule is on and has a target.
fn is_on<'a>(rule: &'a Resource, cx: &Context<'a>) -> Answer {
    let state = rule.get(cx.world, "State");
    let enabled = match state.text() {
        Known::Is(text) => Answer::new(&*text != "DISABLED"),
        Known::Absent => Answer::new(true),
        Known::Unknown(reason) => Answer::unknown(reason),
    };
    let targets = rule.get(cx.world, "Targets").items();
    let aimed = if targets.fields.is_empty() {
        targets.open.map_or_else(|| Answer::new(false), Answer::unknown)
    } else {
        Answer::new(true)
    };
    enabled.and(aimed)
}
