//! Mutations of passing fixtures. Each passing resource whose deciding attribute is a value in its source is tried with
//! the value flipped (a truth value) and taken away (`null`, `AWS::NoValue`). A flipped one must fail; what is left
//! without a value must be what `testdata/mutations.toml` says. Rules that statements, lists or other resources decide
//! have their edits written in `testdata/mutations-written.toml`. Every rule has a mutation of either kind that makes a
//! passing resource fail, and one that takes something away.

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
}

/// A line of `mutations-written.toml`, which says what the fields mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    r#in: String,
    passing: String,
    find: Option<String>,
    #[serde(default)]
    put: String,
    without: Option<String>,
    r#as: Option<String>,
    is: String,
}

impl Edit {
    fn takes_away(&self) -> bool {
        self.put.is_empty() || self.put.contains("null") || self.put.contains("AWS::NoValue")
    }

    /// Where a text stands first after the opening of the passing resource, else first in the file.
    fn position(&self, text: &str, wanted: &str) -> usize {
        let name = self.passing.rsplit('.').next().unwrap();
        let openings = [format!("\"{name}\" {{"), format!("\n  {name}:")];
        let opening = openings.iter().find_map(|opening| Some(text.find(opening)? + opening.len() - 1)).unwrap_or(0);
        let found = text[opening..].find(wanted).map(|at| opening + at).or_else(|| text.find(wanted));
        found.unwrap_or_else(|| panic!("{}: `{wanted}` is not there", self.r#in))
    }

    fn apply(&self, text: &str) -> String {
        let range = match (&self.find, &self.without) {
            (Some(find), None) => {
                let at = self.position(text, find);
                at..at + find.len()
            }
            (None, Some(opening)) => block(text, self.position(text, opening)),
            _ => panic!("an edit has either `find` or `without`"),
        };
        [&text[..range.start], &self.put, &text[range.end..]].concat()
    }
}

/// The lines of what opens at a place: the line itself, those that are indented deeper, and, where the line ends with a
/// bracket, the one that closes it.
fn block(text: &str, at: usize) -> std::ops::Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |before| before + 1);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text[start..].split_inclusive('\n');
    let opening = lines.next().unwrap();
    let mut end = start + opening.len();
    for line in lines {
        let is_inner = line.trim().is_empty() || indent(line) > indent(opening);
        if is_inner || opening.trim_end().ends_with(['{', '[', '(']) {
            end += line.len();
        }
        if !is_inner {
            break;
        }
    }
    start..end
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
    let report = check(&options).unwrap().report;
    let broken = report.problems.iter().find(|problem| problem.code.contains("syntax"));
    assert!(broken.is_none(), "{} {name}: {:?} of\n{text}", rule.id, broken.map(|problem| &problem.message));
    let findings = report.findings;
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
    /// Rules that have a mutation; each has one that takes the value away.
    generated: BTreeSet<String>,
    /// Those that have one that must fail.
    failing: BTreeSet<String>,
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
            if wanted == ["fail"] {
                tried.failing.insert(rule.id.to_owned());
            }
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

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    toml::from_str(&fs::read_to_string(root().join(name)).unwrap()).unwrap()
}

#[test]
fn what_decides_decides() {
    let table: Table = read("mutations.toml");
    let written: BTreeMap<String, Vec<Edit>> = read("mutations-written.toml");
    let mut tried = Tried { mutations: 0, generated: BTreeSet::new(), failing: BTreeSet::new(), wrong: Vec::new() };
    for rule in rules::all() {
        let entries = fs::read_dir(root().join("rules").join(rule.id)).unwrap().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|found| found == "tf" || found == "yaml")) {
            try_file(rule, path, &table, &mut tried);
        }
    }
    let written = |id: &str| written.get(id).into_iter().flatten();
    let fails = |id: &str| tried.failing.contains(id) || written(id).any(|edit| edit.is == "fail");
    let loses = |id: &str| tried.generated.contains(id) || written(id).any(Edit::takes_away);
    let missing: Vec<&str> = rules::all().iter().map(|rule| rule.id).filter(|id| !fails(id) || !loses(id)).collect();
    let agree = tried.mutations - tried.wrong.len();
    println!("{agree} of {} mutations agree, of {} rules", tried.mutations, tried.generated.len());
    assert!(tried.wrong.is_empty(), "{}", tried.wrong.join("\n"));
    assert!(missing.is_empty(), "no mutation makes these fail, or none takes something away: {missing:#?}");
}

/// What is wrong about an edit: the resource does not pass before it, or is not what it should be after it.
fn try_edit(rule: &Rule, edit: &Edit) -> Option<String> {
    let text = fs::read_to_string(root().join("rules").join(rule.id).join(&edit.r#in)).unwrap();
    let outcome = |text: &str, address: &str| {
        let found = judge(rule, &edit.r#in, text).into_iter().find(|judged| judged.address == address);
        let is_there = text.contains(address.rsplit('.').next().unwrap());
        found.map_or(if is_there { "not-applicable" } else { "gone" }, |judged| judged.outcome.name())
    };
    let before = outcome(&text, &edit.passing);
    let after = outcome(&edit.apply(&text), edit.r#as.as_ref().unwrap_or(&edit.passing));
    let what = match (&edit.find, &edit.without) {
        (Some(find), _) => format!("`{find}` → `{}`", edit.put),
        (None, without) => format!("without {without:?}"),
    };
    (before != "pass" || after != edit.is)
        .then(|| format!("{} {} {}: {before}, {what} is {after}, not {}", rule.id, edit.r#in, edit.passing, edit.is))
}

#[test]
fn what_is_written_decides() {
    let written: BTreeMap<String, Vec<Edit>> = read("mutations-written.toml");
    let all: BTreeMap<&str, &Rule> = rules::all().into_iter().map(|rule| (rule.id, rule)).collect();
    let mut wrong = Vec::new();
    for (id, edits) in &written {
        let rule = all.get(id.as_str()).unwrap_or_else(|| panic!("there is no rule {id}"));
        wrong.extend(edits.iter().filter_map(|edit| try_edit(rule, edit)));
    }
    let edits: usize = written.values().map(Vec::len).sum();
    println!("{} of {edits} edits agree, of {} rules", edits - wrong.len().min(edits), written.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
