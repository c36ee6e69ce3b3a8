//! Suppressions: where they may stand, what they reach, and what is said of wrong ones.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{collections::BTreeSet, fs};

use iac_check::{
    check::{Checked, Options, check},
    engine::Outcome,
    suppress,
};
use jiff::civil::date;

const PITR: &str = "dynamodb/point-in-time-recovery";
const PROTECTION: &str = "dynamodb/deletion-protection";

fn run_with(files: &[(&str, &str)], options: suppress::Options) -> Checked {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let rules = vec![PITR.to_owned(), PROTECTION.to_owned()];
    check(&Options { rules, suppress: options, ..Options::new(folder.path()) }).unwrap()
}

fn run(files: &[(&str, &str)]) -> Checked {
    run_with(files, suppress::Options { foreign: true, today: Some(date(2026, 11, 23)) })
}

/// `address rule-name`, with instances, of the failures that count.
fn open(checked: &Checked) -> BTreeSet<String> {
    let failures = checked
        .report
        .findings
        .iter()
        .filter(|finding| finding.outcome == Outcome::Fail && finding.suppressed.is_none());
    failures
        .map(|finding| {
            format!("{}{} {}", finding.address, finding.instances.concat(), finding.rule.id.split_once('/').unwrap().1)
        })
        .collect()
}

fn codes(checked: &Checked) -> Vec<&'static str> {
    checked.report.problems.iter().map(|problem| problem.code).collect()
}

fn assert_open(checked: &Checked, expected: &[&str]) {
    assert_eq!(
        open(checked),
        expected.iter().map(|text| (*text).to_owned()).collect(),
        "{:#?}",
        checked.report.problems
    );
    assert_eq!(codes(checked), Vec::<&str>::new());
}

#[test]
fn terraform_resource_and_attribute() {
    let text = r#"
# iac-check: ignore[dynamodb/deletion-protection] made anew every night
resource "aws_dynamodb_table" "above" {
  name = "a"
}

resource "aws_dynamodb_table" "header" { // iac-check: ignore[dynamodb/*] scratch
  name = "b"
}

resource "aws_dynamodb_table" "inside" {
  name = "c"
  # iac-check: ignore[dynamodb/point-in-time-recovery, dynamodb/deletion-protection] scratch
}

resource "aws_dynamodb_table" "attribute" {
  name = "d"
  point_in_time_recovery {
    enabled = false # iac-check: ignore[dynamodb/point-in-time-recovery] cheap
  }
  /* iac-check: ignore[dynamodb/deletion-protection] cheap */
  deletion_protection_enabled = false
}

resource "aws_dynamodb_table" "bare" {
  name = "e"
}
"#;
    let checked = run(&[("main.tf", text)]);
    assert_open(
        &checked,
        &[
            "aws_dynamodb_table.above point-in-time-recovery",
            "aws_dynamodb_table.bare deletion-protection",
            "aws_dynamodb_table.bare point-in-time-recovery",
        ],
    );
    assert_eq!(checked.report.counts.suppressed, 7);
    assert!(
        checked
            .report
            .findings
            .iter()
            .filter_map(|finding| finding.suppressed.as_ref())
            .all(|suppression| suppression.span.is_some())
    );
}

#[test]
fn a_suppression_reaches_no_further_than_its_place() {
    let text = r#"
resource "aws_dynamodb_table" "t" {
  name = "d"
  point_in_time_recovery {
    enabled = false
  }
  # iac-check: ignore[dynamodb/*] only the protection is meant
  deletion_protection_enabled = false
}
"#;
    assert_open(&run(&[("main.tf", text)]), &["aws_dynamodb_table.t point-in-time-recovery"]);
}

