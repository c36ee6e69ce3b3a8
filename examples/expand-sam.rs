//! Prints what SAM templates expand to: for each path given, one line of JSON `{path, template, problems}`.
//! For `dev/compare-with-sam-translator`.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::{collections::BTreeMap, path::Path};

use iac_check::{
    cloudformation::{
        sam, syntax,
        tree::{Content, Node},
    },
    source::Sources,
};
use serde_json::{Value, json};

fn main() {
    for path in std::env::args().skip(1) {
        let path = Path::new(&path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file =
            Sources::new(folder).and_then(|sources| sources.load(Path::new(path.file_name().unwrap_or_default())));
        let file = match file {
            Ok(file) => file,
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                continue;
            }
        };
        let parsed = syntax::parse_file(&file);
        let mut problems = parsed.problems;
        let template = parsed.documents.first().map(|root| sam::expand(root, &BTreeMap::new(), &mut problems).root);
        let problems: Vec<_> = problems.iter().map(|problem| &problem.message).collect();
        println!("{}", json!({"path": path, "template": template.map(|root| plain(&root)), "problems": problems}));
    }
}

/// The tree as JSON; scalars as the text that is written.
fn plain(node: &Node) -> Value {
    match &node.content {
        Content::Null => Value::Null,
        Content::Scalar(scalar) => Value::String(scalar.text.to_string()),
        Content::List(items) => items.iter().map(|item| plain(item)).collect(),
        Content::Map(map) => map.entries.iter().map(|pair| (pair.key.to_string(), plain(&pair.value))).collect(),
        Content::Unknown(unknown) => json!({"Unknown": unknown.to_string()}),
    }
}
