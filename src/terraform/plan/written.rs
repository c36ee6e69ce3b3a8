//! What is unknown in a plan only because the provider computes it when nobody writes it. In: attributes with
//! unknowns, and the code. Out: the same without those.

use super::{
    document::ConfigResource,
    position,
    references::{block_of, expression},
};
use crate::{
    model::Mode,
    terraform::{lower, schema, syntax::Body},
    value::{Kind, Map, Value},
};

/// Drops what the source does not write.
pub fn by_source(map: &mut Map, code: &Body) {
    map.entries.retain(|entry| !matches!(entry.value.kind, Kind::Unknown(_)) || position::mentions(code, &entry.key));
    for entry in &mut map.entries {
        let Kind::List(list) = &mut entry.value.kind else { continue };
        let count = list.items.len();
        for (index, item) in list.items.iter_mut().enumerate() {
            let inner = position::element(code, &entry.key, (index, count), item).map(|(inner, _)| inner);
            if let (Some(inner), Kind::Map(map)) = (inner, &mut item.kind) {
                by_source(map, inner);
            }
        }
    }
}

/// Drops what the plan's `configuration` does not have. Blocks stay: a `dynamic` one, which `configuration` leaves out,
/// may have made them.
pub fn by_configuration(source_type: &str, map: &mut Map, code: &ConfigResource<'_>) {
    let schema = schema::of(Mode::Managed, source_type);
    let is_block = |name: &str| {
        lower::is_block(source_type, name) || schema.is_some_and(|schema| schema.blocks.contains_key(name))
    };
    let written = |name: &str| code.expressions.contains_key(name) || is_block(name);
    map.entries.retain(|entry| !matches!(entry.value.kind, Kind::Unknown(_)) || written(&entry.key));
    for entry in &mut map.entries {
        if let Some(code) = code.expressions.get(&*entry.key).and_then(|raw| expression(raw)) {
            nested(&mut entry.value, &code);
        }
    }
}

/// Inside blocks.
fn nested(value: &mut Value, code: &serde_json::Value) {
    match &mut value.kind {
        Kind::List(list) => {
            let count = list.items.len();
            for (index, item) in list.items.iter_mut().enumerate() {
                if let Some(code) = block_of(code, index, count, item) {
                    nested(item, code);
                }
            }
        }
        // An argument is described by its references, a block by its arguments.
        Kind::Map(map) if code.get("references").is_none() && code.get("constant_value").is_none() => {
            map.entries
                .retain(|entry| !matches!(entry.value.kind, Kind::Unknown(_)) || code.get(&*entry.key).is_some());
            for entry in &mut map.entries {
                if let Some(code) = code.get(&*entry.key) {
                    nested(&mut entry.value, code);
                }
            }
        }
        _ => {}
    }
}
