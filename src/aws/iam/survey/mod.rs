//! Who reaches which table, over a whole project. In: a project. Out: its tables, its principals and those outside that
//! table policies name, and for every pair that is not refused outright the answer per class of actions, over all
//! deployments that the code allows; on request with the statements behind it.

mod merge;

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::{
    aws::{
        Project,
        arn::{Deployment, Names},
        dynamodb::{KINDS as TABLES, Table},
        iam::{
            access::{Access, Matrix, TableTarget},
            explain::{self, Reason},
            index::AccessIndex,
            outsiders::{self, Outsider},
            permission::{Group, Permission},
            principals::{KINDS as PRINCIPALS, Principal},
            survey::merge::{Findings, Found, Key, Row},
        },
        workload::{Workload, by_role},
    },
    model::Resource,
    source::Span,
    value::{
        Formula, ResourceId, World,
        world::{Leaf, explore},
    },
};

/// How many combinations of inputs are tried for one principal.
pub const MAX_WORLDS: usize = 128;

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Every table, in each of its regions.
    pub tables: Vec<TableRow>,
    /// Every principal, those outside the project last.
    pub principals: Vec<PrincipalRow>,
    /// The pairs in which something is not refused, by principal and table.
    pub pairs: Vec<Pair>,
}

/// A table in one region.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// The resource.
    pub id: ResourceId,
    /// Its name, parts of which may be symbols.
    pub name: String,
    /// Its region, likewise.
    pub region: String,
    /// Where it is declared.
    pub span: Span,
}

/// What sort of principal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// A role of the project.
    Role,
    /// A user of the project.
    User,
    /// A permission set of the project.
    PermissionSet,
    /// A service that a table policy names.
    Service,
    /// A principal of the table's account, or whose account is not known, that a table policy names.
    Named,
    /// An account, or principal of an account, that is not the table's.
    OtherAccount,
    /// Everyone.
    Everyone,
}

impl Sort {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::PermissionSet => "permission-set",
            Self::Service => "service",
            Self::Named => "named-in-policy",
            Self::OtherAccount => "other-account",
            Self::Everyone => "everyone",
        }
    }

    /// Whether the project does not declare it.
    pub fn is_outside(self) -> bool {
        self > Self::PermissionSet
    }
}

/// A principal.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalRow {
    /// The resource; for one outside, no stack and as the policy writes it.
    pub id: ResourceId,
    /// What it is.
    pub sort: Sort,
    /// Its ARN, or the name of the service.
    pub arn: String,
    /// Where it is declared, or first named.
    pub span: Option<Span>,
    /// Who may assume it, as its trust policy names them.
    pub trusts: Vec<String>,
    /// The workloads of the project that run as it.
    pub workloads: Vec<ResourceId>,
    /// Whether there were more combinations of inputs than [`MAX_WORLDS`].
    pub cut: bool,
}

/// What a principal has on a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Index into [`Survey::principals`].
    pub principal: usize,
    /// Index into [`Survey::tables`].
    pub table: usize,
    /// The answers, in the order of [`Group::ALL`].
    pub cells: Vec<Cell>,
    /// What decides, when it was asked for.
    pub reasons: Vec<(Reason, Option<String>)>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The class of actions.
    pub group: Group,
    /// The answer over all deployments.
    pub permission: Permission,
    /// The inputs with which it is so, in words, when it is not so with all.
    pub when: Option<String>,
}

/// Whether the reasons of a pair are wanted: principal, table, and whether anything is allowed, which is decided by then.
pub type Wanted<'w> = &'w (dyn Fn(&ResourceId, &ResourceId, bool) -> bool + Sync);

impl Survey {
    /// Surveys a project.
    pub fn new(project: &Project, deployment: &Deployment, explain: Wanted<'_>) -> Self {
        let surveyor =
            Surveyor { project, deployment, explain, index: AccessIndex::of_every_pair(project, deployment) };
        let mut survey = Self::default();
        let mut keys: BTreeMap<Key, usize> = BTreeMap::new();
        let mut outside = Vec::new();
        for (rows, found) in surveyor.tables() {
            for row in rows {
                keys.insert((row.id.clone(), row.region.clone()), survey.tables.len());
                survey.tables.push(row);
            }
            outside.extend(found);
        }
        let inside = surveyor.principals();
        for (row, found) in inside.into_iter().chain(merge::rows(outside)) {
            let principal = survey.principals.len();
            survey.principals.push(row);
            let pairs = found.into_iter().filter_map(|(key, (cells, reasons))| {
                Some(Pair { principal, table: *keys.get(&key)?, cells, reasons })
            });
            survey.pairs.extend(pairs);
        }
        survey.pairs.retain(|pair| {
            !pair.reasons.is_empty() || pair.cells.iter().any(|cell| cell.permission != Permission::Deny)
        });
        survey.pairs.sort_by_key(|pair| (pair.principal, pair.table));
        survey
    }

