//! Rules about identities and their policies.

use std::sync::Arc;

use crate::{
    aws::iam::{
        actions::{ActionSet, Universe},
        policy::{Effect, Policy, Statement},
        principals::Principals,
    },
    engine::{Context, Rule, Verdict},
    model::Resource,
    value::Place,
};

#[path = "dynamodb-wildcard-action.rs"]
mod dynamodb_wildcard_action;
#[path = "dynamodb-wildcard-resource.rs"]
mod dynamodb_wildcard_resource;
#[path = "not-action.rs"]
mod not_action;

/// The rules of this area.
pub static RULES: &[Rule] = &[
    dynamodb_wildcard_action::RULE,
    dynamodb_wildcard_resource::RULE,
    not_action::RULE,
];

/// What holds policies: principals, and policies that are attached to them.
const HOLDERS: [&str; 9] = [
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::IAM::Group",
    "AWS::SSO::PermissionSet",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::UserPolicy",
    "AWS::IAM::GroupPolicy",
];

/// The policies to judge at a resource, each of the project once: a managed policy where it is written, an inline one
/// at its principal, or where it is written when the principal is not of the project; those of AWS at the principal.
fn policies_to_judge<'a>(resource: &'a Resource, cx: &Context<'a>) -> Vec<Arc<Policy>> {
    let principals = Principals::new(cx.names());
    let is_managed = |policy: &Arc<Policy>| {
        let source = policy.source.as_ref().and_then(|source| cx.project.resource(source));
        source.is_some_and(|source| source.is("AWS::IAM::ManagedPolicy"))
    };
    let mut policies = match &*resource.kind {
        "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" | "AWS::IAM::UserPolicy" | "AWS::IAM::GroupPolicy"
            if principals.is_attached(resource) =>
        {
            return Vec::new();
        }
        _ => principals.policies(resource),
    };
    if !resource.is("AWS::IAM::ManagedPolicy") {
        policies.retain(|policy| !is_managed(policy));
    }
    policies
}

/// Actions that unconditional statements deny on everything.
fn certainly_denied(policies: &[Arc<Policy>]) -> ActionSet {
    let statements = policies.iter().filter(|policy| policy.attached.is_true()).flat_map(|policy| &policy.statements);
    let denying = statements.filter(|statement| {
        let bare = statement.conditions.is_empty() && !statement.open_conditions;
        statement.effect == Some(Effect::Deny) && bare && is_on_everything(statement)
    });
    denying.fold(ActionSet::default(), |set, statement| set.or(statement.bits(Universe::standard()).must))
}

fn is_on_everything(statement: &Statement) -> bool {
    let resources = statement.resources.as_ref().filter(|element| !element.negated);
    resources.is_some_and(|element| element.items.iter().any(|item| item.text.is("*")))
}

/// A verdict for each policy of which nothing, or not all, is known.
fn unknown_policies(policies: &[Arc<Policy>], resource: &Resource) -> Vec<Verdict> {
    let verdict = |policy: &Arc<Policy>| {
        let place = Place { span: policy.span.or(Some(resource.header)), ..Place::default() };
        let message = format!("what the policy {} allows cannot be known", policy.name);
        policy.unknown.as_ref().map(|reason| Verdict::unknown(&place, message, [Arc::clone(reason)]))
    };
    policies.iter().filter_map(verdict).collect()
}
