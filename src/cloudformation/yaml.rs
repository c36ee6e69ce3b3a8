//! YAML text to the lossless tree. In: text with its places. Out: nodes with short tags in long form, aliases
//! as shared nodes, merge keys merged; what is wrong becomes a problem and costs as little of the text as possible.

use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    cloudformation::{
        position::Places,
        tree::{Content, Mapping, Node, NodeRef, Pair, Parsed, Scalar, Style},
    },
    model::{Problem, ProblemKind},
    source::Span,
    value::{Reason, Unknown},
};

/// How many entries merge keys may add to one text. Real templates merge a few dozen.
pub const MAX_MERGED: usize = 100_000;

/// The functions whose short tag is their name after `Fn::`.
/// Source: AWS CloudFormation User Guide, "Intrinsic function reference" and "Rules syntax reference".
const SHORT_TAGS: &[&str] = &[
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

/// Parses a YAML text; a syntax error ends the document in which it stands.
///
/// # Errors
/// The syntax error and its offset in the text, with what was complete before it in `Parsed`.
pub fn parse(text: &str, places: &Places) -> Result<Parsed, (Problem, usize)> {
    let mut loader = Loader::new(places);
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        block_scalar_eof_without_line_feed: true,
        max_buffered_comment_events: 4096,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| failure(&error, places))?;
        loader.event(event, &span);
    }
    Ok(loader.parsed)
}

fn failure(error: &ScanError, places: &Places) -> (Problem, usize) {
    let at = error.marker().byte_offset().unwrap_or(0);
    let message = format!("the YAML is not well-formed: {}", error.kind());
    (Problem::at(ProblemKind::Error, "yaml-syntax", message, places.span(at..at)), at)
}

/// A collection that is not finished.
struct Open {
    items: Vec<NodeRef>,
    pairs: Vec<Pair>,
    key: Option<(Arc<str>, Span)>,
    is_map: bool,
    flow: bool,
    /// A key is a collection, as in `{{ name }}` of a text that is a template of a template.
    complex: bool,
    anchor: usize,
    start: usize,
    tag: Option<(Box<str>, Span)>,
}

struct Loader<'p> {
    places: &'p Places,
    parsed: Parsed,
    stack: Vec<Open>,
    anchors: FxHashMap<usize, NodeRef>,
    keys: FxHashSet<Arc<str>>,
    merged: usize,
    last_end: usize,
}

impl<'p> Loader<'p> {
    fn new(places: &'p Places) -> Self {
        Self {
            places,
            parsed: Parsed::default(),
            stack: Vec::new(),
            anchors: FxHashMap::default(),
            keys: FxHashSet::default(),
            merged: 0,
            last_end: 0,
        }
    }

