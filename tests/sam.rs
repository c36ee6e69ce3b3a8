//! SAM expansion against the output of the real translator (aws-sam-translator 1.115.0, Apache-2.0) for templates of our
//! own: `NAME.yaml` and `NAME.expected.json`. `IAC_CHECK_VECTORS` names another folder of such pairs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use iac_check::{
    cloudformation::{
        sam, syntax,
        tree::{Content, Node},
    },
    source::Sources,
};
use serde_json::{Value, json};

/// Types that decide about data.
const TYPES: [&str; 9] = [
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::Lambda::Function",
    "AWS::Lambda::EventSourceMapping",
    "AWS::AppSync::DataSource",
    "AWS::StepFunctions::StateMachine",
    "AWS::CloudFormation::Stack",
];
/// Generated from code, and of no meaning for data.
const IGNORED: [&str; 5] = ["Code", "Definition", "DefinitionString", "DefinitionS3Location", "TemplateURL"];

#[test]
fn expands_as_the_translator_does() {
    let folder = std::env::var_os("IAC_CHECK_VECTORS")
        .map_or_else(|| PathBuf::from("testdata/cloudformation/sam"), PathBuf::from);
    let sources = Sources::new(&folder).unwrap();
    let names = sources.list(Path::new("")).unwrap();
    let (mut agree, mut wrong, mut total) = (0, Vec::new(), 0);
    for name in names.iter().filter(|name| name.ends_with(".yaml")) {
        let expected = sources.load(Path::new(&name.replace(".yaml", ".expected.json"))).unwrap();
        let expected = in_scope(&serde_json::from_str(expected.text()).unwrap());
        let parsed = syntax::parse_file(&sources.load(Path::new(name)).unwrap());
        let mut problems = parsed.problems;
        let ours = in_scope(&plain(&sam::expand(&parsed.documents[0], &BTreeMap::new(), &mut problems).root));
        for id in expected.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
            total += 1;
            if expected.get(id) == ours.get(id) {
                agree += 1;
            } else {
                let side = |side: Option<&Value>| side.map_or_else(|| "nothing".to_owned(), Value::to_string);
                wrong.push(format!(
                    "{name}: {id}\n  expected {}\n  found    {}",
                    side(expected.get(id)),
                    side(ours.get(id))
                ));
            }
        }
    }
    println!("{agree} of {total} agree");
    assert!(wrong.is_empty() && total > 0, "{}", wrong.join("\n"));
}

fn in_scope(template: &Value) -> BTreeMap<String, Value> {
    let resources = template["Resources"].as_object().unwrap();
    let kept = resources.iter().filter(|(_, resource)| TYPES.contains(&resource["Type"].as_str().unwrap()));
    kept.map(|(id, resource)| {
        let mut properties = resource["Properties"].as_object().cloned().unwrap_or_default();
        properties.retain(|key, _| !IGNORED.contains(&&**key));
        let whole = json!({"Type": resource["Type"], "Condition": resource["Condition"], "Properties": properties});
        (id.clone(), normal(&whole, ""))
    })
    .collect()
}

/// Scalars as text, single actions as lists, the order of policies ignored, the partition as a variable.
fn normal(value: &Value, key: &str) -> Value {
    let wrap = |value| if matches!(key, "Action" | "Resource") { json!([value]) } else { value };
    match value {
        Value::Object(map) => {
            if let (1, Some(Value::String(text))) = (map.len(), map.get("Fn::Sub")) {
                return normal(&json!(text), key);
            }
            if let (1, Some(Value::String(text))) = (map.len(), map.get("Fn::GetAtt")) {
                return wrap(json!({"Fn::GetAtt": text.splitn(2, '.').collect::<Vec<_>>()}));
            }
            let is_empty = |item: &Value| item.is_null() || item.as_array().is_some_and(Vec::is_empty);
            let entries =
                map.iter().filter(|(_, item)| !is_empty(item)).map(|(key, item)| (key.clone(), normal(item, key)));
            wrap(Value::Object(entries.collect()))
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| normal(item, "")).collect();
            if matches!(key, "Policies" | "ManagedPolicyArns" | "Statement" | "Action") {
                items.sort_by_key(Value::to_string);
            }
            Value::Array(items)
        }
        Value::String(text) => {
            wrap(json!(text.replace("arn:aws:iam::aws:policy/", "arn:${AWS::Partition}:iam::aws:policy/")))
        }
        other => wrap(json!(other.to_string())),
    }
}

fn plain(node: &Node) -> Value {
    match &node.content {
        Content::Null => Value::Null,
        Content::Scalar(scalar) => Value::String(scalar.text.to_string()),
        Content::List(items) => items.iter().map(|item| plain(item)).collect(),
        Content::Map(map) => map.entries.iter().map(|pair| (pair.key.to_string(), plain(&pair.value))).collect(),
        Content::Unknown(unknown) => json!({"Unknown": unknown.to_string()}),
    }
}

/// A function with shared nodes that would be 10¹⁰ when written out.
#[test]
fn shared_nodes_do_not_explode() {
    let mut text = String::from("Bomb: &b0 [x]\n");
    for level in 1..=10 {
        let parts = vec![format!("*b{}", level - 1); 10].join(", ");
        text.push_str(&format!("Bomb{level}: &b{level} [{parts}]\n"));
    }
    text.push_str(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      \
         AutoPublishAlias: live\n      Role: *b10\n      Policies: [{Statement: *b10}, {Statement: *b10}]\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let file = Sources::new(folder.path()).unwrap().insert("bomb.yaml", text);
    let root = syntax::parse_file(&file).documents.remove(0);
    let expanded = sam::expand(&root, &BTreeMap::new(), &mut Vec::new());
    assert_eq!(expanded.origins.len(), 3, "function, version, alias: {:?}", expanded.origins.keys());
}
