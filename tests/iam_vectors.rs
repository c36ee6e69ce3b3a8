//! Decisions and tenant isolation against `testdata/iam/*.jsonl` (or `$IAC_CHECK_VECTORS`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod iam_cases;

use std::{
    fs,
    path::{Path, PathBuf},
};

#[test]
fn every_case_agrees() {
    let folder = std::env::var_os("IAC_CHECK_VECTORS").map_or_else(|| PathBuf::from("testdata/iam"), PathBuf::from);
    let path = if folder.is_file() { folder } else { folder.join("iam-cases.jsonl") };
    all_agree(&path);
}

/// Cases thought up against what is easily got wrong: `Not…` elements, absent keys, indexes, boundaries, accounts,
/// transactions, PartiQL.
#[test]
fn every_own_case_agrees() {
    all_agree(Path::new("testdata/iam/own-cases.jsonl"));
}

fn all_agree(path: &Path) {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut agree, mut total) = (0, 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let expected = case["expected"].as_str().unwrap();
        let answer = iam_cases::answer(&case);
        total += 1;
        if answer.verdict == expected {
            agree += 1;
        } else {
            println!("{}: expected {expected}, got {} ({}) {:?}", case["id"], answer.verdict, case["why"], answer.via);
        }
    }
    println!("{agree} of {total} agree");
    assert!(total > 0 && agree == total);
}
