//! Rules about identities and their policies.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    aws::{
        Answer,
        dynamodb::{KINDS, Table},
        iam::{
            actions::{ActionSet, Universe},
            index::{AccessIndex, PrincipalAccess},
            policy::{Effect, Policy, Statement},
            principal::Entry,
            principals::{Principal, Principals},
        },
    },
    engine::{Context, Rule, Verdict},
    model::Resource,
    value::{
        Place, ResourceId, Truth,
        world::{Memories, explore},
    },
};

mod granted;

#[path = "admin-statement.rs"]
mod admin_statement;
#[path = "data-exfiltration.rs"]
mod data_exfiltration;
#[path = "dynamodb-wildcard-action.rs"]
mod dynamodb_wildcard_action;
#[path = "dynamodb-wildcard-resource.rs"]
mod dynamodb_wildcard_resource;
#[path = "full-access-managed-policy.rs"]
mod full_access_managed_policy;
#[path = "ineffective-statement.rs"]
mod ineffective_statement;
#[path = "leading-keys-bypass.rs"]
mod leading_keys_bypass;
#[path = "not-action.rs"]
mod not_action;
#[path = "read-only-role-writes.rs"]
mod read_only_role_writes;
#[path = "scan-sensitive.rs"]
mod scan_sensitive;
#[path = "table-administration.rs"]
mod table_administration;
#[path = "trust-policy-public.rs"]
mod trust_policy_public;
#[path = "unescaped-variable.rs"]
mod unescaped_variable;

/// The rules of this area.
pub static RULES: &[Rule] = &[
    admin_statement::RULE,
    data_exfiltration::RULE,
    dynamodb_wildcard_action::RULE,
    dynamodb_wildcard_resource::RULE,
    full_access_managed_policy::RULE,
    ineffective_statement::RULE,
    leading_keys_bypass::RULE,
    not_action::RULE,
    read_only_role_writes::RULE,
    scan_sensitive::RULE,
    table_administration::RULE,
    trust_policy_public::RULE,
    unescaped_variable::RULE,
];

/// What holds policies: principals, and policies that are attached to them.
pub(super) const HOLDERS: [&str; 10] = [
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::IAM::Group",
    "AWS::SSO::PermissionSet",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::UserPolicy",
    "AWS::IAM::GroupPolicy",
    PERMISSION_SET_POLICY,
];

/// Terraform's inline policy of a permission set, which has no type of its own in CloudFormation.
const PERMISSION_SET_POLICY: &str = "aws_ssoadmin_permission_set_inline_policy";

/// The policies to judge at a resource, each of the project once: a managed policy where it is written, an inline one
/// at its principal, or where it is written when the principal is not of the project; those of AWS at the principal.
pub(super) fn policies_to_judge<'a>(resource: &'a Resource, cx: &Context<'a>) -> Vec<Arc<Policy>> {
    let is_managed = |policy: &Arc<Policy>| {
        let source = policy.source.as_ref().and_then(|source| cx.project.resource(source));
        source.is_some_and(|source| source.is("AWS::IAM::ManagedPolicy"))
    };
    let mut policies = match &*resource.kind {
        "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" | "AWS::IAM::UserPolicy" | "AWS::IAM::GroupPolicy"
            if Principals::new(cx.names()).is_attached(resource) =>
        {
            return Vec::new();
        }
        PERMISSION_SET_POLICY if is_of_a_set_here(resource, cx) => return Vec::new(),
        _ => AccessIndex::of(cx.project, cx.settings).policies(resource, cx.project, cx.world).to_vec(),
    };
    if !resource.is("AWS::IAM::ManagedPolicy") {
        policies.retain(|policy| !is_managed(policy));
    }
    policies
}

/// Whether the inline policy of a permission set is judged as part of the set.
fn is_of_a_set_here<'a>(policy: &'a Resource, cx: &Context<'a>) -> bool {
    cx.project.target(&policy.get(cx.world, "permission_set_arn"), &["AWS::SSO::PermissionSet"]).resource().is_some()
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
pub(super) fn unknown_policies(policies: &[Arc<Policy>], resource: &Resource) -> Vec<Verdict> {
    let verdict = |policy: &Arc<Policy>| {
        let place = Place { span: policy.span.or(Some(resource.header)), ..Place::default() };
        let message = format!("what the policy {} allows cannot be known", policy.name);
        policy.unknown.as_ref().map(|reason| Verdict::unknown(&place, message, [Arc::clone(reason)]))
    };
    policies.iter().filter_map(verdict).collect()
}

/// The principals of a project that hold permissions of their own.
const PRINCIPALS: [&str; 3] = ["AWS::IAM::Role", "AWS::IAM::User", "AWS::SSO::PermissionSet"];

