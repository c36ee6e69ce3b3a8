//! Execution roles. In: what a construct needs. Out: an `AWS::IAM::Role`.

use std::sync::Arc;

use serde_json::json;

use super::{
    make::{Maker, same},
    policies::{self, Policy},
    scope::{Scope, Source},
};
use crate::cloudformation::tree::{Mapping, NodeRef, Pair};

/// A role before it is emitted.
pub struct Role {
    /// Its logical id.
    pub id: Arc<str>,
    /// Who may assume it.
    pub trust: NodeRef,
    /// ARNs of managed policies.
    pub managed: Vec<NodeRef>,
    /// Inline policies.
    pub inline: Vec<NodeRef>,
    /// Further properties: path, boundary, tags.
    pub further: Vec<Pair>,
    /// Resource attributes.
    pub attributes: Vec<Pair>,
    maker: Maker,
}

impl Role {
    /// A role without rights that a service may assume.
    pub fn new(source: &Source, id: impl Into<Arc<str>>, service: &str) -> Self {
        let maker = source.maker;
        Self {
            id: id.into(),
            trust: trust(maker, service),
            managed: Vec::new(),
            inline: Vec::new(),
            further: Vec::new(),
            attributes: source.passed_attributes(),
            maker,
        }
    }

    /// Attaches an AWS managed policy, given by path and name.
    pub fn attach(&mut self, path: &str) {
        let arn = self.maker.managed_policy(path);
        self.add_managed(arn);
    }

    /// Attaches a managed policy, unless it is attached already.
    pub fn add_managed(&mut self, arn: NodeRef) {
        if !self.managed.iter().any(|known| same(known, &arn)) {
            self.managed.push(arn);
        }
    }

    /// Adds an inline policy, unless one of the same document is there.
    pub fn add_inline(&mut self, policy: NodeRef) {
        let document = policy.get("PolicyDocument");
        let is_known = |known: &NodeRef| {
            known.get("PolicyDocument").zip(document).is_some_and(|(known, document)| same(known, document))
        };
        if !self.inline.iter().any(is_known) {
            self.inline.push(policy);
        }
    }

    /// Adds the `Policies` of the source.
    pub fn add_policies(&mut self, scope: &mut Scope<'_>, source: &Source, policies: &NodeRef) {
        let single = std::slice::from_ref(policies);
        for (index, policy) in policies.as_list().unwrap_or(single).iter().enumerate() {
            match policies::convert(scope, source, &self.id, index, policy) {
                Some(Policy::Managed(arn)) => self.add_managed(arn),
                Some(Policy::Inline(policy)) => self.inline.push(policy),
                None => {}
            }
        }
    }

    /// Adds a property, when there is a value.
    pub fn set(&mut self, name: &str, value: Option<&NodeRef>) {
        self.further.extend(value.map(|value| self.maker.pair(name, Arc::clone(value))));
    }

    /// `!GetAtt Role.Arn`.
    pub fn arn(&self) -> NodeRef {
        self.maker.attribute(&self.id, "Arn")
    }

    /// Puts the role into the template.
    pub fn emit(self, scope: &mut Scope<'_>, source: &Source) {
        let maker = self.maker;
        let mut properties = Mapping::default();
        properties.entries.push(maker.pair("AssumeRolePolicyDocument", self.trust));
        if !self.managed.is_empty() {
            properties.entries.push(maker.pair("ManagedPolicyArns", maker.list(self.managed)));
        }
        if !self.inline.is_empty() {
            properties.entries.push(maker.pair("Policies", maker.list(self.inline)));
        }
        properties.entries.extend(self.further);
        scope.emit(source, self.id, "AWS::IAM::Role", self.attributes, properties);
    }
}

/// The trust policy for a service.
fn trust(maker: Maker, service: &str) -> NodeRef {
    maker.json(&json!({
        "Version": "2012-10-17",
        "Statement": [{"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]}}],
    }))
}

/// An inline policy with one statement for each pair of actions and resource. Such documents have no version.
pub fn inline(
    maker: Maker,
    name: impl Into<Arc<str>>,
    statements: impl IntoIterator<Item = (Vec<&'static str>, NodeRef)>,
) -> NodeRef {
    let statements = statements.into_iter().map(|(actions, resource)| statement(maker, &actions, resource)).collect();
    let document = maker.map([("Statement", maker.list(statements))]);
    maker.map([("PolicyName", maker.text(name)), ("PolicyDocument", document)])
}

/// A statement that allows actions.
pub fn statement(maker: Maker, actions: &[&str], resource: NodeRef) -> NodeRef {
    let actions = maker.list(actions.iter().map(|action| maker.text(*action)).collect());
    maker.map([("Action", actions), ("Effect", maker.text("Allow")), ("Resource", resource)])
}

/// The policy that lets a role send to a destination of a type (`SQS`, `SNS`, `EventBridge`, `Lambda`, `S3`); `None` for
/// others.
pub fn destination_policy(maker: Maker, kind: &str, prefix: &str, destination: &NodeRef) -> Option<NodeRef> {
    let whole = || Arc::clone(destination);
    let single = |name: &str, action| inline(maker, format!("{prefix}{name}Policy"), [(vec![action], whole())]);
    Some(match kind {
        "SQS" => single("SQS", "sqs:SendMessage"),
        "SNS" => single("SNS", "sns:publish"),
        "EventBridge" => single("EventBridge", "events:PutEvents"),
        "Lambda" => single("Lambda", "lambda:InvokeFunction"),
        "S3" | "S3Bucket" => {
            let objects = maker.list(vec![maker.text("/"), maker.list(vec![whole(), maker.text("*")])]);
            let objects = maker.map([("Fn::Join", objects)]);
            inline(
                maker,
                format!("{prefix}S3Policy"),
                [(vec!["s3:PutObject"], objects), (vec!["s3:ListBucket"], whole())],
            )
        }
        _ => return None,
    })
}
