//! The configuration file of the SAM command line. In: `samconfig.toml` or its YAML form. Out: one deployment per
//! environment.
//!
//! Source: AWS SAM Developer Guide, "AWS SAM CLI configuration file".

use std::sync::Arc;

use super::deployment::{Deployment, given, values};
use crate::{
    cloudformation::tree::{Content, Mapping, Node},
    source::{SourceFile, Span},
    value::Value,
};

/// Settings of one environment, whatever the syntax of the file.
trait Settings {
    fn text(&self, key: &str) -> Option<Arc<str>>;
    fn overrides(&self) -> Option<Vec<(Arc<str>, Value)>>;
}

struct Toml<'t> {
    table: &'t toml::Table,
    span: Span,
}

impl Settings for Toml<'_> {
    fn text(&self, key: &str) -> Option<Arc<str>> {
        self.table.get(key)?.as_str().map(Into::into)
    }

    fn overrides(&self) -> Option<Vec<(Arc<str>, Value)>> {
        Some(match self.table.get("parameter_overrides")? {
            toml::Value::String(text) => assignments(text, self.span),
            toml::Value::Array(items) => {
                items.iter().filter_map(|item| item.as_str()).flat_map(|item| whole(item, self.span)).collect()
            }
            _ => return None,
        })
    }
}

impl Settings for &Node {
    fn text(&self, key: &str) -> Option<Arc<str>> {
        self.get(key)?.as_text().cloned()
    }

    fn overrides(&self) -> Option<Vec<(Arc<str>, Value)>> {
        let node = self.get("parameter_overrides")?;
        Some(match &node.content {
            Content::Scalar(scalar) => assignments(&scalar.text, node.span),
            Content::List(items) => items
                .iter()
                .filter_map(|item| Some((item.as_str()?, item.span)))
                .flat_map(|(item, span)| whole(item, span))
                .collect(),
            Content::Map(map) => values(map),
            _ => return None,
        })
    }
}

/// One deployment per environment of a TOML file; none when it is not well-formed.
pub(super) fn from_toml(file: &SourceFile) -> Vec<Deployment> {
    let Ok(root) = file.text().trim_start_matches('\u{feff}').parse::<toml::Table>() else { return Vec::new() };
    let environments = root.iter().filter_map(|(name, table)| Some((name, table.as_table()?)));
    let deployment = |(name, environment): (&String, &toml::Table)| {
        let command = |name: &str| {
            let table = environment.get(name)?.get("parameters")?.as_table()?;
            Some(Toml { table, span: place(file, table) })
        };
        merge(name.as_str().into(), command("deploy"), command("global"))
    };
    environments.filter_map(deployment).collect()
}

/// The place of an override string in a file: the parser keeps none.
fn place(file: &SourceFile, table: &toml::Table) -> Span {
    let written = table.get("parameter_overrides").and_then(toml::Value::as_str);
    let found = written.and_then(|text| file.text().find(text).map(|at| at..at + text.len()));
    found.map_or(file.span(), |range| Span::new(file.id(), range))
}

/// The same of a YAML file.
pub(super) fn from_tree(root: &Mapping) -> Vec<Deployment> {
    let deployment = |pair: &crate::cloudformation::tree::Pair| {
        let command = |name: &str| pair.value.path(&[name, "parameters"]);
        merge(Arc::clone(&pair.key), command("deploy"), command("global"))
    };
    root.entries.iter().filter_map(deployment).collect()
}

/// What a command says beats what holds for all commands.
fn merge<S: Settings>(name: Arc<str>, command: Option<S>, all: Option<S>) -> Option<Deployment> {
    let layers: Vec<S> = command.into_iter().chain(all).collect();
    let text = |key: &str| layers.iter().find_map(|layer| layer.text(key));
    let values = layers.iter().find_map(Settings::overrides)?;
    Some(Deployment {
        name,
        template: text("template_file").or_else(|| text("template")),
        values,
        region: text("region"),
        stack_name: text("stack_name"),
        tags: Vec::new(),
    })
}

/// `A=1 B="x y"` and `ParameterKey=A,ParameterValue=1`.
fn assignments(text: &str, span: Span) -> Vec<(Arc<str>, Value)> {
    words(text).iter().filter_map(|word| assignment(word, span)).collect()
}

/// An element of a list of overrides: its value may hold blanks.
fn whole(text: &str, span: Span) -> Option<(Arc<str>, Value)> {
    assignment(&words(text).join(" "), span)
}

fn assignment(word: &str, span: Span) -> Option<(Arc<str>, Value)> {
    let legacy = word.strip_prefix("ParameterKey=").and_then(|rest| rest.split_once(",ParameterValue="));
    let (key, value) = legacy.or_else(|| word.split_once('='))?;
    Some((key.into(), given(value, span)))
}

/// Words between blanks, with quotes and backslashes as a shell reads them.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut open) = (Vec::new(), String::new(), None, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => word.extend(chars.next()),
            ('"' | '\'', None) => (quote, open) = (Some(c), true),
            (c, Some(q)) if c == q => quote = None,
            (c, None) if c.is_whitespace() => {
                if open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (c, _) => word.push(c),
        }
    }
    if open || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_in_a_shell() {
        assert_eq!(
            words(r#"A=1 B="x y"  C='' ParameterKey=D,ParameterValue=a\ b"#),
            ["A=1", "B=x y", "C=", "ParameterKey=D,ParameterValue=a b"]
        );
    }
}
