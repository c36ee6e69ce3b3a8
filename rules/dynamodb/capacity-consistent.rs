//! See `capacity-consistent.md`.

use std::sync::Arc;

use crate::{
    aws::dynamodb::{IndexKind, KINDS, Table},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Truth, Unknown, read::Known},
};

pub const RULE: Rule = rule! {
    id: "dynamodb/capacity-consistent",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: KINDS,
    aliases: ["E3638", "E3639"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let mode = table.is_provisioned();
    let provisioned = match mode.truth {
        Truth::Unknown => {
            let place = table.get("BillingMode").place().clone();
            return Verdict::unknown(&place, "whether capacity fits the billing mode cannot be known", mode.reasons);
        }
        truth => truth.is_true(),
    };
    let indexes = table.indexes().items.into_iter().filter(|index| index.kind == IndexKind::Global);
    let subjects = [(resource.field(cx.world), "the table".to_owned())].into_iter().chain(indexes.map(|index| {
        let name = index.name().or("".into()).filter(|name| !name.is_empty());
        let name = name.map_or_else(|| "an index".to_owned(), |name| format!("the index {name}"));
        (index.field, name)
    }));
    let pass = Verdict::pass(table.get("BillingMode").place());
    let verdicts = subjects.map(|(field, name)| {
        if table.is_global() { settings(&field, &name, provisioned) } else { units(&field, &name, provisioned) }
    });
    Verdict::worst(verdicts.chain([pass]))
}

/// A table has units of reads and writes if and only if they are provisioned.
fn units(subject: &Field<'_>, name: &str, provisioned: bool) -> Verdict {
    let verdicts = [("ReadCapacityUnits", "read"), ("WriteCapacityUnits", "write")].map(|(property, what)| {
        let units = subject.get("ProvisionedThroughput").get(property);
        match units.integer() {
            Known::Is(count) if provisioned && count < 1 => Verdict::fail(
                units.place(),
                format!("{what} capacity of {name} is {count}, but at least 1 is provisioned"),
            ),
            Known::Absent if provisioned => {
                Verdict::fail(units.place(), format!("capacity is provisioned, but {name} has no {what} capacity"))
            }
            Known::Is(count) if !provisioned && count > 0 => on_demand(&units, what, name),
            Known::Unknown(reason) => unknown(&units, name, reason),
            _ => Verdict::pass(units.place()),
        }
    });
    Verdict::worst(verdicts)
}

/// A global table has settings for writes if and only if they are provisioned; those for reads are the replicas'.
fn settings(subject: &Field<'_>, name: &str, provisioned: bool) -> Verdict {
    let settings = subject.get("WriteProvisionedThroughputSettings");
    match settings.is_present() {
        Truth::True if !provisioned => on_demand(&settings, "write", name),
        Truth::False if provisioned => {
            Verdict::fail(settings.place(), format!("capacity is provisioned, but {name} has no write capacity"))
        }
        _ => settings
            .unknown()
            .map_or_else(|| Verdict::pass(settings.place()), |reason| unknown(&settings, name, reason)),
    }
}

fn on_demand(field: &Field<'_>, what: &str, name: &str) -> Verdict {
    Verdict::fail(field.place(), format!("{name} is on demand, but has {what} capacity"))
}

fn unknown(field: &Field<'_>, name: &str, reason: Arc<Unknown>) -> Verdict {
    Verdict::unknown(
        field.place(),
        format!("whether the capacity of {name} fits the billing mode cannot be known"),
        [reason],
    )
}
