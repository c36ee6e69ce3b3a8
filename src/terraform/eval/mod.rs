//! Expressions to values, as Terraform 1.11 computes them. In: a syntax tree and a scope that knows the names.
//! Out: a value, which may be unknown with a hint of what a checker knows of it, or a fault.

mod access;
mod calls;
pub mod choice;
mod loops;
mod operators;
mod template;

use std::{cell::Cell, path::Path, sync::Arc};

pub(crate) use access::attribute;
pub(crate) use calls::render;
pub use choice::Conditions;
pub(crate) use loops::{Element, elements};

use crate::{
    source::{Sources, Span},
    terraform::{
        cty::{Entries, Marks, Number, Type, Val, convert},
        syntax::{Expr, ExprKind, Item, Step},
    },
};

/// How many expressions one stack may evaluate.
pub const MAX_STEPS: u64 = 20_000_000;

/// How many elements the loops of one stack may make.
pub const MAX_ELEMENTS: u64 = 1_000_000;

/// How deep evaluation may nest, from one expression through the names in it into others.
pub const MAX_DEPTH: usize = 600;

/// How many bytes a string may have.
pub const MAX_STRING: usize = 16 * 1024 * 1024;

/// What is wrong with an expression: Terraform would stop.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Found before anything is evaluated, so that `try` and `can` do not catch it.
    pub fatal: bool,
    /// What sort of mistake it is.
    pub kind: FaultKind,
}

/// Whose mistake a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The user's.
    Mistake,
    /// Perhaps nobody's: a file that is not there may be made before the deployment, by a build or by a resource.
    MissingFile,
    /// A bound of this program was reached.
    Budget,
}

/// A result of evaluation.
pub type Eval<T = Val> = Result<T, Box<Fault>>;

/// A fault that `try` catches.
pub fn fault<T>(span: Span, message: impl Into<String>) -> Eval<T> {
    Err(Box::new(Fault { message: message.into(), span, fatal: false, kind: FaultKind::Mistake }))
}

/// A fault that nothing catches.
pub fn fatal<T>(span: Span, message: impl Into<String>) -> Eval<T> {
    Err(Box::new(Fault { message: message.into(), span, fatal: true, kind: FaultKind::Mistake }))
}

/// A bound of this program was reached.
pub fn exhausted<T>(span: Span, message: impl Into<String>) -> Eval<T> {
    Err(Box::new(Fault { message: message.into(), span, fatal: true, kind: FaultKind::Budget }))
}

/// Whether `&&` and `||` leave their right side alone when the left side decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShortCircuit {
    /// Up to Terraform 1.11: both sides are evaluated, and an error in either is an error.
    Never,
    /// From Terraform 1.12 on.
    Always,
    /// The version is not known: what one version computes and the other refuses is deployed by the one.
    #[default]
    Either,
}

/// The names that an expression can use.
pub trait Scope {
    /// The value of a root name and the number of steps after it that it has already taken.
    ///
    /// # Errors
    /// When there is no such name.
    fn resolve(&self, root: &str, steps: &[Step], span: Span) -> Eval<(Val, usize)>;

    /// Whether a function may be called here.
    fn allows(&self, _function: &str) -> bool {
        true
    }

    /// Whether there is a function that the language itself does not have.
    fn has_function(&self, _function: &str) -> bool {
        false
    }

    /// Calls a function that the language itself does not have.
    ///
    /// # Errors
    /// When there is none of this name, or its arguments are wrong.
    fn call(&self, function: &str, _arguments: &[Val], span: Span) -> Eval<Val> {
        fatal(span, format!("there is no function `{function}`"))
    }

    /// Notes that a function's result was not computed because it would exceed a bound of this program.
    fn exceeded(&self, _bound: &str, _span: Span) {}

    /// The conditions that stay undecided.
    fn conditions(&self) -> &Conditions<'_>;

    /// How logical operators evaluate.
    fn short_circuit(&self) -> ShortCircuit;

    /// The files of the scan.
    fn sources(&self) -> &Sources;

    /// The folder of the root module, from which file functions count.
    fn base(&self) -> &Path;
}

/// Steps and depth that are left.
#[derive(Debug, Default)]
pub struct Budget {
    steps: Cell<u64>,
    elements: Cell<u64>,
    depth: Cell<usize>,
    /// How often a value rests on one version's logical operators.
    lenient: Cell<usize>,
}

