//! Selectors that cannot do what they were written for. In: a trail. Out: the values of its selectors for DynamoDB
//! that match nothing, and why. Semantics as in [`super::selection`].

use std::sync::Arc;

use crate::{
    aws::{
        Project, Target,
        cloudtrail::{
            selection::{STREAM, TABLE},
            trail::Trail,
        },
        dynamodb, symbolic,
    },
    value::{Field, Kind, Pattern, Place, Reason, Unknown, read::Known},
};

/// Why a selector's value matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// `*` stands for itself in selectors.
    Wildcard,
    /// Not the ARN of a table or stream, nor `arn:aws:dynamodb`.
    NoTableArn,
    /// A reference to something that is no table.
    NoTable,
    /// No table of the project has this name.
    NotInProject,
    /// What it names is not known.
    Unknown,
    /// Not a resource type of CloudTrail, though meant for DynamoDB.
    Type,
    /// A resource type that basic selectors do not know.
    TypeOfAdvanced,
    /// Not a category of events.
    Category,
}

/// A value that matches nothing.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// The value.
    pub place: Place,
    /// As written.
    pub text: String,
    /// Why.
    pub why: Why,
    /// What is not known of it.
    pub reason: Option<Arc<Unknown>>,
}

const CATEGORIES: [&str; 4] = ["Data", "Management", "Insight", "NetworkActivity"];
const VALUE_OPERATORS: [&str; 3] = ["Equals", "StartsWith", "EndsWith"];

/// The values of a trail's selectors for DynamoDB that match nothing.
pub fn suspects<'a>(project: &'a Project, trail: &Trail<'a>) -> Vec<Suspect> {
    let mut found = Vec::new();
    for selector in trail.get("EventSelectors").items().fields {
        for data in selector.get("DataResources").items().fields {
            let kind = data.get("Type");
            match kind.text() {
                Known::Is(text) if &*text == TABLE => {
                    let written = data.get("Values");
                    let values = written.items();
                    found.extend(values.fields.iter().filter_map(|value| exact(project, value)));
                    found.extend(values.open.map(|reason| unknown(&written, reason)));
                }
                Known::Is(text) if &*text == STREAM => found.push(suspect(&kind, Why::TypeOfAdvanced)),
                Known::Is(text) if is_about_dynamodb(&text) => found.push(suspect(&kind, Why::Type)),
                _ => {}
            }
        }
    }
    for selector in trail.get("AdvancedEventSelectors").items().fields {
        found.extend(advanced(project, &selector.get("FieldSelectors").items().fields));
    }
    found
}

fn advanced<'a>(project: &'a Project, fields: &[Field<'a>]) -> Vec<Suspect> {
    let values = |name: &str, operators: &[&str]| -> Vec<Field<'a>> {
        let named = |field: &&Field<'a>| matches!(field.get("Field").text(), Known::Is(text) if text.eq_ignore_ascii_case(name));
        let lists = fields.iter().filter(named).flat_map(|field| operators.iter().map(|operator| field.get(operator)));
        lists.flat_map(|list| list.items().fields).collect()
    };
    let is = |field: &Field<'a>, wanted: &str| matches!(field.text(), Known::Is(text) if &*text == wanted);
    let mut found = Vec::new();
    let kinds = values("resources.type", &["Equals"]);
    for kind in &kinds {
        if let Known::Is(text) = kind.text()
            && is_about_dynamodb(&text)
            && &*text != TABLE
            && &*text != STREAM
        {
            found.push(suspect(kind, Why::Type));
        }
    }
    if !kinds.iter().any(|kind| matches!(kind.text(), Known::Is(text) if is_about_dynamodb(&text))) {
        return found;
    }
    let categories = values("eventCategory", &["Equals"]);
    let wrong = categories
        .iter()
        .filter(|value| value.text().or("Data".into()).is_some_and(|text| !CATEGORIES.contains(&&*text)));
    found.extend(wrong.map(|value| suspect(value, Why::Category)));
    for value in values("resources.ARN", &VALUE_OPERATORS) {
        if matches!(value.text(), Known::Is(text) if text.contains('*')) {
            found.push(suspect(&value, Why::Wildcard));
        }
    }
    if kinds.iter().all(|kind| is(kind, TABLE)) {
        let exact_values = values("resources.ARN", &["Equals"]);
        found.extend(
            exact_values
                .iter()
                .filter_map(|value| exact(project, value))
                .filter(|suspect| suspect.why != Why::Wildcard),
        );
    }
    found
}

/// A value that should be the ARN of a table.
fn exact<'a>(project: &'a Project, value: &Field<'a>) -> Option<Suspect> {
    let text = match project.target(value, &dynamodb::KINDS) {
        Target::Resource(resource, _) if dynamodb::is_table(resource) => {
            return is_no_arn(value).then(|| suspect(value, Why::NoTableArn));
        }
        Target::Resource(resource, _) if resource.kind.starts_with("AWS::") => {
            return Some(suspect(value, Why::NoTable));
        }
        Target::Outside(text) => text,
        Target::Pattern(pattern) if symbolic::contains_literal(pattern, '*') => {
            return Some(suspect(value, Why::Wildcard));
        }
        Target::Pattern(pattern) if is_every_table(pattern) => return None,
        Target::Pattern(_) => {
            return Some(unknown(value, Unknown::new(Reason::External, "a table with this ARN").into()));
        }
        Target::Unknown(reason) => return Some(unknown(value, reason)),
        Target::Resource(..) | Target::Absent => return None,
    };
    if text.contains('*') {
        return Some(suspect(value, Why::Wildcard));
    }
    let segments: Vec<&str> = text.splitn(6, ':').collect();
    let why = match segments[..] {
        ["arn", _, "dynamodb"] => return None,
        ["arn", _, "dynamodb", _, _, tail] => match tail.strip_prefix("table/") {
            Some(name) if !name.is_empty() && !name.contains('/') => Why::NotInProject,
            _ => Why::NoTableArn,
        },
        _ => Why::NoTableArn,
    };
    Some(suspect(value, why))
}

/// Whether what names a table is no ARN: its name, or the label of its stream.
fn is_no_arn(value: &Field<'_>) -> bool {
    match value.known().map(|value| &value.kind) {
        Some(Kind::Reference(reference)) => &*reference.attribute != "Arn",
        Some(Kind::String(text)) => !text.text.starts_with("arn:"),
        _ => false,
    }
}

/// `arn:…:dynamodb`, with whatever partition.
fn is_every_table(pattern: &Pattern) -> bool {
    let segments = symbolic::segments(pattern, 6);
    matches!(&segments[..], [_, _, service] if service.literal().as_deref() == Some("dynamodb"))
}

fn is_about_dynamodb(kind: &str) -> bool {
    kind.to_ascii_lowercase().contains("dynamo")
}

fn unknown(field: &Field<'_>, reason: Arc<Unknown>) -> Suspect {
    Suspect { reason: Some(reason), ..suspect(field, Why::Unknown) }
}

fn suspect(field: &Field<'_>, why: Why) -> Suspect {
    let text = match field.text() {
        Known::Is(text) => text.to_string(),
        _ => field.text().unknown().map_or_else(String::new, |unknown| unknown.subject.to_string()),
    };
    Suspect { place: field.place().clone(), text, why, reason: None }
}
