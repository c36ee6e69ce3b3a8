//! Policy documents that are written as JSON text. In: a string, perhaps with symbols from interpolation. Out: the
//! value that the text stands for, symbols kept, every part placed at the string.

use std::{borrow::Cow, sync::Arc};

use crate::value::{Entry, Kind, List, Map, Number, Pattern, Piece, Reason, Text, Unknown, Value};

/// Symbols in a JSON text are carried through the parser as characters of this private plane.
const FIRST_PLACEHOLDER: u32 = 0x0F_0000;
const LAST_PLACEHOLDER: u32 = 0x0F_FFFD;

/// The document as a tree: maps and lists stay, a JSON text is parsed.
pub fn tree(value: &Value) -> Cow<'_, Value> {
    let pieces = match &value.kind {
        Kind::String(text) => vec![Piece::Literal(Arc::clone(&text.text))],
        Kind::Pattern(pattern) => pattern.pieces.clone(),
        _ => return Cow::Borrowed(value),
    };
    let symbols: Vec<&Piece> = pieces.iter().filter(|piece| matches!(piece, Piece::Symbol(_))).collect();
    let mut next = FIRST_PLACEHOLDER..=LAST_PLACEHOLDER;
    let text: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => Cow::Borrowed(&**text),
            Piece::Symbol(_) => Cow::Owned(next.next().and_then(char::from_u32).map_or_else(String::new, String::from)),
        })
        .collect();
    let parsed = match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(json) if symbols.len() <= (LAST_PLACEHOLDER - FIRST_PLACEHOLDER) as usize => {
            from_json(&json, &symbols, value)
        }
        Ok(_) => Value::unknown(Unknown::new(Reason::Budget, "symbols in one policy document")),
        Err(_) if symbols.is_empty() => Value::unknown(Unknown::new(Reason::Error, "the policy document is not JSON")),
        Err(_) => Value::unknown(Unknown::new(Reason::Unsupported, "policy document")),
    };
    Cow::Owned(parsed.with_span(value.span))
}

fn from_json(json: &serde_json::Value, symbols: &[&Piece], source: &Value) -> Value {
    let kind = match json {
        serde_json::Value::Null => Kind::Null,
        serde_json::Value::Bool(value) => Kind::Bool(*value),
        serde_json::Value::Number(number) => Kind::Number(Number::from_text(number.to_string())),
        serde_json::Value::String(text) => string(text, symbols),
        serde_json::Value::Array(items) => {
            Kind::List(List::from(items.iter().map(|item| from_json(item, symbols, source)).collect::<Vec<_>>()))
        }
        serde_json::Value::Object(entries) => {
            let entry = |(key, value): (&String, &serde_json::Value)| Entry {
                key: key.as_str().into(),
                key_span: source.span,
                value: from_json(value, symbols, source),
            };
            Kind::Map(Map { entries: entries.iter().map(entry).collect(), open: None })
        }
    };
    Value { kind, span: source.span, trace: source.trace.clone() }
}

fn string(text: &str, symbols: &[&Piece]) -> Kind {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    for c in text.chars() {
        let symbol = u32::from(c).checked_sub(FIRST_PLACEHOLDER).and_then(|at| symbols.get(at as usize));
        match symbol {
            Some(symbol) => {
                pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
                pieces.push((*symbol).clone());
            }
            None => literal.push(c),
        }
    }
    pieces.push(Piece::Literal(literal.into()));
    let pattern = Pattern::new(pieces);
    match (pattern.literal(), &*pattern.pieces) {
        (Some(text), _) => Kind::String(Text { text, plain: false }),
        (None, [Piece::Symbol(crate::value::Symbol::Reference(reference))]) => Kind::Reference(reference.clone()),
        (None, [Piece::Symbol(crate::value::Symbol::Unknown(unknown))]) => Kind::Unknown(Arc::clone(unknown)),
        _ => Kind::Pattern(pattern),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::value::{Reference, ResourceId, Symbol};

    #[test]
    fn symbols_survive_the_parser() {
        let target = ResourceId { stack: "s".into(), address: "aws_dynamodb_table.t".into() };
        let reference = Reference { target, attribute: "Arn".into() };
        let text = Pattern::new([
            Piece::Literal(r#"{"Resource": [""#.into()),
            Piece::Symbol(Symbol::Reference(reference.clone())),
            Piece::Literal(r#"", ""#.into()),
            Piece::Symbol(Symbol::Reference(reference.clone())),
            Piece::Literal(r#"/index/*"]}"#.into()),
        ]);
        let value = Value::new(Kind::Pattern(text));
        let tree = tree(&value);
        let items = &tree.as_map().unwrap().get("Resource").unwrap().as_list().unwrap().items;
        assert_eq!(items[0].kind, Kind::Reference(reference));
        assert!(
            matches!(&items[1].kind, Kind::Pattern(pattern) if pattern.to_string() == "${aws_dynamodb_table.t.Arn}/index/*")
        );
    }
}
