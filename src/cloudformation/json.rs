//! JSON text to the lossless tree. In: text with its places. Out: nodes; comments and trailing commas are
//! accepted with a problem, as CloudFormation itself refuses them.

use std::sync::Arc;

use jsonc_parser::{
    CollectOptions, CommentCollectionStrategy, ParseOptions,
    ast::{ObjectPropName, Value},
    errors::ParseError,
    parse_to_ast,
};
use rustc_hash::FxHashSet;

use crate::{
    cloudformation::{
        position::Places,
        tree::{Content, Mapping, Node, NodeRef, Pair, Parsed, Scalar, Style},
    },
    model::{Problem, ProblemKind},
};

/// Whether a text is to be read as JSON: its first character that is not blank opens an object or a list.
pub fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
}

/// Parses a JSON text.
///
/// # Errors
/// The problem that ends the parse, when the text is no JSON even with comments and trailing commas.
pub fn parse(text: &str, places: &Places) -> Result<Parsed, Problem> {
    // The parser refuses a byte order mark; three blanks keep the offsets.
    let replaced = text.strip_prefix('\u{feff}').map(|rest| format!("   {rest}"));
    let text = replaced.as_deref().unwrap_or(text);
    let mut parsed = Parsed::default();
    let strict = parse_to_ast(text, &collect(false), &options(false));
    let result = match strict {
        Ok(result) => result,
        Err(error) => {
            let result = parse_to_ast(text, &collect(true), &options(true)).map_err(|error| failure(&error, places))?;
            parsed.problems.push(extension(&error, places));
            result
        }
    };
    let mut comments: Vec<_> =
        result.comments.iter().flat_map(|map| map.values()).flat_map(|list| list.iter()).map(range).collect();
    comments.sort_unstable();
    comments.dedup();
    parsed.comments = comments.into_iter().map(|(start, end)| places.span(start..end)).collect();
    if let Some(value) = result.value {
        let mut builder = Builder { places, problems: &mut parsed.problems, keys: FxHashSet::default() };
        let root = builder.node(value);
        parsed.documents.push(root);
    }
    Ok(parsed)
}

fn options(lenient: bool) -> ParseOptions {
    ParseOptions {
        allow_comments: lenient,
        allow_trailing_commas: lenient,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn collect(comments: bool) -> CollectOptions {
    let comments = if comments { CommentCollectionStrategy::Separate } else { CommentCollectionStrategy::Off };
    CollectOptions { comments, tokens: false }
}

fn range(comment: &jsonc_parser::ast::Comment<'_>) -> (usize, usize) {
    use jsonc_parser::common::Ranged as _;
    (comment.start(), comment.end())
}

fn failure(error: &ParseError, places: &Places) -> Problem {
    let range = error.range();
    let message = format!("the JSON is not well-formed: {}", lower_first(&error.kind().to_string()));
    Problem::at(ProblemKind::Error, "json-syntax", message, places.span(range.start..range.end))
}

fn extension(error: &ParseError, places: &Places) -> Problem {
    let range = error.range();
    let message = format!("CloudFormation refuses this JSON: {}", lower_first(&error.kind().to_string()));
    Problem::at(ProblemKind::Warning, "json-extension", message, places.span(range.start..range.end))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

struct Builder<'p> {
    places: &'p Places,
    problems: &'p mut Vec<Problem>,
    keys: FxHashSet<Arc<str>>,
}

impl Builder<'_> {
    /// Recursion is bounded by the parser, which refuses deep nesting.
    fn node(&mut self, value: Value<'_>) -> NodeRef {
        let (content, range) = match value {
            Value::NullKeyword(null) => (Content::Null, null.range),
            Value::BooleanLit(literal) => {
                (scalar(if literal.value { "true" } else { "false" }, Style::Plain), literal.range)
            }
            Value::NumberLit(literal) => (scalar(literal.value, Style::Plain), literal.range),
            Value::StringLit(literal) => (scalar(&literal.value, Style::Quoted), literal.range),
            Value::Array(array) => {
                let items = array.elements.into_iter().map(|item| self.node(item)).collect();
                (Content::List(items), array.range)
            }
            Value::Object(object) => (Content::Map(self.mapping(object.properties)), object.range),
        };
        Arc::new(Node::new(content, self.places.span(range.start..range.end)))
    }

    fn mapping(&mut self, properties: Vec<jsonc_parser::ast::ObjectProp<'_>>) -> Mapping {
        let mut entries: Vec<Pair> = Vec::with_capacity(properties.len());
        for property in properties {
            let (text, range) = match &property.name {
                ObjectPropName::String(literal) => (&*literal.value, literal.range),
                ObjectPropName::Word(word) => (word.value, word.range),
            };
            let key = self.key(text);
            let key_span = self.places.span(range.start..range.end);
            let value = self.node(property.value);
            entries.push(Pair { key, key_span, value });
        }
        super::yaml::report_duplicates(&entries, self.problems);
        Mapping { entries, ..Mapping::default() }
    }

    fn key(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.keys.get(text) {
            return Arc::clone(known);
        }
        let key: Arc<str> = text.into();
        self.keys.insert(Arc::clone(&key));
        key
    }
}

fn scalar(text: &str, style: Style) -> Content {
    Content::Scalar(Scalar { text: text.into(), style })
}
