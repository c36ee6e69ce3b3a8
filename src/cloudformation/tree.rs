//! The lossless tree that YAML and JSON templates become, and that transforms rewrite. In: nodes from
//! [`super::yaml`] and [`super::json`]. Out: nodes whose scalars keep their raw text, since only the context
//! says whether `on` or `0777` is text, a boolean or a number.

use std::sync::Arc;

use crate::{
    source::Span,
    value::{Reason, Unknown},
};

/// A shared node. An alias is another pointer to the node of its anchor, so that expanding costs nothing;
/// whoever walks a tree must bound its visits.
pub type NodeRef = Arc<Node>;

/// A node of a template.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it holds.
    pub content: Content,
    /// Where it is written, without key and tag. A synthesised node has the place that it was made from.
    pub span: Span,
    /// A tag that is not one of CloudFormation's short forms; those are already in long form.
    pub tag: Option<Arc<str>>,
    /// For a node that a transform has made or moved: the construct that it was generated from.
    pub generated: Option<Span>,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// `null`, `~` or nothing at all.
    Null,
    /// A scalar.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<NodeRef>),
    /// A mapping.
    Map(Mapping),
    /// Something that could not be read or expanded.
    Unknown(Arc<Unknown>),
}

/// A scalar with its raw text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The characters after the escapes of the quoting style are resolved; not typed.
    pub text: Arc<str>,
    /// How it was written.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// Without quotes; JSON numbers and booleans too.
    Plain,
    /// In single or double quotes; JSON strings too.
    Quoted,
    /// A block scalar, `|` or `>`.
    Block,
}

/// A mapping in written order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// All entries. A key may occur twice; the last one counts.
    pub entries: Vec<Pair>,
    /// Why further keys may exist that are not written: a macro, an include that could not be read.
    pub open: Option<Arc<Unknown>>,
    /// Whether it is the long form of a short tag (`!Sub x`).
    pub short: bool,
}

/// An entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The key's text, as written: `On` is no boolean.
    pub key: Arc<str>,
    /// Where the key is written; for the long form of a short tag, the tag.
    pub key_span: Span,
    /// The value.
    pub value: NodeRef,
}

/// A function call: a mapping with one key that is `Ref` or `Fn::…`.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// `Ref`, `Fn::Sub`, `Fn::ForEach::Tables`.
    pub name: &'a Arc<str>,
    /// Where the name or the short tag is written.
    pub name_span: Span,
    /// Its argument.
    pub argument: &'a NodeRef,
}

impl Node {
    /// A node without tag.
    pub fn new(content: Content, span: Span) -> Self {
        Self { content, span, tag: None, generated: None }
    }

    /// Quoted text.
    pub fn text(text: impl Into<Arc<str>>, span: Span) -> NodeRef {
        Arc::new(Self::new(Content::Scalar(Scalar { text: text.into(), style: Style::Quoted }), span))
    }

    /// A scalar as if written without quotes: `true`, `5`.
    pub fn plain(text: impl Into<Arc<str>>, span: Span) -> NodeRef {
        Arc::new(Self::new(Content::Scalar(Scalar { text: text.into(), style: Style::Plain }), span))
    }

    /// A list.
    pub fn list(items: Vec<NodeRef>, span: Span) -> NodeRef {
        Arc::new(Self::new(Content::List(items), span))
    }

    /// A mapping; its keys are said to be written at `span`.
    pub fn map<K: Into<Arc<str>>>(entries: impl IntoIterator<Item = (K, NodeRef)>, span: Span) -> NodeRef {
        let pair = |(key, value): (K, NodeRef)| Pair { key: key.into(), key_span: span, value };
        let mapping = Mapping { entries: entries.into_iter().map(pair).collect(), ..Mapping::default() };
        Arc::new(Self::new(Content::Map(mapping), span))
    }

    /// A mapping from a finished [`Mapping`].
    pub fn mapping(mapping: Mapping, span: Span) -> NodeRef {
        Arc::new(Self::new(Content::Map(mapping), span))
    }

    /// The call of a function in long form.
    pub fn call(name: impl Into<Arc<str>>, argument: NodeRef) -> NodeRef {
        let span = argument.span;
        Self::map([(name, argument)], span)
    }

