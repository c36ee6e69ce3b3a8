//! The view of tables: replicas, keys, tags.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use iac_check::{
    aws::{
        Project, Settings,
        dynamodb::Table,
        kms::{KeyClass, Rotation},
    },
    value::{Truth, World},
};
use serde_json::{Value, json};

fn classes(project: &Project) -> Vec<(Option<String>, KeyClass)> {
    let world = World::new(project.variables());
    let table = Table::all(project, &world).remove(0);
    let replicas = table.replicas(project).items;
    replicas.iter().map(|replica| (replica.label(), replica.encryption(project).class)).collect()
}

fn class_of(key: &Value) -> KeyClass {
    let sse = json!({"SSEEnabled": true, "KMSMasterKeyId": key});
    let project = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {"SSESpecification": sse}},
        "K": {"Type": "AWS::KMS::Key", "Properties": {}},
        "A": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/orders", "TargetKeyId": {"Ref": "K"}}},
        "Loop": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/loop", "TargetKeyId": {"Ref": "Loop"}}},
        "data.aws_kms_alias.a": {"Type": "aws_kms_alias", "Mode": "data", "Properties": {"name": "alias/orders"}},
        "data.aws_kms_alias.m": {"Type": "aws_kms_alias", "Mode": "data", "Properties": {"name": "alias/aws/dynamodb"}},
        "data.aws_kms_alias.o": {"Type": "aws_kms_alias", "Mode": "data", "Properties": {"name": "alias/other"}},
        "data.aws_kms_key.k": {"Type": "aws_kms_key", "Mode": "data", "Properties": {"key_id": {"Fn::GetAtt": ["A", "Arn"]}}},
        "data.aws_kms_key.d": {"Type": "aws_kms_key", "Mode": "data", "Properties": {"key_id": "alias/aws/dynamodb"}},
        "R": {"Type": "Custom::Key", "Properties": {}},
    }));
    let world = World::new(project.variables());
    let table = Table::all(&project, &world).remove(0);
    let used = table.replicas(&project).items[0].encryption(&project);
    assert_eq!(used.class == KeyClass::Unknown, !used.reasons.is_empty(), "{used:?}");
    assert_eq!(used.class == KeyClass::Customer, used.key.is_some());
    used.class
}

#[test]
fn keys_are_followed() {
    let cases = [
        (json!({"Ref": "K"}), KeyClass::Customer),
        (json!({"Fn::GetAtt": ["K", "Arn"]}), KeyClass::Customer),
        (json!({"Ref": "A"}), KeyClass::Customer),
        (json!("alias/orders"), KeyClass::Customer),
        (json!("arn:aws:kms:us-east-1:111122223333:alias/orders"), KeyClass::Customer),
        (
            json!({"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/orders"}),
            KeyClass::Customer,
        ),
        (json!({"Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${K}"}), KeyClass::Customer),
        (
            json!({"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/dynamodb"}),
            KeyClass::AwsManaged,
        ),
        (json!({"Fn::GetAtt": ["data.aws_kms_alias.a", "target_key_arn"]}), KeyClass::Customer),
        (json!({"Fn::GetAtt": ["data.aws_kms_alias.m", "target_key_arn"]}), KeyClass::AwsManaged),
        (json!({"Fn::GetAtt": ["data.aws_kms_alias.o", "target_key_arn"]}), KeyClass::CustomerOutside),
        (json!({"Fn::GetAtt": ["data.aws_kms_key.k", "arn"]}), KeyClass::Customer),
        (json!({"Fn::GetAtt": ["data.aws_kms_key.d", "arn"]}), KeyClass::AwsManaged),
        (json!("alias/elsewhere"), KeyClass::CustomerOutside),
        (json!({"Fn::Sub": "alias/${AWS::StackName}-key"}), KeyClass::CustomerOutside),
        (json!({"Ref": "Loop"}), KeyClass::Unknown),
        (json!({"Ref": "R"}), KeyClass::Unknown),
        (json!({"Unknown": "var.key"}), KeyClass::Unknown),
        (json!("nonsense"), KeyClass::Unknown),
    ];
    for (key, expected) in cases {
        assert_eq!(class_of(&key), expected, "{key}");
    }
}

