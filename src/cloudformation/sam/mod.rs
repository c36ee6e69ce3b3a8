//! AWS SAM to plain CloudFormation. In: the tree of a template with `AWS::Serverless::…` resources. Out: a tree in which
//! they are replaced by what the transform `AWS::Serverless-2016-10-31` generates, each node with the place of what it
//! was written as or generated from.
//!
//! Follows aws-sam-translator 1.115.0 for every resource that decides about data: tables, roles, policies, functions,
//! event source mappings, data sources, nested applications. Web front ends (REST, HTTP and WebSocket APIs, layers, …)
//! are kept as resources of the generated type with their own properties, so that references to them resolve.

mod connector;
mod data;
mod destinations;
mod event;
mod event_policies;
mod function;
mod globals;
mod graphql;
pub(super) mod make;
mod opaque;
mod policies;
mod pull_events;
mod push_events;
mod references;
mod role;
mod scope;
mod state_machine;
mod table;

use std::{collections::BTreeMap, sync::Arc};

use scope::{Scope, Source};

use crate::{
    cloudformation::tree::{Mapping, Node, NodeRef},
    model::Problem,
    source::Span,
};

/// The name of the transform.
pub const TRANSFORM: &str = "AWS::Serverless-2016-10-31";
/// What the types of SAM resources start with.
pub const PREFIX: &str = "AWS::Serverless::";

/// A template without SAM resources.
#[derive(Clone, Debug)]
pub struct Expanded {
    /// The whole template.
    pub root: NodeRef,
    /// Where generated resources come from, by logical id.
    pub origins: BTreeMap<Arc<str>, Origin>,
}

/// What a resource was generated from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The logical id of the SAM resource.
    pub id: Arc<str>,
    /// Its type: `AWS::Serverless::Function`.
    pub source_type: Arc<str>,
    /// Its logical id in the template.
    pub span: Span,
}

/// Whether a template is to be expanded: it names the transform or has a resource of SAM.
pub fn is_sam(root: &Node) -> bool {
    let is_named = |node: &NodeRef| node.as_str() == Some(TRANSFORM);
    let named = root
        .get("Transform")
        .is_some_and(|node| is_named(node) || node.as_list().is_some_and(|items| items.iter().any(is_named)));
    let resources = root.get("Resources").and_then(|node| node.as_map());
    named
        || resources.is_some_and(|map| {
            map.entries.iter().any(|pair| kind_of(&pair.value).is_some_and(|kind| kind.starts_with(PREFIX)))
        })
}

/// Expands a template. `given` are the parameter values of the deployment: SAM looks at those, and at defaults, for the
/// few decisions that it takes itself.
pub fn expand(root: &NodeRef, given: &BTreeMap<String, String>, problems: &mut Vec<Problem>) -> Expanded {
    let Some(resources) = root.get("Resources").and_then(|node| node.as_map()) else {
        return Expanded { root: Arc::clone(root), origins: BTreeMap::new() };
    };
    let globals = globals::Globals::read(root, problems);
    let mut scope = Scope::new(root, resources, given, problems);
    connector::detach(&mut scope);
    for source in in_order(&scope, &globals) {
        expand_resource(&mut scope, &source);
    }
    opaque::implicit_apis(&mut scope);
    function::deployment_role(&mut scope);
    scope.finish(root)
}

/// The SAM resources in the order of the transform: connectors need what the others generate.
fn in_order(scope: &Scope<'_>, globals: &globals::Globals) -> Vec<Source> {
    let mut sources: Vec<Source> =
        (0..scope.resources.len()).filter_map(|index| Source::read(scope, index, globals)).collect();
    sources.sort_by_key(|source| match source.short_kind() {
        "Function" => 0,
        "WebFunction" => 1,
        "StateMachine" => 2,
        "Api" | "HttpApi" | "WebSocketApi" => 3,
        "Connector" => 5,
        _ => 4,
    });
    sources
}

fn expand_resource(scope: &mut Scope<'_>, source: &Source) {
    match source.short_kind() {
        "Function" => function::expand(scope, source),
        "StateMachine" => state_machine::expand(scope, source),
        "SimpleTable" => table::expand(scope, source),
        "Application" => opaque::application(scope, source),
        "GraphQLApi" => graphql::expand(scope, source),
        "Connector" => connector::expand(scope, source),
        _ => opaque::expand(scope, source),
    }
}

fn kind_of(resource: &Node) -> Option<&str> {
    resource.get("Type")?.as_str().map(str::trim)
}

/// The properties of a resource; none when they are something else than a map.
fn properties_of(resource: &Node) -> Mapping {
    resource.get("Properties").and_then(|node| node.as_map()).cloned().unwrap_or_default()
}
