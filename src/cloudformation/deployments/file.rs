//! Files that give parameters, in any of the usual formats. In: the file. Out: the deployments that it describes.
//!
//! Sources: AWS CLI Reference (`create-stack --parameters`, `deploy --parameter-overrides`), CodePipeline User Guide
//! ("template configuration file"), CloudFormation User Guide ("Git sync deployment file"), AWS SAM Developer Guide
//! ("AWS SAM CLI configuration file"), documentation of taskcat and rain.

use std::{path::Path, sync::Arc};

use super::{
    deployment::{Deployment, given, scalar, values},
    samconfig,
};
use crate::{
    cloudformation::{
        syntax,
        tree::{Mapping, NodeRef, Pair},
    },
    source::SourceFile,
    value::{Reason, Unknown, Value},
};

/// The deployments that a file describes.
pub fn read(file: &SourceFile) -> Vec<Deployment> {
    let path = Path::new(file.path());
    let name: Arc<str> = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().into();
    if path.extension().is_some_and(|extension| extension == "toml") {
        return samconfig::from_toml(file);
    }
    let parsed = syntax::parse_file(file);
    let Some(root) = parsed.documents.first() else { return Vec::new() };
    if let Some(items) = root.as_list() {
        return vec![Deployment { name, values: items.iter().filter_map(listed).collect(), ..Deployment::default() }];
    }
    let Some(map) = root.as_map() else { return Vec::new() };
    let text = |key: &str| map.get(key).and_then(|node| node.as_text()).cloned();
    let section = |key: &str| map.get(key).and_then(|node| node.as_map()).map(values).unwrap_or_default();
    if map.get("template-file-path").is_some() {
        return vec![Deployment {
            name,
            template: text("template-file-path"),
            values: section("parameters"),
            tags: section("tags"),
            ..Deployment::default()
        }];
    }
    if let Some(tests) = map.get("tests").and_then(|tests| tests.as_map()) {
        return taskcat(map, tests);
    }
    if map.get("version").is_some()
        && map.entries.iter().any(|pair| pair.value.path(&["deploy", "parameters"]).is_some())
    {
        return samconfig::from_tree(map);
    }
    let values = if map.get("Parameters").is_some() { section("Parameters") } else { values(map) };
    // Without a section, a file of nothing but texts.
    if map.get("Parameters").is_none() && values.len() != map.entries.len() {
        return Vec::new();
    }
    let tags = if map.get("Parameters").is_some() { section("Tags") } else { Vec::new() };
    vec![Deployment { name, values, tags, ..Deployment::default() }]
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

fn taskcat(root: &Mapping, tests: &Mapping) -> Vec<Deployment> {
    let project = root.get("project");
    let shared = |key: &str| project.and_then(|project| project.get(key));
    let test = |pair: &Pair| {
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
            ..Deployment::default()
        }
    };
    tests.entries.iter().map(test).collect()
}
