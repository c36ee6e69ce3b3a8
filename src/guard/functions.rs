//! The functions and the questions about one value. In: values. Out: values, or answers in three-valued logic. What is
//! made from something unknown is unknown; `now` is, since results must not depend on the clock.

use std::{rc::Rc, sync::Arc};

use crate::{
    guard::{
        compare::Compared,
        document::Document,
        evaluate::{Result, Stop},
        expression::Expression,
        node::{Fields, Items, Node, Shape},
        query::Found,
        syntax::{Function, Operator},
    },
    value::{Piece, Reason, Unknown},
};

/// Whether a value exists, is empty, or is of a sort.
pub fn holds<'a>(operator: Operator, node: &Node<'a>, document: &Document<'_, 'a>) -> Result<Compared> {
    let yes = |truth: bool| if truth { Compared::Yes } else { Compared::No };
    if let Shape::Unknown(unknown) = &node.shape {
        // What is made elsewhere, or refers to something, is no empty text; an input may be.
        let made =
            matches!(unknown.reason, Reason::External | Reason::DynamicReference | Reason::AfterApply | Reason::Error);
        return Ok(match operator {
            Operator::Exists if unknown.present => Compared::Yes,
            Operator::Empty if unknown.present && made => Compared::No,
            _ => Compared::Unknown(Arc::clone(unknown)),
        });
    }
    Ok(match operator {
        Operator::Empty => return empty(node, document),
        Operator::IsString => yes(matches!(node.shape, Shape::Text(_) | Shape::Pattern(_))),
        Operator::IsList => yes(matches!(node.shape, Shape::List(_))),
        Operator::IsStruct => yes(matches!(node.shape, Shape::Map(_))),
        Operator::IsBool => yes(matches!(node.shape, Shape::Bool(_))),
        Operator::IsInt => yes(matches!(node.shape, Shape::Int(_))),
        Operator::IsFloat => yes(matches!(node.shape, Shape::Float(_))),
        Operator::IsNull => yes(matches!(node.shape, Shape::Null)),
        _ => Compared::Yes,
    })
}

fn empty<'a>(node: &Node<'a>, document: &Document<'_, 'a>) -> Result<Compared> {
    let none = |parts: Vec<crate::guard::document::Part<'a>>| {
        let certain = parts.iter().any(|part| part.maybe.is_none());
        match parts.first().and_then(|part| part.maybe.clone()) {
            Some(unknown) if !certain => Compared::Unknown(unknown),
            _ if parts.is_empty() => Compared::Yes,
            _ => Compared::No,
        }
    };
    Ok(match &node.shape {
        Shape::List(items) => none(document.items(node, items)),
        Shape::Map(fields) => none(document.entries(node, fields)),
        Shape::Text(text) if text.is_empty() => Compared::Yes,
        Shape::Text(_) | Shape::Bool(_) => Compared::No,
        Shape::Pattern(pattern) => {
            let full = |piece: &Piece| match piece {
                Piece::Literal(text) => !text.is_empty(),
                Piece::Symbol(symbol) => !symbol.may_be_empty(),
            };
            match node.unknown().filter(|_| !pattern.pieces.iter().any(full)) {
                Some(unknown) => Compared::Unknown(unknown),
                None => Compared::No,
            }
        }
        _ => return Err(Stop::wrong("`empty` asks a number or null")),
    })
}

/// What a function makes of its arguments.
pub fn call<'a>(function: Function, arguments: &[Vec<Found<'a>>]) -> Result<Vec<Node<'a>>> {
    let empty = Vec::new();
    let subjects = arguments.first().unwrap_or(&empty);
    let scalar = |at: usize| {
        let first = arguments.get(at).and_then(|found| found.first());
        first.and_then(|found| found.value.as_ref().ok())
    };
    match function {
        Function::Now => {
            let unknown = Unknown::new(Reason::Impure, "now()");
            return Ok(vec![Node::new(Shape::Unknown(Arc::new(unknown)))]);
        }
        Function::Count => return Ok(vec![count(subjects)]),
        Function::Join => return join(subjects, scalar(1)),
        _ => {}
    }
    let mut made = Vec::new();
    for node in subjects.iter().filter_map(|found| found.value.as_ref().ok()) {
        if let Some(unknown) = node.unknown() {
            made.push(node.with(Shape::Unknown(unknown)));
            continue;
        }
        let shape = match function {
            Function::RegexReplace => replaced(node, scalar(1), scalar(2))?,
            Function::Substring => substring(node, scalar(1), scalar(2))?,
            Function::JsonParse => parsed(node)?,
            _ => converted(function, node)?,
        };
        made.extend(shape.map(|shape| node.with(shape)));
    }
    Ok(made)
}

