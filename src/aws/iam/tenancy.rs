//! Tenants as the policies of a principal tell them apart. In: a principal and a table of the project. Out: for each
//! way in which `dynamodb:LeadingKeys` separates tenants, whether it does.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    aws::{
        dynamodb::{IndexKind, Table},
        iam::{
            access::{TableTarget, base_context},
            context::{Context, Key},
            evaluate::Policies,
            isolation::{Isolation, TableFacts, Tenant, isolation},
            operators::{Expected, Test},
            principal::CallerKind,
            principals::Principal,
        },
        text::{Glob, Text},
    },
    source::Span,
    value::{Field, read::Known},
};

/// Keys of which the values are partition keys.
pub const PARTITION_KEYS: [&str; 5] = [
    "dynamodb:firstpartitionkeyvalues",
    "dynamodb:fourthpartitionkeyvalues",
    "dynamodb:leadingkeys",
    "dynamodb:secondpartitionkeyvalues",
    "dynamodb:thirdpartitionkeyvalues",
];

/// A way in which the policies of a principal tell tenants apart, and whether it holds.
#[derive(Clone, Debug)]
pub struct Tenancy {
    /// The value that partition keys are compared with, as written: `${aws:PrincipalTag/Tenant}`.
    pub expression: Text,
    /// Where it is written.
    pub span: Option<Span>,
    /// Whether a tenant reaches another one's items.
    pub isolation: Isolation,
}

/// Judges every tenant expression of a principal on a table; none when its policies do not speak of partition keys.
/// `dax`: ARNs of the clusters whose role reaches the table.
pub fn tenancies(principal: &Principal, table: &Table<'_>, target: &TableTarget, dax: &[Text]) -> Vec<Tenancy> {
    let policies = Policies { resource: target.policy.clone(), ..principal.policies.clone() };
    let facts = facts(table, target, dax);
    let judged = |(expected, span): (&Expected, Option<Span>)| Tenancy {
        expression: expected.text.clone(),
        span,
        isolation: isolation(&policies, &principal.caller, &facts, &tenant(expected, principal, target)),
    };
    expressions(&principal.policies).into_iter().map(judged).collect()
}

/// The values that partition keys are compared with: those with variables, or where there are none the first fixed one.
fn expressions(policies: &Policies) -> Vec<(&Expected, Option<Span>)> {
    let statements = policies.iter().flat_map(|(_, policy)| &policy.statements);
    let conditions = statements.flat_map(|statement| &statement.conditions);
    let conditions = conditions.filter(|condition| {
        let texts = condition.operator.is_some_and(|operator| matches!(operator.test, Test::Text(_) | Test::Like));
        texts && PARTITION_KEYS.contains(&&*condition.lower)
    });
    let all: Vec<_> =
        conditions.flat_map(|condition| condition.values.iter().map(|value| (value, condition.span))).collect();
    let variable = |(value, _): &(&Expected, _)| value.templates.iter().any(|template| template.has_variables());
    let mut seen = BTreeSet::new();
    let varying: Vec<_> = all.iter().copied().filter(variable).filter(|(value, _)| seen.insert(keys(value))).collect();
    if varying.is_empty() { all.into_iter().take(1).collect() } else { varying }
}

fn keys(value: &Expected) -> Vec<Arc<str>> {
    value.templates.iter().flat_map(|template| template.variables()).map(|variable| Arc::clone(&variable.key)).collect()
}

fn tenant(expected: &Expected, principal: &Principal, target: &TableTarget) -> Tenant {
    let base = base_context(principal, target);
    let keys = keys(expected);
    let as_tenant = |id: &str| {
        // A key that such callers never have stays absent: then nobody is let in by it.
        let free = keys.iter().filter(|key| *base.get(key) != Key::Absent);
        free.fold(base.clone(), |context, key| context.with(key, Key::one(id)))
    };
    let context = as_tenant("tenant-A");
    let foreign = partition(expected, &as_tenant("tenant-B"));
    let controlled = keys.iter().filter(|key| ***key == *"aws:userid" && principal.caller.kind == CallerKind::Role);
    Tenant {
        own: partition(expected, &context),
        foreign: if keys.is_empty() { vec![Text::from("other-tenant")] } else { vec![foreign] },
        controls: controlled.map(|key| (Arc::clone(key), vec![Text::from("tenant-B")])).collect(),
        open: Vec::new(),
        context,
    }
}

/// The partition key of a tenant: the expression with its variables replaced, wildcards standing for some text.
fn partition(expected: &Expected, context: &Context) -> Text {
    let globs = expected.templates.iter().filter_map(|template| template.expand(context)).flatten();
    let mut text = Text::from("");
    for glob in globs {
        text = match glob {
            Glob::Char(c) => text.join(&Text::from(crate::aws::text::Atom::Char(c))),
            Glob::Symbol(symbol) => text.join(&Text::from(crate::aws::text::Atom::Symbol(symbol))),
            Glob::One | Glob::Many => text.join(&Text::from("1")),
        };
    }
    text
}

fn facts(table: &Table<'_>, target: &TableTarget, dax: &[Text]) -> TableFacts {
    let mut facts = TableFacts {
        arn: target.arn.clone(),
        id: Some(target.id.clone()),
        account: target.account.clone(),
        hash: hash_of(&table.get("KeySchema")).unwrap_or_default(),
        key_attributes: key_names(&table.get("KeySchema")),
        indexes: Vec::new(),
        vector_indexes: Vec::new(),
        stream: target.stream,
        stream_policy: target.stream_policy.clone(),
        dax: dax.to_vec(),
    };
    for index in table.indexes().items {
        let Known::Is(name) = index.name() else { continue };
        let name = Text::from(&*name);
        match index.kind {
            IndexKind::Vector => facts.vector_indexes.push(name),
            IndexKind::Local => facts.indexes.push((name, Some(Arc::clone(&facts.hash)))),
            IndexKind::Global => facts.indexes.push((name, hash_of(&index.field.get("KeySchema")))),
        }
    }
    facts
}

/// The first partition key attribute of a key schema.
fn hash_of(schema: &Field<'_>) -> Option<Arc<str>> {
    let items = schema.items().fields;
    let hash = items.iter().find(|item| matches!(item.get("KeyType").text(), Known::Is(kind) if &*kind == "HASH"))?;
    if let Known::Is(name) = hash.get("AttributeName").text() { Some(name) } else { None }
}

fn key_names(schema: &Field<'_>) -> Vec<Text> {
    let items = schema.items().fields;
    items
        .iter()
        .filter_map(|item| {
            if let Known::Is(name) = item.get("AttributeName").text() { Some(Text::from(&*name)) } else { None }
        })
        .collect()
}
