//! `iac-check access` as a user meets it: every format, what is filtered, and names that attack the reader.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

fn program() -> Command {
    let mut command = Command::cargo_bin("iac-check").unwrap();
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/access"));
    for variable in ["GITHUB_ACTIONS", "NO_COLOR", "CLICOLOR_FORCE", "GITHUB_SERVER_URL"] {
        command.env_remove(variable);
    }
    command
}

fn run(args: &[&str]) -> Output {
    program().args(["access", "--root", "."]).args(args).output().unwrap()
}

fn stdout(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&stdout(&[args, &["--format", "json"]].concat())).unwrap()
}

/// The permission of a principal on a table for a class.
fn permission(document: &Value, principal: &str, table: &str, class: &str) -> String {
    let pairs = document["access"].as_array().unwrap();
    let found = pairs.iter().find(|pair| {
        pair["principal"]["address"].as_str().unwrap().ends_with(principal)
            && pair["table"]["address"].as_str().unwrap().ends_with(table)
    });
    found.map_or("deny", |pair| pair["permissions"][class].as_str().unwrap()).to_owned()
}

#[test]
fn the_matrix_for_people() {
    insta::assert_snapshot!(stdout(&["team"]));
}

#[test]
fn a_cell_is_explained() {
    insta::assert_snapshot!(stdout(&["team", "--table", "orders", "--principal", "support"]));
}

#[test]
fn each_answer_has_its_reason() {
    let document = json(&["team"]);
    let of = |principal, table, class| permission(&document, principal, table, class);
    assert_eq!(of("role.api", "orders", "read"), "allow");
    assert_eq!(of("role.api", "orders", "delete"), "deny");
    assert_eq!(of("role.support", "orders", "scan"), "conditional", "through one endpoint");
    assert_eq!(of("role.support", "orders", "export"), "deny", "a Deny wins");
    assert_eq!(of("role.operator", "archive", "administer"), "conditional", "by an input");
    assert_eq!(of("role.plugin", "archive", "write"), "unknown");
    assert_eq!(of("role.intern", "archive", "read"), "deny", "by the boundary");
    assert_eq!(of("role/auditor", "invoices", "read"), "allow", "by the table's own policy");
    assert_eq!(of("role/auditor", "invoices", "scan"), "deny");
    assert_eq!(of("role/auditor", "orders", "read"), "deny");
    let pairs = document["access"].as_array().unwrap();
    let reasons = |principal: &str| {
        let own = pairs.iter().filter(|pair| pair["principal"]["address"].as_str().unwrap().ends_with(principal));
        own.flat_map(|pair| pair["reasons"].as_array().unwrap()).cloned().collect::<Vec<_>>()
    };
    assert!(reasons("role.operator").iter().all(|reason| reason["when"] == "var.emergency is 'true'"));
    let support = &reasons("role.support")[0]["allowed_by"][0];
    assert_eq!(support["statement"], "statement \"FromTheOffice\"");
    assert_eq!(support["conditions"][0], "StringEquals aws:SourceVpce vpce-1");
    assert_eq!(support["location"]["file"], "team/main.tf");
    let api =
        document["principals"].as_array().unwrap().iter().find(|row| row["address"] == "aws_iam_role.api").unwrap();
    assert_eq!(api["workloads"][0]["address"], "aws_lambda_function.api");
    assert_eq!(api["trusts"][0], "lambda.amazonaws.com");
}

#[test]
fn the_same_twice() {
    for format in ["human", "json", "dot", "html"] {
        assert_eq!(stdout(&["team", "--format", format]), stdout(&["team", "--format", format]), "{format}");
    }
}

#[test]
fn names_choose() {
    let document = json(&["team", "--table", "inv*"]);
    assert_eq!(document["tables"].as_array().unwrap().len(), 1);
    let refused = stdout(&["team", "--table", "orders", "--principal", "aws_iam_role.intern"]);
    assert!(refused.contains("the permissions boundary does not allow it"), "{refused}");
    let wrong = run(&["team", "--table", "nothing"]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.contains("aws_dynamodb_table.archive, aws_dynamodb_table.invoices"), "{said}");
    assert_eq!(run(&["team", "--format", "png"]).status.code(), Some(2));
    assert_eq!(run(&["no-such-folder"]).status.code(), Some(2));
}

