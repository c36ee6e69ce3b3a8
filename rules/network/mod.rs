//! Rules about the way from workloads to tables.

use crate::{
    aws::{
        dynamodb::Table,
        iam::{
            actions::{ActionSet, Class, Universe, of_class},
            policy::{Effect, Policy, Statement},
            principals::Principals,
        },
        workload::Workload,
    },
    engine::{Context, Rule},
    model::Resource,
    value::{ResourceId, Truth},
};

#[path = "dynamodb-endpoint.rs"]
mod dynamodb_endpoint;
#[path = "endpoint-policy.rs"]
mod endpoint_policy;
#[path = "endpoint-route-tables.rs"]
mod endpoint_route_tables;
#[path = "endpoint-service.rs"]
mod endpoint_service;
#[path = "endpoint-unattached.rs"]
mod endpoint_unattached;
#[path = "nat-path.rs"]
mod nat_path;
#[path = "streams-path.rs"]
mod streams_path;

/// The rules of this area.
pub static RULES: &[Rule] = &[
    dynamodb_endpoint::RULE,
    endpoint_policy::RULE,
    endpoint_route_tables::RULE,
    endpoint_service::RULE,
    endpoint_unattached::RULE,
    nat_path::RULE,
    streams_path::RULE,
];

/// The workloads of a VPC whose code may call DynamoDB, with how certain that is.
fn users_of_dynamodb<'a>(vpc: &'a Resource, cx: &Context<'a>) -> Vec<(Workload<'a>, Truth)> {
    users(vpc, cx, allows_items)
}

/// The workloads of a VPC of which a role has a statement that `allows` what is asked, with how certain that is.
fn users<'a>(vpc: &'a Resource, cx: &Context<'a>, allows: impl Fn(&Statement) -> Truth) -> Vec<(Workload<'a>, Truth)> {
    let principals = Principals::new(cx.names());
    let workloads = Workload::in_vpc(cx.project, vpc, cx.world).into_iter().map(|workload| {
        let truth = Truth::any(workload.roles.iter().map(|role| match role.target.resource() {
            Some(role) => Truth::any(principals.policies(role).iter().map(|policy| some_statement(policy, &allows))),
            None => Truth::Unknown,
        }));
        (workload, truth)
    });
    workloads.filter(|(_, truth)| truth.is_possible()).collect()
}

fn some_statement(policy: &Policy, allows: impl Fn(&Statement) -> Truth) -> Truth {
    let allowing = policy.statements.iter().filter(|statement| statement.effect != Some(Effect::Deny));
    let written = Truth::any(allowing.map(allows));
    let open = if policy.unknown.is_some() { Truth::Unknown } else { Truth::False };
    written.or(open).and(policy.attached)
}

/// Whether a statement is for calls on items, streams aside: those have endpoints of their own.
fn allows_items(statement: &Statement) -> Truth {
    if !statement.may_reach_tables() {
        return Truth::False;
    }
    let classes = [Class::ItemRead, Class::ItemWrite, Class::ItemDelete, Class::Partiql];
    covers(statement, classes.iter().fold(ActionSet::default(), |set, class| set.or(of_class(*class))))
}

/// Whether a statement is for one of these actions.
fn covers(statement: &Statement, actions: ActionSet) -> Truth {
    let bits = statement.bits(Universe::standard());
    match (bits.must.and(actions).is_empty(), bits.may.and(actions).is_empty()) {
        (false, _) => Truth::True,
        (true, false) => Truth::Unknown,
        (true, true) => Truth::False,
    }
}

/// The tables of the stack of a VPC: those that a missing endpoint concerns.
fn tables_in_reach<'a>(vpc: &'a Resource, cx: &Context<'a>) -> Vec<ResourceId> {
    Table::beside(cx.project, vpc, cx.world).into_iter().map(|table| table.resource.id.clone()).collect()
}
