//! Walks the attributes of a resource along its table. In: evaluated Terraform attributes. Out: properties in
//! CloudFormation's shape, with the places, traces, choices and gaps of what they come from.

use super::{
    build::{Placed, add, insert, is_absent, map_arms, single},
    convert::{self, convert},
    table::{Block, Convert, Field, Shape, Step},
};
use crate::{
    source::{Sources, Span},
    value::{Kind, List, Map, Value},
};

/// The properties of a block of attributes. With `keep`, attributes that the table does not know stay under their own names.
pub fn block(sources: &Sources, table: &Block, attributes: &Map, keep: bool) -> Map {
    let mut bag = Map { entries: Vec::new(), open: attributes.open.clone() };
    for field in &table.fields {
        if let Shape::Element(inner) = &field.shape {
            put_element(&mut bag, field, block(sources, inner, attributes, false));
            continue;
        }
        let Some(entry) = attributes.entry(&field.name) else { continue };
        let placed = Placed { value: entry.value.clone(), key_span: entry.key_span };
        put(sources, &mut bag, field, placed, keep);
    }
    if keep {
        for entry in attributes.entries.iter().filter(|entry| !table.knows(&entry.key) && !is_absent(&entry.value)) {
            add(&mut bag, &entry.key, Placed { value: entry.value.clone(), key_span: entry.key_span });
        }
    }
    bag
}

/// Adds a new element of a list, made of several attributes.
fn put_element(bag: &mut Map, field: &Field, element: Map) {
    let Some(first) = element.entries.first() else { return };
    let span = element.entries.iter().filter_map(|entry| entry.key_span.or(entry.value.span)).reduce(Span::to);
    let key_span = first.key_span;
    let mut target = field.target.clone();
    if let Some(last) = target.last_mut() {
        last.element = true;
    }
    let value = Value { kind: Kind::Map(Map { entries: element.entries, open: None }), span, trace: None };
    insert(bag, &target, Placed { value, key_span });
}

fn put(sources: &Sources, bag: &mut Map, field: &Field, placed: Placed, keep: bool) {
    match &field.shape {
        Shape::Attribute(Convert::Flag) => flag(bag, &field.target, &placed),
        Shape::Attribute(conversion) => {
            let value = convert(sources, conversion, &placed);
            if !is_absent(&value) {
                insert(bag, &target(&field.target, &value), Placed { value, ..placed });
            }
        }
        Shape::Single(inner) => {
            let value = map_arms(&placed.value, &mut |value| match &value.kind {
                Kind::List(list) => single(list),
                _ => value.clone(),
            });
            let value = element(sources, inner, &value, keep);
            if !is_absent(&value) {
                insert(bag, &field.target, Placed { value, ..placed });
            }
        }
        Shape::Element(_) => {}
        Shape::Repeated(inner) => {
            let value = map_arms(&placed.value, &mut |value| match &value.kind {
                Kind::List(list) => elements(sources, inner, list, value, keep),
                Kind::Map(_) => {
                    let list = List { items: vec![value.clone()], open: None };
                    elements(sources, inner, &list, value, keep)
                }
                _ => value.clone(),
            });
            if !is_absent(&value) {
                insert(bag, &field.target, Placed { value, ..placed });
            }
        }
    }
}

/// A list that goes into an element place is the list itself: `groups` into `Groups[]`.
fn target(path: &[Step], value: &Value) -> Vec<Step> {
    let mut path = path.to_vec();
    if let (Some(last), Kind::List(_)) = (path.last_mut(), &value.kind) {
        last.element = false;
    }
    path
}

fn elements(sources: &Sources, table: &Block, list: &List, value: &Value, keep: bool) -> Value {
    if list.items.is_empty() && list.open.is_none() {
        return Value::absent();
    }
    let items = list.items.iter().map(|item| element(sources, table, item, keep)).collect();
    Value { kind: Kind::List(List { items, open: list.open.clone() }), ..value.clone() }
}

/// One block; with an empty path in the table, the attribute itself is the element.
fn element(sources: &Sources, table: &Block, value: &Value, keep: bool) -> Value {
    map_arms(value, &mut |value| match &value.kind {
        Kind::Map(map) => match &*table.fields {
            [field] if field.target.is_empty() && matches!(field.shape, Shape::Attribute(_)) => {
                map.get(&field.name).cloned().unwrap_or_else(Value::absent)
            }
            _ => Value { kind: Kind::Map(block(sources, table, map, keep)), ..value.clone() },
        },
        _ => value.clone(),
    })
}

/// The target exists only where the flag is true.
fn flag(bag: &mut Map, path: &[Step], placed: &Placed) {
    let Some(name) = path.first().map(|step| step.name.as_str()) else { return };
    let old = bag.get(name).cloned();
    let value = map_arms(&placed.value, &mut |flag| match convert::boolean(flag) {
        Some(true) => old.clone().unwrap_or_else(|| Value { kind: Kind::Map(Map::default()), ..flag.clone() }),
        Some(false) => Value::absent(),
        None if is_absent(flag) => Value::absent(),
        None => flag.clone(),
    });
    bag.entries.retain(|entry| &*entry.key != name);
    if !is_absent(&value) {
        add(bag, name, Placed { value, key_span: placed.key_span });
    }
}
