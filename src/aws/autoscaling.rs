//! Auto scaling of provisioned capacity. In: a table, scalable targets and scaling policies. Out: for the reads and
//! the writes of the table and of each global index, whether target tracking adapts them.
//! Source: DynamoDB Developer Guide, "Managing throughput capacity automatically with DynamoDB auto scaling".

use crate::{
    aws::{
        Answer, Project,
        dynamodb::{Index, IndexKind, KINDS, Several, Table},
        spelling::Spelling,
        symbolic::{self, join, literal},
    },
    model::Resource,
    value::{Kind, Pattern, Piece, Reason, Symbol, Truth, Unknown, read::Known},
};

const TARGET: &str = "AWS::ApplicationAutoScaling::ScalableTarget";
const POLICY: &str = "AWS::ApplicationAutoScaling::ScalingPolicy";
const TARGET_TRACKING: &str = "TargetTrackingScaling";

/// What is scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capacity {
    /// `ReadCapacityUnits`.
    Read,
    /// `WriteCapacityUnits`.
    Write,
}

/// Capacity that should adapt.
pub struct Need<'a> {
    /// The index that it is of; `None` for the table itself.
    pub index: Option<Index<'a>>,
    /// Which.
    pub capacity: Capacity,
    /// Whether target tracking adapts it; its resources are the target and the policy.
    pub scaled: Answer,
}

impl Capacity {
    /// The scalable dimension.
    fn dimension(self, of_index: bool) -> String {
        let subject = if of_index { "index" } else { "table" };
        let units = if self == Self::Read { "ReadCapacityUnits" } else { "WriteCapacityUnits" };
        format!("dynamodb:{subject}:{units}")
    }
}

/// The reads and writes of a table and of its global indexes. Only for tables with provisioned capacity.
pub fn needs<'a>(project: &'a Project, table: &Table<'a>) -> Several<Need<'a>> {
    let spelling = Spelling::new(project, table.world);
    let id = join(&literal("table/"), &spelling.table_name(table.resource));
    let indexes = table.indexes();
    let global = indexes.items.into_iter().filter(|index| index.kind == IndexKind::Global);
    let subjects = [None].into_iter().chain(global.map(Some));
    let mut items = Vec::new();
    for index in subjects {
        let id = match &index {
            None => Some(id.clone()),
            Some(index) => {
                let name = spelling.field(&index.field.get("IndexName"));
                name.map(|name| join(&join(&id, &literal("/index/")), &name))
            }
        };
        for capacity in [Capacity::Read, Capacity::Write] {
            let scaled = match &id {
                Some(id) => scaled(&spelling, project, table, id, &capacity.dimension(index.is_some())),
                None => Answer::new(Truth::Unknown).because(index.as_ref().and_then(|index| index.name().unknown())),
            };
            items.push(Need { index: index.clone(), capacity, scaled });
        }
    }
    Several { items, open: indexes.open }
}

fn scaled<'a>(
    spelling: &Spelling<'a>,
    project: &'a Project,
    table: &Table<'a>,
    id: &Pattern,
    dimension: &str,
) -> Answer {
    Answer::any(candidates(spelling, project, table, TARGET).into_iter().map(|target| {
        let mine = is_for(spelling, target, id, dimension).and(table.world.truth(&target.exists));
        if mine.is_false() {
            return Answer::new(false);
        }
        let policies = policies(project, target);
        let tracked =
            Truth::any(policies.iter().map(|policy| tracks(policy, table).and(table.world.truth(&policy.exists))));
        let by_id = || by_same_id(spelling, project, table, id, dimension);
        let answer = Answer::new(mine.and(if tracked.is_true() { tracked } else { tracked.or(by_id()) })).by(target);
        answer.because(Some(std::sync::Arc::new(Unknown::new(Reason::AfterApply, id.to_string()).at(target.header))))
    }))
}

fn is_for<'a>(spelling: &Spelling<'a>, resource: &'a Resource, id: &Pattern, dimension: &str) -> Truth {
    let get = |name: &str| resource.get(spelling.world(), name);
    let same = |name: &str, wanted: &Pattern| match spelling.field(&get(name)) {
        Some(found) => symbolic::equals(&found, wanted),
        None if get(name).is_absent() => Truth::False,
        None => Truth::Unknown,
    };
    let dimension = same("ScalableDimension", &literal(dimension));
    if dimension.is_false() { dimension } else { dimension.and(same("ResourceId", id)) }
}

/// Policies that refer to a target.
fn policies<'a>(project: &'a Project, target: &Resource) -> Vec<&'a Resource> {
    let names = |property: &str| matches!(property, "ScalingTargetId" | "ResourceId");
    project
        .uses(&target.id)
        .filter(|found| found.by.is(POLICY) && names(found.property))
        .map(|found| found.by)
        .collect()
}

/// A policy that names the same capacity by text.
fn by_same_id<'a>(
    spelling: &Spelling<'a>,
    project: &'a Project,
    table: &Table<'a>,
    id: &Pattern,
    dimension: &str,
) -> Truth {
    Truth::any(candidates(spelling, project, table, POLICY).into_iter().map(|policy| {
        is_for(spelling, policy, id, dimension).and(table.world.truth(&policy.exists)).and(tracks(policy, table))
    }))
}

/// Resources of a type that may be about the table: those that refer to it, and those that name something by text.
fn candidates<'a>(spelling: &Spelling<'a>, project: &'a Project, table: &Table<'a>, kind: &str) -> Vec<&'a Resource> {
    let referring =
        project.uses(&table.resource.id).filter(|found| found.by.is(kind) && found.property == "ResourceId");
    let name = spelling.table_name(table.resource).literal();
    let by_text = project.of_kind(kind).filter(|resource| {
        let value = resource.properties.as_map().and_then(|map| map.get("ResourceId"));
        match value.map(|value| &value.kind) {
            Some(Kind::String(text)) => name.as_ref().is_none_or(|name| text.text.contains(&**name)),
            // The index of uses has those that refer to the table; a reference to what its name is made of is text.
            Some(Kind::Pattern(pattern)) => !pattern.pieces.iter().any(|piece| match piece {
                Piece::Symbol(Symbol::Reference(reference)) => {
                    project.resources_of(&reference.target).iter().any(|found| KINDS.contains(&&*found.kind))
                }
                _ => false,
            }),
            Some(Kind::Reference(_)) | None => false,
            Some(_) => true,
        }
    });
    let referring: Vec<_> = referring.map(|found| found.by).collect();
    let others: Vec<_> = by_text.filter(|resource| !referring.iter().any(|seen| seen.id == resource.id)).collect();
    referring.into_iter().chain(others).collect()
}

fn tracks(policy: &Resource, table: &Table<'_>) -> Truth {
    let kind = match policy.get(table.world, "PolicyType").text() {
        Known::Is(text) => Truth::from(&*text == TARGET_TRACKING),
        Known::Absent => Truth::False,
        Known::Unknown(_) => Truth::Unknown,
    };
    kind.or(policy.get(table.world, "TargetTrackingScalingPolicyConfiguration").is_present())
}
