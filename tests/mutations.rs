//! Mutations of passing fixtures. Each passing resource whose deciding attribute is a value in its source is tried with
//! the value flipped (a truth value) and taken away (`null`, `AWS::NoValue`). A flipped one must fail; what is left
//! without a value must be what `testdata/mutations.toml` says. A rule for which nothing can be generated stands there
//! with the reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

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
struct Table {
    /// Rule → outcomes that a value taken away may have, by the shape of the fixture.
    absent: BTreeMap<String, Vec<String>>,
    /// Rule → why nothing is generated.
    not_generated: BTreeMap<String, String>,
}

/// A finding, and what stands at its place.
struct Judged {
    address: String,
    outcome: Outcome,
    range: std::ops::Range<usize>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn judge(rule: &Rule, name: &str, text: &str) -> Vec<Judged> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    let options =
        Options { rules: vec![rule.id.to_owned()], profile: Profile::Strict, ..Options::all_verdicts(folder.path()) };
    let findings = check(&options).unwrap().report.findings;
    let judged = |finding: iac_check::finding::Finding| Judged {
        address: finding.address.to_string(),
        outcome: finding.outcome,
        range: finding.span.start as usize..finding.span.end as usize,
    };
    findings.into_iter().map(judged).collect()
}

/// Names of fixtures say their verdicts.
fn is_named_pass(address: &str) -> bool {
    let name = address.rsplit(['.', '/']).next().unwrap_or(address);
    name.to_ascii_lowercase().starts_with("pass")
}

/// The opposite of a truth value, as it is written.
fn flipped(value: &str) -> Option<String> {
    let bare = value.trim_matches(['"', '\'']);
    let other = match bare {
        "true" => "false",
        "false" => "true",
        _ => return None,
    };
    Some(value.replacen(bare, other, 1))
}

/// Whether a text is one value that can be replaced: what follows `=` in HCL, `:` in YAML, on one line.
fn is_value(text: &str, range: &std::ops::Range<usize>) -> bool {
    let before = text[..range.start].trim_end_matches([' ']);
    let value = &text[range.clone()];
    before.ends_with(['=', ':']) && !before.ends_with("==") && !value.contains('\n') && !value.is_empty()
}

struct Tried {
    mutations: usize,
    generated: BTreeSet<String>,
    wrong: Vec<String>,
}

fn try_file(rule: &Rule, path: &Path, table: &Table, tried: &mut Tried) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(path).unwrap();
    let none = if name.ends_with(".tf") { "null" } else { "!Ref AWS::NoValue" };
    for passing in judge(rule, &name, &text) {
        if passing.outcome != Outcome::Pass || !is_named_pass(&passing.address) || !is_value(&text, &passing.range) {
            continue;
        }
        let value = &text[passing.range.clone()];
        let outcome_with = |new: &str| {
            let mutated = [&text[..passing.range.start], new, &text[passing.range.end..]].concat();
            let found = judge(rule, &name, &mutated).into_iter().find(|judged| judged.address == passing.address);
            found.map_or("gone", |judged| judged.outcome.name())
        };
        tried.generated.insert(rule.id.to_owned());
        let mut expect = |new: &str, wanted: &[String]| {
            tried.mutations += 1;
            let found = outcome_with(new);
            if !wanted.iter().any(|wanted| wanted == found) {
                let address = &passing.address;
                tried
                    .wrong
                    .push(format!("{} {name} {address}: `{value}` → `{new}` is {found}, not {wanted:?}", rule.id));
            }
        };
        if let Some(other) = flipped(value) {
            expect(&other, &["fail".to_owned()]);
        }
        expect(none, table.absent.get(rule.id).map_or(&[], Vec::as_slice));
    }
}

#[test]
fn what_decides_decides() {
    let table: Table = toml::from_str(&fs::read_to_string(root().join("mutations.toml")).unwrap()).unwrap();
    let mut tried = Tried { mutations: 0, generated: BTreeSet::new(), wrong: Vec::new() };
    for rule in rules::all() {
        let entries = fs::read_dir(root().join("rules").join(rule.id)).unwrap().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|found| found == "tf" || found == "yaml")) {
            try_file(rule, path, &table, &mut tried);
        }
    }
    let all: BTreeSet<String> = rules::all().iter().map(|rule| rule.id.to_owned()).collect();
    let listed: BTreeSet<String> = table.not_generated.keys().cloned().collect();
    let missing: Vec<&String> =
        all.iter().filter(|id| !tried.generated.contains(*id) && !listed.contains(*id)).collect();
    let needless: Vec<&String> = listed.iter().filter(|id| tried.generated.contains(*id)).collect();
    let agree = tried.mutations - tried.wrong.len();
    println!("{agree} of {} mutations agree, of {} rules", tried.mutations, tried.generated.len());
    assert!(tried.wrong.is_empty(), "{}", tried.wrong.join("\n"));
    assert!(missing.is_empty(), "nothing is generated, and no reason given, for {missing:#?}");
    assert!(needless.is_empty(), "listed, but generated: {needless:?}");
}
