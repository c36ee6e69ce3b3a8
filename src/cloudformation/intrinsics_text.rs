//! The intrinsic functions that make text and take it apart. In: a call. Out: text, a pattern of which some pieces
//! are symbolic, or a list.
//!
//! Source: AWS CloudFormation User Guide, "Intrinsic function reference": `Fn::Sub`, `Fn::Join`, `Fn::Split`,
//! `Fn::Select`, `Fn::Base64`, `Fn::ToJsonString`.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    cloudformation::{
        domains,
        evaluate::{Evaluator, Use, kind_of_pieces, operands},
        intrinsics::quoted,
        tree::NodeRef,
    },
    source::Span,
    value::{Kind, List, Piece, Reason, Symbol, Unknown, Value},
};

/// A part of the text of `Fn::Sub`.
enum Part<'t> {
    Text(&'t str),
    Name(&'t str),
}

/// Splits `a${Name}b${!Literal}`; what CloudFormation refuses stays text and is returned beside.
fn parts(text: &str) -> (Vec<Part<'_>>, Option<&str>) {
    let (mut found, mut refused, mut rest) = (Vec::new(), None, text);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        found.push(Part::Text(before));
        if let Some(literal) = name.strip_prefix('!') {
            found.extend([Part::Text("${"), Part::Text(literal), Part::Text("}")]);
        } else if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.:".contains(c)) {
            found.push(Part::Name(name));
        } else {
            refused = Some(name);
            found.extend([Part::Text("${"), Part::Text(name), Part::Text("}")]);
        }
        rest = tail;
    }
    found.push(Part::Text(rest));
    (found, refused)
}

