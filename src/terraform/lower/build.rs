//! Putting lowered values into a property bag: along a path, beside what is already there, under conditions.

use std::sync::Arc;

use super::table::Step;
use crate::{
    source::Span,
    value::{Choice, Entry, Formula, Kind, List, Map, Value},
};

/// A value and the place of its key.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The value.
    pub value: Value,
    /// The key in the source.
    pub key_span: Option<Span>,
}

/// Applies a function to the value behind choices and keeps the choices.
pub fn map_arms(value: &Value, f: &mut dyn FnMut(&Value) -> Value) -> Value {
    let Kind::Choice(choice) = &value.kind else { return f(value) };
    let arms = choice.arms.iter().map(|(guard, arm)| (guard.clone(), map_arms(arm, f))).collect();
    Value { kind: Kind::Choice(Arc::new(Choice { arms })), span: value.span, trace: value.trace.clone() }
}

/// `value` when `guard` holds, else `other`.
pub fn guarded(guard: &Formula, value: Value, other: Value) -> Value {
    match guard {
        Formula::Constant(true) => value,
        Formula::Constant(false) => other,
        _ => {
            let span = value.span;
            let arms = vec![(guard.clone(), value), (Formula::TRUE, other)];
            Value { kind: Kind::Choice(Arc::new(Choice { arms })), span, trace: None }
        }
    }
}

/// Whether a value says nothing.
pub fn is_absent(value: &Value) -> bool {
    match &value.kind {
        Kind::Absent | Kind::Null => true,
        Kind::Choice(choice) => choice.arms.iter().all(|(_, arm)| is_absent(arm)),
        _ => false,
    }
}

/// Puts a value at a path below `bag`; maps on the way are made, lists get it as a new element.
pub fn insert(bag: &mut Map, path: &[Step], placed: Placed) {
    let Some((step, rest)) = path.split_first() else {
        return merge_bag(bag, placed);
    };
    let (span, key_span) = (placed.value.span, placed.key_span);
    let value = if rest.is_empty() {
        placed.value
    } else {
        let mut inner = Map::default();
        insert(&mut inner, rest, placed);
        Value { kind: Kind::Map(inner), span, trace: None }
    };
    let value = if step.element { Value { span, ..Value::new(Kind::List(vec![value].into())) } } else { value };
    add(bag, &step.name, Placed { value, key_span });
}

/// Adds a property: lists and maps join what is there, anything else takes its place.
pub fn add(bag: &mut Map, name: &str, placed: Placed) {
    match bag.entries.iter_mut().find(|entry| &*entry.key == name) {
        Some(entry) => {
            let old = std::mem::replace(&mut entry.value, Value::absent());
            entry.value = join(old, placed.value);
            entry.key_span = entry.key_span.or(placed.key_span);
        }
        None => bag.entries.push(Entry { key: name.into(), key_span: placed.key_span, value: placed.value }),
    }
}

/// Both values in one: lists one after the other, maps by key, otherwise the new one unless it is absent.
pub fn join(old: Value, new: Value) -> Value {
    let Value { kind, span, trace } = new;
    match (old.kind, kind) {
        (Kind::Absent | Kind::Null, kind) => Value { kind, span, trace },
        (kind, Kind::Absent | Kind::Null) => Value { kind, ..old },
        (Kind::List(mut list), Kind::List(more)) => {
            list.items.extend(more.items);
            list.open = list.open.or(more.open);
            Value { kind: Kind::List(list), span: old.span, trace: old.trace }
        }
        (Kind::Map(mut map), Kind::Map(more)) => {
            for entry in more.entries {
                add(&mut map, &entry.key, Placed { value: entry.value, key_span: entry.key_span });
            }
            map.open = map.open.or(more.open);
            Value { kind: Kind::Map(map), span: old.span, trace: old.trace }
        }
        (Kind::Unknown(unknown), Kind::List(mut list)) | (Kind::List(mut list), Kind::Unknown(unknown)) => {
            list.open = Some(unknown);
            Value { kind: Kind::List(list), span: old.span.or(span), trace }
        }
        (Kind::Choice(choice), kind @ Kind::Map(_)) => {
            let new = Value { kind, span, trace };
            distribute(&choice, old.span, &mut |arm| join(arm.clone(), new.clone()))
        }
        (kind @ Kind::Map(_), Kind::Choice(choice)) => {
            let old = Value { kind, span: old.span, trace: old.trace };
            distribute(&choice, span, &mut |arm| join(old.clone(), arm.clone()))
        }
        (a @ (Kind::Choice(_) | Kind::List(_)), b @ (Kind::Choice(_) | Kind::List(_))) => {
            match (as_list(&a), as_list(&b)) {
                (Some(mut list), Some(more)) => {
                    list.items.extend(more.items);
                    list.open = list.open.or(more.open);
                    Value { kind: Kind::List(list), span: old.span.or(span), trace: old.trace.or(trace) }
                }
                _ => Value { kind: b, span, trace },
            }
        }
        (_, kind) => Value { kind, span, trace },
    }
}

