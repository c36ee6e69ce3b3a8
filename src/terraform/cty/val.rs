//! Values of the Terraform language. Cheap to clone; each knows where it was written and the way it took.

use std::{collections::BTreeMap, sync::Arc};

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::{
    source::Span,
    terraform::cty::{Hint, Marks, Number, Refinement, Type, Unknown, set},
    value::{self, Trace},
};

/// How many steps of a value's way are kept.
const MAX_TRACE: usize = 64;

/// Attributes or elements by key, in byte order.
pub type Entries = BTreeMap<Arc<str>, Val>;

/// A value.
#[derive(Clone, Debug)]
pub struct Val {
    /// What it is.
    pub kind: Kind,
    /// `sensitive` and `ephemeral`, of this value itself; elements have their own.
    pub marks: Marks,
    /// Where it was written.
    pub span: Option<Span>,
    /// The way it took from there, nearest step first.
    pub trace: Option<Arc<Trace>>,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Null of a type.
    Null(Type),
    /// A bool.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string in normal form C.
    String(Text),
    /// `list(T)`: the element type and the elements.
    List(Type, Arc<Vec<Val>>),
    /// `set(T)`: the element type and the elements, without duplicates, in the order in which Terraform iterates.
    Set(Type, Arc<Vec<Val>>),
    /// `map(T)`: the element type and the elements.
    Map(Type, Arc<Entries>),
    /// `tuple([…])`
    Tuple(Arc<Vec<Val>>),
    /// `object({…})`
    Object(Arc<Entries>),
    /// Not known.
    Unknown(Arc<Unknown>),
}

/// A known string.
#[derive(Clone, Debug)]
pub struct Text {
    /// The characters.
    pub text: Arc<str>,
    /// The value that the text is the JSON encoding of, with the spans that its parts have.
    pub json: Option<Arc<Val>>,
}

impl Val {
    /// A value without place.
    pub fn new(kind: Kind) -> Self {
        Self { kind, marks: Marks::NONE, span: None, trace: None }
    }

    /// Null of a type.
    pub fn null(ty: Type) -> Self {
        Self::new(Kind::Null(ty))
    }

    /// A bool.
    pub fn bool(value: bool) -> Self {
        Self::new(Kind::Bool(value))
    }

    /// A number.
    pub fn number(value: impl Into<Number>) -> Self {
        Self::new(Kind::Number(value.into()))
    }

