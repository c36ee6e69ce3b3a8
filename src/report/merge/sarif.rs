//! Parts of a SARIF log. What is not looked at is carried over as it was written.

use std::cmp::Reverse;

use anyhow::{Context as _, ensure};
use indexmap::IndexMap;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{Part, complete, problems};
use crate::report::sarif::{LEFT_OUT, MAX_RESULTS, SHARD, left_out_notification};

/// Members of an object in written order.
type Object = IndexMap<String, Box<RawValue>>;
/// A log.
pub type Log = Object;

/// What results are sorted by.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Result {
    rule_id: String,
    message: Message,
    locations: Vec<Location>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    suppressions: Option<Vec<serde::de::IgnoredAny>>,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Properties {
    security_severity: String,
    stack: String,
}

#[derive(Deserialize)]
struct Message {
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    #[serde(default)]
    logical_locations: Vec<Logical>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Option<Region>,
}

#[derive(Deserialize)]
struct Artifact {
    uri: String,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
}

#[derive(Deserialize)]
struct Notification {
    message: Message,
    #[serde(default)]
    descriptor: Option<Descriptor>,
    #[serde(default)]
    locations: Option<Vec<Location>>,
    #[serde(default)]
    properties: IndexMap<String, usize>,
}

#[derive(Deserialize)]
struct Descriptor {
    id: String,
}

/// Merges.
///
/// # Errors
/// As [`super::merge`].
pub fn merge(parts: &[Part<'_>]) -> anyhow::Result<Log> {
    let mut logs: Vec<(Object, Object)> = Vec::new();
    for (name, text) in parts {
        logs.push(read(text).with_context(|| format!("{name}: no SARIF log of iac-check"))?);
    }
    let shard = |run: &Object| -> Option<String> {
        serde_json::from_str::<IndexMap<String, String>>(run.get("properties")?.get()).ok()?.swap_remove(SHARD)
    };
    complete(parts.iter().zip(&logs).map(|((name, _), (_, run))| (*name, shard(run))))?;
    let tool = |run: &Object| run.get("tool").map(|tool| tool.get().to_owned());
    ensure!(
        logs.windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if tool(a) == tool(b))),
        "the parts were written by different versions or with different rules"
    );
    let results = results(&logs)?;
    let (kept, left_out) = results;
    let invocation = invocation(&logs, left_out)?;
    let (mut log, mut run) = logs.into_iter().next().context("no parts are given")?;
    run.shift_remove("properties");
    run.insert("results".to_owned(), to_raw_value(&kept)?);
    run.insert("invocations".to_owned(), to_raw_value(&[invocation])?);
    log.insert("runs".to_owned(), to_raw_value(&[run])?);
    Ok(log)
}

fn read(text: &str) -> anyhow::Result<(Object, Object)> {
    let log: Object = serde_json::from_str(text)?;
    let runs: Vec<Object> = serde_json::from_str(log.get("runs").context("it has no runs")?.get())?;
    let run = runs.into_iter().next().context("it has no run")?;
    Ok((log, run))
}

/// Failures, the worst first and no more than are kept of a run, then what was written on request; and how many
/// failures did not fit.
fn results(logs: &[(Object, Object)]) -> anyhow::Result<(Vec<Box<RawValue>>, usize)> {
    let mut failures = Vec::new();
    let mut others = Vec::new();
    for (_, run) in logs {
        let raws: Vec<Box<RawValue>> = serde_json::from_str(run.get("results").context("it has no results")?.get())?;
        for raw in raws {
            let Result { rule_id, message, locations, kind, suppressions, properties } =
                serde_json::from_str(raw.get())?;
            let location = locations.into_iter().next().context("a result has no place")?;
            let address = location.logical_locations.into_iter().next().map(|logical| logical.fully_qualified_name);
            let (file, region) = place(location.physical_location);
            let severity: f64 = properties.security_severity.parse()?;
            let key = (file, region, rule_id, address, properties.stack, message.text);
            match (kind.as_deref(), suppressions) {
                (None | Some("fail"), None) => failures.push((Reverse((severity * 10.0) as u64), key, raw)),
                (_, suppressions) => others.push((suppressions.is_some(), key, raw)),
            }
        }
    }
    failures.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    others.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let left_out = failures.len().saturating_sub(MAX_RESULTS);
    failures.truncate(MAX_RESULTS);
    let failures = failures.into_iter().map(|(_, _, raw)| raw);
    Ok((failures.chain(others.into_iter().map(|(_, _, raw)| raw)).collect(), left_out))
}

fn place(physical: Physical) -> (String, Option<Region>) {
    let path = percent_decode_str(&physical.artifact_location.uri).decode_utf8_lossy().into_owned();
    (path, physical.region)
}

fn invocation(logs: &[(Object, Object)], mut left_out: usize) -> anyhow::Result<Object> {
    let mut first: Option<Object> = None;
    let mut parts: Vec<Vec<Box<RawValue>>> = Vec::new();
    for (_, run) in logs {
        let invocations: Vec<Object> =
            serde_json::from_str(run.get("invocations").context("it has no invocation")?.get())?;
        let invocation = invocations.into_iter().next().context("it has no invocation")?;
        let raws = invocation.get(NOTIFICATIONS).map_or("[]", |raw| raw.get());
        parts.push(serde_json::from_str(raws)?);
        first.get_or_insert(invocation);
    }
    let mut keyed = Vec::new();
    for part in &parts {
        let mut own = Vec::new();
        for raw in part {
            let notification: Notification = serde_json::from_str(raw.get())?;
            if let Some(number) = notification.properties.get(LEFT_OUT) {
                left_out += number;
                continue;
            }
            let location = notification.locations.and_then(|locations| locations.into_iter().next());
            let (file, region) = location.map(|location| place(location.physical_location)).unzip();
            let code = notification.descriptor.map(|descriptor| descriptor.id).unwrap_or_default();
            own.push(((file, region.flatten(), code.clone(), notification.message.text), code, &**raw));
        }
        keyed.push(own);
    }
    let mut notifications: Vec<Box<RawValue>> = problems(keyed).into_iter().map(ToOwned::to_owned).collect();
    if left_out > 0 {
        notifications.push(to_raw_value(&left_out_notification(left_out))?);
    }
    let mut merged = first.unwrap_or_default();
    merged.shift_remove(NOTIFICATIONS);
    if !notifications.is_empty() {
        merged.insert(NOTIFICATIONS.to_owned(), to_raw_value(&notifications)?);
    }
    Ok(merged)
}

const NOTIFICATIONS: &str = "toolExecutionNotifications";
