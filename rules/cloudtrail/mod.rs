//! Rules about CloudTrail.

use crate::engine::Rule;

#[path = "cloudwatch-logs.rs"]
mod cloudwatch_logs;
#[path = "dynamodb-data-events.rs"]
mod dynamodb_data_events;
#[path = "event-data-store-key.rs"]
mod event_data_store_key;
#[path = "kms-encryption.rs"]
mod kms_encryption;
#[path = "log-file-validation.rs"]
mod log_file_validation;
#[path = "logging-enabled.rs"]
mod logging_enabled;
#[path = "multi-region.rs"]
mod multi_region;
#[path = "sns-topic.rs"]
mod sns_topic;

/// The rules of this area.
pub static RULES: &[Rule] = &[
    cloudwatch_logs::RULE,
    dynamodb_data_events::RULE,
    event_data_store_key::RULE,
    kms_encryption::RULE,
    log_file_validation::RULE,
    logging_enabled::RULE,
    multi_region::RULE,
    sns_topic::RULE,
];
