//! CDK assemblies. In: `cdk.out/manifest.json`. Out: stacks, each in the account and region that the program gives it,
//! their resources named by construct path and mapped to the lines of the program.

pub mod constructs;
pub mod frames;
pub mod manifest;

use std::{collections::BTreeSet, path::Path, sync::Arc};

use constructs::Constructs;
use frames::Locator;
use manifest::StackArtifact;

use crate::{
    cloudformation::{
        load::{self, Options},
        parameters::Arguments,
        syntax,
        tree::{Content, NodeRef},
    },
    model::{Problem, ProblemKind, Resource, Stack, StackKind},
    source::Sources,
    value::{Kind, Value},
};

/// What the CDK adds to every template for its own use: `(section, entry)`.
const OWN_ENTRIES: [(&str, &str); 3] =
    [("Parameters", "BootstrapVersion"), ("Rules", "CheckBootstrapVersion"), ("Resources", "CDKMetadata")];

/// Whether a `manifest.json` is that of a CDK assembly: web extensions have files of that name too.
pub fn is_manifest(text: &str) -> bool {
    text.contains("\"artifacts\"")
        && text.contains("\"version\"")
        && (text.contains("\"cdk:") || text.contains("\"aws:cloudformation:stack\""))
}

/// Reads an assembly. The stacks' `nested` name the templates that are judged
/// with them. A region or account that the program leaves open is taken from the options.
pub fn load(sources: &Sources, manifest: &Path, options: &Options) -> Vec<Stack> {
    let mut problems = Vec::new();
    let manifest =
        sources.resolve(manifest).map_or_else(|_| manifest.to_owned(), |real| sources.relative(&real).into());
    let artifacts = manifest::read(sources, &manifest, &mut problems);
    let locator = Locator::new(sources, manifest.parent().unwrap_or(Path::new("")));
    let mut ids = BTreeSet::new();
    let mut stacks: Vec<Stack> = artifacts
        .iter()
        .filter_map(|artifact| stack(sources, artifact, options, &locator, &mut ids, &mut problems))
        .collect();
    if !problems.is_empty() {
        let path = sources.relative(&manifest);
        match stacks.first_mut() {
            Some(first) => first.problems.extend(problems),
            None => stacks.push(Stack { kind: StackKind::Cdk, problems, ..load::empty(&path) }),
        }
    }
    stacks
}

fn stack(
    sources: &Sources,
    artifact: &StackArtifact,
    options: &Options,
    locator: &Locator<'_>,
    ids: &mut BTreeSet<Arc<str>>,
    problems: &mut Vec<Problem>,
) -> Option<Stack> {
    let file = match sources.load(&artifact.template) {
        Ok(file) => file,
        Err(error) => {
            let path = sources.relative(&sources.root().join(&artifact.template));
            let message = format!("the template of the stack `{}` {error}", artifact.name);
            problems.push(Problem::in_file(ProblemKind::Error, "cdk-assembly", message, path));
            return None;
        }
    };
    let parsed = syntax::parse_file(&file);
    problems.extend(parsed.problems);
    let root = without_own_entries(&parsed.documents.into_iter().next()?);
    let mut id: Arc<str> = file.path().into();
    if !ids.insert(Arc::clone(&id)) {
        id = format!("{}#{}", file.path(), artifact.name).into();
    }
    let known =
        |own: &Option<String>, given: &Option<Arc<str>>| own.as_deref().map(Arc::from).or_else(|| given.clone());
    let arguments = Arguments {
        values: artifact
            .parameters
            .iter()
            .map(|(name, text)| (name.as_str().into(), Value::string(text.as_str())))
            .collect(),
        region: known(&artifact.region, &options.region),
        account: known(&artifact.account, &options.account),
        stack_name: Some(Arc::clone(&artifact.stack_name)),
        ..Arguments::default()
    };
    let mut stack = load::resolve(sources, &file, &id, &root, &arguments);
    stack.kind = StackKind::Cdk;
    stack.name = Some(Arc::clone(&artifact.name));
    for resource in &mut stack.resources {
        map_to_program(sources, &artifact.constructs, locator, resource);
    }
    Some(stack)
}

fn without_own_entries(root: &NodeRef) -> NodeRef {
    let Some(mut map) = root.as_map().cloned() else { return Arc::clone(root) };
    for (section, entry) in OWN_ENTRIES {
        let Some(pair) = map.pair(section).cloned() else { continue };
        let Some(mut inner) = pair.value.as_map().cloned() else { continue };
        inner.remove(entry);
        map.insert(pair.key, pair.key_span, pair.value.with(Content::Map(inner)));
    }
    root.with(Content::Map(map))
}

/// Names the construct of a resource, and the lines that made it and set its properties.
fn map_to_program(sources: &Sources, constructs: &Constructs, locator: &Locator<'_>, resource: &mut Resource) {
    let template = sources.file(resource.header.file);
    let template = template.path().rsplit('/').next().unwrap_or_default();
    let logical_id = resource.id.address.rsplit('/').next().unwrap_or_default();
    if resource.construct_path.is_none() {
        resource.construct_path = constructs.path_of(template, logical_id);
    }
    let Some(construct) = resource.construct_path.as_deref().and_then(|path| constructs.get(path)) else { return };
    resource.origin = locator.locate(&construct.creation);
    let Kind::Map(properties) = &mut resource.properties.kind else { return };
    for (name, frames) in &construct.assignments {
        let entry = properties.entries.iter_mut().find(|entry| entry.key == *name);
        if let Some((entry, span)) = entry.zip(locator.locate(frames)) {
            entry.value = entry.value.clone().traced(span, format!("`{name}` set by the program"));
        }
    }
}
