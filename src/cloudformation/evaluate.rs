//! Nodes to values. In: a template, its inputs and conditions. Out: the value of any node, computed when asked for;
//! what is undecided becomes a choice, what cannot be known an unknown with its reason.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use rustc_hash::FxHashMap;

use crate::{
    cloudformation::{
        choices::{self, MAX_COMBINATIONS},
        domains::Comparisons,
        parameters::{Arguments, Inputs},
        policy_text,
        template::Template,
        tree::{Content, Mapping, Node, NodeRef, Pair, Scalar, Style},
    },
    model::{Problem, ProblemKind},
    source::{Sources, Span},
    value::{Entry, Formula, Kind, List, Map, Pattern, Piece, Reason, Symbol, Text, Unknown, Value, Variables},
};

/// How many nodes are evaluated for one stack; aliases make more of them than are written.
pub const MAX_VISITS: usize = 1_000_000;

/// How deeply calls, properties and references may be nested.
pub const MAX_DEPTH: u16 = 100;

/// How a value will be used.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    /// It decides a condition or a look-up: pseudo parameters are split into cases, not kept as symbols.
    pub decides: bool,
    /// It lies in `Metadata`, where nulls are allowed.
    pub lenient: bool,
    /// How deep it lies.
    pub depth: u16,
}

impl Use {
    /// An ordinary property.
    pub const PROPERTY: Self = Self { decides: false, lenient: false, depth: 0 };
    /// An operand of a condition.
    pub const CONDITION: Self = Self { decides: true, lenient: false, depth: 0 };
    /// Metadata.
    pub const METADATA: Self = Self { decides: false, lenient: true, depth: 0 };

    /// The same for a part of a value that decides what the whole is.
    #[must_use]
    pub fn deciding(self) -> Self {
        Self { decides: true, ..self }
    }
}

/// Evaluates the nodes of one template in one deployment.
pub struct Evaluator<'t> {
    /// The files, for the text of scalars.
    pub sources: &'t Sources,
    /// The template.
    pub template: &'t Template,
    /// Id of the stack.
    pub stack: Arc<str>,
    /// Path of the nested stack with a slash at its end, or nothing.
    pub prefix: Arc<str>,
    /// Parameters and pseudo parameters.
    pub inputs: Inputs,
    /// What inputs are compared with.
    pub comparisons: Comparisons,
    /// The outputs of nested stacks, by the logical id of the stack resource.
    pub nested_outputs: RefCell<FxHashMap<Arc<str>, Map>>,
    /// All variables.
    pub variables: RefCell<Variables>,
    /// Why every mapping may have more keys: a macro rewrites the whole template.
    pub open: Option<Arc<Unknown>>,
    pub(super) conditions: RefCell<FxHashMap<Arc<str>, Option<Formula>>>,
    problems: RefCell<Vec<Problem>>,
    visits: Cell<usize>,
    /// Whether what is evaluated is never deployed: then a wrong expression in it harms nobody.
    pub(super) never_deployed: Cell<bool>,
}

impl<'t> Evaluator<'t> {
    /// Prepares the evaluation of a template. `stack` is the id of the whole stack; `prefix` is empty, or the path
    /// of a nested stack with a slash at its end.
    pub fn new(
        sources: &'t Sources,
        template: &'t Template,
        stack: &Arc<str>,
        prefix: &str,
        arguments: &Arguments,
    ) -> Self {
        let comparisons = Comparisons::of(template);
        let (mut variables, mut problems) = (Variables::default(), Vec::new());
        let scope: Arc<str> = if prefix.is_empty() {
            Arc::clone(stack)
        } else {
            format!("{stack}/{}", prefix.trim_end_matches('/')).into()
        };
        let inputs = Inputs::new(template, &comparisons, arguments, &scope, &mut variables, &mut problems);
        Self {
            sources,
            template,
            stack: Arc::clone(stack),
            prefix: prefix.into(),
            inputs,
            comparisons,
            nested_outputs: RefCell::default(),
            variables: RefCell::new(variables),
            open: foreign_transform(template),
            conditions: RefCell::default(),
            problems: RefCell::new(problems),
            visits: Cell::new(0),
            never_deployed: Cell::new(false),
        }
    }

