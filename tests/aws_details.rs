//! Suspicious selectors, auto scaling, service names of endpoints.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use iac_check::{
    aws::{
        autoscaling,
        cloudtrail::{Trail, Why, suspects},
        dynamodb::Table,
        network::service::{Fault, meant},
    },
    value::{Truth, World},
};
use serde_json::{Value, json};

fn why(properties: &Value) -> Vec<Why> {
    let project = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "Orders"}},
        "Q": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": properties},
    }));
    let world = World::new(project.variables());
    suspects(&project, &Trail::all(&project, &world)[0]).into_iter().map(|suspect| suspect.why).collect()
}

#[test]
fn selectors_that_match_nothing() {
    let basic =
        |kind: &str, value: &Value| json!({"EventSelectors": [{"DataResources": [{"Type": kind, "Values": [value]}]}]});
    let table = "AWS::DynamoDB::Table";
    let cases = [
        (basic(table, &json!({"Fn::GetAtt": ["T", "Arn"]})), vec![]),
        (basic(table, &json!("arn:aws:dynamodb")), vec![]),
        (basic(table, &json!("arn:aws:dynamodb:us-east-1:111122223333:table/Orders")), vec![]),
        (basic(table, &json!("arn:aws:dynamodb:us-east-1:111122223333:table/Order")), vec![Why::NotInProject]),
        (basic(table, &json!("arn:aws:dynamodb:us-east-1:111122223333:table/*")), vec![Why::Wildcard]),
        (
            basic(table, &json!({"Fn::Sub": "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*"})),
            vec![Why::Wildcard],
        ),
        (basic(table, &json!("Orders-typo")), vec![Why::NoTableArn]),
        (basic(table, &json!({"Fn::GetAtt": ["Q", "Arn"]})), vec![Why::NoTable]),
        (basic(table, &json!({"Unknown": "var.arn"})), vec![Why::Unknown]),
        (basic("AWS::DynamoDB::Tables", &json!("arn:aws:dynamodb")), vec![Why::Type]),
        (basic("AWS::DynamoDB::Stream", &json!("arn:aws:dynamodb")), vec![Why::TypeOfAdvanced]),
        (basic("AWS::S3::Object", &json!("arn:aws:s3:::*")), vec![]),
    ];
    for (properties, expected) in cases {
        assert_eq!(why(&properties), expected, "{properties}");
    }
    let advanced = |category: &str, value: &str| {
        json!({"AdvancedEventSelectors": [{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": [category]}, {"Field": "resources.type", "Equals": [table]},
            {"Field": "resources.ARN", "Equals": [value]}]}]})
    };
    assert_eq!(why(&advanced("Data", "arn:aws:dynamodb:us-east-1:111122223333:table/Orders")), []);
    assert_eq!(
        why(&advanced("data", "arn:aws:dynamodb:us-east-1:111122223333:table/Orders*")),
        [Why::Category, Why::Wildcard]
    );
}

#[test]
fn capacity_that_adapts() {
    let target = |id: &Value, dimension: &str| {
        json!({"Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {"ServiceNamespace": "dynamodb", "ResourceId": id, "ScalableDimension": dimension}})
    };
    let policy =
        |properties: &Value| json!({"Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": properties});
    let read = "dynamodb:table:ReadCapacityUnits";
    let write = "dynamodb:table:WriteCapacityUnits";
    let project = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders", "GlobalSecondaryIndexes": [{"IndexName": "by-date"}]}},
        "R": target(&json!({"Fn::Sub": "table/${T}"}), read),
        "W": target(&json!("table/orders"), write),
        "I": target(&json!({"Fn::Sub": "table/${T}/index/by-date"}), "dynamodb:index:ReadCapacityUnits"),
        "Rp": policy(&json!({"ScalingTargetId": {"Ref": "R"}, "PolicyType": "TargetTrackingScaling"})),
        "Wp": policy(&json!({"ResourceId": "table/orders", "ScalableDimension": write, "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70}})),
        "Ip": policy(&json!({"ScalingTargetId": {"Ref": "I"}, "PolicyType": "StepScaling"})),
    }));
    let world = World::new(project.variables());
    let table = Table::all(&project, &world).remove(0);
    let needs = autoscaling::needs(&project, &table).items;
    let truths: Vec<_> = needs.iter().map(|need| (need.index.is_some(), need.capacity, need.scaled.truth)).collect();
    use autoscaling::Capacity::{Read, Write};
    let expected = [
        (false, Read, Truth::True),
        (false, Write, Truth::True),
        (true, Read, Truth::False),
        (true, Write, Truth::False),
    ];
    assert_eq!(truths, expected);
}

#[test]
fn service_names() {
    let faults = |properties: &Value| {
        let project = support::project(
            &json!({"E": {"Type": "AWS::EC2::VPCEndpoint", "Region": "eu-west-1", "Properties": properties}}),
        );
        let world = World::new(project.variables());
        meant(&project, project.resources().next().unwrap(), &world).map(|meant| meant.faults)
    };
    let named = |name: &str| faults(&json!({"ServiceName": name}));
    assert_eq!(named("com.amazonaws.eu-west-1.dynamodb"), Some(vec![]));
    assert_eq!(named("com.amazonaws.eu-west-1.s3"), None);
    assert_eq!(named("com.amazonaws.eu-west-1.dynamo"), Some(vec![Fault::Name]));
    assert_eq!(named("com.amazonaws.eu-west-1.dynamodbs"), Some(vec![Fault::Name]));
    assert_eq!(
        named("com.amazonaws.us-east-1.dynamodb"),
        Some(vec![Fault::Region("us-east-1".into(), "eu-west-1".into())])
    );
    assert_eq!(named("com.amazonaws.eu-west-1.dynamodb-streams"), Some(vec![Fault::Type]));
    let symbolic = json!({"ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.dynamodb"}});
    assert_eq!(faults(&symbolic), Some(vec![]));
    let interface = json!({"ServiceName": "com.amazonaws.eu-west-1.dynamodb-streams", "VpcEndpointType": "Interface"});
    assert_eq!(faults(&interface), Some(vec![]));
}
