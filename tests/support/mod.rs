//! Projects from JSON, for tests of what is above the front ends. A value is as in CloudFormation, with
//! `{"Ref": id}`, `{"Fn::GetAtt": [id, attribute]}`, `{"Fn::Sub": "…${Id}…${Id.Attribute}…${AWS::Region}"}` and, for what
//! is not known, `{"Unknown": "subject"}`.
#![allow(dead_code)]

use std::{path::Path, sync::Arc};

use iac_check::{
    aws::Project,
    model::{Lifecycle, Mode, Resource, Stack, StackKind},
    source::{Sources, Span},
    value::{
        Entry, Formula, Kind, List, Map, Number, Pattern, Piece, Reason, Reference, ResourceId, Symbol, Unknown, Value,
    },
};

pub fn project(resources: &serde_json::Value) -> Project {
    Project::new(vec![stack("s", resources)])
}

/// `{"Id": {"Type": …, "Properties": {…}, "Mode": "data", "Region": …, "Account": …}}`
pub fn stack(id: &str, resources: &serde_json::Value) -> Stack {
    let sources = Sources::new(Path::new(".")).unwrap();
    let span = sources.insert("test", "x".into()).span();
    Stack {
        id: id.into(),
        path: id.into(),
        kind: StackKind::CloudFormation,
        name: None,
        resources: resources.as_object().unwrap().iter().map(|(name, body)| resource(id, name, body, span)).collect(),
        variables: iac_check::value::Variables::default(),
        assumptions: Vec::new(),
        exports: Vec::new(),
        problems: Vec::new(),
        nested: Vec::new(),
    }
}

fn resource(stack: &str, id: &str, body: &serde_json::Value, span: Span) -> Resource {
    let kind: Arc<str> = body["Type"].as_str().unwrap().into();
    let place = |key: &str| body.get(key).map(|found| value(stack, found));
    Resource {
        id: ResourceId { stack: stack.into(), address: id.into() },
        definition: id.into(),
        instance: None,
        kind: Arc::clone(&kind),
        source_type: body["SourceType"].as_str().map_or(kind, Into::into),
        mode: if body["Mode"] == "data" { Mode::Data } else { Mode::Managed },
        header: span,
        body: span,
        properties: value(stack, &body["Properties"]),
        attributes: Value::new(Kind::Map(Map::default())),
        exists: Formula::TRUE,
        module_calls: Vec::new(),
        region: place("Region"),
        account: place("Account"),
        lifecycle: Lifecycle::default(),
        metadata: None,
        construct_path: None,
        origin: None,
    }
}

fn reference(stack: &str, target: &str, attribute: &str) -> Reference {
    let target = ResourceId { stack: stack.into(), address: target.into() };
    Reference { target, attribute: attribute.into() }
}

pub fn value(stack: &str, json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    Value::new(match json {
        Json::Null => Kind::Map(Map::default()),
        Json::Bool(value) => Kind::Bool(*value),
        Json::Number(number) => Kind::Number(Number::from_text(number.to_string())),
        Json::String(text) => return Value::string(&**text),
        Json::Array(items) => Kind::List(items.iter().map(|item| value(stack, item)).collect::<Vec<_>>().into()),
        Json::Object(map) => match map.iter().next().filter(|_| map.len() == 1) {
            Some((key, Json::String(target))) if key == "Ref" => Kind::Reference(reference(stack, target, "Ref")),
            Some((key, Json::Array(parts))) if key == "Fn::GetAtt" => {
                Kind::Reference(reference(stack, parts[0].as_str().unwrap(), parts[1].as_str().unwrap()))
            }
            Some((key, Json::String(text))) if key == "Fn::Sub" => Kind::Pattern(sub(stack, text)),
            Some((key, Json::String(subject))) if key == "Unknown" => unknown(subject),
            Some((key, Json::Array(items))) if key == "Open" => Kind::List(List {
                items: items.iter().map(|item| value(stack, item)).collect(),
                open: Some(Arc::new(Unknown::new(Reason::Input, "more"))),
            }),
            _ => {
                let entry = |(key, item): (&String, &Json)| Entry {
                    key: (&**key).into(),
                    key_span: None,
                    value: value(stack, item),
                };
                Kind::Map(Map { entries: map.iter().map(entry).collect(), open: None })
            }
        },
    })
}

fn unknown(subject: &str) -> Kind {
    Kind::Unknown(Arc::new(Unknown::new(Reason::Input, subject).keyed(subject)))
}

fn sub(stack: &str, text: &str) -> Pattern {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap();
        pieces.push(Piece::Literal(before.into()));
        pieces.push(Piece::Symbol(match name.split_once('.') {
            _ if name.starts_with("AWS::") => Symbol::Pseudo { name: name.into(), scope: stack.into() },
            Some((target, attribute)) => Symbol::Reference(reference(stack, target, attribute)),
            None => Symbol::Reference(reference(stack, name, "Ref")),
        }));
        rest = after;
    }
    pieces.push(Piece::Literal(rest.into()));
    Pattern::new(pieces)
}
