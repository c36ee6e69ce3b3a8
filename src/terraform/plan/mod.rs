//! Plans and states, as a second front end into the same model. In: the output of `terraform show -json`, or a
//! state file. Out: a stack, as the evaluator gives for the code itself, places pointing into the code where it is
//! in the tree, else into the plan.
//!
//! A plan knows all values but those of resources that do not exist yet; what it leaves open comes back as a
//! reference where `configuration` names one resource. An argument that is neither in the plan nor written in the
//! code is absent; a *block* that is neither may come from a `dynamic`, which `configuration` leaves out, so that it
//! is absent only when the code is there to show it, and unknown otherwise.

mod document;
mod evaluated;
mod position;
mod references;
mod state;
#[cfg(test)]
mod tests;
mod values;
mod written;

use std::sync::Arc;

use crate::{
    model::{Lifecycle, Mode, Problem, ProblemKind, Resource, Stack, StackKind},
    source::{SourceFile, Span},
    terraform::{address::Address, lower, modules::Library},
    value::{Formula, Kind, Map, ResourceId, Value, Variables},
};
use document::{Document, ResourceChange};
use references::References;

/// What a JSON text is, by its content; `None` when it is neither a plan nor a state.
pub fn recognise(text: &str) -> Option<StackKind> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.starts_with('{') {
        return None;
    }
    let has = |name: &str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    if !has("\"terraform_version\"") {
        None
    } else if has("\"planned_values\"") || has("\"resource_changes\"") {
        Some(StackKind::TerraformPlan)
    } else if has("\"format_version\"") && has("\"root_module\"") || has("\"lineage\"") && has("\"version\"") {
        Some(StackKind::TerraformState)
    } else {
        None
    }
}

/// Reads a plan or state that [`recognise`] knows.
pub fn load(library: &Library<'_>, file: &SourceFile) -> Stack {
    let sources = library.sources();
    let kind = recognise(file.text()).unwrap_or(StackKind::TerraformPlan);
    let id: Arc<str> = file.path().into();
    let mut stack = Stack {
        id: Arc::clone(&id),
        path: id,
        kind,
        name: None,
        resources: Vec::new(),
        variables: Variables::default(),
        assumptions: Vec::new(),
        exports: Vec::new(),
        nested: Vec::new(),
        problems: Vec::new(),
    };
    let read =
        if kind == StackKind::TerraformPlan { plan(library, file, &mut stack) } else { state::load(file, &mut stack) };
    if let Err(error) = read {
        let message = format!("is no plan or state that can be read: {error}");
        stack.problems.push(Problem::in_file(ProblemKind::Error, "terraform-plan", message, file.path()));
    }
    stack.resources.sort_by(|a, b| a.id.cmp(&b.id));
    stack.problems.extend(lower::lower(sources, &mut stack.resources));
    stack.resources.sort_by(|a, b| a.id.cmp(&b.id));
    stack
}

fn json_text(file: &SourceFile) -> &str {
    file.text().trim_start_matches('\u{feff}')
}

fn plan(library: &Library<'_>, file: &SourceFile, stack: &mut Stack) -> Result<(), serde_json::Error> {
    let document: Document<'_> = serde_json::from_str(json_text(file))?;
    if document
        .format_version
        .as_deref()
        .is_some_and(|version| !version.starts_with("0.") && !version.starts_with("1."))
    {
        let message = "has a format version that this program does not know; parts of it may be misread";
        stack.problems.push(Problem::in_file(ProblemKind::Warning, "terraform-plan", message, file.path()));
    }
    if document.errored {
        let message = "the plan failed, so that resources may be missing";
        stack.problems.push(Problem::in_file(ProblemKind::Warning, "terraform-plan", message, file.path()));
    }
    let judged: Vec<&ResourceChange<'_>> = document.resource_changes.iter().filter(|change| remains(change)).collect();
    let ids = judged
        .iter()
        .map(|change| ResourceId { stack: Arc::clone(&stack.id), address: document::string(change.address).into() });
    let managed = ids.clone().zip(&judged).filter(|(_, change)| change.mode == "managed").map(|(id, _)| id).collect();
    let references = document.configuration.as_ref().map(|configuration| References::new(configuration, managed));
    let mut code = document
        .configuration
        .as_ref()
        .map(|configuration| position::Code::new(library.sources(), file, configuration));
    for (change, id) in judged.iter().zip(ids) {
        let mut resource = changed(file, change, id);
        complete(&document, references.as_ref(), code.as_mut(), &mut resource);
        stack.resources.push(resource);
    }
    if let Some(root) = code.as_ref().and_then(position::Code::root) {
        evaluated::refine(library, &root.to_string_lossy(), &stack.id, document.inputs(), &mut stack.resources);
    }
    if let Some(values) = document.prior_state.and_then(|state| state.values) {
        let known: rustc_hash::FxHashSet<ResourceId> =
            stack.resources.iter().map(|resource| resource.id.clone()).collect();
        let mut read = Vec::new();
        state::module(file, &stack.id, &values.root_module, 0, &mut read);
        let read = read.into_iter().filter(|resource| resource.mode == Mode::Data && !known.contains(&resource.id));
        stack.resources.extend(read);
    }
    Ok(())
}

