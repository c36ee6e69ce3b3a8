//! Policy documents. In: the value of a property that holds a policy, as object or as JSON text. Out: statements with
//! their elements taken apart, each with its place; what is not known stays unknown.
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language".

use std::sync::Arc;

use crate::{
    aws::{
        iam::{
            actions::{Bits, Universe},
            condition::Condition,
            context::Context,
            document,
            element::{ActionPattern, Padding, ResourcePattern, Subject},
            operators::{Expected, Operator},
            principal::{Entry, Principals},
        },
        text::{Symbol, Text},
    },
    source::Span,
    value::{Field, Kind, ResourceId, Truth, Unknown, Value, World, read::Known},
};

/// How a document turns values into texts; names of resources come from [`crate::aws::arn::Names`].
pub trait Texts {
    /// The text of a scalar.
    ///
    /// # Errors
    /// It is no scalar.
    fn text(&self, value: &Value) -> Result<Text, Arc<Unknown>>;

    /// The declared table that a resource pattern names wholly by reference.
    fn owner(&self, value: &Value) -> Option<ResourceId>;
}

impl Texts for crate::aws::arn::Names<'_> {
    fn text(&self, value: &Value) -> Result<Text, Arc<Unknown>> {
        self.text(value)
    }

    fn owner(&self, value: &Value) -> Option<ResourceId> {
        self.owner(value)
    }
}

/// Texts of documents that refer to no resource: known strings only.
pub struct Literals;

impl Texts for Literals {
    fn text(&self, value: &Value) -> Result<Text, Arc<Unknown>> {
        let other = || Arc::new(Unknown::new(crate::value::Reason::Unsupported, "symbol"));
        value.to_text().map(|text| Text::from(&*text)).ok_or_else(other)
    }

    fn owner(&self, _: &Value) -> Option<ResourceId> {
        None
    }
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Allow.
    Allow,
    /// Deny.
    Deny,
}

/// A policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// As people know it: the name of the policy, or what it is.
    pub name: Arc<str>,
    /// The resource that holds it.
    pub source: Option<ResourceId>,
    /// Where it is written.
    pub span: Option<Span>,
    /// Whether it has version 2012-10-17, so that `${…}` is a variable.
    pub variables: bool,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// Why there may be more statements, or why none is known.
    pub unknown: Option<Arc<Unknown>>,
    /// Whether it is attached.
    pub attached: Truth,
}

/// A pattern with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<T> {
    /// Taken apart.
    pub pattern: T,
    /// As written.
    pub text: Text,
    /// The declared table that it names wholly by reference.
    pub owner: Option<ResourceId>,
    /// Where it is written.
    pub span: Option<Span>,
}

/// Action or NotAction, Resource or NotResource.
#[derive(Clone, Debug, PartialEq)]
pub struct Element<T> {
    /// Whether it is the `Not` form.
    pub negated: bool,
    /// The patterns.
    pub items: Vec<Item<T>>,
    /// Why there may be more.
    pub open: Option<Arc<Unknown>>,
    /// Where the element is.
    pub span: Option<Span>,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its Sid.
    pub sid: Option<Arc<str>>,
    /// Its place in the document, from 0.
    pub index: usize,
    /// What it does; `None` when unknown or misspelt.
    pub effect: Option<Effect>,
    /// Whom it names.
    pub principals: Option<Principals>,
    /// The actions; absent ones cover everything, as nothing is left out.
    pub actions: Option<Element<ActionPattern>>,
    /// The resources.
    pub resources: Option<Element<ResourcePattern>>,
    /// The conditions, all of which must hold.
    pub conditions: Vec<Condition>,
    /// Whether there may be conditions that are not known.
    pub open_conditions: bool,
    /// The whole statement.
    pub span: Option<Span>,
    bits: Bits,
}

impl Policy {
    /// Reads a document in a world. Absent: a policy without statements.
    pub fn parse(name: impl Into<Arc<str>>, field: &Field<'_>, texts: &dyn Texts) -> Self {
        let span = field.place().span;
        let empty = |unknown| Self {
            name: name.into(),
            source: None,
            span,
            variables: false,
            statements: Vec::new(),
            unknown,
            attached: Truth::True,
        };
        let value = match field.value() {
            Known::Is(value) => value,
            Known::Absent => return empty(None),
            Known::Unknown(unknown) => return empty(Some(unknown)),
        };
        let tree = document::tree(value);
        let document = Field::new(field.world(), &tree, span);
        match document.value() {
            Known::Unknown(unknown) => return empty(Some(unknown)),
            Known::Is(tree) if tree.as_map().is_none() => {
                return empty(Some(Arc::new(Unknown::new(crate::value::Reason::Unsupported, "policy document"))));
            }
            _ => {}
        }
        // An unknown version is almost certainly the current one.
        let variables = document.get("Version").text().or("".into()).is_none_or(|version| &*version == "2012-10-17");
        let statements = document.get("Statement").items();
        let reader = Reader { texts, variables };
        let unknown = statements.open.or_else(|| document.open());
        Self {
            variables,
            statements: statements
                .fields
                .iter()
                .enumerate()
                .map(|(index, field)| reader.statement(index, field))
                .collect(),
            ..empty(unknown)
        }
    }

