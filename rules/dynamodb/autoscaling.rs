//! See `autoscaling.md`.

use crate::{
    aws::{
        autoscaling::{Capacity, Need, needs},
        dynamodb::{Index, IndexKind, KINDS, Table},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Truth},
};

pub const RULE: Rule = rule! {
    id: "dynamodb/autoscaling",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: KINDS,
    aliases: ["CKV2_AWS_16", "DynamoDBAutoScalingEnabled"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let mode = table.is_provisioned();
    let place = table.get("BillingMode").place().clone();
    match mode.truth {
        Truth::False => Verdict::pass(&place),
        Truth::Unknown => Verdict::unknown(&place, "whether capacity adapts to the load cannot be known", mode.reasons),
        Truth::True if table.is_global() => global(&table, cx),
        Truth::True => {
            let needs = needs(cx.project, &table);
            let open = needs.open.map(|reason| Verdict::unknown(&place, "further indexes may exist", [reason]));
            Verdict::worst(needs.items.iter().map(|need| scaled(&table, need)).chain(open))
        }
    }
}

/// Capacity of a table that scalable targets and policies adapt.
fn scaled(table: &Table<'_>, need: &Need<'_>) -> Verdict {
    let holder = need
        .index
        .as_ref()
        .map_or_else(|| table.get("ProvisionedThroughput"), |index| index.field.get("ProvisionedThroughput"));
    let units = holder.get(if need.capacity == Capacity::Read { "ReadCapacityUnits" } else { "WriteCapacityUnits" });
    let what = subject(need.capacity, need.index.as_ref());
    let fail = format!("{what} does not adapt to the load");
    Verdict::of(&need.scaled, units.place(), fail, format!("whether {what} adapts to the load cannot be known"))
}

/// A global table has its targets within itself: those of writes at the table, those of reads at each replica.
fn global<'a>(table: &Table<'a>, cx: &Context<'a>) -> Verdict {
    const WRITES: &str = "WriteProvisionedThroughputSettings.WriteCapacityAutoScalingSettings";
    const READS: &str = "ReadProvisionedThroughputSettings.ReadCapacityAutoScalingSettings";
    let indexes: Vec<Index<'a>> =
        table.indexes().items.into_iter().filter(|index| index.kind == IndexKind::Global).collect();
    let mut verdicts = vec![set(&table.get(WRITES), &subject(Capacity::Write, None))];
    verdicts.extend(indexes.iter().map(|index| set(&index.field.path(WRITES), &subject(Capacity::Write, Some(index)))));
    for replica in table.replicas(cx.project).items {
        let what = super::of_replica(&subject(Capacity::Read, None), &replica);
        verdicts.push(set(&replica.get(READS), &what));
        let own = replica.get("GlobalSecondaryIndexes").items().fields;
        verdicts.extend(own.into_iter().map(|field| {
            let index = Index { kind: IndexKind::Global, field };
            let what = super::of_replica(&subject(Capacity::Read, Some(&index)), &replica);
            set(&index.field.path(READS), &what)
        }));
    }
    Verdict::worst(verdicts)
}

fn set(settings: &Field<'_>, what: &str) -> Verdict {
    match settings.is_present() {
        Truth::True => Verdict::pass(settings.place()),
        Truth::False => Verdict::fail(settings.place(), format!("{what} does not adapt to the load")),
        Truth::Unknown => Verdict::unknown(
            settings.place(),
            format!("whether {what} adapts to the load cannot be known"),
            settings.unknown(),
        ),
    }
}

fn subject(capacity: Capacity, index: Option<&Index<'_>>) -> String {
    let what = if capacity == Capacity::Read { "read" } else { "write" };
    let name = index.map(|index| index.name().or("".into()).filter(|name| !name.is_empty()));
    match name {
        None => format!("{what} capacity"),
        Some(Some(name)) => format!("{what} capacity of the index {name}"),
        Some(None) => format!("{what} capacity of an index"),
    }
}
