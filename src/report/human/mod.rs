//! The format for people. In: a report. Out: findings by resource with the deciding code underlined, the overview of
//! tables, and the counts.

mod excerpt;
mod overview;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use indexmap::IndexMap;

use crate::{
    engine::{Outcome, Severity},
    finding::Finding,
    model::{Problem, ProblemKind},
    report::{
        Base, Context, SEVERITIES,
        place::Place,
        text::{count, visible},
    },
};

/// Styles of what this format writes itself; all plain without colours.
struct Palette {
    bold: Style,
    dim: Style,
    good: Style,
    bad: Style,
    doubtful: Style,
}

impl Palette {
    fn new(color: bool) -> Self {
        if !color {
            return Self {
                bold: Style::new(),
                dim: Style::new(),
                good: Style::new(),
                bad: Style::new(),
                doubtful: Style::new(),
            };
        }
        let colored = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        Self {
            bold: Style::new().bold(),
            dim: Style::new().dimmed(),
            good: colored(AnsiColor::Green),
            bad: colored(AnsiColor::Red).bold(),
            doubtful: colored(AnsiColor::Yellow),
        }
    }
}

/// Writes the report.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(context.style.color);
    let mut excerpts = excerpt::Excerpts::new(context);
    let mut resources: IndexMap<(&str, &str), Vec<&Finding>> = IndexMap::new();
    for finding in context.findings() {
        resources.entry((&finding.stack, &finding.address)).or_default().push(finding);
    }
    for findings in resources.values() {
        for (at, alike) in gathered(findings).iter().enumerate() {
            let Some((finding, others)) = alike.split_first() else { continue };
            if at == 0 {
                write_heading(context, finding, &palette, out)?;
            }
            writeln!(out, "{}\n", excerpts.render(finding, others))?;
        }
    }
    for problem in &context.report.problems {
        writeln!(out, "{}\n", excerpts.render_problem(problem))?;
    }
    if context.style.show_suppressed {
        write_suppressed(context, &palette, out)?;
    }
    if context.style.quiet {
        return Ok(());
    }
    overview::write(context, &palette, out)?;
    write_counts(context, &palette, out)
}

