//! What a comment stands at. In: the files of a scan. Out: the suppressions in their comments, each with its target:
//! a resource or module call, an attribute or nested block, or a line.

use std::{collections::BTreeSet, sync::Arc};

use rustc_hash::FxHashSet;

use crate::{
    aws::Project,
    cloudformation::{
        syntax as template,
        tree::{Content, Node},
    },
    finding::Finding,
    source::{FileId, SourceFile, Sources, Span},
    terraform::syntax::{self as terraform, Block, Body},
    value::ResourceId,
};

use super::directive::{self, Directive, Reach};

/// What a suppression reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A block or entry that declares a resource or calls a module: all findings of the resource, or in the module.
    Unit(Span),
    /// An attribute, a nested block or a line: findings that point there or whose value comes from there.
    Item(Span),
    /// A resource by its address, and what a nested stack holds.
    Resource(ResourceId),
}

/// What a target and the findings that it may hold have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Anchor {
    /// A file.
    File(FileId),
    /// A stack.
    Stack(Arc<str>),
}

/// The anchors of the targets that may hold a finding.
pub fn anchors(finding: &Finding) -> BTreeSet<Anchor> {
    let calls = finding.module_calls.iter().map(|call| call.span.file);
    let steps = finding.trace.iter().flat_map(|trace| trace.steps()).map(|step| step.span.file);
    let files = [finding.header.file, finding.span.file].into_iter().chain(calls).chain(steps);
    files.map(Anchor::File).chain([Anchor::Stack(Arc::clone(&finding.stack))]).collect()
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.start < outer.end
}

fn overlaps(a: Span, b: Span) -> bool {
    holds(a, b) || holds(b, a)
}

impl Target {
    /// What every finding that it holds has too.
    pub fn anchor(&self) -> Anchor {
        match self {
            Self::Unit(span) | Self::Item(span) => Anchor::File(span.file),
            Self::Resource(id) => Anchor::Stack(Arc::clone(&id.stack)),
        }
    }

    /// Whether a finding of one instance lies in it.
    pub fn holds(&self, finding: &Finding, directive: &Directive) -> bool {
        let is_key = |key: Option<&str>| directive.key.as_deref().is_none_or(|wanted| key == Some(wanted));
        match self {
            Self::Unit(unit) => {
                let own = holds(*unit, finding.header) && is_key(finding.instances.first().map(|key| &**key));
                own || finding
                    .module_calls
                    .iter()
                    .any(|call| holds(*unit, call.span) && is_key(instance_key(&call.address)))
            }
            Self::Item(item) => {
                let mut steps = finding.trace.iter().flat_map(|trace| trace.steps());
                overlaps(*item, finding.span) || (directive.is_own() && steps.any(|step| overlaps(*item, step.span)))
            }
            Self::Resource(id) => {
                let inside = finding
                    .address
                    .strip_prefix(&*id.address)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                finding.stack == id.stack && inside
            }
        }
    }
}

/// The key at the end of an address: `"a"` of `module.tables["a"]`.
fn instance_key(address: &str) -> Option<&str> {
    let open = if address.ends_with("\"]") { address.find("[\"")? } else { address.rfind('[')? };
    address.get(open + 1..address.len() - 1).filter(|_| address.ends_with(']'))
}

/// The suppressions in the comments of every Terraform file and of every template that has resources.
pub fn comments(project: &Project, sources: &Sources) -> Vec<(Directive, Target)> {
    let templates: FxHashSet<FileId> = project.resources().map(|resource| resource.header.file).collect();
    let files = sources.files().into_iter().filter(|file| directive::may_hold(file.text()));
    files
        .filter_map(|file| Outline::new(&file, templates.contains(&file.id())).map(|outline| (file, outline)))
        .flat_map(|(file, outline)| outline.directives(&file))
        .collect()
}

/// Something that a comment can stand at.
#[derive(Clone, Copy, Debug)]
struct Item {
    span: Span,
    /// For a unit: where its first nested block starts, up to which a comment is about the whole.
    unit: Option<u32>,
}

/// The places of a file in written order, outer ones first, and its comments.
struct Outline {
    items: Vec<Item>,
    comments: Vec<Span>,
}

impl Outline {
    fn new(file: &SourceFile, is_template: bool) -> Option<Self> {
        let mut items = Vec::new();
        let comments = if [".tf", ".tofu"].iter().any(|suffix| file.path().ends_with(suffix)) {
            let parsed = terraform::parse_file(file);
            terraform_items(&parsed.body, true, &mut items);
            parsed.comments
        } else if is_template {
            let parsed = template::parse_file(file);
            parsed.documents.iter().for_each(|document| template_items(document, true, &mut items));
            parsed.comments
        } else {
            return None;
        };
        // Of those that start together the outer one comes first.
        items.sort_by_key(|item| (item.span.start, std::cmp::Reverse(item.span.end)));
        Some(Self { items, comments })
    }

