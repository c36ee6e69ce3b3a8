//! One key of a Condition block: whether a context satisfies it.
//! Source: IAM User Guide, "Single-valued vs. multivalued context keys" and "Evaluation logic for negated matching".

use std::sync::Arc;

use crate::{
    aws::{
        iam::{
            context::{Context, Key, is_multi_valued},
            operators::{Expected, Operator, Set, Test},
        },
        text::Text,
    },
    source::Span,
    value::Truth,
};

/// One operator with one key and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The operator as written.
    pub name: Arc<str>,
    /// Taken apart; `None` when IAM has no such operator, so that the document is rejected and gives nothing.
    pub operator: Option<Operator>,
    /// The key as written.
    pub key: Arc<str>,
    /// The key in lower case, as contexts have it.
    pub lower: Arc<str>,
    /// The values.
    pub values: Vec<Expected>,
    /// Whether there may be values that are not known.
    pub open: bool,
    /// Where the key is written.
    pub span: Option<Span>,
}

impl Condition {
    /// Whether a context satisfies it.
    pub fn holds(&self, context: &Context) -> Truth {
        let Some(operator) = self.operator else { return Truth::False };
        let found = context.get(&self.lower);
        if operator.test == Test::Null {
            return self.null(found);
        }
        let values = match found {
            Key::Unknown => return Truth::Unknown,
            Key::Absent => &[][..],
            Key::Values(values) => values,
        };
        let one = |value: &Text| self.value(operator, value, context);
        match operator.set {
            Some(Set::All) => Truth::all(values.iter().map(one)),
            Some(Set::Any) => Truth::any(values.iter().map(one)),
            None => match values {
                [] => Truth::from(operator.if_exists || operator.negated),
                // A list needs a set operator: without one nothing is ever satisfied.
                [value] if !is_multi_valued(&self.lower) => one(value),
                _ => Truth::False,
            },
        }
    }

    fn value(&self, operator: Operator, actual: &Text, context: &Context) -> Truth {
        let written = Truth::any(self.values.iter().map(|expected| expected.accepts(operator.test, actual, context)));
        let found = if self.open { written.or(Truth::Unknown) } else { written };
        if operator.negated { !found } else { found }
    }

    fn null(&self, found: &Key) -> Truth {
        let absent = match found {
            Key::Unknown => Truth::Unknown,
            Key::Absent => Truth::True,
            Key::Values(values) => Truth::from(values.is_empty()),
        };
        let one = |expected: &Expected| match expected.text.literal() {
            Some(text) if text.eq_ignore_ascii_case("true") => absent,
            Some(text) if text.eq_ignore_ascii_case("false") => !absent,
            Some(_) => Truth::False,
            None => Truth::Unknown,
        };
        let both =
            |wanted: &str| self.values.iter().any(|v| v.text.literal().is_some_and(|t| t.eq_ignore_ascii_case(wanted)));
        if both("true") && both("false") {
            return Truth::True;
        }
        let written = Truth::any(self.values.iter().map(one));
        if self.open { written.or(Truth::Unknown) } else { written }
    }

    /// The keys that the answer depends on: its own and those of variables in its values.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        let variables = self.values.iter().flat_map(|value| &value.templates).flat_map(|template| template.variables());
        std::iter::once(&self.lower).chain(variables.map(|variable| &variable.key))
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ", self.name, self.key)?;
        for (at, value) in self.values.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, value.text)?;
        }
        Ok(())
    }
}
