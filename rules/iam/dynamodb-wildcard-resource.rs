//! See `dynamodb-wildcard-resource.md`.

use crate::{
    aws::iam::{
        actions::{Action, ActionSet, Class, Universe, those},
        managed,
        policy::{Effect, Statement},
        principals::Principals,
    },
    engine::{Context, Outcome, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Truth},
};

pub const RULE: Rule = rule! {
    id: "iam/dynamodb-wildcard-resource",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: super::HOLDERS,
    aliases: [
        "CKV_AWS_355", "CKV_AWS_356", "CKV_AWS_290", "CKV_AWS_111", "W11", "W12", "W13",
        "IAM_POLICYDOCUMENT_NO_WILDCARD_RESOURCE",
    ],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let mut policies = super::policies_to_judge(resource, cx);
    if policies.is_empty() {
        return Verdict::not_applicable();
    }
    let role = Principals::new(cx.names()).principal(resource);
    if role.is_some_and(|role| super::is_of_service(&role)) {
        // Backups and the like go over all tables by the policy that AWS made for them.
        policies.retain(|policy| policy.source.is_some() || !managed::is_for_services(&policy.name));
    }
    let denied = super::certainly_denied(&policies);
    let statements =
        policies.iter().flat_map(|policy| policy.statements.iter().map(move |statement| (policy, statement)));
    let verdicts = statements.filter_map(|(policy, statement)| {
        let verdict = judge(statement, denied)?;
        // A policy of AWS is written nowhere in the code.
        let place =
            Place { span: verdict.place.span.or(policy.span).or(Some(resource.header)), ..verdict.place.clone() };
        Some(Verdict { place, ..verdict })
    });
    let unknown = super::unknown_policies(&policies, resource);
    let pass = Verdict::pass(&Place { span: Some(resource.header), ..Place::default() });
    let verdict = Verdict::worst(verdicts.chain(unknown).chain([pass]));
    if verdict.outcome != Outcome::Fail {
        return verdict;
    }
    verdict.raised_if(super::sensitive_beside(resource, cx), RULE.severity)
}

fn judge(statement: &Statement, denied: ActionSet) -> Option<Verdict> {
    if statement.effect != Some(Effect::Allow) {
        return None;
    }
    let on_resources =
        those(|action| !action.resources.is_empty() && !action.is_dax() && !only_describes(action)).without(denied);
    let bits = statement.bits(Universe::standard());
    let (must, may) = (bits.must.and(on_resources), bits.may.and(on_resources));
    let resources = statement.resources.as_ref();
    let place = |span| Place { span, ..Place::default() };
    if may.is_empty() {
        return None;
    }
    let covering =
        resources.into_iter().flat_map(|element| &element.items).map(|item| (item, item.pattern.covers_every_table()));
    let negated = resources.is_some_and(|element| element.negated);
    let open = resources.and_then(|element| element.open.clone()).filter(|_| !negated);
    let open = open.map(|reason| {
        let span = resources.and_then(|element| element.span).or(statement.span);
        Verdict::unknown(&place(span), "which tables the statement covers cannot be known", [reason])
    });
    let Some((item, covers)) = covering.max_by_key(|(_, covers)| *covers) else { return open };
    let span = item.span.or(resources.and_then(|element| element.span)).or(statement.span);
    match covers {
        Truth::True if !negated && !must.is_empty() => {
            Some(Verdict::fail(&place(span), format!("`{}` allows item or table actions on every table", item.text)))
        }
        Truth::False if negated && !must.is_empty() => {
            Some(Verdict::fail(&place(span), "NotResource allows item or table actions on every other table"))
        }
        Truth::Unknown if !negated => {
            Some(Verdict::unknown(&place(span), format!("which tables `{}` covers cannot be known", item.text), []))
        }
        _ => open,
    }
}

/// Whether an action tells no more than what tables there are and how they are set up.
fn only_describes(action: &Action) -> bool {
    action.classes.iter().all(|class| *class == Class::MetadataRead)
}
