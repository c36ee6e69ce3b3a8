//! GitLab's Code Quality report, a subset of Code Climate's (docs.gitlab.com, "Code Quality"). The parser stops at the
//! first invalid entry and shows entries of one fingerprint as one.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    engine::Severity,
    finding::Finding,
    report::{Context, json, page, place::Place, text},
};

#[derive(Serialize)]
struct Issue {
    r#type: &'static str,
    description: String,
    check_name: &'static str,
    categories: [&'static str; 1],
    content: Content,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Content {
    body: String,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// Writes the report, indented.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let issues: Vec<Issue> = context
        .failures()
        .map(|finding| {
            let number = seen.entry(&finding.fingerprint).or_default();
            *number += 1;
            issue(context, finding, *number)
        })
        .collect();
    json::pretty(out, &issues)
}

fn issue(context: Context<'_>, finding: &Finding, number: usize) -> Issue {
    let place = Place::new(context.sources, finding.span);
    let line = place.start.line;
    let digest = Sha256::digest(format!("{}:{number}", finding.fingerprint));
    Issue {
        r#type: "issue",
        description: text::visible(&format!("{}: {}", finding.address, finding.message)).into_owned(),
        check_name: finding.rule.id,
        categories: ["Security"],
        content: Content { body: page::body(finding.rule).to_owned() },
        fingerprint: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        severity: match finding.severity {
            Severity::Critical => "blocker",
            Severity::High => "critical",
            Severity::Medium => "major",
            Severity::Low => "minor",
        },
        location: Location { path: place.path().to_owned(), lines: Lines { begin: line, end: line } },
    }
}
