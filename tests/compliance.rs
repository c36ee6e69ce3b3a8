//! Findings by control: what the tables hold, and how resources are counted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;

use iac_check::{
    check::{Options, check},
    compliance::{Controls, Format, write},
    rules,
};

/// Rules of the catalogue that the table of topics may name before they are built.
const PLANNED: [&str; 6] = [
    "cloudtrail/log-bucket-access-logging",
    "cloudtrail/log-bucket-public",
    "dynamodb/autoscaling",
    "dynamodb/backup-plan",
    "iam/admin-statement",
    "kms/decrypt-all-keys",
];

#[test]
fn every_row_has_aws_or_two_sources_and_every_rule_exists() {
    let text = include_str!("../src/compliance/data/controls.csv");
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let mut rows = 0;
    for record in reader.records() {
        let record = record.unwrap();
        let sources: Vec<&str> = record[3].split(' ').collect();
        assert!(sources.iter().any(|source| source.starts_with("aws-")) || sources.len() > 1, "{record:?}");
        rows += 1;
    }
    assert!(rows > 400, "{rows}");
    let controls = Controls::load().unwrap();
    for framework in controls.frameworks() {
        for rule in controls.rules(framework) {
            assert!(rules::find(rule).is_some() || PLANNED.contains(&rule), "{framework}: {rule}");
        }
    }
}

const TABLES: &str = r#"
resource "aws_dynamodb_table" "on" {
  name = "on"
  point_in_time_recovery { enabled = true }
}
resource "aws_dynamodb_table" "off" {
  name = "off"
}
variable "recover" { type = bool }
resource "aws_dynamodb_table" "open" {
  name = "open"
  point_in_time_recovery { enabled = var.recover }
}
# iac-check: ignore[dynamodb/point-in-time-recovery] scratch
resource "aws_dynamodb_table" "scratch" {
  name = "scratch"
}
"#;

#[test]
fn resources_by_control() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), TABLES).unwrap();
    let rules = vec!["dynamodb/point-in-time-recovery".to_owned()];
    let checked = check(&Options { rules, ..Options::all_verdicts(folder.path()) }).unwrap();
    let controls = Controls::load().unwrap();
    let rows = controls.rows("aws-fsbp", &checked.report);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((&*row.control, &*row.rules), ("DynamoDB.2", &["dynamodb/point-in-time-recovery".to_owned()][..]));
    assert_eq!((row.passing, row.failing, row.unknown, row.accepted), (1, 1, 1, 1));
    let text = |format| {
        let mut out = Vec::new();
        write(format, "aws-fsbp", &rows, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert!(
        text(Format::Csv)
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("aws-fsbp,DynamoDB.2,1,1,1,1,dynamodb/point-in-time-recovery,aws-security-hub")
    );
    assert!(text(Format::Markdown).contains("| DynamoDB.2 | 1 | 1 | 1 | 1 | `dynamodb/point-in-time-recovery` |"));
    let json: serde_json::Value = serde_json::from_str(&text(Format::Json)).unwrap();
    assert_eq!(json["controls"][0]["failing"], 1);
    for format in [Format::Table, Format::Json, Format::Markdown] {
        let text = text(format);
        assert!(text.contains("map to") && !text.contains("compliant"), "{text}");
    }
}

#[test]
fn controls_are_in_natural_order() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), TABLES).unwrap();
    let checked = check(&Options::all_verdicts(folder.path())).unwrap();
    let rows = Controls::load().unwrap().rows("nist-800-53-r5", &checked.report);
    let at = |id: &str| rows.iter().position(|row| row.control == id);
    assert!(
        at("si-12") > at("cp-2(5)") && at("cp-10") > at("cp-9a") && at("cp-10").is_some(),
        "{:?}",
        rows.iter().map(|row| &row.control).collect::<Vec<_>>()
    );
}
