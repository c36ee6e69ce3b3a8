//! States. In: the output of `terraform show -json` for a state, or a state file. Out: resources as they are
//! deployed, every attribute known.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    document::{Document, StateFile, StateModule, range, string},
    json_text, resource, values,
};
use crate::{
    model::{Mode, Problem, ProblemKind, Resource, Stack},
    source::{SourceFile, Span},
    value::{ResourceId, Value},
};

/// How deep module calls may nest.
const MAX_MODULE_DEPTH: usize = 64;

/// Reads a state into a stack.
pub fn load(file: &SourceFile, stack: &mut Stack) -> Result<(), serde_json::Error> {
    let text = json_text(file);
    let document: Document<'_> = serde_json::from_str(text)?;
    if let Some(values) = document.values {
        module(file, &stack.id.clone(), &values.root_module, 0, &mut stack.resources);
        return Ok(());
    }
    if document.format_version.is_some() {
        return Ok(());
    }
    let state: StateFile<'_> = serde_json::from_str(text)?;
    if state.version != 4 {
        let message = format!("is a state of version {}, of which only 4 is read", state.version);
        stack.problems.push(Problem::in_file(ProblemKind::Error, "terraform-plan", message, file.path()));
        return Ok(());
    }
    instances(file, &state, stack);
    Ok(())
}

/// The resources of a module of a shown state, and of those below it.
pub fn module(
    file: &SourceFile,
    stack: &std::sync::Arc<str>,
    module_state: &StateModule<'_>,
    depth: usize,
    result: &mut Vec<Resource>,
) {
    for found in &module_state.resources {
        let Some(raw) = found.values else { continue };
        let header = Span::new(file.id(), range(file.text(), found.address));
        let value = values::read(file.text(), file.id(), raw);
        let marks = found.sensitive_values.map_or_else(Value::absent, |raw| values::read(file.text(), file.id(), raw));
        let attributes = values::with_marks(value, &marks);
        let id = ResourceId { stack: stack.clone(), address: string(found.address).into() };
        let body = header.to(Span::new(file.id(), range(file.text(), raw)));
        result.push(resource(id, &found.kind, mode(&found.mode), (header, body), attributes));
    }
    if depth < MAX_MODULE_DEPTH {
        module_state.child_modules.iter().for_each(|child| module(file, stack, child, depth + 1, result));
    }
}

fn mode(text: &str) -> Mode {
    if text == "data" { Mode::Data } else { Mode::Managed }
}

fn instances(file: &SourceFile, state: &StateFile<'_>, stack: &mut Stack) {
    for found in &state.resources {
        let module = found.module.as_ref().map(|module| format!("{module}.")).unwrap_or_default();
        let data = if found.mode == "data" { "data." } else { "" };
        let header = Span::new(file.id(), range(file.text(), found.name));
        for instance in found.instances.iter().filter(|instance| instance.deposed.is_none()) {
            let Some(raw) = instance.attributes else { continue };
            let key = instance.index_key.map(|key| format!("[{}]", key.get())).unwrap_or_default();
            let address = format!("{module}{data}{}.{}{key}", found.kind, string(found.name));
            let mut attributes = values::read(file.text(), file.id(), raw);
            for path in instance.sensitive_attributes.map(paths).unwrap_or_default() {
                attributes = marked(attributes, &path);
            }
            let id = ResourceId { stack: stack.id.clone(), address: address.into() };
            let body = header.to(Span::new(file.id(), range(file.text(), raw)));
            stack.resources.push(resource(id, &found.kind, mode(&found.mode), (header, body), attributes));
        }
    }
}

/// A step of a path to a sensitive attribute: a name, or the index or key of an element.
#[derive(Deserialize)]
struct PathStep {
    value: serde_json::Value,
}

fn paths(raw: &RawValue) -> Vec<Vec<PathStep>> {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// Marks what lies at a path.
fn marked(mut value: Value, path: &[PathStep]) -> Value {
    use crate::value::Kind;
    let Some((step, rest)) = path.split_first() else { return values::mark_all(value) };
    let key = step.value.get("value").unwrap_or(&step.value);
    match &mut value.kind {
        Kind::Map(map) => {
            for entry in map.entries.iter_mut().filter(|entry| key.as_str() == Some(&*entry.key)) {
                entry.value = marked(std::mem::replace(&mut entry.value, Value::absent()), rest);
            }
            value
        }
        Kind::List(list) => {
            let index = key.as_u64().and_then(|index| usize::try_from(index).ok());
            if let Some(item) = index.and_then(|index| list.items.get_mut(index)) {
                *item = marked(std::mem::replace(item, Value::absent()), rest);
            }
            value
        }
        // A path that does not fit: better too much is hidden than too little.
        _ => values::mark_all(value),
    }
}
