//! Nested stacks, included files and templates inside resources.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fs, path::Path};

use iac_check::{
    aws::Project,
    cloudformation::{Options, load},
    model::{Resource, Stack},
    source::Sources,
    value::{Kind, Value},
};

fn stack(files: &[(&str, &str)]) -> (Stack, tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        fs::write(folder.path().join(name), text).unwrap();
    }
    let sources = Sources::new(folder.path()).unwrap();
    let mut stacks = load(&sources, Path::new(files[0].0), &Options::default());
    assert_eq!(stacks.len(), 1, "{stacks:?}");
    (stacks.remove(0), folder, sources)
}

fn resource<'s>(stack: &'s Stack, address: &str) -> &'s Resource {
    let found = stack.resources.iter().find(|resource| &*resource.id.address == address);
    found.unwrap_or_else(|| {
        panic!("no {address} in {:?}", stack.resources.iter().map(|resource| &resource.id.address).collect::<Vec<_>>())
    })
}

fn property<'s>(resource: &'s Resource, path: &str) -> &'s Value {
    path.split('.').fold(&resource.properties, |value, key| {
        value.as_map().unwrap().get(key).unwrap_or_else(|| panic!("no {key} of {path}"))
    })
}

const CHILD: &str = "
Parameters:
  Pitr: {Type: String, Default: 'true'}
  Key: {Type: String, Default: ''}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: !Ref Pitr}
      SSESpecification: {SSEEnabled: true, KMSMasterKeyId: !Ref Key}
Outputs:
  Arn: {Value: !GetAtt Table.Arn}
  Name: {Value: fixed}
";

#[test]
fn a_child_is_read_with_the_parents_values() {
    let parent = "
Parameters: {Env: {Type: String, AllowedValues: [dev, prod]}}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true}}
  Data:
    Type: AWS::CloudFormation::Stack
    Condition: IsProd
    Properties:
      TemplateURL: ./stacks/child.yaml
      Parameters: {Pitr: 'false', Key: !GetAtt Key.Arn}
  Uses:
    Type: AWS::IAM::Policy
    Properties: {PolicyName: !GetAtt Data.Outputs.Name, Resource: !GetAtt Data.Outputs.Arn}
";
    let (stack, _folder, sources) = stack(&[("parent.yaml", parent), ("stacks/child.yaml", CHILD)]);
    let table = resource(&stack, "Data/Table");
    let pitr = property(table, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled");
    assert_eq!(pitr.to_text().as_deref(), Some("false"));
    assert!(pitr.steps().any(|step| sources.slice(step.span).contains("'false'")), "{pitr:?}");
    let Kind::Reference(key) = &property(table, "SSESpecification.KMSMasterKeyId").kind else { panic!() };
    assert_eq!((&*key.target.address, &*key.attribute), ("Key", "Arn"));
    assert_eq!(&*table.module_calls[0].address, "Data");
    assert_ne!(table.exists, iac_check::value::Formula::TRUE);
    assert_eq!(stack.nested, ["stacks/child.yaml".into()]);
    let uses = resource(&stack, "Uses");
    assert_eq!(property(uses, "PolicyName").as_str(), Some("fixed"));
    let arn = property(uses, "Resource");
    assert!(format!("{arn:?}").contains("Data/Table"), "{arn:?}");
}

#[test]
fn a_child_that_nests_itself_is_reported() {
    let text = "
Resources:
  Self: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: parent.yaml}}
  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: !GetAtt Self.Outputs.Name}}
";
    let (stack, ..) = stack(&[("parent.yaml", text)]);
    assert!(stack.problems.iter().any(|problem| problem.message.contains("nests itself")), "{:?}", stack.problems);
    assert!(matches!(property(resource(&stack, "Table"), "TableName").kind, Kind::Unknown(_)));
}

#[test]
fn a_child_elsewhere_leaves_its_outputs_unknown() {
    let text = "
Resources:
  Far: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://bucket.s3.amazonaws.com/x.yaml'}}
  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: !GetAtt Far.Outputs.Name}}
";
    let (stack, ..) = stack(&[("parent.yaml", text)]);
    assert!(matches!(property(resource(&stack, "Table"), "TableName").kind, Kind::Unknown(_)));
}