fn count<'a>(found: &[Found<'a>]) -> Node<'a> {
    let resolved = || found.iter().filter(|found| found.value.is_ok());
    let open = resolved().find_map(|found| {
        let unknown = found.value.as_ref().ok().and_then(|node| match &node.shape {
            Shape::Unknown(unknown) => Some(Arc::clone(unknown)),
            _ => None,
        });
        found.maybe.clone().or(unknown)
    });
    let shape = match open {
        Some(unknown) => Shape::Unknown(unknown),
        None => Shape::Int(i64::try_from(resolved().count()).unwrap_or(i64::MAX)),
    };
    match found.first().map(|first| &first.value) {
        Some(Ok(node)) => node.with(shape),
        Some(Err(missing)) => missing.at.with(shape),
        None => Node::new(shape),
    }
}

fn join<'a>(found: &[Found<'a>], delimiter: Option<&Node<'a>>) -> Result<Vec<Node<'a>>> {
    let delimiter: Arc<str> = match delimiter.map(|node| &node.shape) {
        Some(Shape::Text(text)) => Arc::clone(text),
        Some(Shape::Char(c)) => c.to_string().into(),
        _ => return Err(Stop::wrong("`join` needs a text between the parts")),
    };
    let mut texts = Vec::new();
    for found in found {
        let Ok(node) = &found.value else { return Err(Stop::wrong("`join` of something that is not there")) };
        if let Some(unknown) = node.unknown().or_else(|| found.maybe.clone()) {
            return Ok(vec![node.with(Shape::Unknown(unknown))]);
        }
        match &node.shape {
            Shape::Text(text) => texts.push(&**text),
            _ => return Err(Stop::wrong("`join` of something else than texts")),
        }
    }
    Ok(vec![Node::new(Shape::Text(texts.join(&delimiter).into()))])
}

fn replaced<'a>(node: &Node<'a>, expression: Option<&Node<'a>>, with: Option<&Node<'a>>) -> Result<Option<Shape<'a>>> {
    let (Some(Shape::Text(expression)), Some(Shape::Text(with))) =
        (expression.map(|node| &node.shape), with.map(|node| &node.shape))
    else {
        return Err(Stop::wrong("`regex_replace` needs two texts"));
    };
    let Shape::Text(text) = &node.shape else { return Ok(None) };
    let expression = Expression::new(expression).map_err(Stop::Wrong)?;
    expression.replace(text, with).map(|text| Some(Shape::Text(text.into()))).map_err(Stop::Wrong)
}

/// Bytes of a text, as the original engine counts.
fn substring<'a>(node: &Node<'a>, from: Option<&Node<'a>>, to: Option<&Node<'a>>) -> Result<Option<Shape<'a>>> {
    let number = |node: Option<&Node<'a>>| match node.map(|node| &node.shape) {
        Some(Shape::Int(number)) => Ok(usize::try_from(*number).unwrap_or(usize::MAX)),
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Some(Shape::Float(number)) => Ok(*number as usize),
        _ => Err(Stop::wrong("`substring` needs two numbers")),
    };
    let (from, to) = (number(from)?, number(to)?);
    let Shape::Text(text) = &node.shape else { return Ok(None) };
    Ok(text.get(from..to).filter(|part| !part.is_empty()).map(|part| Shape::Text(part.into())))
}

