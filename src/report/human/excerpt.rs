//! One finding or problem with its code. In: a finding. Out: text in the manner of rustc: the deciding code underlined,
//! related places, module calls and the way of the value marked, then why and how to fix, told once for each rule.

use std::{collections::BTreeSet, ops::Range};

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Message, Origin, Renderer, Snippet, renderer::DecorStyle,
};

use crate::{
    engine::Outcome,
    finding::Finding,
    model::Problem,
    report::{
        Context,
        human::{label, problem_label, shown},
        page::{self, Language},
        place::Place,
        rule_url,
        text::{cut, printable, same_length, visible},
    },
    source::{SourceFile, Span},
};

/// Marks further apart than this many lines are shown as excerpts of their own.
const MAX_DISTANCE: u32 = 60;
/// Longest window of a file of which an excerpt is shown, in bytes: generated templates have lines of megabytes.
const MAX_WINDOW: usize = 20_000;
/// Lines of a fix that are shown; the rest is in `iac-check explain`.
const MAX_FIX_LINES: usize = 14;
/// Places that are marked beside the deciding one.
const MAX_MARKS: usize = 12;
/// Instance keys that are listed.
const MAX_INSTANCES: usize = 8;
/// Characters of a label.
const MAX_LABEL: usize = 100;
/// Characters of a line without a terminal.
const DEFAULT_WIDTH: usize = 140;

/// A place to mark, on the first line of its span.
struct Mark {
    place: Place,
    range: Range<usize>,
    kind: AnnotationKind,
    label: String,
}

/// Renders findings one after the other and remembers which rules it has explained.
pub struct Excerpts<'a> {
    context: Context<'a>,
    renderer: Renderer,
    explained: BTreeSet<&'static str>,
}

impl<'a> Excerpts<'a> {
    /// A renderer for one report.
    pub fn new(context: Context<'a>) -> Self {
        let renderer = if context.style.color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(context.style.width.unwrap_or(DEFAULT_WIDTH));
        Self { context, renderer, explained: BTreeSet::new() }
    }

    /// A finding, with those of other rules that say the same.
    pub fn render(&mut self, finding: &Finding, others: &[&Finding]) -> String {
        let (name, level) = label(finding);
        let rule = finding.rule;
        let title = level
            .with_name(name)
            .primary_title(visible(&finding.message).into_owned())
            .id(rule.id)
            .id_url(rule_url(rule));
        let group = self.excerpts(Group::with_title(title), &self.marks(finding));
        let also: Vec<&str> = others.iter().map(|other| other.rule.id).collect();
        let also = (!also.is_empty()).then(|| Level::HELP.with_name("also").message(self.wrapped(&also.join(", "))));
        let group = group.elements(also).elements(self.notes(finding));
        self.renderer.render(&[group])
    }

    /// A problem of the input.
    pub fn render_problem(&self, problem: &Problem) -> String {
        let title = problem_label(problem).primary_title(visible(&problem.message).into_owned()).id(problem.code);
        let group = Group::with_title(title);
        let group = match (problem.span, problem.path.as_deref()) {
            (Some(span), _) => self.excerpts(group, &[self.mark(span, AnnotationKind::Primary, "")]),
            (None, Some(path)) => group.element(Origin::path(visible(&shown(self.context, path)).into_owned())),
            (None, None) => group,
        };
        self.renderer.render(&[group])
    }

    /// The deciding place first, then what explains it.
    fn marks(&self, finding: &Finding) -> Vec<Mark> {
        let mut marks = vec![self.mark(finding.span, AnnotationKind::Primary, "")];
        let related = finding.related.iter().map(|related| (related.span, related.label.to_string()));
        let steps =
            finding.trace.iter().flat_map(|trace| trace.steps()).map(|step| (step.span, step.label.to_string()));
        let reasons = finding.reasons.iter().filter_map(|unknown| Some((unknown.span?, unknown.to_string())));
        let calls =
            finding.module_calls.iter().rev().map(|call| (call.span, format!("called here as {}", call.address)));
        for (span, label) in related.chain(steps).chain(reasons).chain(calls).take(MAX_MARKS) {
            let mark = self.mark(span, AnnotationKind::Context, &label);
            // The same place twice, or the deciding place again, says nothing new.
            if !marks.iter().any(|known| known.place.file.id() == mark.place.file.id() && known.range == mark.range) {
                marks.push(mark);
            }
        }
        // The header of the resource orients the reader when the attribute is a few lines below.
        let header = self.mark(finding.header, AnnotationKind::Visible, "");
        if !marks.iter().any(|mark| is_near(mark, &header) && mark.place.start.line == header.place.start.line) {
            marks.push(header);
        }
        marks
    }

    fn mark(&self, span: Span, kind: AnnotationKind, label: &str) -> Mark {
        let place = Place::first_line(self.context.sources, span);
        let text = place.file.text();
        let start = (span.start as usize).min(text.len());
        let range = start..(start + place.text().len()).max(start);
        Mark { place, range, kind, label: cut(&visible(label), MAX_LABEL).into_owned() }
    }

