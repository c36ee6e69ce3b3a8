//! The forms of the list of controls. In: rows. Out: text.

use std::io::{self, Write};

use serde::Serialize;

use super::Row;

/// A form of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for a terminal.
    Table,
    /// A JSON object.
    Json,
    /// Comma-separated values, lists with spaces.
    Csv,
    /// A Markdown table.
    Markdown,
}

/// What the counts do not say.
const NOTE: &str = "Rules map to controls; a control asks for more than code can show.";

const HEADINGS: [&str; 6] = ["Control", "Passing", "Failing", "Unknown", "Accepted", "Rules"];

#[derive(Serialize)]
struct Document<'a> {
    framework: &'a str,
    note: &'a str,
    controls: &'a [Row],
}

/// Writes the controls of a framework.
///
/// # Errors
/// What the writer's target says.
pub fn write(format: Format, framework: &str, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table(framework, rows, out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &Document { framework, note: NOTE, controls: rows })?;
            writeln!(out)
        }
        Format::Csv => csv(framework, rows, out),
        Format::Markdown => markdown(framework, rows, out),
    }
}

fn counts(row: &Row) -> [usize; 4] {
    [row.passing, row.failing, row.unknown, row.accepted]
}

fn table(framework: &str, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let [control, passing, failing, unknown, accepted, rules] = HEADINGS;
    let width = rows.iter().map(|row| row.control.len()).max().unwrap_or(0).max(control.len());
    writeln!(out, "{framework}: resources by the controls that rules map to\n")?;
    writeln!(out, "{control:width$}  {passing:>7}  {failing:>7}  {unknown:>7}  {accepted:>8}  {rules}")?;
    for row in rows {
        let [passing, failing, unknown, accepted] = counts(row);
        writeln!(
            out,
            "{:width$}  {passing:>7}  {failing:>7}  {unknown:>7}  {accepted:>8}  {}",
            row.control,
            row.rules.join(", ")
        )?;
    }
    writeln!(out, "\n{NOTE}")
}

fn csv(framework: &str, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["framework", "control", "passing", "failing", "unknown", "accepted", "rules", "sources"])?;
    for row in rows {
        let [passing, failing, unknown, accepted] = counts(row).map(|count| count.to_string());
        let (rules, sources) = (row.rules.join(" "), row.sources.join(" "));
        writer.write_record([framework, &row.control, &passing, &failing, &unknown, &accepted, &rules, &sources])?;
    }
    writer.flush()
}

fn markdown(framework: &str, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {framework}\n\n| {} |\n|---|---:|---:|---:|---:|---|", HEADINGS.join(" | "))?;
    for row in rows {
        let [passing, failing, unknown, accepted] = counts(row);
        let rules: Vec<String> = row.rules.iter().map(|rule| format!("`{rule}`")).collect();
        writeln!(out, "| {} | {passing} | {failing} | {unknown} | {accepted} | {} |", row.control, rules.join(", "))?;
    }
    writeln!(out, "\n{NOTE}")
}