/// Whether the object is there after the plan.
fn remains(change: &ResourceChange<'_>) -> bool {
    let gone = ["delete", "forget"];
    change.deposed.is_none()
        && !change.change.actions.is_empty()
        && !change.change.actions.iter().all(|action| gone.contains(&&**action))
}

/// The resource as the plan alone shows it.
fn changed(file: &SourceFile, change: &ResourceChange<'_>, id: ResourceId) -> Resource {
    let text = file.text();
    let read = |raw: Option<&serde_json::value::RawValue>| {
        raw.map_or_else(Value::absent, |raw| values::read(text, file.id(), raw))
    };
    let header = Span::new(file.id(), document::range(text, change.address));
    let body = change.change.after.map_or(header, |raw| header.to(Span::new(file.id(), document::range(text, raw))));
    let unknown = read(change.change.after_unknown);
    let after = values::with_unknowns(read(change.change.after), &unknown, &id.address, header);
    let attributes = values::with_marks(after, &read(change.change.after_sensitive));
    let mode = if change.mode == "data" { Mode::Data } else { Mode::Managed };
    resource(id, &change.kind, mode, (header, body), attributes)
}

/// A resource without any of the code.
fn resource(id: ResourceId, kind: &str, mode: Mode, (header, body): (Span, Span), attributes: Value) -> Resource {
    let address = Address::parse(&id.address);
    let definition = address.as_ref().map_or_else(|| Arc::clone(&id.address), |address| address.definition().into());
    let instance = address.and_then(|address| address.resource.key.map(Arc::from));
    Resource {
        id,
        definition,
        instance,
        kind: kind.into(),
        source_type: kind.into(),
        mode,
        header,
        body,
        properties: Value::absent(),
        attributes: without_nulls(attributes),
        exists: Formula::TRUE,
        module_calls: Vec::new(),
        region: None,
        account: None,
        lifecycle: Lifecycle::default(),
        metadata: None,
        construct_path: None,
        origin: None,
    }
}

/// A null argument is one that is not written.
fn without_nulls(attributes: Value) -> Value {
    let Value { kind: Kind::Map(mut map), span, trace } = attributes else {
        return Value { kind: Kind::Map(Map::default()), ..attributes };
    };
    map.entries.retain(|entry| !matches!(entry.value.kind, Kind::Null));
    Value { kind: Kind::Map(map), span, trace }
}

/// What the code adds: places, references, and whether something was written at all.
fn complete(
    document: &Document<'_>,
    references: Option<&References<'_>>,
    code: Option<&mut position::Code<'_>>,
    resource: &mut Resource,
) {
    let address_text = Arc::clone(&resource.id.address);
    let (Some(references), Some(address)) = (references, Address::parse(&address_text)) else { return };
    let written = references.code(&address);
    let attributes = std::mem::replace(&mut resource.attributes, Value::absent());
    resource.attributes = references.recover(&address, attributes);
    let block = code.and_then(|code| code.place(&address, resource));
    if let (Kind::Map(map), Mode::Managed) = (&mut resource.attributes.kind, resource.mode) {
        match (&block, written) {
            (Some(block), _) => written::by_source(map, &block.body),
            (None, Some(code)) => written::by_configuration(&resource.source_type, map, code),
            (None, None) => {}
        }
    }
    if let Some(block) = block {
        position::relocate(resource, &block);
    }
    let provider = written.and_then(|code| code.provider_config_key.as_ref()).zip(document.configuration.as_ref());
    let region =
        provider.and_then(|(key, configuration)| configuration.provider_config.get(key)?.expressions.get("region"));
    if let Some(region) = region.and_then(|raw| document.constant(raw)) {
        resource.region = Some(Value::string(region));
    }
}
