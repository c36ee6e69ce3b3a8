//! Values of a root module's variables. In: options and the folder's `.tfvars` files. Out: for each variable the
//! value that counts (Terraform language, "Variable Definition Precedence").

use std::{collections::BTreeMap, path::Path, sync::Arc};

use super::library::join;
use crate::{
    model::{Problem, ProblemKind},
    source::{FileId, Sources, Span},
    terraform::syntax::{self, Attribute, Expr, ExprKind, body, json},
};

/// A value given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `-var name=text`.
    Variable(String, String),
    /// `-var-file path`, relative to the scan root.
    File(String),
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// An entry of a `.tfvars` file.
    Entry(Attribute),
    /// Text from the command line or the environment: an expression when the type is not textual.
    Text {
        /// The text.
        text: Arc<str>,
        /// The text as a file of its own.
        file: FileId,
        /// The whole text.
        span: Span,
    },
}

/// The given values, by variable name; the last one counts.
#[derive(Default)]
pub struct Inputs {
    /// The values.
    pub values: BTreeMap<Arc<str>, Origin>,
    /// What is wrong with the files.
    pub problems: Vec<Problem>,
}

/// Collects the values for the root module in a folder.
pub fn collect(sources: &Sources, folder: &str, given: &[Given], environment: &BTreeMap<String, String>) -> Inputs {
    let mut inputs = Inputs::default();
    for (name, text) in environment {
        if let Some(name) = name.strip_prefix("TF_VAR_") {
            inputs.text(sources, name, text, &format!("TF_VAR_{name}"));
        }
    }
    let names = sources.list(Path::new(folder)).unwrap_or_default();
    let automatic = names.iter().filter(|name| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"));
    let named = ["terraform.tfvars", "terraform.tfvars.json"]
        .into_iter()
        .filter(|name| names.iter().any(|other| other == name));
    for name in named.chain(automatic.map(String::as_str)) {
        inputs.file(sources, &join(folder, name));
    }
    for value in given {
        match value {
            Given::Variable(name, text) => inputs.text(sources, name, text, &format!("-var {name}")),
            Given::File(path) => inputs.file(sources, path),
        }
    }
    inputs
}

impl Inputs {
    fn text(&mut self, sources: &Sources, name: &str, text: &str, title: &str) {
        let file = sources.insert(title, text.to_owned());
        let origin = Origin::Text { text: text.into(), file: file.id(), span: file.span() };
        self.values.insert(name.into(), origin);
    }

    fn file(&mut self, sources: &Sources, path: &str) {
        let file = match sources.load(Path::new(path)) {
            Ok(file) => file,
            Err(error) => {
                let message = format!("the variables file {error}");
                self.problems.push(Problem::in_file(ProblemKind::Error, "unreadable-file", message, path));
                return;
            }
        };
        let (attributes, problems) = if path.ends_with(".json") {
            json::parse_variables(file.text(), file.id())
        } else {
            let parsed = body::parse(file.text(), file.id());
            (parsed.body.attributes, parsed.problems)
        };
        self.problems.extend(problems);
        for attribute in attributes {
            if let Some(span) = inconstant(&attribute.value) {
                let message = "a variables file holds constants: no references, no function calls";
                self.problems.push(Problem::at(ProblemKind::Error, "terraform-variables", message, span));
            } else {
                self.values.insert(Arc::clone(&attribute.name.text), Origin::Entry(attribute));
            }
        }
    }
}

/// The first reference or call in an expression that must be constant.
pub fn inconstant(expr: &Expr) -> Option<Span> {
    let mut found = None;
    let mut names: Vec<Arc<str>> = Vec::new();
    expr.walk(&mut |part| match &part.kind {
        ExprKind::For(each) => names.extend(each.key_name.iter().chain([&each.value_name]).cloned()),
        ExprKind::Variable(name) if !names.contains(name) => found = found.or(Some(part.span)),
        ExprKind::Call(_) => found = found.or(Some(part.span)),
        _ => {}
    });
    found
}

/// Parses text as an expression.
///
/// # Errors
/// The syntax error.
pub fn expression(text: &str, file: FileId) -> Result<Expr, Box<Problem>> {
    syntax::parse_expression(text, file)
}
