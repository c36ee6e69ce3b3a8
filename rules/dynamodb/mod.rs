//! Rules about DynamoDB tables.

use crate::{
    aws::{
        dynamodb::{KINDS, LONE_REPLICA, Replica, Table},
        iam::principal::is_deploying_account,
        text::Text,
    },
    engine::{Context, Rule, Verdict},
    model::Resource,
    value::{Field, Place, Truth},
};

#[path = "autoscaling.rs"]
mod autoscaling;
#[path = "backup-plan.rs"]
mod backup_plan;
#[path = "capacity-consistent.rs"]
mod capacity_consistent;
#[path = "customer-managed-key.rs"]
mod customer_managed_key;
#[path = "data-classification-tag.rs"]
mod data_classification_tag;
#[path = "deletion-protection.rs"]
mod deletion_protection;
#[path = "explicit-billing-mode.rs"]
mod explicit_billing_mode;
#[path = "export-encryption.rs"]
mod export_encryption;
#[path = "generated-name.rs"]
mod generated_name;
#[path = "kms-encryption.rs"]
mod kms_encryption;
#[path = "legacy-global-table.rs"]
mod legacy_global_table;
#[path = "point-in-time-recovery.rs"]
mod point_in_time_recovery;
#[path = "recovery-window.rs"]
mod recovery_window;
#[path = "resource-policy-cross-account.rs"]
mod resource_policy_cross_account;
#[path = "resource-policy-public.rs"]
mod resource_policy_public;
#[path = "retain-on-delete.rs"]
mod retain_on_delete;
#[path = "stream-destination-encryption.rs"]
mod stream_destination_encryption;

/// The rules of this area.
pub static RULES: &[Rule] = &[
    autoscaling::RULE,
    backup_plan::RULE,
    capacity_consistent::RULE,
    customer_managed_key::RULE,
    data_classification_tag::RULE,
    deletion_protection::RULE,
    explicit_billing_mode::RULE,
    export_encryption::RULE,
    generated_name::RULE,
    kms_encryption::RULE,
    legacy_global_table::RULE,
    point_in_time_recovery::RULE,
    recovery_window::RULE,
    resource_policy_cross_account::RULE,
    resource_policy_public::RULE,
    retain_on_delete::RULE,
    stream_destination_encryption::RULE,
];

/// What may hold a resource policy: tables, and policies that Terraform attaches to tables outside the code.
const POLICY_HOLDERS: [&str; 3] =
    ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "aws_dynamodb_resource_policy"];

/// The worst verdict on the resource policies that a resource holds: of a table, of its replicas and their streams.
fn on_policies<'a>(resource: &'a Resource, cx: &Context<'a>, judge: impl Fn(&Field<'a>, &str) -> Verdict) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else {
        let document = resource.get(cx.world, "policy");
        return if is_of_a_table_here(resource, cx) {
            Verdict::not_applicable()
        } else {
            judge(&document, "the resource policy")
        };
    };
    let replicas = table.replicas(cx.project).items;
    let documents = replicas.iter().flat_map(|replica| {
        [
            (replica.policy(), of_replica("the resource policy", replica)),
            (replica.stream_policy(), of_replica("the stream's policy", replica)),
        ]
    });
    Verdict::worst(
        documents.filter(|(document, _)| !document.is_absent()).map(|(document, name)| judge(&document, &name)),
    )
}

/// Whether a policy of Terraform is judged as part of its table.
fn is_of_a_table_here<'a>(policy: &'a Resource, cx: &Context<'a>) -> bool {
    cx.project.target(&policy.get(cx.world, "resource_arn"), &KINDS).resource().is_some()
}

/// Tables, and replicas of tables that are written elsewhere.
const IN_REGIONS: [&str; 3] = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", LONE_REPLICA];

/// The same for a resource that is a table, or the replica of one that is not of the project.
fn of_every_region<'a>(resource: &'a Resource, cx: &Context<'a>, judge: impl Fn(&Replica<'a>) -> Verdict) -> Verdict {
    match Table::new(resource, cx.world) {
        Some(table) => in_every_region(&table, cx, judge),
        None => Replica::alone(resource, cx.project, cx.world)
            .map_or_else(Verdict::not_applicable, |replica| judge(&replica)),
    }
}

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

/// A number that is written out is taken for another account unless something says that it is the table's.
fn is_foreign(account: &Text, own: &Text, cx: &Context<'_>) -> Truth {
    let trusted = account.literal().is_some_and(|number| cx.settings.external.trusted_accounts.contains(&number));
    match (account.equals(own), account.literal(), own.literal()) {
        _ if trusted => Truth::False,
        (Truth::Unknown, Some(_), None) => Truth::True,
        // Where nothing says an account, there is one.
        _ if is_deploying_account(account) && is_deploying_account(own) => Truth::False,
        (equal, ..) => !equal,
    }
}
