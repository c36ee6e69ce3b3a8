//! `serverless.yml` of the Serverless Framework. In: the file. Out: a stack of its `resources`, and of the functions and
//! roles that the framework generates from the rest.
//!
//! Source: Serverless Framework documentation, "AWS - Resources", "AWS - IAM Permissions For Functions", "Variables".

mod functions;
mod variables;

use std::{path::Path, sync::Arc};

use variables::Variables;

use crate::{
    cloudformation::{
        load::{self, Options},
        parameters::Arguments,
        syntax,
        tree::{Content, Mapping, Node, NodeRef, Pair},
    },
    model::{Stack, StackKind},
    source::Sources,
};

/// The sections of `resources` that are those of a template.
const SECTIONS: [&str; 6] = ["Resources", "Conditions", "Outputs", "Mappings", "Parameters", "Rules"];

/// Cheap test of a text, before it is parsed.
pub fn may_be_serverless(text: &str) -> bool {
    let starts = |key: &str| {
        text.lines().any(|line| line.starts_with(key) || line.trim_start().starts_with(&format!("\"{key}\"")))
    };
    starts("service") && starts("provider") && text.contains("aws")
}

/// Whether a tree is a configuration of the framework for AWS.
pub fn is_serverless(root: &Node) -> bool {
    let provider = root.get("provider");
    let name = provider.and_then(|provider| provider.get("name").or(Some(provider))).and_then(|name| name.as_str());
    root.get("service").is_some() && name == Some("aws")
}

/// Reads a configuration; no stack when the file is none.
pub fn load(sources: &Sources, path: &Path, options: &Options) -> Option<Stack> {
    let file = sources.load(path).ok()?;
    let parsed = syntax::parse_file(&file);
    let root = parsed.documents.into_iter().next().filter(|root| is_serverless(root))?;
    let mut problems = parsed.problems;
    let mut variables = Variables::new(sources, &file, &root, &mut problems);
    let root = variables.resolve(&root);
    let inputs = variables.inputs();
    let template = template(&root, inputs);
    let region =
        root.path(&["provider"]).and_then(|provider| provider.get("region")).and_then(|region| region.as_text());
    let arguments = Arguments {
        region: options.region.clone().or_else(|| region.cloned()),
        account: options.account.clone(),
        ..Arguments::default()
    };
    let mut stack = load::resolve(sources, &file, &file.path().into(), &template, &arguments);
    stack.kind = StackKind::Serverless;
    stack.name = root.get("service").and_then(|service| service.get("name").unwrap_or(service).as_text()).cloned();
    problems.append(&mut stack.problems);
    stack.problems = problems;
    Some(stack)
}

/// The template that the framework deploys, as far as it decides about data.
fn template(root: &NodeRef, inputs: Vec<Pair>) -> NodeRef {
    let mut sections: Vec<Pair> = Vec::new();
    let written = root.get("resources");
    let single = written.map(std::slice::from_ref).unwrap_or_default();
    for part in written.and_then(|node| node.as_list()).unwrap_or(single) {
        merge_part(&mut sections, part);
    }
    let generated = functions::generate(root);
    add(&mut sections, "Resources", root, generated);
    for part in written.and_then(|node| node.as_list()).unwrap_or(single) {
        extend(&mut sections, part.get("extensions"));
    }
    add(&mut sections, "Parameters", root, inputs);
    Node::mapping(Mapping { entries: sections, ..Mapping::default() }, root.span)
}

/// Adds the sections of a map, or the resources of a map that is only those.
fn merge_part(sections: &mut Vec<Pair>, part: &NodeRef) {
    if let Content::Unknown(_) = part.content {
        let open = part.as_unknown();
        add(sections, "Resources", part, Vec::new());
        if let Some(pair) = sections.iter_mut().find(|pair| &*pair.key == "Resources") {
            let mut map = pair.value.as_map().cloned().unwrap_or_default();
            map.open = open;
            pair.value = pair.value.with(Content::Map(map));
        }
        return;
    }
    for name in SECTIONS {
        let entries = part.get(name).and_then(|section| section.as_map()).map(|map| map.entries.clone());
        if let Some((section, entries)) = part.get(name).zip(entries) {
            add(sections, name, section, entries);
        }
    }
}

fn add(sections: &mut Vec<Pair>, name: &str, at: &NodeRef, entries: Vec<Pair>) {
    match sections.iter_mut().find(|pair| &*pair.key == name) {
        Some(pair) => {
            let mut map = pair.value.as_map().cloned().unwrap_or_default();
            map.entries.extend(entries);
            pair.value = pair.value.with(Content::Map(map));
        }
        None => {
            let value = Node::mapping(Mapping { entries, ..Mapping::default() }, at.span);
            sections.push(Pair { key: name.into(), key_span: at.span, value });
        }
    }
}

/// `extensions` change resources that the framework generates: attributes replace, `Properties` are merged.
fn extend(sections: &mut [Pair], extensions: Option<&NodeRef>) {
    let Some(resources) = sections.iter_mut().find(|pair| &*pair.key == "Resources") else { return };
    let Some(mut map) = resources.value.as_map().cloned() else { return };
    for extension in extensions.and_then(|node| node.as_map()).into_iter().flat_map(|map| &map.entries) {
        let Some(known) = map.pair(&extension.key).cloned() else { continue };
        map.insert(Arc::clone(&extension.key), known.key_span, merged(&known.value, &extension.value, 0));
    }
    resources.value = resources.value.with(Content::Map(map));
}

/// How deep an extension is merged; below that it replaces.
const MAX_MERGED_DEPTH: usize = 16;

fn merged(base: &NodeRef, over: &NodeRef, depth: usize) -> NodeRef {
    let (Some(first), Some(second)) = (base.as_map(), over.as_map()) else { return Arc::clone(over) };
    if depth > MAX_MERGED_DEPTH || base.as_call().is_some() || over.as_call().is_some() {
        return Arc::clone(over);
    }
    let mut map = first.clone();
    for pair in &second.entries {
        let value =
            first.get(&pair.key).map_or_else(|| Arc::clone(&pair.value), |base| merged(base, &pair.value, depth + 1));
        map.insert(Arc::clone(&pair.key), pair.key_span, value);
    }
    base.with(Content::Map(map))
}
