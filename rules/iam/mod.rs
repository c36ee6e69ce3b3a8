//! Rules about identities and their policies.

use std::sync::Arc;

use crate::{
    aws::iam::{policy::Policy, principals::Principals},
    engine::{Context, Rule},
    model::Resource,
};

#[path = "dynamodb-wildcard-action.rs"]
mod dynamodb_wildcard_action;

/// The rules of this area.
pub static RULES: &[Rule] = &[dynamodb_wildcard_action::RULE];

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
