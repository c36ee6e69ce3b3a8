//! Conditions over undecided inputs, and the finite domains of those inputs.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    source::Span,
    value::{Truth, Unknown},
};

/// An input that the scan does not decide: a parameter, a variable, a pseudo parameter or an opaque condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Unique in the project: stack id and name.
    pub key: Arc<str>,
    /// As the user writes it: `Environment`, `var.env`, or the text of an opaque condition.
    pub name: Arc<str>,
    /// What it is.
    pub kind: VariableKind,
    /// Every value worth telling apart, the default first if there is one.
    pub domain: Vec<DomainValue>,
    /// Whether the first value of the domain is what a deployment without arguments uses.
    pub has_default: bool,
    /// Where it is declared.
    pub span: Option<Span>,
}

/// What an undecided input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VariableKind {
    /// A CloudFormation parameter or Terraform input variable.
    Input,
    /// `AWS::Region` and its like.
    Pseudo,
    /// A condition that is not taken apart; its domain is `true` and `false`.
    Opaque,
}

/// One value of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DomainValue {
    /// This text.
    Text(Arc<str>),
    /// Some text that equals no literal; different numbers are different texts.
    Other(u8),
}

/// All variables of a project or stack, by key.
pub type Variables = FxHashMap<Arc<str>, Variable>;

/// A condition. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// Decided.
    Constant(bool),
    /// The variable with this key has this value.
    Equals(Arc<str>, DomainValue),
    /// Two variables have the same value.
    Same(Arc<str>, Arc<str>),
    /// Negation.
    Not(Arc<Formula>),
    /// All hold.
    All(Arc<[Formula]>),
    /// One holds.
    Any(Arc<[Formula]>),
    /// A condition with a name, to be spoken of by that name.
    Named(Arc<Named>),
    /// Cannot be decided by any variable.
    Unknown(Arc<Unknown>),
}

/// A named condition (`Conditions: IsProd`).
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Unique in the project.
    pub key: Arc<str>,
    /// As written.
    pub name: Arc<str>,
    /// Where it is defined.
    pub span: Option<Span>,
    /// What it says.
    pub formula: Formula,
}

impl Formula {
    /// Always.
    pub const TRUE: Self = Self::Constant(true);
    /// Never.
    pub const FALSE: Self = Self::Constant(false);

    /// A boolean variable is true.
    pub fn is_true(key: impl Into<Arc<str>>) -> Self {
        Self::Equals(key.into(), DomainValue::Text("true".into()))
    }

    /// The negation, simplified.
    #[must_use]
    pub fn negate(&self) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(!value),
            Self::Not(inner) => (**inner).clone(),
            other => Self::Not(Arc::new(other.clone())),
        }
    }

    /// All of them, simplified.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(parts, false)
    }

    /// One of them, simplified.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(parts, true)
    }

    fn join(parts: impl IntoIterator<Item = Self>, deciding: bool) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Constant(value) if value == deciding => return Self::Constant(deciding),
                Self::Constant(_) => {}
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Constant(!deciding),
            1 => kept.swap_remove(0),
            _ if deciding => Self::Any(kept.into()),
            _ => Self::All(kept.into()),
        }
    }

    /// Whether it asks for a variable that `is_one` knows.
    pub fn mentions(&self, is_one: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Constant(_) | Self::Unknown(_) => false,
            Self::Equals(key, _) => is_one(key),
            Self::Same(a, b) => is_one(a) || is_one(b),
            Self::Not(inner) => inner.mentions(is_one),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.mentions(is_one)),
            Self::Named(named) => named.formula.mentions(is_one),
        }
    }

    /// Its truth when `lookup` gives the values of decided variables. The first undecided variable that
    /// stands in the way is put into `missing`.
    pub fn evaluate(&self, lookup: &dyn Fn(&str) -> Option<DomainValue>, missing: &mut Option<Arc<str>>) -> Truth {
        self.evaluate_within(lookup, &|_| true, missing)
    }

    /// As [`Formula::evaluate`], but only a variable that `may_decide` admits is put into `missing`.
    pub fn evaluate_within(
        &self,
        lookup: &dyn Fn(&str) -> Option<DomainValue>,
        may_decide: &dyn Fn(&str) -> bool,
        missing: &mut Option<Arc<str>>,
    ) -> Truth {
        let mut get = |key: &Arc<str>| {
            let value = lookup(key);
            if value.is_none() && missing.is_none() && may_decide(key) {
                *missing = Some(Arc::clone(key));
            }
            value
        };
        match self {
            Self::Constant(value) => Truth::from(*value),
            Self::Equals(key, value) => Truth::from(get(key).map(|found| found == *value)),
            Self::Same(a, b) if a == b => Truth::True,
            Self::Same(a, b) => match (get(a), get(b)) {
                (Some(a), Some(b)) => Truth::from(a == b),
                _ => Truth::Unknown,
            },
            Self::Not(inner) => !inner.evaluate_within(lookup, may_decide, missing),
            Self::All(parts) => {
                let mut result = Truth::True;
                for part in &**parts {
                    result = result.and(part.evaluate_within(lookup, may_decide, missing));
                    if result.is_false() {
                        break;
                    }
                }
                result
            }
            Self::Any(parts) => {
                let mut result = Truth::False;
                for part in &**parts {
                    result = result.or(part.evaluate_within(lookup, may_decide, missing));
                    if result.is_true() {
                        break;
                    }
                }
                result
            }
            Self::Named(named) => named.formula.evaluate_within(lookup, may_decide, missing),
            Self::Unknown(_) => Truth::Unknown,
        }
    }
}
