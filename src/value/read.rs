//! Reading a value by path in a world: what rules use. Keeps, for every answer, the place that a finding should point at.

use std::sync::Arc;

use crate::{
    source::Span,
    value::{DomainValue, Entry, Kind, Map, Reason, Trace, Truth, Unknown, Value, World, number},
};

/// Where an answer comes from: the deciding attribute, or the nearest written thing when it is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// What to underline.
    pub span: Option<Span>,
    /// Property path, `SSESpecification.SSEEnabled`; list elements as `Replicas[1]`.
    pub path: String,
    /// Whether the property itself is written there.
    pub written: bool,
    /// The chain that brought the value there.
    pub trace: Option<Arc<Trace>>,
}

/// An answer that may be missing or unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum Known<T> {
    /// Known.
    Is(T),
    /// Nothing is written.
    Absent,
    /// Not known, and why.
    Unknown(Arc<Unknown>),
}

impl<T> Known<T> {
    /// Applies a function to a known answer.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Is(value) => Known::Is(f(value)),
            Self::Absent => Known::Absent,
            Self::Unknown(unknown) => Known::Unknown(unknown),
        }
    }

    /// Why it is not known.
    pub fn unknown(self) -> Option<Arc<Unknown>> {
        if let Self::Unknown(unknown) = self { Some(unknown) } else { None }
    }

    /// The answer with a default for what is not written; `None` when unknown.
    pub fn or(self, default: T) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent => Some(default),
            Self::Unknown(_) => None,
        }
    }
}

/// A property found, or not, in a world.
#[derive(Clone)]
pub struct Field<'a> {
    world: &'a World<'a>,
    found: Known<&'a Value>,
    place: Place,
}

/// The elements of a list property.
pub struct Items<'a> {
    /// Those that are written.
    pub fields: Vec<Field<'a>>,
    /// Why there may be more, or why none is known.
    pub open: Option<Arc<Unknown>>,
}

impl<'a> Field<'a> {
    /// Starts at a value; `span` is where to point when something in it is missing.
    pub fn new(world: &'a World<'a>, value: &'a Value, span: Option<Span>) -> Self {
        Self::found(world, value, Place { span, ..Place::default() })
    }

    /// `place.span` is the key or what else names the value: maps and lists are pointed at there, scalars at themselves.
    fn found(world: &'a World<'a>, value: &'a Value, place: Place) -> Self {
        let settled = world.settle(value);
        // The arm that was taken is nearer to the cause than the conditional around it.
        let nearest = settled.as_ref().ok().copied().filter(|settled| settled.span.is_some()).unwrap_or(value);
        let trace = nearest.trace.clone().or_else(|| value.trace.clone()).or(place.trace);
        let span = match nearest.kind {
            Kind::Map(_) | Kind::List(_) => place.span.or(nearest.span),
            _ => nearest.span.or(place.span),
        };
        let place = Place { span, trace, ..place };
        let found = match settled {
            Err(unknown) => Known::Unknown(unknown),
            Ok(settled) => match &settled.kind {
                Kind::Absent | Kind::Null => Known::Absent,
                Kind::Unknown(unknown) => Known::Unknown(Arc::clone(unknown)),
                _ => Known::Is(settled),
            },
        };
        let written = place.written && !matches!(found, Known::Absent);
        Self { world, found, place: Place { written, ..place } }
    }

    /// The property of a map. Missing in an open map is unknown; in anything but a map it is unknown too.
    #[must_use]
    pub fn get(&self, name: &str) -> Self {
        let mut path = String::with_capacity(self.place.path.len() + 1 + name.len());
        path.push_str(&self.place.path);
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        let place = Place { span: self.place.span, path, written: false, trace: self.place.trace.clone() };
        let found = match &self.found {
            Known::Is(value) => match &value.kind {
                Kind::Map(map) => match map.entry(name) {
                    Some(entry) => return self.entry(entry, place),
                    None => map.open.clone().map_or(Known::Absent, Known::Unknown),
                },
                _ => Known::Unknown(Arc::new(self.misfit("a map"))),
            },
            Known::Absent => Known::Absent,
            Known::Unknown(unknown) => Known::Unknown(Arc::clone(unknown)),
        };
        Self { world: self.world, found, place }
    }

    /// Several [`Field::get`] in a row: `"SSESpecification.SSEEnabled"`.
    #[must_use]
    pub fn path(&self, path: &str) -> Self {
        match path.split_once('.') {
            Some((first, rest)) => self.get(first).path(rest),
            None => self.get(path),
        }
    }

    fn entry(&self, entry: &'a Entry, place: Place) -> Self {
        let span = entry.key_span.or(entry.value.span).or(place.span);
        Self::found(self.world, &entry.value, Place { span, written: true, ..place })
    }

