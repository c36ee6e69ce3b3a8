//! Values that are not known before deployment: what Terraform itself knows of them (type and refinements), and,
//! beside it, what a checker can know beyond Terraform (the hint). The hint never changes what Terraform computes.

use std::sync::Arc;

use crate::{
    terraform::cty::{Entries, Number, Type, Val},
    value,
};

/// How many arms a choice keeps.
pub const MAX_ARMS: usize = 16;

/// An unknown value.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// Its type; [`Type::Dynamic`] when not even that is known.
    pub ty: Type,
    /// What Terraform knows of it.
    pub refinement: Refinement,
    /// What a checker knows of it.
    pub hint: Hint,
}

/// What Terraform knows of an unknown value. For [`Type::Dynamic`] always the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refinement {
    /// Certainly not null.
    pub not_null: bool,
    /// What a string starts with.
    pub prefix: Option<Arc<str>>,
    /// The lower bound of a number and whether the bound itself is possible.
    pub min: Option<(Number, bool)>,
    /// The upper bound of a number and whether the bound itself is possible.
    pub max: Option<(Number, bool)>,
    /// The least length of a collection.
    pub min_length: usize,
    /// The greatest length of a collection.
    pub max_length: Option<usize>,
}

/// What a checker knows of an unknown value beyond Terraform.
#[derive(Clone, Debug, Default)]
pub struct Hint {
    /// Why it is unknown.
    pub why: Option<Arc<value::Unknown>>,
    /// Its shape.
    pub form: Form,
}

/// The shape of an unknown value.
#[derive(Clone, Debug, Default)]
pub enum Form {
    /// Nothing more is known.
    #[default]
    Opaque,
    /// The input with this key in the project's [`value::Variables`].
    Input(Arc<str>),
    /// An attribute of a resource or data source.
    Reference(Arc<Reference>),
    /// A resource of a type without schema: what is written of it is known, all else is a [`Form::Reference`].
    Written(Arc<Reference>, Arc<Entries>),
    /// The first arm whose condition holds; at most [`MAX_ARMS`]. The last condition is [`value::Formula::TRUE`].
    /// No arm is itself a choice.
    Choice(Arc<[(value::Formula, Val)]>),
    /// A string of pieces. No piece is itself a pattern.
    Pattern(Arc<[Piece]>),
    /// A string that is the JSON text of this value, parts of which are unknown.
    Json(Arc<Val>),
    /// A truth value that stands for this condition.
    Condition(value::Formula),
}

/// An attribute of a resource that exists only after deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The address of the resource with its module path and instance key: `module.a.aws_kms_key.k[0]`.
    pub address: Arc<str>,
    /// The path of the attribute inside it: `arn`, `replica.0.arn`; empty for the resource itself.
    pub path: Arc<str>,
}

/// A piece of a string pattern.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Known text.
    Literal(Arc<str>),
    /// The text of an unknown string.
    Value(Val),
}

impl Refinement {
    /// Certainly not null, nothing more.
    pub fn not_null() -> Self {
        Self { not_null: true, ..Self::default() }
    }
}

impl Hint {
    /// Only a reason.
    pub fn why(why: value::Unknown) -> Self {
        Self { why: Some(Arc::new(why)), form: Form::Opaque }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.why.is_none() && matches!(self.form, Form::Opaque)
    }
}

/// A value that cannot occur, because the deployment fails there.
pub fn impossible(message: &str, ty: &Type) -> Val {
    let why = value::Unknown::new(value::Reason::Impossible, message);
    Val::unknown(ty.without_optional()).hinted(Hint::why(why))
}
