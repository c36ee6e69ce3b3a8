//! reviewdog's diagnostic format (reviewdog/reviewdog, `proto/rdf`): columns count bytes of UTF-8 from 1, the end is
//! exclusive. Unknown verdicts are information.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    engine::{Outcome, Severity},
    finding::Finding,
    report::{Context, HOME, TOOL, json, place::Place, rule_url, text},
};

#[derive(Serialize)]
struct DiagnosticResult {
    source: Source,
    severity: &'static str,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Diagnostic {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
    url: String,
}

/// Writes failures and unknown verdicts, indented.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let told = context.findings().filter(|finding| matches!(finding.outcome, Outcome::Fail | Outcome::Unknown));
    let result = DiagnosticResult {
        source: Source { name: TOOL, url: HOME },
        severity: "WARNING",
        diagnostics: told.map(|finding| diagnostic(context, finding)).collect(),
    };
    json::pretty(out, &result)
}

fn diagnostic(context: Context<'_>, finding: &Finding) -> Diagnostic {
    let place = Place::first_line(context.sources, finding.span);
    let (from, to) = place.byte_columns();
    let severity = match (finding.outcome, finding.severity) {
        (Outcome::Fail, Severity::Critical | Severity::High) => "ERROR",
        (Outcome::Fail, Severity::Medium) => "WARNING",
        _ => "INFO",
    };
    Diagnostic {
        message: text::markdown(&format!("{}: {}", finding.address, finding.message)),
        location: Location {
            path: place.path().to_owned(),
            range: Range {
                start: Position { line: place.start.line, column: from },
                end: Position { line: place.end.line, column: to },
            },
        },
        severity,
        code: Code { value: finding.rule.id, url: rule_url(finding.rule) },
    }
}