    /// Something that is not known.
    pub fn unknown(reason: Reason, subject: impl Into<Arc<str>>, span: Span) -> NodeRef {
        Arc::new(Self::new(Content::Unknown(Arc::new(Unknown::new(reason, subject).at(span))), span))
    }

    /// The same node, said to be generated from the construct at `span`.
    #[must_use]
    pub fn generated_from(self: &Arc<Self>, span: Span) -> NodeRef {
        Arc::new(Self { generated: Some(span), ..Self::clone(self) })
    }

    /// The same node with other content.
    #[must_use]
    pub fn with(&self, content: Content) -> NodeRef {
        Arc::new(Self { content, ..self.clone() })
    }

    /// The scalar's text.
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(|text| &**text)
    }

    /// The scalar's text, to share.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        if let Content::Scalar(scalar) = &self.content { Some(&scalar.text) } else { None }
    }

    /// The elements of a list.
    pub fn as_list(&self) -> Option<&[NodeRef]> {
        if let Content::List(items) = &self.content { Some(items) } else { None }
    }

    /// The mapping.
    pub fn as_map(&self) -> Option<&Mapping> {
        if let Content::Map(mapping) = &self.content { Some(mapping) } else { None }
    }

    /// Why it is not known.
    pub fn as_unknown(&self) -> Option<Arc<Unknown>> {
        if let Content::Unknown(unknown) = &self.content { Some(Arc::clone(unknown)) } else { None }
    }

    /// The value of a key, when it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&NodeRef> {
        self.as_map()?.get(key)
    }

    /// Several [`Node::get`] in a row.
    pub fn path(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key).map(|found| &**found))
    }

    /// The boolean that a scalar stands for, as CloudFormation reads it in a boolean context: plain scalars by
    /// YAML 1.1 without `y` and `n`, others only `true` and `false`.
    pub fn as_bool(&self) -> Option<bool> {
        let Content::Scalar(scalar) = &self.content else { return None };
        match &*scalar.text.to_ascii_lowercase() {
            "true" => Some(true),
            "false" => Some(false),
            "yes" | "on" if scalar.style == Style::Plain => Some(true),
            "no" | "off" if scalar.style == Style::Plain => Some(false),
            _ => None,
        }
    }

    /// The function call that the node is. A mapping with more keys is data.
    pub fn as_call(&self) -> Option<Call<'_>> {
        let [Pair { key, key_span, value }] = &*self.as_map()?.entries else { return None };
        let is_call = &**key == "Ref" || key.starts_with("Fn::");
        is_call.then_some(Call { name: key, name_span: *key_span, argument: value })
    }

    /// The argument, when the node is a call of this function.
    pub fn call_of(&self, name: &str) -> Option<&NodeRef> {
        self.as_call().filter(|call| &**call.name == name).map(|call| call.argument)
    }
}

impl Mapping {
    /// The entry of a key; the last one when it occurs twice.
    pub fn pair(&self, key: &str) -> Option<&Pair> {
        self.entries.iter().rev().find(|pair| &*pair.key == key)
    }

    /// Whether a key occurs twice.
    pub fn repeats(&self) -> bool {
        let mut seen = rustc_hash::FxHashSet::default();
        !self.entries.iter().all(|pair| seen.insert(&*pair.key))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&NodeRef> {
        self.pair(key).map(|pair| &pair.value)
    }

    /// Adds an entry, or replaces the one that counts.
    pub fn insert(&mut self, key: impl Into<Arc<str>>, key_span: Span, value: NodeRef) {
        let key = key.into();
        match self.entries.iter_mut().rev().find(|pair| pair.key == key) {
            Some(pair) => (pair.key_span, pair.value) = (key_span, value),
            None => self.entries.push(Pair { key, key_span, value }),
        }
    }

    /// Takes all entries of a key out, and gives the one that counted.
    pub fn remove(&mut self, key: &str) -> Option<Pair> {
        let found = self.pair(key).cloned()?;
        self.entries.retain(|pair| &*pair.key != key);
        Some(found)
    }
}

/// What a text was parsed into.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The roots of its documents, in order; empty documents are left out.
    pub documents: Vec<NodeRef>,
    /// Where comments are written, the mark included: for suppressions.
    pub comments: Vec<Span>,
    /// What is wrong with the text.
    pub problems: Vec<crate::model::Problem>,
    /// Whether part of the text could not be parsed and is missing.
    pub damaged: bool,
}
