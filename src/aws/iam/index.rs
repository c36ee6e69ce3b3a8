//! Access for all rules of a run. In: a project. Out: per role, user or permission set what it can do with which
//! table, computed once for all worlds that decide the same.
//!
//! Tables of the principal's stack, and of the stacks that it exchanges values with, are read in the world that asks;
//! those of other stacks as [`Elsewhere`] has them.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    aws::{
        Project, Settings,
        arn::{Deployment, Names},
        dynamodb::{KINDS, Table},
        iam::{
            access::{Access, Matrix, TableTarget},
            actions::{Class, of_class},
            elsewhere::Elsewhere,
            policy::Policy,
            principals::{Principal, Principals},
        },
        text::Text,
    },
    model::Resource,
    value::{ResourceId, Truth, Variables, World, world::Memories},
};

/// A principal with the tables that it can reach.
#[derive(Clone, Debug)]
pub struct PrincipalAccess {
    /// Who it is and what is attached.
    pub principal: Principal,
    /// Tables with at least one action that is possibly allowed.
    /// What is the same for several is one and the same.
    pub tables: Vec<(Arc<TableTarget>, Arc<Access>)>,
}

impl PrincipalAccess {
    /// The tables by what can be done with them, in the order of the first of each.
    pub fn alike(&self) -> Vec<(&Arc<Access>, Vec<&Arc<TableTarget>>)> {
        let mut groups: Vec<(&Arc<Access>, Vec<&Arc<TableTarget>>)> = Vec::new();
        let mut known: FxHashMap<*const Access, usize> = FxHashMap::default();
        for (table, access) in &self.tables {
            let next = groups.len();
            let at = *known.entry(Arc::as_ptr(access)).or_insert(next);
            match groups.get_mut(at) {
                Some((_, tables)) => tables.push(table),
                None => groups.push((access, vec![table])),
            }
        }
        groups
    }
}

/// What is known of access in a project.
#[derive(Debug)]
pub struct AccessIndex {
    deployment: Deployment,
    /// Whether each table of other stacks is asked about, or one of each sort.
    every: bool,
    /// Tables that are the same in every world.
    fixed: FxHashMap<ResourceId, Vec<Arc<TableTarget>>>,
    elsewhere: Elsewhere,
    /// By stack, the tables near its principals.
    homes: Memories<Arc<str>, Arc<Matrix>>,
    known: Memories<ResourceId, Option<Arc<PrincipalAccess>>>,
    policies: Memories<ResourceId, Documents>,
}

/// The policies of a resource.
type Documents = Arc<[Arc<Policy>]>;

impl AccessIndex {
    /// The index of a project, made at the first question and kept with it.
    pub fn of(project: &Project, settings: &Settings) -> Arc<Self> {
        let index = project.derived(|| Self::new(project, settings, false));
        if index.deployment == settings.deployment { index } else { Arc::new(Self::new(project, settings, false)) }
    }

    /// An index that answers for every pair of a principal and a table, of which there may be very many.
    pub fn of_every_pair(project: &Project, deployment: &Deployment) -> Self {
        let settings = Settings { deployment: deployment.clone(), ..Settings::default() };
        Self::new(project, &settings, true)
    }

    fn new(project: &Project, settings: &Settings, every: bool) -> Self {
        let deployment = &settings.deployment;
        let mut fixed = FxHashMap::default();
        let (mut far, none) = (Vec::new(), Variables::default());
        for resource in KINDS.iter().flat_map(|kind| project.of_kind(kind)) {
            // A world that was asked nothing tells that the answer is the same in all.
            let probe = World::new(project.variables());
            let found = in_world(project, resource, &probe, deployment);
            let undecided = World::new(&none);
            let seen = if probe.decisions().is_empty() {
                fixed.insert(resource.id.clone(), found.clone());
                found
            } else {
                in_world(project, resource, &undecided, deployment)
            };
            let sensitive = Table::new(resource, &undecided).map(|table| table.sensitivity(settings).truth);
            far.extend(seen.into_iter().map(|target| (target, sensitive.unwrap_or(Truth::False))));
        }
        Self {
            deployment: deployment.clone(),
            every,
            fixed,
            elsewhere: Elsewhere::new(far),
            homes: Memories::default(),
            known: Memories::default(),
            policies: Memories::default(),
        }
    }

