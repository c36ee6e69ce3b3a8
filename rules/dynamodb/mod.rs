//! Rules about DynamoDB tables.

use crate::{
    aws::dynamodb::{Replica, Table},
    engine::{Context, Rule, Verdict},
    value::Place,
};

#[path = "customer-managed-key.rs"]
mod customer_managed_key;
#[path = "data-classification-tag.rs"]
mod data_classification_tag;
#[path = "deletion-protection.rs"]
mod deletion_protection;
#[path = "explicit-billing-mode.rs"]
mod explicit_billing_mode;
#[path = "generated-name.rs"]
mod generated_name;
#[path = "kms-encryption.rs"]
mod kms_encryption;
#[path = "point-in-time-recovery.rs"]
mod point_in_time_recovery;
#[path = "recovery-window.rs"]
mod recovery_window;
#[path = "retain-on-delete.rs"]
mod retain_on_delete;

/// The rules of this area.
pub static RULES: &[Rule] = &[
    customer_managed_key::RULE,
    data_classification_tag::RULE,
    deletion_protection::RULE,
    explicit_billing_mode::RULE,
    generated_name::RULE,
    kms_encryption::RULE,
    point_in_time_recovery::RULE,
    recovery_window::RULE,
    retain_on_delete::RULE,
];

/// A table is as good as its worst replica; replicas that may exist make a pass unknown.
fn in_every_region<'a>(table: &Table<'a>, cx: &Context<'a>, judge: impl Fn(&Replica<'a>) -> Verdict) -> Verdict {
    let replicas = table.replicas(cx.project);
    let open = replicas.open.map(|reason| {
        let place = Place { span: Some(table.resource.header), ..Place::default() };
        Verdict::unknown(&place, "further replicas may exist", [reason])
    });
    Verdict::worst(replicas.items.iter().map(judge).chain(open))
}

/// `what`, and on which replica when the table has several.
fn of_replica(what: &str, replica: &Replica<'_>) -> String {
    replica.label().map_or_else(|| what.to_owned(), |label| format!("{what} of {label}"))
}
