//! See `not-action.md`.

use crate::{
    aws::iam::{
        actions::{Universe, those},
        policy::{Effect, Policy, Statement},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Place,
};

pub const RULE: Rule = rule! {
    id: "iam/not-action",
    severity: High,
    confidence: High,
    profile: Default,
    kinds: super::HOLDERS,
    aliases: [
        "W15", "W16", "W17", "W21", "W22", "W23", "IAM_ROLE_OR_POLICY_NO_ALLOW_PLUS_NOT_ACTION",
        "IAM_ROLE_OR_POLICY_NO_ALLOW_PLUS_NOT_RESOURCE",
    ],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let policies = super::policies_to_judge(resource, cx);
    if policies.is_empty() {
        return Verdict::not_applicable();
    }
    // Policies of AWS are not the author's to mend; `full-access-managed-policy` speaks of them.
    let own = policies.iter().filter(|policy| policy.source.is_some());
    let verdicts = own.flat_map(|policy: &std::sync::Arc<Policy>| policy.statements.iter().filter_map(judge));
    let unknown = super::unknown_policies(&policies, resource);
    let pass = Verdict::pass(&Place { span: Some(resource.header), ..Place::default() });
    Verdict::worst(verdicts.chain(unknown).chain([pass]))
}

fn judge(statement: &Statement) -> Option<Verdict> {
    let allowed = statement.bits(Universe::standard()).must;
    let reaches = |dax: bool| !allowed.and(those(|action| action.is_dax() == dax)).is_empty();
    let service = if reaches(false) { "DynamoDB" } else { "DAX" };
    if statement.effect != Some(Effect::Allow) || !statement.may_reach_tables() || !(reaches(false) || reaches(true)) {
        return None;
    }
    let place = |span: Option<_>| Place { span: span.or(statement.span), ..Place::default() };
    let actions = statement.actions.as_ref().filter(|element| element.negated);
    let resources = statement.resources.as_ref().filter(|element| element.negated);
    match (actions, resources) {
        (Some(element), _) => {
            Some(Verdict::fail(&place(element.span), format!("NotAction allows everything else, {service} included")))
        }
        (None, Some(element)) => Some(Verdict::fail(
            &place(element.span),
            format!("NotResource allows {service} actions on everything else"),
        )),
        (None, None) => None,
    }
}
