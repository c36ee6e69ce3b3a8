//! See `leading-keys-bypass.md`.

use crate::{
    aws::{
        dynamodb::Table,
        iam::{
            access::TableTarget,
            actions::{Class, Universe, of_class},
            context::Context as Request,
            element::Padding,
            index::{AccessIndex, PrincipalAccess},
            isolation::{Isolation, Witness},
            policy::Statement,
            tenancy::{PARTITION_KEYS, Tenancy, tenancies},
        },
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Truth},
};

pub const RULE: Rule = rule! {
    id: "iam/leading-keys-bypass",
    severity: Critical,
    confidence: High,
    profile: Default,
    kinds: super::PRINCIPALS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let index = AccessIndex::of(cx.project, cx.settings);
    let Some(found) = index.principal(resource, cx.project, cx.world) else { return Verdict::not_applicable() };
    let tables = found.tables.iter().filter(|(target, _)| separates_tenants(&found, target));
    Verdict::worst(tables.flat_map(|(target, _)| {
        let table = cx.project.resource(&target.id).and_then(|table| Table::new(table, cx.world));
        let caches = index.caches(&target.id, cx.project, cx.world);
        let tenancies = table.map(|table| tenancies(&found.principal, &table, target, &caches)).unwrap_or_default();
        tenancies.iter().map(|tenancy| judge(tenancy, &found, target, resource)).collect::<Vec<_>>()
    }))
}

/// Whether a statement with a condition on partition keys concerns the table.
fn separates_tenants(found: &PrincipalAccess, target: &TableTarget) -> bool {
    let statements = found.principal.policies.iter().flat_map(|(_, policy)| &policy.statements);
    let mut conditioned = statements
        .filter(|statement| statement.conditions.iter().any(|condition| PARTITION_KEYS.contains(&&*condition.lower)));
    let reaches = |statement: &Statement| {
        let subjects = target.resources.iter().map(|(_, subject)| subject);
        Truth::any(subjects.map(|subject| statement.reaches(subject, &Request::open(), Padding::Always)))
    };
    conditioned.any(|statement| reaches(statement).is_possible())
}

fn judge(tenancy: &Tenancy, found: &PrincipalAccess, target: &TableTarget, resource: &Resource) -> Verdict {
    let condition = Place { span: tenancy.span.or(Some(resource.header)), ..Place::default() };
    let table = &target.id.address;
    let verdict = match &tenancy.isolation {
        Isolation::Isolated => return Verdict::pass(&condition).concerning([target.id.clone()]),
        Isolation::Bypass(witnesses) => {
            let Some(witness) = telling(witnesses) else { return Verdict::pass(&condition) };
            let (place, others) = (allowed_at(witness, found).unwrap_or_else(|| condition.clone()), others(witnesses));
            let message =
                format!("`{}` reaches items of other tenants in {table}: {}{others}", witness.action, witness.reason);
            Verdict::fail(&place, message).with_related(place.span, request(witness))
        }
        Isolation::Unknown(witnesses) => {
            let action = telling(witnesses).map(|witness| witness.action.to_string()).unwrap_or_default();
            let reasons = found.principal.policies.iter().filter_map(|(_, policy)| policy.unknown.clone());
            Verdict::unknown(
                &condition,
                format!("whether `{action}` reaches items of other tenants in {table} cannot be known"),
                reasons,
            )
        }
    };
    let label = format!("tenants of {table} are told apart by `{}`", tenancy.expression);
    verdict.with_related(tenancy.span, label).concerning([target.id.clone()])
}

/// The request that shows most: one that reads items, when there is one.
fn telling(witnesses: &[Witness]) -> Option<&Witness> {
    let reads = of_class(Class::ItemRead);
    let is_read =
        |witness: &&Witness| Universe::standard().index(&witness.action).is_some_and(|index| reads.has(index));
    witnesses.iter().find(is_read).or(witnesses.first())
}

fn others(witnesses: &[Witness]) -> String {
    match witnesses.len() {
        0 | 1 => String::new(),
        count => format!("; so do {} other requests", count - 1),
    }
}

/// The request in words: action, resource, and the keys of DynamoDB that it carries.
fn request(witness: &Witness) -> String {
    let keys = witness.context.iter().filter(|(name, key)| name.starts_with("dynamodb:") && !key.values().is_empty());
    let keys = keys.map(|(name, key)| {
        let values: Vec<String> = key.values().iter().map(ToString::to_string).collect();
        format!(", {name} = {}", values.join(" and "))
    });
    format!("allowed request: {} on {}{}", witness.action, witness.resource, keys.collect::<String>())
}

/// The statement that allows a request.
fn allowed_at(witness: &Witness, found: &PrincipalAccess) -> Option<Place> {
    let (policy, label) = witness.allowed_by.first()?;
    let index = Universe::standard().index(&witness.action)?;
    let mut policies = found.principal.policies.iter().map(|(_, known)| known).filter(|known| known.name == *policy);
    let statement = policies.find_map(|known| known.statements.iter().find(|statement| statement.label() == *label))?;
    let span = super::granted::pattern(statement, index).0;
    span.map(|span| Place { span: Some(span), ..Place::default() })
}
