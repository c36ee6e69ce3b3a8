//! What was found in every world as one answer. In: findings per world. Out: per table the answers and reasons, each with
//! the inputs that it depends on.

use std::collections::BTreeMap;

use crate::{
    aws::{
        Project,
        iam::{
            access::Access,
            explain::{Note, Reason},
            permission::{Group, Permission},
            survey::{Cell, PrincipalRow, Sort},
        },
    },
    value::{ResourceId, when, world::Leaf},
};

/// A table in a region: what pairs are joined by.
pub(super) type Key = (ResourceId, String);

/// What was found about one pair in one world.
#[derive(Clone, Debug)]
pub(super) struct Found {
    permissions: Vec<Permission>,
    reasons: Vec<Reason>,
}

impl Found {
    pub(super) fn new(access: &Access, reasons: Vec<Reason>) -> Self {
        Self { permissions: Group::ALL.iter().map(|group| group.permission(access)).collect(), reasons }
    }
}

/// What was found in one world: per table, and the tables that do not exist in it.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) by_table: BTreeMap<Key, Found>,
    pub(super) missing: Vec<ResourceId>,
}

/// Answers and reasons of one pair, over all worlds.
pub(super) type Merged = (Vec<Cell>, Vec<(Reason, Option<String>)>);

/// A principal with what it has on each table.
pub(super) type Row = (PrincipalRow, BTreeMap<Key, Merged>);

/// One world with what was found about a pair in it.
type InWorld<'l> = (&'l Leaf<Findings>, Option<&'l Found>);

/// Rows of one principal outside, named by several tables, become one.
pub(super) fn rows(rows: Vec<Row>) -> Vec<Row> {
    let mut merged: BTreeMap<(Sort, ResourceId), Row> = BTreeMap::new();
    for (row, found) in rows {
        let (known, all) = merged.entry((row.sort, row.id.clone())).or_insert_with(|| (row.clone(), BTreeMap::new()));
        known.cut |= row.cut;
        all.extend(found);
    }
    merged.into_values().collect()
}

/// The answers of all worlds as one.
pub(super) fn worlds(leaves: &[Leaf<Findings>], project: &Project) -> BTreeMap<Key, Merged> {
    let mut keys: Vec<&Key> = leaves.iter().flat_map(|leaf| leaf.result.by_table.keys()).collect();
    keys.sort();
    keys.dedup();
    let one = |key: &Key| {
        let concerned = leaves.iter().filter(|leaf| !leaf.result.missing.contains(&key.0));
        let concerned: Vec<InWorld<'_>> = concerned.map(|leaf| (leaf, leaf.result.by_table.get(key))).collect();
        let cells = Group::ALL.into_iter().enumerate().map(|(at, group)| cell(group, at, &concerned, project));
        (key.clone(), (cells.collect(), reasons(&concerned, project)))
    };
    keys.into_iter().map(one).collect()
}

fn cell(group: Group, at: usize, leaves: &[InWorld<'_>], project: &Project) -> Cell {
    let of =
        |found: &Option<&Found>| found.and_then(|found| found.permissions.get(at)).copied().unwrap_or(Permission::Deny);
    let permission = Permission::over(leaves.iter().map(|(_, found)| of(found)));
    let fits = |found: &Option<&Found>| of(found).max(Permission::Conditional) <= permission;
    let (these, others): (Vec<_>, Vec<_>) = leaves.iter().partition(|(_, found)| fits(found));
    let differs = leaves.iter().any(|(_, found)| of(found) != permission);
    Cell { group, permission, when: phrase(&these, &others, project).filter(|_| differs) }
}

fn reasons(leaves: &[InWorld<'_>], project: &Project) -> Vec<(Reason, Option<String>)> {
    let mut all: Vec<&Reason> = Vec::new();
    for reason in leaves.iter().filter_map(|(_, found)| *found).flat_map(|found| &found.reasons) {
        if !all.contains(&reason) {
            all.push(reason);
        }
    }
    let has = |reason: &Reason, found: &Option<&Found>| found.is_some_and(|found| found.reasons.contains(reason));
    let told = |reason: &Reason| {
        let (these, others): (Vec<_>, Vec<_>) = leaves.iter().partition(|(_, found)| has(reason, found));
        (reason.clone(), phrase(&these, &others, project))
    };
    all.into_iter().map(told).collect()
}

/// What tells the worlds apart; `None` when there are no others.
fn phrase(these: &[&InWorld<'_>], others: &[&InWorld<'_>], project: &Project) -> Option<String> {
    fn leaves<'l>(all: &[&InWorld<'l>]) -> Vec<&'l Leaf<Findings>> {
        all.iter().map(|(leaf, _)| *leaf).collect()
    }
    let both = !these.is_empty() && !others.is_empty();
    both.then(|| when::phrase(&leaves(these), &leaves(others), project.variables()))
}

/// Not every combination of inputs was tried: nothing is certain.
pub(super) fn doubt(found: &mut BTreeMap<Key, Merged>) {
    for (cells, reasons) in found.values_mut() {
        for cell in cells {
            cell.permission = match cell.permission {
                Permission::Allow | Permission::Conditional => Permission::Conditional,
                Permission::Unknown | Permission::Deny => Permission::Unknown,
            };
        }
        reasons.iter_mut().for_each(|(reason, _)| reason.notes.push(Note::Budget));
    }
}