#[test]
fn the_graph_for_graphviz() {
    insta::assert_snapshot!(stdout(&["team", "--format", "dot", "--principal", "api"]));
}

#[test]
fn colours_only_where_they_are_wanted() {
    assert!(!stdout(&["team"]).contains('\u{1b}'));
    assert!(stdout(&["team", "--color", "always"]).contains('\u{1b}'));
    let quiet = program().args(["access", "team"]).env("NO_COLOR", "1").output().unwrap();
    assert!(!String::from_utf8(quiet.stdout).unwrap().contains('\u{1b}'));
}

#[test]
fn the_page_stands_alone() {
    for folder in ["team", "hostile"] {
        let page = stdout(&[folder, "--format", "html"]);
        assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
        for wrong in ["<script", "<img", "<iframe", "<link", "url(", "@import", "<b>\u{1b}", "\u{202e}"] {
            assert!(!page.contains(wrong), "{folder} has {wrong}");
        }
        assert!(!page.contains('\u{1b}') && !page.contains('\u{7}'));
        // One style, one graph: no name has closed an element and begun another.
        for (element, number) in [("<style>", 1), ("</style>", 1), ("<svg ", 1), ("</svg>", 1), ("<title>iac-check", 1)]
        {
            assert_eq!(page.matches(element).count(), number, "{folder}: {element}");
        }
    }
}

#[test]
fn hostile_names_are_only_names() {
    for format in ["human", "dot"] {
        let text = stdout(&["hostile", "--explain", "--format", format]);
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{format}");
        assert!(!text.lines().any(|line| line.starts_with("::")), "{format}: {text}");
    }
    let dot = stdout(&["hostile", "--format", "dot"]);
    let edges = dot.lines().filter(|line| line.contains(" -> ")).count();
    assert_eq!(edges, 2, "{dot}");
    let lines = dot.lines().filter(|line| line.trim_start().starts_with(['p', 't']));
    for line in lines {
        // Every quote that is not escaped opens or closes a label.
        let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
        assert_eq!(quotes, 2, "{line}");
    }
    let document = json(&["hostile"]);
    assert_eq!(document["tables"][0]["address"], "Table");
    let fenced = program().args(["access", "hostile"]).env("GITHUB_ACTIONS", "true").output().unwrap();
    assert!(String::from_utf8(fenced.stdout).unwrap().starts_with("::stop-commands::"));
}

/// `number` roles that reach each of `number` tables.
fn crowd(number: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut resources = serde_json::Map::new();
    for at in 0..number {
        let keys = serde_json::json!({"AttributeName": "id", "KeyType": "HASH"});
        let table = serde_json::json!({"TableName": format!("t{at}"), "KeySchema": [keys]});
        resources.insert(format!("T{at}"), serde_json::json!({"Type": "AWS::DynamoDB::Table", "Properties": table}));
        let statement = serde_json::json!({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"});
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": [statement]});
        let role = serde_json::json!({"Policies": [{"PolicyName": "p", "PolicyDocument": document}]});
        resources.insert(format!("R{at}"), serde_json::json!({"Type": "AWS::IAM::Role", "Properties": role}));
    }
    let text = serde_json::to_string(&serde_json::json!({"Resources": resources})).unwrap();
    std::fs::write(folder.path().join("template.json"), text).unwrap();
    folder
}

#[test]
fn a_crowd_is_bounded_and_said_to_be() {
    let few = crowd(3);
    let page = |folder: &tempfile::TempDir| {
        let output = program().args(["access", folder.path().to_str().unwrap(), "--format", "html"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(page(&few).matches(r#"<g class="edge"#).count(), 9);
    let many = page(&crowd(60));
    assert!(!many.contains("<svg"));
    assert!(many.contains("make no graph that can be read"));
    assert!(many.contains("1600 more pairs of principal and table are left out"));
    assert!(many.len() < 8_000_000, "{}", many.len());
}

#[test]
fn the_report_shows_access_too() {
    let output = program().args(["check", "team", "--format", "html", "--fail-on", "never"]).output().unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("<h2>Who reaches which table</h2>"));
    assert_eq!(page.matches("<svg ").count(), 1);
    let hostile = program().args(["check", "hostile", "--format", "html", "--fail-on", "never"]).output().unwrap();
    let page = String::from_utf8(hostile.stdout).unwrap();
    assert!(page.contains("<svg ") && !page.contains("<script") && !page.contains("<img"));
}