impl Evaluator<'_> {
    pub(super) fn sub(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let (template, map) = match operands(argument) {
            [template] => (template, None),
            [template, map] => (template, map.as_map()),
            _ => return self.mistake("`Fn::Sub` takes a text and a map", span),
        };
        let Some(text) = template.as_text() else {
            let value = self.eval(template, how);
            return if matches!(value.kind, Kind::Unknown(_)) {
                value
            } else {
                self.mistake("the text of `Fn::Sub` must be a literal", span)
            };
        };
        let (parts, refused) = parts(text);
        if let Some(name) = refused {
            self.mistake(format!("`${{{name}}}` is no name that `Fn::Sub` accepts"), span);
        }
        let value = |part: &Part<'_>| match part {
            Part::Text(text) => Value::string(*text),
            Part::Name(name) => match (map.and_then(|map| map.get(name)), name.split_once('.')) {
                (Some(node), _) => self.eval(node, how),
                (None, Some((id, attribute))) => self.attribute(id, attribute, span, how),
                (None, None) => self.reference(name, span, how),
            },
        };
        let values: Vec<Value> = parts.iter().map(value).collect();
        self.concatenate(values, "", span, how)
    }

    pub(super) fn join(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let [delimiter, list] = operands(argument) else {
            return self.mistake("`Fn::Join` takes a delimiter and a list", span);
        };
        let Some(delimiter) = delimiter.as_str() else {
            return self.mistake("the delimiter of `Fn::Join` must be text", span);
        };
        let list = self.eval(list, how);
        self.combine(&[list], span, |list| match &list[0].kind {
            Kind::List(List { items, open: None }) => self.concatenate(items.clone(), delimiter, span, how),
            Kind::List(List { open: Some(unknown), .. }) | Kind::Unknown(unknown) => {
                Value::new(Kind::Unknown(Arc::clone(unknown)))
            }
            // A parameter's single value is joined to itself.
            Kind::String(_) => quoted(Value { span: None, ..list[0].clone() }),
            _ => self.mistake("`Fn::Join` joins a list", span),
        })
    }

    /// One text of several values, for every combination of what they can be. A known text keeps the history of the
    /// nearest value that an input brought.
    fn concatenate(&self, values: Vec<Value>, delimiter: &str, span: Span, how: Use) -> Value {
        let values: Vec<Value> = values.into_iter().map(|value| self.named(value, how)).collect();
        self.combine(&values, span, |values| {
            let mut pieces = Vec::with_capacity(values.len() * 2);
            let present = values.iter().filter(|value| value.kind != Kind::Absent);
            for (at, value) in present.enumerate() {
                if at > 0 {
                    pieces.push(Piece::Literal(delimiter.into()));
                }
                match self.pieces(value, span) {
                    Ok(more) => pieces.extend(more),
                    Err(refused) => return refused,
                }
            }
            let trace = values.iter().find_map(|value| value.trace.clone());
            Value { kind: kind_of_pieces(pieces), span: None, trace }
        })
    }

    /// A reference by the name that the template gives its resource, when text is made of it.
    fn named(&self, value: Value, how: Use) -> Value {
        let Kind::Reference(reference) = &value.kind else { return value };
        self.known_name(reference, how).unwrap_or(value)
    }

    /// The pieces that a value contributes to a text; a value that has no text gives the result of the whole.
    fn pieces(&self, value: &Value, span: Span) -> Result<Vec<Piece>, Value> {
        Ok(match &value.kind {
            Kind::Pattern(pattern) => pattern.pieces.clone(),
            Kind::Reference(reference) => vec![Piece::Symbol(Symbol::Reference(reference.clone()))],
            Kind::Unknown(unknown) if unknown.reason == Reason::Impossible => {
                return Err(Value::new(Kind::Unknown(Arc::clone(unknown))));
            }
            Kind::Unknown(unknown) => vec![Piece::Symbol(Symbol::Unknown(Arc::clone(unknown)))],
            _ => match value.to_text() {
                Some(text) => vec![Piece::Literal(text)],
                None => return Err(self.mistake("a list or a mapping is put into a text", span)),
            },
        })
    }

    pub(super) fn split(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let [delimiter, text] = operands(argument) else {
            return self.mistake("`Fn::Split` takes a delimiter and a text", span);
        };
        let Some(delimiter) = delimiter.as_str().filter(|delimiter| !delimiter.is_empty()) else {
            return self.mistake("the delimiter of `Fn::Split` must be text", span);
        };
        let text = self.named(self.eval(text, how), how);
        self.combine(&[text], span, |text| {
            let trace = text[0].trace.clone();
            let list = match self.pieces(&text[0], span) {
                Ok(pieces) => split_pieces(&pieces, delimiter),
                Err(refused) => return refused,
            };
            let items =
                list.items.into_iter().map(|item| Value { span: Some(span), trace: trace.clone(), ..item }).collect();
            Value { kind: Kind::List(List { items, ..list }), span: None, trace: None }
        })
    }

    pub(super) fn select(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let [index, list] = operands(argument) else {
            return self.mistake("`Fn::Select` takes an index and a list", span);
        };
        let zones = list.call_of("Fn::GetAZs").map(|region| domains::term(region));
        let operands = [self.eval(index, how.deciding()), self.eval(list, how)];
        self.combine(&operands, span, |operands| {
            let list = match &operands[1].kind {
                Kind::List(list) => list,
                Kind::Unknown(unknown) => return Value::new(Kind::Unknown(Arc::clone(unknown))),
                _ => return Value::unknown(Unknown::new(Reason::AfterApply, "element of a list").at(span)),
            };
            let index = operands[0].to_text();
            let Some(index) = index.as_deref().and_then(|index| index.trim().parse::<usize>().ok()) else {
                return match &operands[0].kind {
                    Kind::Unknown(unknown) => Value::new(Kind::Unknown(Arc::clone(unknown))),
                    _ => self.mistake("the index of `Fn::Select` must be a whole number", span),
                };
            };
            let shifts = |item: &Value| matches!(&item.kind, Kind::Choice(choice) if choice.arms.iter().any(|(_, arm)| arm.kind == Kind::Absent));
            if list.items.iter().take(index).any(shifts) {
                return Value::unknown(Unknown::new(Reason::Unsupported, "index into a list of which elements may be missing").at(span));
            }
            match (list.items.get(index), &list.open, &zones) {
                (Some(item), ..) => quoted(Value { span: None, ..item.clone() }),
                (None, Some(_), Some(region)) => {
                    let unknown = Unknown::new(Reason::AfterApply, format!("availability zone {index}"));
                    Value::new(Kind::Unknown(Arc::new(unknown.keyed(format!("{}:zone:{region}:{index}", self.scope())))))
                }
                (None, Some(open), None) => Value::new(Kind::Unknown(Arc::clone(open))),
                (None, None, _) => self.mistake(format!("the list has no element {index}"), span),
            }
        })
    }

    /// Only literal text: scripts for machines are long, and no rule decodes what their inputs make of them.
    pub(super) fn base64(argument: &NodeRef, span: Span) -> Value {
        match argument.as_str() {
            Some(text) => Value::string(STANDARD.encode(text.as_bytes())),
            None => Value::unknown(Unknown::new(Reason::Unsupported, "encoded text").at(span)),
        }
    }

    pub(super) fn to_json(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let value = self.eval(argument, how);
        match json(&value) {
            Some(json) => Value::string(json.to_string()),
            None => Value::unknown(Unknown::new(Reason::AfterApply, "JSON text").at(span)),
        }
    }
}

