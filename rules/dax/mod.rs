//! Rules about DynamoDB Accelerator.

use crate::engine::Rule;

#[path = "encryption-at-rest.rs"]
mod encryption_at_rest;

/// The rules of this area.
pub static RULES: &[Rule] = &[encryption_at_rest::RULE];
