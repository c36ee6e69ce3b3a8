//! The catalogue. Each rule is one `.rs` (logic) beside one `.md` (what, why, how to fix); each area lists its rules.

use crate::engine::Rule;

pub mod backup;
pub mod cloudtrail;
pub mod config;
pub mod dax;
pub mod dynamodb;
pub mod iam;
pub mod kms;
pub mod network;
mod resource_policy;

/// Every rule, in order of ids.
pub fn all() -> Vec<&'static Rule> {
    let areas = [
        backup::RULES,
        cloudtrail::RULES,
        config::RULES,
        dax::RULES,
        dynamodb::RULES,
        iam::RULES,
        kms::RULES,
        network::RULES,
    ];
    let mut rules: Vec<&'static Rule> = areas.into_iter().flatten().collect();
    rules.sort_unstable_by_key(|rule| rule.id);
    rules
}

/// The rule of an id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().into_iter().find(|rule| rule.id == id)
}
