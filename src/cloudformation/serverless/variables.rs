//! Variables of the Serverless Framework. In: a tree with `${self:custom.x}`, `${file(a.yml):key}`, `${opt:stage, 'dev'}`.
//! Out: the tree with their values. What only the deployment knows becomes a parameter of the template, so that it has
//! one value everywhere.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    cloudformation::{
        include::folder_of,
        syntax,
        tree::{Content, Mapping, Node, NodeRef, Pair},
    },
    model::{Problem, ProblemKind},
    source::{SourceFile, Sources, Span},
    value::Reason,
};

/// How deeply variables may refer to variables.
pub const MAX_DEPTH: usize = 32;
/// How many nodes resolution may make.
pub const MAX_NODES: usize = 500_000;

/// What may stand before the colon of a variable. Other `${…}` belong to `Fn::Sub`.
const KINDS: [&str; 13] =
    ["self:", "opt:", "sls:", "env:", "file(", "ssm:", "cf:", "cf(", "s3:", "aws:", "param:", "git:", "output:"];

/// Resolves the variables of one configuration.
pub struct Variables<'a> {
    sources: &'a Sources,
    file: &'a SourceFile,
    root: &'a NodeRef,
    problems: &'a mut Vec<Problem>,
    inputs: BTreeMap<Arc<str>, (Span, Option<NodeRef>)>,
    made: usize,
}

impl<'a> Variables<'a> {
    /// For the tree of a file.
    pub fn new(sources: &'a Sources, file: &'a SourceFile, root: &'a NodeRef, problems: &'a mut Vec<Problem>) -> Self {
        Self { sources, file, root, problems, inputs: BTreeMap::new(), made: 0 }
    }

    /// The tree with values in the place of variables.
    pub fn resolve(&mut self, node: &NodeRef) -> NodeRef {
        self.node(node, 0)
    }

    /// Declarations of the parameters that stand for what only the deployment knows.
    pub fn inputs(&self) -> Vec<Pair> {
        let declaration = |(name, (span, default)): (&Arc<str>, &(Span, Option<NodeRef>))| {
            let kind = ("Type", Node::text("String", *span));
            let default =
                default.as_ref().filter(|node| node.as_str().is_some()).map(|node| ("Default", Arc::clone(node)));
            Pair {
                key: Arc::clone(name),
                key_span: *span,
                value: Node::map(std::iter::once(kind).chain(default), *span),
            }
        };
        self.inputs.iter().map(declaration).collect()
    }

    fn node(&mut self, node: &NodeRef, depth: usize) -> NodeRef {
        self.made += 1;
        if depth > MAX_DEPTH * 4 || self.made > MAX_NODES {
            return self.over_budget(node.span);
        }
        match &node.content {
            Content::Scalar(scalar) if scalar.text.contains("${") => self.text(&Arc::clone(&scalar.text), node, depth),
            Content::List(items) => {
                node.with(Content::List(items.iter().map(|item| self.node(item, depth + 1)).collect()))
            }
            Content::Map(map) => {
                let entries =
                    map.entries.iter().map(|pair| Pair { value: self.node(&pair.value, depth + 1), ..pair.clone() });
                flat_sub(node.with(Content::Map(Mapping { entries: entries.collect(), ..map.clone() })))
            }
            _ => Arc::clone(node),
        }
    }

    /// A text: the value of its one variable, or text around values.
    fn text(&mut self, text: &str, node: &NodeRef, depth: usize) -> NodeRef {
        let mut whole = String::new();
        let mut terms: Vec<(String, NodeRef)> = Vec::new();
        let mut rest = text;
        while let Some((before, inner, after)) = next_variable(rest) {
            let value = self.variable(inner, node.span, depth + 1);
            if before.is_empty() && after.is_empty() && whole.is_empty() {
                return value;
            }
            whole.push_str(before);
            match value.as_str() {
                Some(text) => whole.push_str(text),
                None => {
                    let name = format!("Variable{}", terms.len());
                    whole.push_str(&format!("${{{name}}}"));
                    terms.push((name, value));
                }
            }
            rest = after;
        }
        whole.push_str(rest);
        if terms.is_empty() {
            return Node::text(whole, node.span);
        }
        let terms = Node::map(terms, node.span);
        Node::call("Fn::Sub", Node::list(vec![Node::text(whole, node.span), terms], node.span))
    }

    /// The value of `kind:address, default`.
    fn variable(&mut self, inner: &str, span: Span, depth: usize) -> NodeRef {
        if depth > MAX_DEPTH * 2 {
            return self.over_budget(span);
        }
        // Variables may stand inside variables.
        let inner = match next_variable(inner) {
            Some(_) => {
                let resolved = self.text(inner, &Node::text(inner, span), depth + 1);
                match resolved.as_text() {
                    Some(text) => Arc::clone(text),
                    None => return Node::unknown(Reason::Input, format!("${{{inner}}}"), span),
                }
            }
            None => inner.into(),
        };
        let (source, default) = split_default(&inner);
        if let Some(value) = self.lookup(source, span, depth) {
            return value;
        }
        let is_given_at_deployment =
            ["env:", "ssm:", "cf:", "cf(", "s3:", "param:", "output:"].iter().any(|kind| source.starts_with(kind));
        let default = default.map(|default| self.default_value(default, span, depth));
        match default {
            Some(value) if !is_given_at_deployment => value,
            default => self.input(source, span, default),
        }
    }

