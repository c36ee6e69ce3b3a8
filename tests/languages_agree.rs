//! The same infrastructure in Terraform (as a plan) and in CloudFormation gives the same properties.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use iac_check::{
    cloudformation,
    model::{Resource, Stack},
    source::Sources,
    terraform::{modules::Library, plan},
    value::{Kind, Value},
};
use serde_json::{Value as Json, json};

/// Properties that a plan fills with the provider's defaults and CloudFormation leaves out.
const DEFAULTS: [(&str, &str); 13] = [
    ("AWS::KMS::Key", "BypassPolicyLockoutSafetyCheck"),
    ("AWS::KMS::Key", "Enabled"),
    ("AWS::KMS::Key", "KeySpec"),
    ("AWS::KMS::Key", "KeyUsage"),
    ("AWS::IAM::Role", "MaxSessionDuration"),
    ("AWS::IAM::Role", "Path"),
    ("AWS::IAM::Role", "force_detach_policies"),
    ("AWS::CloudTrail::Trail", "IncludeGlobalServiceEvents"),
    ("AWS::CloudTrail::Trail", "IsOrganizationTrail"),
    ("AWS::Kinesis::Stream", "enforce_consumer_deletion"),
    ("", "region"),
    ("", "inline_policy"),
    ("", "attribute"),
];

/// A value without places; a reference by the last name of its target.
fn plain(value: &Value) -> Json {
    match &value.kind {
        Kind::Absent | Kind::Null => Json::Null,
        Kind::Bool(value) => json!(value),
        Kind::Number(number) => json!(&*number.text()),
        Kind::String(text) if text.plain && matches!(&*text.text, "true" | "false") => json!(&*text.text == "true"),
        Kind::String(text) => json!(&*text.text),
        Kind::Reference(reference) => {
            let name = reference.target.address.rsplit('.').next().unwrap_or_default();
            json!(format!("{name}.{}", reference.attribute))
        }
        Kind::List(list) => {
            assert!(list.open.is_none());
            list.items.iter().map(plain).collect()
        }
        Kind::Map(map) => map
            .entries
            .iter()
            .map(|entry| (entry.key.to_string(), plain(&entry.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => panic!("{other:?}"),
    }
}

fn properties(resource: &Resource) -> Json {
    let mut found = plain(&resource.properties);
    let is_default = |name: &str| {
        DEFAULTS.iter().any(|(kind, default)| *default == name && (kind.is_empty() || *kind == &*resource.kind))
    };
    let empty = |value: &Json| value.as_array().is_some_and(Vec::is_empty);
    found.as_object_mut().unwrap().retain(|name, value| !is_default(name) && !empty(value));
    found
}

fn named<'a>(stack: &'a Stack, kind: &str, name: &str) -> Option<&'a Resource> {
    stack
        .resources
        .iter()
        .find(|resource| &*resource.kind == kind && resource.id.address.rsplit('.').next() == Some(name))
}

#[test]
fn both_languages_give_the_same_properties() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/languages");
    let sources = Sources::new(&root).unwrap();
    let terraform = plan::load(&Library::new(&sources), &sources.load(Path::new("plan.json")).unwrap());
    let template =
        cloudformation::load(&sources, Path::new("template.yaml"), &cloudformation::Options::default()).remove(0);
    assert!(
        terraform.problems.is_empty() && template.problems.is_empty(),
        "{:?}{:?}",
        terraform.problems,
        template.problems
    );
    assert_eq!(template.resources.len(), 8);
    for expected in &template.resources {
        let found = named(&terraform, &expected.kind, &expected.id.address).expect("a counterpart");
        assert_eq!(properties(found), properties(expected), "{}", expected.id.address);
    }
}