    /// Keeps the tables and principals that fit, and what is between them.
    pub fn retain(&mut self, table: impl Fn(&TableRow) -> bool, principal: impl Fn(&PrincipalRow) -> bool) {
        let renumbered = |kept: &[bool]| {
            let mut next = 0;
            let number = |kept: &bool| {
                kept.then(|| {
                    next += 1;
                    next - 1
                })
            };
            kept.iter().map(number).collect::<Vec<Option<usize>>>()
        };
        let tables = renumbered(&self.tables.iter().map(&table).collect::<Vec<_>>());
        let principals = renumbered(&self.principals.iter().map(&principal).collect::<Vec<_>>());
        self.tables.retain(&table);
        self.principals.retain(&principal);
        self.pairs = std::mem::take(&mut self.pairs)
            .into_iter()
            .filter_map(|pair| {
                let at = |numbers: &[Option<usize>], old: usize| numbers.get(old).copied().flatten();
                Some(Pair { principal: at(&principals, pair.principal)?, table: at(&tables, pair.table)?, ..pair })
            })
            .collect();
    }

    /// The pairs of a table.
    pub fn of_table(&self, table: usize) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().filter(move |pair| pair.table == table)
    }
}

struct Surveyor<'a> {
    project: &'a Project,
    deployment: &'a Deployment,
    explain: Wanted<'a>,
    index: AccessIndex,
}

