//! The matrix for people: per table a row for each principal that reaches it, and on request the reasons below it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::{
    aws::iam::{
        explain::{Reason, Source},
        permission::{Group, Permission},
        survey::{Cell, Pair},
    },
    report::{
        access::{View, example, groups_of, has_any, mark, source_name, told_actions},
        text::{count, cut_start, visible},
    },
    value::Truth,
};

/// Characters of a name without a terminal.
const MAX_NAME: usize = 72;
/// Characters of a name on a narrow terminal.
const MIN_NAME: usize = 18;
/// How many actions are named before the rest is counted.
const MAX_ACTIONS: usize = 8;
/// How many principals without access are named before the rest is counted.
const MAX_IDLE: usize = 12;
/// Columns from which there is room for wide gaps.
const WIDE: usize = 96;

struct Palette {
    bold: Style,
    dim: Style,
    allow: Style,
    conditional: Style,
    unknown: Style,
}

impl Palette {
    fn new(color: bool) -> Self {
        let of = |style: Style| if color { style } else { Style::new() };
        let colored = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        Self {
            bold: of(Style::new().bold()),
            dim: of(Style::new().dimmed()),
            allow: of(colored(AnsiColor::Red).bold()),
            conditional: of(colored(AnsiColor::Yellow)),
            unknown: of(colored(AnsiColor::Magenta)),
        }
    }

    fn of(&self, permission: Permission) -> Style {
        match permission {
            Permission::Allow => self.allow,
            Permission::Conditional => self.conditional,
            Permission::Unknown => self.unknown,
            Permission::Deny => self.dim,
        }
    }
}

fn heading(group: Group) -> &'static str {
    if group == Group::Administer { "admin" } else { group.name() }
}

/// Writes the matrix.
///
/// # Errors
/// What the writer's target says.
pub fn write(view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let palette = Palette::new(view.style.color);
    let Palette { bold, dim, allow, conditional, unknown } = palette;
    for at in 0..view.survey.tables.len() {
        write_table(view, at, &palette, out)?;
    }
    let idle: Vec<String> = view.idle().map(|row| visible(&view.principal(row)).into_owned()).collect();
    if !idle.is_empty() {
        let more = idle.len().saturating_sub(MAX_IDLE);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let named = idle.iter().take(MAX_IDLE).cloned().collect::<Vec<_>>().join(", ");
        writeln!(out, "{bold}No access to any of these tables:{bold:#} {named}{rest}\n")?;
    }
    for problem in view.problems {
        let at = problem.span.map(|span| view.at(span)).or_else(|| problem.path.as_deref().map(str::to_owned));
        let at = at.map_or_else(String::new, |at| format!("{}: ", visible(&at)));
        writeln!(out, "{}: {at}{}", problem.kind.name(), visible(&problem.message))?;
    }
    if view.survey.tables.is_empty() {
        return writeln!(out, "No DynamoDB table was found");
    }
    writeln!(
        out,
        "{} and {}: {allow}✓{allow:#} allowed  {conditional}~{conditional:#} under conditions  {unknown}?{unknown:#} not known  {dim}·{dim:#} refused",
        count(view.survey.tables.len(), "table"),
        count(view.survey.principals.len(), "principal"),
    )?;
    if !view.explain {
        writeln!(
            out,
            "{dim}Read the reasons with {dim:#}{bold}--explain{bold:#}{dim}, {dim:#}{bold}--table NAME{bold:#}{dim} or {dim:#}{bold}--principal NAME{bold:#}"
        )?;
    }
    Ok(())
}

