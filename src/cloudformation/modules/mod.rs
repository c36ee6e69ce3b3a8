//! Modules that client tools (Rain, AWS CLI) put into a template before it is uploaded. In: a tree with `Modules`,
//! `Constants`, `Fn::Merge`, `Fn::InsertFile`. Out: a tree of plain resources, those of a module under the module's name
//! and their own: `Content` and `Bucket` make `ContentBucket`.
//!
//! Source: rain, `docs/README` of modules, and its examples in `cft/pkg/tmpl/awscli-modules`. `Fn::Invoke`, `Packages`
//! and sources that are not local files leave the template open.

mod instance;
mod scope;

use std::{path::PathBuf, sync::Arc};

use instance::Outputs;
use scope::Scope;

use crate::{
    cloudformation::{
        include::{folder_of, local_path},
        rewrite::rewrite,
        syntax,
        tree::{Content, Mapping, Node, NodeRef, Pair},
    },
    model::{Problem, ProblemKind},
    source::{SourceFile, Sources, Span},
    value::{Reason, Unknown},
};

/// How deeply modules may use modules.
pub const MAX_DEPTH: usize = 8;
/// How many instances of modules one template may have.
pub const MAX_INSTANCES: usize = 1_000;

/// Sections that only the client tools know.
const OWN_SECTIONS: [&str; 3] = ["Modules", "Constants", "Packages"];

/// Expands the modules of a template.
pub fn expand(sources: &Sources, file: &SourceFile, root: &NodeRef, problems: &mut Vec<Problem>) -> NodeRef {
    if !OWN_SECTIONS.iter().any(|section| root.get(section).is_some()) && !has_own_calls(file) {
        return Arc::clone(root);
    }
    let mut expander = Expander { sources, problems, instances: 0, folders: vec![folder_of(file.path())] };
    expander.template(root)
}

fn has_own_calls(file: &SourceFile) -> bool {
    file.text().contains("Fn::InsertFile") || file.text().contains("Fn::Merge")
}

struct Expander<'a> {
    sources: &'a Sources,
    problems: &'a mut Vec<Problem>,
    instances: usize,
    /// The folders of the files that are being expanded, outermost first.
    folders: Vec<PathBuf>,
}

/// One use of a module.
struct Call {
    /// What its resources are named after.
    name: String,
    /// The name in references: `Content`, with the key or index of a loop.
    keys: Option<(String, usize, String)>,
    config: NodeRef,
    span: Span,
}

impl Expander<'_> {
    fn template(&mut self, root: &NodeRef) -> NodeRef {
        let root = scope::constants(root);
        let Some(mut map) = root.as_map().cloned() else { return root };
        let mut outputs = Outputs::default();
        let mut added = Vec::new();
        for call in self.calls(&root) {
            match self.instance(&call) {
                Ok(instance) => {
                    outputs.add(&call.name, call.keys.as_ref(), instance.outputs);
                    added.push((call.span, instance.resources, instance.conditions, instance.mappings));
                }
                Err(unknown) => open_resources(&mut map, call.span, unknown),
            }
        }
        for (span, resources, conditions, mappings) in added {
            append(&mut map, "Resources", span, resources);
            append(&mut map, "Conditions", span, conditions);
            append(&mut map, "Mappings", span, mappings);
        }
        for section in OWN_SECTIONS {
            map.remove(section);
        }
        let root = outputs.resolve(&root.with(Content::Map(map)));
        let folder = self.folders.last().cloned().unwrap_or_default();
        rewrite(&root, &mut |node| self.call(node, &folder))
    }

    /// `Fn::Merge`, `Fn::InsertFile` and `Fn::Invoke`.
    fn call(&mut self, node: &NodeRef, folder: &std::path::Path) -> Option<NodeRef> {
        let call = node.as_call()?;
        match &**call.name {
            "Fn::Merge" => merged_call(node, call.argument.as_list()?),
            "Fn::Invoke" => Some(Node::unknown(Reason::Unsupported, "Fn::Invoke", node.span)),
            "Fn::InsertFile" => {
                let path = call.argument.as_str()?;
                Some(match self.sources.load(&folder.join(path)) {
                    Ok(file) => Node::text(file.text(), node.span),
                    Err(error) => {
                        self.problem(format!("the file `{path}` {error}"), node.span);
                        Node::unknown(Reason::Unreadable, path, node.span)
                    }
                })
            }
            _ => None,
        }
    }

    /// The uses of modules, loops unrolled.
    fn calls(&mut self, root: &NodeRef) -> Vec<Call> {
        let mut calls = Vec::new();
        for pair in root.get("Modules").and_then(|node| node.as_map()).into_iter().flat_map(|map| &map.entries) {
            if pair.key.starts_with("Fn::ForEach::") {
                calls.extend(loop_calls(root, pair));
                continue;
            }
            let collection = pair.value.get("ForEach").or_else(|| pair.value.get("Map"));
            let Some(collection) = collection else {
                calls.push(Call {
                    name: pair.key.to_string(),
                    keys: None,
                    config: Arc::clone(&pair.value),
                    span: pair.key_span,
                });
                continue;
            };
            let Some(items) = scope::collection(root, collection) else {
                let config = Node::unknown(Reason::Input, "ForEach", collection.span);
                calls.push(Call { name: pair.key.to_string(), keys: None, config, span: pair.key_span });
                continue;
            };
            for (index, item) in items.iter().enumerate() {
                let number = index.to_string();
                let names =
                    [("$Identifier", item.as_str()), ("$MapValue", item), ("$Index", &number), ("$MapIndex", &number)];
                let config = scope::replace_text(&pair.value, &names);
                let keys = Some((pair.key.to_string(), index, item.clone()));
                calls.push(Call { name: format!("{}{index}", pair.key), keys, config, span: pair.key_span });
            }
        }
        calls
    }

    fn instance(&mut self, call: &Call) -> Result<instance::Instance, Unknown> {
        let subject = format!("module `{}`", call.name);
        self.instances += 1;
        if self.instances > MAX_INSTANCES || self.folders.len() > MAX_DEPTH {
            self.problem(
                format!("modules are nested more than {MAX_DEPTH} deep, or are more than {MAX_INSTANCES}"),
                call.span,
            );
            return Err(Unknown::new(Reason::Budget, subject).at(call.span));
        }
        let source = call.config.get("Source").and_then(|source| source.as_str());
        let Some(path) = source.and_then(local_path).filter(|path| !path.starts_with('$')) else {
            let message = format!("the source of the module `{}` is not a local file and is not read", call.name);
            self.problems.push(Problem::at(ProblemKind::Note, "cloudformation-module", message, call.span));
            return Err(Unknown::new(Reason::ModuleMissing, subject).at(call.span));
        };
        let path = self.folders.last().cloned().unwrap_or_default().join(path);
        let file = self.sources.load(&path).map_err(|error| {
            self.problem(format!("the source of the module `{}` {error}", call.name), call.span);
            Unknown::new(Reason::Unreadable, subject.clone()).at(call.span)
        })?;
        let parsed = syntax::parse_file(&file);
        self.problems.extend(parsed.problems);
        let root = parsed
            .documents
            .into_iter()
            .next()
            .ok_or_else(|| Unknown::new(Reason::Unreadable, subject).at(call.span))?;
        self.folders.push(folder_of(file.path()));
        let root = self.template(&scope::with_arguments(&root, call.config.get("Properties")));
        self.folders.pop();
        Ok(instance::make(&Scope::new(&call.name, &root, call.config.get("Properties")), &root, &call.config))
    }

    fn problem(&mut self, message: String, span: Span) {
        self.problems.push(Problem::at(ProblemKind::Error, "cloudformation-module", message, span));
    }
}

