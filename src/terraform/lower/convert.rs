//! The changes that tables ask for: tags into lists, names into key schemas, texts into documents. In: the value
//! of one attribute. Out: the value of one property; choices, unknowns and places are kept.

use std::sync::Arc;

use super::{
    build::{Placed, is_absent, map_arms},
    document,
    table::Convert,
};
use crate::{
    source::{Sources, Span},
    value::{Entry, Kind, List, Map, Value},
};

/// The value of a property from that of an attribute.
pub fn convert(sources: &Sources, conversion: &Convert, placed: &Placed) -> Value {
    map_arms(&placed.value, &mut |value| {
        one(sources, conversion, &Placed { value: value.clone(), key_span: placed.key_span })
    })
}

fn one(sources: &Sources, conversion: &Convert, placed: &Placed) -> Value {
    let value = &placed.value;
    // The provider's SDK takes an empty string for an argument that is not written.
    if is_absent(value) || value.as_str().is_some_and(str::is_empty) {
        return Value::absent();
    }
    match conversion {
        Convert::Same | Convert::Flag => value.clone(),
        Convert::HashKey => key(placed, "HASH"),
        Convert::RangeKey => key(placed, "RANGE"),
        Convert::Json => document::read(sources, value),
        Convert::JsonPascal => pascal(document::read(sources, value)),
        Convert::Tags => pairs(value, "Key"),
        Convert::NameValues => pairs(value, "Name"),
        Convert::Pairs => map_of_pairs(value),
        Convert::Not => boolean(value).map_or_else(|| value.clone(), |truth| same_place(value, Kind::Bool(!truth))),
        Convert::UnlessMinusOne if value.to_text().as_deref() == Some("-1") => Value::absent(),
        Convert::UnlessMinusOne => value.clone(),
        Convert::Enum(names) => match value.to_text().and_then(|text| names.get(&*text)) {
            Some(name) => same_place(value, Value::string(name.as_str()).kind),
            None => value.clone(),
        },
        Convert::Present(text) => match &value.kind {
            Kind::Unknown(_) => value.clone(),
            _ => same_place(value, Value::string(text.as_str()).kind),
        },
    }
}

/// A known boolean; Terraform converts the strings `true` and `false`.
pub fn boolean(value: &Value) -> Option<bool> {
    match &value.kind {
        Kind::Bool(value) => Some(*value),
        Kind::String(text) => match &*text.text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn same_place(value: &Value, kind: Kind) -> Value {
    Value { kind, ..value.clone() }
}

/// A map from names and values, all written where `span` is.
pub fn record(entries: impl IntoIterator<Item = (&'static str, Value)>, span: Option<Span>) -> Value {
    let entry = |(key, value): (&str, Value)| Entry { key: key.into(), key_span: value.span.or(span), value };
    let entries = entries.into_iter().filter(|(_, value)| !is_absent(value)).map(entry).collect();
    Value { kind: Kind::Map(Map { entries, open: None }), span, trace: None }
}

/// An element of a key schema.
fn key(placed: &Placed, role: &'static str) -> Value {
    let span = placed.key_span.or(placed.value.span);
    let element = record(
        [("AttributeName", placed.value.clone()), ("KeyType", Value::string(role).with_span(span))],
        placed.value.span,
    );
    Value { kind: Kind::List(vec![element].into()), span, trace: None }
}

/// A map as a list of records: `{Key, Value}`.
fn pairs(value: &Value, name: &'static str) -> Value {
    let Kind::Map(map) = &value.kind else { return value.clone() };
    let item = |entry: &Entry| {
        let span = match (entry.key_span, entry.value.span) {
            (Some(key), Some(value)) => Some(key.to(value)),
            (key, value) => key.or(value),
        };
        let key = Value::string(Arc::clone(&entry.key)).with_span(entry.key_span);
        map_arms(&entry.value, &mut |value| match is_absent(value) {
            true => Value::absent(),
            false => record([(name, key.clone()), ("Value", value.clone())], span),
        })
    };
    let items = map.entries.iter().map(item).collect();
    same_place(value, Kind::List(List { items, open: map.open.clone() }))
}

/// A list of `{name, value}` blocks as a map. An element whose name is not known leaves the map open.
fn map_of_pairs(value: &Value) -> Value {
    let Kind::List(list) = &value.kind else { return value.clone() };
    let mut result = Map { entries: Vec::new(), open: list.open.clone() };
    for item in &list.items {
        let part = |name| item.as_map().and_then(|map| map.get(name));
        match (part("name").and_then(Value::to_text), part("value")) {
            (Some(name), Some(value)) => result.insert(name, item.span, value.clone()),
            _ => {
                let unknown = crate::value::Unknown::new(
                    crate::value::Reason::Unsupported,
                    "a parameter whose name is not known",
                );
                result.open = result.open.take().or(Some(Arc::new(unknown)));
            }
        }
    }
    same_place(value, Kind::Map(result))
}

/// Keys with their first letter in upper case, at every depth.
fn pascal(value: Value) -> Value {
    if matches!(value.kind, Kind::Choice(_)) {
        return map_arms(&value, &mut |arm| pascal(arm.clone()));
    }
    let kind = match value.kind {
        Kind::Map(map) => {
            let entry = |entry: Entry| {
                let mut letters = entry.key.chars();
                let first = letters.next().map(|c| c.to_ascii_uppercase());
                let key: String = first.into_iter().chain(letters).collect();
                Entry { key: key.into(), value: pascal(entry.value), ..entry }
            };
            Kind::Map(Map { entries: map.entries.into_iter().map(entry).collect(), open: map.open })
        }
        Kind::List(list) => Kind::List(List { items: list.items.into_iter().map(pascal).collect(), open: list.open }),
        kind => kind,
    };
    Value { kind, span: value.span, trace: value.trace }
}
