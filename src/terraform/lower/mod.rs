//! Lowering: Terraform resources into CloudFormation's shape. In: resources with evaluated `attributes` under
//! Terraform's names (nested blocks are lists of maps, as in a plan). Out: the same resources with `kind` and
//! `properties` as CloudFormation has them, companions folded into their parents, references renamed.
//!
//! What comes out, beyond the tables in `map/`:
//! - Nothing is defaulted: what is not written is absent. What no table knows stays under its own name.
//! - `aws_dynamodb_table` is always `AWS::DynamoDB::Table`. Its own region is described by the root properties;
//!   `Replicas[]` holds the *further* regions (`replica` blocks, `aws_dynamodb_table_replica`), each in the shape of
//!   `AWS::DynamoDB::GlobalTable.Replicas[]`, where nothing is inherited from the root.
//! - Tags are `tags_all` where it is known (the provider's `default_tags` merged in), else `tags`.
//! - Documents in strings are maps with places inside the string.
//! - Inline routes of a route table are `AWS::EC2::Route` resources of their own, `<address>.route[0]`.

mod build;
mod convert;
mod document;
mod dynamodb;
mod fold;
mod network;
mod reference;
mod shape;
mod table;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::Arc};

use crate::{
    model::{Mode, Problem, Resource},
    source::Sources,
    value::{Kind, Map, Value},
};
use build::{Placed, insert};

/// Lowers the resources of one stack in place. The problems are conflicts between a resource and its companions.
pub fn lower(sources: &Sources, resources: &mut Vec<Resource>) -> Vec<Problem> {
    for resource in resources.iter_mut() {
        one(sources, resource);
    }
    let problems = fold::fold(sources, resources);
    network::inline_routes(sources, resources);
    reference::rename(resources);
    problems
}

/// CloudFormation's name of a Terraform type, when it has one.
pub fn kind(source_type: &str) -> Option<&'static str> {
    table::of(source_type)?.kind.as_deref()
}

/// Whether the tables know a Terraform type, as a resource of its own or as a part of others.
pub fn knows(source_type: &str) -> bool {
    table::of(source_type).is_some()
}

/// Whether the tables know a nested block of this name in a Terraform type.
pub fn is_block(source_type: &str, name: &str) -> bool {
    table::of(source_type)
        .is_some_and(|table| table.block.fields.iter().any(|field| field.name == name && field.is_block()))
}

fn one(sources: &Sources, resource: &mut Resource) {
    let Some(attributes) = resource.attributes.as_map() else {
        resource.properties = resource.attributes.clone();
        return;
    };
    let table = table::of(&resource.source_type).filter(|_| resource.mode == Mode::Managed);
    let Some(table) = table else {
        let bag = shape::block(sources, &table::Block::default(), attributes, true);
        resource.properties = bag_at(bag, resource);
        return;
    };
    let merged = with_merged_tags(attributes);
    let mut bag = shape::block(sources, &table.block, &merged, true);
    for (path, text) in &table.constants {
        let value = constant(text).with_span(Some(resource.header));
        insert(&mut bag, &table::path(path), Placed { value, key_span: Some(resource.header) });
    }
    if let Some(kind) = &table.kind {
        resource.kind = kind.as_str().into();
    }
    if let Some(region) =
        attributes.get("region").filter(|region| !build::is_absent(region) && !matches!(region.kind, Kind::Unknown(_)))
    {
        resource.region = Some(region.clone());
    }
    dynamodb::finish(resource, &mut bag);
    network::finish(resource, &mut bag);
    resource.properties = bag_at(bag, resource);
}

/// Properties in the place of the attributes.
fn bag_at(bag: Map, resource: &Resource) -> Value {
    Value { kind: Kind::Map(bag), span: resource.attributes.span, trace: resource.attributes.trace.clone() }
}

/// `tags_all` takes the place of `tags`: it is what the resource gets.
fn with_merged_tags(attributes: &Map) -> Cow<'_, Map> {
    let Some(all) = attributes.get("tags_all") else { return Cow::Borrowed(attributes) };
    let mut result = attributes.clone();
    result.entries.retain(|entry| &*entry.key != "tags_all");
    if matches!(all.kind, Kind::Map(_) | Kind::Choice(_)) {
        let key_span = attributes.entry("tags").and_then(|entry| entry.key_span);
        let key_span = key_span.or_else(|| attributes.entry("tags_all").and_then(|entry| entry.key_span));
        let empty = all.as_map().is_some_and(|map| map.entries.is_empty() && map.open.is_none());
        result.entries.retain(|entry| &*entry.key != "tags");
        if !empty {
            result.insert("tags", key_span, own_entries(all, attributes.get("tags")));
        }
    }
    Cow::Owned(result)
}

/// The merged tags; those that the resource itself writes keep their places and marks.
fn own_entries(all: &Value, own: Option<&Value>) -> Value {
    let (Kind::Map(map), Some(own)) = (&all.kind, own.and_then(Value::as_map)) else { return all.clone() };
    let mut merged = map.clone();
    for entry in &mut merged.entries {
        if let Some(written) = own.entry(&entry.key).filter(|written| written.value.kind == entry.value.kind) {
            *entry = written.clone();
        }
    }
    Value { kind: Kind::Map(merged), ..all.clone() }
}

/// The value of a constant in a table.
fn constant(text: &str) -> Value {
    match text {
        "true" => Value::bool(true),
        "false" => Value::bool(false),
        text => Value::string(Arc::<str>::from(text)),
    }
}