/// A value that is wholly known, as JSON.
fn json(value: &Value) -> Option<serde_json::Value> {
    Some(match &value.kind {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool(value) => (*value).into(),
        Kind::Number(number) => serde_json::from_str(&number.text()).ok()?,
        // Plain scalars are numbers and booleans where JSON says so.
        Kind::String(text) if text.plain => match serde_json::from_str(&text.text) {
            Ok(value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_))) => value,
            _ => serde_json::Value::String(text.text.to_string()),
        },
        Kind::String(text) => serde_json::Value::String(text.text.to_string()),
        Kind::List(List { items, open: None }) => {
            serde_json::Value::Array(items.iter().map(json).collect::<Option<_>>()?)
        }
        Kind::Map(map) if map.open.is_none() => {
            let entries: Option<serde_json::Map<_, _>> =
                map.entries.iter().map(|entry| Some((entry.key.to_string(), json(&entry.value)?))).collect();
            serde_json::Value::Object(entries?)
        }
        _ => return None,
    })
}

/// Splits at a delimiter. Regions, accounts and names of resources hold no delimiter that is used in ARNs and lists;
/// anything else may hold some, so that what follows it is open.
fn split_pieces(pieces: &[Piece], delimiter: &str) -> List {
    let mut items: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut open = None;
    for piece in pieces {
        match piece {
            Piece::Literal(text) => {
                for (at, part) in text.split(delimiter).enumerate() {
                    if at > 0 {
                        items.push(Vec::new());
                    }
                    if let Some(item) = items.last_mut() {
                        item.push(Piece::Literal(part.into()));
                    }
                }
            }
            Piece::Symbol(symbol) if holds_no(symbol, delimiter) => {
                if let Some(item) = items.last_mut() {
                    item.push(piece.clone());
                }
            }
            Piece::Symbol(symbol) => {
                items.pop();
                let unknown = match symbol {
                    Symbol::Unknown(unknown) => Arc::clone(unknown),
                    other => Arc::new(Unknown::new(Reason::AfterApply, other.to_string())),
                };
                open = Some(unknown);
                break;
            }
        }
    }
    List { items: items.into_iter().map(|pieces| Value::new(kind_of_pieces(pieces))).collect(), open }
}

fn holds_no(symbol: &Symbol, delimiter: &str) -> bool {
    match symbol {
        Symbol::Pseudo { name, .. } => !matches!((&**name, delimiter), ("AWS::URLSuffix", ".") | (_, "-")),
        Symbol::Reference(reference) => &*reference.attribute == "Ref" && matches!(delimiter, "," | ":" | "|"),
        Symbol::Unknown(_) => false,
    }
}
