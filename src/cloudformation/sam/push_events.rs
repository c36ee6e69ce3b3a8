//! Events that a service delivers: schedules, rules, APIs. In: an entry of `Events` of a function or state machine.
//! Out: rules of EventBridge, schedules, and the roles with which they start the target. What a service is allowed to
//! invoke (`AWS::Lambda::Permission`) says nothing of data and is not generated.

use std::sync::Arc;

use super::{
    event::Target,
    make::{Maker, is_truthy},
    role::{Role, destination_policy, inline},
    scope::{Scope, Source},
};
use crate::cloudformation::tree::{Mapping, Node, NodeRef, Pair};

/// Kinds of events that generate nothing which decides about data.
const WITHOUT_DATA: [&str; 5] = ["S3", "AlexaSkill", "IoTRule", "Cognito", "CloudWatchLogs"];

/// An event while it is expanded.
struct Event<'a> {
    id: String,
    kind: &'a str,
    maker: Maker,
    node: &'a Pair,
}

impl Event<'_> {
    fn get(&self, name: &str) -> Option<&NodeRef> {
        self.node.value.path(&["Properties"])?.get(name)
    }

    fn copy(&self, names: &[(&str, &str)]) -> Vec<Pair> {
        let map = self.node.value.get("Properties").and_then(|node| node.as_map());
        let renamed = |(from, to): &(&str, &str)| Some(Pair { key: (*to).into(), ..map?.pair(from)?.clone() });
        names.iter().filter_map(renamed).collect()
    }
}

fn read<'a>(target: &Target, event: &'a Pair) -> Event<'a> {
    let kind = event.value.get("Type").and_then(|node| node.as_str()).unwrap_or_default();
    Event { id: format!("{}{}", target.id, event.key), kind, maker: Maker { at: event.key_span }, node: event }
}

/// Expands an event of a function.
pub fn for_function(scope: &mut Scope<'_>, source: &Source, target: &Target, event: &Pair, role: &mut Role) {
    let event = read(target, event);
    match event.kind {
        "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => rule(scope, source, target, &event, None),
        "ScheduleV2" => {
            schedule(scope, source, target, &event, destination_policy(event.maker, "Lambda", &event.id, &target.arn))
        }
        "Api" | "HttpApi" => note_implicit_api(scope, &event),
        "SNS" => subscription(scope, source, target, &event, role),
        kind if WITHOUT_DATA.contains(&kind) => {}
        _ => unknown(scope, source, &event),
    }
}

/// Expands an event of a state machine: whoever starts it needs a role.
pub fn for_state_machine(scope: &mut Scope<'_>, source: &Source, target: &Target, event: &Pair) {
    let event = read(target, event);
    match event.kind {
        "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => {
            let given = event.get("RoleArn").filter(|_| event.kind == "Schedule").cloned();
            let role = given.unwrap_or_else(|| start_role(scope, source, target, &event, "events.amazonaws.com"));
            rule(scope, source, target, &event, Some(role));
        }
        "ScheduleV2" => {
            let policy = start_policy(&event, target, &event.id);
            schedule(scope, source, target, &event, Some(policy));
        }
        "Api" => {
            start_role(scope, source, target, &event, "apigateway.amazonaws.com");
            note_implicit_api(scope, &event);
        }
        _ => unknown(scope, source, &event),
    }
}

fn unknown(scope: &mut Scope<'_>, source: &Source, event: &Event<'_>) {
    let message = format!("the event `{}` of `{}` is of no known type", event.node.key, source.id);
    scope.error(message, event.maker.at);
}

fn start_policy(event: &Event<'_>, target: &Target, prefix: &str) -> NodeRef {
    inline(
        event.maker,
        format!("{prefix}StartExecutionPolicy"),
        [(vec!["states:StartExecution"], Arc::clone(&target.arn))],
    )
}

/// Emits the role with which a service starts the state machine; gives its ARN.
fn start_role(scope: &mut Scope<'_>, source: &Source, target: &Target, event: &Event<'_>, service: &str) -> NodeRef {
    let mut role = Role::new(source, format!("{}Role", event.id), service);
    let policy = start_policy(event, target, &role.id);
    role.inline.push(policy);
    role.set("PermissionsBoundary", source.truthy("PermissionsBoundary"));
    propagate_tags(&mut role, source);
    let arn = role.arn();
    role.emit(scope, source);
    arn
}

/// A topic may deliver by way of a queue, from which the function then polls.
fn subscription(scope: &mut Scope<'_>, source: &Source, target: &Target, event: &Event<'_>, role: &mut Role) {
    let Some(queue) = event.get("SqsSubscription").filter(|node| is_truthy(node)) else { return };
    let maker = event.maker;
    let own = format!("{}Queue", event.id);
    let arn = queue.get("QueueArn").cloned();
    if arn.is_none() {
        scope.emit(source, own.as_str(), "AWS::SQS::Queue", source.passed_attributes(), Mapping::default());
    }
    let set = |name: &str, default: &str| {
        let given = queue.get(name).filter(|node| is_truthy(node)).cloned();
        maker.pair(name, given.unwrap_or_else(|| Node::plain(default, maker.at)))
    };
    let entries = vec![
        maker.pair("EventSourceArn", arn.unwrap_or_else(|| maker.attribute(&own, "Arn"))),
        maker.pair("FunctionName", Arc::clone(&target.name)),
        set("BatchSize", "10"),
        set("Enabled", "true"),
    ];
    let id = format!("{}EventSourceMapping", event.id);
    let mapping = Mapping { entries, ..Mapping::default() };
    scope.emit(source, id, "AWS::Lambda::EventSourceMapping", source.passed_attributes(), mapping);
    role.attach("service-role/AWSLambdaSQSQueueExecutionRole");
}

