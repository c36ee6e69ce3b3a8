//! What AWS takes when a property is not written. In: a type and a property path. Out: the default. The facts are in
//! `data/defaults.toml`.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    aws::Answer,
    value::{Field, Truth, read::Known},
};

type Facts = HashMap<String, HashMap<String, toml::Value>>;

static FACTS: LazyLock<Facts> =
    LazyLock::new(|| toml::from_str(include_str!("data/defaults.toml")).unwrap_or_default());

fn fact(kind: &str, path: &str) -> Option<&'static toml::Value> {
    FACTS.get(kind)?.get(path)
}

/// A boolean property, read with its default; false where no other is known.
pub fn flag(kind: &str, field: &Field<'_>) -> Answer {
    let default = fact(kind, &field.place().path).and_then(toml::Value::as_bool).unwrap_or(false);
    Answer::flag(field, default)
}

/// A number, read with its default; absent when there is none.
pub fn number(kind: &str, field: &Field<'_>) -> Known<i64> {
    number_at(kind, &field.place().path, field)
}

/// The same for a property that may stand elsewhere, such as a setting of a replica.
pub fn number_at(kind: &str, path: &str, field: &Field<'_>) -> Known<i64> {
    match (field.integer(), fact(kind, path).and_then(toml::Value::as_integer)) {
        (Known::Absent, Some(default)) => Known::Is(default),
        (known, _) => known,
    }
}

/// Whether a property, read with its default, is this text.
pub fn is(kind: &str, field: &Field<'_>, wanted: &str) -> Truth {
    match field.text() {
        Known::Is(text) => Truth::from(&*text == wanted),
        Known::Unknown(_) => Truth::Unknown,
        Known::Absent => Truth::from(
            fact(kind, &field.place().path).and_then(toml::Value::as_str).is_some_and(|text| text == wanted),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_are_read() {
        assert!(fact("AWS::KMS::Key", "Enabled").is_some_and(|value| value.as_bool() == Some(true)));
        assert!(fact("AWS::DynamoDB::Table", "Enabled").is_none());
    }
}
