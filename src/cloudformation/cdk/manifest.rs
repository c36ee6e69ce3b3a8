//! Cloud assembly manifests. In: `cdk.out/manifest.json`. Out: the stacks it lists, those of its stages included.
//!
//! Source of the format: cloud-assembly-schema of the AWS CDK, versions 1 to 55.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value as Json;

use super::constructs::Constructs;
use crate::{
    model::{Problem, ProblemKind},
    source::Sources,
};

/// How deep stages may hold stages.
const MAX_STAGE_DEPTH: usize = 8;

/// A stack that an assembly describes.
#[derive(Clone, Debug)]
pub struct StackArtifact {
    /// What people call it: the display name, else the artifact id.
    pub name: Arc<str>,
    /// `AWS::StackName`.
    pub stack_name: Arc<str>,
    /// The template, relative to the scan root.
    pub template: PathBuf,
    /// The account it is deployed to, when the program says.
    pub account: Option<String>,
    /// The region it is deployed to, when the program says.
    pub region: Option<String>,
    /// Parameter values that the deployment passes.
    pub parameters: BTreeMap<String, String>,
    /// What is known of its constructs.
    pub constructs: Arc<Constructs>,
}

/// Reads an assembly; `manifest` is relative to the scan root. Stacks come in the order of their artifact ids.
pub fn read(sources: &Sources, manifest: &Path, problems: &mut Vec<Problem>) -> Vec<StackArtifact> {
    let mut reader = Reader { sources, problems, stacks: Vec::new() };
    reader.assembly(manifest, 0);
    reader.stacks
}

struct Reader<'a> {
    sources: &'a Sources,
    problems: &'a mut Vec<Problem>,
    stacks: Vec<StackArtifact>,
}

impl Reader<'_> {
    fn assembly(&mut self, manifest: &Path, depth: usize) {
        if depth > MAX_STAGE_DEPTH {
            return self
                .problem(manifest, format!("stages are nested deeper than {MAX_STAGE_DEPTH}; the rest is not read"));
        }
        let Some(content) = self.json(manifest) else { return };
        let folder = manifest.parent().unwrap_or(Path::new(""));
        for (id, artifact) in content["artifacts"].as_object().into_iter().flatten() {
            match artifact["type"].as_str().unwrap_or_default() {
                "aws:cloudformation:stack" => self.stack(folder, id, artifact),
                "cdk:cloud-assembly" => {
                    if let Some(directory) = artifact["properties"]["directoryName"].as_str() {
                        self.assembly(&folder.join(directory).join("manifest.json"), depth + 1);
                    }
                }
                _ => {}
            }
        }
    }

    fn stack(&mut self, folder: &Path, id: &str, artifact: &Json) {
        let properties = &artifact["properties"];
        let Some(template) = properties["templateFile"].as_str() else {
            return self.problem(&folder.join("manifest.json"), format!("the stack `{id}` names no template"));
        };
        let mut constructs = Constructs::default();
        constructs.add(&artifact["metadata"]);
        if let Some(file) = artifact["additionalMetadataFile"].as_str()
            && let Some(metadata) = self.json(&folder.join(file))
        {
            constructs.add(&metadata);
        }
        let (account, region) = environment(artifact["environment"].as_str().unwrap_or_default());
        let name = artifact["displayName"].as_str().or(properties["stackName"].as_str()).unwrap_or(id);
        let parameters = properties["parameters"].as_object().into_iter().flatten();
        self.stacks.push(StackArtifact {
            name: name.into(),
            stack_name: properties["stackName"].as_str().unwrap_or(id).into(),
            template: folder.join(template),
            account,
            region,
            parameters: parameters.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect(),
            constructs: Arc::new(constructs),
        });
    }

    fn json(&mut self, path: &Path) -> Option<Json> {
        let file = match self.sources.load(path) {
            Ok(file) => file,
            Err(error) => {
                self.problem(path, format!("the file {error}"));
                return None;
            }
        };
        match serde_json::from_str(file.text().trim_start_matches('\u{feff}')) {
            Ok(content) => Some(content),
            Err(error) => {
                self.problem(path, format!("the file is not valid JSON: {error}"));
                None
            }
        }
    }

    fn problem(&mut self, path: &Path, message: String) {
        let path = self.sources.relative(&self.sources.root().join(path));
        self.problems.push(Problem::in_file(ProblemKind::Error, "cdk-assembly", message, path));
    }
}

/// `aws://ACCOUNT/REGION`, each possibly `unknown-account`, `unknown-region`.
fn environment(text: &str) -> (Option<String>, Option<String>) {
    let mut parts = text.strip_prefix("aws://").unwrap_or_default().split('/');
    let mut known = || parts.next().filter(|part| !part.is_empty() && !part.starts_with("unknown-")).map(str::to_owned);
    let account = known();
    (account, known())
}
