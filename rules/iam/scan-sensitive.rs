//! See `scan-sensitive.md`.

use crate::{
    aws::iam::actions::{ActionSet, Class, Universe, of_class},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "iam/scan-sensitive",
    severity: Low,
    confidence: High,
    profile: Default,
    kinds: super::PRINCIPALS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(found) = super::access(resource, cx) else { return Verdict::not_applicable() };
    let only = |action: &str| Universe::standard().index(action).into_iter().collect::<ActionSet>();
    let (scan, select) = (only("dynamodb:Scan"), only("dynamodb:PartiQLSelect"));
    let items = [Class::ItemRead, Class::ItemWrite, Class::ItemDelete]
        .iter()
        .fold(ActionSet::EMPTY, |set, class| set.or(of_class(*class)));
    let sensitivities = super::Sensitivities::new(resource, cx);
    let grants = super::granted::Grants::new(&found, resource);
    Verdict::worst(found.tables.iter().filter(|(_, access)| access.some(items).is_possible()).map(
        |(target, access)| {
            if !sensitivities.of(&target.id).is_possible() {
                return Verdict::not_applicable();
            }
            let Some(sensitive) = sensitivities.answer(&target.id) else { return Verdict::not_applicable() };
            // Whether PartiQL may read the whole table depends on the statement: only what no condition bounds counts.
            let wanted = if access.any().must.and(select).is_empty() { scan } else { scan.or(select) };
            let Some(granted) = grants.first(target, access, wanted) else {
                return Verdict::pass(&super::header(resource));
            };
            let name = &target.id.address;
            let verdict = match (sensitive.truth, granted.truth) {
                (Truth::True, Truth::True) => Verdict::fail(
                    &granted.place,
                    format!("`{}` reads the whole of {name}, a sensitive table", granted.action),
                ),
                _ => {
                    let reasons = sensitive.reasons.into_iter().chain(granted.reasons);
                    Verdict::unknown(
                        &granted.place,
                        format!("whether `{}` reads the whole of a sensitive table cannot be known", granted.action),
                        reasons,
                    )
                }
            };
            verdict.concerning([target.id.clone()])
        },
    ))
}
