//! What AWS SAM knows by name: policy templates, connector profiles, managed policies, the properties that `Globals`
//! may hold. In: `data/sam.json`, extracted from aws-sam-translator 1.115.0 (Apache-2.0). Out: look-ups.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::Value as Json;

static DATA: LazyLock<Data> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/sam.json")).unwrap_or_default());

/// The whole file.
#[derive(Debug, Default, Deserialize)]
pub struct Data {
    globals: BTreeMap<String, Vec<String>>,
    globals_merge: BTreeMap<String, Merge>,
    policy_templates: BTreeMap<String, PolicyTemplate>,
    connectors: BTreeMap<String, BTreeMap<String, Profile>>,
    connector_resources: BTreeMap<String, ConnectorResource>,
    managed_policies: Vec<String>,
}

/// How a property of `Globals` that is not merged the usual way meets the resource's own value.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// The resource's value alone counts.
    Replace,
    /// Only the keys that the resource has are merged.
    PruneAndMerge,
}

/// A policy template.
#[derive(Debug, Deserialize)]
pub struct PolicyTemplate {
    /// The parameters, all required.
    pub parameters: Vec<String>,
    /// The statements, in which `{"Ref": parameter}` stands for a parameter.
    pub statements: Vec<Json>,
}

/// What a connector from one type to another grants.
#[derive(Debug, Deserialize)]
pub struct Profile {
    /// `AWS_IAM_ROLE_MANAGED_POLICY` and others.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether the policy belongs to the source's role, else to the destination's.
    pub source_policy: bool,
    /// By permission (`Read`, `Write`): the statements, in which `%{Source.Arn}` and the like stand for attributes.
    pub access: serde_json::Map<String, Json>,
    /// The sets of permissions that are accepted, when not all are.
    #[serde(default)]
    pub valid: Vec<Vec<String>>,
}

/// What a connector reads from a resource of a type.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConnectorResource {
    /// `Role`: the property that holds the role.
    #[serde(default)]
    pub inputs: BTreeMap<String, Json>,
    /// `Arn`, `Name`, …: expressions in which `%{logicalId}` stands for the resource.
    #[serde(default)]
    pub outputs: BTreeMap<String, Json>,
}

/// Whether `Globals.<section>` exists.
pub fn is_globals_section(section: &str) -> bool {
    DATA.globals.contains_key(section)
}

/// Whether `Globals.<section>` may hold a property.
pub fn is_global_property(section: &str, property: &str) -> bool {
    DATA.globals.get(section).is_some_and(|known| known.iter().any(|name| name == property))
}

/// The special merge of `<section>.<property path>`.
pub fn merge_rule(path: &str) -> Option<Merge> {
    DATA.globals_merge.get(path).copied()
}

/// A policy template by name.
pub fn policy_template(name: &str) -> Option<&'static PolicyTemplate> {
    DATA.policy_templates.get(name)
}

/// The connector profile between two CloudFormation types.
pub fn profile(source: &str, destination: &str) -> Option<&'static Profile> {
    DATA.connectors.get(source)?.get(destination)
}

/// What connectors read from a type.
pub fn connector_resource(kind: &str) -> Option<&'static ConnectorResource> {
    DATA.connector_resources.get(kind)
}

/// Path and name of an AWS managed policy: `service-role/AWSLambdaBasicExecutionRole`.
pub fn managed_policy(name: &str) -> Option<&'static str> {
    let found = DATA.managed_policies.iter().find(|path| path.rsplit('/').next() == Some(name))?;
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_is_read() {
        assert_eq!(DATA.policy_templates.len(), 81);
        assert_eq!(DATA.connectors.values().map(BTreeMap::len).sum::<usize>(), 31);
        assert_eq!(managed_policy("AWSLambdaBasicExecutionRole"), Some("service-role/AWSLambdaBasicExecutionRole"));
        assert_eq!(merge_rule("Function.Architectures"), Some(Merge::Replace));
    }
}
