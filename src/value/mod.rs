//! Values as rules see them, whatever language they were written in. A value knows where it was written,
//! the chain that brought it there, and may be unknown, symbolic, or depend on an undecided condition.

pub mod formula;
pub mod number;
pub mod pattern;
pub mod read;
pub mod truth;
pub mod unknown;
pub mod when;
pub mod world;

use std::sync::Arc;

pub use formula::{DomainValue, Formula, Named, Variable, VariableKind, Variables};
pub use number::Number;
pub use pattern::{Pattern, Piece, Symbol};
pub use read::{Field, Place};
pub use truth::Truth;
pub use unknown::{Reason, Unknown};
pub use world::World;

use crate::source::Span;

/// A value with its place and history.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Where it is written: the expression at the attribute itself, not where its parts come from.
    pub span: Option<Span>,
    /// Where it comes from, nearest first.
    pub trace: Option<Arc<Trace>>,
}

/// What a value is. [`Kind::Absent`] (nothing was written) differs from null, false and unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Not written. Occurs as an arm of a choice; a finished map or list does not hold it otherwise.
    Absent,
    /// An explicit null inside a collection.
    Null,
    /// A truth value of the source language.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string that is wholly known.
    String(Text),
    /// A string of which some pieces are symbolic.
    Pattern(Pattern),
    /// The identity of another resource: `aws_kms_key.k.arn`, `!GetAtt Key.Arn`.
    Reference(Reference),
    /// A list, set or tuple.
    List(List),
    /// A map, object, block or CloudFormation property bag.
    Map(Map),
    /// Depends on an undecided condition.
    Choice(Arc<Choice>),
    /// Not known, with the reason.
    Unknown(Arc<Unknown>),
}

/// A known string.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    /// The characters.
    pub text: Arc<str>,
    /// Written without quotes in YAML, so that the context may read it as boolean or number (YAML 1.1).
    pub plain: bool,
}

/// One step on the way of a value: `default of variable "key"`, `argument of module "tables"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Where the step is written.
    pub span: Span,
    /// What the step is, in words.
    pub label: Arc<str>,
    /// The step before it, nearer to the origin.
    pub next: Option<Arc<Trace>>,
}

/// The label of the step that marks a value as sensitive: it is judged, but no output may print it.
pub const SENSITIVE: &str = "sensitive value";

/// A resource of the project, by identity and not by text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId {
    /// The id of its stack.
    pub stack: Arc<str>,
    /// Terraform address or CloudFormation logical id (`Nested/Id` inside nested stacks).
    pub address: Arc<str>,
}

/// An attribute of a resource that is only known after deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The resource.
    pub target: ResourceId,
    /// The attribute in CloudFormation's names: `Ref`, `Arn`, `StreamArn`; a Terraform name when no table maps it.
    pub attribute: Arc<str>,
}

/// A list. With `open`, further elements may exist that are not in `items`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// The elements that are written; an element may be a choice with an absent arm.
    pub items: Vec<Value>,
    /// Why there may be more.
    pub open: Option<Arc<Unknown>>,
}

/// A map in written order. With `open`, a missing key is unknown, not absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// The entries; keys are unique.
    pub entries: Vec<Entry>,
    /// Why there may be more.
    pub open: Option<Arc<Unknown>>,
}

/// One entry of a [`Map`].
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// Where the key is written.
    pub key_span: Option<Span>,
    /// Its value.
    pub value: Value,
}

/// A value that depends on undecided conditions: the first arm whose guard holds.
/// The last arm's guard should be `Formula::TRUE`; when no guard holds the value is absent.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Guards and values, in order.
    pub arms: Vec<(Formula, Value)>,
}

impl Trace {
    /// This step and those after it, nearest first.
    pub fn steps(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |step| step.next.as_deref())
    }
}

impl Value {
    /// A value without place.
    pub fn new(kind: Kind) -> Self {
        Self { kind, span: None, trace: None }
    }

    /// A value written at `span`.
    pub fn at(kind: Kind, span: Span) -> Self {
        Self { kind, span: Some(span), trace: None }
    }

    /// A quoted string.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::new(Kind::String(Text { text: text.into(), plain: false }))
    }

    /// A boolean.
    pub fn bool(value: bool) -> Self {
        Self::new(Kind::Bool(value))
    }

    /// An unknown.
    pub fn unknown(unknown: Unknown) -> Self {
        let span = unknown.span;
        Self { kind: Kind::Unknown(Arc::new(unknown)), span, trace: None }
    }

    /// Nothing written.
    pub fn absent() -> Self {
        Self::new(Kind::Absent)
    }

    /// The same value, said to be written at `span`.
    #[must_use]
    pub fn with_span(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }

    /// The same value after one more step of its way; the step becomes the nearest.
    #[must_use]
    pub fn traced(mut self, span: Span, label: impl Into<Arc<str>>) -> Self {
        self.trace = Some(Arc::new(Trace { span, label: label.into(), next: self.trace.take() }));
        self
    }

    /// The map, when it is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Kind::Map(map) = &self.kind { Some(map) } else { None }
    }

    /// The list, when it is one.
    pub fn as_list(&self) -> Option<&List> {
        if let Kind::List(list) = &self.kind { Some(list) } else { None }
    }

    /// The text of a known string. Numbers and booleans are not strings: see [`Value::to_text`].
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::String(text) = &self.kind { Some(&text.text) } else { None }
    }

    /// The text of a known scalar, as CloudFormation and Terraform convert it.
    pub fn to_text(&self) -> Option<Arc<str>> {
        match &self.kind {
            Kind::String(text) => Some(Arc::clone(&text.text)),
            Kind::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
            Kind::Number(number) => Some(number.text()),
            _ => None,
        }
    }

    /// The same value, marked as sensitive at `span`.
    #[must_use]
    pub fn sensitive(self, span: Span) -> Self {
        self.traced(span, SENSITIVE)
    }

    /// Whether the value itself is marked as sensitive. The parts of a collection have their own marks.
    pub fn is_sensitive(&self) -> bool {
        self.steps().any(|step| &*step.label == SENSITIVE)
    }

    /// The steps of its way, nearest first.
    pub fn steps(&self) -> impl Iterator<Item = &Trace> {
        std::iter::successors(self.trace.as_deref(), |step| step.next.as_deref())
    }
}

impl Map {
    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &*entry.key == key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Adds an entry, or replaces the value of one that exists.
    pub fn insert(&mut self, key: impl Into<Arc<str>>, key_span: Option<Span>, value: Value) {
        let key = key.into();
        match self.entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => (entry.key_span, entry.value) = (key_span, value),
            None => self.entries.push(Entry { key, key_span, value }),
        }
    }
}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> Self {
        Self { items, open: None }
    }
}
