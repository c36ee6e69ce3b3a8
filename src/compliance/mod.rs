//! Findings by control of a framework. In: a report over every verdict. Out: per control the rules that map to it and
//! how many resources pass, fail or are not known. A rule maps to a control; that nothing fails is no statement that the
//! control, which asks for more than code can show, is met.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::{
    engine::{Outcome, Rule},
    finding::Report,
};

pub use write::{Format, write};

/// Topics, frameworks, control ids and their sources.
const CONTROLS: &str = include_str!("data/controls.csv");
/// Rules by topic.
const TOPICS: &str = include_str!("data/topics.toml");

/// A row of the table of controls.
#[derive(Clone, Debug, Deserialize)]
struct Mapping {
    topic: String,
    framework: String,
    control: String,
    sources: String,
}

/// What is known of controls.
#[derive(Clone, Debug)]
pub struct Controls {
    mappings: Vec<Mapping>,
    topics: BTreeMap<String, Vec<String>>,
}

/// A control, and how the resources that its rules judge stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The control's id.
    pub control: String,
    /// Ids of the rules that map to it and ran.
    pub rules: Vec<String>,
    /// Who states the mapping.
    pub sources: Vec<String>,
    /// Resources that pass every rule.
    pub passing: usize,
    /// Resources that fail a rule.
    pub failing: usize,
    /// Resources that fail none, with a verdict that is not known before deployment.
    pub unknown: usize,
    /// Resources whose only failures or unknown verdicts are suppressed, or in the baseline.
    pub accepted: usize,
}

/// How a resource stands, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Passing,
    Accepted,
    Unknown,
    Failing,
}

impl Controls {
    /// The tables that the program carries.
    ///
    /// # Errors
    /// When they are broken, which a test rules out.
    pub fn load() -> anyhow::Result<Self> {
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(CONTROLS.as_bytes());
        let mappings = reader.deserialize().collect::<Result<_, _>>().context("the table of controls")?;
        Ok(Self { mappings, topics: toml::from_str(TOPICS).context("the table of topics")? })
    }

    /// Names of the frameworks, sorted.
    pub fn frameworks(&self) -> BTreeSet<&str> {
        self.mappings.iter().map(|mapping| &*mapping.framework).collect()
    }

    /// Ids of the rules that map to a framework.
    pub fn rules(&self, framework: &str) -> BTreeSet<&str> {
        let topics = self
            .mappings
            .iter()
            .filter(|mapping| mapping.framework == framework)
            .filter_map(|mapping| self.topics.get(&mapping.topic));
        topics.flatten().map(String::as_str).collect()
    }

    /// The controls of a framework to which a rule maps that ran, in natural order of their ids. The report must hold
    /// every verdict, passes included.
    pub fn rows(&self, framework: &str, report: &Report) -> Vec<Row> {
        let ran: BTreeSet<&str> = report.rules.iter().map(|rule: &&Rule| rule.id).collect();
        let mut controls: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
        for mapping in self.mappings.iter().filter(|mapping| mapping.framework == framework) {
            let rules = self
                .topics
                .get(&mapping.topic)
                .into_iter()
                .flatten()
                .map(String::as_str)
                .filter(|rule| ran.contains(rule));
            let (known, sources) = controls.entry(&mapping.control).or_default();
            known.extend(rules);
            sources.extend(mapping.sources.split_whitespace());
        }
        let mut rows: Vec<Row> = controls
            .into_iter()
            .filter(|(_, (rules, _))| !rules.is_empty())
            .map(|(control, (rules, sources))| row(control, &rules, &sources, report))
            .collect();
        rows.sort_by_cached_key(|row| natural(&row.control));
        rows
    }
}

fn row(control: &str, rules: &BTreeSet<&str>, sources: &BTreeSet<&str>, report: &Report) -> Row {
    let mut resources: BTreeMap<(&str, &str), Standing> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| rules.contains(finding.rule.id)) {
        let standing = match finding.outcome {
            Outcome::Fail | Outcome::Unknown if finding.suppressed.is_some() => Standing::Accepted,
            Outcome::Fail => Standing::Failing,
            Outcome::Unknown => Standing::Unknown,
            Outcome::Pass => Standing::Passing,
            Outcome::NotApplicable | Outcome::NotDeployed => continue,
        };
        let worst = resources.entry((&finding.stack, &finding.address)).or_insert(standing);
        *worst = standing.max(*worst);
    }
    let count = |wanted: Standing| resources.values().filter(|standing| **standing == wanted).count();
    let texts = |set: &BTreeSet<&str>| set.iter().map(|text| (*text).to_owned()).collect();
    Row {
        control: control.to_owned(),
        rules: texts(rules),
        sources: texts(sources),
        passing: count(Standing::Passing),
        failing: count(Standing::Failing),
        unknown: count(Standing::Unknown),
        accepted: count(Standing::Accepted),
    }
}

/// Text cut into words and numbers, so that `3.10` follows `3.9`.
fn natural(text: &str) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word);
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        parts.push((0, word.to_owned()));
        parts.push((number.parse().unwrap_or(0), String::new()));
        rest = after;
    }
    parts
}
