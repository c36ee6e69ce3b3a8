//! Rules about KMS keys.

use crate::engine::Rule;

#[path = "key-rotation.rs"]
mod key_rotation;

/// The rules of this area.
pub static RULES: &[Rule] = &[key_rotation::RULE];
