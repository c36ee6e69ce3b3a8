//! From addresses of a plan to places in the code. In: the folder of the plan and what `configuration` says of
//! modules. Out: the block of a resource, when its source is in the tree, and attributes whose places are in it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::document::Configuration;
use crate::{
    model::{ModuleCall, Resource},
    source::{SourceFile, Sources, Span},
    terraform::{
        address::{Address, Step},
        syntax::{self, Block, Body},
    },
    value::{Entry, Kind, Value},
};

/// The label of the step from a place in the code to the plan's value.
const PLANNED: &str = "value in the plan";

/// The blocks of a folder: kind, first label, second label.
type Blocks = FxHashMap<(Arc<str>, Arc<str>, Arc<str>), Arc<Block>>;

/// The code beside a plan.
pub struct Code<'s> {
    sources: &'s Sources,
    configuration: &'s Configuration<'s>,
    root: Option<PathBuf>,
    installed: FxHashMap<String, PathBuf>,
    folders: FxHashMap<PathBuf, Arc<Blocks>>,
}

/// `.terraform/modules/modules.json`.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "Modules", default)]
    modules: Vec<Installed>,
}

#[derive(Deserialize)]
struct Installed {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Dir")]
    dir: String,
}

impl<'s> Code<'s> {
    /// Looks for the root module in the plan's folder and those above it.
    pub fn new(sources: &'s Sources, file: &SourceFile, configuration: &'s Configuration<'s>) -> Self {
        let mut code =
            Self { sources, configuration, root: None, installed: FxHashMap::default(), folders: FxHashMap::default() };
        let folders: Vec<PathBuf> = Path::new(file.path()).ancestors().skip(1).map(Path::to_path_buf).collect();
        code.root = folders.into_iter().find(|folder| code.is_root(folder));
        if let Some(root) = &code.root {
            let manifest = sources.load(&root.join(".terraform/modules/modules.json")).ok();
            let manifest = manifest.and_then(|file| serde_json::from_str::<Manifest>(file.text()).ok());
            let installed = manifest.into_iter().flat_map(|manifest| manifest.modules);
            code.installed = installed.map(|module| (module.key, root.join(module.dir))).collect();
        }
        code
    }

    /// The folder of the root module, when it is in the tree.
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Whether a folder declares something of the plan's root module.
    fn is_root(&mut self, folder: &Path) -> bool {
        let blocks = self.blocks(folder);
        let module = &self.configuration.root_module;
        let has =
            |kind: &str, first: &str, second: &str| blocks.contains_key(&(kind.into(), first.into(), second.into()));
        module.resources.iter().any(|resource| {
            Address::parse(&resource.address).is_some_and(|address| {
                has(if address.data { "data" } else { "resource" }, address.kind, address.resource.name)
            })
        }) || module.module_calls.keys().any(|name| has("module", name, ""))
    }

    fn blocks(&mut self, folder: &Path) -> Arc<Blocks> {
        if let Some(known) = self.folders.get(folder) {
            return Arc::clone(known);
        }
        let names = self.sources.list(folder).unwrap_or_default();
        let is_code = |name: &&String| [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|end| name.ends_with(end));
        let mut blocks = Blocks::default();
        for name in names.iter().filter(is_code) {
            let Ok(file) = self.sources.load(&folder.join(name)) else { continue };
            for block in syntax::parse_file(&file).body.blocks {
                let label =
                    |at: usize| block.labels.get(at).map_or_else(|| Arc::from(""), |label| Arc::clone(&label.text));
                blocks.insert((Arc::clone(&block.kind.text), label(0), label(1)), Arc::new(block));
            }
        }
        let blocks = Arc::new(blocks);
        self.folders.insert(folder.to_path_buf(), Arc::clone(&blocks));
        blocks
    }

    /// The block of a resource; the module calls on the way to it are noted in the resource.
    pub fn place(&mut self, address: &Address<'_>, resource: &mut Resource) -> Option<Arc<Block>> {
        let mut folder = self.root.clone()?;
        let configuration = self.configuration;
        let mut module = &configuration.root_module;
        let (mut key, mut path) = (String::new(), String::new());
        let mut calls = Vec::new();
        for step in &address.modules {
            let call = self.blocks(&folder).get(&("module".into(), step.name.into(), "".into())).cloned();
            let dot = if key.is_empty() { "" } else { "." };
            key = format!("{key}{dot}{}", step.name);
            path = format!("{path}{dot}module.{}", written(step));
            calls.push(ModuleCall {
                address: path.as_str().into(),
                span: call.map_or(resource.header, |call| call.header),
            });
            let code = module.module_calls.get(step.name)?;
            folder = match (self.installed.get(&key), code.source.as_deref()) {
                (Some(folder), _) => folder.clone(),
                (None, Some(source)) if source.starts_with("./") || source.starts_with("../") => folder.join(source),
                _ => return None,
            };
            folder = self.sources.resolve(&folder).ok()?;
            module = &code.module;
        }
        let kind = if address.data { "data" } else { "resource" };
        let block =
            self.blocks(&folder).get(&(kind.into(), address.kind.into(), address.resource.name.into())).cloned()?;
        resource.module_calls = calls;
        Some(block)
    }
}

