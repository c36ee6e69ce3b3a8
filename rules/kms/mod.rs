//! Rules about KMS keys.

use crate::{
    aws::dynamodb::KINDS,
    engine::{Context, Rule},
    model::Resource,
};

#[path = "decrypt-all-keys.rs"]
mod decrypt_all_keys;
#[path = "deletion-window.rs"]
mod deletion_window;
#[path = "key-change-alarm.rs"]
mod key_change_alarm;
#[path = "key-enabled.rs"]
mod key_enabled;
#[path = "key-policy-defined.rs"]
mod key_policy_defined;
#[path = "key-policy-public.rs"]
mod key_policy_public;
#[path = "key-policy-valid.rs"]
mod key_policy_valid;
#[path = "key-region-mismatch.rs"]
mod key_region_mismatch;
#[path = "key-rotation.rs"]
mod key_rotation;

/// The rules of this area.
pub static RULES: &[Rule] = &[
    decrypt_all_keys::RULE,
    deletion_window::RULE,
    key_change_alarm::RULE,
    key_enabled::RULE,
    key_policy_defined::RULE,
    key_policy_public::RULE,
    key_policy_valid::RULE,
    key_region_mismatch::RULE,
    key_rotation::RULE,
];

/// Whether a table that may exist refers to the key, or to an alias of it.
fn encrypts_a_table<'a>(key: &'a Resource, cx: &Context<'a>) -> bool {
    let aliases =
        cx.project.uses(&key.id).filter(|found| &*found.by.kind == "AWS::KMS::Alias").map(|found| &found.by.id);
    let mut users = aliases.chain([&key.id]).flat_map(|id| cx.project.uses(id));
    users.any(|found| KINDS.contains(&&*found.by.kind) && cx.world.truth(&found.by.exists).is_possible())
}
