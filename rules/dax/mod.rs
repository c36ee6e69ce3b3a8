//! Rules about DynamoDB Accelerator.

use crate::engine::Rule;

#[path = "encryption-at-rest.rs"]
mod encryption_at_rest;
#[path = "encryption-in-transit.rs"]
mod encryption_in_transit;
#[path = "multi-az.rs"]
mod multi_az;
#[path = "role-least-privilege.rs"]
mod role_least_privilege;

/// The rules of this area.
pub static RULES: &[Rule] =
    &[encryption_at_rest::RULE, encryption_in_transit::RULE, multi_az::RULE, role_least_privilege::RULE];
