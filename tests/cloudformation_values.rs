//! The trap templates at the level of values: what a property is in every scenario.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use iac_check::{
    cloudformation::{Options, load},
    model::Stack,
    source::Sources,
    value::{Kind, Value, World, world::explore},
};

const PITR: &str = "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled";

fn trap(name: &str) -> Stack {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/traps/cloudformation").join(name);
    let sources = Sources::new(&root).unwrap();
    load(&sources, Path::new("template.yaml"), &Options::default()).pop().unwrap()
}

fn show(value: Option<&Value>) -> String {
    match value.map(|value| &value.kind) {
        None => "absent".to_owned(),
        Some(Kind::Pattern(pattern)) => pattern.to_string(),
        Some(Kind::Reference(reference)) => format!("{}.{}", reference.target.address, reference.attribute),
        Some(Kind::List(list)) => format!("{:?}", list.items.iter().map(|item| show(Some(item))).collect::<Vec<_>>()),
        Some(Kind::Map(map)) => {
            format!("{:?}", map.entries.iter().map(|entry| (&*entry.key, show(Some(&entry.value)))).collect::<Vec<_>>())
        }
        Some(_) => value.and_then(Value::to_text).map_or("?".to_owned(), |text| text.to_string()),
    }
}

/// What a property is in each scenario: conditions and variables that were looked at, then the value.
fn scenarios(stack: &Stack, resource: &str, path: &str) -> Vec<String> {
    let resource = stack.resources.iter().find(|found| &*found.id.address == resource).expect(resource);
    let explored = explore(&stack.variables, 100, |world| {
        let holds = stack.assumptions.iter().all(|assumption| !world.truth(assumption).is_false());
        if !holds || !world.truth(&resource.exists).is_possible() {
            world.mark_impossible();
        }
        let field = resource.get(world, path);
        match field.unknown() {
            Some(unknown) => format!("unknown: {unknown}"),
            None => show(field.known()),
        }
    });
    explored
        .leaves
        .into_iter()
        .map(|leaf| {
            let named: Vec<_> = leaf.named.iter().map(|(_, name, truth)| format!("{name}={truth}")).collect();
            format!("{} -> {}", named.join(" "), leaf.result)
        })
        .collect()
}

#[test]
fn conditions_split_what_they_decide() {
    assert_eq!(
        scenarios(&trap("04-sse-key-novalue"), "Table", "SSESpecification.KMSMasterKeyId"),
        ["HasKey=false -> absent", "HasKey=true -> unknown: `KeyArn` has no value"]
    );
    assert_eq!(scenarios(&trap("06-sse-whole-block-if"), "Table", "SSESpecification.KMSMasterKeyId").len(), 3);
    assert_eq!(scenarios(&trap("11-condition-never-true"), "Table", "BillingMode"), Vec::<String>::new());
    assert_eq!(scenarios(&trap("48-yaml11-boolean-key"), "Table", PITR), ["Yes=true -> true", "Yes=false -> false"]);
    // A and B are equal twice, once for each allowed value; both conditions can hold.
    assert_eq!(
        scenarios(&trap("41-equals-two-params"), "Table", PITR),
        ["Same=true AIsX=true -> false", "Same=true AIsX=false -> true"]
    );
}

#[test]
fn parameters_have_finite_domains() {
    assert_eq!(scenarios(&trap("13-param-default-ref"), "Table", PITR), [" -> true", " -> false"]);
    assert_eq!(scenarios(&trap("15-findinmap-by-param"), "Table", PITR), [" -> true", " -> false"]);
    // Any other region is a failed deployment.
    assert_eq!(scenarios(&trap("16-findinmap-region"), "Table", PITR), [" -> false", " -> true"]);
    assert_eq!(scenarios(&trap("42-rules-assertion-narrows"), "Table", PITR), ["IsProd=true -> true"]);
    assert_eq!(
        scenarios(&trap("38-dax-tls-and-sse"), "Dax", "SSESpecification.SSEEnabled"),
        [" -> True", " -> unknown: `Sse` has no value"]
    );
}

