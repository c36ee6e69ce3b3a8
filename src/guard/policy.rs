//! Policy files. In: paths that the user names. Out: parsed policies with a [`Rule`] for each of their rules, so that
//! reports, suppressions and baselines know them as they know ours, and a problem for each file that is wrong.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    engine::{Confidence, POLICY_PREFIX, Profile, Rule, Severity, Verdict},
    guard::{
        parse,
        syntax::{Clause, Conjunction, Policy, RuleBody},
    },
    model::{Problem, ProblemKind},
    source::{SourceFile, Sources, Span},
};

/// How large a policy may be, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// The names that policies have in a folder.
const EXTENSIONS: [&str; 2] = ["guard", "ruleset"];

/// The policies of a run.
#[derive(Debug, Default)]
pub struct Policies {
    /// Those that could be read.
    pub files: Vec<PolicyFile>,
    /// What is wrong with the others.
    pub problems: Vec<Problem>,
}

/// A policy that was read.
#[derive(Debug)]
pub struct PolicyFile {
    /// Its path, for messages.
    pub path: Arc<str>,
    /// Its syntax.
    pub policy: Policy,
    /// The description of each of its rules, in the same order.
    pub rules: Vec<&'static Rule>,
    /// Where each rule is named.
    pub places: Vec<Span>,
}

impl Policies {
    /// Every rule, in order of ids.
    pub fn rules(&self) -> Vec<&'static Rule> {
        let mut rules: Vec<&'static Rule> = self.files.iter().flat_map(|file| &file.rules).copied().collect();
        rules.sort_by_key(|rule| rule.id);
        rules.dedup_by_key(|rule| rule.id);
        rules
    }
}

/// The policy files that paths stand for: a file itself, and what a folder holds, at any depth.
///
/// # Errors
/// A path that does not exist, or a folder without policies.
pub fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = BTreeSet::new();
    for path in paths {
        let before = files.len();
        for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
            let entry = entry.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
            let extension = entry.path().extension().and_then(|extension| extension.to_str());
            let is_policy = entry.depth() == 0 || extension.is_some_and(|own| EXTENSIONS.contains(&own));
            if entry.path().is_file() && is_policy {
                files.insert(std::fs::canonicalize(entry.path()).unwrap_or_else(|_| entry.path().to_path_buf()));
            }
        }
        anyhow::ensure!(
            files.len() > before || path.is_file(),
            "{}: holds no policy (*.guard, *.ruleset)",
            path.display()
        );
    }
    Ok(files.into_iter().collect())
}

/// Reads policies.
pub fn load(sources: &Sources, files: &[PathBuf]) -> Policies {
    let mut policies = Policies::default();
    let mut taken = BTreeSet::new();
    for path in files {
        let relative = sources.relative(path);
        let file = match sources.load(path) {
            Ok(file) => file,
            Err(error) => {
                let message = format!("the policy {relative} {error}");
                policies.problems.push(Problem::in_file(ProblemKind::Error, "guard-syntax", message, relative));
                continue;
            }
        };
        match read(&file) {
            Ok(policy) => policies.files.push(describe(policy, path, &file, &mut taken)),
            Err(problem) => policies.problems.push(problem),
        }
    }
    policies
}

fn read(file: &SourceFile) -> Result<Policy, Problem> {
    let text = file.text();
    if text.len() > MAX_BYTES {
        let message = format!("the policy has more than {MAX_BYTES} bytes and is not used");
        return Err(Problem::at(ProblemKind::Error, "guard-syntax", message, Span::new(file.id(), 0..0)));
    }
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    parse::parse(text.get(mark..).unwrap_or_default()).map_err(|mistake| {
        let at = mistake.at + mark;
        let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let message = format!("the policy is not used: {}", mistake.message);
        Problem::at(ProblemKind::Error, "guard-syntax", message, Span::new(file.id(), at..at + length))
    })
}

