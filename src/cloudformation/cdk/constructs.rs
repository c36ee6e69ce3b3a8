//! What an assembly knows of the constructs behind its resources. In: the metadata of a stack artifact.
//! Out: construct paths by logical id, and the recorded stack frames by construct path.
//!
//! The metadata is a map from construct path to records `{type, data, trace?}`. New assemblies (schema 50 and later) keep it
//! in `additionalMetadataFile`; older ones inline, with `trace` only when synthesised with `--debug`.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value as Json;

/// One construct.
#[derive(Clone, Debug, Default)]
pub struct Construct {
    logical_ids: Vec<Arc<str>>,
    /// The frames of its creation, innermost first.
    pub creation: Vec<String>,
    /// CloudFormation properties that the program set after creation, with the frames of each assignment.
    pub assignments: Vec<(Arc<str>, Vec<String>)>,
}

/// The constructs of a stack artifact, nested stacks included.
#[derive(Clone, Debug, Default)]
pub struct Constructs {
    by_path: BTreeMap<Arc<str>, Construct>,
    /// Construct path of each stack, nested ones included, and the name of its template file.
    templates: Vec<(Arc<str>, Arc<str>)>,
}

impl Constructs {
    /// Adds the records of a metadata map; anything of another shape is ignored.
    pub fn add(&mut self, metadata: &Json) {
        for (path, records) in metadata.as_object().into_iter().flatten() {
            let path: Arc<str> = path.trim_start_matches('/').into();
            for record in records.as_array().into_iter().flatten() {
                self.record(&path, record);
            }
        }
    }

    fn record(&mut self, path: &Arc<str>, record: &Json) {
        let data = &record["data"];
        let text = || data.as_str().or_else(|| data["value"].as_str()).map(Arc::<str>::from);
        match record["type"].as_str().unwrap_or_default() {
            "aws:cdk:logicalId" => {
                let construct = self.by_path.entry(Arc::clone(path)).or_default();
                construct.logical_ids.extend(text());
                if construct.creation.is_empty() {
                    construct.creation = frames(&record["trace"]);
                }
            }
            "aws:cdk:creationStack" => {
                self.by_path.entry(Arc::clone(path)).or_default().creation = frames(data);
            }
            "aws:cdk:propertyAssignment" => {
                if let Some(property) = data["propertyName"].as_str() {
                    let construct = self.by_path.entry(Arc::clone(path)).or_default();
                    construct.assignments.push((property.into(), frames(&data["stackTrace"])));
                }
            }
            "aws:cdk:templateFile" => self.templates.extend(text().map(|file| (Arc::clone(path), file))),
            _ => {}
        }
    }

    /// The construct of a path without leading `/`, as `Metadata.aws:cdk:path` has it.
    pub fn get(&self, path: &str) -> Option<&Construct> {
        self.by_path.get(path)
    }

    /// The construct path of a logical id in a template file, for assemblies without path metadata in the templates.
    pub fn path_of(&self, template: &str, logical_id: &str) -> Option<Arc<str>> {
        let in_template = |path: &str| self.template_of(path).is_none_or(|file| file == template);
        let mut found = self
            .by_path
            .iter()
            .filter(|(path, construct)| construct.logical_ids.iter().any(|id| **id == *logical_id) && in_template(path))
            .map(|(path, _)| Arc::clone(path));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The template file of the innermost stack around a construct path.
    fn template_of(&self, path: &str) -> Option<&str> {
        let inside = |stack: &str| path.strip_prefix(stack).is_some_and(|rest| rest.starts_with('/'));
        let around = self.templates.iter().filter(|(stack, _)| inside(stack));
        around.max_by_key(|(stack, _)| stack.len()).map(|(_, file)| &**file)
    }
}

fn frames(data: &Json) -> Vec<String> {
    match data {
        Json::Array(frames) => frames.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        // A trace may be one text with a frame on each line.
        Json::String(text) => text.lines().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