/// `Fn::ForEach::X: [Identifier, collection, {name: module}]`.
fn loop_calls(root: &NodeRef, pair: &Pair) -> Vec<Call> {
    let unknown = || {
        let config = Node::unknown(Reason::Input, Arc::clone(&pair.key), pair.key_span);
        vec![Call { name: pair.key.to_string(), keys: None, config, span: pair.key_span }]
    };
    let Some([identifier, collection, body]) = pair.value.as_list() else { return unknown() };
    let (Some(identifier), Some(items), Some(body)) =
        (identifier.as_str(), scope::collection(root, collection), body.as_map())
    else {
        return unknown();
    };
    let mut calls = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let alphanumeric: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
        let patterns = [format!("${{{identifier}}}"), format!("&{{{identifier}}}")];
        for module in &body.entries {
            let named = module.key.replace(&*patterns[0], item).replace(&*patterns[1], &alphanumeric);
            let (name, base) = if *named == *module.key {
                (format!("{named}{index}"), named)
            } else {
                let base = module.key.replace(&*patterns[0], "").replace(&*patterns[1], "");
                (named, base)
            };
            let config = scope::replace_text(&module.value, &[(&patterns[0], item), (&patterns[1], &alphanumeric)]);
            calls.push(Call { name, keys: Some((base, index, item.clone())), config, span: module.key_span });
        }
    }
    calls
}

/// Merges maps, later ones over earlier ones, or joins lists.
fn merged_call(node: &NodeRef, parts: &[NodeRef]) -> Option<NodeRef> {
    if parts.iter().all(|part| part.as_list().is_some()) {
        let items = parts.iter().filter_map(|part| part.as_list()).flatten().cloned().collect();
        return Some(node.with(Content::List(items)));
    }
    let mut map = Mapping::default();
    for part in parts {
        for pair in &part.as_map().filter(|_| part.as_call().is_none())?.entries {
            map.insert(Arc::clone(&pair.key), pair.key_span, Arc::clone(&pair.value));
        }
    }
    Some(node.with(Content::Map(map)))
}

fn append(root: &mut Mapping, section: &str, span: Span, entries: Vec<Pair>) {
    if entries.is_empty() && section != "Resources" {
        return;
    }
    let known = root.pair(section).cloned();
    let mut map = known.as_ref().and_then(|pair| pair.value.as_map()).cloned().unwrap_or_default();
    map.entries.extend(entries);
    let at = known.as_ref().map_or(span, |pair| pair.value.span);
    root.insert(section, known.map_or(span, |pair| pair.key_span), Node::mapping(map, at));
}

fn open_resources(root: &mut Mapping, span: Span, unknown: Unknown) {
    append(root, "Resources", span, Vec::new());
    let Some(pair) = root.pair("Resources").cloned() else { return };
    let mut map = pair.value.as_map().cloned().unwrap_or_default();
    map.open = Some(Arc::new(unknown));
    root.insert(pair.key, pair.key_span, pair.value.with(Content::Map(map)));
}
