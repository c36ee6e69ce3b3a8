//! One report of the parts that `--shard` made. In: the parts, all JSON or all SARIF. Out: the bytes that one run over
//! everything would have written.

mod json;
mod sarif;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use anyhow::{Context as _, ensure};
use serde_json::value::RawValue;

/// A part: what it is called in messages, and its text.
pub type Part<'p> = (&'p str, &'p str);

/// What is true of a whole run only when every part says it: that nothing of what a part judged uses a suppression, or
/// has an entry of the baseline.
const SAID_BY_ALL: [&str; 2] = ["suppression-unused", "baseline-fixed"];

/// A merged report.
pub enum Merged<'p> {
    /// A JSON document.
    Json(Box<json::Document<'p>>),
    /// A SARIF log.
    Sarif(sarif::Log),
}

impl Merged<'_> {
    /// Whether a part met its `--fail-on`; SARIF does not say it.
    pub fn failed(&self) -> bool {
        matches!(self, Self::Json(document) if document.failed())
    }

    /// Writes it as the run would.
    ///
    /// # Errors
    /// What the writer's target says.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Json(document) => super::json::pretty(out, &**document),
            Self::Sarif(log) => super::json::line(out, log),
        }
    }
}

/// Merges.
///
/// # Errors
/// When a part is no report, one is missing or there twice, or they are of different runs.
pub fn merge<'p>(parts: &[Part<'p>]) -> anyhow::Result<Merged<'p>> {
    let is_sarif =
        |text: &str| text.trim_start().starts_with('{') && text.contains("\"$schema\"") && text.contains("sarif");
    match parts.iter().filter(|(_, text)| is_sarif(text)).count() {
        0 => json::merge(parts).map(|document| Merged::Json(Box::new(document))),
        all if all == parts.len() => sarif::merge(parts).map(Merged::Sarif),
        _ => anyhow::bail!("some parts are SARIF and some are not"),
    }
}

/// Checks that the parts are 1/N to N/N.
fn complete<'a>(shards: impl IntoIterator<Item = (&'a str, Option<String>)>) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    let mut count = None;
    for (name, shard) in shards {
        let shard = shard.with_context(|| format!("{name}: not written with --shard"))?;
        let shard: crate::engine::Shard = shard.parse().map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
        ensure!(*count.get_or_insert(shard.count) == shard.count, "{name}: part of a run with {} parts", shard.count);
        ensure!(seen.insert(shard.index), "{name}: part {shard} is there twice");
    }
    let count = count.unwrap_or_default();
    let missing: Vec<String> =
        (1..=count).filter(|index| !seen.contains(index)).map(|index| index.to_string()).collect();
    ensure!(missing.is_empty(), "parts are missing: {} of {count}", missing.join(", "));
    Ok(())
}

/// Problems of all parts, each once, in order; of those that every part must say, only such. Each comes with its code
/// and what it is sorted by.
fn problems<'p, K: Ord>(parts: Vec<Vec<(K, String, &'p RawValue)>>) -> Vec<&'p RawValue> {
    let count = parts.len();
    let mut all: BTreeMap<(K, &'p str), (usize, String, &'p RawValue)> = BTreeMap::new();
    for part in parts {
        let mut in_part = BTreeSet::new();
        for (key, code, raw) in part {
            if in_part.insert(raw.get()) {
                all.entry((key, raw.get())).or_insert((0, code, raw)).0 += 1;
            }
        }
    }
    let holds = |(times, code, _): &(usize, String, &RawValue)| *times == count || !SAID_BY_ALL.contains(&&**code);
    all.into_values().filter(holds).map(|(_, _, raw)| raw).collect()
}
