//! The catalogue. Each rule is one `.rs` (logic) beside one `.md` (what, why, how to fix); each area lists its rules.

use crate::engine::Rule;

pub mod dynamodb;

/// Every rule, in order of ids.
pub fn all() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = [dynamodb::RULES].into_iter().flatten().collect();
    rules.sort_unstable_by_key(|rule| rule.id);
    rules
}

/// The rule of an id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().into_iter().find(|rule| rule.id == id)
}
