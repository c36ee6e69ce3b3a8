//! Rules about the way from workloads to tables.

use crate::{
    aws::{
        dynamodb::Table,
        iam::{
            actions::{ActionSet, Class, Universe, of_class},
            policy::{Effect, Policy},
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

/// The rules of this area.
pub static RULES: &[Rule] = &[
    dynamodb_endpoint::RULE,
    endpoint_policy::RULE,
    endpoint_route_tables::RULE,
    endpoint_service::RULE,
    endpoint_unattached::RULE,
];

/// The workloads of a VPC whose code may call DynamoDB, with how certain that is.
fn users_of_dynamodb<'a>(vpc: &'a Resource, cx: &Context<'a>) -> Vec<(Workload<'a>, Truth)> {
    let principals = Principals::new(cx.names());
    let workloads = Workload::in_vpc(cx.project, vpc, cx.world).into_iter().map(|workload| {
        let truth = may_call_dynamodb(&workload, &principals);
        (workload, truth)
    });
    workloads.filter(|(_, truth)| truth.is_possible()).collect()
}

/// Whether a role of the workload allows a call on items, streams aside: those have endpoints of their own.
fn may_call_dynamodb<'a>(workload: &Workload<'a>, principals: &Principals<'a>) -> Truth {
    Truth::any(workload.roles.iter().map(|role| match role.target.resource() {
        Some(resource) => Truth::any(principals.policies(resource).iter().map(|policy| allows_items(policy))),
        None => Truth::Unknown,
    }))
}

fn allows_items(policy: &Policy) -> Truth {
    let classes = [Class::ItemRead, Class::ItemWrite, Class::ItemDelete, Class::Partiql];
    let items = classes.iter().fold(ActionSet::default(), |set, class| set.or(of_class(*class)));
    let allowing = policy.statements.iter().filter(|statement| statement.effect != Some(Effect::Deny));
    let written = Truth::any(allowing.map(|statement| {
        let bits = statement.bits(Universe::standard());
        match (bits.must.and(items).is_empty(), bits.may.and(items).is_empty()) {
            (false, _) => Truth::True,
            (true, false) => Truth::Unknown,
            (true, true) => Truth::False,
        }
    }));
    let open = if policy.unknown.is_some() { Truth::Unknown } else { Truth::False };
    written.or(open).and(policy.attached)
}

/// The tables of the stack of a VPC: those that a missing endpoint concerns.
fn tables_in_reach<'a>(vpc: &'a Resource, cx: &Context<'a>) -> Vec<ResourceId> {
    Table::beside(cx.project, vpc, cx.world).into_iter().map(|table| table.resource.id.clone()).collect()
}
