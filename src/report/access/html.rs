//! Access as one self-contained page, and as a section of the report. No script, no request to anywhere (the page's
//! content security policy forbids both). In: a survey. Out: HTML.

use std::io::{self, Write};

use crate::{
    aws::iam::{
        explain::{Reason, Source},
        permission::{Group, Permission},
        survey::{Cell, Pair},
    },
    report::{
        HOME, TOOL, VERSION,
        access::{View, example, graph, groups_of, has_any, mark, source_name, told_actions},
        html::STYLE,
        text::{count, markup, visible},
    },
    value::Truth,
};

const ACCESS_STYLE: &str = include_str!("style.css");

/// Rows of the matrices that one page has at most.
pub const MAX_ROWS: usize = 2000;
/// Pairs of which a page tells the reasons at most.
pub const MAX_EXPLAINED: usize = 1000;
/// How many actions are named before the rest is counted.
const MAX_ACTIONS: usize = 16;
/// Principals without access that are named.
const MAX_IDLE: usize = 200;

/// Style rules of the section, for the page that embeds it.
pub fn style() -> &'static str {
    ACCESS_STYLE
}

/// Writes the page.
///
/// # Errors
/// What the writer's target says.
pub fn write(view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{TOOL} access</title>
<style>
{STYLE}{ACCESS_STYLE}</style>
</head>
<body>
<main>
<h1>Who reaches which DynamoDB table</h1>
<p class="soft">{} and {}; service control policies are taken to allow everything</p>
"#,
        count(view.survey.tables.len(), "table"),
        count(view.survey.principals.len(), "principal"),
    )?;
    section(view, out)?;
    problems(view, out)?;
    writeln!(out, r#"<footer>Written by <a href="{HOME}">{TOOL}</a> {VERSION}</footer>"#)?;
    writeln!(out, "</main>\n</body>\n</html>")
}

/// Writes graph and matrices, for this page or another.
///
/// # Errors
/// What the writer's target says.
pub fn section(view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.survey.tables.is_empty() {
        return writeln!(out, "<p>No DynamoDB table was found.</p>");
    }
    if graph::fits(view) {
        key(out)?;
        graph::write(view, out)?;
    } else {
        writeln!(
            out,
            r#"<p>More than {} lines or {} nodes make no graph that can be read: the tables below say who reaches what. <code>--table</code> and <code>--principal</code> draw a part of it.</p>"#,
            graph::MAX_EDGES,
            graph::MAX_NODES
        )?;
    }
    matrices(view, out)?;
    idle(view, out)
}

fn key(out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        r#"<p class="soft key"><span class="reads"><i></i>reads</span><span class="writes"><i></i>writes or deletes items</span><span class="administers"><i></i>changes the table, its policy, backups or exports</span><span><i></i>allowed</span><span class="dashed"><i></i>under conditions</span><span class="dotted"><i></i>not known</span></p>"#
    )
}