/// What a role, user or permission set can do with the tables of the project; `None` for other resources.
fn access<'a>(resource: &'a Resource, cx: &Context<'a>) -> Option<Arc<PrincipalAccess>> {
    AccessIndex::of(cx.project, cx.settings).principal(resource, cx.project, cx.world)
}

/// Which tables of a stack may be sensitive: those that are not, whatever the inputs, are most, and are not looked at
/// again for every principal.
struct Suspects(FxHashSet<ResourceId>);

/// In how many worlds a table is looked at before it counts as one that may be sensitive.
const MAX_PROBES: usize = 64;

/// Whether tables are sensitive, asked for one principal.
struct Sensitivities<'a> {
    stack: &'a Arc<str>,
    suspects: Arc<Suspects>,
    cx: Context<'a>,
}

impl<'a> Sensitivities<'a> {
    fn new(principal: &'a Resource, cx: &Context<'a>) -> Self {
        #[derive(Default)]
        struct Known(Mutex<FxHashMap<Arc<str>, Arc<Suspects>>>);
        let known = cx.project.derived(Known::default);
        let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stack = &principal.id.stack;
        let suspects = known.entry(Arc::clone(stack)).or_insert_with(|| {
            let tables = KINDS.iter().flat_map(|kind| cx.project.beside(principal, kind));
            let is_suspect = |table: &&Resource| {
                let explored = explore(cx.project.scope(table), MAX_PROBES, |world| {
                    let table = Table::new(table, world);
                    table.is_some_and(|table| table.sensitivity(cx.settings).truth.is_possible())
                });
                explored.cut || explored.leaves.iter().any(|leaf| leaf.result)
            };
            Arc::new(Suspects(tables.filter(is_suspect).map(|table| table.id.clone()).collect()))
        });
        Self { stack, suspects: Arc::clone(suspects), cx: *cx }
    }

    fn of(&self, table: &ResourceId) -> Truth {
        if table.stack == *self.stack && !self.suspects.0.contains(table) {
            return Truth::False;
        }
        self.answer(table).map_or(Truth::False, |answer| answer.truth)
    }

    fn answer(&self, table: &ResourceId) -> Option<Answer> {
        let table = Table::new(self.cx.project.resource(table)?, self.cx.world)?;
        Some(table.sensitivity(self.cx.settings))
    }
}

/// Whether a table in the stack of a resource is sensitive.
fn sensitive_beside<'a>(resource: &'a Resource, cx: &Context<'a>) -> Truth {
    #[derive(Default)]
    struct Known(Memories<Arc<str>, Truth>);
    cx.project.derived(Known::default).0.recall(&resource.id.stack, cx.world, |world| {
        let tables = Table::beside(cx.project, resource, world);
        Truth::any(tables.iter().map(|table| table.sensitivity(cx.settings).truth))
    })
}

fn header(resource: &Resource) -> Place {
    Place { span: Some(resource.header), ..Place::default() }
}

/// Services that run code as a role. Source: IAM User Guide, "AWS services that work with IAM".
const CODE_SERVICES: [&str; 12] = [
    "apprunner",
    "batch",
    "ec2",
    "ecs-tasks",
    "edgelambda",
    "elasticmapreduce",
    "glue",
    "lambda",
    "pods.eks",
    "sagemaker",
    "states",
    "tasks.apprunner",
];

/// Whether none but services of AWS that run no code of users can be a role.
fn is_of_service(principal: &Principal) -> bool {
    let statements = principal.trust.iter().flat_map(|trust| &trust.statements);
    let mut allowing = statements.filter(|statement| statement.effect == Some(Effect::Allow)).peekable();
    let only_services = |statement: &Statement| {
        let named = statement.principals.as_ref().filter(|named| !named.negated && !named.open);
        named.is_some_and(|named| named.entries.iter().all(|(entry, _)| matches!(entry, Entry::Service(_))))
    };
    allowing.peek().is_some() && allowing.all(only_services) && !is_of_code(principal)
}

/// Whether code runs as a role: its trust policy lets a service that runs code, or a Kubernetes service account, assume it.
fn is_of_code(principal: &Principal) -> bool {
    let statements = principal.trust.iter().flat_map(|trust| &trust.statements);
    let allowing = statements.filter(|statement| statement.effect == Some(Effect::Allow));
    let entries =
        allowing.filter_map(|statement| statement.principals.as_ref()).flat_map(|principals| &principals.entries);
    let mut texts = entries.filter_map(|(entry, _)| match entry {
        Entry::Service(text) => Some((text.to_string(), true)),
        Entry::Federated(text) => Some((text.to_string(), false)),
        _ => None,
    });
    texts.any(|(text, is_service)| {
        let service = text.split_once(".amazonaws.com").map_or(&*text, |(service, _)| service);
        if is_service { CODE_SERVICES.contains(&service) } else { text.contains("oidc.eks.") }
    })
}