    /// A string, brought into normal form C.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::new(Kind::String(Text { text: normalised(text.into()), json: None }))
    }

    /// A list of values that have the element type.
    pub fn list(element: Type, items: Vec<Self>) -> Self {
        Self::new(Kind::List(element, Arc::new(items)))
    }

    /// A set of values that have the element type, in any order, with duplicates. Marks of elements go to the set.
    pub fn set(element: Type, items: Vec<Self>) -> Self {
        let marks = items.iter().fold(Marks::NONE, |marks, item| marks | item.deep_marks());
        let items = set::ordered(items.into_iter().map(|item| item.unmarked_deep()).collect());
        Self::new(Kind::Set(element, Arc::new(items))).marked(marks)
    }

    /// A map of values that have the element type.
    pub fn map(element: Type, entries: Entries) -> Self {
        Self::new(Kind::Map(element, Arc::new(entries)))
    }

    /// A tuple.
    pub fn tuple(items: Vec<Self>) -> Self {
        Self::new(Kind::Tuple(Arc::new(items)))
    }

    /// An object.
    pub fn object(entries: Entries) -> Self {
        Self::new(Kind::Object(Arc::new(entries)))
    }

    /// An unknown of which only the type is known.
    pub fn unknown(ty: Type) -> Self {
        Self::refined(ty, Refinement::default())
    }

    /// An unknown of unknown type.
    pub fn dynamic() -> Self {
        Self::unknown(Type::Dynamic)
    }

    /// An unknown that is not null.
    pub fn unknown_not_null(ty: Type) -> Self {
        Self::refined(ty, Refinement::not_null())
    }

    /// An unknown of which something is known. What is known of a value without type is dropped, as Terraform does.
    pub fn refined(ty: Type, refinement: Refinement) -> Self {
        let refinement = if ty == Type::Dynamic { Refinement::default() } else { refinement };
        Self::new(Kind::Unknown(Arc::new(Unknown { ty, refinement, hint: Hint::default() })))
    }

    /// The same unknown with a hint; a known value as it is.
    #[must_use]
    pub fn hinted(mut self, hint: Hint) -> Self {
        if let Kind::Unknown(unknown) = &mut self.kind {
            Arc::make_mut(unknown).hint = hint;
        }
        self
    }

    /// The same unknown with a reason, unless it has one.
    #[must_use]
    pub fn because(mut self, why: &Arc<value::Unknown>) -> Self {
        if let Kind::Unknown(unknown) = &mut self.kind
            && unknown.hint.why.is_none()
        {
            Arc::make_mut(unknown).hint.why = Some(Arc::clone(why));
        }
        self
    }

    /// The same value, said to be written at `span`.
    #[must_use]
    pub fn at(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }

    /// The same value with the place and the way of another.
    #[must_use]
    pub fn from_where(mut self, other: &Self) -> Self {
        self.span = other.span;
        self.trace.clone_from(&other.trace);
        self
    }

    /// The same value after one more step of its way; the step becomes the nearest. Beyond [`MAX_TRACE`] steps, those
    /// nearest to the origin are kept.
    #[must_use]
    pub fn traced(mut self, span: Span, label: impl Into<Arc<str>>) -> Self {
        let steps = std::iter::successors(self.trace.as_deref(), |trace| trace.next.as_deref());
        if steps.take(MAX_TRACE).count() < MAX_TRACE {
            self.trace = Some(Arc::new(Trace { span, label: label.into(), next: self.trace.take() }));
        }
        self
    }

    /// Whether it has at most so many parts, nested at most so deep. Parts that are shared count wherever they are.
    pub fn fits(&self, nodes: &mut usize, depth: usize) -> bool {
        let Some(left) = nodes.checked_sub(1).filter(|_| depth > 0) else { return false };
        *nodes = left;
        self.children().all(|child| child.fits(nodes, depth - 1))
    }

    /// Its type. A tuple's and an object's is built from its parts.
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Null(ty) => ty.clone(),
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) => Type::String,
            Kind::List(element, _) => Type::list(element.clone()),
            Kind::Set(element, _) => Type::set(element.clone()),
            Kind::Map(element, _) => Type::map(element.clone()),
            Kind::Tuple(items) => Type::tuple(items.iter().map(Self::ty)),
            Kind::Object(entries) => Type::object(entries.iter().map(|(name, value)| (Arc::clone(name), value.ty()))),
            Kind::Unknown(unknown) => unknown.ty.clone(),
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null(_))
    }

    /// Whether it is known itself; its parts may be unknown.
    pub fn is_known(&self) -> bool {
        !matches!(self.kind, Kind::Unknown(_))
    }

    /// Whether it and all its parts are known.
    pub fn is_wholly_known(&self) -> bool {
        self.is_known() && self.children().all(Self::is_wholly_known)
    }

    /// Whether it is an unknown of unknown type.
    pub fn is_dynamic(&self) -> bool {
        matches!(&self.kind, Kind::Unknown(unknown) if unknown.ty == Type::Dynamic)
    }

    /// Whether it is certainly not null.
    pub fn is_definitely_not_null(&self) -> bool {
        match &self.kind {
            Kind::Unknown(unknown) => unknown.refinement.not_null,
            Kind::Null(_) => false,
            _ => true,
        }
    }

    /// The unknown, when it is one.
    pub fn as_unknown(&self) -> Option<&Arc<Unknown>> {
        if let Kind::Unknown(unknown) = &self.kind { Some(unknown) } else { None }
    }

    /// The hint of an unknown.
    pub fn hint(&self) -> Option<&Hint> {
        self.as_unknown().map(|unknown| &unknown.hint)
    }

    /// The text of a known string.
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::String(text) = &self.kind { Some(&text.text) } else { None }
    }

    /// The text of a known string, shared.
    pub fn as_text(&self) -> Option<&Text> {
        if let Kind::String(text) = &self.kind { Some(text) } else { None }
    }

    /// A known bool.
    pub fn as_bool(&self) -> Option<bool> {
        if let Kind::Bool(value) = self.kind { Some(value) } else { None }
    }

    /// A known number.
    pub fn as_number(&self) -> Option<&Number> {
        if let Kind::Number(number) = &self.kind { Some(number) } else { None }
    }

    /// The elements of a known list, set or tuple.
    pub fn as_items(&self) -> Option<&Arc<Vec<Self>>> {
        match &self.kind {
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The elements or attributes of a known map or object.
    pub fn as_entries(&self) -> Option<&Arc<Entries>> {
        match &self.kind {
            Kind::Map(_, entries) | Kind::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// Its elements or attributes, none for a scalar, null or unknown.
    pub fn children(&self) -> impl Iterator<Item = &Self> {
        let items = self.as_items().map(|items| items.iter());
        let entries = self.as_entries().map(|entries| entries.values());
        items.into_iter().flatten().chain(entries.into_iter().flatten())
    }

    /// The same with every part mapped; types of collections stay.
    #[must_use]
    pub fn map_children(self, change: &mut dyn FnMut(Self) -> Self) -> Self {
        let items = |items: Arc<Vec<Self>>, change: &mut dyn FnMut(Self) -> Self| {
            Arc::new(Arc::unwrap_or_clone(items).into_iter().map(change).collect::<Vec<_>>())
        };
        let entries = |entries: Arc<Entries>, change: &mut dyn FnMut(Self) -> Self| {
            Arc::new(
                Arc::unwrap_or_clone(entries).into_iter().map(|(key, value)| (key, change(value))).collect::<Entries>(),
            )
        };
        let kind = match self.kind {
            Kind::List(ty, parts) => Kind::List(ty, items(parts, change)),
            Kind::Set(ty, parts) => Kind::Set(ty, items(parts, change)),
            Kind::Tuple(parts) => Kind::Tuple(items(parts, change)),
            Kind::Map(ty, parts) => Kind::Map(ty, entries(parts, change)),
            Kind::Object(parts) => Kind::Object(entries(parts, change)),
            other => other,
        };
        Self { kind, ..self }
    }

    /// The same with more marks.
    #[must_use]
    pub fn marked(mut self, marks: Marks) -> Self {
        self.marks |= marks;
        self
    }

    /// The marks of it and of all its parts.
    pub fn deep_marks(&self) -> Marks {
        self.children().fold(self.marks, |marks, child| marks | child.deep_marks())
    }

    /// The same without its own marks.
    #[must_use]
    pub fn unmarked(mut self) -> Self {
        self.marks = Marks::NONE;
        self
    }

    /// The same without any marks.
    #[must_use]
    pub fn unmarked_deep(self) -> Self {
        if self.deep_marks() == Marks::NONE {
            return self;
        }
        self.unmarked().map_children(&mut Self::unmarked_deep)
    }
}

/// Normal form C, which every string of the language has.
pub fn normalised(text: Arc<str>) -> Arc<str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => text.nfc().collect::<String>().into(),
    }
}

impl From<bool> for Val {
    fn from(value: bool) -> Self {
        Self::bool(value)
    }
}

impl From<&str> for Val {
    fn from(value: &str) -> Self {
        Self::string(value)
    }
}

impl From<String> for Val {
    fn from(value: String) -> Self {
        Self::string(value)
    }
}
