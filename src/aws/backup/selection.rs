//! Whether a backup plan selects a table. In: the plan and its selections as plain data. Out: truth.
//! Semantics: AWS Backup Developer Guide, "Assigning resources programmatically": `Resources` and `ListOfTags` add,
//! `Conditions` must all hold, `NotResources` removes; with none of them everything is selected.

use rustc_hash::FxHashMap;

use crate::{
    aws::{
        settings::{self, External},
        symbolic::{self, Text, literal},
    },
    value::{Pattern, Truth},
};

/// A plan with its selections.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Whether it has a rule.
    pub has_rule: Truth,
    /// Whether the region is opted in for DynamoDB.
    pub opted_in: Truth,
    /// Its selections; the plan selects what one of them does.
    pub selections: Vec<Selection>,
}

/// One selection. A `None` among texts is one that is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// `Resources`.
    pub resources: Vec<Text>,
    /// `NotResources`.
    pub not_resources: Vec<Text>,
    /// `ListOfTags`: key and value.
    pub list_of_tags: Vec<(Text, Text)>,
    /// `Conditions`.
    pub conditions: Vec<Condition>,
    /// Whether the role may make backups of the table.
    pub role_can_backup: Truth,
}

/// One entry of `Conditions`.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// `aws:ResourceTag/KEY`, or the key alone.
    pub key: Text,
    /// The value.
    pub value: Text,
}

/// Operators of `Conditions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `StringEquals`.
    Equals,
    /// `StringNotEquals`.
    NotEquals,
    /// `StringLike`.
    Like,
    /// `StringNotLike`.
    NotLike,
}

/// The tags of a resource as selections see them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownTags {
    /// Those that are known, with a value that may be unknown.
    pub entries: FxHashMap<String, Text>,
    /// Whether there may be others.
    pub open: bool,
}

impl KnownTags {
    /// Whether the tag exists and its value passes the test.
    fn test(&self, key: &Text, test: impl Fn(&Pattern) -> Truth) -> Truth {
        let Some(key) = key else { return Truth::Unknown };
        let Some(key) = key.literal() else { return Truth::Unknown };
        match self.entries.get(&*key) {
            Some(value) => value.as_ref().map_or(Truth::Unknown, test),
            None if self.open => Truth::Unknown,
            None => Truth::False,
        }
    }

    fn equal(&self, key: &Text, value: &Text) -> Truth {
        self.test(key, |found| value.as_ref().map_or(Truth::Unknown, |value| symbolic::equals(found, value)))
    }

    fn like(&self, key: &Text, value: &Text) -> Truth {
        self.test(key, |found| match value.as_ref().map(Pattern::literal) {
            Some(Some(glob)) => symbolic::like(found, &literal(&glob)),
            _ => Truth::Unknown,
        })
    }
}

impl Plan {
    /// Whether the plan backs up the table of this ARN and these tags.
    pub fn covers(&self, arn: &Pattern, tags: &KnownTags) -> Truth {
        let selected = Truth::any(self.selections.iter().map(|selection| selection.covers(arn, tags)));
        self.has_rule.and(self.opted_in).and(selected)
    }
}

impl Selection {
    /// Whether the selection selects the table and may back it up.
    pub fn covers(&self, arn: &Pattern, tags: &KnownTags) -> Truth {
        self.included(arn, tags)
            .and(Truth::all(self.conditions.iter().map(|condition| condition.holds(tags))))
            .and(!Truth::any(self.not_resources.iter().map(|resource| names(resource, arn))))
            .and(self.role_can_backup)
    }

    fn included(&self, arn: &Pattern, tags: &KnownTags) -> Truth {
        if self.resources.is_empty() && self.list_of_tags.is_empty() {
            // Conditions alone are documented both as narrowing everything and as needing resources.
            return if self.conditions.is_empty() { Truth::True } else { Truth::Unknown };
        }
        let resources = Truth::any(self.resources.iter().map(|resource| names(resource, arn)));
        resources.or(Truth::any(self.list_of_tags.iter().map(|(key, value)| tags.equal(key, value))))
    }
}

impl Condition {
    fn holds(&self, tags: &KnownTags) -> Truth {
        let plain = |key: &Pattern| match key.literal() {
            Some(text) => literal(text.strip_prefix("aws:ResourceTag/").unwrap_or(&text)),
            None => key.clone(),
        };
        let key = self.key.as_ref().map(plain);
        match self.operator {
            Operator::Equals => tags.equal(&key, &self.value),
            Operator::NotEquals => !tags.equal(&key, &self.value),
            Operator::Like => tags.like(&key, &self.value),
            Operator::NotLike => !tags.like(&key, &self.value),
        }
    }
}

/// Whether an entry of `Resources` means the table: its ARN, a beginning of it followed by `*`, or a whole type
/// (`arn:aws:dynamodb:*:*:table/*`). A `*` elsewhere is not documented.
fn names(resource: &Text, arn: &Pattern) -> Truth {
    let Some(resource) = resource else { return Truth::Unknown };
    if !symbolic::contains_literal(resource, '*') {
        return symbolic::equals(resource, arn);
    }
    let parts = symbolic::segments(resource, 6);
    let own = symbolic::segments(arn, 6);
    let is_star = |part: &Pattern| part.literal().as_deref() == Some("*");
    let last = parts.len() - 1;
    let each = parts.iter().zip(&own).enumerate().map(|(index, (part, own))| {
        let open_end = index == last && ends_in_star(part);
        let known = if open_end { symbolic::without_last_character(part) } else { part.clone() };
        match part.literal() {
            _ if is_star(part) => Truth::True,
            // The partition that the author wrote is that of the deployment.
            Some(_) if index == 1 && own.literal().is_none() => Truth::True,
            _ if symbolic::contains_literal(&known, '*') => Truth::Unknown,
            _ if open_end => symbolic::starts_with(own, &known),
            _ => symbolic::equals(part, own),
        }
    });
    let short = parts.len() < own.len() && !parts.last().is_some_and(ends_in_star);
    if short { Truth::False } else { Truth::all(each) }
}

fn ends_in_star(part: &Pattern) -> bool {
    symbolic::ends_with(part, &literal("*")).is_true()
}

/// Whether a plan outside the code, as declared, selects a table of this name and these tags.
pub fn external(declared: &External, name: &Text, tags: &KnownTags) -> Truth {
    let by_name = |glob: &String| match name.as_ref().map(|name| (name, name.literal())) {
        Some((_, Some(name))) => settings::fits(glob, &name).into(),
        Some((name, None)) => symbolic::like(name, &literal(glob)),
        None => Truth::Unknown,
    };
    let by_tag = |(key, value): &(String, String)| tags.like(&Some(literal(key)), &Some(literal(value)));
    let by_tags = Truth::any(declared.backup_tags.iter().flatten().map(by_tag));
    Truth::any(declared.backup_tables.iter().map(by_name)).or(by_tags)
}
