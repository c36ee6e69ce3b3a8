//! What a principal is granted, with the place that grants it. In: access and a set of actions. Out: verdicts.

use std::{cell::RefCell, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    aws::iam::{
        access::{Access, TableTarget, grants},
        actions::{ActionSet, Universe},
        index::PrincipalAccess,
        policy::{Effect, Statement},
        principals::Principal,
    },
    model::Resource,
    value::{Place, Truth, Unknown},
};

/// Actions that everyone knows, the gravest first.
const TELLING: [&str; 6] = [
    "dynamodb:DeleteTable",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:PutResourcePolicy",
    "dynamodb:UpdateTable",
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
];

/// An action that is granted on a table.
#[derive(Clone)]
pub struct Granted {
    /// `dynamodb:DeleteTable`.
    pub action: String,
    /// The table.
    pub target: Arc<TableTarget>,
    /// The pattern that covers the action, else the statement, else the principal.
    pub place: Place,
    /// Whether it is granted.
    pub truth: Truth,
    /// Whether a pattern with a wildcard grants it.
    pub by_wildcard: bool,
    /// Why it is unknown.
    pub reasons: Vec<Arc<Unknown>>,
}

/// What a principal is granted, worked out once for tables that it reaches alike.
pub struct Grants<'a> {
    found: &'a PrincipalAccess,
    holder: &'a Resource,
    known: RefCell<FxHashMap<(*const Access, ActionSet), Option<Granted>>>,
}

impl<'a> Grants<'a> {
    /// What a principal is granted; `holder` is its resource.
    pub fn new(found: &'a PrincipalAccess, holder: &'a Resource) -> Self {
        Self { found, holder, known: RefCell::default() }
    }

    /// The first of the actions that is granted on a table: a certain one, else a possible one.
    pub fn first(&self, target: &Arc<TableTarget>, access: &Arc<Access>, wanted: ActionSet) -> Option<Granted> {
        let alike = (Arc::as_ptr(access), wanted);
        let mut known = self.known.borrow_mut();
        let granted = known.entry(alike).or_insert_with(|| self.granted(target, access, wanted));
        granted.clone().map(|granted| Granted { target: Arc::clone(target), ..granted })
    }

    /// The worst grant of the actions over all tables that the principal reaches.
    pub fn worst(&self, wanted: ActionSet) -> Option<Granted> {
        let all = self.found.tables.iter().filter(|(_, access)| access.some(wanted).is_possible());
        let (target, access) = all.max_by_key(|(_, access)| access.some(wanted).is_true())?;
        self.first(target, access, wanted)
    }

    fn granted(&self, target: &Arc<TableTarget>, access: &Access, wanted: ActionSet) -> Option<Granted> {
        let bits = access.any();
        let certain = telling(bits.must.and(wanted));
        let index = certain.or_else(|| telling(bits.may.and(wanted)))?;
        let action = Universe::standard().names().get(index)?.to_string();
        let (place, by_wildcard) = evidence(&self.found.principal, target, index, self.holder);
        let policies = self.found.principal.policies.iter().filter_map(|(_, policy)| policy.unknown.clone());
        let reasons = if certain.is_some() { Vec::new() } else { policies.collect() };
        Some(Granted { action, target: Arc::clone(target), place, truth: bits.truth(index), by_wildcard, reasons })
    }
}

/// The action of a set that says most to a reader.
fn telling(actions: ActionSet) -> Option<usize> {
    let known =
        TELLING.iter().filter_map(|action| Universe::standard().index(action)).find(|index| actions.has(*index));
    known.or_else(|| actions.iter().next())
}

/// Where an action is granted, and whether by a wildcard.
fn evidence(principal: &Principal, target: &TableTarget, index: usize, holder: &Resource) -> (Place, bool) {
    let mut best: Option<(Truth, Place, bool)> = None;
    grants(principal, target, index, &mut |_, _, grants| {
        for grant in grants.iter().filter(|grant| grant.effect != Some(Effect::Deny)) {
            let found = grant.statement.map(|statement| pattern(statement, index));
            let (span, wild) = found.unwrap_or((None, false));
            let span = span.or(grant.policy.span).or(Some(holder.header));
            if best.as_ref().is_none_or(|(truth, ..)| grant.covers > *truth) {
                best = Some((grant.covers, Place { span, ..Place::default() }, wild));
            }
        }
    });
    best.map_or_else(|| (super::header(holder), false), |(_, place, wild)| (place, wild))
}

/// The pattern of a statement that covers an action, and whether it has a wildcard.
pub fn pattern(statement: &Statement, index: usize) -> (Option<crate::source::Span>, bool) {
    let name = Universe::standard().names().get(index);
    let Some(element) = &statement.actions else { return (statement.span, true) };
    let covering = element.items.iter().find(|item| name.is_some_and(|name| item.pattern.covers(name).is_true()));
    match covering.filter(|_| !element.negated) {
        Some(item) => (item.span.or(statement.span), item.text.to_string().contains(['*', '?'])),
        None => (element.span.or(statement.span), element.negated),
    }
}
