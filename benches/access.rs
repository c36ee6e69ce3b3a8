//! What roles × tables cost: `cargo bench --bench access`. The budget is 2 s for 1,000 roles × 500 tables.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use divan::Bencher;
use iac_check::{
    aws::{
        Project,
        arn::{Deployment, Names},
        dynamodb::Table,
        iam::{
            access::{Matrix, TableTarget},
            principals::Principals,
        },
    },
    value::World,
};
use serde_json::{Map, Value, json};

fn main() {
    divan::main();
}

/// Each role reads one table and writes another; every tenth has a pattern, every twentieth a condition on `*`.
fn project(roles: usize, tables: usize) -> Project {
    let mut resources = Map::new();
    for at in 0..tables {
        let named = if at % 2 == 0 { json!({"TableName": format!("table-{at}")}) } else { json!({}) };
        resources.insert(format!("T{at}"), json!({"Type": "AWS::DynamoDB::Table", "Properties": named}));
    }
    for at in 0..roles {
        let arn = json!({"Fn::GetAtt": [format!("T{}", at % tables), "Arn"]});
        let text = json!({"Fn::Sub": format!("arn:aws:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/table-{}", at * 7 % tables)});
        let mut statements =
            vec![statement("dynamodb:Get*", arn, json!({})), statement("dynamodb:PutItem", text, json!({}))];
        if at % 10 == 0 {
            statements.push(statement("dynamodb:Query", json!("arn:aws:dynamodb:*:*:table/table-1*"), json!({})));
        }
        if at % 20 == 0 {
            let condition = json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}});
            statements.push(statement("dynamodb:*", json!("*"), condition));
        }
        resources.insert(format!("R{at}"), role(&statements));
    }
    support::project(&Value::Object(resources))
}

fn statement(action: &str, resource: Value, condition: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition})
}

fn role(statements: &[Value]) -> Value {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    json!({"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyName": "p", "PolicyDocument": document}]}})
}

fn pairs(project: &Project) -> usize {
    let world = World::new(project.variables());
    let deployment = Deployment::default();
    let names = Names::new(project, &world, &deployment);
    let targets: Vec<TableTarget> =
        Table::all(project, &world).iter().flat_map(|table| TableTarget::all(table, &names)).collect();
    let matrix = Matrix::new(targets.into_iter().map(Arc::new).collect());
    Principals::new(names).all().iter().map(|principal| matrix.of(principal).len()).sum()
}

#[divan::bench(args = [250, 500, 1000], sample_count = 5)]
fn roles_by_500_tables(bencher: Bencher<'_, '_>, roles: usize) {
    let project = project(roles, 500);
    bencher.bench_local(|| pairs(&project));
}

#[divan::bench(args = [250, 500, 1000], sample_count = 3)]
fn everyone_reaches_everything(bencher: Bencher<'_, '_>, roles: usize) {
    let mut resources = Map::new();
    for at in 0..500 {
        resources.insert(format!("T{at}"), json!({"Type": "AWS::DynamoDB::Table", "Properties": {}}));
    }
    for at in 0..roles {
        resources.insert(
            format!("R{at}"),
            role(&[statement("dynamodb:*", json!("arn:aws:dynamodb:*:*:table/*"), json!({}))]),
        );
    }
    let project = support::project(&Value::Object(resources));
    bencher.bench_local(|| pairs(&project));
}
