//! How names and ARNs are spelled as symbolic strings. In: values and resources, in a world. Out: [`Pattern`]s in
//! which a table's ARN is spelled out (`arn:${AWS::Partition}:dynamodb:…:table/NAME`), so that selectors, globs and
//! literals can be compared with it.

use std::sync::Arc;

use crate::{
    aws::{
        Project, dynamodb,
        symbolic::{self, Text, join, literal},
    },
    model::Resource,
    value::{Field, Kind, Pattern, Piece, Reference, Symbol, Value, World, read::Known},
};

/// Spells values in one world.
#[derive(Clone, Copy)]
pub struct Spelling<'a> {
    project: &'a Project,
    world: &'a World<'a>,
}

impl<'a> Spelling<'a> {
    /// The spelling of a project's names in a world.
    pub fn new(project: &'a Project, world: &'a World<'a>) -> Self {
        Self { project, world }
    }

    /// The world in which values are read.
    pub fn world(&self) -> &'a World<'a> {
        self.world
    }

    /// A property as a string; `None` when it is absent, unknown or no string.
    pub fn field(&self, field: &Field<'a>) -> Text {
        match field.value() {
            Known::Is(value) => self.value(value),
            Known::Absent => None,
            Known::Unknown(unknown) => symbolic::of(&Value::new(Kind::Unknown(unknown))),
        }
    }

    /// The elements of a list property; further elements that may exist count as one that is not known.
    pub fn list(&self, field: &Field<'a>) -> Vec<Text> {
        let items = field.items();
        let mut texts: Vec<Text> = items.fields.iter().map(|item| self.field(item)).collect();
        texts.extend(items.open.map(|_| None));
        texts
    }

    /// A value as a string, with references to tables spelled out.
    pub fn value(&self, value: &Value) -> Text {
        let pattern = symbolic::of(self.world.settle(value).ok()?)?;
        let mut spelled = literal("");
        for piece in &pattern.pieces {
            let part = match piece {
                Piece::Symbol(Symbol::Reference(reference)) => self.reference(reference),
                piece => Pattern { pieces: vec![piece.clone()] },
            };
            spelled = join(&spelled, &part);
        }
        Some(spelled)
    }

    fn reference(&self, reference: &Reference) -> Pattern {
        let resource =
            self.project.resources_of(&reference.target).into_iter().find(|resource| dynamodb::is_table(resource));
        match (resource, &*reference.attribute) {
            (Some(table), "Ref" | "TableName") => self.table_name(table),
            (Some(table), "Arn") => self.table_arn(table),
            (Some(table), "StreamArn") => self.stream_arn(table),
            _ => Pattern { pieces: vec![Piece::Symbol(Symbol::Reference(reference.clone()))] },
        }
    }

    /// The name of a table: as written, else a symbol that stands for this table only.
    pub fn table_name(&self, table: &Resource) -> Pattern {
        let written = table.properties.as_map().and_then(|map| map.get("TableName"));
        let settled = written.and_then(|value| self.world.settle(value).ok());
        match settled.and_then(symbolic::of) {
            Some(name) if !is_anonymous(&name) => name,
            _ => symbol(table, "Ref"),
        }
    }

    /// The ARN of a table.
    pub fn table_arn(&self, table: &Resource) -> Pattern {
        self.table_arn_in(table, self.region(table))
    }

    /// The ARN of a table's replica in a region.
    pub fn table_arn_in(&self, table: &Resource, region: Pattern) -> Pattern {
        let head = [literal("arn:"), self.partition(table, &region), literal(":dynamodb:"), region];
        let tail = [literal(":"), self.account(table), literal(":table/"), self.table_name(table)];
        head.iter().chain(&tail).fold(literal(""), |arn, part| join(&arn, part))
    }

    /// The ARN of a table's stream.
    pub fn stream_arn(&self, table: &Resource) -> Pattern {
        join(&join(&self.table_arn(table), &literal("/stream/")), &self.stream_label(table))
    }

    /// The last part of the ARN of a table's stream.
    pub fn stream_label(&self, table: &Resource) -> Pattern {
        symbol(table, "StreamLabel")
    }

    /// The region in which a resource is created.
    pub fn region(&self, resource: &Resource) -> Pattern {
        self.place(resource.region.as_ref(), "AWS::Region", resource)
    }

    /// The account in which a resource is created.
    pub fn account(&self, resource: &Resource) -> Pattern {
        self.place(resource.account.as_ref(), "AWS::AccountId", resource)
    }

    fn place(&self, value: Option<&Value>, name: &str, resource: &Resource) -> Pattern {
        let settled = value.and_then(|value| self.world.settle(value).ok());
        settled.and_then(symbolic::of).unwrap_or_else(|| pseudo(name, resource))
    }

    /// The partition follows from the region.
    fn partition(&self, resource: &Resource, region: &Pattern) -> Pattern {
        match region.literal() {
            Some(region) if region.starts_with("cn-") => literal("aws-cn"),
            Some(region) if region.starts_with("us-gov-") => literal("aws-us-gov"),
            Some(region) if !region.starts_with("us-iso") && !region.starts_with("eu") => literal("aws"),
            Some(region) if region.starts_with("eu-") && !region.starts_with("eu-isoe-") => literal("aws"),
            _ => pseudo("AWS::Partition", resource),
        }
    }
}

/// Whether both are created in the same account, as far as is said: where nothing says an account there is one.
pub fn same_account(a: &Resource, b: &Resource) -> bool {
    a.account.is_none() && b.account.is_none()
}

fn pseudo(name: &str, resource: &Resource) -> Pattern {
    let symbol = Symbol::Pseudo { name: name.into(), scope: Arc::clone(&resource.id.stack) };
    Pattern { pieces: vec![Piece::Symbol(symbol)] }
}

fn symbol(resource: &Resource, attribute: &str) -> Pattern {
    let reference = Reference { target: resource.id.clone(), attribute: attribute.into() };
    Pattern { pieces: vec![Piece::Symbol(Symbol::Reference(reference))] }
}

/// Whether a part is unknown without identity, so that the text equals not even itself.
fn is_anonymous(text: &Pattern) -> bool {
    text.pieces.iter().any(|piece| matches!(piece, Piece::Symbol(Symbol::Unknown(unknown)) if unknown.key.is_none()))
}
