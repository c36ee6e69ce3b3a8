//! Which tables a principal's statements can reach: the join of resource patterns with tables by hash. In: tables and
//! principals. Out: candidate tables, and a signature that is equal for tables which every statement reaches alike.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use rustc_hash::FxHashMap;

use crate::{
    aws::{
        iam::{
            access::TableTarget,
            actions::{ResourceKind, Universe},
            context::Context,
            element::{Padding, ResourcePattern},
            policy::{Effect, Item, Policy, Statement},
            principals::Principal,
        },
        text::{Glob, Text},
    },
    value::{ResourceId, Truth},
};

/// What a pattern reaches.
#[derive(Debug)]
enum Tables {
    /// Every resource, certainly.
    All,
    /// These tables, each with the truth for its resources in order.
    Some(FxHashMap<usize, Vec<Truth>>),
}

/// Joins patterns with tables.
#[derive(Debug)]
pub struct Reach {
    tables: Vec<Arc<TableTarget>>,
    by_id: FxHashMap<ResourceId, Vec<usize>>,
    by_name: FxHashMap<String, Vec<usize>>,
    /// Tables whose names are not known.
    symbolic: Vec<usize>,
    /// Equal for tables with the same kinds of resources, region and account.
    sorts: Vec<usize>,
    /// Tables with a policy of their own, which may name anyone.
    shared: Vec<usize>,
    memo: Mutex<Memo>,
}

/// Where a table stands and what belongs to it, and how statements reach that.
pub type Signature = (usize, Vec<Truth>);

/// Per statement, what each of its patterns reaches.
#[derive(Debug)]
pub struct Footprint(Vec<Vec<Arc<Tables>>>);

type Memo = FxHashMap<(Text, Option<ResourceId>), Arc<Tables>>;

impl Reach {
    /// Indexes tables by identity and by name.
    pub fn new(tables: Vec<Arc<TableTarget>>) -> Self {
        let mut reach = Self {
            tables: tables.clone(),
            by_id: FxHashMap::default(),
            by_name: FxHashMap::default(),
            symbolic: Vec::new(),
            sorts: Vec::new(),
            shared: Vec::new(),
            memo: Mutex::default(),
        };
        let mut sorts: FxHashMap<(Vec<ResourceKind>, &Text, &Text), usize> = FxHashMap::default();
        for (at, table) in tables.iter().enumerate() {
            // Where tables stand decides about conditions on the region and about accounts.
            let kinds = table.resources.iter().map(|(kind, _)| *kind).collect();
            let next = sorts.len();
            reach.sorts.push(*sorts.entry((kinds, &table.region, &table.account)).or_insert(next));
            reach.by_id.entry(table.id.clone()).or_default().push(at);
            match table.name.literal() {
                Some(name) => reach.by_name.entry(name).or_default().push(at),
                None => reach.symbolic.push(at),
            }
            if table.policy.is_some() || table.stream_policy.is_some() {
                reach.shared.push(at);
            }
        }
        reach
    }

    /// The tables that some Allow of the principal, or of the table's own policy, can concern.
    pub fn candidates(&self, principal: &Principal) -> Vec<usize> {
        let mut found: BTreeSet<usize> = self.shared.iter().copied().collect();
        for policy in &principal.policies.identity {
            if policy.unknown.is_some() {
                return (0..self.tables.len()).collect();
            }
            for statement in relevant(policy).filter(|statement| statement.effect != Some(Effect::Deny)) {
                let Some(element) =
                    statement.resources.as_ref().filter(|element| !element.negated && element.open.is_none())
                else {
                    return (0..self.tables.len()).collect();
                };
                for item in &element.items {
                    match &*self.tables_of(item) {
                        Tables::All => return (0..self.tables.len()).collect(),
                        Tables::Some(tables) => found.extend(tables.keys()),
                    }
                }
            }
        }
        found.into_iter().collect()
    }