fn matrices(view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut left = MAX_ROWS;
    let mut omitted = 0;
    for at in 0..view.survey.tables.len() {
        let Some(table) = view.survey.tables.get(at) else { continue };
        let pairs: Vec<&Pair> =
            view.survey.of_table(at).filter(|pair| has_any(pair) || !pair.reasons.is_empty()).collect();
        if left == 0 {
            omitted += pairs.len();
            continue;
        }
        writeln!(
            out,
            r#"<h3 class="reached">{} <span class="soft">{} · {}</span></h3>"#,
            safe(&view.table(at)),
            safe(&table.name),
            safe(&view.at(table.span))
        )?;
        if pairs.is_empty() {
            writeln!(out, r#"<p class="soft">Nobody in the code reaches it.</p>"#)?;
            continue;
        }
        writeln!(out, r#"<div class="scroll"><table class="matrix"><thead><tr><th scope="col">Principal</th>"#)?;
        for group in Group::ALL {
            writeln!(out, r#"<th scope="col">{}</th>"#, group.name())?;
        }
        writeln!(out, "</tr></thead>\n<tbody>")?;
        for pair in pairs.iter().take(left) {
            row(view, pair, out)?;
        }
        omitted += pairs.len().saturating_sub(left);
        left = left.saturating_sub(pairs.len());
        writeln!(out, "</tbody></table></div>")?;
    }
    if omitted > 0 {
        let pairs = count(omitted, "more pair");
        writeln!(
            out,
            "<p>{pairs} of principal and table are left out of this page; <code>--table</code>, <code>--principal</code> and <code>--format json</code> show them.</p>"
        )?;
    }
    writeln!(
        out,
        r#"<p class="soft">✓ allowed in every context, ~ under conditions, ? depends on what the code does not say, · refused</p>"#
    )
}

fn row(view: View<'_>, pair: &Pair, out: &mut dyn Write) -> io::Result<()> {
    let Some(principal) = view.survey.principals.get(pair.principal) else { return Ok(()) };
    let at = principal.span.map_or_else(String::new, |span| view.at(span));
    let class = if pair.reasons.is_empty() { "" } else { r#" class="has-why""# };
    write!(
        out,
        r#"<tr{class}><th scope="row"><code>{}</code><br><span class="soft">{}{}</span></th>"#,
        safe(&view.principal(principal)),
        principal.sort.name(),
        if at.is_empty() { String::new() } else { format!(" · {}", safe(&at)) },
    )?;
    for Cell { group, permission, when } in &pair.cells {
        let class = if *permission == Permission::Deny { "refused" } else { permission.name() };
        let when = when.as_deref().map_or_else(String::new, |when| format!(" when {when}"));
        let title = safe(&format!("{}: {}{when}", group.name(), permission.name()));
        write!(out, r#"<td class="{class}" title="{title}">{}</td>"#, mark(*permission))?;
    }
    writeln!(out, "</tr>")?;
    if pair.reasons.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        r#"<tr><td class="why" colspan="{}"><details><summary>{}</summary><ul>"#,
        Group::ALL.len() + 1,
        count(pair.reasons.len(), "reason")
    )?;
    let mut sorted: Vec<_> = pair.reasons.iter().collect();
    sorted.sort_by_key(|(reason, _)| reason.permission);
    for (reason, when) in sorted {
        self::reason(view, reason, when.as_deref(), out)?;
    }
    writeln!(out, "</ul></details></td></tr>")
}

fn reason(view: View<'_>, reason: &Reason, when: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let groups: Vec<&str> = groups_of(reason.actions).into_iter().map(Group::name).collect();
    writeln!(
        out,
        "<li><b>{} {}</b>: <code>{}</code> on <code>{}</code>",
        mark(reason.permission),
        groups.join(", "),
        told_actions(reason.actions, MAX_ACTIONS),
        safe(&reason.resource.to_string())
    )?;
    if let Some(when) = when {
        writeln!(out, "<br>when {}", safe(when))?;
    }
    let refused = reason.permission == Permission::Deny;
    let all = [
        (if refused { "allowed by" } else { "by" }, &reason.allowed_by),
        ("within", &reason.limited_by),
        (if refused { "refused by" } else { "unless" }, &reason.denied_by),
    ];
    for (word, source) in all.into_iter().flat_map(|(word, sources)| sources.iter().map(move |source| (word, source))) {
        statement(view, word, source, out)?;
    }
    for note in &reason.notes {
        writeln!(out, "<br>{}", note.text())?;
    }
    for (word, context) in [("allowed", &reason.allowed_in), ("refused", &reason.refused_in)] {
        if let Some(context) = context {
            writeln!(out, r#"<br><span class="soft">{word} with <code>{}</code></span>"#, safe(&example(context)))?;
        }
    }
    writeln!(out, "</li>")
}

fn statement(view: View<'_>, word: &str, source: &Source, out: &mut dyn Write) -> io::Result<()> {
    let at = source.span.map_or_else(String::new, |span| format!(" <code>{}</code>", safe(&view.at(span))));
    let doubt = if source.covers == Truth::Unknown && source.unknown.is_none() {
        ", whose actions or resources are not known for certain"
    } else {
        ""
    };
    write!(out, "<br>{word} {}{at}{doubt}", safe(&source_name(source)))?;
    for condition in &source.conditions {
        write!(out, " if <code>{}</code>", safe(condition))?;
    }
    writeln!(out)
}

fn idle(view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<String> = view.idle().map(|row| safe(&view.principal(row))).collect();
    if names.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<details><summary>{} without access to these tables</summary><p>{}{}</p></details>",
        count(names.len(), "principal"),
        names.iter().take(MAX_IDLE).map(|name| format!("<code>{name}</code>")).collect::<Vec<_>>().join(", "),
        if names.len() > MAX_IDLE { format!(" and {} more", names.len() - MAX_IDLE) } else { String::new() },
    )
}

fn problems(view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Problems of the input</h2>\n<ul>")?;
    for problem in view.problems {
        let at = problem.span.map(|span| view.at(span)).or_else(|| problem.path.as_deref().map(str::to_owned));
        let at = at.unwrap_or_default();
        writeln!(out, "<li>{}: <code>{}</code> {}</li>", problem.kind.name(), safe(&at), safe(&problem.message))?;
    }
    writeln!(out, "</ul>")
}

fn safe(text: &str) -> String {
    markup(&visible(text))
}
