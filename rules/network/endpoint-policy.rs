//! See `endpoint-policy.md`.

use crate::{
    aws::{
        iam::{
            actions::{Universe, those},
            context::Context as Request,
            element::{Padding, Subject},
            index::AccessIndex,
            policy::{Effect, Policy, Statement},
            principal::Entry,
        },
        network::topology::is_for_tables,
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Truth},
};

pub const RULE: Rule = rule! {
    id: "network/endpoint-policy",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::EC2::VPCEndpoint"],
    aliases: [],
    check,
};

fn check<'a>(endpoint: &'a Resource, cx: &Context<'a>) -> Verdict {
    let service = is_for_tables(endpoint, cx.world);
    let field = endpoint.get(cx.world, "PolicyDocument");
    if service.is_false() {
        return Verdict::not_applicable();
    }
    if service == Truth::Unknown {
        let reason = endpoint.get(cx.world, "ServiceName").unknown();
        return Verdict::unknown(field.place(), "whether this is an endpoint for DynamoDB cannot be known", reason);
    }
    if field.is_absent() {
        return Verdict::fail(
            field.place(),
            "without a policy the endpoint lets every call to every table of every account pass",
        );
    }
    let policy = Policy::parse("endpoint policy", &field, &cx.names());
    let wide = policy.statements.iter().filter_map(|statement| judge(statement, field.place()));
    let unknown = policy
        .unknown
        .clone()
        .map(|reason| Verdict::unknown(field.place(), "what the endpoint lets pass cannot be known", [reason]));
    let wide: Vec<Verdict> = wide.chain(unknown).collect();
    if !wide.is_empty() {
        return Verdict::worst(wide);
    }
    if blocks_all_tables(&policy, endpoint, cx) {
        return Verdict::fail(field.place(), "the policy lets calls to none of the tables of the code pass");
    }
    Verdict::pass(field.place())
}

/// A statement that lets everyone reach every table.
fn judge(statement: &Statement, policy: &Place) -> Option<Verdict> {
    let calls = those(|action| !action.is_dax() && !action.resources.is_empty());
    let bits = statement.bits(Universe::standard());
    let everyone = statement.principals.as_ref().is_some_and(|principals| {
        principals.negated || principals.entries.iter().any(|(entry, _)| matches!(entry, Entry::Everyone))
    });
    let unbound = statement.conditions.is_empty() && !statement.open_conditions;
    if statement.effect != Some(Effect::Allow) || !everyone || !unbound || bits.must.and(calls).is_empty() {
        return None;
    }
    let resources = statement.resources.as_ref()?;
    let place =
        |span: Option<_>| Place { span: span.or(resources.span).or(statement.span).or(policy.span), ..policy.clone() };
    let item = resources.items.iter().find(|item| item.pattern.covers_every_table().is_true());
    match item {
        Some(item) if !resources.negated => {
            Some(Verdict::fail(&place(item.span), format!("`{}` lets everyone reach every table", item.text)))
        }
        None if resources.negated => {
            Some(Verdict::fail(&place(None), "NotResource lets everyone reach every other table"))
        }
        _ => resources.open.clone().map(|reason| {
            Verdict::unknown(&place(None), "which tables the endpoint lets pass cannot be known", [reason])
        }),
    }
}

/// Whether no statement allows anything on any table of the endpoint's stack.
fn blocks_all_tables<'a>(policy: &Policy, endpoint: &Resource, cx: &Context<'a>) -> bool {
    let index = AccessIndex::of(cx.project, cx.settings);
    let mut tables = index.beside(endpoint, cx.project).peekable();
    let reached = |subject: &Subject| {
        let allowing = policy.statements.iter().filter(|statement| statement.effect != Some(Effect::Deny));
        Truth::any(allowing.map(|statement| statement.reaches(subject, &Request::open(), Padding::Starred)))
            .is_possible()
    };
    tables.peek().is_some() && tables.all(|table| !table.resources.iter().any(|(_, subject)| reached(subject)))
}
