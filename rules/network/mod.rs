//! Rules about the way from workloads to tables.

use crate::engine::Rule;


/// The rules of this area.
pub static RULES: &[Rule] = &[];
