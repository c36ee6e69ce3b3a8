//! Rules about identities and their policies.

use crate::engine::Rule;


/// The rules of this area.
pub static RULES: &[Rule] = &[];
