//! Parameter files as named deployments. In: a template's place and files that give parameters, in any of the usual
//! formats. Out: the deployments that they describe.
//!
//! Sources: AWS CLI Reference (`create-stack --parameters`, `deploy --parameter-overrides`), CodePipeline User Guide
//! ("template configuration file"), CloudFormation User Guide ("Git sync deployment file"), AWS SAM Developer Guide
//! ("AWS SAM CLI configuration file"), documentation of taskcat and rain.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustc_hash::FxHashMap;

use crate::{
    cloudformation::{
        overrides,
        parameters::Arguments,
        syntax,
        template::Template,
        tree::{Content, Mapping, Node, NodeRef},
    },
    model::{Problem, ProblemKind, Stack},
    source::{SourceFile, Sources, Span},
    value::{Reason, Unknown, Value},
};

/// Names of configuration files that describe deployments of the templates beside them.
const CONFIGURATIONS: [&str; 4] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml", ".taskcat.yml"];

/// Endings that join a parameter file to the template `NAME.yaml`: `NAME-params.json`.
const ENDINGS: [&str; 8] = [
    "-params.json",
    ".params.json",
    "-parameters.json",
    ".parameters.json",
    "-params.yaml",
    ".params.yaml",
    "-parameters.yaml",
    ".parameters.yaml",
];

/// Folders beside a template with one parameter file per deployment.
const FOLDERS: [&str; 2] = ["params", "parameters"];

/// A deployment of a template.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    /// What it is called: the environment of a configuration file, else the parameter file's name.
    pub name: Arc<str>,
    /// The template that the file names, relative to the file or to the scan root.
    pub template: Option<Arc<str>>,
    /// Parameters in written order; text, or unknown.
    pub values: Vec<(Arc<str>, Value)>,
    /// `AWS::Region`.
    pub region: Option<Arc<str>>,
    /// `AWS::StackName`.
    pub stack_name: Option<Arc<str>>,
}

impl Deployment {
    /// The arguments of the deployment, over what the caller knows. Parameters that it does not give have their defaults.
    pub fn arguments(&self, base: &Arguments) -> Arguments {
        let values: FxHashMap<_, _> = self.values.iter().cloned().collect();
        Arguments {
            values,
            region: base.region.clone().or_else(|| self.region.clone()),
            account: base.account.clone(),
            stack_name: self.stack_name.clone().or_else(|| base.stack_name.clone()),
            parent: None,
            takes_defaults: true,
        }
    }

    /// Whether every parameter that is given is one of the template's.
    fn fits(&self, template: &Template) -> bool {
        !self.values.is_empty() && self.values.iter().all(|(name, _)| template.parameter(name).is_some())
    }
}