    /// The entries of a map with their keys; empty when it is none. See [`Field::open`].
    pub fn entries(&self) -> Vec<(&'a str, Self)> {
        let Some(map) = self.map() else { return Vec::new() };
        let field = |entry: &'a Entry| {
            let place = Place { path: format!("{}.{}", self.place.path, entry.key), ..self.place.clone() };
            (&*entry.key, self.entry(entry, place))
        };
        map.entries.iter().map(field).collect()
    }

    /// The elements of a list; a single value that is no list counts as a list of one, as IAM and CloudFormation take it.
    pub fn items(&self) -> Items<'a> {
        let list = match &self.found {
            Known::Absent => return Items { fields: Vec::new(), open: None },
            Known::Unknown(unknown) => return Items { fields: Vec::new(), open: Some(Arc::clone(unknown)) },
            Known::Is(value) => match &value.kind {
                Kind::List(list) => list,
                _ => return Items { fields: vec![self.clone()], open: None },
            },
        };
        let field = |(index, item): (usize, &'a Value)| {
            let path = format!("{}[{index}]", self.place.path);
            Self::found(
                self.world,
                item,
                Place { span: item.span.or(self.place.span), path, written: true, trace: None },
            )
        };
        let fields = list.items.iter().enumerate().map(field).filter(|field| !field.is_absent()).collect();
        Items { fields, open: list.open.clone() }
    }

    /// The settled value: never a choice, unknown, absent or null.
    pub fn value(&self) -> Known<&'a Value> {
        self.found.clone()
    }

    /// The settled value when it is known.
    pub fn known(&self) -> Option<&'a Value> {
        if let Known::Is(value) = self.found { Some(value) } else { None }
    }

    /// The map, when it is one.
    pub fn map(&self) -> Option<&'a Map> {
        self.known().and_then(Value::as_map)
    }

    /// Why further elements or keys may exist.
    pub fn open(&self) -> Option<Arc<Unknown>> {
        match &self.known()?.kind {
            Kind::Map(map) => map.open.clone(),
            Kind::List(list) => list.open.clone(),
            _ => None,
        }
    }

    /// Nothing is written.
    pub fn is_absent(&self) -> bool {
        matches!(self.found, Known::Absent)
    }

    /// Why it is not known.
    pub fn unknown(&self) -> Option<Arc<Unknown>> {
        if let Known::Unknown(unknown) = &self.found { Some(Arc::clone(unknown)) } else { None }
    }

    /// Whether something is written.
    pub fn is_present(&self) -> Truth {
        match &self.found {
            Known::Is(_) => Truth::True,
            Known::Absent => Truth::False,
            Known::Unknown(unknown) => {
                if unknown.present {
                    Truth::True
                } else {
                    Truth::Unknown
                }
            }
        }
    }

    /// Whether a text that is not empty is given. An unknown one counts where it can't be empty: what is fetched at
    /// deployment, and an input in the worlds in which it differs from the empty text.
    pub fn is_given(&self) -> Truth {
        match &self.found {
            Known::Is(value) => Truth::from(value.as_str() != Some("")),
            Known::Absent => Truth::False,
            Known::Unknown(unknown) if matches!(unknown.reason, Reason::External | Reason::DynamicReference) => {
                Truth::True
            }
            // A reference to nothing.
            Known::Unknown(unknown) if unknown.reason == Reason::Error && unknown.present => Truth::True,
            Known::Unknown(unknown) => {
                let variable =
                    unknown.key.as_deref().and_then(|key| self.world.variables().get(key.rsplit_once('#')?.0));
                let empty = DomainValue::Text("".into());
                if variable.is_some_and(|variable| variable.domain.contains(&empty)) {
                    Truth::True
                } else {
                    Truth::Unknown
                }
            }
        }
    }

    /// As a boolean: plain YAML scalars by YAML 1.1, strings only `true` and `false`, as CloudFormation reads them.
    pub fn bool(&self) -> Known<bool> {
        self.convert("a boolean", |value| match &value.kind {
            Kind::Bool(value) => Some(*value),
            Kind::String(text) if text.plain => match &*text.text.to_ascii_lowercase() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            Kind::String(text) if text.text.eq_ignore_ascii_case("true") => Some(true),
            Kind::String(text) if text.text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        })
    }

    /// As a boolean that counts as `default` when nothing is written.
    pub fn is_true(&self, default: bool) -> Truth {
        Truth::from(self.bool().or(default))
    }

    /// As a whole number; numeric text counts.
    pub fn integer(&self) -> Known<i64> {
        self.convert("a whole number", |value| match &value.kind {
            Kind::Number(number) => number.as_i64(),
            Kind::String(text) if text.plain => number::yaml_integer(&text.text),
            Kind::String(text) => text.text.trim().parse().ok(),
            _ => None,
        })
    }

    /// As known text; a pattern or reference is unknown here.
    pub fn text(&self) -> Known<Arc<str>> {
        self.convert("text", Value::to_text)
    }

    fn convert<T>(&self, what: &str, f: impl FnOnce(&Value) -> Option<T>) -> Known<T> {
        match &self.found {
            Known::Is(value) => f(value).map_or_else(|| Known::Unknown(Arc::new(self.misfit(what))), Known::Is),
            Known::Absent => Known::Absent,
            Known::Unknown(unknown) => Known::Unknown(Arc::clone(unknown)),
        }
    }

    fn misfit(&self, what: &str) -> Unknown {
        let unknown = match self.known().map(|value| &value.kind) {
            Some(Kind::Reference(reference)) => {
                Unknown::new(Reason::AfterApply, format!("{}.{}", reference.target.address, reference.attribute))
            }
            Some(Kind::Pattern(pattern)) => Unknown::new(Reason::AfterApply, pattern.to_string()),
            _ => Unknown::new(Reason::Error, format!("`{}` is not {what}", self.place.path)),
        };
        Unknown { span: self.place.span, ..unknown }
    }

    /// Where the answer comes from.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The world in which it is read.
    pub fn world(&self) -> &'a World<'a> {
        self.world
    }
}
