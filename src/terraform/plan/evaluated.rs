//! What the code beside a plan says of values that the plan leaves open. In: the folder of the root module and the
//! variables that the plan was made with. Out: arguments that are null and blocks that no `dynamic` makes are absent,
//! which a plan does not tell from what the provider computes; values that Terraform loses are those of the code.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    model::{Mode, Resource},
    terraform::{
        cty::Entries,
        modules::Library,
        schema::{self, Nesting},
        stack::{self, Options, Passed},
    },
    value::{Kind, Map, Reason, Value, Variables},
};

/// Completes the resources that are declared in the code.
pub fn refine(library: &Library<'_>, root: &str, stack: &Arc<str>, variables: Entries, resources: &mut [Resource]) {
    if !resources.iter().any(|resource| is_open(&resource.attributes)) {
        return;
    }
    let passed = Passed {
        stack: Arc::clone(stack),
        values: variables,
        open: None,
        variables: Variables::default(),
        decisive: true,
    };
    let code = stack::load(library, root, &Options { passed: Some(passed), ..Options::default() });
    let by_address: FxHashMap<&Arc<str>, &Resource> =
        code.resources.iter().map(|resource| (&resource.id.address, resource)).collect();
    for resource in resources.iter_mut().filter(|resource| resource.mode == Mode::Managed) {
        let Some(code) = by_address.get(&resource.id.address) else { continue };
        let schema = schema::of(resource.mode, &resource.source_type);
        if let (Kind::Map(planned), Some(code), Some(schema)) =
            (&mut resource.attributes.kind, code.attributes.as_map(), schema)
        {
            merge(planned, code, schema);
        }
    }
}

fn merge(planned: &mut Map, code: &Map, schema: &schema::Block) {
    planned.entries.retain_mut(|entry| {
        let said = code.get(&entry.key);
        if is_unknown(&entry.value) {
            match said {
                // Only what the provider may compute by itself is unknown without being written.
                None => return !computes(schema, &entry.key),
                Some(said) if says_more(said) => entry.value = said.clone(),
                Some(_) => {}
            }
            return true;
        }
        let Some(nested) = schema.blocks.get(&entry.key) else { return true };
        let (Kind::List(planned), Some(Kind::List(code))) = (&mut entry.value.kind, said.map(|said| &said.kind)) else {
            return true;
        };
        let aligned = code.open.is_none()
            && planned.items.len() == code.items.len()
            && (nested.nesting == Nesting::List || code.items.len() == 1);
        if aligned {
            for (planned, code) in planned.items.iter_mut().zip(&code.items) {
                if let (Kind::Map(planned), Some(code)) = (&mut planned.kind, code.as_map()) {
                    merge(planned, code, &nested.block);
                }
            }
        }
        true
    });
}

fn computes(schema: &schema::Block, name: &str) -> bool {
    schema.attributes.get(name).is_some_and(|attribute| attribute.computed)
        || schema.blocks.get(name).is_some_and(|nested| nested.computed)
}

/// Whether a plan leaves a value open; a data source that waits for a resource does so too.
fn is_unknown(value: &Value) -> bool {
    matches!(&value.kind, Kind::Unknown(unknown) if matches!(unknown.reason, Reason::AfterApply | Reason::DataSource))
}

fn is_open(value: &Value) -> bool {
    is_unknown(value)
        || match &value.kind {
            Kind::Map(map) => map.entries.iter().any(|entry| is_open(&entry.value)),
            Kind::List(list) => list.items.iter().any(is_open),
            _ => false,
        }
}

/// Whether the code says more than that a value is not known, and nothing that depends on what only its own stack
/// leaves undecided.
fn says_more(value: &Value) -> bool {
    !matches!(value.kind, Kind::Unknown(_) | Kind::Absent) && !has_choice(value)
}

fn has_choice(value: &Value) -> bool {
    match &value.kind {
        Kind::Choice(_) => true,
        Kind::List(list) => list.items.iter().any(has_choice),
        Kind::Map(map) => map.entries.iter().any(|entry| has_choice(&entry.value)),
        _ => false,
    }
}
