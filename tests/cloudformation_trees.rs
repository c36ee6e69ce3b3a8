//! Trees of templates: every node slices back to its text, both syntaxes give one value, nothing panics. With
//! `IAC_CHECK_VECTORS` the templates of that folder are read too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use iac_check::{
    cloudformation::{
        Options, detect, load, syntax,
        tree::{Content, Node, NodeRef, Style},
    },
    model::Stack,
    source::{SourceFile, Sources},
    value::{Kind, Truth, Value, world::explore},
};
use proptest::prelude::*;

fn templates() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let roots = [Some(own), std::env::var_os("IAC_CHECK_VECTORS").map(PathBuf::from)];
    let is_candidate = |path: &Path| {
        path.extension().and_then(|end| end.to_str()).is_some_and(|end| detect::EXTENSIONS.contains(&end))
    };
    let mut files: Vec<PathBuf> = roots
        .iter()
        .flatten()
        .flat_map(|root| walkdir::WalkDir::new(root).into_iter().flatten())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.is_file() && is_candidate(path))
        .collect();
    files.sort();
    files
}

fn parse(text: &str) -> (std::sync::Arc<SourceFile>, Vec<NodeRef>) {
    let sources = Sources::new(Path::new("/")).unwrap();
    let file = sources.insert("template", text.to_owned());
    let documents = syntax::parse_file(&file).documents;
    (file, documents)
}

/// Panics when a node's span is not its text.
fn check_spans(file: &SourceFile, node: &Node, count: &mut usize, path: &str) {
    *count += 1;
    let text = file.slice(node.span);
    assert!(node.span.end as usize <= file.text().len(), "{path}");
    match &node.content {
        Content::Scalar(scalar) => match scalar.style {
            Style::Plain => assert_eq!(
                text.split_whitespace().collect::<Vec<_>>(),
                scalar.text.split_whitespace().collect::<Vec<_>>(),
                "{path}"
            ),
            Style::Quoted => assert!(
                text.len() >= 2
                    && (text.starts_with('"') && text.ends_with('"') || text.starts_with('\'') && text.ends_with('\'')),
                "{path}: {text}"
            ),
            Style::Block => {
                let first = scalar.text.split_whitespace().next().unwrap_or_default();
                assert!(text.contains(first), "{path}: {text}");
            }
        },
        Content::List(items) => items.iter().for_each(|item| check_spans(file, item, count, path)),
        Content::Map(map) => {
            for pair in &map.entries {
                let key = file.slice(pair.key_span);
                if !map.short && !key.contains('\\') && !key.contains("''") {
                    assert!(
                        key.trim_matches(['"', '\'']) == &*pair.key || key.contains('\n') || key.is_empty(),
                        "{path}: {key} is not {}",
                        pair.key
                    );
                }
                check_spans(file, &pair.value, count, path);
            }
        }
        Content::Null | Content::Unknown(_) => {}
    }
}

#[test]
fn every_node_slices_back_to_its_text() {
    let mut nodes = 0;
    for path in templates() {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let (file, documents) = parse(&text);
        for root in documents {
            check_spans(&file, &root, &mut nodes, &path.display().to_string());
        }
    }
    assert!(nodes > 1000, "{nodes}");
}

fn stacks(text: &str) -> Vec<Stack> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.yaml"), text).unwrap();
    load(&Sources::new(folder.path()).unwrap(), Path::new("t.yaml"), &Options::default())
}

/// A value without places and without the quoting, which JSON does not have.
fn shape(value: &Value) -> String {
    match &value.kind {
        Kind::List(list) => format!("[{}]", list.items.iter().map(shape).collect::<Vec<_>>().join(",")),
        Kind::Map(map) => map.entries.iter().map(|entry| format!("{}={};", entry.key, shape(&entry.value))).collect(),
        Kind::Choice(choice) => choice.arms.iter().map(|(guard, arm)| format!("{guard:?}?{}", shape(arm))).collect(),
        Kind::String(text) => text.text.to_string(),
        Kind::Unknown(unknown) => unknown.to_string(),
        other => format!("{other:?}"),
    }
}

/// Without the places inside of debug output.
fn bare(text: &str) -> String {
    let spans = regex::Regex::new(r"Span \{[^}]*\}").unwrap();
    spans.replace_all(text, "").into_owned()
}

/// The JSON form of a tree, keys in written order.
fn to_json(node: &Node) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    match &node.content {
        Content::Null | Content::Unknown(_) => "null".to_owned(),
        Content::Scalar(scalar) if scalar.style == Style::Plain && matches!(&*scalar.text, "true" | "false") => {
            scalar.text.to_string()
        }
        Content::Scalar(scalar) => quoted(&scalar.text),
        Content::List(items) => format!("[{}]", items.iter().map(|item| to_json(item)).collect::<Vec<_>>().join(",")),
        Content::Map(map) => {
            let pairs: Vec<String> =
                map.entries.iter().map(|pair| format!("{}:{}", quoted(&pair.key), to_json(&pair.value))).collect();
            format!("{{{}}}", pairs.join(","))
        }
    }
}