#[test]
fn each_replica_has_its_own_key() {
    let terraform = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "SSESpecification": {"SSEEnabled": true, "KMSMasterKeyId": "alias/mine"},
            "Replicas": [{"Region": "eu-west-1"}, {"Region": "us-west-2", "SSESpecification": {"KMSMasterKeyId": "alias/mine"}}],
        }},
    }));
    let replica = |region: &str| Some(format!("the replica in {region}"));
    let expected = vec![
        (None, KeyClass::CustomerOutside),
        (replica("eu-west-1"), KeyClass::AwsManaged),
        (replica("us-west-2"), KeyClass::CustomerOutside),
    ];
    assert_eq!(classes(&terraform), expected);
    let global = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {
            "Replicas": [{"Region": {"Fn::Sub": "${AWS::Region}"}, "SSESpecification": {"KMSMasterKeyId": "alias/mine"}}],
        }},
    }));
    assert_eq!(classes(&global), [(None, KeyClass::AwsOwned)]);
    let cdk = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {"SSESpecification": {"SSEEnabled": true, "KMSMasterKeyId": "alias/mine"}}},
        "R": {"Type": "Custom::DynamoDBReplica", "Properties": {"TableName": {"Ref": "T"}, "Region": "eu-west-1"}},
    }));
    assert_eq!(classes(&cdk), [(None, KeyClass::CustomerOutside), (replica("eu-west-1"), KeyClass::AwsManaged)]);
}

#[test]
fn settings_are_per_replica() {
    let project = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 7},
            "DeletionProtectionEnabled": {"Unknown": "var.protect"},
            "Replicas": {"Open": [{"Region": "eu-west-1"}]},
        }},
        "L": {"Type": "AWS::DynamoDB::GlobalTable", "SourceType": "aws_dynamodb_global_table", "Properties": {}},
    }));
    let world = World::new(project.variables());
    let tables = Table::all(&project, &world);
    assert_eq!(tables.len(), 1);
    let replicas = tables[0].replicas(&project);
    assert!(replicas.open.is_some());
    let truths: Vec<_> = replicas.items.iter().map(|r| (r.recovery().truth, r.deletion_protection().truth)).collect();
    assert_eq!(truths, [(Truth::True, Truth::Unknown), (Truth::False, Truth::False)]);
    let missing = replicas.items[1].recovery().places.remove(0);
    assert_eq!(missing.path, "Replicas[0].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled");
}

#[test]
fn tags_and_names_make_sensitive() {
    let mut settings = Settings::default();
    settings.sensitive.tables = vec!["customer-*".into()];
    let cases = [
        (json!({"Tags": [{"Key": "dataclassification", "Value": "PII"}]}), Truth::True),
        (json!({"Tags": [{"Key": "DataClassification", "Value": "public"}]}), Truth::False),
        (json!({"Tags": [{"Key": "DataClassification", "Value": {"Unknown": "var.class"}}]}), Truth::Unknown),
        (json!({"Tags": {"Unknown": "var.tags"}}), Truth::Unknown),
        (json!({"Tags": {"Open": [{"Key": "Classification", "Value": "secret"}]}}), Truth::True),
        (json!({"Tags": {"Sensitivity": "Restricted"}}), Truth::True),
        (json!({"TableName": "customer-orders"}), Truth::True),
        (json!({"TableName": {"Fn::Sub": "customer-${AWS::StackName}"}}), Truth::True),
        (json!({"TableName": {"Fn::Sub": "${AWS::StackName}-orders"}}), Truth::Unknown),
        (json!({}), Truth::False),
    ];
    for (properties, expected) in cases {
        let project = support::project(&json!({"T": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}));
        let world = World::new(project.variables());
        let answer = Table::all(&project, &world)[0].sensitivity(&settings);
        assert_eq!(answer.truth, expected, "{properties}");
        assert_eq!(expected == Truth::Unknown, !answer.reasons.is_empty(), "{properties} {answer:?}");
    }
}

#[test]
fn rotation_is_for_symmetric_keys_of_kms() {
    let cases = [
        (json!({"Type": "AWS::KMS::Key", "Properties": {}}), "applicable"),
        (json!({"Type": "AWS::KMS::Key", "Properties": {"KeySpec": "RSA_2048"}}), "no"),
        (json!({"Type": "AWS::KMS::Key", "Properties": {"KeySpec": "SYMMETRIC_DEFAULT", "Origin": "EXTERNAL"}}), "no"),
        (json!({"Type": "AWS::KMS::Key", "Properties": {"custom_key_store_id": {"Ref": "Store"}}}), "no"),
        (json!({"Type": "AWS::KMS::Key", "Properties": {"KeySpec": {"Unknown": "var.spec"}}}), "unknown"),
        (json!({"Type": "AWS::KMS::ReplicaKey", "Properties": {}}), "no"),
    ];
    for (key, expected) in cases {
        let project = support::project(&json!({"K": key}));
        let world = World::new(project.variables());
        let got = match Rotation::of(project.resources().next().unwrap(), &world) {
            Rotation::Applicable => "applicable",
            Rotation::NotApplicable(_) => "no",
            Rotation::Unknown(_) => "unknown",
        };
        assert_eq!(got, expected, "{key}");
    }
}
