//! How a function is declared: its parameters and which values reach its body.

use crate::terraform::{
    cty::{ConvertError, Kind, Marks, Number, Type, Val},
    functions::dispatch::over_budget,
    functions::{FunctionError, Host, Outcome},
};

/// The type that an argument is converted to.
#[derive(Clone, Copy, Debug)]
pub enum Want {
    /// Any type.
    Any,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(…)`
    List(&'static Want),
    /// `set(…)`
    Set(&'static Want),
    /// `map(…)`
    Map(&'static Want),
}

impl Want {
    /// The type.
    pub fn ty(self) -> Type {
        match self {
            Self::Any => Type::Dynamic,
            Self::Bool => Type::Bool,
            Self::Number => Type::Number,
            Self::String => Type::String,
            Self::List(element) => Type::list(element.ty()),
            Self::Set(element) => Type::set(element.ty()),
            Self::Map(element) => Type::map(element.ty()),
        }
    }
}

/// A parameter, and which values its function takes itself instead of leaving them to the dispatcher.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The name in the documentation.
    pub name: &'static str,
    /// The type that the argument is converted to.
    pub want: Want,
    pub(super) null: bool,
    pub(super) unknown: bool,
    pub(super) dynamic: bool,
    pub(super) marked: bool,
}

impl Parameter {
    pub(super) const fn new(name: &'static str, want: Want) -> Self {
        Self { name, want, null: false, unknown: false, dynamic: false, marked: false }
    }

    /// The function takes null.
    pub(super) const fn null(self) -> Self {
        Self { null: true, ..self }
    }

    /// The function takes an unknown value.
    pub(super) const fn unknown(self) -> Self {
        Self { unknown: true, ..self }
    }

    /// A value of unknown type does not make the type of the result unknown.
    pub(super) const fn dynamic(self) -> Self {
        Self { dynamic: true, ..self }
    }

    /// The function takes marked values and marks its result itself.
    pub(super) const fn marked(self) -> Self {
        Self { marked: true, ..self }
    }
}

/// The type of a result.
#[derive(Clone, Copy)]
pub(super) enum Returns {
    /// Always this type.
    Always(Want),
    /// Depends on the arguments; may find that they are wrong.
    By(fn(&[Val]) -> Result<Type, FunctionError>),
}

/// A function.
#[derive(Clone, Copy)]
pub(super) struct Function {
    pub name: &'static str,
    pub parameters: &'static [Parameter],
    pub rest: Option<Parameter>,
    pub returns: Returns,
    /// The result is never null.
    pub not_null: bool,
    /// It reads files of the scan.
    pub reads_files: bool,
    pub body: fn(&Call<'_>) -> Outcome,
}

impl Function {
    pub(super) const fn new(
        name: &'static str,
        parameters: &'static [Parameter],
        returns: Returns,
        body: fn(&Call<'_>) -> Outcome,
    ) -> Self {
        Self { name, parameters, rest: None, returns, not_null: true, reads_files: false, body }
    }

    pub(super) const fn rest(self, rest: Parameter) -> Self {
        Self { rest: Some(rest), ..self }
    }

    pub(super) const fn nullable(self) -> Self {
        Self { not_null: false, ..self }
    }

    pub(super) const fn reads_files(self) -> Self {
        Self { reads_files: true, ..self }
    }

    /// The parameter of the argument at `index`.
    pub(super) fn parameter(&self, index: usize) -> Option<&Parameter> {
        self.parameters.get(index).or(self.rest.as_ref())
    }
}

/// The parameters of a function and the one that takes the rest of the arguments; `None` when there is no function of
/// that name.
pub fn parameters(name: &str) -> Option<(&'static [Parameter], Option<Parameter>)> {
    super::dispatch::find(name).map(|function| (function.parameters, function.rest))
}

/// The body's view of a call: arguments converted and unmarked as declared.
pub(super) struct Call<'a> {
    pub args: &'a [Val],
    /// The type that the result has.
    pub ty: &'a Type,
    pub host: &'a dyn Host,
}

static NOTHING: Val = Val { kind: Kind::Null(Type::Dynamic), marks: Marks::NONE, span: None, trace: None };

impl<'a> Call<'a> {
    /// An argument; null when it was not given.
    pub fn arg(&self, index: usize) -> &'a Val {
        self.args.get(index).unwrap_or(&NOTHING)
    }

    /// A known string argument.
    pub fn text(&self, index: usize) -> &'a str {
        self.arg(index).as_str().unwrap_or_default()
    }

    /// A known number argument.
    pub fn number(&self, index: usize) -> Number {
        self.arg(index).as_number().cloned().unwrap_or(Number::ZERO)
    }

    /// A known whole number argument.
    pub fn integer(&self, index: usize) -> Result<i64, FunctionError> {
        whole(self.arg(index)).ok_or_else(|| FunctionError::argument(index, "a whole number is required"))
    }

    /// The elements of a known sequence argument.
    pub fn items(&self, index: usize) -> &'a [Val] {
        self.arg(index).as_items().map(|items| items.as_slice()).unwrap_or_default()
    }

    /// An unknown result of the declared type.
    pub fn unknown(&self) -> Outcome {
        Ok(Val::unknown(self.ty.clone()))
    }

    /// The result of a call that would cost too much.
    pub fn over(&self, what: &str) -> Outcome {
        Ok(over_budget(self.ty, what))
    }
}

/// The whole number of a known number that fits 64 bits.
pub(super) fn whole(value: &Val) -> Option<i64> {
    value.as_number().and_then(Number::to_i64)
}

impl From<ConvertError> for FunctionError {
    fn from(error: ConvertError) -> Self {
        Self::new(error.to_string())
    }
}
