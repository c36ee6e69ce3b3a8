//! The graph of who reaches which table as inline SVG. In: a survey. Out: markup, or nothing when it would be too large to
//! be read.

use std::io::{self, Write};

use crate::{
    aws::iam::{
        permission::{Group, Permission},
        survey::Pair,
    },
    report::{
        access::{View, by_permission, group_names, has_any, layout},
        text::{cut, cut_start, markup, visible},
    },
};

/// More edges than this cannot be told apart.
pub const MAX_EDGES: usize = 80;
/// More tables and principals than this do not fit on a page.
pub const MAX_NODES: usize = 60;

const NODE_WIDTH: usize = 270;
const LABEL_WIDTH: usize = 190;
const CURVE_WIDTH: usize = 180;
const MARGIN: usize = 8;
/// Characters that fit into a node.
const NODE_TEXT: usize = 34;
/// Characters that fit beside an edge.
const EDGE_TEXT: usize = 30;

/// Whether the graph is small enough to be read.
pub fn fits(view: View<'_>) -> bool {
    let edges = edges(view);
    let mut principals: Vec<usize> = edges.iter().map(|pair| pair.principal).collect();
    principals.dedup();
    edges.len() <= MAX_EDGES && view.survey.tables.len() + principals.len() <= MAX_NODES
}

fn edges<'a>(view: View<'a>) -> Vec<&'a Pair> {
    view.survey.pairs.iter().filter(|pair| has_any(pair)).collect()
}

/// Writes the graph.
///
/// # Errors
/// What the writer's target says.
pub fn write(view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let pairs = edges(view);
    let ends: Vec<(usize, usize)> = pairs.iter().map(|pair| (pair.principal, pair.table)).collect();
    let placed = layout::layout(&ends, view.survey.tables.len());
    let right = MARGIN + NODE_WIDTH + LABEL_WIDTH + CURVE_WIDTH;
    let (width, height) = (right + NODE_WIDTH + MARGIN, placed.height + 2 * MARGIN);
    writeln!(
        out,
        r#"<div class="scroll graph"><svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="Principals on the left, tables on the right, a line for each that is reached; the table below says the same">"#
    )?;
    for (pair, edge) in pairs.iter().zip(&placed.edges) {
        write_edge(view, pair, edge.from + MARGIN, edge.to + MARGIN, out)?;
    }
    for node in &placed.left {
        let Some(row) = view.survey.principals.get(node.id) else { continue };
        let class = if row.sort.is_outside() { "principal outside" } else { "principal" };
        write_node(&view.principal(row), row.sort.name(), class, (MARGIN, node.top + MARGIN, node.height), out)?;
    }
    for node in &placed.right {
        let name = view.survey.tables.get(node.id).map_or("", |table| &table.name);
        write_node(&view.table(node.id), name, "table", (right, node.top + MARGIN, node.height), out)?;
    }
    writeln!(out, "</svg></div>")
}

fn write_node(
    name: &str,
    detail: &str,
    class: &str,
    (x, y, height): (usize, usize, usize),
    out: &mut dyn Write,
) -> io::Result<()> {
    let (text, middle) = (x + 12, y + height / 2);
    writeln!(
        out,
        r#"<g class="{class}"><title>{}</title><rect x="{x}" y="{y}" width="{NODE_WIDTH}" height="{height}" rx="6"/><text x="{text}" y="{}">{}</text><text class="detail" x="{text}" y="{}">{}</text></g>"#,
        safe(name),
        middle - 2,
        markup(&cut_start(&visible(name), NODE_TEXT)),
        middle + 13,
        markup(&cut(&visible(detail), NODE_TEXT)),
    )
}

fn write_edge(view: View<'_>, pair: &Pair, from: usize, to: usize, out: &mut dyn Write) -> io::Result<()> {
    let strengths = by_permission(pair);
    let Some((permission, cells)) = strengths.first() else { return Ok(()) };
    let (start, bend) = (MARGIN + NODE_WIDTH, MARGIN + NODE_WIDTH + LABEL_WIDTH);
    let (end, middle) = (bend + CURVE_WIDTH, bend + CURVE_WIDTH / 2);
    let class = format!("{} {}", danger(pair), permission.name());
    let said: Vec<String> =
        strengths.iter().map(|(permission, cells)| format!("{}: {}", permission.name(), group_names(cells))).collect();
    let principal = view.survey.principals.get(pair.principal).map(|row| view.principal(row)).unwrap_or_default();
    let title = format!("{principal} → {}\n{}", view.table(pair.table), said.join("\n"));
    let all = group_names(cells);
    let label = if all.chars().count() <= EDGE_TEXT {
        all
    } else {
        let names: Vec<&str> = cells.iter().map(|cell| cell.group.name()).collect();
        format!("{} + {}", names.iter().take(2).copied().collect::<Vec<_>>().join(", "), names.len() - 2)
    };
    writeln!(
        out,
        r#"<g class="edge {class}"><title>{}</title><path d="M{start},{from}H{bend}C{middle},{from} {middle},{to} {end},{to}"/><text x="{}" y="{}">{}</text></g>"#,
        markup(&title.lines().map(visible).collect::<Vec<_>>().join("\n")),
        start + 8,
        from - 5,
        safe(&label),
    )
}

/// The worst that a pair can do, for the colour of its line.
fn danger(pair: &Pair) -> &'static str {
    let can = |groups: &[Group]| {
        pair.cells.iter().any(|cell| groups.contains(&cell.group) && cell.permission != Permission::Deny)
    };
    if can(&[Group::Administer, Group::Policy, Group::Backup, Group::Export]) {
        "administers"
    } else if can(&[Group::Write, Group::Delete]) {
        "writes"
    } else {
        "reads"
    }
}

fn safe(text: &str) -> String {
    markup(&visible(text))
}
