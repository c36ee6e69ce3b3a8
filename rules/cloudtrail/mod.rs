//! Rules about CloudTrail.

use crate::engine::Rule;

#[path = "log-file-validation.rs"]
mod log_file_validation;
#[path = "multi-region.rs"]
mod multi_region;

/// The rules of this area.
pub static RULES: &[Rule] = &[log_file_validation::RULE, multi_region::RULE];