    /// The stack id with the path of the nested stack: the first part of every key.
    pub fn scope(&self) -> String {
        if self.prefix.is_empty() {
            self.stack.to_string()
        } else {
            format!("{}/{}", self.stack, self.prefix.trim_end_matches('/'))
        }
    }

    /// Records a problem, once.
    pub fn problem(&self, kind: ProblemKind, code: &'static str, message: impl Into<String>, span: Span) {
        let problem = Problem::at(kind, code, message, span);
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// What was found wrong so far.
    pub fn take_problems(&self) -> Vec<Problem> {
        self.problems.take()
    }

    /// An expression that the deployment refuses: a problem, and an unknown.
    pub fn mistake(&self, message: impl Into<String>, span: Span) -> Value {
        let message = message.into();
        let unknown = Unknown::new(Reason::Error, message.clone()).at(span);
        if !self.never_deployed.get() {
            self.problem(ProblemKind::Warning, "cloudformation-expression", message, span);
        }
        Value::unknown(unknown)
    }

    /// The value of a node.
    pub fn eval(&self, node: &Node, how: Use) -> Value {
        let how = Use { depth: how.depth.saturating_add(1), ..how };
        self.visits.set(self.visits.get() + 1);
        if how.depth > MAX_DEPTH || self.visits.get() > MAX_VISITS {
            return self.over_budget(node.span, how);
        }
        if let Some(tag) = &node.tag {
            return self.unknown_tag(tag.trim_start_matches('!'), node.span);
        }
        match &node.content {
            Content::Null => {
                if !how.lenient {
                    let message = "CloudFormation refuses null values; the property counts as not written";
                    self.problem(ProblemKind::Error, "cloudformation-null", message, node.span);
                }
                Value::absent()
            }
            Content::Unknown(unknown) => Value::at(Kind::Unknown(Arc::clone(unknown)), node.span),
            Content::Scalar(scalar) => Value::at(scalar_kind(scalar), node.span),
            Content::List(items) => {
                let items =
                    items.iter().map(|item| self.eval(item, how)).filter(|item| item.kind != Kind::Absent).collect();
                Value::at(Kind::List(List { items, open: None }), node.span)
            }
            Content::Map(map) => match node.as_call() {
                Some(call) => {
                    let value = self.call(call, node.span, how);
                    if value.span.is_some() || value.kind == Kind::Absent {
                        value
                    } else {
                        value.with_span(Some(node.span))
                    }
                }
                None => match &*map.entries {
                    // The long form of the packaging tool's `!Rain::Embed` and its like.
                    [pair] if pair.key.starts_with("Rain::") => self.unknown_tag(&pair.key, node.span),
                    _ => Value::at(Kind::Map(self.map(map, how)), node.span),
                },
            },
        }
    }

    fn unknown_tag(&self, name: &str, span: Span) -> Value {
        self.problem(
            ProblemKind::Warning,
            "yaml-tag",
            format!("`{name}` is not one of CloudFormation's functions"),
            span,
        );
        Value::unknown(Unknown::new(Reason::Unsupported, name).at(span))
    }

    fn over_budget(&self, span: Span, how: Use) -> Value {
        let (subject, message) = if how.depth > MAX_DEPTH {
            (
                format!("{MAX_DEPTH} levels"),
                format!("nested more than {MAX_DEPTH} levels deep; what lies deeper is not read"),
            )
        } else {
            (
                format!("{MAX_VISITS} nodes"),
                format!("the template has more than {MAX_VISITS} nodes; the rest is not read"),
            )
        };
        let told = self.problems.borrow().iter().any(|problem| problem.message == message);
        if !told {
            self.problem(ProblemKind::Error, "cloudformation-budget", message, span);
        }
        Value::unknown(Unknown::new(Reason::Budget, subject).at(span))
    }

    /// A mapping that is no call.
    pub fn map(&self, map: &Mapping, how: Use) -> Map {
        let mut result = Map {
            entries: Vec::with_capacity(map.entries.len()),
            open: map.open.clone().or_else(|| self.open.clone()),
        };
        let repeats = map.repeats();
        for pair in &map.entries {
            if let Some(unknown) = expanded_in_the_cloud(pair) {
                result.open = Some(Arc::new(unknown));
                continue;
            }
            let value = self.entry(pair, how);
            if value.kind == Kind::Absent {
                continue;
            }
            let entry = Entry { key: Arc::clone(&pair.key), key_span: Some(pair.key_span), value };
            match repeats.then(|| result.entries.iter_mut().find(|known| known.key == entry.key)).flatten() {
                Some(known) => *known = entry,
                None => result.entries.push(entry),
            }
        }
        result
    }

    fn entry(&self, pair: &Pair, how: Use) -> Value {
        let value = self.eval(&pair.value, how);
        if policy_text::is_document(&pair.key) { policy_text::structured(self, &pair.value, value, how) } else { value }
    }

    /// Applies a function to every combination of what operands can be; says so when there are too many.
    pub fn combine(&self, operands: &[Value], span: Span, function: impl FnMut(&[Value]) -> Value) -> Value {
        choices::combine(operands, function).unwrap_or_else(|_| {
            let message = format!("the expression has more than {MAX_COMBINATIONS} combinations and is not evaluated");
            self.problem(ProblemKind::Note, "cloudformation-budget", message, span);
            Value::unknown(Unknown::new(Reason::Budget, format!("more than {MAX_COMBINATIONS} combinations")).at(span))
        })
    }
}

/// The first template-wide macro that is not AWS's own: it may rewrite anything.
fn foreign_transform(template: &Template) -> Option<Arc<Unknown>> {
    let transforms = template.transforms();
    let foreign = transforms.iter().find(|name| !name.starts_with("AWS::"))?;
    let span = template.root.get("Transform").map(|node| node.span);
    Some(Arc::new(Unknown { span, ..Unknown::new(Reason::Macro, Arc::clone(foreign)) }))
}

/// Why a mapping with this entry has keys that are not written.
fn expanded_in_the_cloud(pair: &Pair) -> Option<Unknown> {
    if &*pair.key == "Fn::Transform" {
        let name =
            pair.value.get("Name").and_then(|name| name.as_text()).cloned().unwrap_or_else(|| "Fn::Transform".into());
        return Some(Unknown::new(Reason::Macro, name).at(pair.key_span));
    }
    pair.key
        .starts_with("Fn::ForEach::")
        .then(|| Unknown::new(Reason::Unsupported, Arc::clone(&pair.key)).at(pair.key_span))
}

/// A scalar as a value: plain text stays untyped, dynamic references are fetched at deployment.
pub fn scalar_kind(scalar: &Scalar) -> Kind {
    const REFERENCE: &str = "{{resolve:";
    if !scalar.text.contains(REFERENCE) {
        return Kind::String(Text { text: Arc::clone(&scalar.text), plain: scalar.style == Style::Plain });
    }
    let mut pieces = Vec::new();
    let mut rest: &str = &scalar.text;
    while let Some((before, after)) = rest.split_once(REFERENCE) {
        let Some((name, tail)) = after.split_once("}}") else { break };
        let whole = format!("{REFERENCE}{name}}}}}");
        pieces.push(Piece::Literal(before.into()));
        let unknown = Unknown::new(Reason::DynamicReference, whole.clone()).keyed(whole);
        pieces.push(Piece::Symbol(Symbol::Unknown(Arc::new(unknown))));
        rest = tail;
    }
    pieces.push(Piece::Literal(rest.into()));
    kind_of_pieces(pieces)
}

/// The simplest value that a string of pieces is: text, the one thing that it stands for, or a pattern.
pub fn kind_of_pieces(pieces: impl IntoIterator<Item = Piece>) -> Kind {
    let pattern = Pattern::new(pieces);
    if let Some(text) = pattern.literal() {
        return Kind::String(Text { text, plain: false });
    }
    match &*pattern.pieces {
        [Piece::Symbol(Symbol::Reference(reference))] => Kind::Reference(reference.clone()),
        [Piece::Symbol(Symbol::Unknown(unknown))] => Kind::Unknown(Arc::clone(unknown)),
        _ => Kind::Pattern(pattern),
    }
}

/// The nodes of an argument that should be a list.
pub fn operands(argument: &NodeRef) -> &[NodeRef] {
    argument.as_list().unwrap_or(std::slice::from_ref(argument))
}