    fn event(&mut self, event: Event<'_>, span: &granit_parser::Span) {
        let range = span.byte_range().unwrap_or(0..0);
        let tag_of = |tag: Option<std::borrow::Cow<'_, granit_parser::Tag>>| {
            let tag = tag?;
            let written = span.tag_span().and_then(|span| span.byte_range()).unwrap_or(range.start..range.start);
            Some((tag.to_string().into_boxed_str(), self.places.span(written)))
        };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag_of(tag);
                self.scalar(&text, style, range, anchor, tag);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let tag = tag_of(tag);
                self.open(false, style == StructureStyle::Flow, anchor, range.start, tag);
            }
            Event::MappingStart(style, anchor, tag) => {
                let tag = tag_of(tag);
                self.open(true, style == StructureStyle::Flow, anchor, range.start, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end),
            Event::Alias(anchor) => self.alias(anchor, range),
            Event::UnresolvedAlias(name) => {
                let span = self.places.span(range);
                self.problem(ProblemKind::Error, "yaml-alias", format!("the alias `*{name}` has no anchor"), span);
                self.add(Node::unknown(Reason::Error, format!("alias `*{name}`"), span));
            }
            Event::Comment(..) => self.parsed.comments.push(self.places.span(range)),
            _ => {}
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        range: std::ops::Range<usize>,
        anchor: usize,
        tag: Option<(Box<str>, Span)>,
    ) {
        // An implicit null arrives with an empty place after its key.
        self.last_end = self.last_end.max(range.end);
        let span = self.places.span(range);
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            _ => Style::Block,
        };
        if tag.is_none() && anchor == 0 && self.stack.last().is_some_and(|open| open.is_map && open.key.is_none()) {
            let key = self.key(text);
            if let Some(open) = self.stack.last_mut() {
                open.key = Some((key, span));
            }
            return;
        }
        let is_null = style == Style::Plain && tag.is_none() && matches!(text, "" | "~" | "null" | "Null" | "NULL");
        let content = if is_null { Content::Null } else { Content::Scalar(Scalar { text: text.into(), style }) };
        let node = self.tagged(Node::new(content, span), tag);
        self.finish(node, anchor);
    }

    fn open(&mut self, is_map: bool, flow: bool, anchor: usize, start: usize, tag: Option<(Box<str>, Span)>) {
        self.stack.push(Open {
            items: Vec::new(),
            pairs: Vec::new(),
            key: None,
            is_map,
            flow,
            complex: false,
            anchor,
            start,
            tag,
        });
        self.last_end = self.last_end.max(start);
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.stack.pop() else { return };
        // The end of a block collection is where the next token is found; its text ends with its last node.
        let end = if open.flow { end } else { self.last_end.max(open.start) };
        self.last_end = self.last_end.max(end);
        let span = self.places.span(open.start..end);
        let content = if open.complex {
            self.problem(ProblemKind::Error, "yaml-key", "a key must be text".to_owned(), span);
            Content::Unknown(Arc::new(Unknown::new(Reason::Unsupported, "a mapping whose key is no text").at(span)))
        } else if open.is_map {
            Content::Map(self.mapping(open.pairs))
        } else {
            Content::List(open.items)
        };
        let node = self.tagged(Node::new(content, span), open.tag);
        self.finish(node, open.anchor);
    }

    fn alias(&mut self, anchor: usize, range: std::ops::Range<usize>) {
        self.last_end = self.last_end.max(range.end);
        let span = self.places.span(range);
        match self.anchors.get(&anchor).cloned() {
            Some(node) => self.add(node),
            None => {
                self.problem(
                    ProblemKind::Error,
                    "yaml-alias",
                    "the alias stands inside its own anchor".to_owned(),
                    span,
                );
                self.add(Node::unknown(Reason::Error, "alias inside its own anchor", span));
            }
        }
    }

    fn finish(&mut self, node: NodeRef, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, Arc::clone(&node));
        }
        self.add(node);
    }

    fn add(&mut self, node: NodeRef) {
        let Some(open) = self.stack.last_mut() else {
            self.anchors.clear();
            if node.content != Content::Null {
                self.parsed.documents.push(node);
            }
            return;
        };
        if !open.is_map {
            open.items.push(node);
        } else if let Some((key, key_span)) = open.key.take() {
            open.pairs.push(Pair { key, key_span, value: node });
        } else {
            let text = match &node.content {
                Content::Scalar(scalar) => Arc::clone(&scalar.text),
                Content::Null => "null".into(),
                _ => {
                    open.complex = true;
                    "".into()
                }
            };
            open.key = Some((text, node.span));
        }
    }

    /// Brings a short tag into its long form; keeps an unknown tag.
    fn tagged(&mut self, node: Node, tag: Option<(Box<str>, Span)>) -> NodeRef {
        let Some((tag, tag_span)) = tag else { return Arc::new(node) };
        let Some(name) = tag.strip_prefix('!') else {
            // `!!str` and its like say nothing that the context doesn't.
            return Arc::new(node);
        };
        let name: Arc<str> = match name {
            "Ref" | "Condition" => self.key(name),
            name if SHORT_TAGS.contains(&name) => self.key(&format!("Fn::{name}")),
            "" => return Arc::new(node),
            name => return Arc::new(Node { tag: Some(format!("!{name}").into()), ..node }),
        };
        let span = tag_span.to(node.span);
        let entries = vec![Pair { key: name, key_span: tag_span, value: Arc::new(node) }];
        Node::mapping(Mapping { entries, open: None, short: true }, span)
    }

    fn mapping(&mut self, pairs: Vec<Pair>) -> Mapping {
        report_duplicates(&pairs, &mut self.parsed.problems);
        let mut mapping = Mapping { entries: pairs, ..Mapping::default() };
        if mapping.entries.iter().any(|pair| &*pair.key == "<<") {
            self.merge(&mut mapping);
        }
        mapping
    }

    /// Explicit keys win over merged ones, and of several merged mappings the earlier wins.
    fn merge(&mut self, mapping: &mut Mapping) {
        let (merges, explicit): (Vec<_>, Vec<_>) =
            std::mem::take(&mut mapping.entries).into_iter().partition(|pair| &*pair.key == "<<");
        let mut seen: FxHashSet<Arc<str>> = explicit.iter().map(|pair| Arc::clone(&pair.key)).collect();
        mapping.entries = explicit;
        for merge in merges {
            let sources: &[NodeRef] = merge.value.as_list().unwrap_or(std::slice::from_ref(&merge.value));
            for source in sources {
                let Some(source) = source.as_map() else {
                    let message = "only a mapping can be merged with `<<`".to_owned();
                    self.problem(ProblemKind::Error, "yaml-merge", message, merge.key_span);
                    mapping.open = Node::unknown(Reason::Error, "merge key", merge.key_span).as_unknown();
                    continue;
                };
                mapping.open = mapping.open.take().or_else(|| source.open.clone());
                for pair in &source.entries {
                    self.merged += 1;
                    if self.merged > MAX_MERGED {
                        let message = format!("merge keys add more than {MAX_MERGED} entries; the rest is not read");
                        self.problem(ProblemKind::Error, "yaml-merge", message, merge.key_span);
                        mapping.open = Node::unknown(Reason::Budget, "merge keys", merge.key_span).as_unknown();
                        return;
                    }
                    if seen.insert(Arc::clone(&pair.key)) {
                        mapping.entries.push(pair.clone());
                    }
                }
            }
        }
    }

    fn key(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.keys.get(text) {
            return Arc::clone(known);
        }
        let key: Arc<str> = text.into();
        self.keys.insert(Arc::clone(&key));
        key
    }

    fn problem(&mut self, kind: ProblemKind, code: &'static str, message: String, span: Span) {
        self.parsed.problems.push(Problem::at(kind, code, message, span));
    }
}

/// Says which keys occur twice; the last one counts.
pub(super) fn report_duplicates(pairs: &[Pair], problems: &mut Vec<Problem>) {
    let mut seen = FxHashSet::with_capacity_and_hasher(pairs.len(), rustc_hash::FxBuildHasher);
    for pair in pairs.iter().filter(|pair| &*pair.key != "<<") {
        if !seen.insert(&*pair.key) {
            let message = format!("the key `{}` occurs twice in one mapping; the last one is read", pair.key);
            problems.push(Problem::at(ProblemKind::Warning, "duplicate-key", message, pair.key_span));
        }
    }
}
