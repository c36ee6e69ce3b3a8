//! The syntax tree that evaluation works on, whichever of the two syntaxes it was written in. Every node has its span.

use std::sync::Arc;

use crate::source::{FileId, Span};

/// A parsed file.
#[derive(Debug)]
pub struct File {
    /// Which file.
    pub id: FileId,
    /// Its attributes and blocks.
    pub body: Body,
    /// Its comments with their markers, in order.
    pub comments: Vec<Span>,
    /// What could not be parsed.
    pub problems: Vec<crate::model::Problem>,
}

/// An identifier or label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Its text, unescaped.
    pub text: Arc<str>,
    /// Its place, quotes included.
    pub span: Span,
}

/// The content of a file or block.
#[derive(Clone, Debug)]
pub struct Body {
    /// Arguments, in written order, names unique.
    pub attributes: Vec<Attribute>,
    /// Nested blocks, in written order.
    pub blocks: Vec<Block>,
    /// From brace to brace.
    pub span: Span,
    /// Written as JSON: nested blocks whose types Terraform itself does not define are still attributes here,
    /// see [`crate::terraform::syntax::json::bodies`].
    pub json: bool,
}

/// `name = value`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// What is set.
    pub name: Name,
    /// To what.
    pub value: Expr,
}

/// `kind "label" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// `resource`.
    pub kind: Name,
    /// `"aws_dynamodb_table"`, `"orders"`.
    pub labels: Vec<Name>,
    /// The content; empty when `broken`.
    pub body: Body,
    /// From the kind to the last label.
    pub header: Span,
    /// From the kind to the closing brace.
    pub span: Span,
    /// A syntax error hid the content.
    pub broken: bool,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its text.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number, as written: the language has 512 bits.
    Number(Arc<str>),
    /// A string without template sequences, unescaped.
    String(Arc<str>),
    /// A quoted or heredoc template that is more than one literal.
    Template(Vec<Part>),
    /// `(x)` and `"${x}"`: the value of `x` itself.
    Paren(Box<Expr>),
    /// `[…]`.
    Tuple(Vec<Expr>),
    /// `{…}`.
    Object(Vec<Item>),
    /// `[for …]`, `{for …}`.
    For(Box<For>),
    /// A root name: `var`, `each`, a resource type, an iterator.
    Variable(Arc<str>),
    /// `x.name[key]…`.
    Traversal(Box<Traversal>),
    /// `name(…)`.
    Call(Box<Call>),
    /// `-x`, `!x`.
    Unary(UnaryOp, Box<Expr>),
    /// Left-associative operators of one precedence; flat, so that a long sum is no deep tree.
    Operation(Box<Operation>),
    /// `c ? a : b`.
    Conditional(Box<Conditional>),
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub enum Part {
    /// Text.
    Literal(Arc<str>),
    /// `${x}`.
    Interpolation(Expr),
    /// `%{ if c }…%{ else }…%{ endif }`.
    If {
        /// The condition.
        condition: Expr,
        /// When true.
        then: Vec<Part>,
        /// When false.
        otherwise: Vec<Part>,
    },
    /// `%{ for k, v in c }…%{ endfor }`.
    For {
        /// Name of the key or index.
        key: Option<Arc<str>>,
        /// Name of the element.
        value: Arc<str>,
        /// What is walked.
        collection: Expr,
        /// What is repeated.
        body: Vec<Part>,
    },
}

/// One item of an object constructor.
#[derive(Clone, Debug)]
pub struct Item {
    /// A bare name is an [`ExprKind::String`].
    pub key: Expr,
    /// The value.
    pub value: Expr,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct For {
    /// Name of the key or index.
    pub key_name: Option<Arc<str>>,
    /// Name of the element.
    pub value_name: Arc<str>,
    /// What is walked.
    pub collection: Expr,
    /// The key of an object `for`.
    pub key: Option<Expr>,
    /// The value.
    pub value: Expr,
    /// `value...`.
    pub group: bool,
    /// `if …`.
    pub condition: Option<Expr>,
}

/// A value and the steps into it.
#[derive(Clone, Debug)]
pub struct Traversal {
    /// Where it starts.
    pub base: Expr,
    /// At least one step.
    pub steps: Vec<Step>,
}

/// A step of a traversal.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// Its text, from the dot or bracket.
    pub span: Span,
}

