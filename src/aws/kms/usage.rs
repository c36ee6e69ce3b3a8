//! Which key a property names. In: a property that holds a key id, ARN or alias. Out: whose key it is and, when the
//! project creates it, the key, followed through aliases and data sources.

use std::sync::Arc;

use crate::{
    aws::{Project, Target, kms::class::KeyClass, symbolic},
    model::{Mode, Resource},
    value::{Field, Place, Reason, Truth, Unknown},
};

/// CloudFormation types of keys and aliases.
pub const KINDS: [&str; 3] = ["AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::KMS::Alias"];

/// How many aliases and data sources are followed one after the other.
const MAX_STEPS: usize = 8;

/// A key that is used somewhere.
#[derive(Clone, Debug)]
pub struct KeyUse<'a> {
    /// Whose key it is.
    pub class: KeyClass,
    /// The key, when the project creates it.
    pub key: Option<&'a Resource>,
    /// Aliases and data sources that lead to it.
    pub through: Vec<&'a Resource>,
    /// The deciding attribute.
    pub place: Place,
    /// Why the class is unknown.
    pub reasons: Vec<Arc<Unknown>>,
}

impl<'a> KeyUse<'a> {
    /// A class decided at a place.
    pub fn new(class: KeyClass, place: Place) -> Self {
        Self { class, key: None, through: Vec::new(), place, reasons: Vec::new() }
    }

    /// The key that a property names; `None` when nothing is written.
    pub fn of(project: &'a Project, field: &Field<'a>) -> Option<Self> {
        let mut used = Self::new(KeyClass::Unknown, field.place().clone());
        let mut field = field.clone();
        for step in 0..MAX_STEPS {
            match project.target(&field, &KINDS) {
                Target::Absent if step == 0 => return None,
                Target::Absent => break,
                Target::Outside(text) => {
                    return Some(used.decided(KeyClass::of_text(&symbolic::literal(&text)), &field));
                }
                Target::Pattern(pattern) => return Some(used.decided(KeyClass::of_text(pattern), &field)),
                Target::Unknown(unknown) => return Some(Self { reasons: vec![unknown], ..used }),
                Target::Resource(resource, _) => match Named::of(resource) {
                    Named::Key => return Some(Self { class: KeyClass::Customer, key: Some(resource), ..used }),
                    Named::Alias(name, target) => {
                        let name = resource.get(field.world(), name);
                        if is_managed(&name) {
                            return Some(Self { class: KeyClass::AwsManaged, ..used });
                        }
                        used.through.push(resource);
                        field = target.map_or(name, |target| resource.get(field.world(), target));
                    }
                    Named::Other => break,
                },
            }
        }
        let reason = Unknown { span: field.place().span, ..Unknown::new(Reason::AfterApply, &*field.place().path) };
        Some(Self { reasons: vec![Arc::new(reason)], ..used })
    }

    fn decided(self, class: KeyClass, field: &Field<'_>) -> Self {
        let unreadable = || Arc::new(Unknown::new(Reason::External, field.text().or("".into()).unwrap_or_default()));
        let reason = (class == KeyClass::Unknown).then(|| field.text().unknown().unwrap_or_else(unreadable));
        Self { class, reasons: reason.into_iter().collect(), ..self }
    }

    /// Whether the key is the customer's.
    pub fn is_customer(&self) -> Truth {
        self.class.is_customer()
    }
}

fn is_managed(alias: &Field<'_>) -> bool {
    let name = alias.known().and_then(symbolic::of);
    name.is_some_and(|name| KeyClass::of_text(&name) == KeyClass::AwsManaged)
}

/// What a resource that is named as a key is.
enum Named {
    Key,
    /// The property with its name, and the one with what it leads to; without that the name leads on.
    Alias(&'static str, Option<&'static str>),
    Other,
}

impl Named {
    fn of(resource: &Resource) -> Self {
        match (&*resource.kind, resource.mode) {
            ("AWS::KMS::Key" | "AWS::KMS::ReplicaKey", Mode::Managed) => Self::Key,
            ("AWS::KMS::Alias", Mode::Managed) => Self::Alias("AliasName", Some("TargetKeyId")),
            ("AWS::KMS::Alias" | "aws_kms_alias", Mode::Data) => Self::Alias("name", None),
            ("AWS::KMS::Key" | "aws_kms_key", Mode::Data) => Self::Alias("key_id", None),
            _ => Self::Other,
        }
    }
}