fn write_table(view: View<'_>, at: usize, palette: &Palette, out: &mut dyn Write) -> io::Result<()> {
    let Palette { bold, dim, .. } = palette;
    let Some(table) = view.survey.tables.get(at) else { return Ok(()) };
    let name = if *table.name == *format!("${{{}}}", table.id.address) {
        String::new()
    } else {
        format!("{} · ", visible(&table.name))
    };
    writeln!(out, "{bold}{}{bold:#} {dim}{name}{}{dim:#}", visible(&view.table(at)), visible(&view.at(table.span)))?;
    let pairs: Vec<&Pair> = view.survey.of_table(at).filter(|pair| has_any(pair) || view.explain).collect();
    let shown: Vec<(&Pair, String)> = pairs
        .into_iter()
        .filter_map(|pair| {
            let row = view.survey.principals.get(pair.principal)?;
            Some((pair, visible(&view.principal(row)).into_owned()))
        })
        .filter(|(pair, _)| has_any(pair) || !pair.reasons.is_empty())
        .collect();
    if shown.is_empty() {
        return writeln!(out, "  {dim}nobody in the code reaches it{dim:#}\n");
    }
    let gap = if view.style.width.is_none_or(|width| width >= WIDE) { 2 } else { 1 };
    let marks: usize = Group::ALL.iter().map(|group| heading(*group).len() + gap).sum();
    let room = view.style.width.map_or(MAX_NAME, |width| width.saturating_sub(marks + 2)).clamp(MIN_NAME, MAX_NAME);
    let shown: Vec<(&Pair, String)> =
        shown.into_iter().map(|(pair, name)| (pair, cut_start(&name, room).into_owned())).collect();
    let first = shown.iter().map(|(_, name)| name.width()).max().unwrap_or(0);
    let headings: String = Group::ALL.iter().map(|group| format!("{:gap$}{}", "", heading(*group))).collect();
    writeln!(out, "  {bold}{:first$}{headings}{bold:#}", "")?;
    for (pair, name) in &shown {
        write!(out, "  {name}{:pad$}", "", pad = first - name.width().min(first))?;
        let mut trailing = 0;
        for Cell { group, permission, .. } in &pair.cells {
            let width = heading(*group).len();
            let left = (width - 1) / 2;
            let style = palette.of(*permission);
            write!(out, "{:gap$}{style}{}{style:#}", "", mark(*permission), gap = trailing + gap + left)?;
            trailing = width - 1 - left;
        }
        writeln!(out)?;
        if view.explain {
            reasons(view, pair, palette, out)?;
        }
    }
    writeln!(out)
}

fn reasons(view: View<'_>, pair: &Pair, palette: &Palette, out: &mut dyn Write) -> io::Result<()> {
    let mut sorted: Vec<_> = pair.reasons.iter().collect();
    sorted.sort_by_key(|(reason, _)| reason.permission);
    for (reason, when) in sorted {
        self::reason(view, reason, when.as_deref(), palette, out)?;
    }
    Ok(())
}

fn reason(
    view: View<'_>,
    reason: &Reason,
    when: Option<&str>,
    palette: &Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Palette { dim, .. } = palette;
    let style = palette.of(reason.permission);
    let groups: Vec<&str> = groups_of(reason.actions).into_iter().map(Group::name).collect();
    let named = told_actions(reason.actions, MAX_ACTIONS);
    writeln!(
        out,
        "    {style}{} {}{style:#}: {named} {dim}on {}{dim:#}",
        mark(reason.permission),
        groups.join(", "),
        visible(&reason.resource.to_string())
    )?;
    if let Some(when) = when {
        writeln!(out, "        when {}", visible(when))?;
    }
    let refused = reason.permission == Permission::Deny;
    for source in &reason.allowed_by {
        statement(view, if refused { "allowed by" } else { "by" }, source, out)?;
    }
    for source in &reason.limited_by {
        statement(view, "within", source, out)?;
    }
    for source in &reason.denied_by {
        statement(view, if refused { "refused by" } else { "unless" }, source, out)?;
    }
    for note in &reason.notes {
        writeln!(out, "        {}", note.text())?;
    }
    for (word, context) in [("allowed", &reason.allowed_in), ("refused", &reason.refused_in)] {
        if let Some(context) = context {
            writeln!(out, "        {dim}{word} with {}{dim:#}", visible(&example(context)))?;
        }
    }
    Ok(())
}

fn statement(view: View<'_>, word: &str, source: &Source, out: &mut dyn Write) -> io::Result<()> {
    let at = source.span.map_or_else(String::new, |span| format!(", {}", view.at(span)));
    let doubt = if source.covers == Truth::Unknown && source.unknown.is_none() {
        ", whose actions or resources are not known for certain"
    } else {
        ""
    };
    writeln!(out, "        {word} {}{}{doubt}", visible(&source_name(source)), visible(&at))?;
    for condition in &source.conditions {
        writeln!(out, "            if {}", visible(condition))?;
    }
    Ok(())
}
