//! Markdown, as GitHub's job summary and merge requests render it: the overview, then a table of findings, the worst
//! first. GitHub drops a summary over 1 MiB whole, so this ends before that, on a row, and says what is missing.

use std::io::{self, Write};

use crate::{
    engine::Outcome,
    finding::{COLUMNS, Finding},
    report::{
        Context, SEVERITIES, overview_mark,
        place::{Place, encode},
        rule_url,
        text::{count, cut, markdown, markdown_code},
    },
};

/// Bytes after which rows are left out.
pub const MAX_BYTES: usize = 900 * 1024;
/// Characters of a message in a cell.
const MAX_MESSAGE: usize = 500;

/// Writes the summary.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { text: String::new() };
    page.text.push_str("## iac-check\n\n");
    page.text.push_str(&format!("{}\n", counts(context)));
    overview(context, &mut page);
    let failures = context.worst_first();
    page.table(
        "Findings",
        &["Severity", "Rule", "Resource", "Where", "What"],
        failures.iter().map(|finding| row(context, finding)),
    );
    let unknown = context.findings().filter(|finding| finding.outcome == Outcome::Unknown);
    page.table(
        "Not known before deployment",
        &["Severity", "Rule", "Resource", "Where", "What"],
        unknown.map(|finding| row(context, finding)),
    );
    let problems = context.report.problems.iter().map(|problem| {
        let place = problem.span.map(|span| Place::new(context.sources, span));
        let path = problem.path.as_deref().map(markdown_code).unwrap_or_default();
        let at = place.map_or(path, |place| link(context, &place));
        vec![problem.kind.name().to_owned(), at, markdown(&cut(&problem.message, MAX_MESSAGE))]
    });
    page.table("Problems of the input", &["Level", "Where", "What"], problems);
    out.write_all(page.text.as_bytes())
}

fn counts(context: Context<'_>) -> String {
    let report = context.report;
    let failures = context.failures().count();
    let by_severity: Vec<String> = SEVERITIES
        .iter()
        .map(|severity| (severity, context.failures().filter(|finding| finding.severity == *severity).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| format!("{number} {severity}"))
        .collect();
    let breakdown = if by_severity.is_empty() { String::new() } else { format!(" ({})", by_severity.join(", ")) };
    let total = if failures == 0 { "No findings".to_owned() } else { count(failures, "finding") };
    format!(
        "**{total}**{breakdown}, {} not known before deployment, {} passed, {} suppressed; {} and {} checked.",
        report.counts.unknown,
        report.counts.passed,
        report.counts.suppressed,
        count(report.counts.resources, "resource"),
        count(report.tables.len(), "table"),
    )
}

fn overview(context: Context<'_>, page: &mut Page) {
    let header: Vec<&str> = ["DynamoDB table"].into_iter().chain(COLUMNS.iter().map(|(heading, _)| *heading)).collect();
    let rows = context.report.tables.iter().map(|row| {
        let place = Place::new(context.sources, row.span);
        let name = format!("{} {}", markdown_code(&row.address), link(context, &place));
        [name].into_iter().chain(row.cells.iter().map(|cell| overview_mark(*cell).to_string())).collect()
    });
    page.table("Tables", &header, rows);
    if !context.report.tables.is_empty() {
        page.text.push_str("\n✓ protected · ✗ not protected · ? cannot be known before deployment · – not judged\n");
    }
}

fn row(context: Context<'_>, finding: &Finding) -> Vec<String> {
    let instances =
        if finding.instances.is_empty() { String::new() } else { format!(" ×{}", finding.instances.len()) };
    vec![
        finding.severity.to_string(),
        format!("[{}]({})", finding.rule.id, rule_url(finding.rule)),
        format!("{}{instances}", markdown_code(&finding.address)),
        link(context, &Place::new(context.sources, finding.span)),
        markdown(&cut(&finding.message, MAX_MESSAGE)),
    ]
}

/// `path:line`, linked to the file on the web when it is known where that is.
fn link(context: Context<'_>, place: &Place) -> String {
    let text = markdown_code(&format!("{}:{}", place.path(), place.start.line));
    match &context.style.link_base {
        Some(base) => format!(
            "[{text}]({base}/{}#L{})",
            encode(place.path()).replace('(', "%28").replace(')', "%29"),
            place.start.line
        ),
        None => text,
    }
}

/// A text that ends before [`MAX_BYTES`].
struct Page {
    text: String,
}

impl Page {
    /// A heading and a table; nothing when there are no rows. Rows that do not fit are counted.
    fn table(&mut self, heading: &str, header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        let mut left_out = 0;
        for (at, row) in rows.enumerate() {
            let line = format!("| {} |\n", row.join(" | "));
            if at == 0 {
                let rule: String = header.iter().map(|_| "---|").collect();
                self.text.push_str(&format!("\n### {heading}\n\n| {} |\n|{rule}\n", header.join(" | ")));
            }
            if left_out > 0 || self.text.len() + line.len() > MAX_BYTES {
                left_out += 1;
            } else {
                self.text.push_str(&line);
            }
        }
        if left_out > 0 {
            self.text.push_str(&format!("\n{left_out} more are in the report.\n"));
        }
    }
}