    /// What the statements of a principal reach; `None` when that depends on the context.
    pub fn footprint(&self, principal: &Principal) -> Option<Footprint> {
        let limits = principal.policies.boundary.iter().flatten();
        let statements = principal.policies.identity.iter().chain(limits).flat_map(|policy| relevant(policy));
        let elements = statements.filter_map(|statement| statement.resources.as_ref());
        let reached = elements.map(|element| {
            let fixed = element.items.iter().all(|item| !item.pattern.has_variables());
            fixed.then(|| element.items.iter().map(|item| self.tables_of(item)).collect())
        });
        reached.collect::<Option<_>>().map(Footprint)
    }

    /// How each statement reaches each resource of a table.
    pub fn signature(&self, footprint: &Footprint, table: usize) -> Option<Signature> {
        let count = self.tables.get(table)?.resources.len();
        let mut signature = Vec::with_capacity(count * footprint.0.len());
        for items in &footprint.0 {
            let start = signature.len();
            signature.resize(start + count, Truth::False);
            let reached = signature.get_mut(start..).unwrap_or_default();
            for tables in items {
                match &**tables {
                    Tables::All => reached.fill(Truth::True),
                    Tables::Some(tables) => {
                        for (all, one) in reached.iter_mut().zip(tables.get(&table).into_iter().flatten()) {
                            *all = all.or(*one);
                        }
                    }
                }
            }
        }
        Some((*self.sorts.get(table)?, signature))
    }

    fn tables_of(&self, item: &Item<ResourcePattern>) -> Arc<Tables> {
        if item.pattern == ResourcePattern::All {
            return Arc::new(Tables::All);
        }
        let key = (item.text.clone(), item.owner.clone());
        let memo = || self.memo.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = memo().get(&key) {
            return Arc::clone(found);
        }
        let context = Context::open();
        let mut found = FxHashMap::default();
        for at in self.possible(item) {
            let Some(table) = self.tables.get(at) else { continue };
            let covers = |(_, subject): &(_, _)| item.pattern.covers(subject, &context, Padding::Always);
            let truths: Vec<Truth> = table.resources.iter().map(covers).collect();
            if truths.iter().any(|truth| truth.is_possible()) {
                found.insert(at, truths);
            }
        }
        let found = Arc::new(Tables::Some(found));
        memo().insert(key, Arc::clone(&found));
        found
    }

    /// Tables that are worth matching: by identity or name where the pattern has one, else all.
    fn possible(&self, item: &Item<ResourcePattern>) -> Vec<usize> {
        if let Some(owner) = &item.owner {
            return self.by_id.get(owner).cloned().unwrap_or_default();
        }
        match name_in(&item.pattern) {
            Some(name) => self.by_name.get(&name).into_iter().flatten().chain(&self.symbolic).copied().collect(),
            None => (0..self.tables.len()).collect(),
        }
    }
}

/// The statements that speak of an action of DynamoDB.
pub(crate) fn relevant(policy: &Policy) -> impl Iterator<Item = &Statement> {
    policy.statements.iter().filter(|statement| !statement.bits(Universe::standard()).may.is_empty())
}

/// The literal table name of an ARN pattern, `…:table/Orders` or `…:table/Orders/…`.
fn name_in(pattern: &ResourcePattern) -> Option<String> {
    let name = name_glob(pattern)?;
    name.iter().map(|token| if let Glob::Char(c) = token { Some(*c) } else { None }).collect()
}

/// The part of an ARN pattern that stands for the name of a table, when it is known which part that is.
pub(crate) fn name_glob(pattern: &ResourcePattern) -> Option<Vec<Glob>> {
    let ResourcePattern::Arn { tail, .. } = pattern else { return None };
    if tail.has_variables() {
        return None;
    }
    let tokens = tail.fixed();
    let word: Vec<Glob> = "table/".chars().map(Glob::Char).collect();
    let rest = tokens.strip_prefix(&*word)?;
    let end = rest.iter().position(|token| *token == Glob::Char('/')).unwrap_or(rest.len());
    rest.get(..end).map(<[Glob]>::to_vec)
}