    /// A policy that is certain to exist but of which nothing is known.
    pub fn unknown(name: impl Into<Arc<str>>, unknown: Arc<Unknown>) -> Self {
        Self {
            name: name.into(),
            source: None,
            span: unknown.span,
            variables: false,
            statements: Vec::new(),
            unknown: Some(unknown),
            attached: Truth::True,
        }
    }

    /// Reads a document that refers to no resource.
    pub fn from_value(name: impl Into<Arc<str>>, value: &Value) -> Self {
        let variables = crate::value::Variables::default();
        let world = World::new(&variables);
        Self::parse(name, &Field::new(&world, value, value.span), &Literals)
    }

    /// Reads a document from JSON text.
    pub fn from_json(name: impl Into<Arc<str>>, text: &str) -> Self {
        Self::from_value(name, &Value::string(text))
    }
}

struct Reader<'t> {
    texts: &'t dyn Texts,
    variables: bool,
}

impl Reader<'_> {
    fn statement(&self, index: usize, field: &Field<'_>) -> Statement {
        let effect = match field.get("Effect").text() {
            Known::Is(text) if &*text == "Allow" => Some(Effect::Allow),
            Known::Is(text) if &*text == "Deny" => Some(Effect::Deny),
            _ => None,
        };
        let conditions = field.get("Condition");
        let mut statement = Statement {
            sid: if let Known::Is(sid) = field.get("Sid").text() { Some(sid) } else { None },
            index,
            effect,
            principals: self.principals(field),
            actions: self.element(field, "Action", "NotAction", ActionPattern::parse),
            resources: self
                .element(field, "Resource", "NotResource", |text| ResourcePattern::parse(text, self.variables)),
            open_conditions: conditions.unknown().is_some() || conditions.open().is_some() || field.open().is_some(),
            conditions: conditions.entries().iter().flat_map(|(name, keys)| self.conditions(name, keys)).collect(),
            span: field.place().span,
            bits: Bits::NONE,
        };
        statement.bits = statement.covered(Universe::standard());
        statement
    }

    fn element<T>(
        &self,
        field: &Field<'_>,
        name: &str,
        negated: &str,
        parse: impl Fn(&Text) -> T,
    ) -> Option<Element<T>> {
        let plain = field.get(name);
        let (found, negated) = if plain.is_absent() { (field.get(negated), true) } else { (plain, false) };
        if found.is_absent() {
            return None;
        }
        let (texts, open) = self.texts(&found);
        let item = |(text, value, span): (Text, Option<Value>, Option<Span>)| Item {
            pattern: parse(&text),
            owner: value.and_then(|value| self.texts.owner(&value)),
            text,
            span,
        };
        Some(Element { negated, items: texts.into_iter().map(item).collect(), open, span: found.place().span })
    }

    /// The texts of a list or single value; an unknown element is a symbol.
    #[allow(clippy::type_complexity)]
    fn texts(&self, field: &Field<'_>) -> (Vec<(Text, Option<Value>, Option<Span>)>, Option<Arc<Unknown>>) {
        let items = field.items();
        let mut open = items.open;
        let mut texts = Vec::new();
        for item in &items.fields {
            let span = item.place().span;
            match item.value() {
                Known::Is(value) => match self.texts.text(value) {
                    Ok(text) => {
                        let symbolic = matches!(value.kind, Kind::Reference(_) | Kind::Pattern(_));
                        texts.push((text, symbolic.then(|| value.clone()), span));
                    }
                    Err(unknown) => open = open.or(Some(unknown)),
                },
                Known::Unknown(unknown) => {
                    let symbol = Symbol::any(unknown.key.clone(), format!("${{{}}}", unknown.subject));
                    texts.push((Text::from(crate::aws::text::Atom::Symbol(Arc::new(symbol))), None, span));
                }
                Known::Absent => {}
            }
        }
        (texts, open)
    }

    fn principals(&self, field: &Field<'_>) -> Option<Principals> {
        let plain = field.get("Principal");
        let (found, negated) = if plain.is_absent() { (field.get("NotPrincipal"), true) } else { (plain, false) };
        if found.is_absent() {
            return None;
        }
        let span = found.place().span;
        let mut principals = Principals {
            negated,
            entries: Vec::new(),
            open: found.unknown().is_some() || found.open().is_some(),
            span,
        };
        if found.map().is_some() {
            for (kind, values) in found.entries() {
                let (texts, open) = self.texts(&values);
                principals.open |= open.is_some();
                principals.entries.extend(texts.into_iter().map(|(text, _, span)| (Entry::parse(kind, text), span)));
            }
        } else {
            let (texts, open) = self.texts(&found);
            principals.open |= open.is_some();
            principals.entries.extend(
                texts
                    .into_iter()
                    .map(|(text, _, span)| (if text.is("*") { Entry::Everyone } else { Entry::Other(text) }, span)),
            );
        }
        Some(principals)
    }

    fn conditions(&self, name: &str, keys: &Field<'_>) -> Vec<Condition> {
        let operator = Operator::parse(name);
        let one = |(key, values): &(&str, Field<'_>)| {
            let (texts, open) = self.texts(values);
            let values_of = |operator| {
                texts.iter().map(|(text, ..)| Expected::parse(text.clone(), operator, self.variables)).collect()
            };
            Condition {
                name: name.into(),
                operator,
                key: (*key).into(),
                lower: key.to_lowercase().into(),
                values: operator.map(values_of).unwrap_or_default(),
                open: open.is_some(),
                span: values.place().span,
            }
        };
        keys.entries().iter().map(one).collect()
    }
}

