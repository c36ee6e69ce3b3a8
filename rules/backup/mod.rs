//! Rules about AWS Backup.

use crate::engine::Rule;

#[path = "cross-region-copy.rs"]
mod cross_region_copy;
#[path = "lifecycle-valid.rs"]
mod lifecycle_valid;
#[path = "retention.rs"]
mod retention;
#[path = "vault-key.rs"]
mod vault_key;
#[path = "vault-lock.rs"]
mod vault_lock;

/// The rules of this area.
pub static RULES: &[Rule] =
    &[cross_region_copy::RULE, lifecycle_valid::RULE, retention::RULE, vault_key::RULE, vault_lock::RULE];
