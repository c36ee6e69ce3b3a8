//! Whole modules against what `terraform plan` makes of them: `testdata/terraform/modules/*/expect.json`, or the
//! folder named by `IAC_CHECK_VECTORS`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use iac_check::{
    model::{ProblemKind, Stack},
    source::Sources,
    terraform::{self, Library, Options, modules::inputs::Given},
    value::{Kind, Value},
};
use serde_json::{Value as Json, json};

fn vectors() -> PathBuf {
    let given = std::env::var_os("IAC_CHECK_VECTORS").map(|folder| PathBuf::from(folder).join("modules"));
    given
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/modules"))
}

#[test]
fn modules_agree_with_terraform() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(vectors()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("expect.json").is_file());
    cases.sort();
    let disagreements: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            disagreement(case).map(|why| format!("{}: {why}", case.file_name().unwrap().to_string_lossy()))
        })
        .collect();
    println!("{} of {} agree", cases.len() - disagreements.len(), cases.len());
    disagreements.iter().for_each(|line| println!("  {line}"));
    assert!(!cases.is_empty() && disagreements.is_empty());
}

fn disagreement(case: &Path) -> Option<String> {
    let expect: Json = serde_json::from_str(&std::fs::read_to_string(case.join("expect.json")).unwrap()).unwrap();
    let stack = load(case, &expect["given"]);
    let stops: Vec<String> =
        stack.problems.iter().filter(|problem| stops(problem)).map(|problem| problem.message.clone()).collect();
    let expected_errors = expect["errors"].as_array().unwrap();
    if expected_errors.is_empty() != stops.is_empty() {
        return Some(format!("terraform says {expected_errors:?}, we say {stops:?}"));
    }
    if !expected_errors.is_empty() {
        return None;
    }
    let outputs: BTreeMap<String, Json> =
        stack.exports.iter().map(|export| (export.name.as_str().unwrap().to_owned(), json(&export.value))).collect();
    let wanted = expect["outputs"].as_object().unwrap();
    if !outputs.keys().eq(wanted.keys()) {
        return Some(format!("outputs {:?}, not {:?}", outputs.keys(), wanted.keys()));
    }
    for (name, want) in wanted {
        if let Some(why) = differs(&outputs[name], &want["value"], &want["unknown"]) {
            return Some(format!("output {name}: {why}"));
        }
    }
    resources(&stack, expect["resources"].as_object().unwrap())
}

/// Whether terraform would stop: also for what a checker goes on with.
fn stops(problem: &iac_check::model::Problem) -> bool {
    problem.kind == ProblemKind::Error
        || matches!(problem.code, "terraform-variable-unset" | "terraform-unknown-instances")
}

fn resources(stack: &Stack, wanted: &serde_json::Map<String, Json>) -> Option<String> {
    let found: BTreeMap<&str, Json> =
        stack.resources.iter().map(|resource| (&*resource.id.address, json(&resource.attributes))).collect();
    if !found.keys().copied().eq(wanted.keys().map(String::as_str)) {
        return Some(format!("resources {:?}, not {:?}", found.keys(), wanted.keys()));
    }
    for (address, want) in wanted {
        let empty = serde_json::Map::new();
        let values = want["values"].as_object().unwrap_or(&empty);
        for (name, value) in values {
            let ours = found[address.as_str()].get(name).cloned().unwrap_or(Json::Null);
            if let Some(why) = differs(&ours, value, &want["unknown"][name]) {
                return Some(format!("{address}.{name}: {why}"));
            }
        }
    }
    None
}

fn load(case: &Path, given: &Json) -> Stack {
    let sources = Sources::new(case).unwrap();
    let library = Library::new(&sources);
    let environment = given["env"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, text)| (name.clone(), text.as_str().unwrap().to_owned()));
    let inputs = given["vars"].as_array().into_iter().flatten().map(|pair| {
        let (name, text) = pair.as_str().unwrap().split_once('=').unwrap();
        Given::Variable(name.to_owned(), text.to_owned())
    });
    let options = Options {
        inputs: inputs.collect(),
        environment: environment.collect(),
        workspace: Some("default".to_owned()),
        everything: true,
        short_circuit: Some(terraform::eval::ShortCircuit::Never),
        ..Options::default()
    };
    terraform::load(&library, ".", &options)
}

/// Ours as JSON; what is unknown to terraform is a marker object.
fn json(value: &Value) -> Json {
    match &value.kind {
        Kind::Absent | Kind::Null => Json::Null,
        Kind::Bool(value) => json!(value),
        Kind::Number(number) => serde_json::from_str(&number.text()).unwrap(),
        Kind::String(text) => json!(&*text.text),
        Kind::List(list) => list.items.iter().map(json).collect(),
        Kind::Map(map) => map
            .entries
            .iter()
            .map(|entry| (entry.key.to_string(), json(&entry.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        // A choice or pattern is more than terraform knows.
        _ => json!({"$unknown": true}),
    }
}

fn differs(ours: &Json, want: &Json, unknown: &Json) -> Option<String> {
    // What terraform does not know, we may.
    if *unknown == json!(true) {
        return None;
    }
    match (ours, want) {
        (Json::Array(ours), Json::Array(want)) if ours.len() == want.len() => {
            ours.iter().zip(want).enumerate().find_map(|(at, (ours, want))| differs(ours, want, &unknown[at]))
        }
        (Json::Object(ours), Json::Object(want)) if ours.get("$unknown").is_none() => {
            let keys: std::collections::BTreeSet<&String> = ours.keys().chain(want.keys()).collect();
            keys.into_iter().find_map(|key| {
                differs(ours.get(key).unwrap_or(&Json::Null), want.get(key).unwrap_or(&Json::Null), &unknown[key])
            })
        }
        (Json::Number(a), Json::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if ours == want => None,
        _ => Some(format!("{ours}, not {want}")),
    }
}

/// A configuration with one change somewhere still loads: the rest of it is evaluated, nothing panics.
#[test]
fn mutations_do_not_panic() {
    use proptest::prelude::*;
    let mut texts: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(vectors()).unwrap() {
        texts.extend(std::fs::read_to_string(entry.unwrap().path().join("main.tf")));
    }
    texts.sort();
    let inserts = [
        "\"", "{", "}", "${", "%{", "<<X\n", "\n", "[*]", ".", "...", "?", "é", "\u{feff}", "each.key", "null", "-",
        "/*",
    ];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let change = (0..texts.len(), any::<proptest::sample::Index>(), 0..inserts.len(), 0_usize..12);
    let result = runner.run(&change, |(which, at, insert, cut)| {
        let text = &texts[which];
        let chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len().max(1));
        let mutated: String = chars[..at.min(chars.len())].iter().collect::<String>()
            + inserts[insert]
            + &chars[(at + cut).min(chars.len())..].iter().collect::<String>();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.tf"), mutated).unwrap();
        let first = load(folder.path(), &Json::Null);
        let second = load(folder.path(), &Json::Null);
        prop_assert_eq!(first.problems, second.problems);
        Ok(())
    });
    result.unwrap();
}
