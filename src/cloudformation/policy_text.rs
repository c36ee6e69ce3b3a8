//! Policy documents that are written as JSON text. In: the value of a property that holds a document. Out: the
//! document as a map, with places inside the text where they can be told.

use std::sync::Arc;

use crate::{
    cloudformation::{
        evaluate::{Evaluator, Use, kind_of_pieces},
        json,
        position::Places,
        tree::{Content, Node, NodeRef},
    },
    model::ProblemKind,
    value::{Choice, Kind, List, Map, Piece, Symbol, Text, Value},
};

/// Properties that take a policy document as object or as JSON text.
/// Source: the resource schemas of the CloudFormation registry (`"type": ["object", "string"]`).
const DOCUMENTS: &[&str] =
    &["KeyPolicy", "PolicyDocument", "AssumeRolePolicyDocument", "ResourcePolicy", "PolicyText", "Content"];

/// First of the characters that stand for symbols while text is parsed as JSON: a private use area.
const PLACEHOLDER: u32 = 0xF_0000;

/// Whether a property holds a policy document.
pub fn is_document(key: &str) -> bool {
    DOCUMENTS.contains(&key)
}

/// Turns JSON text into what it says; anything else stays as it is.
pub fn structured(evaluator: &Evaluator<'_>, node: &NodeRef, value: Value, how: Use) -> Value {
    if let Some(argument) = node.call_of("Fn::ToJsonString") {
        return evaluator.eval(argument, how);
    }
    match &value.kind {
        Kind::String(text) => {
            let places = if node.as_str().is_some() {
                Places::of_scalar(node, &evaluator.sources.file(node.span.file))
            } else {
                Places::Whole(node.span)
            };
            parse(evaluator, &text.text, &[], &places).map_or(value.clone(), |kind| Value { kind, ..value })
        }
        Kind::Pattern(pattern) => {
            let mut symbols = Vec::new();
            let text: String = pattern.pieces.iter().map(|piece| placeholder(piece, &mut symbols)).collect();
            let kind = parse(evaluator, &text, &symbols, &Places::Whole(node.span));
            kind.map_or(value.clone(), |kind| Value { kind, ..value })
        }
        Kind::Choice(choice) => {
            let arm_node = |value: &Value| written_arm(node, value);
            let arms = choice
                .arms
                .iter()
                .map(|(guard, arm)| (guard.clone(), structured(evaluator, arm_node(arm), arm.clone(), how)));
            Value { kind: Kind::Choice(Arc::new(Choice { arms: arms.collect() })), ..value }
        }
        _ => value,
    }
}

/// The node of an arm of `Fn::If`, by its place.
fn written_arm<'n>(node: &'n NodeRef, value: &Value) -> &'n NodeRef {
    let arms = node.call_of("Fn::If").and_then(|arms| arms.as_list()).unwrap_or_default();
    arms.iter().find(|arm| Some(arm.span) == value.span).unwrap_or(node)
}

fn placeholder(piece: &Piece, symbols: &mut Vec<Symbol>) -> String {
    match piece {
        Piece::Literal(text) => text.to_string(),
        Piece::Symbol(symbol) => {
            let number = u32::try_from(symbols.len()).unwrap_or(u32::MAX);
            symbols.push(symbol.clone());
            number.checked_add(PLACEHOLDER).and_then(char::from_u32).map(String::from).unwrap_or_default()
        }
    }
}

fn parse(evaluator: &Evaluator<'_>, text: &str, symbols: &[Symbol], places: &Places) -> Option<Kind> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    match json::parse(text, places) {
        Ok(parsed) => parsed.documents.first().map(|root| data(root, symbols).kind),
        Err(problem) => {
            let span = problem.span?;
            evaluator.problem(
                ProblemKind::Warning,
                "policy-text",
                format!("the policy is no JSON: {}", problem.message),
                span,
            );
            None
        }
    }
}

/// JSON as data: nothing in it is a function call. Recursion is bounded by the parser.
fn data(node: &Node, symbols: &[Symbol]) -> Value {
    let kind = match &node.content {
        Content::Null => return Value::absent(),
        Content::Unknown(unknown) => Kind::Unknown(Arc::clone(unknown)),
        Content::Scalar(scalar) => text(&scalar.text, symbols).unwrap_or_else(|| {
            Kind::String(Text { text: Arc::clone(&scalar.text), plain: scalar.style == super::tree::Style::Plain })
        }),
        Content::List(items) => {
            Kind::List(List::from(items.iter().map(|item| data(item, symbols)).collect::<Vec<_>>()))
        }
        Content::Map(map) => {
            let mut result = Map::default();
            for pair in &map.entries {
                result.insert(Arc::clone(&pair.key), Some(pair.key_span), data(&pair.value, symbols));
            }
            Kind::Map(result)
        }
    };
    Value::at(kind, node.span)
}

/// Text with the symbols put back for their placeholders.
fn text(text: &str, symbols: &[Symbol]) -> Option<Kind> {
    let symbol =
        |c: char| u32::from(c).checked_sub(PLACEHOLDER).and_then(|number| symbols.get(usize::try_from(number).ok()?));
    let first = text.find(|c| symbol(c).is_some());
    first?;
    let mut pieces = Vec::new();
    for c in text.chars() {
        pieces.push(match symbol(c) {
            Some(symbol) => Piece::Symbol(symbol.clone()),
            None => Piece::Literal(c.to_string().into()),
        });
    }
    Some(kind_of_pieces(pieces))
}
