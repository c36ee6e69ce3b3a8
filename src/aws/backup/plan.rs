//! Backup plans of a project. In: `AWS::Backup::BackupPlan`, `AWS::Backup::BackupSelection`. Out: whether they back up
//! a table, and the rules by which they do.

use std::sync::Arc;

use crate::{
    aws::{
        Answer, Project, Settings, Target,
        arn::Names,
        backup::selection::{Condition, Operator, Plan, Selection, external},
        cloudtrail::trail::subject,
        dynamodb::Replica,
        project::refers,
        spelling::{self, Spelling},
        symbolic,
    },
    model::Resource,
    value::{Field, Kind, Pattern, ResourceId, Truth, Unknown, Value, Variables, World},
};

const PLAN: &str = "AWS::Backup::BackupPlan";
const SELECTION: &str = "AWS::Backup::BackupSelection";
/// Which services a region is opted in for; CloudFormation has no type for it.
const REGION_SETTINGS: &str = "aws_backup_region_settings";

const OPERATORS: [(&str, Operator); 4] = [
    ("StringEquals", Operator::Equals),
    ("StringNotEquals", Operator::NotEquals),
    ("StringLike", Operator::Like),
    ("StringNotLike", Operator::NotLike),
];

/// Which backup selections cover a table.
pub struct Backup<'a> {
    /// Whether one does. Its resources are the selections that decide.
    pub answer: Answer,
    /// Selections that cover it for certain, with their plans where these are in the project.
    pub by: Vec<(&'a Resource, Option<&'a Resource>)>,
    /// Whether the project has any selection at all.
    pub any: bool,
}

/// Says whether the role of a selection is allowed to back up.
pub type MayBackUp = for<'w> fn(&Field<'w>, Names<'w>) -> Truth;

/// Whether the code, or what is declared outside it, backs up a table in one of its regions.
pub fn backup<'a>(
    project: &'a Project,
    replica: &Replica<'a>,
    settings: &Settings,
    may_back_up: MayBackUp,
) -> Backup<'a> {
    let (world, table) = (replica.table.world, replica.table.resource);
    let names = Names::new(project, world, &settings.deployment);
    let spelling = Spelling::new(project, world);
    let subject = subject(&spelling, replica);
    let tags = replica.tags();
    let known = tags.known();
    let name = Some(spelling.table_name(table));
    let mut found =
        Backup { answer: Answer::new(external(&settings.external, &name, &known)), by: Vec::new(), any: false };
    let mut add = |resource: &'a Resource, selection: &Selecting| {
        found.any = true;
        let region = match (&selection.region, &subject.region) {
            // A plan acts in its own region.
            (own, Some(region)) => symbolic::equals(own, region),
            (_, None) => Truth::Unknown,
        };
        let account = match (spelling::same_account(resource, table), &subject.account) {
            (false, Some(account)) => symbolic::equals(&selection.account, account),
            (true, _) => Truth::True,
            (false, None) => Truth::Unknown,
        };
        let covers = selection.plan.covers(&subject.arn, &known);
        let truth = covers.and(selection.exists).and(region).and(account);
        let reasons = selection.reasons.iter().cloned().chain(tags.open.clone());
        let answer = reasons.fold(Answer::new(truth).by(resource), |answer, reason| answer.because(Some(reason)));
        if truth.is_true() {
            let plan = selection.plan_id.as_ref().and_then(|plan| project.resource(plan));
            found.by.push((resource, plan));
        }
        found.answer = std::mem::replace(&mut found.answer, Answer::new(false)).or(answer);
        found.answer.truth
    };
    let mut truth = Truth::Unknown;
    for resource in project.around(table, SELECTION) {
        if let Some(selection) = Selecting::of(resource, names, may_back_up) {
            truth = add(resource, &selection);
        }
    }
    let elsewhere = elsewhere(project, settings, may_back_up);
    for alike in &elsewhere.sorts {
        // The first of those that select the same speaks for all of them.
        let far = alike.iter().filter(|(id, _)| !project.is_near(table, &id.stack));
        if let Some((resource, selection)) = far.filter_map(|(id, found)| Some((project.resource(id)?, found))).next()
            && !truth.is_true()
        {
            truth = add(resource, selection);
        }
    }
    found.any |= elsewhere.any;
    found
}

/// A selection with its plan, read in one world.
#[derive(Debug, PartialEq)]
struct Selecting {
    plan: Plan,
    plan_id: Option<ResourceId>,
    exists: Truth,
    region: Pattern,
    account: Pattern,
    /// Why what it selects is unknown, as far as it is.
    reasons: Vec<Arc<Unknown>>,
}

impl Selecting {
    /// `None` when it does not exist.
    fn of<'a>(resource: &'a Resource, names: Names<'a>, may_back_up: MayBackUp) -> Option<Self> {
        let (project, world) = (names.project(), names.world());
        let exists = world.truth(&resource.exists);
        let spelling = Spelling::new(project, world);
        let plan = project.target(&resource.get(world, "BackupPlanId"), &[PLAN]).resource();
        let role = resource.get(world, "BackupSelection.IamRoleArn");
        exists.is_possible().then(|| Self {
            plan: Plan {
                has_rule: plan.map_or(Truth::True, |plan| rules(plan, world).truth()),
                opted_in: opted_in(project, resource, world),
                selections: vec![selection(&spelling, resource, may_back_up(&role, names))],
            },
            plan_id: plan.map(|plan| plan.id.clone()),
            exists,
            region: spelling.region(resource),
            account: spelling.account(resource),
            reasons: reasons(resource, world),
        })
    }

    /// Whether both select the same tables of stacks that are neither one's.
    fn is_like(&self, other: &Self) -> bool {
        let place = |one: &Self| (one.region.literal(), one.account.literal());
        self.plan == other.plan && self.exists == other.exists && place(self) == place(other)
    }
}