/// The findings of a resource in their order, those that several rules cannot know for one cause together.
fn gathered<'f>(findings: &[&'f Finding]) -> Vec<Vec<&'f Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let alike = groups.iter_mut().find(|group| group.first().is_some_and(|first| is_alike(first, finding)));
        match alike {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn is_alike(a: &Finding, b: &Finding) -> bool {
    a.outcome == Outcome::Unknown
        && b.outcome == Outcome::Unknown
        && a.span == b.span
        && a.message == b.message
        && a.when == b.when
        && a.instances == b.instances
}

fn write_heading(context: Context<'_>, finding: &Finding, palette: &Palette, out: &mut dyn Write) -> io::Result<()> {
    let Palette { bold, dim, .. } = palette;
    let place = Place::new(context.sources, finding.header);
    let address = visible(&finding.address);
    let at = format!("{}:{}", visible(&shown(context, place.path())), place.start.line);
    // A resource of a called module is the same line in every stack that calls it.
    let stack = match &*finding.stack {
        stack if finding.module_calls.is_empty() || place.path().starts_with(stack) => String::new(),
        stack => format!(" · in {}", visible(&shown(context, stack))),
    };
    writeln!(out, "{bold}{address}{bold:#} {dim}{} · {at}{stack}{dim:#}", visible(&finding.source_type))
}

/// One line per accepted finding, with its reason and where the reason is written.
fn write_suppressed(context: Context<'_>, palette: &Palette, out: &mut dyn Write) -> io::Result<()> {
    let Palette { bold, dim, .. } = palette;
    let accepted: Vec<_> =
        context.report.findings.iter().filter_map(|finding| Some((finding, finding.suppressed.as_ref()?))).collect();
    if accepted.is_empty() {
        return Ok(());
    }
    writeln!(out, "{bold}Suppressed{bold:#}")?;
    for (finding, suppression) in accepted {
        let place = Place::new(context.sources, suppression.span.unwrap_or(finding.span));
        let at = format!("{}:{}", visible(&shown(context, place.path())), place.start.line);
        let instances = finding.instance_keys().collect::<Vec<_>>().join(", ");
        writeln!(out, "  {}{} {dim}{} · {at}{dim:#}", visible(&finding.address), visible(&instances), finding.rule.id)?;
        writeln!(out, "    {}: {}", visible(&finding.message), visible(&suppression.reason))?;
    }
    writeln!(out)
}

fn write_counts(context: Context<'_>, palette: &Palette, out: &mut dyn Write) -> io::Result<()> {
    let Palette { bold, dim, good, bad, doubtful } = palette;
    let report = context.report;
    if report.stacks.is_empty() && report.problems.is_empty() {
        return writeln!(
            out,
            "Nothing to check: no Terraform or CloudFormation was found in {}",
            count(report.counts.files, "file")
        );
    }
    let failures: usize = context.failures().count();
    let style = if failures > 0 { bad } else { good };
    let mut parts = Vec::new();
    let by_severity: Vec<String> = SEVERITIES
        .iter()
        .map(|severity| (severity, context.failures().filter(|finding| finding.severity == *severity).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| format!("{number} {severity}"))
        .collect();
    let breakdown = if by_severity.is_empty() { String::new() } else { format!(" ({})", by_severity.join(", ")) };
    let total = if failures == 0 { "No findings".to_owned() } else { count(failures, "finding") };
    parts.push(format!("{style}{total}{style:#}{breakdown}"));
    if report.counts.unknown > 0 {
        parts.push(format!("{doubtful}{} cannot be known before deployment{doubtful:#}", report.counts.unknown));
    }
    parts.push(format!("{} passed", report.counts.passed));
    if report.counts.suppressed > 0 {
        parts.push(format!("{} suppressed", report.counts.suppressed));
    }
    let errors = report.problems.iter().filter(|problem| problem.kind == ProblemKind::Error).count();
    if errors > 0 {
        parts.push(format!("{bad}{} in the input: not everything was judged{bad:#}", count(errors, "error")));
    }
    writeln!(out, "{}", parts.join(", "))?;
    let counts = &report.counts;
    let time = context.style.elapsed.map(|elapsed| format!(" in {:.2} s", elapsed.as_secs_f64())).unwrap_or_default();
    let scope = format!(
        "{}, {}, {} and {} checked{time}",
        count(counts.files, "file"),
        count(counts.stacks, "stack"),
        count(counts.resources, "resource"),
        count(report.tables.len(), "table"),
    );
    writeln!(out, "{dim}{scope}{dim:#}")?;
    if failures > 0 {
        writeln!(out, "{dim}Read more with {dim:#}{bold}iac-check explain RULE{bold:#}")?;
    }
    Ok(())
}

/// The word and colour for a finding: its severity, or that it is not known.
fn label(finding: &Finding) -> (&'static str, annotate_snippets::Level<'static>) {
    use annotate_snippets::Level;
    match (finding.outcome, finding.severity) {
        (Outcome::Fail, severity @ (Severity::Critical | Severity::High)) => (severity.name(), Level::ERROR),
        (Outcome::Fail, severity @ Severity::Medium) => (severity.name(), Level::WARNING),
        (Outcome::Fail, severity @ Severity::Low) => (severity.name(), Level::INFO),
        (Outcome::Unknown, _) => ("unknown", Level::NOTE),
        (outcome, _) => (outcome.name(), Level::HELP),
    }
}

/// The word and colour for a problem of the input.
fn problem_label(problem: &Problem) -> annotate_snippets::Level<'static> {
    use annotate_snippets::Level;
    match problem.kind {
        ProblemKind::Error => Level::ERROR,
        ProblemKind::Warning => Level::WARNING,
        ProblemKind::Note => Level::NOTE,
    }
}

/// A path of the report as the user would type it.
fn shown<'p>(context: Context<'_>, path: &'p str) -> std::borrow::Cow<'p, str> {
    match &context.style.base {
        Base::Root => path.into(),
        Base::Above(prefix) => format!("{prefix}/{path}").into(),
        Base::Inside(folder) => {
            let common = folder.split('/').zip(path.split('/')).take_while(|(a, b)| a == b).count();
            let up = "../".repeat(folder.split('/').count() - common);
            let rest: Vec<_> = path.split('/').skip(common).collect();
            format!("{up}{}", rest.join("/")).into()
        }
    }
}
