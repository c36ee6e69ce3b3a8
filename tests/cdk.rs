//! CDK assemblies: aws-cdk-lib 2.276.0 synthesised the fixtures in `/build/infra`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use iac_check::{
    cloudformation::{Options, cdk},
    model::{Resource, Stack, StackKind},
    source::Sources,
    value::Kind,
};

const FIXTURES: &str = "testdata/cloudformation/cdk";

fn read(root: &str, manifest: &str) -> (Sources, Vec<Stack>) {
    let sources = Sources::new(&Path::new(FIXTURES).join(root)).unwrap();
    let stacks = cdk::load(&sources, Path::new(manifest), &Options::default());
    (sources, stacks)
}

fn resource<'s>(stack: &'s Stack, construct: &str) -> &'s Resource {
    let found = stack.resources.iter().find(|resource| resource.construct_path.as_deref() == Some(construct));
    found.unwrap_or_else(|| {
        panic!(
            "no {construct} in {:?}",
            stack.resources.iter().map(|resource| &resource.construct_path).collect::<Vec<_>>()
        )
    })
}

/// `file:line` and the text of an origin.
fn origin(sources: &Sources, resource: &Resource) -> (String, String) {
    let span = resource.origin.unwrap_or_else(|| panic!("{} has no origin", resource.id.address));
    let file = sources.file(span.file);
    (format!("{}:{}", file.path(), file.position(span.start).line), sources.slice(span))
}

#[test]
fn stacks_have_names_and_environments() {
    let (_, stacks) = read("app1-dynamodb", "cdk.out/manifest.json");
    let names: Vec<_> = stacks.iter().map(|stack| stack.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["Agnostic", "DynamoDev", "DynamoProd"]);
    assert!(stacks.iter().all(|stack| stack.kind == StackKind::Cdk));
    let dev = &stacks[1];
    let orders = resource(dev, "DynamoDev/Orders/Resource");
    assert_eq!(orders.region.as_ref().unwrap().as_str(), Some("eu-west-1"));
    assert_eq!(orders.account.as_ref().unwrap().as_str(), Some("111122223333"));
    assert!(stacks[0].resources.iter().all(|resource| resource.region.is_none()));
    assert!(
        stacks.iter().all(|stack| stack.assumptions.is_empty()),
        "the check of the bootstrap version is no assumption"
    );
    let problems: Vec<_> = stacks.iter().flat_map(|stack| &stack.problems).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn resources_point_to_the_program() {
    for root in ["app1-dynamodb", ""] {
        let folder = if root.is_empty() { "app1-dynamodb/" } else { "" };
        let (sources, stacks) = read(root, &format!("{folder}cdk.out/manifest.json"));
        let (place, text) = origin(&sources, resource(&stacks[1], "DynamoDev/Orders/Resource"));
        assert_eq!(place, format!("{folder}lib/dynamo-stack.ts:19"));
        assert!(text.starts_with("new dynamodb.TableV2(this, 'Orders'"), "{text}");
    }
}

#[test]
fn nested_templates_are_part_of_their_stack() {
    let (sources, stacks) = read("app1-dynamodb", "cdk.out/manifest.json");
    let dev = &stacks[1];
    let inner = resource(dev, "DynamoDev/Nested/Inner/Resource");
    assert!(inner.id.address.contains('/'), "{}", inner.id.address);
    assert_eq!(origin(&sources, inner).0, "lib/dynamo-stack.ts:117");
    assert!(dev.nested.contains(&"cdk.out/DynamoDevNestedBABC7160.nested.template.json".into()), "{:?}", dev.nested);
    let key = inner
        .properties
        .as_map()
        .unwrap()
        .get("SSESpecification")
        .unwrap()
        .as_map()
        .unwrap()
        .get("KMSMasterKeyId")
        .unwrap();
    let Kind::Reference(reference) = &key.kind else { panic!("{key:?}") };
    assert_eq!((&*reference.target.address, &*reference.attribute), ("TableKeyF581D96F", "Arn"));
}

#[test]
fn stages_are_followed() {
    let (sources, stacks) = read("app3-trail", "cdk.out/manifest.json");
    assert_eq!(stacks.len(), 1);
    assert_eq!(&*stacks[0].path, "cdk.out/assembly-Prod/ProdAudit6B7AB28A.template.json");
    assert_eq!(origin(&sources, resource(&stacks[0], "Prod/Audit/Trail/Resource")).0, "app.ts:19");
}

#[test]
fn properties_set_later_say_where() {
    let (sources, stacks) = read("app1-dynamodb", "cdk.out.debug/manifest.json");
    let table = resource(&stacks[1], "DynamoDev/Conditional");
    let protection = table.properties.as_map().unwrap().get("DeletionProtectionEnabled").unwrap();
    let step = protection
        .steps()
        .find(|step| sources.file(step.span.file).path().ends_with(".ts"))
        .expect("a step in the program");
    assert_eq!(sources.file(step.span.file).position(step.span.start).line, 109);
}

#[test]
fn without_path_metadata_the_logical_id_names_the_construct() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = r#"{"version": "36.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/eu-west-1",
        "properties": {"templateFile": "S.template.json", "parameters": {"Pitr": "false"}},
        "metadata": {"/S/T/Resource": [{"type": "aws:cdk:logicalId", "data": "T1", "trace": ["new S (/ci/app.ts:1:1)"]}]}}}}"#;
    let template = r#"{"Parameters": {"Pitr": {"Type": "String"}},
        "Resources": {"T1": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Ref": "Pitr"}}}}}"#;
    std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    std::fs::write(folder.path().join("S.template.json"), template).unwrap();
    std::fs::write(folder.path().join("app.ts"), "new Table()\n").unwrap();
    let sources = Sources::new(folder.path()).unwrap();
    let stacks = cdk::load(&sources, &folder.path().join("manifest.json"), &Options::default());
    let table = resource(&stacks[0], "S/T/Resource");
    assert_eq!(origin(&sources, table), ("app.ts:1".to_owned(), "new Table()".to_owned()));
    assert_eq!(table.properties.as_map().unwrap().get("TableName").unwrap().as_str(), Some("false"));
}
