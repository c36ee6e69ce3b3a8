//! Parts of a JSON document. What is not looked at is carried over as it was written.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Part, complete, problems};
use crate::{engine::Outcome, report::json::document::Summary};

/// A document, and a part of one.
#[derive(Deserialize, Serialize)]
pub struct Document<'p> {
    schema_version: String,
    #[serde(borrow)]
    tool: &'p RawValue,
    #[serde(default, skip_serializing)]
    shard: Option<String>,
    summary: Summary,
    #[serde(borrow)]
    results: Vec<&'p RawValue>,
    #[serde(borrow)]
    suppressed: Vec<&'p RawValue>,
    #[serde(borrow)]
    problems: Vec<&'p RawValue>,
    #[serde(borrow)]
    tables: Vec<Table<'p>>,
    #[serde(borrow)]
    stacks: Vec<&'p RawValue>,
}

#[derive(Deserialize, Serialize)]
struct Table<'p> {
    address: String,
    stack: String,
    #[serde(borrow)]
    location: &'p RawValue,
    cells: Vec<Cell>,
}

#[derive(Deserialize, Serialize)]
struct Cell {
    column: String,
    verdict: Option<String>,
}

/// What results are sorted by.
#[derive(Deserialize)]
struct Result {
    rule: String,
    message: String,
    resource: Resource,
    location: Location,
}

#[derive(Deserialize)]
struct Resource {
    address: String,
    stack: String,
}

#[derive(Deserialize)]
struct Location {
    file: String,
    start: Point,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    line: u32,
    column: u32,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    message: String,
    file: Option<String>,
    location: Option<Location>,
}

impl Document<'_> {
    /// Whether `--fail-on` was met.
    pub fn failed(&self) -> bool {
        self.summary.failed
    }
}

/// Merges.
///
/// # Errors
/// As [`super::merge`].
pub fn merge<'p>(parts: &[Part<'p>]) -> anyhow::Result<Document<'p>> {
    let mut documents: Vec<Document<'p>> = Vec::new();
    for (name, text) in parts {
        documents.push(serde_json::from_str(text).with_context(|| format!("{name}: no JSON report of iac-check"))?);
    }
    complete(parts.iter().zip(&documents).map(|((name, _), document)| (*name, document.shard.clone())))?;
    let mut documents = documents.into_iter();
    let mut merged = documents.next().context("no parts are given")?;
    let mut all_problems = vec![keyed(&merged.problems)?];
    for document in documents {
        ensure!(
            document.schema_version == merged.schema_version && document.tool.get() == merged.tool.get(),
            "the parts were written by different versions"
        );
        let same = document.stacks.iter().map(|stack| stack.get()).eq(merged.stacks.iter().map(|stack| stack.get()));
        ensure!(same, "the parts are of different code");
        merged.summary.add(&document.summary);
        merged.results.extend(document.results);
        merged.suppressed.extend(document.suppressed);
        all_problems.push(keyed(&document.problems)?);
        overlay(&mut merged.tables, document.tables);
    }
    sort(&mut merged.results)?;
    sort(&mut merged.suppressed)?;
    merged.problems = problems(all_problems);
    merged.summary.recount(merged.tables.len(), merged.problems.len());
    Ok(merged)
}

fn sort(results: &mut Vec<&RawValue>) -> anyhow::Result<()> {
    let mut keyed = Vec::with_capacity(results.len());
    for raw in results.iter() {
        let Result { rule, message, resource, location } = serde_json::from_str(raw.get())?;
        keyed.push(((location.file, location.start, rule, resource.address, resource.stack, message), *raw));
    }
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    *results = keyed.into_iter().map(|(_, raw)| raw).collect();
    Ok(())
}

type ProblemKey = (Option<String>, Option<Point>, String, String);

fn keyed<'p>(raws: &[&'p RawValue]) -> anyhow::Result<Vec<(ProblemKey, String, &'p RawValue)>> {
    let each = raws.iter().map(|raw| {
        let Problem { code, message, file, location } = serde_json::from_str(raw.get())?;
        Ok(((file, location.map(|location| location.start), code.clone(), message), code, *raw))
    });
    each.collect()
}

/// Each part judges some of the resources that a table's cells sum up. A table that a part leaves out never exists.
fn overlay(tables: &mut Vec<Table<'_>>, other: Vec<Table<'_>>) {
    let rank = |verdict: &Option<String>| {
        let names = [Outcome::NotDeployed, Outcome::NotApplicable, Outcome::Pass, Outcome::Unknown, Outcome::Fail];
        verdict.as_ref().and_then(|verdict| names.iter().find(|outcome| outcome.name() == verdict).copied())
    };
    let others: BTreeMap<(String, String), Vec<Cell>> =
        other.into_iter().map(|table| ((table.stack, table.address), table.cells)).collect();
    tables.retain(|table| others.contains_key(&(table.stack.clone(), table.address.clone())));
    for table in tables {
        let cells = others.get(&(table.stack.clone(), table.address.clone())).into_iter().flatten();
        for (cell, other) in table.cells.iter_mut().zip(cells) {
            if rank(&other.verdict) > rank(&cell.verdict) {
                cell.verdict.clone_from(&other.verdict);
            }
        }
    }
}
