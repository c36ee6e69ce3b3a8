//! Annotations of GitHub Actions, as workflow commands (docs.github.com, "Workflow commands"; actions/runner,
//! `ActionCommandManager`). The service keeps ten of a level for each step, so the worst come first and the tenth
//! line of a level says how many there are besides.

use std::io::{self, Write};

use crate::{
    engine::Severity,
    finding::Finding,
    model::{Problem, ProblemKind},
    report::{
        Context, TOOL,
        place::Place,
        rule_url,
        text::{cut, printable, visible},
    },
};

/// Annotations of one level that GitHub shows for a step.
pub const MAX_OF_LEVEL: usize = 10;
/// Characters of a message that the runner keeps.
const MAX_MESSAGE: usize = 4_000;

/// Writes at most [`MAX_OF_LEVEL`] annotations of each level.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let worst = context.worst_first();
    for level in ["error", "warning", "notice"] {
        let mut lines: Vec<String> = worst
            .iter()
            .filter(|finding| self::level(finding.severity) == level)
            .map(|finding| annotation(context, finding))
            .collect();
        if level == "warning" {
            lines.extend(
                context
                    .report
                    .problems
                    .iter()
                    .filter(|problem| problem.kind == ProblemKind::Error)
                    .map(|problem| about(context, problem)),
            );
        }
        if lines.len() > MAX_OF_LEVEL {
            let more = lines.len() + 1 - MAX_OF_LEVEL;
            lines.truncate(MAX_OF_LEVEL - 1);
            lines.push(command(
                level,
                &[("title", TOOL)],
                &format!("{more} more of this level; see the job summary or the report"),
            ));
        }
        for line in lines {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// An error of the run itself.
pub fn error(message: &str) -> String {
    command("error", &[("title", TOOL)], &printable(message))
}

fn annotation(context: Context<'_>, finding: &Finding) -> String {
    let message = format!("{}: {}\n{}", visible(&finding.address), visible(&finding.message), rule_url(finding.rule));
    let title = format!("{} ({})", finding.rule.id, finding.severity);
    placed(level(finding.severity), &Place::first_line(context.sources, finding.span), &title, &message)
}

fn about(context: Context<'_>, problem: &Problem) -> String {
    let message = visible(&problem.message);
    match problem.span {
        Some(span) => placed("warning", &Place::first_line(context.sources, span), problem.code, &message),
        None => command(
            "warning",
            &[("file", problem.path.as_deref().unwrap_or_default()), ("title", problem.code)],
            &message,
        ),
    }
}

fn placed(level: &str, place: &Place, title: &str, message: &str) -> String {
    let line = place.start.line.to_string();
    let (from, to) = (place.start.column_utf16.to_string(), place.end.column_utf16.to_string());
    let properties = [
        ("file", place.path()),
        ("line", &line),
        ("endLine", &line),
        ("col", &from),
        ("endColumn", &to),
        ("title", title),
    ];
    command(level, &properties, message)
}

/// `::level name=value,…::message`. A path that a terminal would act upon is shown, and found no more.
fn command(level: &str, properties: &[(&str, &str)], message: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", escape(&visible(value)).replace(':', "%3A").replace(',', "%2C")))
        .collect();
    format!("::{level} {}::{}", properties.join(","), escape(&cut(message, MAX_MESSAGE)))
}

/// The per cent sign first, since the others become one.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    }
}
