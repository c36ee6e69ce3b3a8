//! One finding of the page: what is so, the code with the deciding part marked, what led there, why and how to fix.

use std::io::{self, Write};

use crate::{
    engine::Outcome,
    finding::Finding,
    report::{
        Context,
        html::safe,
        page::{self, Language},
        place::Place,
        rule_url,
        text::{cut, markup, printable},
    },
    source::Span,
};

/// Lines of code before and after the marked one.
const CONTEXT_LINES: u32 = 2;
/// Characters of a line of code that are shown.
const MAX_LINE: usize = 400;

/// Writes the finding.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let (class, word) = match finding.outcome {
        Outcome::Fail => (finding.severity.name(), finding.severity.name()),
        Outcome::Unknown => ("unknown", "unknown"),
        Outcome::Pass => ("pass", "pass"),
        outcome => ("none", outcome.name()),
    };
    let url = rule_url(finding.rule);
    writeln!(out, r#"<article class="finding {class}">"#)?;
    writeln!(
        out,
        r#"<p><span class="badge {class}">{word}</span><a href="{url}">{}</a></p>
<p class="title">{}</p>"#,
        finding.rule.id,
        safe(&finding.message),
    )?;
    code(context, finding.span, out)?;
    if !finding.instances.is_empty() {
        writeln!(
            out,
            r#"<p class="soft">Instances: {}</p>"#,
            safe(&finding.instance_keys().collect::<Vec<_>>().join(", "))
        )?;
    }
    let unplaced = finding.reasons.iter().filter(|unknown| unknown.span.is_none());
    for unknown in unplaced {
        writeln!(out, r#"<p class="soft">{}</p>"#, safe(&unknown.to_string()))?;
    }
    places(
        context,
        "Not known",
        finding.reasons.iter().filter_map(|unknown| Some((unknown.span?, unknown.to_string()))),
        out,
    )?;
    places(context, "Related", finding.related.iter().map(|related| (related.span, related.label.clone())), out)?;
    let steps = finding.trace.iter().flat_map(|trace| trace.steps()).map(|step| (step.span, step.label.to_string()));
    places(context, "Where the value comes from", steps, out)?;
    places(
        context,
        "Module calls",
        finding.module_calls.iter().map(|call| (call.span, call.address.to_string())),
        out,
    )?;
    guidance(finding, out)?;
    writeln!(out, "</article>")
}

fn code(context: Context<'_>, span: Span, out: &mut dyn Write) -> io::Result<()> {
    let place = Place::first_line(context.sources, span);
    let line = place.start.line;
    writeln!(out, r#"<p class="soft"><code>{}:{line}:{}</code></p>"#, safe(place.path()), place.start.column)?;
    write!(out, "<pre>")?;
    let last = line + CONTEXT_LINES;
    let width = last.to_string().len();
    for number in line.saturating_sub(CONTEXT_LINES).max(1)..=last {
        let Some(text) = place.file.line_range(number).and_then(|range| place.file.text().get(range)) else { break };
        write!(out, r#"<span class="number">{number:width$}  </span>"#)?;
        if number == line {
            let skip = |column: u32| text.char_indices().nth(column as usize - 1).map_or(text.len(), |(at, _)| at);
            // A byte order mark is no column.
            let mark = text.chars().take_while(|c| *c == '\u{feff}').map(char::len_utf8).sum::<usize>();
            let (from, to) = (skip(place.start.column) + mark, skip(place.end.column) + mark);
            let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
            let (before, marked, after) = (part(0..from), part(from..to), part(to..text.len()));
            writeln!(out, "{}<mark>{}</mark>{}", shown(before), shown(marked), shown(after))?;
        } else {
            writeln!(out, "{}", shown(text))?;
        }
    }
    writeln!(out, "</pre>")
}

/// Code: tabs stay, other control characters are made visible.
fn shown(code: &str) -> String {
    markup(&cut(&code.split('\t').map(printable).collect::<Vec<_>>().join("\t"), MAX_LINE))
}

fn places(
    context: Context<'_>,
    title: &str,
    places: impl Iterator<Item = (Span, String)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut places = places.peekable();
    if places.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "<h4>{title}</h4>\n<ul class=\"places\">")?;
    for (span, label) in places {
        let place = Place::first_line(context.sources, span);
        let (at, code) = (safe(&format!("{}:{}", place.path(), place.start.line)), shown(place.line_text().trim()));
        writeln!(
            out,
            r#"<li>{} <span class="soft"><code>{at}</code></span><br><code>{code}</code></li>"#,
            safe(&label)
        )?;
    }
    writeln!(out, "</ul>")
}

fn guidance(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    if finding.outcome != Outcome::Fail {
        return Ok(());
    }
    let why = page::why(finding.rule);
    let fix = page::fix(finding.rule, Language::of(finding));
    writeln!(out, "<details><summary>Why, and how to fix it</summary>")?;
    if !why.is_empty() {
        writeln!(out, "<h4>Why</h4><p>{}</p>", safe(&why))?;
    }
    if !fix.is_empty() {
        writeln!(out, "<h4>How to fix</h4>")?;
        blocks(&fix, out)?;
    }
    writeln!(out, "</details>")
}

/// Paragraphs and code blocks of Markdown.
fn blocks(markdown: &str, out: &mut dyn Write) -> io::Result<()> {
    for (at, part) in markdown.split("```").enumerate() {
        if at % 2 == 1 {
            let code = part.split_once('\n').map_or("", |(_, code)| code);
            writeln!(out, "<pre>{}</pre>", markup(code.trim_end()))?;
            continue;
        }
        for paragraph in part.split("\n\n").map(page::plain).filter(|paragraph| !paragraph.is_empty()) {
            writeln!(out, "<p>{}</p>", markup(&paragraph))?;
        }
    }
    Ok(())
}
