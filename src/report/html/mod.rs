//! One self-contained page for auditors: no script, no request to anywhere (its content security policy forbids both),
//! readable in the dark and on paper. In: a report. Out: HTML.

mod finding;

use std::io::{self, Write};

use indexmap::IndexMap;

use crate::{
    engine::Outcome,
    finding::{COLUMNS, Finding},
    report::{
        Context, HOME, SEVERITIES, TOOL, VERSION, access, overview_mark,
        place::Place,
        text::{count, markup, visible},
    },
};

/// Style rules of every page.
pub const STYLE: &str = include_str!("style.css");

/// Writes the page.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{TOOL} report</title>
<style>
{STYLE}{}</style>
</head>
<body>
<main>
<h1>DynamoDB protection report</h1>
"#,
        if shows_access(context) { access::html::style() } else { "" },
    )?;
    counts(context, out)?;
    overview(context, out)?;
    access(context, out)?;
    findings(context, out)?;
    problems(context, out)?;
    suppressed(context, out)?;
    writeln!(out, r#"<footer>Written by <a href="{HOME}">{TOOL}</a> {VERSION}</footer>"#)?;
    writeln!(out, "</main>\n</body>\n</html>")
}

/// User text for an element or attribute.
fn safe(text: &str) -> String {
    markup(&visible(text))
}

fn counts(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = &context.report.counts;
    writeln!(
        out,
        r#"<p class="soft">{}, {}, {} and {} checked by {}</p>"#,
        count(counts.files, "file"),
        count(counts.stacks, "stack"),
        count(counts.resources, "resource"),
        count(context.report.tables.len(), "table"),
        count(context.report.rules.len(), "rule"),
    )?;
    writeln!(out, r#"<ul class="counts">"#)?;
    for severity in SEVERITIES {
        let number = context.failures().filter(|finding| finding.severity == severity).count();
        let class = if number > 0 { severity.name() } else { "none" };
        writeln!(out, r#"<li><b class="{class}">{number}</b> {severity}</li>"#)?;
    }
    for (number, name, class) in [
        (counts.unknown, "not known", "unknown"),
        (counts.passed, "passed", "pass"),
        (counts.suppressed, "suppressed", "none"),
        (context.report.problems.len(), "input problems", "none"),
    ] {
        writeln!(out, r#"<li><b class="{class}">{number}</b> {name}</li>"#)?;
    }
    writeln!(out, "</ul>")
}

fn overview(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    if context.report.tables.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>Tables</h2>\n<div class=\"scroll\">\n<table>\n<thead><tr><th scope=\"col\">DynamoDB table</th>"
    )?;
    for (heading, _) in COLUMNS {
        writeln!(out, r#"<th scope="col">{heading}</th>"#)?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in &context.report.tables {
        let place = Place::new(context.sources, row.span);
        let at = safe(&format!("{}:{}", place.path(), place.start.line));
        write!(
            out,
            r#"<tr><th scope="row"><code>{}</code><br><span class="soft">{at}</span></th>"#,
            safe(&row.address)
        )?;
        for cell in &row.cells {
            let (class, word) = match cell {
                Some(Outcome::Pass) => ("pass", "protected"),
                Some(Outcome::Fail) => ("high", "not protected"),
                Some(Outcome::Unknown) => ("unknown", "not known before deployment"),
                _ => ("none", "not judged"),
            };
            write!(out, r#"<td class="{class}" title="{word}">{}</td>"#, overview_mark(*cell))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")?;
    writeln!(
        out,
        r#"<p class="soft">✓ protected · ✗ not protected · ? cannot be known before deployment · – not judged</p>"#
    )
}

fn shows_access(context: Context<'_>) -> bool {
    context.report.access.as_ref().is_some_and(|survey| !survey.tables.is_empty())
}

/// Who reaches which table; the statements behind it are told by `iac-check access`.
fn access(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(survey) = context.report.access.as_ref().filter(|_| shows_access(context)) else { return Ok(()) };
    writeln!(out, "<h2>Who reaches which table</h2>")?;
    let Context { sources, style, .. } = context;
    access::html::section(access::View { survey, sources, problems: &[], style, explain: false }, out)
}

fn findings(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut resources: IndexMap<(&str, &str), Vec<&Finding>> = IndexMap::new();
    for finding in context.findings() {
        resources.entry((&finding.stack, &finding.address)).or_default().push(finding);
    }
    writeln!(out, "<h2>{}</h2>", if resources.is_empty() { "No findings" } else { "Findings" })?;
    for ((stack, address), findings) in resources {
        let Some(first) = findings.first() else { continue };
        let place = Place::new(context.sources, first.header);
        let at = format!("{}:{}", place.path(), place.start.line);
        writeln!(out, r#"<section class="resource">"#)?;
        writeln!(
            out,
            r#"<header><h3>{}</h3><p class="soft">{} · {} · stack {}</p></header>"#,
            safe(address),
            safe(&first.source_type),
            safe(&at),
            safe(stack)
        )?;
        for finding in findings {
            finding::write(context, finding, out)?;
        }
        writeln!(out, "</section>")?;
    }
    Ok(())
}

fn problems(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    if context.report.problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Problems of the input</h2>\n<ul>")?;
    for problem in &context.report.problems {
        let place = problem.span.map(|span| Place::new(context.sources, span));
        let at = match &place {
            Some(place) => format!("{}:{}", place.path(), place.start.line),
            None => problem.path.as_deref().unwrap_or_default().to_owned(),
        };
        writeln!(out, "<li>{}: <code>{}</code> {}</li>", problem.kind.name(), safe(&at), safe(&problem.message))?;
    }
    writeln!(out, "</ul>")
}

fn suppressed(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let accepted: Vec<_> =
        context.report.findings.iter().filter_map(|finding| Some((finding, finding.suppressed.as_ref()?))).collect();
    if accepted.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Suppressed</h2>\n<ul>")?;
    for (finding, suppression) in accepted {
        let place = Place::new(context.sources, finding.span);
        writeln!(
            out,
            "<li>{} <code>{}</code> at <code>{}:{}</code>: {}</li>",
            finding.rule.id,
            safe(&finding.address),
            safe(place.path()),
            place.start.line,
            safe(&suppression.reason),
        )?;
    }
    writeln!(out, "</ul>")
}
