//! `serverless.yml`: resources, variables, functions and their roles.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fs, path::Path};

use iac_check::{
    cloudformation::{Options, serverless},
    model::{Resource, Stack},
    source::Sources,
    value::{Kind, Value},
};

const CONFIG: &str = r#"
service: orders
frameworkVersion: '3'
custom:
  tableName: ${self:service}-${self:provider.stage}
  pitr: ${file(settings.yml):pitr}
provider:
  name: aws
  region: eu-west-1
  stage: ${opt:stage, 'dev'}
  vpc: {securityGroupIds: [sg-1], subnetIds: [subnet-1]}
  iam:
    role:
      statements:
        - Effect: Allow
          Action: dynamodb:*
          Resource: !Sub 'arn:aws:dynamodb:${AWS::Region}:*:table/${env:TABLE}'
functions:
  list-orders:
    handler: index.handler
  admin:
    handler: index.admin
    role: AdminRole
  audit:
    handler: index.audit
    iamRoleStatements: [{Effect: Allow, Action: [dynamodb:Scan], Resource: '*'}]
    events:
      - stream: {type: dynamodb, arn: !GetAtt Orders.StreamArn}
resources:
  - Resources:
      Orders:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: ${self:custom.tableName}
          PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: "${self:custom.pitr}"}
          SSESpecification: {SSEEnabled: true, KMSMasterKeyId: "${opt:key}"}
      AdminRole: {Type: AWS::IAM::Role, Properties: {}}
  - ${file(more.yml)}
  - extensions:
      IamRoleLambdaExecution: {Properties: {PermissionsBoundary: arn:aws:iam::123456789012:policy/limit}}
"#;

fn stack() -> (Stack, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("serverless.yml"), CONFIG).unwrap();
    fs::write(folder.path().join("settings.yml"), "pitr: true\n").unwrap();
    fs::write(folder.path().join("more.yml"), "Resources: {More: {Type: AWS::DynamoDB::Table}}\n").unwrap();
    let sources = Sources::new(folder.path()).unwrap();
    let text = sources.load(Path::new("serverless.yml")).unwrap();
    assert!(serverless::may_be_serverless(text.text()));
    (serverless::load(&sources, Path::new("serverless.yml"), &Options::default()).unwrap(), folder)
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

#[test]
fn resources_have_the_values_of_variables() {
    let (stack, _folder) = stack();
    let orders = resource(&stack, "Orders");
    assert_eq!(property(orders, "TableName").as_str(), Some("orders-dev"));
    assert_eq!(
        property(orders, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled").to_text().as_deref(),
        Some("true")
    );
    let key = property(orders, "SSESpecification.KMSMasterKeyId");
    assert!(matches!(key.kind, Kind::Unknown(_) | Kind::Choice(_)), "{key:?}");
    assert_eq!(orders.region.as_ref().and_then(|region| region.as_str()), Some("eu-west-1"));
    resource(&stack, "More");
    assert_eq!(stack.name.as_deref(), Some("orders"));
    assert!(stack.problems.is_empty(), "{:#?}", stack.problems);
}

#[test]
fn functions_run_under_the_role_that_the_framework_makes() {
    let (stack, _folder) = stack();
    let list = resource(&stack, "ListDashordersLambdaFunction");
    assert!(format!("{:?}", property(list, "Role")).contains("IamRoleLambdaExecution"));
    assert_eq!(property(list, "VpcConfig.SubnetIds").as_list().unwrap().items[0].as_str(), Some("subnet-1"));
    let role = resource(&stack, "IamRoleLambdaExecution");
    let policies = format!("{:?}", property(role, "Policies"));
    assert!(policies.contains("dynamodb:*") && policies.contains("env:TABLE"), "{policies}");
    assert!(!policies.contains("dynamodb:Scan"), "rights of another function's own role");
    assert!(property(role, "PermissionsBoundary").as_str().unwrap().ends_with("policy/limit"));
    assert!(format!("{:?}", property(resource(&stack, "AdminLambdaFunction"), "Role")).contains("AdminRole"));
    let audit = format!("{:?}", property(resource(&stack, "AuditIamRoleLambdaExecution"), "Policies"));
    assert!(audit.contains("dynamodb:Scan") && audit.contains("dynamodb:GetRecords"), "{audit}");
    resource(&stack, "AuditLambdaFunctionEventSourceMapping0");
}

#[test]
fn variables_in_a_circle_end() {
    let folder = tempfile::tempdir().unwrap();
    let text = "service: x\nprovider: {name: aws}\ncustom: {a: '${self:custom.b}', b: '${self:custom.a}'}\n\
                resources: {Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {TableName: '${self:custom.a}'}}}}\n";
    fs::write(folder.path().join("serverless.yml"), text).unwrap();
    let sources = Sources::new(folder.path()).unwrap();
    let stack = serverless::load(&sources, Path::new("serverless.yml"), &Options::default()).unwrap();
    assert!(matches!(property(resource(&stack, "T"), "TableName").kind, Kind::Unknown(_)));
    assert!(stack.problems.iter().any(|problem| problem.code == "serverless-budget"));
}