impl Surveyor<'_> {
    fn principals(&self) -> Vec<Row> {
        let resources: Vec<&Resource> = PRINCIPALS.iter().flat_map(|kind| self.project.of_kind(kind)).collect();
        let world = World::new(self.project.variables());
        let workloads = Workload::all(self.project, &world);
        let users: FxHashMap<ResourceId, Vec<ResourceId>> = by_role(&workloads)
            .into_iter()
            .map(|(role, workloads)| (role, workloads.iter().map(|workload| workload.resource.id.clone()).collect()))
            .collect();
        let conditional: Vec<&Resource> = TABLES.iter().flat_map(|kind| self.project.of_kind(kind)).collect();
        let conditional: Vec<&Resource> =
            conditional.into_iter().filter(|table| table.exists != Formula::TRUE).collect();
        let mut rows: Vec<Row> =
            resources.par_iter().filter_map(|resource| self.principal(resource, &conditional, &users)).collect();
        rows.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        rows
    }

    /// `None` for a principal that is deployed in no world.
    fn principal(
        &self,
        resource: &Resource,
        conditional: &[&Resource],
        users: &FxHashMap<ResourceId, Vec<ResourceId>>,
    ) -> Option<Row> {
        let explored = explore(self.project.scope(resource), MAX_WORLDS, |world| {
            let found = self.in_world(world, resource, conditional);
            world.assume(self.project.stack_of(resource).map(|stack| &*stack.assumptions).unwrap_or_default());
            found
        });
        let (principals, leaves): (Vec<_>, Vec<_>) = explored
            .leaves
            .into_iter()
            .filter_map(|leaf| {
                let (principal, findings) = leaf.result?;
                let Leaf { decisions, named, is_default, .. } = leaf;
                Some((principal, Leaf { result: findings, decisions, named, is_default }))
            })
            .unzip();
        let principal: Principal = principals.into_iter().next()?;
        let mut workloads = users.get(&resource.id).cloned().unwrap_or_default();
        workloads.sort();
        workloads.dedup();
        let row = PrincipalRow {
            id: resource.id.clone(),
            sort: match &*resource.kind {
                "AWS::IAM::User" => Sort::User,
                "AWS::SSO::PermissionSet" => Sort::PermissionSet,
                _ => Sort::Role,
            },
            arn: principal.caller.arn.to_string(),
            span: Some(resource.header),
            trusts: outsiders::trusted(&principal),
            workloads,
            cut: explored.cut,
        };
        let mut found = merge::worlds(&leaves, self.project);
        if explored.cut {
            merge::doubt(&mut found);
        }
        Some((row, found))
    }

    fn in_world<'a>(
        &'a self,
        world: &'a World<'a>,
        resource: &'a Resource,
        conditional: &[&Resource],
    ) -> Option<(Principal, Findings)> {
        if world.truth(&resource.exists).is_false() {
            return None;
        }
        let found = self.index.principal(resource, self.project, world)?;
        let mut findings = Findings::default();
        for (target, access) in &found.tables {
            let wanted = (self.explain)(&resource.id, &target.id, true);
            let reasons = if wanted { explain::reasons(&found.principal, target) } else { Vec::new() };
            findings.by_table.insert(key(target), Found::new(access, reasons));
        }
        for target in self.index.tables() {
            if (self.explain)(&resource.id, &target.id, false) && !findings.by_table.contains_key(&key(target)) {
                let reasons = explain::reasons(&found.principal, target);
                findings.by_table.insert(key(target), Found::new(&Access::default(), reasons));
            }
        }
        let missing = conditional.iter().filter(|table| world.truth(&table.exists).is_false());
        findings.missing = missing.map(|table| table.id.clone()).collect();
        Some((found.principal.clone(), findings))
    }

    /// Every table with its rows and the principals outside that its policies name.
    fn tables(&self) -> Vec<(Vec<TableRow>, Vec<Row>)> {
        let mut resources: Vec<&Resource> = TABLES.iter().flat_map(|kind| self.project.of_kind(kind)).collect();
        resources.sort_by(|a, b| a.id.cmp(&b.id));
        let known = outsiders::declared(self.project, self.deployment);
        let matrix = Matrix::new(Vec::new());
        resources.par_iter().map(|resource| self.table(resource, &known, &matrix)).collect()
    }

    fn table(&self, resource: &Resource, known: &outsiders::Declared, matrix: &Matrix) -> (Vec<TableRow>, Vec<Row>) {
        let explored = explore(self.project.scope(resource), MAX_WORLDS, |world| {
            let found = self.table_in(world, resource, known, matrix);
            world.assume(self.project.stack_of(resource).map(|stack| &*stack.assumptions).unwrap_or_default());
            found
        });
        let mut rows: Vec<TableRow> = Vec::new();
        let mut outside: BTreeMap<Arc<str>, (Outsider, Vec<Leaf<Findings>>)> = BTreeMap::new();
        let leaves = || explored.leaves.iter().filter_map(|leaf| Some((leaf, leaf.result.as_ref()?)));
        for (_, (targets, named)) in leaves() {
            for row in targets {
                if !rows.iter().any(|known| known.region == row.region) {
                    rows.push(row.clone());
                }
            }
            for (outsider, ..) in named {
                outside.entry(Arc::clone(&outsider.label)).or_insert_with(|| (outsider.clone(), Vec::new()));
            }
        }
        for (label, (_, found)) in &mut outside {
            for (leaf, (_, named)) in leaves() {
                let own = named.iter().filter(|(outsider, ..)| outsider.label == *label);
                let by_table = own.map(|(_, key, found)| (key.clone(), found.clone())).collect();
                let result = Findings { by_table, missing: Vec::new() };
                let Leaf { decisions, named, is_default, .. } = leaf;
                found.push(Leaf {
                    result,
                    decisions: decisions.clone(),
                    named: named.clone(),
                    is_default: *is_default,
                });
            }
        }
        let row = |(outsider, leaves): (Outsider, Vec<Leaf<Findings>>)| {
            let mut found = merge::worlds(&leaves, self.project);
            if explored.cut {
                merge::doubt(&mut found);
            }
            (outsider.row(explored.cut), found)
        };
        (rows, outside.into_values().map(row).collect())
    }

    #[allow(clippy::type_complexity)]
    fn table_in<'a>(
        &'a self,
        world: &'a World<'a>,
        resource: &'a Resource,
        known: &outsiders::Declared,
        matrix: &Matrix,
    ) -> Option<(Vec<TableRow>, Vec<(Outsider, Key, Found)>)> {
        let table = Table::new(resource, world).filter(|_| !world.truth(&resource.exists).is_false())?;
        let targets = TableTarget::all(&table, &Names::new(self.project, world, self.deployment));
        let row = |target: &TableTarget| TableRow {
            id: target.id.clone(),
            name: target.name.to_string(),
            region: target.region.to_string(),
            span: resource.header,
        };
        let mut named = Vec::new();
        for target in &targets {
            for outsider in outsiders::named(target, known) {
                let target = &outsiders::seen_by(&outsider, target);
                let access = matrix.access(&outsider.principal, target);
                if access.any().may.is_empty() {
                    continue;
                }
                let wanted = (self.explain)(&outsider.principal.id, &target.id, true);
                let reasons = if wanted { explain::reasons(&outsider.principal, target) } else { Vec::new() };
                named.push((outsider, key(target), Found::new(&access, reasons)));
            }
        }
        Some((targets.iter().map(row).collect(), named))
    }
}

fn key(target: &TableTarget) -> Key {
    (target.id.clone(), target.region.to_string())
}