/// Selections as the tables of other stacks see them, read without deciding an input, once per project: those that
/// select more than tables of their own stack, like ones together.
struct Elsewhere {
    sorts: Vec<Vec<(ResourceId, Selecting)>>,
    /// Whether there is any selection at all.
    any: bool,
}

fn elsewhere(project: &Project, settings: &Settings, may_back_up: MayBackUp) -> Arc<Elsewhere> {
    project.derived(|| {
        let undecided = Variables::default();
        let world = World::new(&undecided);
        let names = Names::new(project, &world, &settings.deployment);
        let any = !project.existing(SELECTION, &world).is_empty();
        let mut sorts: Vec<Vec<(ResourceId, Selecting)>> = Vec::new();
        for resource in project.of_kind(SELECTION).filter(|resource| !selects_own_only(resource)) {
            let Some(found) = Selecting::of(resource, names, may_back_up) else { continue };
            let alike = sorts.iter_mut().find(|alike| alike.iter().any(|(_, first)| first.is_like(&found)));
            match alike {
                Some(alike) => alike.push((resource.id.clone(), found)),
                None => sorts.push(vec![(resource.id.clone(), found)]),
            }
        }
        Elsewhere { sorts, any }
    })
}

/// Whether all that it selects are resources that its code refers to: these are in stacks near it.
fn selects_own_only(resource: &Resource) -> bool {
    let selection = resource.properties.as_map().and_then(|map| map.get("BackupSelection")).and_then(Value::as_map);
    let Some(selection) = selection else { return false };
    let resources = match selection.get("Resources").map(|value| &value.kind) {
        Some(Kind::List(list)) if list.open.is_none() => &*list.items,
        _ => &[],
    };
    selection.open.is_none()
        && selection.get("ListOfTags").is_none()
        && !resources.is_empty()
        && resources.iter().all(refers)
}

/// The rules of a plan.
pub struct Rules<'a> {
    /// Those that are known.
    pub items: Vec<Field<'a>>,
    /// Why there may be more.
    pub open: Option<Arc<Unknown>>,
}

impl Rules<'_> {
    fn truth(&self) -> Truth {
        match (&self.items[..], &self.open) {
            ([], None) => Truth::False,
            ([], Some(_)) => Truth::Unknown,
            _ => Truth::True,
        }
    }
}

/// The rules of a plan: vault, schedule, lifecycle.
pub fn rules<'a>(plan: &'a Resource, world: &'a World<'a>) -> Rules<'a> {
    let items = plan.get(world, "BackupPlan.BackupPlanRule").items();
    Rules { items: items.fields, open: items.open }
}

/// The selections of a plan.
pub fn selections_of<'a>(project: &'a Project, plan: &Resource) -> Vec<&'a Resource> {
    let uses = project.uses(&plan.id).filter(|found| found.by.is(SELECTION) && found.property == "BackupPlanId");
    uses.map(|found| found.by).collect()
}

fn opted_in(project: &Project, near: &Resource, world: &World<'_>) -> Truth {
    Truth::all(project.beside(near, REGION_SETTINGS).map(|resource| {
        let preference = resource.get(world, "resource_type_opt_in_preference.DynamoDB").is_true(true);
        preference.or(!world.truth(&resource.exists))
    }))
}

fn selection<'a>(spelling: &Spelling<'a>, resource: &'a Resource, role_can_backup: Truth) -> Selection {
    let get = |path: &str| resource.get(spelling.world(), &format!("BackupSelection.{path}"));
    let tags = get("ListOfTags").items();
    let tag =
        |field: &Field<'a>| (spelling.field(&field.get("ConditionKey")), spelling.field(&field.get("ConditionValue")));
    let mut conditions = Vec::new();
    for (name, operator) in OPERATORS {
        let entries = get(&format!("Conditions.{name}")).items();
        let condition = |field: &Field<'a>| {
            let (key, value) = tag(field);
            Condition { operator, key, value }
        };
        conditions.extend(entries.fields.iter().map(condition));
        conditions.extend(entries.open.map(|_| Condition { operator, key: None, value: None }));
    }
    Selection {
        resources: spelling.list(&get("Resources")),
        not_resources: spelling.list(&get("NotResources")),
        list_of_tags: tags.fields.iter().map(tag).chain(tags.open.map(|_| (None, None))).collect(),
        conditions,
        role_can_backup,
    }
}

fn reasons(selection: &Resource, world: &World<'_>) -> Vec<Arc<Unknown>> {
    let parts = ["Resources", "NotResources", "ListOfTags", "Conditions"];
    let fields = parts.map(|part| selection.get(world, &format!("BackupSelection.{part}")));
    let mut reasons: Vec<_> = fields.iter().filter_map(|field| field.unknown().or_else(|| field.open())).collect();
    let items = fields.iter().flat_map(|field| field.items().fields);
    reasons.extend(items.filter_map(|item| item.unknown()));
    reasons
}

/// The vault that a rule of a plan writes to.
pub fn vault<'a>(project: &'a Project, rule: &Field<'a>) -> Target<'a> {
    const VAULTS: [&str; 2] = ["AWS::Backup::BackupVault", "AWS::Backup::LogicallyAirGappedBackupVault"];
    project.target(&rule.get("TargetBackupVault"), &VAULTS)
}