    /// An excerpt for each run of marks that are near each other, the deciding one's first.
    fn excerpts<'g>(&self, mut group: Group<'g>, marks: &[Mark]) -> Group<'g> {
        let mut left: Vec<&Mark> = marks.iter().collect();
        while let Some(first) = left.first().copied() {
            let (near, far): (Vec<&Mark>, Vec<&Mark>) = left.into_iter().partition(|mark| is_near(first, mark));
            left = far;
            // A header without anything marked below it is of no use.
            if near.iter().any(|mark| !matches!(mark.kind, AnnotationKind::Visible)) {
                group = self.excerpt(group, first, &near);
            }
        }
        group
    }

    fn excerpt<'g>(&self, group: Group<'g>, first: &Mark, marks: &[&Mark]) -> Group<'g> {
        let file = &first.place.file;
        let path = visible(&shown(self.context, file.path())).into_owned();
        let lines = marks.iter().map(|mark| mark.place.start.line);
        let (from, to) = (lines.clone().min().unwrap_or(1), lines.max().unwrap_or(1));
        let Some(window) = window(file, from, to) else {
            let start = first.place.start;
            return group.element(Origin::path(path).line(start.line as usize).char_column(start.column as usize));
        };
        let source = same_length(file.text().get(window.clone()).unwrap_or_default()).into_owned();
        let annotation = |mark: &&Mark| -> Annotation<'static> {
            let range = mark.range.start.saturating_sub(window.start)..mark.range.end.saturating_sub(window.start);
            let label = (!mark.label.is_empty()).then(|| mark.label.clone());
            mark.kind.span(range).label(label)
        };
        let snippet =
            Snippet::source(source).line_start(from as usize).path(path).annotations(marks.iter().map(annotation));
        group.element(snippet)
    }

    fn notes(&mut self, finding: &Finding) -> Vec<Message<'static>> {
        let note = |name: &'static str, text: String| Level::HELP.with_name(name).message(text);
        let mut notes = Vec::new();
        if let Some(keys) = instances(finding) {
            notes.push(note("instances", keys));
        }
        let unplaced: BTreeSet<String> =
            finding.reasons.iter().filter(|unknown| unknown.span.is_none()).map(ToString::to_string).collect();
        notes.extend(unplaced.iter().map(|reason| note("because", visible(reason).into_owned())));
        if finding.when.is_some()
            && let Some(outcome) = finding.default.filter(|outcome| *outcome != finding.outcome)
        {
            notes.push(note("note", format!("with the default of every input the verdict is {}", outcome.name())));
        }
        if finding.outcome == Outcome::Fail && self.explained.insert(finding.rule.id) {
            let why = page::reason(finding.rule);
            if !why.is_empty() {
                notes.push(note("why", self.wrapped(&why)));
            }
            let fix = fix(finding);
            if !fix.is_empty() {
                notes.push(note("fix", fix));
            }
            notes.push(note("docs", rule_url(finding.rule)));
        }
        notes
    }

    /// Breaks running text at spaces so that it fits the terminal.
    fn wrapped(&self, text: &str) -> String {
        let width = self.context.style.width.unwrap_or(DEFAULT_WIDTH).saturating_sub(16).max(40);
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if line.chars().count() + word.chars().count() < width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines.join("\n")
    }
}

fn is_near(a: &Mark, b: &Mark) -> bool {
    a.place.file.id() == b.place.file.id() && a.place.start.line.abs_diff(b.place.start.line) <= MAX_DISTANCE
}

/// Byte range of whole lines; `None` when it is too large to show.
fn window(file: &SourceFile, from: u32, to: u32) -> Option<Range<usize>> {
    let range = file.line_range(from)?.start..file.line_range(to)?.end;
    (range.len() <= MAX_WINDOW).then_some(range)
}

fn instances(finding: &Finding) -> Option<String> {
    let keys: Vec<_> = finding.instance_keys().take(MAX_INSTANCES).map(|key| visible(&key).into_owned()).collect();
    let more = match finding.instances.len().saturating_sub(keys.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!keys.is_empty()).then(|| format!("{}{more}", keys.join(", ")))
}

/// The fix without the fences of its code blocks.
fn fix(finding: &Finding) -> String {
    let fix = page::fix(finding.rule, Language::of(finding));
    // Code is set off only from prose.
    let indent = if fix.starts_with("```") { "" } else { "  " };
    let mut inside = false;
    let mut lines: Vec<String> = Vec::new();
    for line in fix.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if inside {
            lines.push(format!("{indent}{line}"));
        } else if !line.trim().is_empty() {
            lines.push(page::plain(line));
        }
    }
    if lines.len() > MAX_FIX_LINES {
        lines.truncate(MAX_FIX_LINES);
        lines.push(format!("… more with iac-check explain {}", finding.rule.id));
    }
    printable(&lines.join("\n"))
}
