//! A graph for Graphviz: principals on the left, tables on the right, an edge for each strength of access.

use std::io::{self, Write};

use crate::{
    aws::iam::permission::Permission,
    report::{
        access::{View, by_permission, group_names, has_any},
        text::visible,
    },
};

/// Writes the graph.
///
/// # Errors
/// What the writer's target says.
pub fn write(view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph access {{")?;
    writeln!(out, "  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];")?;
    for (at, row) in view.survey.principals.iter().enumerate() {
        if view.survey.pairs.iter().any(|pair| pair.principal == at && has_any(pair)) {
            let style = if row.sort.is_outside() { ", style=dashed" } else { "" };
            writeln!(out, "  p{at} [shape=box, label={}{style}];", quoted(&view.principal(row)))?;
        }
    }
    for at in 0..view.survey.tables.len() {
        writeln!(out, "  t{at} [shape=cylinder, label={}];", quoted(&view.table(at)))?;
    }
    for pair in &view.survey.pairs {
        for (permission, cells) in by_permission(pair) {
            let style = match permission {
                Permission::Allow => "solid",
                Permission::Conditional => "dashed",
                Permission::Unknown | Permission::Deny => "dotted",
            };
            let label = quoted(&group_names(&cells));
            writeln!(out, "  p{} -> t{} [label={label}, style={style}];", pair.principal, pair.table)?;
        }
    }
    writeln!(out, "}}")
}

/// A quoted string of the DOT language. A backslash would start an escape such as `\N`.
fn quoted(text: &str) -> String {
    format!("\"{}\"", visible(text).replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_cannot_be_left() {
        assert_eq!(super::quoted("a\"]; b\\N\n"), "\"a\\\"]; b\\\\N \"");
    }
}
