//! Values of the language to values of the model, in the shape of plan JSON: nested blocks are lists of maps, null
//! arguments are absent, references are identities.

use std::sync::Arc;

use super::content::{Content, Group};
use crate::{
    source::Span,
    terraform::cty::{self, Form, Piece, Val},
    value::{
        self, Choice, Entry, Formula, Kind, List, Map, Number, Pattern, Reason, Reference, ResourceId, Symbol, Text,
        Unknown, Value,
    },
};

/// How deep values may nest.
const MAX_DEPTH: usize = 100;

/// How values are written.
#[derive(Clone, Copy)]
pub(super) struct Writer<'w> {
    /// The stack that references lie in.
    pub stack: &'w Arc<str>,
    /// Strings that are the encoding of a known value become that value, with its places.
    pub structured: bool,
    /// The provider configuration that `AWS::Region` and its like belong to.
    pub scope: &'w str,
}

/// The value of an expression in the root module of a folder, as a value of the model; null stays null.
pub fn written(value: &Val, root: &str) -> Value {
    let stack: Arc<str> = root.into();
    let written = Writer { stack: &stack, structured: false, scope: root }.argument(value);
    if written.kind == Kind::Absent { Value::new(Kind::Null) } else { written }
}

impl Writer<'_> {
    /// A block's content as a map.
    pub(super) fn content(&self, content: &Content, more: &[(Arc<str>, Val)]) -> Map {
        let mut map = Map::default();
        for (name, span, value) in &content.arguments {
            self.insert(&mut map, name, *span, value);
        }
        for group in &content.groups {
            let blocks = self.group(group);
            map.insert(Arc::clone(&group.kind), Some(group.key_span), blocks);
        }
        for (name, value) in more {
            self.insert(&mut map, name, value.span.unwrap_or(content.header), value);
        }
        map
    }

    fn insert(&self, map: &mut Map, name: &Arc<str>, key: Span, value: &Val) {
        let value = self.argument(value);
        if value.kind != Kind::Absent {
            map.insert(Arc::clone(name), Some(key), value);
        }
    }

    fn group(&self, group: &Group) -> Value {
        let item = |(exists, content): &(Formula, Content)| {
            let block = Value::at(Kind::Map(self.content(content, &[])), content.header);
            if *exists == Formula::TRUE {
                return block;
            }
            let arms = vec![(exists.clone(), block), (Formula::TRUE, Value::absent())];
            Value::at(Kind::Choice(Arc::new(Choice { arms })), content.header)
        };
        let mut items: Vec<Value> = group.items.iter().map(item).collect();
        if group.single
            && group.open.is_none()
            && group.repeated.is_none()
            && items.len() == 1
            && let Some(only) = items.pop()
        {
            return only;
        }
        Value::at(Kind::List(List { items, open: group.open.clone() }), group.key_span)
    }

    /// An argument: null is as if it were not written.
    pub(super) fn argument(&self, value: &Val) -> Value {
        if let Some(arms) = crate::terraform::eval::choice::arms(value) {
            return self.choice(value, arms, &|arm| self.argument(arm));
        }
        if value.is_null() { Value::absent() } else { self.value(value, 0) }
    }

    fn value(&self, value: &Val, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::unknown(Unknown::new(
                Reason::Budget,
                format!("values nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        let kind = match &value.kind {
            cty::Kind::Null(_) => Kind::Null,
            cty::Kind::Bool(known) => Kind::Bool(*known),
            cty::Kind::Number(number) => Kind::Number(Number::from_text(number.text())),
            cty::Kind::String(text) => match &text.json {
                Some(json) if self.structured => self.value(json, depth + 1).kind,
                _ => Kind::String(Text { text: Arc::clone(&text.text), plain: false }),
            },
            cty::Kind::List(_, items) | cty::Kind::Set(_, items) | cty::Kind::Tuple(items) => {
                Kind::List(items.iter().map(|item| self.value(item, depth + 1)).collect::<Vec<_>>().into())
            }
            cty::Kind::Map(_, entries) | cty::Kind::Object(entries) => {
                let entry = |(key, item): (&Arc<str>, &Val)| Entry {
                    key: Arc::clone(key),
                    key_span: item.span,
                    value: self.value(item, depth + 1),
                };
                Kind::Map(Map { entries: entries.iter().map(entry).collect(), open: None })
            }
            cty::Kind::Unknown(unknown) => return self.unknown(value, unknown, depth),
        };
        Value { kind, span: value.span, trace: value.trace.clone() }
    }

    fn unknown(&self, value: &Val, unknown: &cty::Unknown, depth: usize) -> Value {
        let kind = match &unknown.hint.form {
            Form::Opaque | Form::Input(_) => Kind::Unknown(why(unknown, value)),
            Form::Reference(reference) | Form::Written(reference, _) => match self.symbol(reference) {
                Symbol::Reference(reference) => Kind::Reference(reference),
                symbol => Kind::Pattern(Pattern { pieces: vec![value::Piece::Symbol(symbol)] }),
            },
            Form::Choice(arms) => return self.choice(value, arms, &|arm| self.value(arm, depth + 1)),
            Form::Pattern(pieces) => {
                let pattern = Pattern::new(pieces.iter().flat_map(|piece| self.piece(piece)));
                match pattern.literal() {
                    Some(text) => Kind::String(Text { text, plain: false }),
                    None => Kind::Pattern(pattern),
                }
            }
            Form::Json(json) => self.value(json, depth + 1).kind,
            Form::Condition(Formula::Constant(known)) => Kind::Bool(*known),
            Form::Condition(formula) => {
                let arms = vec![(formula.clone(), Value::bool(true)), (Formula::TRUE, Value::bool(false))];
                Kind::Choice(Arc::new(Choice { arms }))
            }
        };
        Value { kind, span: value.span, trace: value.trace.clone() }
    }

    fn choice(&self, value: &Val, arms: &[(Formula, Val)], write: &dyn Fn(&Val) -> Value) -> Value {
        if let [(Formula::Constant(true), only)] = arms {
            let written = write(only);
            return Value {
                span: value.span.or(written.span),
                trace: value.trace.clone().or(written.trace),
                kind: written.kind,
            };
        }
        let arms = arms.iter().map(|(formula, arm)| (formula.clone(), write(arm))).collect();
        Value { kind: Kind::Choice(Arc::new(Choice { arms })), span: value.span, trace: value.trace.clone() }
    }

    fn piece(&self, piece: &Piece) -> Vec<value::Piece> {
        match piece {
            Piece::Literal(text) => vec![value::Piece::Literal(Arc::clone(text))],
            Piece::Value(value) => match self.value(value, 1).kind {
                Kind::String(text) => vec![value::Piece::Literal(text.text)],
                Kind::Pattern(pattern) => pattern.pieces,
                Kind::Reference(reference) => vec![value::Piece::Symbol(Symbol::Reference(reference))],
                Kind::Unknown(unknown) => vec![value::Piece::Symbol(Symbol::Unknown(unknown))],
                _ => {
                    let why = value.as_unknown().map_or_else(|| unnamed(value), |unknown| why(unknown, value));
                    vec![value::Piece::Symbol(Symbol::Unknown(why))]
                }
            },
        }
    }

    /// The identity that a reference stands for: an attribute of a resource, or the region, account or partition of
    /// a provider.
    fn symbol(&self, reference: &cty::Reference) -> Symbol {
        let local = reference.address.rsplit_once("data.").map(|(_, rest)| rest).unwrap_or_default();
        let kind = local.split('.').next().unwrap_or_default();
        let pseudo = match (kind, &*reference.path) {
            ("aws_caller_identity", "account_id" | "id") => "AWS::AccountId",
            ("aws_region", "name" | "id" | "region") => "AWS::Region",
            ("aws_partition", "partition" | "id") => "AWS::Partition",
            ("aws_partition", "dns_suffix") => "AWS::URLSuffix",
            _ => {
                let target = ResourceId { stack: Arc::clone(self.stack), address: Arc::clone(&reference.address) };
                return Symbol::Reference(Reference { target, attribute: Arc::clone(&reference.path) });
            }
        };
        Symbol::Pseudo { name: pseudo.into(), scope: self.scope.into() }
    }
}

fn why(unknown: &cty::Unknown, value: &Val) -> Arc<Unknown> {
    unknown.hint.why.clone().unwrap_or_else(|| unnamed(value))
}

fn unnamed(value: &Val) -> Arc<Unknown> {
    let unknown = Unknown::new(Reason::Unsupported, "expression");
    Arc::new(match value.span {
        Some(span) => unknown.at(span),
        None => unknown,
    })
}