/// With `PropagateTags`, what is generated has the source's tags.
fn propagate_tags(role: &mut Role, source: &Source) {
    let tags = source.truthy("Tags").filter(|_| source.truthy("PropagateTags").is_some());
    let tags = tags.map(|tags| source.maker.list(source.maker.tags(tags)));
    role.set("Tags", tags.as_ref());
}

/// Emits a rule of EventBridge.
fn rule(scope: &mut Scope<'_>, source: &Source, target: &Target, event: &Event<'_>, role: Option<NodeRef>) {
    let maker = event.maker;
    let names: &[(&str, &str)] = match event.kind {
        "Schedule" => {
            &[("Schedule", "ScheduleExpression"), ("Name", "Name"), ("Description", "Description"), ("State", "State")]
        }
        _ => &[("EventBusName", "EventBusName"), ("Pattern", "EventPattern"), ("RuleName", "Name"), ("State", "State")],
    };
    let mut properties = Mapping { entries: event.copy(names), ..Mapping::default() };
    if let Some(enabled) = event.get("Enabled") {
        let state = if is_truthy(enabled) { "ENABLED" } else { "DISABLED" };
        properties.entries.push(maker.pair("State", Maker { at: enabled.span }.text(state)));
    }
    let id = event.get("Target").and_then(|target| target.get("Id")).cloned();
    let suffix = if role.is_some() { "StepFunctionsTarget" } else { "LambdaTarget" };
    let mut described = vec![
        maker.pair("Arn", Arc::clone(&target.arn)),
        maker.pair("Id", id.unwrap_or_else(|| maker.text(target_id(&event.id, suffix)))),
    ];
    described.extend(role.map(|role| maker.pair("RoleArn", role)));
    let passed = ["Input", "InputPath", "RetryPolicy", "InputTransformer"].map(|name| (name, name));
    described.extend(event.copy(&passed));
    if let Some(arn) = dead_letter_queue(scope, source, event) {
        described.push(maker.pair("DeadLetterConfig", maker.map([("Arn", arn)])));
    }
    let described = Node::mapping(Mapping { entries: described, ..Mapping::default() }, maker.at);
    properties.entries.push(maker.pair("Targets", maker.list(vec![described])));
    scope.emit(source, event.id.as_str(), "AWS::Events::Rule", source.passed_attributes(), properties);
}

/// EventBridge allows 64 characters in the id of a target.
fn target_id(id: &str, suffix: &str) -> String {
    let whole = format!("{id}{suffix}");
    if whole.len() <= 64 { whole } else { id.chars().take(64 - suffix.len()).chain(suffix.chars()).collect() }
}

/// The queue for events that could not be delivered; emitted when the event asks SAM for one.
fn dead_letter_queue(scope: &mut Scope<'_>, source: &Source, event: &Event<'_>) -> Option<NodeRef> {
    let config = event.get("DeadLetterConfig")?;
    if let Some(arn) = config.get("Arn") {
        return Some(Arc::clone(arn));
    }
    let named = config.get("QueueLogicalId").and_then(|node| node.as_str());
    let queue = named.map_or_else(|| format!("{}Queue", event.id), str::to_owned);
    let arn = event.maker.attribute(&queue, "Arn");
    scope.emit(source, queue, "AWS::SQS::Queue", source.passed_attributes(), Mapping::default());
    Some(arn)
}

/// Emits a schedule of EventBridge Scheduler, with the role that it runs under.
fn schedule(scope: &mut Scope<'_>, source: &Source, target: &Target, event: &Event<'_>, policy: Option<NodeRef>) {
    let maker = event.maker;
    let queue = dead_letter_queue(scope, source, event);
    let role = match event.get("RoleArn").filter(|node| is_truthy(node)) {
        Some(given) => Arc::clone(given),
        None => {
            let mut role = Role::new(source, format!("{}Role", event.id), "scheduler.amazonaws.com");
            role.inline.extend(policy);
            role.inline.extend(queue.as_ref().and_then(|queue| destination_policy(maker, "SQS", &event.id, queue)));
            role.set("PermissionsBoundary", event.get("PermissionsBoundary"));
            propagate_tags(&mut role, source);
            let arn = role.arn();
            role.emit(scope, source);
            arn
        }
    };
    let described = maker.map([("Arn", Arc::clone(&target.arn)), ("RoleArn", role)]);
    let passed =
        ["ScheduleExpression", "State", "Name", "Description", "KmsKeyArn", "GroupName"].map(|name| (name, name));
    let mut properties = Mapping { entries: event.copy(&passed), ..Mapping::default() };
    properties.entries.push(maker.pair("Target", described));
    scope.emit(source, event.id.as_str(), "AWS::Scheduler::Schedule", source.passed_attributes(), properties);
}

/// An event without an API of its own uses the implicit one.
fn note_implicit_api(scope: &mut Scope<'_>, event: &Event<'_>) {
    let (property, api) =
        if event.kind == "Api" { ("RestApiId", "ServerlessRestApi") } else { ("ApiId", "ServerlessHttpApi") };
    if event.get(property).is_none() {
        scope.implicit.entry(api).or_insert(event.maker);
    }
}
