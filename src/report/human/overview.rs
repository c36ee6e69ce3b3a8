//! The overview: one row per DynamoDB table, one column per protection. In: a report. Out: a table of marks.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use crate::{
    engine::Outcome,
    finding::COLUMNS,
    report::{
        Context,
        human::Palette,
        overview_mark,
        text::{cut, visible},
    },
};

/// Columns that the marks and their headings take.
const MARKS_WIDTH: usize = 64;
/// Characters of a table's name without a terminal.
const MAX_NAME: usize = 72;
/// Characters of a table's name on a narrow terminal.
const MIN_NAME: usize = 24;

/// Writes the overview and what its marks mean; nothing without tables.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, palette: &Palette, out: &mut dyn Write) -> io::Result<()> {
    let tables = &context.report.tables;
    if tables.is_empty() {
        return Ok(());
    }
    let Palette { bold, dim, .. } = palette;
    let several = context.report.stacks.len() > 1;
    let room = context.style.width.map_or(MAX_NAME, |width| width.saturating_sub(MARKS_WIDTH)).max(MIN_NAME);
    let names: Vec<String> = tables
        .iter()
        .map(|row| {
            if several {
                format!("{} ({})", visible(&row.address), visible(&row.stack))
            } else {
                visible(&row.address).into_owned()
            }
        })
        .map(|name| cut(&name, room).into_owned())
        .collect();
    let first = names.iter().map(|name| name.width()).max().unwrap_or(0).max("DynamoDB table".len());
    // Headings of two words take two lines, so that the table fits a terminal of 80 columns.
    let headings: Vec<(&str, &str)> =
        COLUMNS.iter().map(|(heading, _)| heading.split_once(' ').unwrap_or(("", heading))).collect();
    let widths: Vec<usize> = headings.iter().map(|(upper, lower)| upper.len().max(lower.len())).collect();
    let upper: Vec<String> =
        headings.iter().zip(&widths).map(|((upper, _), width)| format!("{upper:^width$}")).collect();
    let lower: Vec<String> =
        headings.iter().zip(&widths).map(|((_, lower), width)| format!("{lower:^width$}")).collect();
    writeln!(out, "{bold}{}{bold:#}", format!("{:first$}  {}", "", upper.join("  ")).trim_end())?;
    writeln!(out, "{bold}{}{bold:#}", format!("{:first$}  {}", "DynamoDB table", lower.join("  ")).trim_end())?;
    for (row, name) in tables.iter().zip(&names) {
        let mut gap = first - name.width().min(first);
        write!(out, "{name}")?;
        for (cell, width) in row.cells.iter().zip(&widths) {
            let style = style(*cell, palette);
            let left = (width - 1) / 2;
            write!(out, "{:gap$}{style}{}{style:#}", "", overview_mark(*cell), gap = gap + 2 + left)?;
            gap = width - 1 - left;
        }
        writeln!(out)?;
    }
    writeln!(out, "{dim}✓ protected  ✗ not protected  ? cannot be known before deployment  – not judged{dim:#}\n")
}

fn style(outcome: Option<Outcome>, palette: &Palette) -> Style {
    match outcome {
        Some(Outcome::Pass) => palette.good,
        Some(Outcome::Fail) => palette.bad,
        Some(Outcome::Unknown) => palette.doubtful,
        _ => palette.dim,
    }
}
