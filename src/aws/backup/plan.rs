//! Backup plans of a project. In: `AWS::Backup::BackupPlan`, `AWS::Backup::BackupSelection`. Out: whether they back up
//! a table, and the rules by which they do.

use std::sync::Arc;

use crate::{
    aws::{
        Answer, Project, Settings, Target,
        backup::selection::{Condition, Operator, Plan, Selection, external},
        cloudtrail::trail::subject,
        dynamodb::Replica,
        spelling::{self, Spelling},
        symbolic,
    },
    model::Resource,
    value::{Field, Truth, Unknown, World},
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

/// Whether the code, or what is declared outside it, backs up a table in one of its regions. `may_back_up` says
/// whether the role of a selection is allowed to.
pub fn backup<'a>(
    project: &'a Project,
    replica: &Replica<'a>,
    settings: &Settings,
    may_back_up: &dyn Fn(&Field<'a>) -> Truth,
) -> Backup<'a> {
    let world = replica.table.world;
    let spelling = Spelling::new(project, world);
    let subject = subject(&spelling, replica);
    let tags = replica.tags();
    let known = tags.known();
    let name = Some(spelling.table_name(replica.table.resource));
    let mut found =
        Backup { answer: Answer::new(external(&settings.external, &name, &known)), by: Vec::new(), any: false };
    for (resource, exists) in project.existing(SELECTION, world) {
        found.any = true;
        let plan_id = resource.get(world, "BackupPlanId");
        let plan = project.target(&plan_id, &[PLAN]).resource();
        let region = match &subject.region {
            // A plan acts in its own region.
            Some(region) => symbolic::equals(&spelling.region(resource), region),
            None => Truth::Unknown,
        };
        let account = match (spelling::same_account(resource, replica.table.resource), &subject.account) {
            (false, Some(account)) => symbolic::equals(&spelling.account(resource), account),
            (true, _) => Truth::True,
            (false, None) => Truth::Unknown,
        };
        let role = resource.get(world, "BackupSelection.IamRoleArn");
        let plain = Plan {
            has_rule: plan.map_or(Truth::True, |plan| rules(plan, world).truth()),
            opted_in: opted_in(project, resource, world),
            selections: vec![selection(&spelling, resource, may_back_up(&role))],
        };
        let truth = plain.covers(&subject.arn, &known).and(exists).and(region).and(account);
        let reasons = reasons(resource, world).into_iter().chain(tags.open.clone());
        let answer = reasons.fold(Answer::new(truth).by(resource), |answer, reason| answer.because(Some(reason)));
        if truth.is_true() {
            found.by.push((resource, plan));
        }
        found.answer = found.answer.or(answer);
    }
    found
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
    let here = |resource: &&Resource| resource.id.stack == near.id.stack;
    Truth::all(project.of_kind(REGION_SETTINGS).filter(here).map(|resource| {
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