    /// What a role, user or permission set can do in a world; `None` for other resources.
    pub fn principal<'a>(
        &self,
        resource: &'a Resource,
        project: &'a Project,
        world: &'a World<'a>,
    ) -> Option<Arc<PrincipalAccess>> {
        let compute = |world: &World<'_>| self.compute(resource, project, world).map(Arc::new);
        // What worlds with other variables say cannot be kept together.
        if is_own(world, resource, project) { self.known.recall(&resource.id, world, compute) } else { compute(world) }
    }

    /// [`Principals::policies`] of a resource in a world.
    pub fn policies<'a>(&self, resource: &'a Resource, project: &'a Project, world: &'a World<'a>) -> Documents {
        let read = |world: &World<'_>| -> Documents {
            Principals::new(Names::new(project, world, &self.deployment)).policies(resource).into()
        };
        if is_own(world, resource, project) { self.policies.recall(&resource.id, world, read) } else { read(world) }
    }

    fn compute(&self, resource: &Resource, project: &Project, world: &World<'_>) -> Option<PrincipalAccess> {
        let names = Names::new(project, world, &self.deployment);
        let principal = Principals::new(names).principal(resource)?;
        let near = |world: &World<'_>| Arc::new(self.near(resource, project, world));
        let matrix = match is_own(world, resource, project) {
            true => self.homes.recall(&resource.id.stack, world, near),
            false => near(world),
        };
        let found = matrix.of(&principal).into_iter();
        let mut tables: Vec<_> =
            found.filter_map(|(at, access)| Some((Arc::clone(matrix.tables().get(at)?), access))).collect();
        let is_near = |stack: &str| project.is_near(resource, stack);
        let far = match self.every {
            true => self.elsewhere.all(is_near),
            false => self.elsewhere.candidates(&principal, is_near),
        };
        for target in far {
            let access = matrix.access(&principal, target);
            if !access.any().may.is_empty() {
                tables.push((Arc::clone(target), access));
            }
        }
        Some(PrincipalAccess { principal, tables })
    }

    /// The tables near a resource, as they are in a world.
    fn near(&self, resource: &Resource, project: &Project, world: &World<'_>) -> Matrix {
        let tables = KINDS.iter().flat_map(|kind| project.around(resource, kind));
        let targets = tables.flat_map(|table| match self.fixed.get(&table.id) {
            Some(found) => found.clone(),
            None => in_world(project, table, world, &self.deployment),
        });
        Matrix::new(targets.collect())
    }

    /// ARNs of the DAX clusters whose role reaches items of a table, for [`crate::aws::iam::tenancy::tenancies`].
    pub fn caches<'a>(&self, table: &ResourceId, project: &'a Project, world: &'a World<'a>) -> Vec<Text> {
        let names = Names::new(project, world, &self.deployment);
        let items = of_class(Class::ItemRead).or(of_class(Class::ItemWrite));
        let reaches = |cluster: &&'a Resource| {
            let role = cluster.get(world, "IAMRoleARN");
            let role = project.target(&role, &["AWS::IAM::Role"]).resource();
            let found = role.and_then(|role| self.principal(role, project, world));
            found.is_some_and(|found| {
                found.tables.iter().any(|(target, access)| target.id == *table && access.some(items).is_possible())
            })
        };
        let clusters =
            project.of_kind("AWS::DAX::Cluster").filter(|cluster| world.truth(&cluster.exists).is_possible());
        clusters.filter(reaches).map(|cluster| names.arn(cluster)).collect()
    }

    /// The tables that are the same in every world, in no order.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<TableTarget>> {
        self.fixed.values().flatten()
    }

    /// The tables in the stack of a resource that are the same in every world.
    pub fn beside(&self, resource: &Resource, project: &Project) -> impl Iterator<Item = &Arc<TableTarget>> {
        let tables: Vec<_> = KINDS.iter().flat_map(|kind| project.beside(resource, kind)).collect();
        tables.into_iter().filter_map(|table| self.fixed.get(&table.id)).flatten()
    }
}

/// Whether a world decides about the inputs that rules about the resource decide about.
fn is_own(world: &World<'_>, resource: &Resource, project: &Project) -> bool {
    std::ptr::eq(world.variables(), project.scope(resource))
}

fn in_world(
    project: &Project,
    resource: &Resource,
    world: &World<'_>,
    deployment: &Deployment,
) -> Vec<Arc<TableTarget>> {
    let table = Table::new(resource, world).filter(|table| world.truth(&table.resource.exists).is_possible());
    let targets = table.map(|table| TableTarget::all(&table, &Names::new(project, world, deployment)));
    targets.unwrap_or_default().into_iter().map(Arc::new).collect()
}