fn written(step: &Step<'_>) -> String {
    step.key.map_or_else(|| step.name.to_owned(), |key| format!("{}[{key}]", step.name))
}

/// Whether a body says anything about an argument or nested block, `dynamic` ones included.
pub fn mentions(code: &Body, name: &str) -> bool {
    let dynamic = || dynamics(code, name).next().is_some() || code.json && code.attribute("dynamic").is_some();
    code.attribute(name).is_some() || code.blocks_of(name).next().is_some() || dynamic()
}

fn dynamics<'a>(body: &'a Body, name: &'a str) -> impl Iterator<Item = &'a Block> {
    body.blocks_of("dynamic").filter(move |block| block.labels.first().is_some_and(|label| &*label.text == name))
}

/// Moves the places of a resource into its block. What is not written there is placed at its header.
pub fn relocate(resource: &mut Resource, block: &Block) {
    resource.header = block.header;
    resource.body = block.span;
    let attributes = std::mem::replace(&mut resource.attributes, Value::absent());
    resource.attributes = body(attributes, &block.body, block.header);
}

fn body(value: Value, code: &Body, header: Span) -> Value {
    let Value { kind: Kind::Map(mut map), trace, .. } = value else { return all(value, header) };
    for entry in &mut map.entries {
        let old = std::mem::replace(&mut entry.value, Value::absent());
        (entry.key_span, entry.value) = argument(entry, old, code, header);
    }
    Value { kind: Kind::Map(map), span: Some(code.span), trace }
}

fn argument(entry: &Entry, value: Value, code: &Body, header: Span) -> (Option<Span>, Value) {
    if let Some(attribute) = code.attribute(&entry.key) {
        return (Some(attribute.name.span), all(value, attribute.value.span));
    }
    let Some(first) = code.blocks_of(&entry.key).chain(dynamics(code, &entry.key)).next() else {
        return (Some(header), all(value, header));
    };
    let key_span = Some(first.kind.span);
    let Value { kind: Kind::List(mut list), span, trace } = value else { return (key_span, all(value, first.span)) };
    let count = list.items.len();
    for (index, item) in list.items.iter_mut().enumerate() {
        let old = std::mem::replace(item, Value::absent());
        *item = match element(code, &entry.key, (index, count), &old) {
            Some((inner, header)) => body(old, inner, header),
            None => all(old, first.span),
        };
    }
    (key_span, Value { kind: Kind::List(list), span: span.map(|_| first.span), trace })
}

/// The body that an element of a block list was written as, and where to point at it: the block whose plain strings
/// agree, the one at its place, or the content of a `dynamic`. `place` is the element's index and their number.
pub fn element<'a>(code: &'a Body, name: &'a str, place: (usize, usize), item: &Value) -> Option<(&'a Body, Span)> {
    let blocks: Vec<&Block> = code.blocks_of(name).collect();
    let dynamic = dynamics(code, name).next();
    let (index, count) = place;
    let agreeing = blocks.iter().find(|block| agrees(block, item)).copied();
    let at_its_place = || blocks.get(index).copied().filter(|_| blocks.len() == count && dynamic.is_none());
    let content =
        || dynamic.map(|dynamic| (&dynamic.body.blocks_of("content").next().unwrap_or(dynamic).body, dynamic.header));
    agreeing.or_else(at_its_place).map(|block| (&block.body, block.kind.span)).or_else(content)
}

/// Whether the plain strings of a block, of which there is one at least, are those of a planned element.
fn agrees(block: &Block, item: &Value) -> bool {
    let mut strings = block
        .body
        .attributes
        .iter()
        .filter_map(|attribute| Some((&attribute.name.text, attribute.value.as_string()?)))
        .peekable();
    strings.peek().is_some()
        && strings.all(|(name, text)| item.as_map().and_then(|map| map.get(name)).and_then(Value::as_str) == Some(text))
}

/// Places a value and everything in it at one expression; scalars remember where the plan has them.
fn all(value: Value, span: Span) -> Value {
    let planned = value.span.filter(|planned| planned.file != span.file);
    let kind = match value.kind {
        Kind::List(mut list) => {
            list.items = list.items.into_iter().map(|item| all(item, span)).collect();
            Kind::List(list)
        }
        Kind::Map(mut map) => {
            for entry in &mut map.entries {
                entry.key_span = Some(span);
                entry.value = all(std::mem::replace(&mut entry.value, Value::absent()), span);
            }
            Kind::Map(map)
        }
        kind => kind,
    };
    let scalar = matches!(kind, Kind::Bool(_) | Kind::Number(_) | Kind::String(_));
    let value = Value { kind, span: Some(span), trace: value.trace };
    match planned {
        Some(planned) if scalar => value.traced(planned, PLANNED),
        _ => value,
    }
}