impl Statement {
    /// The actions of a universe that it covers.
    pub fn covered(&self, universe: &Universe) -> Bits {
        let Some(element) = &self.actions else { return Bits::ALL };
        let written = element.items.iter().fold(Bits::NONE, |all, item| all.or(item.pattern.covered(universe)));
        let open = if element.open.is_some() { Bits::of(Truth::Unknown) } else { Bits::NONE };
        let found = if element.negated { !written.or(open) } else { written.or(open) };
        found.and(Bits { must: universe.all(), may: universe.all() })
    }

    /// As [`Statement::covered`], kept for the standard universe.
    pub fn bits(&self, universe: &Universe) -> Bits {
        if universe.is_standard() { self.bits } else { self.covered(universe) }
    }

    /// Whether it covers the resource.
    pub fn reaches(&self, subject: &Subject, context: &Context, padding: Padding) -> Truth {
        let Some(element) = &self.resources else { return Truth::True };
        element.covers(|item| match (&item.owner, &subject.table) {
            (Some(owner), Some(table)) if owner != table => Truth::False,
            _ => item.pattern.covers(subject, context, padding),
        })
    }

    /// Whether a resource of DynamoDB or DAX can be among what it reaches: not when every ARN is one of another service.
    pub fn may_reach_tables(&self) -> bool {
        let foreign = |item: &Item<ResourcePattern>| {
            let service = item.text.segments(6).and_then(|parts| parts.get(2).and_then(Text::literal));
            service.is_some_and(|service| !service.contains(['*', '?']) && service != "dynamodb" && service != "dax")
        };
        self.resources
            .as_ref()
            .is_none_or(|element| element.negated || element.open.is_some() || !element.items.iter().all(foreign))
    }

    /// Whether what it reaches depends on the context.
    pub fn has_variable_resources(&self) -> bool {
        self.resources.as_ref().is_some_and(|element| element.items.iter().any(|item| item.pattern.has_variables()))
    }

    /// Whether all its conditions hold.
    pub fn holds(&self, context: &Context) -> Truth {
        let open = if self.open_conditions { Truth::Unknown } else { Truth::True };
        self.conditions.iter().fold(
            open,
            |truth, condition| {
                if truth.is_false() { truth } else { truth.and(condition.holds(context)) }
            },
        )
    }

    /// `Sid`, or the number of the statement from 1.
    pub fn label(&self) -> String {
        self.sid
            .as_deref()
            .map_or_else(|| format!("statement {}", self.index + 1), |sid| format!("statement \"{sid}\""))
    }
}

impl<T> Element<T> {
    /// Whether one pattern covers; for the `Not` form, whether none does.
    pub fn covers(&self, covers: impl Fn(&Item<T>) -> Truth) -> Truth {
        let written = Truth::any(self.items.iter().map(covers));
        let found = if self.open.is_some() { written.or(Truth::Unknown) } else { written };
        if self.negated { !found } else { found }
    }
}
