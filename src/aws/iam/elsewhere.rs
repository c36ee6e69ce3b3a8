//! Tables as the principals of other stacks see them. In: every table of a project, read without deciding an input.
//! Out: for a principal, the tables worth asking about that are in stacks which have nothing to do with its own.
//!
//! To ask about each pair would cost principals × tables. A policy that names a table leads to it by an index. One
//! that speaks of any table reaches all that are alike in the same way, so one of each sort stands for the others.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    aws::{
        iam::{
            access::TableTarget,
            actions::ResourceKind,
            element::ResourcePattern,
            policy::{Effect, Policy, Statement},
            principals::Principal,
            reach::{name_glob, relevant},
            tenancy::PARTITION_KEYS,
        },
        text::Glob,
    },
    value::Truth,
};

/// What tells tables apart for a policy that names none, and for those who judge it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Sort {
    resources: BTreeSet<ResourceKind>,
    account: Option<String>,
    region: Option<String>,
    sensitive: Truth,
}

#[derive(Debug)]
struct Declared {
    target: Arc<TableTarget>,
    sort: usize,
}

/// The tables of all stacks.
#[derive(Debug, Default)]
pub struct Elsewhere {
    tables: Vec<Declared>,
    /// By sort, in the order given.
    sorts: Vec<Vec<usize>>,
    by_name: BTreeMap<String, Vec<usize>>,
    /// By the name from its end.
    by_end: BTreeMap<String, Vec<usize>>,
    /// Tables with a policy of their own, which may name anyone.
    shared: Vec<usize>,
}

/// What the statements of a principal say of tables elsewhere.
#[derive(Default)]
struct Wanted {
    named: BTreeSet<usize>,
    /// Those that fit a pattern over names.
    alike: BTreeSet<usize>,
    /// Whether it may be any table.
    any: bool,
}

impl Elsewhere {
    /// Sorts tables; each comes with whether its data are sensitive.
    pub fn new(tables: impl IntoIterator<Item = (Arc<TableTarget>, Truth)>) -> Self {
        let mut all = Self::default();
        let mut sorts: FxHashMap<Sort, usize> = FxHashMap::default();
        for (at, (target, sensitive)) in tables.into_iter().enumerate() {
            let sort = Sort {
                resources: target.resources.iter().map(|(kind, _)| *kind).collect(),
                account: target.account.literal(),
                region: target.region.literal(),
                sensitive,
            };
            let next = sorts.len();
            let sort = *sorts.entry(sort).or_insert(next);
            if sort == all.sorts.len() {
                all.sorts.push(Vec::new());
            }
            all.sorts.get_mut(sort).into_iter().for_each(|tables| tables.push(at));
            if let Some(name) = target.name.literal() {
                all.by_end.entry(name.chars().rev().collect()).or_default().push(at);
                all.by_name.entry(name).or_default().push(at);
            }
            if target.policy.is_some() || target.stream_policy.is_some() {
                all.shared.push(at);
            }
            all.tables.push(Declared { target, sort });
        }
        all
    }

    /// The tables that a principal may reach in stacks that are not near it: those that it names, those whose own
    /// policy may name it, and one of each sort that it reaches whatever their names are.
    pub fn candidates(&self, principal: &Principal, is_near: impl Fn(&str) -> bool) -> Vec<&Arc<TableTarget>> {
        let far = |at: &usize| self.tables.get(*at).is_some_and(|table| !is_near(&table.target.id.stack));
        let mut wanted = Wanted::default();
        for policy in &principal.policies.identity {
            self.want(policy, &mut wanted);
        }
        let mut found: BTreeSet<usize> = wanted.named.into_iter().chain(self.shared.iter().copied()).collect();
        found.retain(far);
        if wanted.any && tells_tenants_apart(principal) {
            // How items are kept apart depends on the keys and indexes of each table.
            found.extend((0..self.tables.len()).filter(far));
        } else {
            let mut seen = FxHashSet::default();
            let mut first = |at: &usize| self.tables.get(*at).is_some_and(|table| seen.insert(table.sort));
            found.extend(wanted.alike.iter().copied().filter(far).filter(&mut first));
            if wanted.any {
                found.extend(self.sorts.iter().filter_map(|tables| tables.iter().copied().find(far)));
            }
        }
        found.into_iter().filter_map(|at| self.tables.get(at)).map(|table| &table.target).collect()
    }

    /// The tables in stacks that are not near.
    pub fn all(&self, is_near: impl Fn(&str) -> bool) -> Vec<&Arc<TableTarget>> {
        self.tables.iter().map(|table| &table.target).filter(|target| !is_near(&target.id.stack)).collect()
    }

    fn want(&self, policy: &Policy, wanted: &mut Wanted) {
        wanted.any |= policy.unknown.is_some();
        for statement in relevant(policy).filter(|statement| statement.effect != Some(Effect::Deny)) {
            match statement.resources.as_ref().filter(|element| !element.negated && element.open.is_none()) {
                // A table that is named by reference is in a stack that is near.
                Some(element) => element
                    .items
                    .iter()
                    .filter(|item| item.owner.is_none())
                    .for_each(|item| self.want_pattern(&item.pattern, wanted)),
                None => wanted.any = true,
            }
        }
    }

    fn want_pattern(&self, pattern: &ResourcePattern, wanted: &mut Wanted) {
        let Some(name) = name_glob(pattern) else {
            wanted.any |= !matches!(pattern, ResourcePattern::Arn { tail, .. } if !tail.has_variables())
                || pattern.covers_every_table().is_possible();
            return;
        };
        let start = literal(name.iter());
        if start.chars().count() == name.len() {
            wanted.named.extend(self.by_name.get(&start).into_iter().flatten());
            return;
        }
        let end = literal(name.iter().rev());
        match (&*start, &*end) {
            ("", "") => wanted.any = true,
            ("", _) => wanted.alike.extend(beginning(&self.by_end, &end)),
            _ => wanted.alike.extend(beginning(&self.by_name, &start)),
        }
    }
}

/// The characters before the first wildcard or symbol.
fn literal<'g>(glob: impl Iterator<Item = &'g Glob>) -> String {
    glob.map_while(|token| if let Glob::Char(c) = token { Some(*c) } else { None }).collect()
}

fn beginning<'m>(names: &'m BTreeMap<String, Vec<usize>>, start: &'m str) -> impl Iterator<Item = usize> + 'm {
    let from = names.range::<str, _>((std::ops::Bound::Included(start), std::ops::Bound::Unbounded));
    from.take_while(move |(name, _)| name.starts_with(start)).flat_map(|(_, tables)| tables).copied()
}

fn tells_tenants_apart(principal: &Principal) -> bool {
    let statements = principal.policies.iter().flat_map(|(_, policy)| &policy.statements);
    let about_keys = |statement: &Statement| {
        statement.conditions.iter().any(|condition| PARTITION_KEYS.contains(&&*condition.lower))
    };
    statements.into_iter().any(about_keys)
}