fn converted<'a>(function: Function, node: &Node<'a>) -> Result<Option<Shape<'a>>> {
    let wrong = |what: &str| Err(Stop::Wrong(format!("a value is not {what}")));
    let text = |text: String| Ok(Some(Shape::Text(text.into())));
    match (function, &node.shape) {
        (Function::ToLower, Shape::Text(value)) => text(value.to_lowercase()),
        (Function::ToUpper, Shape::Text(value)) => text(value.to_uppercase()),
        (Function::UrlDecode, Shape::Text(value)) => {
            let decoded = percent_encoding::percent_decode_str(value).decode_utf8().ok();
            Ok(decoded.map(|decoded| Shape::Text(decoded.into())))
        }
        (Function::ParseString, Shape::Int(value)) => text(value.to_string()),
        (Function::ParseString, Shape::Float(value)) => text(value.to_string()),
        (Function::ParseString, Shape::Bool(value)) => text(value.to_string()),
        (Function::ParseString | Function::ParseChar, Shape::Char(value)) => text(value.to_string()),
        (Function::ParseString, Shape::Text(value)) => Ok(Some(Shape::Text(Arc::clone(value)))),
        (Function::ParseBoolean, Shape::Bool(value)) => Ok(Some(Shape::Bool(*value))),
        (Function::ParseBoolean, Shape::Text(value)) => match &*value.to_lowercase() {
            "true" => Ok(Some(Shape::Bool(true))),
            "false" => Ok(Some(Shape::Bool(false))),
            _ => wrong("a boolean"),
        },
        (Function::ParseInt, Shape::Text(value)) => {
            value.parse().map_or_else(|_| wrong("a whole number"), |n| Ok(Some(Shape::Int(n))))
        }
        (Function::ParseInt, Shape::Int(value)) => Ok(Some(Shape::Int(*value))),
        #[allow(clippy::cast_possible_truncation)]
        (Function::ParseInt, Shape::Float(value)) => Ok(Some(Shape::Int(*value as i64))),
        (Function::ParseFloat, Shape::Text(value)) => {
            value.parse().map_or_else(|_| wrong("a number"), |n| Ok(Some(Shape::Float(n))))
        }
        #[allow(clippy::cast_precision_loss)]
        (Function::ParseFloat, Shape::Int(value)) => Ok(Some(Shape::Float(*value as f64))),
        (Function::ParseFloat, Shape::Float(value)) => Ok(Some(Shape::Float(*value))),
        (Function::ParseInt | Function::ParseFloat, Shape::Char(value)) => match value.to_digit(10) {
            Some(digit) if function == Function::ParseInt => Ok(Some(Shape::Int(digit.into()))),
            Some(digit) => Ok(Some(Shape::Float(digit.into()))),
            None => wrong("a digit"),
        },
        (Function::ParseChar, Shape::Int(value @ 0..=9)) => {
            Ok(Some(Shape::Char(char::from(b'0' + u8::try_from(*value).unwrap_or(0)))))
        }
        (Function::ParseChar, Shape::Int(_)) => wrong("a digit"),
        (Function::ParseChar, Shape::Text(value)) if value.len() > 1 => wrong("one character"),
        (Function::ParseChar, Shape::Text(value)) => Ok(value.chars().next().map(Shape::Char)),
        (Function::ParseEpoch, Shape::Text(value)) => match value.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(Some(Shape::Int(time.as_second()))),
            Err(_) => wrong("a date of RFC 3339"),
        },
        _ => Ok(None),
    }
}

fn parsed<'a>(node: &Node<'a>) -> Result<Option<Shape<'a>>> {
    let Shape::Text(text) = &node.shape else { return Ok(None) };
    // The original engine reads YAML too; policies use it on documents that are JSON in a text.
    let json: serde_json::Value =
        serde_json::from_str(text).map_err(|error| Stop::Wrong(format!("`json_parse`: {error}")))?;
    Ok(Some(from_json(&json, node)))
}

fn from_json<'a>(json: &serde_json::Value, at: &Node<'a>) -> Shape<'a> {
    use serde_json::Value as Json;
    match json {
        Json::Null => Shape::Null,
        Json::Bool(value) => Shape::Bool(*value),
        Json::Number(number) => number.as_i64().map_or(Shape::Float(number.as_f64().unwrap_or(f64::NAN)), Shape::Int),
        Json::String(text) => Shape::Text(text.as_str().into()),
        Json::Array(items) => {
            Shape::List(Items::Made(Rc::new(items.iter().map(|item| at.with(from_json(item, at))).collect())))
        }
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| (Arc::from(&**key), at.with(from_json(value, at)));
            Shape::Map(Fields::Made(Rc::new(entries.iter().map(entry).collect())))
        }
    }
}
