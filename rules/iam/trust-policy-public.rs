//! See `trust-policy-public.md`.

use crate::{
    aws::iam::{
        actions::{Universe, those},
        operators::{Set, Test},
        policy::{Effect, Policy, Statement},
        principal::Entry,
        principals::Principals,
        public::admits_everyone,
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Truth},
};

pub const RULE: Rule = rule! {
    id: "iam/trust-policy-public",
    severity: Critical,
    confidence: High,
    profile: Default,
    kinds: ["AWS::IAM::Role"],
    aliases: ["CKV_AWS_283", "12b7e704", "f80e3aa7"],
    check,
};

/// Identity providers that anyone can sign up with, and the key that says for whom a token was made.
/// Source: IAM User Guide, "Available keys for AWS OIDC federation".
const PUBLIC_PROVIDERS: [(&str, &str); 5] = [
    ("token.actions.githubusercontent.com", "token.actions.githubusercontent.com:sub"),
    ("cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com:aud"),
    ("accounts.google.com", "accounts.google.com:aud"),
    ("www.amazon.com", "www.amazon.com:app_id"),
    ("graph.facebook.com", "graph.facebook.com:app_id"),
];

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(principal) = Principals::new(cx.names()).principal(resource) else { return Verdict::not_applicable() };
    let reaches = Truth::any(principal.policies.identity.iter().map(|policy| reaches_tables(policy)));
    let Some(trust) = principal.trust.as_ref().filter(|_| reaches.is_possible()) else {
        return Verdict::not_applicable();
    };
    let place = Place { span: trust.span.or(Some(resource.header)), ..Place::default() };
    let statements = trust.statements.iter().map(|statement| judge(statement, reaches, &place));
    let open = trust
        .unknown
        .clone()
        .map(|reason| Verdict::unknown(&place, "who may assume the role cannot be known", [reason]));
    Verdict::worst(statements.chain(open).collect::<Vec<_>>())
}

fn judge(statement: &Statement, reaches: Truth, trust: &Place) -> Verdict {
    let span = statement.principals.as_ref().and_then(|principals| principals.span).or(statement.span).or(trust.span);
    let place = Place { span, ..Place::default() };
    let (public, who) = match anonymous_provider(statement) {
        Some(provider) => (Truth::True, format!("everyone whom {provider} knows")),
        None => (admits_everyone(statement), "everyone".to_owned()),
    };
    match public.and(reaches) {
        Truth::False => Verdict::pass(&place),
        Truth::True => {
            Verdict::fail(&place, format!("{} lets {who} assume a role that works with DynamoDB", statement.label()))
        }
        Truth::Unknown => Verdict::unknown(
            &place,
            format!("whether {who} may assume a role that works with DynamoDB cannot be known"),
            [],
        ),
    }
}

/// Whether a policy allows calls to DynamoDB.
fn reaches_tables(policy: &Policy) -> Truth {
    let dynamodb = those(|action| !action.is_dax() && !action.resources.is_empty());
    let allowing = policy
        .statements
        .iter()
        .filter(|statement| statement.effect != Some(Effect::Deny) && statement.may_reach_tables());
    let written = Truth::any(allowing.map(|statement| {
        let bits = statement.bits(Universe::standard());
        match (bits.must.and(dynamodb).is_empty(), bits.may.and(dynamodb).is_empty()) {
            (false, _) => Truth::True,
            (true, false) => Truth::Unknown,
            (true, true) => Truth::False,
        }
    }));
    let open = if policy.unknown.is_some() { Truth::Unknown } else { Truth::False };
    written.or(open).and(policy.attached)
}

/// A public identity provider whose tokens are taken whomever they were made for.
fn anonymous_provider(statement: &Statement) -> Option<&'static str> {
    if statement.effect != Some(Effect::Allow) || statement.open_conditions {
        return None;
    }
    let entries = &statement.principals.as_ref().filter(|principals| !principals.negated)?.entries;
    let federated: Vec<String> = entries
        .iter()
        .filter_map(|(entry, _)| if let Entry::Federated(text) = entry { Some(text.to_string()) } else { None })
        .collect();
    let (provider, key) =
        PUBLIC_PROVIDERS.iter().find(|(provider, _)| federated.iter().any(|text| text.ends_with(provider)))?;
    let names_somebody = statement.conditions.iter().any(|condition| {
        let positive = condition.operator.is_some_and(|operator| {
            let compares = matches!(operator.test, Test::Text(_) | Test::Like);
            compares && !operator.negated && !operator.if_exists && operator.set != Some(Set::All)
        });
        let open = |text: &str| text.starts_with('*') || text.starts_with("repo:*");
        *condition.lower == **key
            && positive
            && !condition.values.iter().any(|value| value.text.literal().is_some_and(|text| open(&text)))
    });
    (!names_somebody).then_some(*provider)
}
