//! `AWS::Serverless::SimpleTable`. In: the resource. Out: an `AWS::DynamoDB::Table` with one key.

use std::sync::Arc;

use super::{
    make::Maker,
    scope::{Scope, Source},
};
use crate::cloudformation::tree::NodeRef;

/// Puts the table in place.
pub fn expand(scope: &mut Scope<'_>, source: &Source) {
    let maker = source.maker;
    let passed = ["PointInTimeRecoverySpecification", "SSESpecification", "TableName", "ProvisionedThroughput"];
    let mut properties = source.copy(&passed);
    properties.entries.retain(|pair| source.truthy(&pair.key).is_some());
    let (name, kind) = primary_key(scope, source);
    let definition = maker.map([("AttributeName", Arc::clone(&name)), ("AttributeType", kind)]);
    properties.entries.push(maker.pair("AttributeDefinitions", maker.list(vec![definition])));
    let key = maker.map([("AttributeName", name), ("KeyType", maker.text("HASH"))]);
    properties.entries.push(maker.pair("KeySchema", maker.list(vec![key])));
    if source.truthy("ProvisionedThroughput").is_none() && properties.open.is_none() {
        properties.entries.push(maker.pair("BillingMode", maker.text("PAY_PER_REQUEST")));
    }
    if let Some(tags) = source.truthy("Tags") {
        properties.entries.push(maker.pair("Tags", maker.list(maker.tags(tags))));
    }
    scope.emit(source, Arc::clone(&source.id), "AWS::DynamoDB::Table", source.own_attributes(), properties);
}

/// The name and the type letter of the key attribute.
fn primary_key(scope: &mut Scope<'_>, source: &Source) -> (NodeRef, NodeRef) {
    let maker: Maker = source.maker;
    let default = (maker.text("id"), maker.text("S"));
    let Some(key) = source.truthy("PrimaryKey") else { return default };
    let (Some(name), Some(kind)) = (key.get("Name"), key.get("Type")) else {
        scope.error(format!("the primary key of `{}` needs `Name` and `Type`", source.id), key.span);
        return default;
    };
    let letter = match kind.as_str() {
        Some("String") => "S",
        Some("Number") => "N",
        Some("Binary") => "B",
        _ => {
            scope.error(
                format!("the primary key of `{}` has no type `String`, `Number` or `Binary`", source.id),
                kind.span,
            );
            return (Arc::clone(name), Arc::clone(kind));
        }
    };
    (Arc::clone(name), Maker { at: kind.span }.text(letter))
}
