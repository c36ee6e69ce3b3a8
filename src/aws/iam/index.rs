//! Access for all rules of a run. In: a project. Out: per role, user or permission set what it can do with which
//! table; computed once where it is the same in every world, else in the world that asks.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::{
    aws::{
        Project,
        arn::{Deployment, Names},
        dynamodb::{KINDS, Table},
        iam::{
            access::{Access, Matrix, TableTarget},
            actions::{Class, of_class},
            principals::{Principal, Principals},
        },
        text::Text,
    },
    model::Resource,
    value::{ResourceId, World},
};

/// A principal with the tables that it can reach.
#[derive(Clone, Debug)]
pub struct PrincipalAccess {
    /// Who it is and what is attached.
    pub principal: Principal,
    /// Tables with at least one action that is possibly allowed.
    pub tables: Vec<(Arc<TableTarget>, Access)>,
}

/// What is known of access in a project.
#[derive(Debug)]
pub struct AccessIndex {
    deployment: Deployment,
    matrix: Matrix,
    fixed: Vec<Arc<TableTarget>>,
    /// Tables that differ from world to world.
    varying: Vec<ResourceId>,
    known: Mutex<FxHashMap<ResourceId, Arc<PrincipalAccess>>>,
}

impl AccessIndex {
    /// The index of a project, made at the first question and kept with it.
    pub fn of(project: &Project, deployment: &Deployment) -> Arc<Self> {
        let index = project.derived(|| Self::new(project, deployment));
        if index.deployment == *deployment { index } else { Arc::new(Self::new(project, deployment)) }
    }

    fn new(project: &Project, deployment: &Deployment) -> Self {
        let (mut targets, mut varying) = (Vec::new(), Vec::new());
        for resource in KINDS.iter().flat_map(|kind| project.of_kind(kind)) {
            // A world that was asked nothing tells that the answer is the same in all.
            let probe = World::new(project.variables());
            let found = in_world(project, resource, &probe, deployment);
            if probe.decisions().is_empty() { targets.extend(found) } else { varying.push(resource.id.clone()) }
        }
        let fixed = targets.iter().cloned().map(Arc::new).collect();
        Self { deployment: deployment.clone(), matrix: Matrix::new(targets), fixed, varying, known: Mutex::default() }
    }

    /// What a role, user or permission set can do in a world; `None` for other resources.
    pub fn principal<'a>(
        &self,
        resource: &'a Resource,
        project: &'a Project,
        world: &'a World<'a>,
    ) -> Option<Arc<PrincipalAccess>> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&resource.id) {
            return Some(Arc::clone(found));
        }
        if self.varying.is_empty() {
            let probe = World::new(project.variables());
            let found = Arc::new(self.compute(resource, project, &probe)?);
            if probe.decisions().is_empty() {
                known().insert(resource.id.clone(), Arc::clone(&found));
                return Some(found);
            }
        }
        self.compute(resource, project, world).map(Arc::new)
    }

    fn compute(&self, resource: &Resource, project: &Project, world: &World<'_>) -> Option<PrincipalAccess> {
        let names = Names::new(project, world, &self.deployment);
        let principal = Principals::new(names).principal(resource)?;
        let fixed = self.matrix.of(&principal).into_iter();
        let mut tables: Vec<_> =
            fixed.filter_map(|(at, access)| Some((Arc::clone(self.fixed.get(at)?), access))).collect();
        let varying = self.varying.iter().filter_map(|id| project.resource(id));
        for target in varying.flat_map(|table| in_world(project, table, world, &self.deployment)) {
            let access = self.matrix.access(&principal, &target);
            if !access.any().may.is_empty() {
                tables.push((Arc::new(target), access));
            }
        }
        Some(PrincipalAccess { principal, tables })
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

    /// The tables that are the same in every world.
    pub fn tables(&self) -> &[Arc<TableTarget>] {
        &self.fixed
    }
}

fn in_world(project: &Project, resource: &Resource, world: &World<'_>, deployment: &Deployment) -> Vec<TableTarget> {
    let table = Table::new(resource, world).filter(|table| world.truth(&table.resource.exists).is_possible());
    table.map(|table| TableTarget::all(&table, &Names::new(project, world, deployment))).unwrap_or_default()
}