/// A name bound by a `for`, with those bound around it.
struct Binding<'b> {
    key: Option<(&'b str, Val)>,
    value: (&'b str, Val),
    outer: Option<&'b Binding<'b>>,
    /// Which round of its loop this is.
    round: usize,
}

/// Evaluates expressions in a scope.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    scope: &'a dyn Scope,
    budget: &'a Budget,
    bindings: Option<&'a Binding<'a>>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator without bound names.
    pub fn new(scope: &'a dyn Scope, budget: &'a Budget) -> Self {
        Self { scope, budget, bindings: None }
    }

    /// The value of an expression. Its span is the expression's; its parts keep theirs.
    ///
    /// # Errors
    /// Where Terraform stops.
    pub fn eval(&self, expr: &Expr) -> Eval<Val> {
        let (steps, depth) = (self.budget.steps.get(), self.budget.depth.get());
        if steps >= MAX_STEPS {
            return exhausted(expr.span, format!("more than {MAX_STEPS} expressions"));
        }
        if depth >= MAX_DEPTH {
            return exhausted(expr.span, format!("expressions nested deeper than {MAX_DEPTH} levels"));
        }
        self.budget.steps.set(steps + 1);
        self.budget.depth.set(depth + 1);
        let result = self.dispatch(expr);
        self.budget.depth.set(depth);
        result.map(|value| value.at(Some(expr.span)))
    }

    fn dispatch(&self, expr: &Expr) -> Eval<Val> {
        match &expr.kind {
            ExprKind::Null => Ok(Val::null(Type::Dynamic)),
            ExprKind::Bool(value) => Ok(Val::bool(*value)),
            ExprKind::Number(text) => match Number::parse(text) {
                Some(number) => Ok(Val::number(number)),
                None => fatal(expr.span, format!("`{text}` is not a number")),
            },
            ExprKind::String(text) => Ok(Val::string(Arc::clone(text))),
            ExprKind::Template(parts) => self.template(parts, expr.span),
            ExprKind::Paren(inner) => self.eval(inner),
            ExprKind::Tuple(items) => items.iter().map(|item| self.eval(item)).collect::<Eval<_>>().map(Val::tuple),
            ExprKind::Object(items) => self.object(items),
            ExprKind::For(each) => self.for_expression(each, expr.span),
            ExprKind::Variable(name) => self.variable(name, expr.span),
            ExprKind::Traversal(traversal) => self.traversal(traversal),
            ExprKind::Call(call) => self.call(call, expr.span),
            ExprKind::Unary(op, operand) => self.unary(*op, operand),
            ExprKind::Operation(operation) => self.operation(operation),
            ExprKind::Conditional(conditional) => self.conditional(conditional, expr.span),
        }
    }

    fn object(&self, items: &[Item]) -> Eval<Val> {
        let mut entries = Entries::new();
        let mut marks = Marks::NONE;
        let mut unknown_key = None;
        for item in items {
            if matches!(item.key.kind, ExprKind::Traversal(_)) && item.key.as_path().is_some() {
                return fault(item.key.span, "a key that is an expression must be in parentheses");
            }
            let key = self.eval(&item.key)?;
            let value = self.eval(&item.value)?;
            if key.is_null() {
                return fault(item.key.span, "the key of an object is null");
            }
            marks |= key.marks;
            let key = self.convert(&key.unmarked(), &Type::String, item.key.span)?;
            match key.as_text() {
                Some(text) => {
                    entries.insert(Arc::clone(&text.text), value);
                }
                None => unknown_key = Some(key),
            }
        }
        Ok(match unknown_key {
            Some(key) => derived(Val::dynamic(), &[&key]).marked(marks),
            None => Val::object(entries).marked(marks),
        })
    }

    /// A conversion whose failure is a fault at a place.
    fn convert(&self, value: &Val, want: &Type, span: Span) -> Eval<Val> {
        convert(value, want).or_else(|error| fault(span, error.0))
    }

    /// The rounds of the loops around this place, to tell conditions in different rounds apart.
    fn rounds(&self) -> Vec<usize> {
        std::iter::successors(self.bindings, |binding| binding.outer).map(|binding| binding.round).collect()
    }
}

/// An unknown that is computed from others: it has the reason of the first unknown among them.
pub(crate) fn derived(result: Val, from: &[&Val]) -> Val {
    if result.is_known() {
        return result;
    }
    match from.iter().find_map(|value| reason(value)) {
        Some(why) => result.because(&why),
        None => result,
    }
}

/// Why a value, or the first part of it that is, is unknown. The identity of the unknown is not passed on.
pub(crate) fn reason(value: &Val) -> Option<Arc<crate::value::Unknown>> {
    if let Some(hint) = value.hint() {
        return hint.why.as_ref().map(|why| match why.key {
            None => Arc::clone(why),
            Some(_) => Arc::new(crate::value::Unknown { key: None, ..(**why).clone() }),
        });
    }
    value.children().find_map(reason)
}