#[test]
fn modules_and_keys() {
    let root = r#"
# iac-check: ignore[dynamodb/deletion-protection] a test bed
module "bed" {
  source = "./table"
}
module "many" {
  source   = "./table"
  for_each = toset(["a", "b"])
  # iac-check: ignore[dynamodb/*]["a"] a holds nothing
}
resource "aws_dynamodb_table" "each" { # iac-check: ignore[dynamodb/point-in-time-recovery]["x"] x is derived
  for_each                    = toset(["x", "y"])
  name                        = each.key
  deletion_protection_enabled = true
}
"#;
    let checked =
        run(&[("main.tf", root), ("table/main.tf", "resource \"aws_dynamodb_table\" \"t\" {\n  name = \"t\"\n}\n")]);
    assert_open(
        &checked,
        &[
            "aws_dynamodb_table.each\"y\" point-in-time-recovery",
            "module.bed.aws_dynamodb_table.t point-in-time-recovery",
            "module.many.aws_dynamodb_table.t deletion-protection",
            "module.many.aws_dynamodb_table.t point-in-time-recovery",
        ],
    );
    assert_eq!(checked.report.counts.suppressed, 4);
}

#[test]
fn an_argument_of_a_module_call() {
    let root = r#"
module "bed" {
  source = "./table"
  tags   = {}

  protection = false # iac-check: ignore[dynamodb/deletion-protection] a test bed
}
"#;
    let table = r#"
variable "protection" {}
variable "tags" {}
resource "aws_dynamodb_table" "t" {
  name                        = "t"
  deletion_protection_enabled = var.protection
}
"#;
    let checked = run(&[("main.tf", root), ("table/main.tf", table)]);
    assert_open(&checked, &["module.bed.aws_dynamodb_table.t point-in-time-recovery"]);
}

#[test]
fn templates() {
    let text = r"
Resources:
  # iac-check: ignore[dynamodb/deletion-protection] scratch
  Above:
    Type: AWS::DynamoDB::Table
  Inside:
    # iac-check: ignore[dynamodb/*] scratch
    Type: AWS::DynamoDB::Table
  Attribute:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: x
      DeletionProtectionEnabled: false # iac-check: ignore[dynamodb/*] scratch
      PointInTimeRecoverySpecification:
        # iac-check: ignore[dynamodb/*] scratch
        PointInTimeRecoveryEnabled: false
  Metadata:
    Type: AWS::DynamoDB::Table
    Metadata:
      iac-check:
        ignore:
          - {rule: dynamodb/point-in-time-recovery, reason: scratch, until: 2026-11-23}
";
    let checked = run(&[("t.yaml", text)]);
    assert_open(&checked, &["Above point-in-time-recovery", "Metadata deletion-protection"]);
}

#[test]
fn wrong_ones_are_problems_and_do_not_count() {
    let text = r#"
# iac-check: ignore[dynamodb/deletion-protection]
resource "aws_dynamodb_table" "reasonless" {
  name = "a"
}
# iac-check: ignore[dynamodb/*] until=2026-11-22 only for the move
resource "aws_dynamodb_table" "expired" {
  name = "b"
}
# iac-check: ignore[dynamodb/*] until=2026-02-30 no such day
resource "aws_dynamodb_table" "day" {
  name = "c"
}
# iac-check: ignore[dynamodb/backups] no such rule
resource "aws_dynamodb_table" "rule" {
  name = "d"
}
# iac-check: ignore[kms/*] did not run
# iac-check: ignore[dynamodb/deletion-protection] not needed
resource "aws_dynamodb_table" "unused" {
  name                        = "e"
  deletion_protection_enabled = true
}
"#;
    let checked = run(&[("main.tf", text)]);
    assert_eq!(
        codes(&checked),
        [
            "suppression-without-reason",
            "suppression-expired",
            "suppression-syntax",
            "suppression-syntax",
            "suppression-unused"
        ]
    );
    assert_eq!((checked.report.counts.suppressed, open(&checked).len()), (0, 9));
    let undated = run_with(&[("main.tf", text)], suppress::Options::default());
    assert_eq!(undated.report.counts.suppressed, 2, "without a day nothing expires");
}

