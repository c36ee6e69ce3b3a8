//! Who reaches which table, written for people and programs. In: a [`Survey`] and the [`Sources`] that its spans point
//! into. Out: text, JSON, Graphviz or one self-contained page.

mod dot;
mod graph;
pub mod html;
mod human;
pub mod json;
mod layout;

use std::{
    fmt,
    io::{self, Write},
    str::FromStr,
};

use crate::{
    aws::iam::{
        actions::{ActionSet, actions},
        evaluate::Layer,
        explain::Source,
        permission::{Group, Permission},
        survey::{Cell, Pair, PrincipalRow, Sort, Survey},
    },
    model::Problem,
    report::{Style, place::Place},
    source::{Sources, Span},
    value::ResourceId,
};

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A matrix for people.
    Human,
    /// The versioned document of `docs/access.md`.
    Json,
    /// A graph for Graphviz.
    Dot,
    /// One self-contained page.
    Html,
}

impl Format {
    /// Every format, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Human, Self::Json, Self::Dot, Self::Html];

    /// The name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Dot => "dot",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| format!("no format `{name}`; there are {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// What every writer gets.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What to write.
    pub survey: &'a Survey,
    /// What its spans point into.
    pub sources: &'a Sources,
    /// What is wrong with the input.
    pub problems: &'a [Problem],
    /// How to write it.
    pub style: &'a Style,
    /// Whether the statements behind each answer are wanted.
    pub explain: bool,
}

/// Writes the survey in a format. The caller buffers and flushes.
///
/// # Errors
/// What the writer's target says.
pub fn write(format: Format, view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(view, out),
        Format::Json => json::write(view, out),
        Format::Dot => dot::write(view, out),
        Format::Html => html::write(view, out),
    }
}

impl View<'_> {
    /// Where something is, as people click on it: `main.tf:12:5`.
    fn at(&self, span: Span) -> String {
        let place = Place::new(self.sources, span);
        format!("{}:{}:{}", place.path(), place.start.line, place.start.column)
    }

    /// The name of a table, with its region when it has several.
    fn table(&self, index: usize) -> String {
        let Some(table) = self.survey.tables.get(index) else { return String::new() };
        let several = self.survey.tables.iter().filter(|other| other.id == table.id).count() > 1;
        let name = self.resource(&table.id);
        if several { format!("{name} in {}", table.region) } else { name }
    }

    fn principal(&self, row: &PrincipalRow) -> String {
        match row.sort {
            Sort::Everyone => "everyone".to_owned(),
            _ => self.resource(&row.id),
        }
    }

    /// An address, with the stack where several stacks have the same.
    fn resource(&self, id: &ResourceId) -> String {
        let tables = self.survey.tables.iter().map(|row| &row.id);
        let principals = self.survey.principals.iter().map(|row| &row.id);
        let ambiguous = tables.chain(principals).any(|other| other.address == id.address && other.stack != id.stack);
        if ambiguous && !id.stack.is_empty() {
            format!("{} ({})", id.address, id.stack)
        } else {
            id.address.to_string()
        }
    }

    /// The principals that have nothing on any table.
    fn idle(&self) -> impl Iterator<Item = &PrincipalRow> {
        let rows = self.survey.principals.iter().enumerate();
        let declared = rows.filter(|(_, row)| !row.sort.is_outside());
        declared
            .filter(|(at, _)| !self.survey.pairs.iter().any(|pair| pair.principal == *at && has_any(pair)))
            .map(|(_, row)| row)
    }
}

/// Whether a pair has anything in the classes that are shown.
fn has_any(pair: &Pair) -> bool {
    pair.cells.iter().any(|cell| cell.permission != Permission::Deny)
}

/// The answers of a pair by strength, each with its classes.
fn by_permission(pair: &Pair) -> Vec<(Permission, Vec<&Cell>)> {
    let all = [Permission::Allow, Permission::Conditional, Permission::Unknown];
    let of = |permission| pair.cells.iter().filter(move |cell| cell.permission == permission).collect::<Vec<_>>();
    all.into_iter().map(|permission| (permission, of(permission))).filter(|(_, cells)| !cells.is_empty()).collect()
}

/// `read, write`; `everything` when it is all of them.
fn group_names(cells: &[&Cell]) -> String {
    if cells.len() == Group::ALL.len() {
        return "everything".to_owned();
    }
    cells.iter().map(|cell| cell.group.name()).collect::<Vec<_>>().join(", ")
}

/// The classes that some of the actions belong to.
fn groups_of(set: ActionSet) -> Vec<Group> {
    Group::ALL.into_iter().filter(|group| !group.actions().and(set).is_empty()).collect()
}

/// The actions that people know best come first.
const WELL_KNOWN: [&str; 12] = [
    "GetItem",
    "Query",
    "Scan",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "DeleteTable",
    "UpdateTable",
    "PutResourcePolicy",
    "GetRecords",
    "CreateBackup",
    "ExportTableToPointInTime",
];

/// The actions for people: at most `limit`, the best known first, the rest counted.
fn told_actions(set: ActionSet, limit: usize) -> String {
    let mut names = action_names(set);
    names.sort_by_key(|name| WELL_KNOWN.iter().position(|known| known == name).unwrap_or(WELL_KNOWN.len()));
    let more = names.len().saturating_sub(limit);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", names.into_iter().take(limit).collect::<Vec<_>>().join(", "))
}

/// `GetItem`, `Query`, …
fn action_names(set: ActionSet) -> Vec<&'static str> {
    set.iter().filter_map(|index| actions().get(index)).map(|action| action.name()).collect()
}

/// What a cell of the matrix shows.
fn mark(permission: Permission) -> char {
    match permission {
        Permission::Allow => '✓',
        Permission::Conditional => '~',
        Permission::Unknown => '?',
        Permission::Deny => '·',
    }
}

fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity",
        Layer::Boundary => "boundary",
        Layer::Session => "session",
        Layer::Organisation(_) => "service-control",
        Layer::ResourceControl => "resource-control",
        Layer::Endpoint => "endpoint",
        Layer::Resource => "resource",
    }
}

/// The policy and statement in words: `policy "orders", statement "Read"`.
fn source_name(source: &Source) -> String {
    let layer = match source.layer {
        Layer::Boundary => "boundary ",
        Layer::Resource => "",
        _ => "policy ",
    };
    let statement = source.statement.as_deref().map_or_else(
        || source.unknown.as_ref().map_or_else(|| "not known".to_owned(), |unknown| format!("not known: {unknown}")),
        str::to_owned,
    );
    let name = &source.policy;
    match source.layer {
        Layer::Resource => format!("{name}, {statement}"),
        _ => format!("{layer}\"{name}\", {statement}"),
    }
}

/// A context as `aws:SourceVpce = vpce-1, aws:PrincipalTag/team absent`.
fn example(example: &[(std::sync::Arc<str>, Option<Vec<String>>)]) -> String {
    let one = |(key, values): &(std::sync::Arc<str>, Option<Vec<String>>)| match values {
        None => format!("{key} absent"),
        Some(values) => format!("{key} = {}", values.join(", ")),
    };
    example.iter().map(one).collect::<Vec<_>>().join("; ")
}
