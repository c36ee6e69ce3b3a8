//! Rules about AWS Config.

use crate::engine::Rule;

#[path = "aggregator-all-regions.rs"]
mod aggregator_all_regions;
#[path = "dynamodb-pitr-rule.rs"]
mod dynamodb_pitr_rule;
#[path = "recorder-covers-dynamodb.rs"]
mod recorder_covers_dynamodb;

/// The rules of this area.
pub static RULES: &[Rule] = &[aggregator_all_regions::RULE, dynamodb_pitr_rule::RULE, recorder_covers_dynamodb::RULE];