fn describe(policy: Policy, path: &Path, file: &SourceFile, taken: &mut BTreeSet<String>) -> PolicyFile {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut rules: Vec<&'static Rule> = Vec::new();
    for rule in &policy.rules {
        // Rules of one name in one file are one rule in several parts.
        let known = rules.iter().zip(&policy.rules).find(|(_, other)| other.name == rule.name).map(|(known, _)| *known);
        rules.push(known.unwrap_or_else(|| {
            let id = unique_id(&rule.name, &stem, taken);
            leaked(rule, id)
        }));
    }
    let places = policy.rules.iter().map(|rule| Span::new(file.id(), rule.place.clone())).collect();
    PolicyFile { path: file.path().into(), policy, rules, places }
}

/// `guard/NAME`; with the name of the file when another file has a rule of this name, or the rule has none.
fn unique_id(name: &str, stem: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = format!("{POLICY_PREFIX}{name}");
    let of_file = format!("{POLICY_PREFIX}{stem}/{name}");
    let numbered = (2..).map(|number| format!("{of_file}-{number}"));
    let candidates =
        (name != parse::DEFAULT_RULE).then_some(plain).into_iter().chain([of_file.clone()]).chain(numbered);
    let id = candidates.into_iter().find(|id| !taken.contains(id)).unwrap_or_default();
    taken.insert(id.clone());
    id
}

/// A rule as reports know it. Reports hold rules for the whole run, as those of the catalogue are there for it; policies
/// are read once in a run, so what they say is kept until the program ends.
fn leaked(rule: &RuleBody, id: String) -> &'static Rule {
    let name: &'static str = Box::leak(rule.name.to_string().into_boxed_str());
    Box::leak(Box::new(Rule {
        id: Box::leak(id.into_boxed_str()),
        page: Box::leak(page(rule).into_boxed_str()),
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        profile: Profile::Default,
        kinds: &[],
        // `Metadata: {guard: {SuppressedRules: [NAME]}}` counts even where the policy does not look at it.
        aliases: Box::leak(vec![name].into_boxed_slice()),
        weaker_than: &[],
        // A policy judges stacks: see [`super::judge`]. By itself it has nothing to say of a resource.
        check: |_, _| Verdict::not_applicable(),
    }))
}

/// A page in the form of ours, from the messages of the policy.
fn page(rule: &RuleBody) -> String {
    let mut messages = Vec::new();
    collect(&rule.block.clauses, &mut messages);
    let (mut what, mut fix): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for message in messages {
        let (violation, remedy) = parts(&message);
        for (part, list) in [(violation, &mut what), (remedy, &mut fix)] {
            let part = inert(part);
            if !part.is_empty() && !list.contains(&part) {
                list.push(part);
            }
        }
    }
    let title = what.first().map_or(&*rule.name, |first| first.trim_end_matches('.'));
    let section = |heading: &str, parts: &[String]| match parts {
        [] => String::new(),
        parts => format!("\n## {heading}\n\n{}\n", parts.join("\n\n")),
    };
    let what_section = if what.is_empty() { vec![format!("The policy `{}` holds.", rule.name)] } else { what.clone() };
    format!("# {title}\n{}{}", section("What", &what_section), section("How to fix", &fix))
}

/// A message of a policy: what is wrong, and how to mend it where the author says so by `Violation:` and `Fix:`, as the
/// rules registry does.
pub fn parts(message: &str) -> (&str, &str) {
    let (violation, fix) = message.split_once("Fix:").unwrap_or((message, ""));
    let violation = violation.trim();
    (violation.strip_prefix("Violation:").unwrap_or(violation).trim(), fix.trim())
}

/// One line in which nothing acts as markup.
fn inert(text: &str) -> String {
    let word = |word: &str| {
        if word.contains(['<', '#', '[', '`']) { format!("`{}`", word.replace('`', "'")) } else { word.to_owned() }
    };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

fn collect(clauses: &Conjunction, messages: &mut Vec<Arc<str>>) {
    for clause in clauses.iter().flatten() {
        match clause {
            Clause::Test(test) => messages.extend(test.message.clone()),
            Clause::Rule(rule) => messages.extend(rule.message.clone()),
            Clause::Call(call) => messages.extend(call.message.clone()),
            Clause::Each(each) => collect(&each.block.clauses, messages),
            Clause::When(_, block) => collect(&block.clauses, messages),
            Clause::Type(block) => collect(&block.block.clauses, messages),
        }
    }
}
