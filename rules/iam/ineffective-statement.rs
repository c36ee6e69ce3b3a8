//! See `ineffective-statement.md`.

use crate::{
    aws::{
        iam::{
            actions::{Action, ActionSet, Carries, Universe, actions, those},
            condition::Condition,
            element::{ActionPattern, ResourcePattern},
            operators::{Set, Test},
            policy::{Item, Statement},
        },
        text::Text,
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    source::Span,
    value::Place,
};

pub const RULE: Rule = rule! {
    id: "iam/ineffective-statement",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: super::HOLDERS,
    aliases: [],
    check,
};

/// Beginnings of the sixth segment of DynamoDB's ARNs.
/// Source: Service Authorization Reference, "Resource types defined by Amazon DynamoDB".
const RESOURCES: [&str; 2] = ["table/", "global-table/"];

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let policies = super::policies_to_judge(resource, cx);
    let own: Vec<_> = policies.iter().filter(|policy| policy.source.is_some()).collect();
    if own.is_empty() {
        return Verdict::not_applicable();
    }
    let verdicts = own.iter().flat_map(|policy| policy.statements.iter().flat_map(judge));
    let unknown = super::unknown_policies(&policies, resource);
    Verdict::worst(verdicts.chain(unknown).chain([Verdict::pass(&super::header(resource))]))
}

fn judge(statement: &Statement) -> Vec<Verdict> {
    let fail = |span: Option<Span>, message: String| {
        Verdict::fail(&Place { span: span.or(statement.span), ..Place::default() }, message)
    };
    let mut found = Vec::new();
    for item in statement.actions.iter().flat_map(|element| &element.items) {
        found.extend(wrong_action(item).map(|message| fail(item.span, message)));
    }
    for item in statement.resources.iter().flat_map(|element| &element.items) {
        found.extend(wrong_resource(item).map(|message| fail(item.span, message)));
    }
    for condition in &statement.conditions {
        found.extend(wrong_key(condition, statement).map(|message| fail(condition.span, message)));
    }
    found
}

/// An action of DynamoDB or DAX that does not exist.
fn wrong_action(item: &Item<ActionPattern>) -> Option<String> {
    let text = item.text.literal()?;
    let (service, name) = text.split_once(':')?;
    let title = if service.eq_ignore_ascii_case("dynamodb") { "DynamoDB" } else { "DAX" };
    if !service.eq_ignore_ascii_case("dynamodb") && !service.eq_ignore_ascii_case("dax") {
        return None;
    }
    if Universe::standard().names().iter().any(|known| item.pattern.covers(known).is_possible()) {
        return None;
    }
    let hint =
        if ["executestatement", "batchexecutestatement", "executetransaction"].contains(&&*name.to_ascii_lowercase()) {
            "; PartiQL is allowed by `dynamodb:PartiQLSelect`, `PartiQLInsert`, `PartiQLUpdate` and `PartiQLDelete`"
        } else if ["transactgetitems", "transactwriteitems"].contains(&&*name.to_ascii_lowercase()) {
            "; transactions are allowed by the actions on items that they consist of"
        } else {
            ""
        };
    Some(format!("`{text}` is no action of {title}{hint}"))
}

/// An ARN of DynamoDB that no resource has.
fn wrong_resource(item: &Item<ResourcePattern>) -> Option<String> {
    let parts = item.text.segments(6).filter(|parts| parts.len() == 6)?;
    let [_, _, service, region, account, tail] = &parts[..] else { return None };
    if !service.is("dynamodb") {
        return None;
    }
    let start = fixed_start(tail);
    let is_known =
        RESOURCES.iter().any(|known| known.starts_with(&*start.text) && start.open || start.text.starts_with(known));
    if !is_known {
        return Some(format!(
            "no resource of DynamoDB has an ARN like `{}`: the last part starts with `table/`",
            item.text
        ));
    }
    let is_table = start.text.starts_with("table/");
    if account.is_empty() || is_table && region.is_empty() {
        let missing = if account.is_empty() { "account" } else { "region" };
        return Some(format!("no table has an ARN like `{}`: the {missing} is missing", item.text));
    }
    None
}

/// The characters before the first wildcard, variable or symbol, and whether something open follows.
struct Start {
    text: String,
    open: bool,
}

fn fixed_start(text: &Text) -> Start {
    let shown = text.to_string();
    match shown.find(['*', '?', '$']) {
        Some(at) => Start { text: shown.get(..at).unwrap_or_default().to_owned(), open: true },
        None => Start { text: shown, open: false },
    }
}

/// A condition key of DynamoDB that does not exist, or that no action of the statement carries.
fn wrong_key(condition: &Condition, statement: &Statement) -> Option<String> {
    if !condition.lower.starts_with("dynamodb:") {
        return None;
    }
    let named = |action: &Action| action.condition_keys.iter().any(|key| key.eq_ignore_ascii_case(&condition.key));
    if !actions().iter().any(named) {
        return Some(format!("`{}` is no condition key of DynamoDB", condition.key));
    }
    let operator = condition.operator?;
    // These hold when the key is not there: then the statement applies, if not as it was meant.
    if operator.if_exists || operator.negated || operator.set == Some(Set::All) || operator.test == Test::Null {
        return None;
    }
    let covered = statement.bits(Universe::standard()).may.and(those(|action| !action.is_dax()));
    let carrying: ActionSet = those(|action| carries(action, &condition.lower, named(action)));
    let idle = !covered.is_empty() && covered.and(carrying).is_empty();
    idle.then(|| format!("no action of {} carries `{}`, so that it never applies", statement.label(), condition.key))
}

fn carries(action: &Action, key: &str, listed: bool) -> bool {
    let sent = |carries: Carries| matches!(carries, Carries::Always | Carries::Conditional);
    match key {
        "dynamodb:leadingkeys" => sent(action.leading_keys),
        "dynamodb:attributes" => sent(action.attributes),
        "dynamodb:select" => sent(action.select),
        "dynamodb:returnvalues" => sent(action.return_values),
        _ => listed,
    }
}
