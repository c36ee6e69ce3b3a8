//! Every rule against its fixtures in `testdata/rules/<area>/<rule>/`. Each file is a project of its own. Resources
//! named `fail…`, `pass…`, `unknown…` must have that verdict; what is underlined is compared with `golden.txt`
//! (`UPDATE=1` rewrites it). A folder is one project of several files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use iac_check::{
    check::{Checked, Options, check},
    engine::{Outcome, Profile, Rule},
    rules,
};

const OUTCOMES: [(&str, Outcome); 3] =
    [("fail", Outcome::Fail), ("pass", Outcome::Pass), ("unknown", Outcome::Unknown)];

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules")
}

fn fixtures(rule: &Rule) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(testdata().join(rule.id)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| !path.ends_with("golden.txt")).collect();
    paths.sort();
    paths
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten() {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

/// Checks one fixture alone, by one rule.
fn run(rule: &Rule, fixture: &Path) -> Checked {
    let folder = tempfile::tempdir().unwrap();
    let target =
        if fixture.is_dir() { folder.path().to_path_buf() } else { folder.path().join(fixture.file_name().unwrap()) };
    copy(fixture, &target);
    let options =
        Options { rules: vec![rule.id.to_owned()], profile: Profile::Strict, ..Options::all_verdicts(folder.path()) };
    check(&options).unwrap()
}

/// Whether the page of a rule says that an outcome cannot occur in a language, in a line
/// `Cannot occur in Terraform: fail, unknown.`
fn cannot_occur(rule: &Rule, language: &str, outcome: &str) -> bool {
    let start = format!("Cannot occur in {language}: ");
    let outcomes = rule.page.lines().find_map(|line| line.strip_prefix(&*start));
    outcomes.is_some_and(|outcomes| outcomes.trim_end_matches('.').split(", ").any(|named| named == outcome))
}

/// The name that says what is expected: the last part of the address.
fn expected(address: &str) -> Option<Outcome> {
    let name = address.rsplit(['.', '/']).next().unwrap_or(address).to_ascii_lowercase();
    OUTCOMES.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, outcome)| *outcome)
}

#[test]
fn fixtures_have_the_verdicts_of_their_names() {
    let mut wrong = String::new();
    for rule in rules::all() {
        let mut golden = String::new();
        for fixture in fixtures(rule) {
            let name = fixture.file_name().unwrap().to_string_lossy().into_owned();
            let Checked { report, sources } = run(rule, &fixture);
            let mut named = 0;
            for finding in &report.findings {
                let Some(outcome) = expected(&finding.address) else { continue };
                named += 1;
                if finding.outcome != outcome {
                    writeln!(
                        wrong,
                        "{} {name}: {} is {:?}: {}",
                        rule.id, finding.address, finding.outcome, finding.message
                    )
                    .unwrap();
                }
                let file = sources.file(finding.span.file);
                let at = file.position(finding.span.start);
                let text = file.slice(finding.span).lines().next().unwrap_or_default().to_owned();
                writeln!(
                    golden,
                    "{name}:{}:{} {} {}: {} [{text}]",
                    at.line,
                    at.column,
                    finding.outcome.name(),
                    finding.address,
                    finding.message
                )
                .unwrap();
            }
            for problem in &report.problems {
                writeln!(golden, "{name} problem {}: {}", problem.code, problem.message).unwrap();
            }
            if named == 0 {
                writeln!(wrong, "{} {name}: no resource named pass, fail or unknown was judged", rule.id).unwrap();
            }
        }
        let path = testdata().join(rule.id).join("golden.txt");
        if std::env::var_os("UPDATE").is_some() && !golden.is_empty() {
            fs::write(&path, &golden).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != golden {
            writeln!(wrong, "{}: differs from golden.txt:\n{golden}", rule.id).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_rule_has_fixtures_of_every_outcome_in_both_languages() {
    let mut missing = Vec::new();
    for rule in rules::all() {
        let mut seen = BTreeSet::new();
        for fixture in fixtures(rule) {
            let checked = run(rule, &fixture);
            for finding in &checked.report.findings {
                let language = if finding.source_type.contains("::") { "CloudFormation" } else { "Terraform" };
                seen.extend(expected(&finding.address).map(|outcome| (language, outcome)));
            }
        }
        for language in ["CloudFormation", "Terraform"] {
            for (name, outcome) in OUTCOMES {
                let occurs = seen.contains(&(language, outcome));
                if cannot_occur(rule, language, name) {
                    assert!(!occurs, "{}: `{name}` in {language} occurs after all", rule.id);
                } else if !occurs {
                    missing.push(format!("{}: no `{name}` in {language}", rule.id));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_file_of_a_rule_is_listed() {
    let listed: BTreeSet<String> = rules::all().iter().map(|rule| rule.id.to_owned()).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    for area in fs::read_dir(&root).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for file in fs::read_dir(area.path()).unwrap().flatten() {
            let path = file.path();
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let is_rule = path.extension().is_some_and(|extension| extension == "md") || text.contains("RULE: Rule");
            let id = format!("{}/{stem}", area.file_name().to_string_lossy());
            assert!(!is_rule || listed.contains(&id), "{} is no listed rule", path.display());
        }
    }
}

#[test]
fn every_page_has_its_sections() {
    for rule in rules::all() {
        assert_ne!(rule.title(), rule.id, "{}: the page has no title", rule.id);
        for heading in ["What", "Why", "How to fix", "References"] {
            assert!(!rule.section(heading).is_empty(), "{}: the page has no `## {heading}`", rule.id);
        }
        let fix = rule.section("How to fix");
        assert!(
            fix.contains("Terraform") && fix.contains("CloudFormation"),
            "{}: How to fix speaks of one language only",
            rule.id
        );
    }
}

/// Findings of two rules that differ in strength on the fixtures of the stronger one.
#[test]
fn a_weaker_rule_is_silent_where_the_stronger_fails() {
    let failing = |rules: &[&str]| {
        let path = testdata().join("dynamodb/customer-managed-key/basic.tf");
        let options = Options { rules: rules.iter().map(ToString::to_string).collect(), ..Options::new(path) };
        let findings =
            check(&options).unwrap().report.findings.into_iter().filter(|finding| finding.outcome == Outcome::Fail);
        findings.filter(|finding| finding.rule.id == "dynamodb/kms-encryption").count()
    };
    assert_ne!(failing(&["dynamodb/kms-encryption"]), 0);
    assert_eq!(failing(&["dynamodb/kms-encryption", "dynamodb/customer-managed-key"]), 0);
}
