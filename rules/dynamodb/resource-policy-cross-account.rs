//! See `resource-policy-cross-account.md`.

use crate::{
    aws::{
        iam::{
            policy::{Effect, Statement},
            principal::{Entry, account_of},
            public::binds_the_caller,
        },
        text::Text,
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    rules::resource_policy,
    value::Truth,
};

pub const RULE: Rule = rule! {
    id: "dynamodb/resource-policy-cross-account",
    severity: Medium,
    // A number that is the own account's, and a friend that is not declared as one, look alike.
    confidence: Medium,
    profile: Default,
    kinds: super::POLICY_HOLDERS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let own = cx.names().account(resource);
    super::on_policies(resource, cx, |document, name| {
        resource_policy::each_statement(document, name, cx, |statement, place| {
            let (foreign, account) = foreign(statement, &own, cx);
            let whom = format!("account {account}, which is not listed as trusted");
            resource_policy::allows(foreign, statement, place, name, &whom)
        })
    })
}

/// Whether a statement allows an account that is neither the table's nor trusted, and which.
fn foreign(statement: &Statement, own: &Text, cx: &Context<'_>) -> (Truth, String) {
    let limited = Truth::any(
        statement
            .conditions
            .iter()
            .filter(|condition| is_organisation_or_source(&condition.lower))
            .map(binds_the_caller),
    );
    let limited = if statement.open_conditions { limited.or(Truth::Unknown) } else { limited };
    let Some(principals) = &statement.principals else { return (Truth::False, String::new()) };
    // `resource-policy-public` speaks of NotPrincipal and of `*`.
    if statement.effect == Some(Effect::Deny) || principals.negated {
        return (Truth::False, String::new());
    }
    let entries =
        principals.entries.iter().filter_map(|(entry, _)| if let Entry::Aws(text) = entry { Some(text) } else { None });
    let judged = entries.map(|text| match account(text) {
        Some(account) => (super::is_foreign(&account, own, cx), account.to_string()),
        None => (Truth::Unknown, String::new()),
    });
    let open = principals.open.then_some((Truth::Unknown, String::new()));
    let (truth, account) = judged.chain(open).max_by_key(|(truth, _)| *truth).unwrap_or((Truth::False, String::new()));
    (truth.and(!limited), account)
}

fn is_organisation_or_source(key: &str) -> bool {
    ["aws:principalorg", "aws:source", "aws:ec2instancesource"].iter().any(|prefix| key.starts_with(prefix))
}

/// The account of a principal: a number, or the fifth segment of an ARN.
fn account(principal: &Text) -> Option<Text> {
    account_of(principal).or_else(|| principal.segments(6)?.into_iter().nth(4))
}
