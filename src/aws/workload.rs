//! Workloads: resources that run code. In: a project. Out: each with the subnets it runs in and the roles it runs as,
//! followed through task definitions, launch templates and instance profiles. The facts are in `data/workloads.toml`.

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::{
    aws::{Project, Target},
    model::Resource,
    value::{Field, Unknown, World},
};

/// CloudFormation type of roles.
pub const ROLE: &str = "AWS::IAM::Role";
const INSTANCE_PROFILE: &str = "AWS::IAM::InstanceProfile";
/// How many resources are followed one after the other.
const MAX_STEPS: usize = 4;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fact {
    kind: String,
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    through: Vec<String>,
    #[serde(default)]
    part: bool,
}

#[derive(Deserialize)]
struct Data {
    workload: Vec<Fact>,
}

static FACTS: LazyLock<FxHashMap<String, Fact>> = LazyLock::new(|| {
    let data =
        toml::from_str::<Data>(include_str!("data/workloads.toml")).map_or_else(|_| Vec::new(), |data| data.workload);
    data.into_iter().map(|fact| (fact.kind.clone(), fact)).collect()
});

/// A resource that runs code, in a world.
#[derive(Clone)]
pub struct Workload<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// The subnets it runs in, as the properties that name them; none for a workload outside VPCs.
    pub subnets: Vec<Field<'a>>,
    /// Why there may be more subnets.
    pub open: Option<Arc<Unknown>>,
    /// The roles of its code.
    pub roles: Vec<Role<'a>>,
}

/// A role that a workload runs as.
#[derive(Clone)]
pub struct Role<'a> {
    /// The property that names it.
    pub field: Field<'a>,
    /// What it stands for: a role of the project, or one outside.
    pub target: Target<'a>,
}

impl<'a> Workload<'a> {
    /// CloudFormation types of workloads.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        FACTS.values().filter(|fact| !fact.part).map(|fact| &*fact.kind)
    }

    /// The workload that a resource is.
    pub fn new(project: &'a Project, resource: &'a Resource, world: &'a World<'a>) -> Option<Self> {
        FACTS.get(&*resource.kind).filter(|fact| !fact.part)?;
        let mut found = Self { resource, subnets: Vec::new(), open: None, roles: Vec::new() };
        found.read(project, resource, world, MAX_STEPS);
        Some(found)
    }

    /// Every created workload that exists, or may exist, in a world, in the order of the stacks.
    pub fn all(project: &'a Project, world: &'a World<'a>) -> Vec<Self> {
        let resources = project.resources().filter(|resource| resource.mode == crate::model::Mode::Managed);
        let workloads = resources.filter_map(|resource| Self::new(project, resource, world));
        workloads.filter(|workload| world.truth(&workload.resource.exists).is_possible()).collect()
    }

    /// The workloads that run in a VPC of the project, found from the VPC through its subnets, so that nothing else is read.
    pub fn in_vpc(project: &'a Project, vpc: &'a Resource, world: &'a World<'a>) -> Vec<Self> {
        let mut found: Vec<&'a Resource> = vec![vpc];
        let mut at = 0;
        // What refers to the VPC, to its subnets, and to what runs in those: launch templates, task sets.
        while let Some(resource) = found.get(at).copied() {
            at += 1;
            for by in project
                .uses(&resource.id)
                .filter(|found| leads_on(resource, found.by, found.property))
                .map(|found| found.by)
            {
                if !found.iter().any(|known| known.id == by.id) {
                    found.push(by);
                }
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        let workloads = found.into_iter().filter_map(|resource| Self::new(project, resource, world));
        workloads.filter(|workload| world.truth(&workload.resource.exists).is_possible()).collect()
    }

    /// Whether it runs in subnets of a VPC, known or not.
    pub fn is_in_vpc(&self) -> bool {
        !self.subnets.is_empty() || self.open.is_some()
    }

    fn read(&mut self, project: &'a Project, resource: &'a Resource, world: &'a World<'a>, steps: usize) {
        let Some(fact) = FACTS.get(&*resource.kind) else { return };
        for path in &fact.subnets {
            for field in follow(resource.field(world), path) {
                let items = field.items();
                self.subnets.extend(items.fields);
                self.open = self.open.take().or(items.open);
            }
        }
        for path in &fact.roles {
            for field in follow(resource.field(world), path).into_iter().filter(|field| !field.is_absent()) {
                self.roles.extend(role(project, field));
            }
        }
        let Some(steps) = steps.checked_sub(1) else { return };
        let kinds: Vec<&str> = FACTS.keys().map(|kind| &**kind).collect();
        for path in &fact.through {
            for field in follow(resource.field(world), path).into_iter().flat_map(|field| field.items().fields) {
                if let Some(next) = project.target(&field, &kinds).resource() {
                    self.read(project, next, world, steps);
                }
            }
        }
    }
}

/// Whether a reference is one on the way from a VPC to its workloads.
fn leads_on(from: &Resource, by: &Resource, property: &str) -> bool {
    match &*from.kind {
        "AWS::EC2::VPC" => by.is("AWS::EC2::Subnet") && property == "VpcId",
        "AWS::EC2::Subnet" => FACTS.contains_key(&*by.kind),
        kind => FACTS.get(kind).is_some_and(|fact| fact.part) && FACTS.contains_key(&*by.kind),
    }
}

/// The role that a property names, through instance profiles.
fn role<'a>(project: &'a Project, field: Field<'a>) -> Vec<Role<'a>> {
    let target = project.target(&field, &[ROLE, INSTANCE_PROFILE]);
    match target.resource().filter(|found| found.is(INSTANCE_PROFILE)) {
        Some(profile) => {
            let roles = profile.get(field.world(), "Roles").items().fields;
            roles.into_iter().map(|field| Role { target: project.target(&field, &[ROLE]), field }).collect()
        }
        None => vec![Role { field, target }],
    }
}

/// The properties at a path in which `[]` stands for every element of a list.
fn follow<'a>(start: Field<'a>, path: &str) -> Vec<Field<'a>> {
    let mut fields = vec![start];
    for name in path.split('.') {
        let (name, each) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
        fields = fields.iter().map(|field| field.get(name)).collect();
        if each {
            fields = fields.iter().flat_map(|field| field.items().fields).collect();
        }
    }
    fields
}

/// The workloads that run as each role of the project, by the role's address within its stack.
pub fn by_role<'w, 'a>(workloads: &'w [Workload<'a>]) -> FxHashMap<crate::value::ResourceId, Vec<&'w Workload<'a>>> {
    let mut found: FxHashMap<_, Vec<_>> = FxHashMap::default();
    for workload in workloads {
        for role in workload.roles.iter().filter_map(|role| role.target.resource()) {
            found.entry(role.id.clone()).or_default().push(workload);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_are_read() {
        assert!(Workload::kinds().count() > 15);
    }
}
