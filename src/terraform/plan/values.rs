//! The attributes of a planned resource. In: `after`, `after_unknown` and `after_sensitive`, as JSON text.
//! Out: one value; what is not known yet is unknown, what is sensitive is marked.

use serde_json::value::RawValue;

use super::document::range;
use crate::{
    source::{FileId, Span},
    terraform::json,
    value::{Kind, List, Reason, Unknown, Value},
};

/// Reads JSON inside a file; what does not parse is absent (the document around it parsed, so only the depth bound can fail).
pub fn read(text: &str, file: FileId, raw: &RawValue) -> Value {
    let at = range(text, raw);
    let locate = |inner: std::ops::Range<usize>| Some(Span::new(file, at.start + inner.start..at.start + inner.end));
    json::parse(raw.get(), &locate).unwrap_or_else(|error| {
        Value::unknown(Unknown::new(Reason::Budget, format!("JSON {}", error.message)).at(Span::new(file, at.clone())))
    })
}

/// Puts unknowns where `after_unknown` has `true`. The subject of an unknown is its path.
pub fn with_unknowns(value: Value, unknown: &Value, subject: &str, place: Span) -> Value {
    match (&unknown.kind, value.kind) {
        (Kind::Bool(true), _) => Value::unknown(Unknown::new(Reason::AfterApply, subject).keyed(subject).at(place)),
        (Kind::Map(marks), Kind::Map(mut map)) => {
            for mark in &marks.entries {
                let subject = format!("{subject}.{}", mark.key);
                let at = map.entries.iter().position(|entry| entry.key == mark.key);
                if let Some(entry) = at.and_then(|at| map.entries.get_mut(at)) {
                    let old = std::mem::replace(&mut entry.value, Value::absent());
                    entry.value = with_unknowns(old, &mark.value, &subject, place);
                } else if holds_true(&mark.value) {
                    map.insert(mark.key.clone(), None, with_unknowns(Value::absent(), &mark.value, &subject, place));
                }
            }
            Value { kind: Kind::Map(map), span: value.span, trace: value.trace }
        }
        (Kind::List(marks), Kind::List(list)) => {
            let mut items = list.items;
            for (index, mark) in marks.items.iter().enumerate() {
                let subject = format!("{subject}[{index}]");
                match items.get_mut(index) {
                    Some(item) => {
                        *item = with_unknowns(std::mem::replace(item, Value::absent()), mark, &subject, place)
                    }
                    None if holds_true(mark) => items.push(with_unknowns(Value::absent(), mark, &subject, place)),
                    None => {}
                }
            }
            Value { kind: Kind::List(List { items, open: list.open }), span: value.span, trace: value.trace }
        }
        (Kind::Map(_) | Kind::List(_), _) if holds_true(unknown) => {
            let empty = if matches!(unknown.kind, Kind::Map(_)) {
                Kind::Map(Default::default())
            } else {
                Kind::List(List::default())
            };
            with_unknowns(Value::at(empty, place), unknown, subject, place)
        }
        (_, kind) => Value { kind, span: value.span, trace: value.trace },
    }
}

fn holds_true(value: &Value) -> bool {
    match &value.kind {
        Kind::Bool(value) => *value,
        Kind::Map(map) => map.entries.iter().any(|entry| holds_true(&entry.value)),
        Kind::List(list) => list.items.iter().any(holds_true),
        _ => false,
    }
}

/// Marks what is sensitive: every leaf below a `true`.
pub fn with_marks(mut value: Value, sensitive: &Value) -> Value {
    if let Kind::Bool(true) = sensitive.kind {
        return mark_all(value);
    }
    match (&mut value.kind, &sensitive.kind) {
        (Kind::Map(map), Kind::Map(marks)) => {
            for entry in &mut map.entries {
                if let Some(mark) = marks.get(&entry.key) {
                    entry.value = with_marks(std::mem::replace(&mut entry.value, Value::absent()), mark);
                }
            }
        }
        (Kind::List(list), Kind::List(marks)) => {
            for (item, mark) in list.items.iter_mut().zip(&marks.items) {
                *item = with_marks(std::mem::replace(item, Value::absent()), mark);
            }
        }
        _ => {}
    }
    value
}

/// Marks a value and everything in it.
pub fn mark_all(mut value: Value) -> Value {
    match &mut value.kind {
        Kind::Map(map) => map
            .entries
            .iter_mut()
            .for_each(|entry| entry.value = mark_all(std::mem::replace(&mut entry.value, Value::absent()))),
        Kind::List(list) => {
            list.items.iter_mut().for_each(|item| *item = mark_all(std::mem::replace(item, Value::absent())))
        }
        _ => {}
    }
    match value.span {
        Some(span) => value.sensitive(span),
        None => value,
    }
}
