//! See `dynamodb-pitr-rule.md`.

use crate::{
    aws::Answer,
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Truth, read::Known},
};

pub const RULE: Rule = rule! {
    id: "config/dynamodb-pitr-rule",
    severity: Low,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::Config::ConfigurationRecorder"],
    aliases: [],
    check,
};

/// The managed rule. Source: AWS Config Developer Guide, "List of AWS Config Managed Rules".
const WATCHES: &str = "DYNAMODB_PITR_ENABLED";

/// Types of rules and the property that says which managed rule it is.
const RULES: [(&str, &str); 2] = [
    ("AWS::Config::ConfigRule", "Source.SourceIdentifier"),
    ("AWS::Config::OrganizationConfigRule", "OrganizationManagedRuleMetadata.RuleIdentifier"),
];

const PACKS: [&str; 2] = ["AWS::Config::ConformancePack", "AWS::Config::OrganizationConformancePack"];

fn check<'a>(recorder: &'a Resource, cx: &Context<'a>) -> Verdict {
    let rules = RULES.iter().flat_map(|(kind, property)| {
        cx.project
            .existing(kind, cx.world)
            .into_iter()
            .map(move |(rule, exists)| (rule, exists, is_it(&rule.get(cx.world, property))))
    });
    let packs = PACKS
        .iter()
        .flat_map(|kind| cx.project.existing(kind, cx.world))
        .map(|(pack, exists)| (pack, exists, has_it(pack, cx)));
    let answers = rules.chain(packs).map(|(resource, exists, answer)| answer.and(Answer::new(exists)).by(resource));
    let watched = Answer::any(answers);
    let place = recorder.field(cx.world).place().clone();
    // What one set-up lacks is said once, at its first recorder, and not for each of its regions.
    if !watched.truth.is_true() && !is_first(recorder, cx) {
        return Verdict::not_applicable();
    }
    let fail = format!("AWS Config is set up, but no rule watches point-in-time recovery ({WATCHES})");
    let unknown = "whether a rule of AWS Config watches point-in-time recovery cannot be known";
    let verdict = Verdict::of(&Answer { places: vec![place.clone()], ..watched.clone() }, &place, fail, unknown);
    let deciding =
        watched.resources.iter().filter(|_| !watched.truth.is_false()).filter_map(|id| cx.project.resource(id));
    deciding.fold(verdict, |verdict, resource| verdict.with_related(Some(resource.header), "this was considered"))
}

fn is_first<'a>(recorder: &'a Resource, cx: &Context<'a>) -> bool {
    let mut others = cx.project.beside(recorder, &recorder.kind);
    !others.any(|other| other.id < recorder.id && cx.world.truth(&other.exists).is_possible())
}

fn is_it(identifier: &Field<'_>) -> Answer {
    match identifier.text() {
        Known::Is(text) => Answer::of(Truth::from(&*text == WATCHES), identifier),
        Known::Absent => Answer::new(false),
        Known::Unknown(reason) => Answer::unknown(reason),
    }
}

/// Whether a conformance pack has the rule. A template in a bucket cannot be read.
fn has_it<'a>(pack: &'a Resource, cx: &Context<'a>) -> Answer {
    let body = pack.get(cx.world, "TemplateBody");
    match body.text() {
        Known::Is(text) => Answer::of(Truth::from(text.contains(WATCHES)), &body),
        Known::Unknown(reason) => Answer::unknown(reason),
        Known::Absent => {
            let place = pack.get(cx.world, "TemplateS3Uri").place().clone();
            let unread =
                crate::value::Unknown::new(crate::value::Reason::External, "the template of the conformance pack");
            Answer::unknown(crate::value::Unknown { span: place.span, ..unread }.into())
        }
    }
}
