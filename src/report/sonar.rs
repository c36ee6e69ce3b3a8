//! SonarQube's generic issues, in the form of version 10.3 (docs.sonarsource.com, "Generic formatted issues"): columns
//! count from 0, a range is not empty, and one column past the end of its line aborts the import.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::{
    engine::{Rule, Severity},
    finding::Finding,
    report::{Context, TOOL, json, page, place::Place, text},
};

#[derive(Serialize)]
struct Document {
    rules: Vec<Json>,
    issues: Vec<Json>,
}

/// Writes the failures, indented.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        rules: context.report.rules.iter().map(|rule| description(rule)).collect(),
        issues: context.failures().map(|finding| issue(context, finding)).collect(),
    };
    json::pretty(out, &document)
}

fn description(rule: &Rule) -> Json {
    let (severity, impact) = match rule.severity {
        Severity::Critical => ("BLOCKER", "HIGH"),
        Severity::High => ("CRITICAL", "HIGH"),
        Severity::Medium => ("MAJOR", "MEDIUM"),
        Severity::Low => ("MINOR", "LOW"),
    };
    json!({
        "id": rule.id,
        "name": rule.title(),
        "description": page::what(rule),
        "engineId": TOOL,
        "cleanCodeAttribute": "TRUSTWORTHY",
        "type": "VULNERABILITY",
        "severity": severity,
        "impacts": [{ "softwareQuality": "SECURITY", "severity": impact }],
    })
}

fn issue(context: Context<'_>, finding: &Finding) -> Json {
    let place = Place::first_line(context.sources, finding.span);
    let (start, end) = (place.start.column_utf16 - 1, place.end.column_utf16 - 1);
    let range = if start < end {
        json!({ "startLine": place.start.line, "endLine": place.start.line, "startColumn": start, "endColumn": end })
    } else {
        json!({ "startLine": place.start.line })
    };
    json!({
        "ruleId": finding.rule.id,
        "primaryLocation": {
            "message": text::visible(&format!("{}: {}", finding.address, finding.message)),
            "filePath": place.path(),
            "textRange": range,
        },
    })
}
