//! Whether rotation can be asked of a key. In: a key resource. Out: applicable, or why not.
//! Source: KMS Developer Guide, "Rotate AWS KMS keys": automatic rotation exists for symmetric encryption keys with
//! key material that KMS made; a replica follows its primary key.

use std::sync::Arc;

use crate::{
    model::Resource,
    value::{Unknown, World, read::Known},
};

/// Whether a key can rotate by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Rotation {
    /// It can.
    Applicable,
    /// It cannot, and why.
    NotApplicable(&'static str),
    /// Not known.
    Unknown(Arc<Unknown>),
}

/// Properties with the only value under which a key rotates, and what any other value means; an empty one
/// means that nothing may be written. Terraform's names for key stores have no CloudFormation property.
const CONDITIONS: [(&str, &str, &str); 5] = [
    ("KeySpec", "SYMMETRIC_DEFAULT", "only symmetric encryption keys rotate"),
    ("KeyUsage", "ENCRYPT_DECRYPT", "only symmetric encryption keys rotate"),
    ("Origin", "AWS_KMS", "imported key material and custom key stores do not rotate"),
    ("custom_key_store_id", "", "keys in custom key stores do not rotate"),
    ("xks_key_id", "", "keys in external key stores do not rotate"),
];

impl Rotation {
    /// Whether the key can rotate in a world.
    pub fn of(key: &Resource, world: &World<'_>) -> Self {
        if &*key.kind == "AWS::KMS::ReplicaKey" {
            return Self::NotApplicable("a replica key rotates with its primary key");
        }
        let mut result = Self::Applicable;
        for (property, wanted, why) in CONDITIONS {
            let field = key.get(world, property);
            match field.text() {
                _ if wanted.is_empty() && field.is_present().is_true() => return Self::NotApplicable(why),
                Known::Is(text) if &*text != wanted => return Self::NotApplicable(why),
                Known::Unknown(unknown) if result == Self::Applicable => result = Self::Unknown(unknown),
                _ => {}
            }
        }
        result
    }
}