/// The deployments of a template: those of the given files that fit it; without any, those of files beside it.
pub fn of(
    sources: &Sources,
    file: &SourceFile,
    template: &Template,
    given: &[PathBuf],
    problems: &mut Vec<Problem>,
) -> Vec<Deployment> {
    if template.section("Parameters").is_none_or(|section| section.entries.is_empty()) {
        return Vec::new();
    }
    let path = Path::new(file.path());
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut found: Vec<Deployment> = Vec::new();
    for given in given {
        match sources.load(given) {
            Ok(parameters) => found.extend(
                read(&parameters).into_iter().filter(|deployment| concerns(sources, deployment, &parameters, path)),
            ),
            Err(error) => {
                let shown = sources.relative(given);
                problems.push(Problem::in_file(
                    ProblemKind::Error,
                    "unreadable",
                    format!("`{shown}` {error}"),
                    shown.clone(),
                ));
            }
        }
    }
    found.retain(|deployment| deployment.fits(template));
    if found.is_empty() && given.is_empty() {
        found = beside(sources, path, folder);
        found.retain(|deployment| deployment.fits(template));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Whether a given parameter file made one of the stacks: it names a deployment, and fits a template.
pub fn is_parameter_file_of_any(sources: &Sources, file: &Path, stacks: &[Stack]) -> bool {
    // That it cannot be read is a problem of its own.
    let Ok(file) = sources.load(file) else { return true };
    let names: Vec<Arc<str>> = read(&file).into_iter().map(|deployment| deployment.name).collect();
    stacks.iter().any(|stack| stack.name.as_ref().is_some_and(|name| names.contains(name)))
}

fn beside(sources: &Sources, path: &Path, folder: &Path) -> Vec<Deployment> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let configurations = CONFIGURATIONS.iter().map(|name| folder.join(name));
    let named = ENDINGS.iter().map(|ending| folder.join(format!("{stem}{ending}")));
    let listed =
        FOLDERS.iter().map(|name| folder.join(name)).filter(|folder| sources.is_dir(folder)).flat_map(|folder| {
            let names = sources.list(&folder).unwrap_or_default();
            names
                .into_iter()
                .filter(|name| name.ends_with(".json") || name.ends_with(".yaml") || name.ends_with(".yml"))
                .map(move |name| folder.join(name))
        });
    let files = configurations.chain(named).chain(listed).filter(|candidate| sources.is_file(candidate));
    let files = files.filter_map(|candidate| sources.load(&candidate).ok());
    files
        .flat_map(|file| {
            read(&file).into_iter().filter(|deployment| concerns(sources, deployment, &file, path)).collect::<Vec<_>>()
        })
        .collect()
}

/// Whether a deployment is of this template as far as the file says.
fn concerns(sources: &Sources, deployment: &Deployment, file: &SourceFile, template: &Path) -> bool {
    let Some(named) = &deployment.template else { return true };
    let folder = Path::new(file.path()).parent().unwrap_or(Path::new(""));
    let same =
        |path: PathBuf| sources.resolve(&path).ok().is_some_and(|real| sources.resolve(template).ok() == Some(real));
    same(folder.join(&**named)) || same(PathBuf::from(&**named))
}

/// The deployments that a file describes.
pub fn read(file: &SourceFile) -> Vec<Deployment> {
    let path = Path::new(file.path());
    let name: Arc<str> = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().into();
    if path.extension().is_some_and(|extension| extension == "toml") {
        return overrides::from_toml(file);
    }
    let parsed = syntax::parse_file(file);
    let Some(root) = parsed.documents.first() else { return Vec::new() };
    if let Some(items) = root.as_list() {
        return vec![Deployment { name, values: items.iter().filter_map(listed).collect(), ..Deployment::default() }];
    }
    let Some(map) = root.as_map() else { return Vec::new() };
    let text = |key: &str| map.get(key).and_then(|node| node.as_text()).cloned();
    let values = |key: &str| map.get(key).and_then(|node| node.as_map()).map(values).unwrap_or_default();
    if map.get("template-file-path").is_some() {
        return vec![Deployment {
            name,
            template: text("template-file-path"),
            values: values("parameters"),
            ..Deployment::default()
        }];
    }
    if let Some(tests) = map.get("tests").and_then(|tests| tests.as_map()) {
        return taskcat(map, tests);
    }
    if map.get("version").is_some()
        && map.entries.iter().any(|pair| pair.value.path(&["deploy", "parameters"]).is_some())
    {
        return overrides::from_tree(map);
    }
    let values = if map.get("Parameters").is_some() { values("Parameters") } else { self::values(map) };
    // Without a section, a file of nothing but texts.
    if map.get("Parameters").is_none() && values.len() != map.entries.len() {
        return Vec::new();
    }
    vec![Deployment { name, values, ..Deployment::default() }]
}

/// `{ParameterKey, ParameterValue}`, or `Key=Value`.
fn listed(item: &NodeRef) -> Option<(Arc<str>, Value)> {
    if let Some(text) = item.as_str() {
        let (key, value) = text.split_once('=')?;
        return Some((key.into(), given(value, item.span)));
    }
    let key = item.get("ParameterKey")?.as_text()?;
    let value = item.get("ResolvedValue").or_else(|| item.get("ParameterValue"));
    let value = match value {
        Some(value) => scalar(value)?,
        None => Value::unknown(Unknown::new(Reason::Input, Arc::clone(key)).at(item.span)),
    };
    Some((Arc::clone(key), value))
}

/// The entries of a mapping that are texts or lists of texts.
pub(super) fn values(map: &Mapping) -> Vec<(Arc<str>, Value)> {
    map.entries.iter().filter_map(|pair| Some((Arc::clone(&pair.key), scalar(&pair.value)?))).collect()
}

fn scalar(node: &Node) -> Option<Value> {
    match &node.content {
        Content::Scalar(scalar) => Some(given(&scalar.text, node.span)),
        Content::List(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(|item| item.as_str()).collect();
            Some(given(&texts?.join(","), node.span))
        }
        _ => None,
    }
}

/// A value as given; one that the tool makes up when it runs is not known.
pub(super) fn given(text: &str, span: Span) -> Value {
    if text.contains("$[") {
        return Value::unknown(Unknown::new(Reason::External, text).at(span));
    }
    Value { span: Some(span), ..Value::string(text) }
}

fn taskcat(root: &Mapping, tests: &Mapping) -> Vec<Deployment> {
    let project = root.get("project");
    let shared = |key: &str| project.and_then(|project| project.get(key));
    let test = |pair: &crate::cloudformation::tree::Pair| {
        let get = |key: &str| pair.value.get(key).or_else(|| shared(key));
        let mut found = shared("parameters").and_then(|node| node.as_map()).map(values).unwrap_or_default();
        let own = pair.value.get("parameters").and_then(|node| node.as_map()).map(values).unwrap_or_default();
        found.retain(|(name, _)| own.iter().all(|(other, _)| other != name));
        found.extend(own);
        let regions = get("regions").and_then(|node| node.as_list()).unwrap_or_default();
        let region = if let [only] = regions { only.as_text().cloned() } else { None };
        Deployment {
            name: Arc::clone(&pair.key),
            template: get("template").and_then(|node| node.as_text()).cloned(),
            values: found,
            region,
            stack_name: None,
        }
    };
    tests.entries.iter().map(test).collect()
}