    fn default_value(&mut self, default: &str, span: Span, depth: usize) -> NodeRef {
        let quoted = ['\'', '"'].iter().find_map(|quote| default.strip_prefix(*quote)?.strip_suffix(*quote));
        match quoted {
            Some(text) => Node::text(text, span),
            None if KINDS.iter().any(|kind| default.starts_with(kind)) => self.variable(default, span, depth + 1),
            None => Node::plain(default, span),
        }
    }

    /// What the files say; `None` when they do not.
    fn lookup(&mut self, source: &str, span: Span, depth: usize) -> Option<NodeRef> {
        if let Some(path) = source.strip_prefix("self:") {
            return self.at_path(&Arc::clone(self.root), path, depth);
        }
        if let Some(rest) = source.strip_prefix("file(") {
            let (path, key) = rest.split_once(')')?;
            let content = self.file(path.trim_matches(['\'', '"']), span)?;
            return match key.strip_prefix([':', '.']) {
                Some(key) => self.at_path(&content, key, depth),
                None => Some(self.node(&content, depth + 1)),
            };
        }
        match source {
            "sls:stage" => Some(
                self.at_path(&Arc::clone(self.root), "provider.stage", depth)
                    .unwrap_or_else(|| Node::text("dev", span)),
            ),
            "aws:region" => Some(Node::map([("Ref", Node::text("AWS::Region", span))], span)),
            "aws:accountId" => Some(Node::map([("Ref", Node::text("AWS::AccountId", span))], span)),
            _ => None,
        }
    }

    /// The resolved value at `a.b.0`.
    fn at_path(&mut self, root: &NodeRef, path: &str, depth: usize) -> Option<NodeRef> {
        let mut node = Arc::clone(root);
        for step in path.split('.').filter(|step| !step.is_empty()) {
            // The way itself may lead through a variable.
            if node.as_str().is_some_and(|text| text.contains("${")) {
                node = self.node(&node, depth + 1);
            }
            node = match node.as_list() {
                Some(items) => Arc::clone(items.get(step.parse::<usize>().ok()?)?),
                None => Arc::clone(node.get(step)?),
            };
        }
        Some(self.node(&node, depth + 1)).filter(|node| !matches!(node.content, Content::Null))
    }

    fn file(&mut self, path: &str, span: Span) -> Option<NodeRef> {
        let is_data = [".yml", ".yaml", ".json"].iter().any(|ending| path.ends_with(ending));
        if !is_data {
            return Some(Node::unknown(Reason::Unsupported, format!("file({path})"), span));
        }
        match self.sources.load(&folder_of(self.file.path()).join(path)) {
            Ok(file) => {
                let parsed = syntax::parse_file(&file);
                self.problems.extend(parsed.problems);
                parsed.documents.into_iter().next()
            }
            Err(error) => {
                self.problems.push(Problem::at(
                    ProblemKind::Error,
                    "serverless",
                    format!("the file `{path}` {error}"),
                    span,
                ));
                Some(Node::unknown(Reason::Unreadable, format!("file({path})"), span))
            }
        }
    }

    /// A parameter for a source that only the deployment knows.
    fn input(&mut self, source: &str, span: Span, default: Option<NodeRef>) -> NodeRef {
        let name: Arc<str> = source.into();
        self.inputs.entry(Arc::clone(&name)).or_insert((span, default));
        Node::map([("Ref", Node::text(name, span))], span)
    }

    fn over_budget(&mut self, span: Span) -> NodeRef {
        let message =
            format!("variables refer to one another more than {MAX_DEPTH} deep, or make more than {MAX_NODES} values");
        let problem = Problem::at(ProblemKind::Error, "serverless-budget", message.clone(), span);
        if !self.problems.iter().any(|known| known.message == problem.message) {
            self.problems.push(problem);
        }
        Node::unknown(Reason::Budget, message, span)
    }
}

/// `Fn::Sub` whose text has become a call by itself: one call with the variables of both.
fn flat_sub(node: NodeRef) -> NodeRef {
    let Some(argument) = node.call_of("Fn::Sub") else { return node };
    let (text, own) = match argument.as_list() {
        Some([text, own]) => (text, own.as_map().map(|map| map.entries.clone()).unwrap_or_default()),
        _ => (argument, Vec::new()),
    };
    let Some(inner) = text.as_call() else { return node };
    match inner.argument.as_list() {
        Some([text, added]) if &**inner.name == "Fn::Sub" => {
            let entries =
                own.into_iter().chain(added.as_map().map(|map| map.entries.clone()).unwrap_or_default()).collect();
            let variables = added.with(Content::Map(Mapping { entries, ..Mapping::default() }));
            Node::call("Fn::Sub", Node::list(vec![Arc::clone(text), variables], node.span))
        }
        _ => Arc::clone(text),
    }
}

/// The text before the first variable, the inside of the variable, and the text after it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find("${") {
        let start = from + found;
        let inner = text.get(start + 2..)?;
        if KINDS.iter().any(|kind| inner.trim_start().starts_with(kind)) {
            let end = closing(inner)?;
            return Some((text.get(..start)?, inner.get(..end)?.trim(), inner.get(end + 1..)?));
        }
        from = start + 2;
    }
    None
}

/// Where the brace closes that is open at the start of a text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `source, default`; a comma inside brackets is none.
fn split_default(text: &str) -> (&str, Option<&str>) {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                let (source, default) = text.split_at(at);
                return (source.trim(), default.get(1..).map(str::trim));
            }
            _ => {}
        }
    }
    (text.trim(), None)
}