#[test]
fn included_files_become_part_of_the_template() {
    let text = "
Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./pitr.yaml}}
  Remote:
    Type: AWS::DynamoDB::Table
    Properties:
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://bucket/pitr.yaml'}}
";
    let pitr = "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}\n";
    let more = "Resources: {Other: {Type: AWS::DynamoDB::Table}}\n";
    let (stack, _folder, sources) = stack(&[("t.yaml", text), ("pitr.yaml", pitr), ("more.yaml", more)]);
    let enabled = property(resource(&stack, "Table"), "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled");
    assert_eq!(sources.file(enabled.span.unwrap().file).path(), "pitr.yaml");
    assert!(resource(&stack, "Table").properties.as_map().unwrap().open.is_none());
    assert!(resource(&stack, "Remote").properties.as_map().unwrap().open.is_some());
    resource(&stack, "Other");
}

#[test]
fn the_body_of_a_stack_set_is_a_template() {
    let text = "
Resources:
  Everywhere:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackInstancesGroup: [{Regions: [eu-west-1]}]
      Parameters: [{ParameterKey: Pitr, ParameterValue: 'false'}]
      TemplateBody: |
        Parameters: {Pitr: {Type: String}}
        Resources:
          Table:
            Type: AWS::DynamoDB::Table
            Properties:
              PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: !Ref Pitr}
              TableName: inner
";
    let (stack, _folder, sources) = stack(&[("t.yaml", text)]);
    let table = resource(&stack, "Everywhere/Table");
    let pitr = property(table, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled");
    assert_eq!(pitr.to_text().as_deref(), Some("false"));
    let name = property(table, "TableName");
    assert_eq!(sources.slice(name.span.unwrap()), "inner");
    assert_eq!(table.region.as_ref().and_then(|region| region.as_str()), Some("eu-west-1"));
}

#[test]
fn an_application_of_sam_is_a_nested_stack() {
    let text = "
Transform: AWS::Serverless-2016-10-31
Resources:
  App: {Type: AWS::Serverless::Application, Properties: {Location: ./child.yaml, Parameters: {Pitr: 'false'}}}
  Simple: {Type: AWS::Serverless::SimpleTable}
";
    let (stack, ..) = stack(&[("t.yaml", text), ("child.yaml", CHILD)]);
    let table = resource(&stack, "App/Table");
    let pitr = property(table, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled");
    assert_eq!(pitr.to_text().as_deref(), Some("false"));
    let simple = resource(&stack, "Simple");
    assert_eq!((&*simple.kind, &*simple.source_type), ("AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable"));
}

#[test]
fn an_output_is_read_by_the_name_of_its_stack() {
    let keys = "
Parameters: {Env: {Type: String}}
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true}}
Outputs:
  KeyArn: {Value: !GetAtt Key.Arn}
";
    let data = "
Resources:
  Own:
    Type: AWS::DynamoDB::Table
    Properties: {SSESpecification: {SSEEnabled: true, KMSMasterKeyId: !GetStackOutput {StackName: keys, OutputName: KeyArn}}}
  Far:
    Type: AWS::DynamoDB::Table
    Properties: {SSESpecification: {SSEEnabled: true, KMSMasterKeyId: !GetStackOutput {StackName: keys, OutputName: KeyArn, Region: eu-west-1}}}
";
    let configuration =
        "version = 0.1\n[default.deploy.parameters]\nstack_name = \"keys\"\nparameter_overrides = \"Env=prod\"\n";
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("keys/template.yaml", keys), ("keys/samconfig.toml", configuration), ("data.yaml", data)] {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        fs::write(folder.path().join(name), text).unwrap();
    }
    let sources = Sources::new(folder.path()).unwrap();
    let stacks = ["keys/template.yaml", "data.yaml"]
        .iter()
        .flat_map(|path| load(&sources, Path::new(path), &Options::default()));
    let project = Project::new(stacks.collect());
    let key = |address: &str| {
        let table = project.of_kind("AWS::DynamoDB::Table").find(|table| &*table.id.address == address).unwrap();
        property(table, "SSESpecification.KMSMasterKeyId").kind.clone()
    };
    assert!(
        matches!(key("Own"), Kind::Reference(reference) if &*reference.target.address == "Key"),
        "{:?}",
        key("Own")
    );
    assert!(matches!(key("Far"), Kind::Unknown(_)), "{:?}", key("Far"));
}
