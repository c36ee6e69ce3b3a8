//! The JSON document of `docs/access.md`. A field is never renamed or removed within a major `schema_version`.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;

use crate::{
    aws::iam::{
        explain::{Example, Reason, Source},
        permission::Group,
        survey::{Pair, PrincipalRow, TableRow},
    },
    report::{
        HOME, TOOL, VERSION,
        access::{View, action_names, groups_of, layer_name},
        json::document::{InputProblem, Location},
    },
    value::ResourceId,
};

/// Version of the document's shape: the first number changes when something is renamed or removed.
pub const SCHEMA_VERSION: &str = "1.0";

/// Writes the document, indented, with a line feed at the end.
///
/// # Errors
/// What the writer's target says.
pub fn write(view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let survey = view.survey;
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: TOOL, version: VERSION, url: HOME },
        classes: Group::ALL.map(Group::name),
        tables: survey.tables.iter().map(|row| Table::new(view, row)).collect(),
        principals: survey.principals.iter().map(|row| Principal::new(view, row)).collect(),
        access: survey.pairs.iter().filter_map(|pair| Access::new(view, pair)).collect(),
        problems: view.problems.iter().map(|problem| InputProblem::new(view.sources, problem)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: &'static str,
    tool: Tool,
    classes: [&'static str; 9],
    tables: Vec<Table<'a>>,
    principals: Vec<Principal<'a>>,
    access: Vec<Access<'a>>,
    problems: Vec<InputProblem<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Name<'a> {
    address: &'a str,
    stack: &'a str,
}

impl<'a> Name<'a> {
    fn new(id: &'a ResourceId) -> Self {
        Self { address: &id.address, stack: &id.stack }
    }
}

#[derive(Serialize)]
struct Table<'a> {
    address: &'a str,
    stack: &'a str,
    name: &'a str,
    region: &'a str,
    location: Location,
}

impl<'a> Table<'a> {
    fn new(view: View<'_>, row: &'a TableRow) -> Self {
        Self {
            address: &row.id.address,
            stack: &row.id.stack,
            name: &row.name,
            region: &row.region,
            location: Location::new(view.sources, row.span),
        }
    }
}

#[derive(Serialize)]
struct Principal<'a> {
    address: &'a str,
    stack: &'a str,
    kind: &'static str,
    arn: &'a str,
    location: Option<Location>,
    trusts: &'a [String],
    workloads: Vec<Name<'a>>,
}

impl<'a> Principal<'a> {
    fn new(view: View<'_>, row: &'a PrincipalRow) -> Self {
        Self {
            address: &row.id.address,
            stack: &row.id.stack,
            kind: row.sort.name(),
            arn: &row.arn,
            location: row.span.map(|span| Location::new(view.sources, span)),
            trusts: &row.trusts,
            workloads: row.workloads.iter().map(Name::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct Access<'a> {
    principal: Name<'a>,
    table: TableName<'a>,
    permissions: BTreeMap<&'static str, &'static str>,
    when: BTreeMap<&'static str, &'a str>,
    reasons: Vec<ReasonOf<'a>>,
}

#[derive(Serialize)]
struct TableName<'a> {
    address: &'a str,
    stack: &'a str,
    region: &'a str,
}

impl<'a> Access<'a> {
    fn new(view: View<'a>, pair: &'a Pair) -> Option<Self> {
        let principal = view.survey.principals.get(pair.principal)?;
        let table = view.survey.tables.get(pair.table)?;
        let cells = || pair.cells.iter();
        Some(Self {
            principal: Name::new(&principal.id),
            table: TableName { address: &table.id.address, stack: &table.id.stack, region: &table.region },
            permissions: cells().map(|cell| (cell.group.name(), cell.permission.name())).collect(),
            when: cells().filter_map(|cell| Some((cell.group.name(), cell.when.as_deref()?))).collect(),
            reasons: pair.reasons.iter().map(|(reason, when)| ReasonOf::new(view, reason, when.as_deref())).collect(),
        })
    }
}

#[derive(Serialize)]
struct ReasonOf<'a> {
    permission: &'static str,
    classes: Vec<&'static str>,
    actions: Vec<String>,
    resource: String,
    resource_kind: &'static str,
    when: Option<&'a str>,
    allowed_by: Vec<Statement<'a>>,
    limited_by: Vec<Statement<'a>>,
    denied_by: Vec<Statement<'a>>,
    notes: Vec<&'static str>,
    allowed_in: Option<Context<'a>>,
    refused_in: Option<Context<'a>>,
}

type Context<'a> = BTreeMap<&'a str, Option<&'a [String]>>;

impl<'a> ReasonOf<'a> {
    fn new(view: View<'_>, reason: &'a Reason, when: Option<&'a str>) -> Self {
        let statements = |sources: &'a [Source]| sources.iter().map(|source| Statement::new(view, source)).collect();
        let context = |example: &'a Option<Example>| {
            example.as_ref().map(|keys| keys.iter().map(|(key, values)| (&**key, values.as_deref())).collect())
        };
        Self {
            permission: reason.permission.name(),
            classes: groups_of(reason.actions).into_iter().map(Group::name).collect(),
            actions: action_names(reason.actions).into_iter().map(|name| format!("dynamodb:{name}")).collect(),
            resource: reason.resource.to_string(),
            resource_kind: reason.kind.name(),
            when,
            allowed_by: statements(&reason.allowed_by),
            limited_by: statements(&reason.limited_by),
            denied_by: statements(&reason.denied_by),
            notes: reason.notes.iter().map(|note| note.text()).collect(),
            allowed_in: context(&reason.allowed_in),
            refused_in: context(&reason.refused_in),
        }
    }
}

#[derive(Serialize)]
struct Statement<'a> {
    layer: &'static str,
    policy: &'a str,
    statement: Option<&'a str>,
    holder: Option<Name<'a>>,
    location: Option<Location>,
    certain: bool,
    conditions: &'a [String],
    unknown: Option<String>,
}

impl<'a> Statement<'a> {
    fn new(view: View<'_>, source: &'a Source) -> Self {
        Self {
            layer: layer_name(source.layer),
            policy: &source.policy,
            statement: source.statement.as_deref(),
            holder: source.holder.as_ref().map(Name::new),
            location: source.span.map(|span| Location::new(view.sources, span)),
            certain: source.covers.is_true(),
            conditions: &source.conditions,
            unknown: source.unknown.as_ref().map(ToString::to_string),
        }
    }
}