/// A choice of lists as one list whose elements are there conditionally; `None` when an arm is no list.
fn as_list(kind: &Kind) -> Option<List> {
    match kind {
        Kind::Absent | Kind::Null => Some(List::default()),
        Kind::List(list) => Some(list.clone()),
        Kind::Unknown(unknown) => Some(List { items: Vec::new(), open: Some(Arc::clone(unknown)) }),
        Kind::Choice(choice) => {
            let mut all = List::default();
            let mut before: Vec<(Formula, Value)> = Vec::new();
            for (guard, arm) in &choice.arms {
                let list = as_list(&arm.kind)?;
                all.open = all.open.or(list.open);
                for item in list.items {
                    let span = item.span;
                    let arms = before
                        .iter()
                        .cloned()
                        .chain([(guard.clone(), item), (Formula::TRUE, Value::absent())])
                        .collect();
                    all.items.push(Value { kind: Kind::Choice(Arc::new(Choice { arms })), span, trace: None });
                }
                before.push((guard.clone(), Value::absent()));
            }
            Some(all)
        }
        _ => None,
    }
}

/// Applies `f` to the arms, and to what holds when no guard does.
fn distribute(choice: &Choice, span: Option<Span>, f: &mut dyn FnMut(&Value) -> Value) -> Value {
    let mut arms: Vec<_> = choice.arms.iter().map(|(guard, arm)| (guard.clone(), map_arms(arm, f))).collect();
    if !choice.arms.iter().any(|(guard, _)| *guard == Formula::TRUE) {
        arms.push((Formula::TRUE, f(&Value::absent())));
    }
    Value { kind: Kind::Choice(Arc::new(Choice { arms })), span, trace: None }
}

/// Spreads a map, or a choice of maps, over the bag.
fn merge_bag(bag: &mut Map, placed: Placed) {
    match placed.value.kind {
        Kind::Map(map) => {
            for entry in map.entries {
                add(bag, &entry.key, Placed { key_span: entry.key_span, value: entry.value });
            }
            bag.open = bag.open.take().or(map.open);
        }
        Kind::Choice(choice) => {
            let mut names: Vec<(Arc<str>, Option<Span>)> = Vec::new();
            collect_names(&choice, &mut names);
            for (name, key_span) in names {
                let value = Value { kind: Kind::Choice(Arc::clone(&choice)), span: placed.value.span, trace: None };
                let mut get =
                    |arm: &Value| arm.as_map().and_then(|map| map.get(&name)).cloned().unwrap_or_else(Value::absent);
                add(bag, &name, Placed { value: map_arms(&value, &mut get), key_span });
            }
        }
        Kind::Unknown(unknown) => bag.open = Some(unknown),
        _ => {}
    }
}

fn collect_names(choice: &Choice, names: &mut Vec<(Arc<str>, Option<Span>)>) {
    for (_, arm) in &choice.arms {
        match &arm.kind {
            Kind::Map(map) => {
                for entry in &map.entries {
                    if !names.iter().any(|(name, _)| *name == entry.key) {
                        names.push((Arc::clone(&entry.key), entry.key_span));
                    }
                }
            }
            Kind::Choice(inner) => collect_names(inner, names),
            _ => {}
        }
    }
}

/// The one value of a block that occurs at most once: lists of one are unwrapped, several are merged, conditional
/// ones tried in turn.
pub fn single(list: &List) -> Value {
    if list.items.iter().all(|item| matches!(item.kind, Kind::Map(_))) && !list.items.is_empty() {
        return list
            .items
            .iter()
            .skip(1)
            .fold(list.items.first().cloned().unwrap_or_else(Value::absent), |all, item| join(all, item.clone()));
    }
    let last = match &list.open {
        Some(unknown) => Value { span: unknown.span, ..Value::new(Kind::Unknown(Arc::clone(unknown))) },
        None => Value::absent(),
    };
    list.items.iter().rev().fold(last, |rest, item| or_else(item, &rest))
}

/// `value`, or `rest` where it is absent.
pub fn or_else(value: &Value, rest: &Value) -> Value {
    match &value.kind {
        Kind::Absent | Kind::Null => rest.clone(),
        Kind::Choice(choice) => distribute(choice, value.span, &mut |arm| or_else(arm, rest)),
        _ => value.clone(),
    }
}
