//! A value as a policy sees it: nothing of choices, and typed as the original engine types YAML.

use std::{rc::Rc, sync::Arc};

use crate::{
    guard::{
        expression::Expression,
        syntax::{Interval, Literal},
    },
    source::Span,
    value::{Kind, List, Map, Pattern, Piece, Reason, Reference, Symbol, Text, Trace, Unknown, Value},
};

/// A value with its place.
#[derive(Clone)]
pub struct Node<'a> {
    /// What it is.
    pub shape: Shape<'a>,
    /// Where it is.
    pub place: Rc<Spot>,
}

/// Where a value is.
#[derive(Clone, Debug, Default)]
pub struct Spot {
    /// Index of its resource in the stack.
    pub owner: Option<usize>,
    /// What to underline.
    pub span: Option<Span>,
    /// Path below `Properties` of the resource, or from the resource for anything else of it.
    pub path: String,
    /// The chain that brought it there.
    pub trace: Option<Arc<Trace>>,
}

/// What a value is.
#[derive(Clone)]
pub enum Shape<'a> {
    /// Nothing, written out.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A character.
    Char(char),
    /// A text.
    Text(Arc<str>),
    /// A text of which parts are symbolic.
    Pattern(&'a Pattern),
    /// An expression of the policy.
    Regex(&'a Expression),
    /// A range of the policy.
    Ints(&'a Interval<i64>),
    /// A range of the policy.
    Floats(&'a Interval<f64>),
    /// A range of the policy.
    Chars(&'a Interval<char>),
    /// A list.
    List(Items<'a>),
    /// A map.
    Map(Fields<'a>),
    /// Not known.
    Unknown(Arc<Unknown>),
}

/// Where the elements of a list are.
#[derive(Clone)]
pub enum Items<'a> {
    /// In the model.
    Model(&'a List),
    /// In the policy.
    Literal(&'a [Literal]),
    /// Made by a function.
    Made(Rc<Vec<Node<'a>>>),
}

/// Where the entries of a map are.
#[derive(Clone)]
pub enum Fields<'a> {
    /// The document itself.
    Stack,
    /// `Resources`
    Resources,
    /// The resource of this index.
    Resource(usize),
    /// In the model.
    Model(&'a Map),
    /// `{"Ref": …}` or `{"Fn::GetAtt": […]}`
    Reference(&'a Reference),
    /// In the policy.
    Literal(&'a [(Arc<str>, Literal)]),
    /// Made by a function.
    Made(Rc<Vec<(Arc<str>, Node<'a>)>>),
}

impl<'a> Node<'a> {
    /// A value without place.
    pub fn new(shape: Shape<'a>) -> Self {
        Self { shape, place: Rc::default() }
    }

    /// A value in the place of another.
    #[must_use]
    pub fn with(&self, shape: Shape<'a>) -> Self {
        Self { shape, place: Rc::clone(&self.place) }
    }

    /// A value as written in a policy.
    pub fn literal(literal: &'a Literal) -> Self {
        Self::new(match literal {
            Literal::Null => Shape::Null,
            Literal::Bool(value) => Shape::Bool(*value),
            Literal::Int(value) => Shape::Int(*value),
            Literal::Float(value) => Shape::Float(*value),
            Literal::Text(text) => Shape::Text(Arc::clone(text)),
            Literal::Regex(expression) => Shape::Regex(expression),
            Literal::Ints(range) => Shape::Ints(range),
            Literal::Floats(range) => Shape::Floats(range),
            Literal::Chars(range) => Shape::Chars(range),
            Literal::List(items) => Shape::List(Items::Literal(items)),
            Literal::Map(entries) => Shape::Map(Fields::Literal(entries)),
        })
    }

    /// Whether it is neither list nor map.
    pub fn is_scalar(&self) -> bool {
        !matches!(self.shape, Shape::List(_) | Shape::Map(_))
    }

    /// Why it, or part of its text, is not known.
    pub fn unknown(&self) -> Option<Arc<Unknown>> {
        match &self.shape {
            Shape::Unknown(unknown) => Some(Arc::clone(unknown)),
            Shape::Pattern(pattern) => Some(why(pattern)),
            _ => None,
        }
    }

    /// The place of a part of it.
    pub fn below(&self, step: &str, span: Option<Span>) -> Spot {
        let dot = if self.place.path.is_empty() || step.starts_with('[') { "" } else { "." };
        Spot {
            owner: self.place.owner,
            span: span.or(self.place.span),
            path: format!("{}{dot}{step}", self.place.path),
            trace: None,
        }
    }
}

/// Why a text is not wholly known.
fn why(pattern: &Pattern) -> Arc<Unknown> {
    let symbols = pattern.pieces.iter().filter_map(|piece| match piece {
        Piece::Symbol(Symbol::Unknown(unknown)) => Some(Arc::clone(unknown)),
        _ => None,
    });
    let after = || Arc::new(Unknown::new(Reason::AfterApply, pattern.to_string()));
    symbols.into_iter().next().unwrap_or_else(after)
}

/// The shape of a settled value of the model.
pub fn shape(value: &Value) -> Shape<'_> {
    match &value.kind {
        Kind::Absent | Kind::Null => Shape::Null,
        Kind::Bool(value) => Shape::Bool(*value),
        Kind::Number(number) => number.as_i64().map_or(Shape::Float(number.as_f64()), Shape::Int),
        Kind::String(text) => scalar(text),
        Kind::Pattern(pattern) => Shape::Pattern(pattern),
        Kind::Reference(reference) => Shape::Map(Fields::Reference(reference)),
        Kind::List(list) => Shape::List(Items::Model(list)),
        Kind::Map(map) => Shape::Map(Fields::Model(map)),
        Kind::Choice(_) => Shape::Unknown(Arc::new(Unknown::new(Reason::Unsupported, "condition"))),
        // Policies look for the text of the reference, as it stands in the template.
        Kind::Unknown(unknown)
            if unknown.reason == Reason::DynamicReference && unknown.subject.starts_with("{{resolve:") =>
        {
            Shape::Text(Arc::clone(&unknown.subject))
        }
        Kind::Unknown(unknown) => Shape::Unknown(Arc::clone(unknown)),
    }
}

/// A plain scalar has the type that the original engine gives it (`libyaml/loader.rs`): numbers first, then the small
/// words of YAML 1.1.
fn scalar(text: &Text) -> Shape<'static> {
    if !text.plain {
        return Shape::Text(Arc::clone(&text.text));
    }
    let raw = &*text.text;
    let number = raw.parse().map(Shape::Int).or_else(|_| raw.parse().map(Shape::Float));
    number.unwrap_or_else(|_| match raw {
        "true" | "yes" | "on" | "y" => Shape::Bool(true),
        "false" | "no" | "off" | "n" => Shape::Bool(false),
        _ if raw == "~" || raw.eq_ignore_ascii_case("null") => Shape::Null,
        _ => Shape::Text(Arc::clone(&text.text)),
    })
}
