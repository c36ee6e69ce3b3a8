//! `EventInvokeConfig` of a function. In: where results go. Out: the queue or topic that SAM creates when none is
//! named, the policies that the function's role needs, and the `AWS::Lambda::EventInvokeConfig`.

use std::sync::Arc;

use sha1::{Digest as _, Sha1};

use super::{
    make::{as_if, is_no_value},
    role::{Role, destination_policy},
    scope::{Scope, Source},
};
use crate::cloudformation::tree::{Mapping, NodeRef, Pair};

/// Adds what the destinations need.
pub fn expand(scope: &mut Scope<'_>, source: &Source, alias: Option<&str>, role: &mut Role) {
    let Some(config) = source.truthy("EventInvokeConfig") else { return };
    let maker = source.maker;
    let config = scope.resolve(config);
    let id = format!("{}EventInvokeConfig", source.id);
    let mut destinations = Vec::new();
    for event in ["OnSuccess", "OnFailure"] {
        if let Some(written) = config.get("DestinationConfig").and_then(|node| node.get(event))
            && let Some(destination) = destination(scope, source, &id, event, written, role)
        {
            destinations.push((event, maker.map([("Destination", destination)])));
        }
    }
    let mut properties = Mapping::default();
    let qualifier = alias.map_or_else(
        || maker.text("$LATEST"),
        |_| source.get("AutoPublishAlias").map_or_else(|| maker.text(""), Arc::clone),
    );
    properties.entries.push(maker.pair("FunctionName", maker.reference(&source.id)));
    properties.entries.push(maker.pair("Qualifier", qualifier));
    properties.entries.push(maker.pair("DestinationConfig", maker.map(destinations)));
    let passed = ["MaximumEventAgeInSeconds", "MaximumRetryAttempts"];
    properties.entries.extend(passed.iter().filter_map(|name| config.as_map()?.pair(name).cloned()));
    scope.emit(source, id, "AWS::Lambda::EventInvokeConfig", source.own_attributes(), properties);
}

/// The ARN that one event goes to; adds the policy for it, and the queue or topic when there is none.
fn destination(
    scope: &mut Scope<'_>,
    source: &Source,
    id: &str,
    event: &str,
    written: &NodeRef,
    role: &mut Role,
) -> Option<NodeRef> {
    let maker = source.maker;
    let kind = written.get("Type").and_then(|node| node.as_str()).unwrap_or_default();
    let prefix = format!("{id}{event}");
    let given = written.get("Destination");
    let (condition, other) = given.map_or((None, None), |given| missing_side(scope, source, id, given));
    let destination = if given.is_none() || condition.is_some() {
        let (resource, kind_name) = match kind {
            "SQS" => (format!("{prefix}Queue"), "AWS::SQS::Queue"),
            "SNS" => (format!("{prefix}Topic"), "AWS::SNS::Topic"),
            _ => {
                let message = format!("`{event}` of `{}` needs a `Destination`, or the type `SQS` or `SNS`", source.id);
                scope.error(message, written.span);
                return None;
            }
        };
        let arn = if kind == "SQS" { maker.attribute(&resource, "Arn") } else { maker.reference(&resource) };
        let mut attributes = source.passed_attributes();
        if let Some(condition) = &condition {
            let both = both(scope, source, condition);
            attributes.retain(|pair| &*pair.key != "Condition");
            attributes.push(maker.pair("Condition", both));
        }
        let property = if kind == "SQS" { "DestinationQueue" } else { "DestinationTopic" };
        scope.derived.insert(format!("{}.{property}", source.id), resource.as_str().into());
        scope.emit(source, resource, kind_name, attributes, Mapping::default());
        match (condition, other) {
            (Some(condition), Some(other)) => maker.choose(&condition, arn, other),
            _ => arn,
        }
    } else {
        Arc::clone(given?)
    };
    match destination_policy(maker, kind, &prefix, &destination) {
        Some(policy) => role.inline.push(policy),
        None => scope.error(
            format!("the type of `{event}` of `{}` is not SQS, SNS, EventBridge, Lambda or S3Bucket", source.id),
            written.span,
        ),
    }
    Some(destination)
}

/// For `!If` with one side `AWS::NoValue`: the condition under which that side counts, and the other side.
fn missing_side(
    scope: &mut Scope<'_>,
    source: &Source,
    id: &str,
    given: &NodeRef,
) -> (Option<NodeRef>, Option<NodeRef>) {
    let maker = source.maker;
    let Some((condition, yes, no)) = as_if(given) else { return (None, None) };
    match (is_no_value(yes), is_no_value(no)) {
        (true, false) => (Some(Arc::clone(condition)), Some(Arc::clone(no))),
        (false, true) => {
            let name = format!("NOT{}{}", condition.as_str().unwrap_or_default(), short_hash(id));
            let negated = maker.map([("Fn::Not", maker.list(vec![maker.map([("Condition", Arc::clone(condition))])]))]);
            scope.add_condition(maker.pair(name.as_str(), negated));
            (Some(maker.text(name)), Some(Arc::clone(yes)))
        }
        _ => (None, None),
    }
}

/// The function's own condition and another one.
fn both(scope: &mut Scope<'_>, source: &Source, condition: &NodeRef) -> NodeRef {
    let maker = source.maker;
    let Some(own) = source.node.get("Condition") else { return Arc::clone(condition) };
    let (first, second) = (own.as_str().unwrap_or_default(), condition.as_str().unwrap_or_default());
    let name = format!("{first}AND{second}{}", short_hash(&source.id));
    let operands = [own, condition].map(|operand| maker.map([("Condition", Arc::clone(operand))]));
    scope.add_condition(Pair {
        value: maker.map([("Fn::And", maker.list(operands.to_vec()))]),
        ..maker.pair(name.as_str(), maker.text(""))
    });
    maker.text(name)
}

/// The suffix that SAM gives to generated names: the start of a hash.
fn short_hash(text: &str) -> String {
    Sha1::digest(text.as_bytes()).iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}
