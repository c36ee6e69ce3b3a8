//! Rules about DynamoDB tables.

use crate::{
    aws::dynamodb::{Replica, Table},
    engine::{Context, Rule, Verdict},
    value::Place,
};

#[path = "customer-managed-key.rs"]
mod customer_managed_key;
#[path = "deletion-protection.rs"]
mod deletion_protection;
#[path = "kms-encryption.rs"]
mod kms_encryption;
#[path = "point-in-time-recovery.rs"]
mod point_in_time_recovery;
#[path = "recovery-window.rs"]
mod recovery_window;

/// The rules of this area.
pub static RULES: &[Rule] = &[
    customer_managed_key::RULE,
    deletion_protection::RULE,
    kms_encryption::RULE,
    point_in_time_recovery::RULE,
    recovery_window::RULE,
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
