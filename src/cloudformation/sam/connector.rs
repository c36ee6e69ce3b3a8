//! `AWS::Serverless::Connector`, and the `Connectors` attribute of any resource. In: a source, destinations and
//! permissions. Out: an `AWS::IAM::ManagedPolicy` on the role of source or destination. Profiles that give a resource
//! policy of a queue, topic or function grant nothing on tables and are not generated.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{
    data::{self, Profile},
    kind_of,
    make::{Maker, referenced, same},
    scope::{Scope, Source},
};
use crate::cloudformation::tree::{Content, Mapping, Node, NodeRef, Pair};

/// Types of SAM as connectors to resources outside the template name them.
const GENERATED_KINDS: [(&str, &str); 5] = [
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
];

/// One end of a connection.
struct End {
    kind: String,
    /// `Arn`, `ResourceId`, `Name`, `Qualifier`, … by name.
    values: Vec<(&'static str, NodeRef)>,
    role: Option<NodeRef>,
}

/// Makes resources of the `Connectors` attributes.
pub fn detach(scope: &mut Scope<'_>) {
    let mut found = Vec::new();
    for pair in &mut scope.resources {
        let Some(map) = pair.value.as_map().filter(|map| map.get("Connectors").is_some()) else { continue };
        let mut map = map.clone();
        let connectors = map.remove("Connectors");
        pair.value = pair.value.with(Content::Map(map));
        let entries =
            connectors.iter().filter_map(|connectors| connectors.value.as_map()).flat_map(|map| map.entries.iter());
        found.extend(entries.map(|connector| detached(&pair.key, connector)));
    }
    for connector in found {
        if scope.resource(&connector.key).is_some() {
            scope.error(
                format!("the connector `{}` has the name of another resource", connector.key),
                connector.key_span,
            );
        } else {
            scope.resources.push(connector);
        }
    }
}

/// An entry of `Connectors` as a resource of its own, its source implied.
fn detached(source: &str, connector: &Pair) -> Pair {
    let maker = Maker { at: connector.key_span };
    let mut resource = connector.value.as_map().cloned().unwrap_or_default();
    let mut properties = super::properties_of(&connector.value);
    let mut end = Mapping { entries: vec![maker.pair("Id", maker.text(source))], ..Mapping::default() };
    if let Some(reference) = properties.remove("SourceReference") {
        end.entries.extend(reference.value.as_map().map(|map| map.entries.clone()).unwrap_or_default());
    }
    properties.insert("Source", maker.at, Node::mapping(end, maker.at));
    resource.insert("Properties", maker.at, Node::mapping(properties, connector.value.span));
    resource.insert("Type", maker.at, maker.text("AWS::Serverless::Connector"));
    let key = format!("{source}{}", connector.key).into();
    Pair { key, key_span: connector.key_span, value: Node::mapping(resource, connector.value.span) }
}

/// Replaces a connector by its policies.
pub fn expand(scope: &mut Scope<'_>, source: &Source) {
    scope.dropped.push(Arc::clone(&source.node));
    let (Some(from), Some(to)) = (source.get("Source"), source.get("Destination")) else {
        return scope.error(format!("the connector `{}` needs `Source` and `Destination`", source.id), source.maker.at);
    };
    let several = to.as_list();
    for (index, to) in several.unwrap_or(std::slice::from_ref(to)).iter().enumerate() {
        let id = several
            .map_or_else(|| format!("{}Policy", source.id), |_| format!("{}PolicyDestination{index}", source.id));
        if let Err(message) = connect(scope, source, from, to, id) {
            scope.error(format!("the connector `{}` {message}", source.id), source.maker.at);
        }
    }
}

fn connect(scope: &mut Scope<'_>, source: &Source, from: &NodeRef, to: &NodeRef, id: String) -> Result<(), String> {
    let (start, end) = (read_end(scope, from, to)?, read_end(scope, to, from)?);
    let profile = data::profile(&start.kind, &end.kind)
        .ok_or_else(|| format!("cannot connect {} to {}", start.kind, end.kind))?;
    let permissions = permissions(source, profile)?;
    if profile.kind != "AWS_IAM_ROLE_MANAGED_POLICY" {
        return Ok(());
    }
    let maker = source.maker;
    let role = if profile.source_policy { &start.role } else { &end.role };
    let role = role.clone().ok_or("finds no role to attach its policy to")?;
    let granted = profile.access.iter().filter(|(name, _)| permissions.iter().any(|wanted| wanted == *name));
    let statements = granted.filter_map(|(_, access)| access["Statement"].as_array()).flatten();
    let statements = statements.map(|statement| fill(maker, statement, &start, &end)).collect::<Result<_, _>>()?;
    let document = maker.map([("Version", maker.text("2012-10-17")), ("Statement", maker.list(statements))]);
    let entries = vec![maker.pair("PolicyDocument", document), maker.pair("Roles", maker.list(vec![role]))];
    let properties = Mapping { entries, ..Mapping::default() };
    scope.emit(source, id, "AWS::IAM::ManagedPolicy", source.own_attributes(), properties);
    Ok(())
}

fn permissions(source: &Source, profile: &Profile) -> Result<Vec<String>, String> {
    let written = source.get("Permissions").and_then(|node| node.as_list()).unwrap_or_default();
    let mut permissions: Vec<String> = written.iter().filter_map(|node| node.as_str()).map(str::to_owned).collect();
    permissions.sort_unstable();
    permissions.dedup();
    let known = |name: &String| profile.access.contains_key(name);
    let sorted = |valid: &Vec<String>| {
        let mut valid = valid.clone();
        valid.sort_unstable();
        valid
    };
    let combined = profile.valid.is_empty() || profile.valid.iter().any(|valid| sorted(valid) == permissions);
    if permissions.is_empty() {
        return Err("asks for no permissions".to_owned());
    }
    if !permissions.iter().all(known) || !combined {
        return Err(format!("asks for permissions that such a connection does not have: {}", permissions.join(", ")));
    }
    Ok(permissions)
}

fn read_end(scope: &Scope<'_>, end: &NodeRef, other: &NodeRef) -> Result<End, String> {
    let Some(id) = end.get("Id").and_then(|node| node.as_str()) else {
        let kind = end.get("Type").and_then(|node| node.as_str()).ok_or("has an end without `Id` and `Type`")?;
        let kind = GENERATED_KINDS.iter().find(|(sam, _)| *sam == kind).map_or(kind, |(_, generated)| generated);
        let value = |name: &'static str| Some((name, Arc::clone(end.get(name)?)));
        let values = ["Arn", "ResourceId", "Name", "Qualifier"].into_iter().filter_map(value).collect();
        return Ok(End { kind: kind.to_owned(), values, role: end.get("RoleName").cloned() });
    };
    let resource = scope.resource(id).ok_or_else(|| format!("names `{id}`, which is no resource of the template"))?;
    let kind = kind_of(resource).ok_or_else(|| format!("names `{id}`, which has no type"))?;
    let maker = Maker { at: end.span };
    let Some(known) = data::connector_resource(kind) else {
        return Ok(End { kind: kind.to_owned(), values: Vec::new(), role: None });
    };
    let output = |name: &str| known.outputs.get(name).map(|json| of_resource(maker, json, id));
    let qualifier = end.get("Qualifier").cloned().or_else(|| output("Qualifier"));
    let values =
        [("Arn", output("Arn")), ("ResourceId", output("Id")), ("Name", output("Name")), ("Qualifier", qualifier)];
    let values = values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let role = known.inputs.get("Role").and_then(|property| role_of(resource, property, other));
    Ok(End { kind: kind.to_owned(), values, role: role.map(|role| maker.reference(&role)) })
}

/// An expression of the data file for a resource.
fn of_resource(maker: Maker, json: &Json, id: &str) -> NodeRef {
    match json {
        Json::String(text) => maker.text(text.replace("%{logicalId}", id)),
        Json::Array(items) => maker.list(items.iter().map(|item| of_resource(maker, item, id)).collect()),
        Json::Object(entries) => {
            maker.map(entries.iter().map(|(key, item)| (key.as_str(), of_resource(maker, item, id))))
        }
        other => maker.json(other),
    }
}

/// The logical id of the role in a property of a resource, or of the target of a rule that the connector goes to.
fn role_of(resource: &NodeRef, property: &Json, other: &NodeRef) -> Option<String> {
    let properties = resource.get("Properties")?;
    let role = match property.as_str() {
        Some(name) => properties.get(name)?,
        None => {
            let wanted = other.get("Id").and_then(|node| node.as_str());
            let is_wanted = |target: &&NodeRef| {
                let arn = target.get("Arn");
                let by_id = arn.and_then(|arn| referenced(arn)).is_some_and(|id| Some(id) == wanted);
                by_id || other.get("Arn").zip(arn).is_some_and(|(wanted, arn)| same(wanted, arn))
            };
            properties.get("Targets")?.as_list()?.iter().find(is_wanted)?.get("RoleArn")?
        }
    };
    referenced(role).map(str::to_owned)
}

/// A statement with `%{Source.Arn}` and the like replaced.
fn fill(maker: Maker, json: &Json, start: &End, end: &End) -> Result<NodeRef, String> {
    match json {
        Json::String(text) => fill_text(maker, text, start, end),
        Json::Array(items) => {
            Ok(maker.list(items.iter().map(|item| fill(maker, item, start, end)).collect::<Result<_, _>>()?))
        }
        Json::Object(entries) => {
            let filled = entries.iter().map(|(key, item)| Ok((key.as_str(), fill(maker, item, start, end)?)));
            Ok(maker.map(filled.collect::<Result<Vec<_>, String>>()?))
        }
        other => Ok(maker.json(other)),
    }
}

fn fill_text(maker: Maker, text: &str, start: &End, end: &End) -> Result<NodeRef, String> {
    let mut text = text.to_owned();
    let mut variables = Vec::new();
    for (side, end) in [("Source", start), ("Destination", end)] {
        for name in ["Arn", "ResourceId", "Name", "Qualifier"] {
            let pattern = format!("%{{{side}.{name}}}");
            if !text.contains(&pattern) {
                continue;
            }
            let value = end.values.iter().find(|(known, _)| *known == name).map(|(_, value)| Arc::clone(value));
            let value = value.ok_or_else(|| format!("needs the `{name}` of its {}", side.to_lowercase()))?;
            if text == pattern {
                return Ok(value);
            }
            let variable = format!("{side}{name}");
            text = text.replace(&pattern, &format!("${{{variable}}}"));
            variables.push((variable, value));
        }
    }
    if !text.contains("${") {
        return Ok(maker.text(text));
    }
    if variables.is_empty() {
        return Ok(maker.sub(text));
    }
    Ok(maker.map([("Fn::Sub", maker.list(vec![maker.text(text), maker.map(variables)]))]))
}