fn has_foreign(node: &Node) -> bool {
    node.tag.is_some()
        || match &node.content {
            Content::Unknown(_) => true,
            Content::List(items) => items.iter().any(|item| has_foreign(item)),
            Content::Map(map) => map.entries.iter().any(|pair| has_foreign(&pair.value)),
            Content::Null | Content::Scalar(_) => false,
        }
}

#[test]
fn json_and_yaml_give_identical_values() {
    let mut compared = 0;
    for path in templates() {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let (_, documents) = parse(&text);
        let [root] = &*documents else { continue };
        // What is no JSON: merge keys, foreign tags, text that could not be read.
        if !detect::is_template(root) || text.contains("<<:") || has_foreign(root) || text.trim_start().starts_with('{')
        {
            continue;
        }
        let (yaml, json) = (stacks(&text), stacks(&to_json(root)));
        let shapes = |stacks: &[Stack]| {
            stacks[0]
                .resources
                .iter()
                .map(|found| (found.id.address.to_string(), bare(&shape(&found.properties))))
                .collect::<Vec<_>>()
        };
        assert_eq!(shapes(&yaml), shapes(&json), "{}", path.display());
        compared += 1;
    }
    assert!(compared >= 25, "{compared}");
}

#[test]
fn thirty_independent_conditions_are_bounded_and_quick() {
    use std::fmt::Write as _;
    let (mut parameters, mut conditions, mut tags) = (String::new(), String::new(), String::new());
    for at in 0..30 {
        writeln!(parameters, "  P{at}: {{Type: String, AllowedValues: [a, b]}}").unwrap();
        writeln!(conditions, "  C{at}: !Equals [!Ref P{at}, a]").unwrap();
        writeln!(tags, "        - {{Key: k{at}, Value: !If [C{at}, x, y]}}").unwrap();
    }
    let text = format!(
        "Parameters:\n{parameters}Conditions:\n{conditions}Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: !Join ['-', [{}]]\n      Tags:\n{tags}",
        (0..30).map(|at| format!("!Ref P{at}")).collect::<Vec<_>>().join(", ")
    );
    let start = Instant::now();
    let stack = stacks(&text).pop().unwrap();
    let explored = explore(&stack.variables, 1024, |world| {
        let items = stack.resources[0].get(world, "Tags").items();
        items.fields.iter().map(|tag| tag.get("Value").is_present()).fold(Truth::True, Truth::and)
    });
    assert!(explored.cut);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(stack.problems.iter().any(|problem| problem.code == "cloudformation-budget"), "{:?}", stack.problems);
}

#[test]
fn an_alias_bomb_is_bounded() {
    let mut text =
        "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      A: &a0 [x, x, x, x, x, x, x, x, x]\n"
            .to_owned();
    for at in 1..9 {
        let items = vec![format!("*a{}", at - 1); 9].join(", ");
        text.push_str(&format!("      A{at}: &a{at} [{items}]\n"));
    }
    let start = Instant::now();
    let stack = stacks(&text).pop().unwrap();
    assert!(stack.problems.iter().any(|problem| problem.code == "cloudformation-budget"));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn broken_input_is_a_problem_and_not_a_panic() {
    let deep = "{".repeat(1_000_000);
    for text in [
        "",
        "\u{feff}",
        "a: [",
        "AWSTemplateFormatVersion: 2010-09-09\nResources: {A: {Type: [",
        &deep,
        "? - a\n: b",
        "- *x",
        "%YAML 1.1\n---\n",
        "{\"a\": \"\\ud83d\"}",
        "\0\0",
    ] {
        let _ = stacks(text);
    }
    let templated = stacks(
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  {% for x in y %}\n  A{{ x }}:\n    Type: AWS::SNS::Topic\n  {% endfor %}\n",
    );
    assert_eq!(templated.len(), 1);
    assert_eq!(templated[0].problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["templated"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_templates_never_panic(index in 0_usize..1000, cuts in prop::collection::vec((0.0_f64..1.0, 0_usize..12, "[ -~\n\t\u{e9}]{0,8}"), 1..6)) {
        let files = templates();
        let path = &files[index % files.len()];
        let Ok(mut text) = std::fs::read_to_string(path) else { return Ok(()) };
        for (place, length, insert) in cuts {
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let mut at = (place * text.len() as f64) as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let end = text[at..].char_indices().nth(length).map_or(text.len(), |(offset, _)| at + offset);
            text.replace_range(at..end, &insert);
        }
        for stack in stacks(&text) {
            for resource in &stack.resources {
                let _ = shape(&resource.properties);
            }
        }
    }
}
