//! The `Policies` of a function or state machine. In: a policy as written. Out: what a role holds for it: an inline
//! policy or the ARN of a managed one.

use std::sync::Arc;

use super::{
    data,
    make::{Maker, as_if, is_no_value},
    scope::{Scope, Source},
};
use crate::{
    cloudformation::tree::{Node, NodeRef},
    value::Reason,
};

/// How deep `Fn::If` may nest in a policy.
const MAX_NESTING: usize = 16;

/// What a role holds.
pub enum Policy {
    /// An entry of `ManagedPolicyArns`.
    Managed(NodeRef),
    /// An entry of `Policies`.
    Inline(NodeRef),
}

/// Converts the policy at an index; `None` when SAM refuses it, which is reported.
pub fn convert(scope: &mut Scope<'_>, source: &Source, role: &str, index: usize, policy: &NodeRef) -> Option<Policy> {
    let Some(kind) = kind_of(policy, 0) else {
        let message = format!("the policy at index {index} of `{}` mixes kinds of policies, or is of none", source.id);
        scope.error(message, policy.span);
        // A template that this program does not know may grant anything.
        let unknown = Node::unknown(Reason::Unsupported, format!("policy {index} of {}", source.id), policy.span);
        return Some(Policy::Inline(inline(role, index, unknown)));
    };
    Some(match kind {
        Kind::Managed => Policy::Managed(sides(policy, &managed)),
        Kind::Statement => Policy::Inline(sides(policy, &|document| inline(role, index, Arc::clone(document)))),
        Kind::Template => {
            // The transform wraps each outer side only, after templates have been replaced at any depth.
            let filled = fill_templates(scope, source, policy);
            Policy::Inline(sides(&filled, &|document| inline(role, index, Arc::clone(document))))
        }
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Managed,
    Statement,
    Template,
}

fn kind_of(policy: &NodeRef, depth: usize) -> Option<Kind> {
    if let Some((_, yes, no)) = as_if(policy) {
        if depth > MAX_NESTING {
            return None;
        }
        return match (kind_of(yes, depth + 1), kind_of(no, depth + 1)) {
            (one, other) if one == other => one,
            (_, other) if is_no_value(yes) => other,
            (one, _) if is_no_value(no) => one,
            _ => None,
        };
    }
    if policy.as_call().is_some() || policy.as_str().is_some() {
        return Some(Kind::Managed);
    }
    let map = policy.as_map()?;
    if map.get("Statement").is_some() {
        return Some(Kind::Statement);
    }
    let [only] = &*map.entries else { return None };
    data::policy_template(&only.key).map(|_| Kind::Template)
}

/// Applies a conversion to a policy, or to the two sides of its `Fn::If`, except those that are `AWS::NoValue`.
fn sides(policy: &NodeRef, convert: &dyn Fn(&NodeRef) -> NodeRef) -> NodeRef {
    let Some((condition, yes, no)) = as_if(policy) else { return convert(policy) };
    let side = |side: &NodeRef| if is_no_value(side) { Arc::clone(side) } else { convert(side) };
    Maker { at: policy.span }.choose(condition, side(yes), side(no))
}

/// A managed policy by name, ARN or expression.
fn managed(policy: &NodeRef) -> NodeRef {
    let known = policy.as_str().and_then(data::managed_policy);
    known.map_or_else(|| Arc::clone(policy), |path| Maker { at: policy.span }.managed_policy(path))
}

fn inline(role: &str, index: usize, document: NodeRef) -> NodeRef {
    let maker = Maker { at: document.span };
    maker.map([("PolicyName", maker.text(format!("{role}Policy{index}"))), ("PolicyDocument", document)])
}

fn fill_templates(scope: &mut Scope<'_>, source: &Source, policy: &NodeRef) -> NodeRef {
    if let Some((condition, yes, no)) = as_if(policy) {
        let (yes, no) = (fill_templates(scope, source, yes), fill_templates(scope, source, no));
        return Maker { at: policy.span }.choose(condition, yes, no);
    }
    let pair = policy.as_map().and_then(|map| map.entries.first());
    let Some((pair, template)) = pair.and_then(|pair| Some((pair, data::policy_template(&pair.key)?))) else {
        return Arc::clone(policy);
    };
    let maker = Maker { at: pair.key_span };
    let missing: Vec<&str> =
        template.parameters.iter().map(String::as_str).filter(|name| pair.value.get(name).is_none()).collect();
    if !missing.is_empty() {
        let message = format!("the policy template `{}` of `{}` lacks `{}`", pair.key, source.id, missing.join("`, `"));
        scope.error(message, pair.key_span);
    }
    let argument = |name: &str| {
        let declared = template.parameters.iter().any(|parameter| parameter == name);
        declared.then(|| {
            let missing = || Node::unknown(Reason::Error, format!("{}.{name}", pair.key), pair.key_span);
            pair.value.get(name).cloned().unwrap_or_else(missing)
        })
    };
    let statements = template.statements.iter().map(|statement| maker.fill(statement, &argument)).collect();
    maker.map([("Statement", maker.list(statements))])
}
