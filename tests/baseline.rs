//! Baselines and diffs: only what is new, or what a change touches, fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fs, path::Path, process::Output};

use assert_cmd::Command;

const TABLE: &str = "resource \"aws_dynamodb_table\" \"a\" {\n  name = \"a\"\n}\n";
const OTHER: &str = "resource \"aws_dynamodb_table\" \"b\" {\n  name = \"b\"\n}\n";
const MENDED: &str =
    "resource \"aws_dynamodb_table\" \"a\" {\n  name = \"a\"\n  deletion_protection_enabled = true\n}\n";

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("iac-check").unwrap();
    command.current_dir(folder).env_remove("GITHUB_ACTIONS").env("SOURCE_DATE_EPOCH", "1700000000");
    command.args(args).args(["--rule", "dynamodb/deletion-protection", "--root", "."]).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn only_new_findings_fail_and_fixed_ones_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main.tf");
    fs::write(&main, TABLE).unwrap();
    let written = run(folder.path(), &["baseline", ".", "-o", "known.json"]);
    assert_eq!(written.status.code(), Some(0), "{}", String::from_utf8_lossy(&written.stderr));
    let check = |args: &[&str]| run(folder.path(), &[&[".", "--baseline", "known.json"], args].concat());
    assert_eq!(run(folder.path(), &["."]).status.code(), Some(1));
    assert_eq!(check(&[]).status.code(), Some(0), "what is known does not fail");
    assert!(stdout(&check(&["--show-suppressed"])).contains("it is in the baseline"));

    fs::write(&main, format!("# moved down\n\n\n{TABLE}")).unwrap();
    assert_eq!(check(&[]).status.code(), Some(0), "lines do not matter");

    fs::write(&main, format!("{TABLE}{OTHER}")).unwrap();
    let new = check(&["--format", "csv"]);
    assert_eq!(new.status.code(), Some(1));
    assert!(stdout(&new).contains("aws_dynamodb_table.b") && !stdout(&new).contains("aws_dynamodb_table.a"));

    fs::write(&main, MENDED).unwrap();
    let mended = check(&["--format", "json"]);
    assert_eq!(mended.status.code(), Some(0));
    assert!(stdout(&mended).contains("baseline-fixed"), "{}", stdout(&mended));
}

#[test]
fn a_baseline_is_the_same_each_time_and_a_wrong_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), format!("{TABLE}{OTHER}")).unwrap();
    let text = stdout(&run(folder.path(), &["baseline", "."]));
    assert_eq!(text, stdout(&run(folder.path(), &["baseline", "."])));
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let addresses: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|known| known["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["aws_dynamodb_table.a", "aws_dynamodb_table.b"]);
    for wrong in ["{}", "{\"version\": 9, \"findings\": []}", "nothing"] {
        fs::write(folder.path().join("wrong.json"), wrong).unwrap();
        assert_eq!(run(folder.path(), &[".", "--baseline", "wrong.json"]).status.code(), Some(2), "{wrong}");
    }
    assert_eq!(run(folder.path(), &[".", "--baseline", "missing.json"]).status.code(), Some(2));
}

#[test]
fn a_diff_limits_what_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), format!("{TABLE}{OTHER}")).unwrap();
    let touches =
        |first: u32| format!("--- a/main.tf\n+++ b/main.tf\n@@ -{first},0 +{},1 @@\n+{}\n", first + 1, "resource");
    let run_diff = |diff: &str| {
        fs::write(folder.path().join("change.diff"), diff).unwrap();
        run(folder.path(), &[".", "--diff", "change.diff", "--format", "csv"])
    };
    let second = run_diff(&touches(3));
    assert_eq!(second.status.code(), Some(1));
    assert!(stdout(&second).contains("aws_dynamodb_table.b") && !stdout(&second).contains("aws_dynamodb_table.a"));
    assert_eq!(run_diff("").status.code(), Some(0));
    let mut command = Command::cargo_bin("iac-check").unwrap();
    let args = [".", "--diff", "-", "--rule", "dynamodb/deletion-protection", "--root", "."];
    let piped = command.current_dir(folder.path()).args(args).write_stdin(touches(0)).output().unwrap();
    assert_eq!(piped.status.code(), Some(1));
}
