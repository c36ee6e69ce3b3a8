//! See `dynamodb-wildcard-action.md`.

use crate::{
    aws::iam::{
        actions::{ActionSet, Class, Universe, of_class},
        element::ActionPattern,
        policy::{Effect, Item, Statement},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Truth},
};

pub const RULE: Rule = rule! {
    id: "iam/dynamodb-wildcard-action",
    severity: High,
    confidence: High,
    profile: Default,
    kinds: super::HOLDERS,
    aliases: [
        "CKV_AWS_63", "CKV_AWS_49", "F3", "F4", "F5", "aws-iam-no-policy-wildcards", "AwsSolutions-IAM5",
        "IAMPolicyNoStatementsWithFullAccess", "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS",
        "IAM_MANAGEDPOLICY_NO_STATEMENTS_WITH_FULL_ACCESS", "IAM_ROLE_NO_WILDCARD_ACTIONS_ON_PERMISSIONS",
    ],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let policies = super::policies_to_judge(resource, cx);
    if policies.is_empty() {
        return Verdict::not_applicable();
    }
    let denied = super::certainly_denied(&policies);
    let verdicts = policies.iter().flat_map(|policy| {
        let place = Place { span: policy.span.or(Some(resource.header)), ..Place::default() };
        policy.statements.iter().flat_map(move |statement| granted(statement, denied, &place))
    });
    let unknown = super::unknown_policies(&policies, resource);
    let pass = Verdict::pass(&Place { span: Some(resource.header), ..Place::default() });
    Verdict::worst(verdicts.chain(unknown).chain([pass]))
}

fn granted(statement: &Statement, denied: ActionSet, policy: &Place) -> Vec<Verdict> {
    let Some(actions) = statement.actions.as_ref().filter(|element| !element.negated) else { return Vec::new() };
    if statement.effect != Some(Effect::Allow) || !statement.may_reach_tables() {
        return Vec::new();
    }
    let wide = |item: &Item<ActionPattern>| {
        let place = Place { span: item.span.or(actions.span).or(statement.span).or(policy.span), ..Place::default() };
        match spans_administration(&item.pattern, denied) {
            Truth::True => {
                Some(Verdict::fail(&place, format!("`{}` allows items and the administration of tables", item.text)))
            }
            Truth::Unknown => {
                Some(Verdict::unknown(&place, format!("what `{}` allows cannot be known", item.text), []))
            }
            Truth::False => None,
        }
    };
    let open = actions.open.iter().map(|reason| {
        let place = Place { span: actions.span.or(statement.span).or(policy.span), ..Place::default() };
        Verdict::unknown(&place, "which actions are allowed cannot be known", [reason.clone()])
    });
    actions.items.iter().filter_map(wide).chain(open).collect()
}

/// Whether one pattern with a wildcard reaches items as well as the administration of tables.
fn spans_administration(pattern: &ActionPattern, denied: ActionSet) -> Truth {
    let universe = Universe::standard();
    let reached = |classes: &[Class]| {
        let wanted = classes.iter().fold(ActionSet::default(), |set, class| set.or(of_class(*class))).without(denied);
        let names = wanted.iter().filter_map(|index| universe.names().get(index));
        Truth::any(names.map(|name| pattern.covers(name)))
    };
    let items = reached(&[Class::ItemRead, Class::ItemWrite, Class::ItemDelete]);
    items.and(reached(&[
        Class::TableAdmin,
        Class::TableDelete,
        Class::PolicyAdmin,
        Class::BackupConfig,
        Class::BackupDelete,
    ]))
}
