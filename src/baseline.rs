//! Findings that are known already. In: an earlier report, as a file of fingerprints. Out: the same findings, the known
//! ones marked, and what has been mended since. A fingerprint holds rule, stack, address and property, never a line, so
//! that edits elsewhere change nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    engine::{Outcome, Rule},
    finding::{Finding, StackSummary, Suppression},
    model::{Problem, ProblemKind},
};

/// The version of the file that is written and read.
const VERSION: u32 = 1;

/// A baseline file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    version: u32,
    findings: BTreeSet<Known>,
}

/// A finding that is known. All but the fingerprint and the outcome is for people who read a diff of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Known {
    rule: String,
    stack: String,
    address: String,
    property: String,
    outcome: KnownOutcome,
    fingerprint: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KnownOutcome {
    Fail,
    Unknown,
}

fn outcome(finding: &Finding) -> Option<KnownOutcome> {
    match finding.outcome {
        Outcome::Fail => Some(KnownOutcome::Fail),
        Outcome::Unknown => Some(KnownOutcome::Unknown),
        _ => None,
    }
}

/// Why a file is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// No JSON of the right shape.
    #[error("is no baseline: {0}")]
    Shape(#[from] serde_json::Error),
    /// Written by another version.
    #[error("is a baseline of version {0}; this program reads version {VERSION}")]
    Version(u32),
}

impl Baseline {
    /// Failures and unknown verdicts that are not suppressed.
    pub fn of(findings: &[Finding]) -> Self {
        let known = |finding: &Finding| {
            Some(Known {
                rule: finding.rule.id.to_owned(),
                stack: finding.stack.to_string(),
                address: finding.address.to_string(),
                property: finding.property.clone(),
                outcome: outcome(finding)?,
                fingerprint: finding.fingerprint.clone(),
            })
        };
        let open = findings.iter().filter(|finding| finding.suppressed.is_none());
        Self { version: VERSION, findings: open.filter_map(known).collect() }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it is no baseline, or one of another version.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(text)?;
        if baseline.version == VERSION { Ok(baseline) } else { Err(BaselineError::Version(baseline.version)) }
    }

    /// The file, one finding a line group, sorted.
    ///
    /// # Errors
    /// Never for what [`Baseline::of`] makes.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// How many findings are known.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Marks known findings as accepted, and tells which entries have been mended: their rule ran over their stack and
    /// does not find them any more. Suppressed findings are not mended.
    pub fn apply(&self, findings: &mut [Finding], rules: &[&Rule], stacks: &[StackSummary]) -> Vec<Problem> {
        let known: BTreeSet<(&str, KnownOutcome)> =
            self.findings.iter().map(|known| (&*known.fingerprint, known.outcome)).collect();
        let mut found = BTreeSet::new();
        for finding in findings {
            let Some(outcome) = outcome(finding) else { continue };
            found.insert(finding.fingerprint.clone());
            if finding.suppressed.is_none() && known.contains(&(&*finding.fingerprint, outcome)) {
                finding.suppressed =
                    Some(Suppression { reason: "known: it is in the baseline".to_owned(), span: None });
            }
        }
        let ran = |known: &&Known| {
            rules.iter().any(|rule| rule.id == known.rule) && stacks.iter().any(|stack| *stack.id == *known.stack)
        };
        let mended = self.findings.iter().filter(|known| !found.contains(&known.fingerprint)).filter(ran);
        let note = |known: &Known| {
            let message =
                format!("`{}` of the baseline is fixed at `{}`: write the baseline anew", known.rule, known.address);
            Problem::in_file(ProblemKind::Note, "baseline-fixed", message, &*known.stack)
        };
        mended.map(note).collect()
    }
}