#[test]
fn text_functions_keep_what_they_can() {
    let statement = |at: usize, name: &str| {
        let stack = trap("31-iam-join-wildcard");
        let world = World::new(&stack.variables);
        let field = stack.resources[0].get(&world, "PolicyDocument.Statement").items().fields[at].get(name);
        field.items().fields.iter().map(|item| show(item.known())).collect::<Vec<_>>()
    };
    assert_eq!(statement(0, "Action"), ["dynamodb:*"]);
    assert_eq!(statement(1, "Action"), ["dynamodb:Get*", "dynamodb:*"]);
    assert_eq!(statement(0, "Resource"), ["arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/*"]);
    let roles = trap("32-iam-policy-ref-role-name");
    assert_eq!(scenarios(&roles, "Extra", "RoleName"), [" -> Role.Ref"]);
}

#[test]
fn policies_written_as_text_are_maps_with_places() {
    let sources_root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/traps/cloudformation/22-kms-policy-json-string");
    let sources = Sources::new(&sources_root).unwrap();
    let stack = load(&sources, Path::new("template.yaml"), &Options::default()).pop().unwrap();
    let world = World::new(&stack.variables);
    let action = stack.resources[0].get(&world, "KeyPolicy.Statement").items().fields[0].get("Action");
    assert_eq!(show(action.known()), "kms:*");
    assert_eq!(sources.slice(action.place().span.unwrap()), "\"kms:*\"");
}

#[test]
fn loops_make_resources() {
    assert_eq!(scenarios(&trap("18-foreach-tables"), "OrdersTable", "TableName"), [" -> Orders-x"]);
    let stack = trap("19-foreach-param-collection");
    assert_eq!(scenarios(&stack, "OrdersTable", PITR), [" -> true"]);
    assert_eq!(scenarios(&stack, "UsersTable", PITR), [" -> false"]);
}

fn project(files: &[(&str, &str)], options: &Options) -> Vec<Stack> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let options = Options {
        parameters: options.parameters.iter().map(|path| folder.path().join(path)).collect(),
        ..options.clone()
    };
    load(&Sources::new(folder.path()).unwrap(), Path::new("t.yaml"), &options)
}

const TEMPLATE: &str = "Parameters:\n  Env: {Type: String, Default: dev}\n  Zones: {Type: CommaDelimitedList, Default: 'a,b'}\nResources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: !Sub '${Env}-${AWS::StackName}'\n      Zones: !Ref Zones\n";

#[test]
fn parameter_files_are_named_deployments() {
    let formats = [
        ("params/prod.json", r#"[{"ParameterKey": "Env", "ParameterValue": "prod"}]"#, "prod"),
        ("t-params.json", r#"["Env=prod"]"#, "t-params"),
        ("t.parameters.yaml", "Parameters:\n  Env: prod\n", "t.parameters"),
        (
            "samconfig.toml",
            "version = 0.1\n[prod.deploy.parameters]\nparameter_overrides = \"Env=\\\"prod\\\" Zones='c, d'\"\n",
            "prod",
        ),
        (
            "samconfig.yaml",
            "version: 0.1\nprod:\n  deploy:\n    parameters:\n      parameter_overrides: [Env=prod]\n",
            "prod",
        ),
        (
            ".taskcat.yml",
            "project: {parameters: {Env: x}}\ntests:\n  live: {template: t.yaml, parameters: {Env: prod}, regions: [eu-west-1]}\n",
            "live",
        ),
    ];
    for (file, text, name) in formats {
        let stacks = project(&[("t.yaml", TEMPLATE), (file, text)], &Options::default());
        assert_eq!(stacks.iter().map(|stack| stack.name.as_deref()).collect::<Vec<_>>(), [Some(name)], "{file}");
        assert_eq!(scenarios(&stacks[0], "T", "TableName"), [" -> prod-${AWS::StackName}"], "{file}");
        let zones = if file == "samconfig.toml" { r#" -> ["c", "d"]"# } else { r#" -> ["a", "b"]"# };
        assert_eq!(scenarios(&stacks[0], "T", "Zones"), [zones], "{file}");
    }
    // A file of another template's parameters says nothing.
    let other =
        project(&[("t.yaml", TEMPLATE), ("params/x.json", r#"{"Parameters": {"Other": "1"}}"#)], &Options::default());
    assert_eq!(other[0].name, None);
    let explicit = Options { parameters: vec!["live.json".into()], ..Options::default() };
    let given = project(
        &[("t.yaml", TEMPLATE), ("live.json", r#"{"Env": "live"}"#), ("params/x.json", r#"{"Env": "x"}"#)],
        &explicit,
    );
    assert_eq!(given.iter().map(|stack| &*stack.id).collect::<Vec<_>>(), ["t.yaml@live"]);
}
