//! Tags. In: a `Tags` property, a list of key and value or a map. Out: lookups that know what may be missing, and
//! whether tags or a name make data sensitive.

use std::sync::Arc;

use crate::{
    aws::{
        Answer,
        backup::selection::KnownTags,
        settings::{Sensitive, fits},
        symbolic,
    },
    value::{Field, Kind, Truth, Unknown, read::Known},
};

/// The tags of a resource in a world.
pub struct Tags<'a> {
    /// Those whose key is known.
    pub entries: Vec<(Arc<str>, Field<'a>)>,
    /// Why there may be others.
    pub open: Option<Arc<Unknown>>,
    field: Field<'a>,
}

impl<'a> Tags<'a> {
    /// Reads a property that holds tags in either shape of CloudFormation.
    pub fn of(field: &Field<'a>) -> Self {
        let mut tags =
            Self { entries: Vec::new(), open: field.unknown().or_else(|| field.open()), field: field.clone() };
        if field.known().is_some_and(|value| matches!(value.kind, Kind::Map(_))) {
            tags.entries.extend(field.entries().into_iter().map(|(key, value)| (key.into(), value)));
            return tags;
        }
        for item in field.items().fields {
            match item.get("Key").text() {
                Known::Is(key) => tags.entries.push((key, item.get("Value"))),
                Known::Unknown(unknown) => tags.open = tags.open.or(Some(unknown)),
                Known::Absent => {}
            }
        }
        tags
    }

    /// The value of a tag, compared with case.
    pub fn get(&self, key: &str) -> Option<&Field<'a>> {
        self.entries.iter().find(|(found, _)| &**found == key).map(|(_, value)| value)
    }

    /// The tags as backup selections see them.
    pub fn known(&self) -> KnownTags {
        let text = |field: &Field<'_>| field.known().and_then(symbolic::of);
        KnownTags {
            entries: self.entries.iter().map(|(key, value)| (key.to_string(), text(value))).collect(),
            open: self.open.is_some(),
        }
    }

    /// Whether one of the keys, compared without case, has a value; places are those of the tags.
    pub fn classified(&self, settings: &Sensitive) -> Answer {
        let classifying = self.classifying(settings);
        self.or_open(Answer::any(classifying.map(|value| Answer::of(value.is_present(), value))))
    }

    /// Whether a classifying tag has one of the sensitive values.
    pub fn sensitive(&self, settings: &Sensitive) -> Answer {
        let judged = self.classifying(settings).map(|value| {
            let fits = |wanted: &String| match value.text() {
                Known::Is(text) => Truth::from(text.trim().eq_ignore_ascii_case(wanted)),
                Known::Absent => Truth::False,
                Known::Unknown(_) => Truth::Unknown,
            };
            Answer::of(Truth::any(settings.values.iter().map(fits)), value).because(value.text().unknown())
        });
        self.or_open(Answer::any(judged))
    }

    fn classifying(&self, settings: &Sensitive) -> impl Iterator<Item = &Field<'a>> {
        let classifies = |key: &str| settings.keys.iter().any(|wanted| wanted.eq_ignore_ascii_case(key));
        self.entries.iter().filter(move |(key, _)| classifies(key)).map(|(_, value)| value)
    }

    fn or_open(&self, answer: Answer) -> Answer {
        match &self.open {
            Some(unknown) => answer.or(Answer::unknown(Arc::clone(unknown)).at(self.field.place())),
            None if answer.places.is_empty() => answer.at(self.field.place()),
            None => answer,
        }
    }
}

/// Whether a name is one of those that the settings declare sensitive.
pub fn named_sensitive(name: &Field<'_>, settings: &Sensitive) -> Answer {
    if settings.tables.is_empty() {
        return Answer::new(false);
    }
    let truth = match name.known().and_then(symbolic::of) {
        Some(pattern) => Truth::any(settings.tables.iter().map(|glob| match pattern.literal() {
            Some(text) => fits(glob, &text).into(),
            None => symbolic::like(&pattern, &symbolic::literal(glob)),
        })),
        None if name.is_absent() => Truth::False,
        None => Truth::Unknown,
    };
    Answer::of(truth, name).because(name.text().unknown())
}