#[test]
fn peers_are_honoured_through_aliases() {
    let terraform = r#"
resource "aws_dynamodb_table" "checkov" {
  name                        = "a"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
    #checkov:skip=CKV_AWS_28:backed up elsewhere
  }
}
#trivy:ignore:AVD-AWS-0024
resource "aws_dynamodb_table" "trivy" {
  name                        = "b"
  deletion_protection_enabled = true
}
#tfsec:ignore:aws-dynamodb-enable-recovery:exp:2020-01-01 trivy:ignore:AWS-9999
resource "aws_dynamodb_table" "expired" {
  name                        = "c"
  deletion_protection_enabled = true
}
"#;
    let template = r"
Resources:
  Nag:
    Type: AWS::DynamoDB::Table
    Metadata:
      cfn_nag: {rules_to_suppress: [{id: W78, reason: none}]}
      cdk_nag: {rules_to_suppress: [{id: AwsSolutions-DDB3, reason: none}]}
    Properties: {DeletionProtectionEnabled: true}
  Guard:
    Type: AWS::DynamoDB::Table
    Metadata: {guard: {SuppressedRules: [DYNAMODB_PITR_ENABLED]}}
    Properties: {DeletionProtectionEnabled: true}
  Checkov:
    Type: AWS::DynamoDB::Table
    Metadata: {checkov: {skip: [{id: CKV_AWS_28, comment: none}]}}
    Properties: {DeletionProtectionEnabled: true}
";
    let files = [("main.tf", terraform), ("t.yaml", template)];
    let checked = run(&files);
    assert_eq!(open(&checked), BTreeSet::from(["aws_dynamodb_table.expired point-in-time-recovery".to_owned()]));
    assert_eq!(codes(&checked), ["suppression-expired"]);
    let reasons: Vec<&str> =
        checked.report.findings.iter().filter_map(|finding| Some(&*finding.suppressed.as_ref()?.reason)).collect();
    assert!(reasons.contains(&"backed up elsewhere") && reasons.contains(&"trivy:ignore:AVD-AWS-0024"), "{reasons:?}");
    let strict = run_with(&files, suppress::Options { foreign: false, today: None });
    assert_eq!((open(&strict).len(), strict.report.counts.suppressed), (6, 0));
}

#[test]
fn a_plan_is_suppressed_in_its_source() {
    let plan = r#"{"format_version":"1.2","terraform_version":"1.9.0",
        "planned_values":{"root_module":{"resources":[{"address":"aws_dynamodb_table.t","mode":"managed","type":"aws_dynamodb_table","name":"t",
            "provider_name":"registry.terraform.io/hashicorp/aws","schema_version":1,"values":{"name":"t","deletion_protection_enabled":false,"point_in_time_recovery":[{"enabled":false}]}}]}},
        "resource_changes":[{"address":"aws_dynamodb_table.t","mode":"managed","type":"aws_dynamodb_table","name":"t",
            "change":{"actions":["create"],"before":null,"after":{"name":"t","deletion_protection_enabled":false,"point_in_time_recovery":[{"enabled":false}]},"after_unknown":{}}}],
        "configuration":{"root_module":{"resources":[{"address":"aws_dynamodb_table.t","mode":"managed","type":"aws_dynamodb_table","name":"t","expressions":{"name":{"constant_value":"t"}}}]}}}"#;
    let source = "resource \"aws_dynamodb_table\" \"t\" {\n  # iac-check: ignore[dynamodb/deletion-protection] scratch\n  name = \"t\"\n}\n";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plan.json"), plan).unwrap();
    fs::write(folder.path().join("main.tf"), source).unwrap();
    let rules = vec![PITR.to_owned(), PROTECTION.to_owned()];
    let root = Some(folder.path().to_path_buf());
    let checked = check(&Options { rules, root, ..Options::new(folder.path().join("plan.json")) }).unwrap();
    assert_open(&checked, &["aws_dynamodb_table.t point-in-time-recovery"]);
    assert_eq!(checked.report.counts.suppressed, 1);
}
