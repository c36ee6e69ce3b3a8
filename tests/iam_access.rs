//! Principals, attachments, access and tenancy from resources.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use iac_check::{
    aws::{
        Project, Settings,
        arn::{Deployment, Names},
        dynamodb::Table,
        iam::{
            access::{Matrix, TableTarget},
            actions::{Class, Universe},
            index::AccessIndex,
            isolation::Isolation,
            principals::Principals,
            tenancy::tenancies,
        },
    },
    value::{Truth, World},
};
use serde_json::{Value, json};

/// Per principal and table, `classes` that are certain and, with a question mark, possible.
fn matrix(project: &Project, classes: &[(&str, Class)]) -> Vec<String> {
    let world = World::new(project.variables());
    let deployment = Deployment::default();
    let names = Names::new(project, &world, &deployment);
    let targets: Vec<TableTarget> =
        Table::all(project, &world).iter().flat_map(|table| TableTarget::all(table, &names)).collect();
    let matrix = Matrix::new(targets.into_iter().map(Arc::new).collect());
    let mut found = Vec::new();
    for principal in Principals::new(names).all() {
        for (at, access) in matrix.of(&principal) {
            assert_eq!(
                access,
                matrix.access(&principal, &matrix.tables()[at]),
                "the memo gives what a direct question gives"
            );
            let words: Vec<String> = classes
                .iter()
                .filter_map(|(name, class)| match access.class(*class) {
                    Truth::True => Some((*name).to_owned()),
                    Truth::Unknown => Some(format!("{name}?")),
                    Truth::False => None,
                })
                .collect();
            found.push(format!("{} {}: {}", principal.id.address, matrix.tables()[at].id.address, words.join(" ")));
        }
    }
    found.sort();
    found
}

const CLASSES: [(&str, Class); 5] = [
    ("read", Class::ItemRead),
    ("write", Class::ItemWrite),
    ("admin", Class::TableAdmin),
    ("stream", Class::StreamRead),
    ("policy", Class::PolicyAdmin),
];

fn role(properties: Value) -> Value {
    json!({"Type": "AWS::IAM::Role", "Properties": properties})
}

fn allow(actions: Value, resources: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resources}]})
}

fn inline(document: Value) -> Value {
    role(json!({"Policies": [{"PolicyName": "p", "PolicyDocument": document}]}))
}

#[test]
fn attachments_of_every_kind_count() {
    let orders = json!({"Fn::GetAtt": ["Orders", "Arn"]});
    let project = support::project(&json!({
        "Orders": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        "Users": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "users", "StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}},
        "Inline": inline(allow(json!("dynamodb:GetItem"), orders.clone())),
        "ByName": inline(allow(json!("dynamodb:PutItem"), json!({"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/users"}))),
        "ByRef": inline(allow(json!(["dynamodb:Query"]), json!({"Fn::Sub": "arn:aws:dynamodb:*:*:table/${Users}/index/*"}))),
        "Managed": role(json!({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]})),
        "Basic": role(json!({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]})),
        "Consumer": role(json!({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"]})),
        "Own": role(json!({"ManagedPolicyArns": [{"Ref": "Writer"}]})),
        "Writer": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": allow(json!("dynamodb:UpdateItem"), orders.clone())}},
        "Companion": role(json!({"RoleName": "companion"})),
        "Attach": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "a", "Roles": [{"Ref": "Companion"}], "PolicyDocument": allow(json!("dynamodb:Scan"), orders.clone())}},
        "AttachByName": {"Type": "AWS::IAM::RolePolicy", "Properties": {"PolicyName": "b", "RoleName": "companion", "PolicyDocument": allow(json!("dynamodb:DeleteTable"), orders.clone())}},
        "User": {"Type": "AWS::IAM::User", "Properties": {"Groups": [{"Ref": "Team"}]}},
        "Team": {"Type": "AWS::IAM::Group", "Properties": {"Policies": [{"PolicyName": "g", "PolicyDocument": allow(json!("dynamodb:PutResourcePolicy"), orders.clone())}]}},
        "Bounded": role(json!({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"], "PermissionsBoundary": {"Ref": "Limit"}})),
        "Limit": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": allow(json!("dynamodb:*Item"), json!("*"))}},
        "Outside": role(json!({"ManagedPolicyArns": ["arn:aws:iam::111122223333:policy/elsewhere"]})),
        "Foreign": inline(allow(json!("*"), json!({"Fn::GetAtt": ["Bucket", "Arn"]}))),
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
    }));
    let expected = [
        "Bounded Orders: read write",
        "Bounded Users: read write",
        "ByName Users: write",
        "Companion Orders: read",
        "Consumer Users: stream",
        "Inline Orders: read",
        "Managed Orders: read",
        "Managed Users: read stream",
        "Outside Orders: read? write? admin? policy?",
        "Outside Users: read? write? admin? stream? policy?",
        "Own Orders: write",
        "User Orders: policy",
    ];
    assert_eq!(matrix(&project, &CLASSES), expected);
}

#[test]
fn conditions_are_solved_and_denials_count() {
    let statement = |effect: &str, condition: Value| json!({"Effect": effect, "Action": "dynamodb:GetItem", "Resource": {"Fn::GetAtt": ["T", "Arn"]}, "Condition": condition});
    let document = |statements: Vec<Value>| inline(json!({"Version": "2012-10-17", "Statement": statements}));
    let endpoint = json!({"StringEquals": {"aws:SourceVpce": {"Ref": "Endpoint"}}});
    let elsewhere = json!({"StringNotEquals": {"aws:SourceVpce": {"Ref": "Endpoint"}}});
    let insecure = json!({"Bool": {"aws:SecureTransport": "false"}});
    let project = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "t"}},
        "Endpoint": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {}},
        "Private": document(vec![statement("Allow", endpoint.clone())]),
        "Tautology": document(vec![statement("Allow", endpoint.clone()), statement("Allow", elsewhere.clone())]),
        "Never": document(vec![statement("Allow", endpoint.clone()), statement("Deny", endpoint)]),
        "Secure": document(vec![statement("Allow", json!({})), statement("Deny", insecure)]),
        "Tagged": document(vec![statement("Allow", json!({"StringEquals": {"aws:PrincipalTag/team": "a"}}))]),
    }));
    assert_eq!(
        matrix(&project, &CLASSES),
        ["Private T: read?", "Secure T: read", "Tagged T: read?", "Tautology T: read"]
    );
}

