//! CSV (RFC 4180), a row for each verdict. A cell that a spreadsheet would take for a formula gets a leading apostrophe.

use std::io::{self, Write};

use crate::report::{Context, place::Place, rule_url, text::visible};

const HEADER: [&str; 14] = [
    "verdict",
    "severity",
    "confidence",
    "rule",
    "resource",
    "type",
    "stack",
    "file",
    "line",
    "column",
    "message",
    "when",
    "instances",
    "url",
];

/// Writes the rows below a header.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(HEADER)?;
    for finding in context.findings() {
        let place = Place::new(context.sources, finding.span);
        let (line, column) = (place.start.line.to_string(), place.start.column.to_string());
        let (instances, url) = (finding.instances.join(" "), rule_url(finding.rule));
        let cells: [&str; 14] = [
            finding.outcome.name(),
            finding.severity.name(),
            finding.rule.confidence.name(),
            finding.rule.id,
            &finding.address,
            &finding.kind,
            &finding.stack,
            place.path(),
            &line,
            &column,
            &finding.message,
            finding.when.as_deref().unwrap_or_default(),
            &instances,
            &url,
        ];
        rows.write_record(cells.map(cell))?;
    }
    rows.flush()
}

fn cell(value: &str) -> String {
    let guard = if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("{guard}{}", visible(value))
}