/// The kinds of steps.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// `.name`.
    Attribute(Arc<str>),
    /// `[key]`, and the legacy `.0`.
    Index(Expr),
    /// `[*]` or `.*`, with the steps that apply to each element.
    Splat(Vec<Step>),
}

/// A function call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Namespaces joined by `::`.
    pub name: Name,
    /// The arguments.
    pub arguments: Vec<Expr>,
    /// The last argument is expanded (`...`).
    pub expand: bool,
}

/// A chain of operators of equal precedence.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The leftmost operand.
    pub first: Expr,
    /// Operators with their right operands; at least one.
    pub rest: Vec<(BinaryOp, Expr)>,
}

/// `c ? a : b`.
#[derive(Clone, Debug)]
pub struct Conditional {
    /// The condition.
    pub condition: Expr,
    /// When true.
    pub then: Expr,
    /// When false.
    pub otherwise: Expr,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`.
    Negate,
    /// `!`.
    Not,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Body {
    /// An argument by name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name.text == name)
    }

    /// The nested blocks of one type.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.kind.text == kind)
    }
}

impl Attribute {
    /// From the name to the end of the value.
    pub fn span(&self) -> Span {
        self.name.span.to(self.value.span)
    }
}

impl Expr {
    /// The expression inside parentheses.
    pub fn unwrapped(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Paren(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// The text of a plain string.
    pub fn as_string(&self) -> Option<&Arc<str>> {
        if let ExprKind::String(text) = &self.unwrapped().kind { Some(text) } else { None }
    }

    /// The root name and the names after it, when it is nothing but `a.b.c`.
    pub fn as_path(&self) -> Option<Vec<&str>> {
        match &self.unwrapped().kind {
            ExprKind::Variable(name) => Some(vec![name]),
            ExprKind::Traversal(traversal) => {
                let ExprKind::Variable(root) = &traversal.base.kind else { return None };
                let names = traversal.steps.iter().map(|step| match &step.kind {
                    StepKind::Attribute(name) => Some(&**name),
                    _ => None,
                });
                std::iter::once(Some(&**root)).chain(names).collect()
            }
            _ => None,
        }
    }

    /// Calls `visit` with this expression and everything inside it, parents first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        self.each_child(&mut |child| child.walk(visit));
    }

    /// Calls `visit` with the direct parts.
    pub fn each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match &self.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Variable(_) => {}
            ExprKind::Template(parts) => parts.iter().for_each(|part| part.each_child(visit)),
            ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => visit(inner),
            ExprKind::Tuple(items) => items.iter().for_each(visit),
            ExprKind::Object(items) => items.iter().for_each(|item| {
                visit(&item.key);
                visit(&item.value);
            }),
            ExprKind::For(each) => {
                visit(&each.collection);
                each.key.iter().for_each(&mut *visit);
                visit(&each.value);
                each.condition.iter().for_each(visit);
            }
            ExprKind::Traversal(traversal) => {
                visit(&traversal.base);
                traversal.steps.iter().for_each(|step| step.each_child(visit));
            }
            ExprKind::Call(call) => call.arguments.iter().for_each(visit),
            ExprKind::Operation(operation) => {
                visit(&operation.first);
                operation.rest.iter().for_each(|(_, operand)| visit(operand));
            }
            ExprKind::Conditional(conditional) => {
                visit(&conditional.condition);
                visit(&conditional.then);
                visit(&conditional.otherwise);
            }
        }
    }
}

impl Part {
    fn each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match self {
            Self::Literal(_) => {}
            Self::Interpolation(expr) => visit(expr),
            Self::If { condition, then, otherwise } => {
                visit(condition);
                then.iter().chain(otherwise).for_each(|part| part.each_child(visit));
            }
            Self::For { collection, body, .. } => {
                visit(collection);
                body.iter().for_each(|part| part.each_child(visit));
            }
        }
    }
}

impl Step {
    fn each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match &self.kind {
            StepKind::Attribute(_) => {}
            StepKind::Index(key) => visit(key),
            StepKind::Splat(steps) => steps.iter().for_each(|step| step.each_child(visit)),
        }
    }
}