#[test]
fn tenants_are_told_apart() {
    let keys = json!({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/Tenant}"]}});
    let document = |actions: Value, suffix: &str| {
        let resource = json!({"Fn::Sub": format!("${{T.Arn}}{suffix}")});
        inline(
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource, "Condition": keys}]}),
        )
    };
    let project = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "KeySchema": [{"AttributeName": "tenant", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}],
            "GlobalSecondaryIndexes": [{"IndexName": "byStatus", "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}]}]
        }},
        "Safe": document(json!(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]), ""),
        "Scans": document(json!(["dynamodb:GetItem", "dynamodb:Scan"]), ""),
        "Everything": document(json!("dynamodb:*"), ""),
        "Index": document(json!("dynamodb:Query"), "/index/*"),
        "Plain": inline(allow(json!("dynamodb:*"), json!("*"))),
    }));
    let world = World::new(project.variables());
    let deployment = Deployment::default();
    let names = Names::new(&project, &world, &deployment);
    let table = Table::all(&project, &world).remove(0);
    let target = TableTarget::all(&table, &names).remove(0);
    let verdict = |isolation: &Isolation| match isolation {
        Isolation::Isolated => "isolated".to_owned(),
        Isolation::Unknown(_) => "unknown".to_owned(),
        Isolation::Bypass(found) => format!("{}: {}", found[0].action, found[0].allowed_by[0].1),
    };
    let mut found = Vec::new();
    for principal in Principals::new(names).all() {
        for tenancy in tenancies(&principal, &table, &target, &[]) {
            assert_eq!(tenancy.expression.to_string(), "${aws:PrincipalTag/Tenant}");
            found.push(format!("{} {}", principal.id.address, verdict(&tenancy.isolation)));
        }
    }
    found.sort();
    assert_eq!(found[1..], ["Index dynamodb:Query: statement 1", "Safe isolated", "Scans dynamodb:Scan: statement 1"]);
    assert!(found[0].starts_with("Everything dynamodb:"), "{found:?}");
    assert!(Universe::standard().is_standard());
}

#[test]
fn the_index_answers_as_the_matrix_does() {
    let project = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        "R": inline(allow(json!("dynamodb:GetItem"), json!({"Fn::GetAtt": ["T", "Arn"]}))),
        "Q": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Cache": {"Type": "AWS::DAX::Cluster", "Properties": {"ClusterName": "c", "IAMRoleARN": {"Fn::GetAtt": ["R", "Arn"]}}},
        "Idle": {"Type": "AWS::DAX::Cluster", "Properties": {"IAMRoleARN": "arn:aws:iam::111122223333:role/elsewhere"}},
    }));
    let world = World::new(project.variables());
    let index = AccessIndex::of(&project, &Settings::default());
    let resource = |id: &str| project.resources().find(|resource| &*resource.id.address == id).unwrap();
    let found = index.principal(resource("R"), &project, &world).unwrap();
    assert_eq!(found.tables.len(), 1);
    assert_eq!(found.tables[0].1.class(Class::ItemRead), Truth::True);
    let caches = index.caches(&resource("T").id, &project, &world);
    assert_eq!(
        caches.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["arn:aws:dax:${AWS::Region}:${AWS::AccountId}:cache/c"]
    );
    assert!(index.principal(resource("Q"), &project, &world).is_none());
    assert!(world.decisions().is_empty());
}
