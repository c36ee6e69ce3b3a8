//! The rules against the catalogue, `testdata/catalogue.toml`: each row is a rule of that severity, raised on sensitive
//! tables where the catalogue says so, with fixtures of each outcome in both languages; each area has a Terraform plan
//! and a SAM template or CDK assembly among its fixtures. (`rules.rs` checks what the fixtures say.)

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use iac_check::{
    check::{Options, check},
    engine::{Outcome, Profile, Rule},
    rules,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    severity: Option<String>,
    #[serde(default)]
    raised: bool,
    #[serde(default)]
    strict: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn catalogue() -> BTreeMap<String, Row> {
    toml::from_str(&fs::read_to_string(root().join("catalogue.toml")).unwrap()).unwrap()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn fixtures(id: &str) -> Vec<PathBuf> {
    files(&root().join("rules").join(id)).into_iter().filter(|path| !path.ends_with("golden.txt")).collect()
}

#[test]
fn every_row_is_a_rule_and_every_rule_a_row() {
    let rows = catalogue();
    let ids: BTreeSet<String> = rules::all().iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(ids, rows.keys().cloned().collect());
    let mut wrong = Vec::new();
    for rule in rules::all() {
        let row = &rows[rule.id];
        let severity = row.severity.as_deref().unwrap_or(rule.severity.name());
        let profile = if row.strict { Profile::Strict } else { Profile::Default };
        if (severity, profile) != (rule.severity.name(), rule.profile) {
            wrong.push(format!("{}: {} {:?}, not {severity} {profile:?}", rule.id, rule.severity, rule.profile));
        }
        for language in ["tf", "yaml"] {
            if !fixtures(rule.id).iter().any(|path| path.extension().is_some_and(|found| found == language)) {
                wrong.push(format!("{}: no fixture in .{language}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a failure of the rule in its fixtures is more severe than the rule.
fn raises(rule: &Rule, language: &str) -> bool {
    let paths = fixtures(rule.id);
    let mut of_language = paths.iter().filter(|path| path.extension().is_some_and(|found| found == language));
    of_language.any(|path| {
        let options =
            Options { rules: vec![rule.id.to_owned()], profile: Profile::Strict, ..Options::all_verdicts(path) };
        let findings = check(&options).unwrap().report.findings;
        findings.iter().any(|finding| finding.outcome == Outcome::Fail && finding.severity == rule.severity.raised())
    })
}

#[test]
fn sensitive_tables_raise_what_the_catalogue_raises() {
    let mut wrong = Vec::new();
    for (id, row) in catalogue() {
        let rule = rules::find(&id).unwrap();
        for language in ["tf", "yaml"] {
            if row.raised && !raises(rule, language) {
                wrong.push(format!("{id}: no fixture in .{language} fails on a sensitive table"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_area_is_tried_on_a_plan_and_on_what_makes_templates() {
    let mut missing = Vec::new();
    let areas: BTreeSet<&str> = rules::all().iter().map(|rule| rule.area()).collect();
    for area in areas {
        let names: Vec<String> =
            files(&root().join("rules").join(area)).iter().map(|path| path.to_string_lossy().into_owned()).collect();
        for (what, ends) in [("Terraform plan", &["/plan.json"][..]), ("SAM or CDK", &["/sam.yaml", "/manifest.json"])]
        {
            if !names.iter().any(|name| ends.iter().any(|end| name.ends_with(end))) {
                missing.push(format!("{area}: no fixture: {what}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Forms in which the same thing may be written, each with a fixture.
const FORMS: [&str; 24] = [
    "AWS::DynamoDB::GlobalTable",
    "AWS::Serverless::SimpleTable",
    "replica {",
    "aws_dynamodb_table_replica",
    "aws_dynamodb_resource_policy",
    "aws_dynamodb_kinesis_streaming_destination",
    "aws_dynamodb_tag",
    "default_tags",
    "AWS::CloudFormation::Stack",
    "aws_appautoscaling_policy",
    "aws_kms_key_policy",
    "aws_kms_replica_key",
    "aws_kms_alias",
    "aws_vpc_endpoint_route_table_association",
    "aws_vpc_endpoint_policy",
    "aws_iam_role_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_ssoadmin_permission_set_inline_policy",
    "aws_config_configuration_recorder_status",
    "aws_backup_vault_lock_configuration",
    "aws_s3_bucket_acl",
    "aws_s3_bucket_logging",
    "data.aws_region.current.name",
    "data.aws_region.current.region",
];

#[test]
fn every_form_occurs_in_a_fixture() {
    let texts: Vec<String> =
        files(&root().join("rules")).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let missing: Vec<&str> = FORMS.into_iter().filter(|form| !texts.iter().any(|text| text.contains(form))).collect();
    assert!(missing.is_empty(), "no fixture has {missing:?}");
}