    fn directives(&self, file: &SourceFile) -> Vec<(Directive, Target)> {
        let read = |comment: &Span| directive::parse(file.slice(*comment), *comment);
        let placed = |directive: Directive, comment: Span| {
            let target = match directive.reach {
                Reach::Around => self.around(comment).unwrap_or_else(|| self.target(file, comment)),
                Reach::Here => self.target(file, comment),
            };
            (directive, target)
        };
        self.comments
            .iter()
            .flat_map(|comment| read(comment).into_iter().map(|directive| placed(directive, *comment)))
            .collect()
    }

    /// The unit that a comment stands in.
    fn around(&self, comment: Span) -> Option<Target> {
        self.items
            .iter()
            .find(|item| item.unit.is_some() && holds(item.span, comment))
            .map(|item| Target::Unit(item.span))
    }

    fn target(&self, file: &SourceFile, comment: Span) -> Target {
        let line = file.position(comment.start).line;
        let before = file
            .line_range(line)
            .and_then(|range| file.text().get(range.start..comment.start as usize))
            .unwrap_or_default();
        if !before.trim_matches(['\u{feff}', ' ', '\t']).is_empty() {
            return self.on_line(file, line);
        }
        let innermost = self.items.iter().rfind(|item| holds(item.span, comment));
        if let Some(unit) = innermost.filter(|item| item.unit.is_some_and(|first_block| comment.start < first_block)) {
            return Target::Unit(unit.span);
        }
        // Several comments may stand above one another.
        let mut next = file.position(comment.end).line + 1;
        while self.is_comment(file, next) {
            next += 1;
        }
        self.on_line(file, next)
    }

    fn is_comment(&self, file: &SourceFile, line: u32) -> bool {
        let Some(range) = file.line_range(line) else { return false };
        let text = file.text().get(range.clone()).unwrap_or_default();
        let start = range.start + (text.len() - text.trim_start().len());
        !text.trim().is_empty() && self.comments.iter().any(|comment| comment.range().contains(&start))
    }

    /// The outermost thing that starts on a line, else the innermost that ends there, else the line.
    fn on_line(&self, file: &SourceFile, line: u32) -> Target {
        let Some(range) = file.line_range(line) else {
            return Target::Item(Span::new(file.id(), file.text().len()..file.text().len()));
        };
        let range = Span::new(file.id(), range);
        let starts = self.items.iter().find(|item| range.start <= item.span.start && item.span.start < range.end);
        let ends = || self.items.iter().rfind(|item| range.start < item.span.end && item.span.end <= range.end);
        match starts.or_else(ends) {
            Some(Item { span, unit: Some(_) }) => Target::Unit(*span),
            Some(Item { span, unit: None }) => Target::Item(*span),
            None => Target::Item(range),
        }
    }
}

fn terraform_items(body: &Body, top: bool, items: &mut Vec<Item>) {
    items.extend(
        body.attributes.iter().map(|attribute| Item { span: attribute.name.span.to(attribute.value.span), unit: None }),
    );
    for block in &body.blocks {
        let is_unit = top && matches!(&*block.kind.text, "resource" | "data" | "module");
        items.push(Item { span: block.span, unit: is_unit.then(|| first_block(block)) });
        terraform_items(&block.body, false, items);
    }
}

fn first_block(block: &Block) -> u32 {
    block.body.blocks.iter().map(|inner| inner.span.start).min().unwrap_or(block.span.end)
}

/// Entries and list items. What an alias points at is written elsewhere and has its place there.
fn template_items(node: &Node, outside: bool, items: &mut Vec<Item>) {
    match &node.content {
        Content::Map(map) => {
            for pair in &map.entries {
                let is_unit = outside
                    && pair.value.get("Type").and_then(|kind| kind.as_str()).is_some_and(|kind| kind.contains("::"));
                items.push(Item {
                    span: pair.key_span.to(pair.value.span),
                    unit: is_unit.then(|| first_map(&pair.value)),
                });
                if holds(node.span, pair.value.span) && pair.value.span.start >= pair.key_span.start {
                    template_items(&pair.value, outside && !is_unit, items);
                }
            }
        }
        Content::List(list) => {
            let mut last = node.span.start;
            for item in list.iter().filter(|item| holds(node.span, item.span)) {
                if item.span.start >= last {
                    last = item.span.end;
                    items.push(Item { span: item.span, unit: None });
                    template_items(item, outside, items);
                }
            }
        }
        Content::Null | Content::Scalar(_) | Content::Unknown(_) => {}
    }
}

/// Where the first entry starts whose value is itself a mapping: `Properties`, as a rule.
fn first_map(node: &Node) -> u32 {
    let Content::Map(map) = &node.content else { return node.span.end };
    let nested = map.entries.iter().filter(|pair| matches!(pair.value.content, Content::Map(_)));
    nested.map(|pair| pair.key_span.start).min().unwrap_or(node.span.end)
}
