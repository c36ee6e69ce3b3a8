//! Events that Lambda polls for: streams, queues, brokers. In: an entry of `Events`. Out: an
//! `AWS::Lambda::EventSourceMapping`, and what the function's role needs for it.

use std::sync::Arc;

use super::{
    event::{PullEvent, Target},
    event_policies,
    make::Maker,
    role::{Role, destination_policy},
    scope::{Scope, Source},
};
use crate::cloudformation::tree::{Content, Mapping, Node, NodeRef, Pair};

/// Properties that the event source mapping has under the same name.
const PASSED: [&str; 20] = [
    "StartingPosition",
    "StartingPositionTimestamp",
    "BatchSize",
    "Enabled",
    "MaximumBatchingWindowInSeconds",
    "MaximumRetryAttempts",
    "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds",
    "ParallelizationFactor",
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "TumblingWindowInSeconds",
    "FunctionResponseTypes",
    "FilterCriteria",
    "KmsKeyArn",
    "ScalingConfig",
    "ProvisionedPollerConfig",
    "MetricsConfig",
    "LoggingConfig",
];

/// The types of events: the property that holds the source's ARN, and the managed policy that reads from it.
const KINDS: [(&str, Option<&str>, Option<&str>); 7] = [
    ("DynamoDB", Some("Stream"), Some("service-role/AWSLambdaDynamoDBExecutionRole")),
    ("Kinesis", Some("Stream"), Some("service-role/AWSLambdaKinesisExecutionRole")),
    ("SQS", Some("Queue"), Some("service-role/AWSLambdaSQSQueueExecutionRole")),
    ("MSK", Some("Stream"), Some("service-role/AWSLambdaMSKExecutionRole")),
    ("MQ", Some("Broker"), None),
    ("DocumentDB", Some("Cluster"), None),
    ("SelfManagedKafka", None, None),
];

/// Expands an event; says whether it is one of these kinds.
pub fn expand(scope: &mut Scope<'_>, source: &Source, target: &Target, event: &Pair, role: &mut Role) -> bool {
    let kind = event.value.get("Type").and_then(|node| node.as_str()).unwrap_or_default();
    let Some((kind, arn, managed)) = KINDS.into_iter().find(|(name, ..)| *name == kind) else { return false };
    let empty = Mapping::default();
    let properties = event.value.get("Properties").and_then(|node| node.as_map()).unwrap_or(&empty);
    let event =
        PullEvent { kind, id: format!("{}{}", target.id, event.key), maker: Maker { at: event.key_span }, properties };
    let mapping = mapping(scope, source, target, &event, arn, role);
    scope.emit(source, event.id.as_str(), "AWS::Lambda::EventSourceMapping", source.passed_attributes(), mapping);
    if let Some(managed) = managed {
        role.attach(managed);
    }
    if let Some(policy) = event_policies::policy(scope, &event) {
        role.add_inline(policy);
    }
    true
}

fn mapping(
    scope: &mut Scope<'_>,
    source: &Source,
    target: &Target,
    event: &PullEvent<'_>,
    arn: Option<&str>,
    role: &mut Role,
) -> Mapping {
    let maker = event.maker;
    let mut mapping = Mapping { open: event.properties.open.clone(), ..Mapping::default() };
    mapping.entries.push(maker.pair("FunctionName", Arc::clone(&target.name)));
    if let Some(written) = arn.and_then(|name| event.get(name)) {
        mapping.entries.push(maker.pair("EventSourceArn", Arc::clone(written)));
    } else if let Some(name) = arn {
        scope.error(format!("the event `{}` of `{}` lacks `{name}`", event.id, source.id), maker.at);
    }
    let passed = PASSED.iter().filter(|name| event.get(name).is_some());
    mapping.entries.extend(passed.filter_map(|name| event.properties.pair(name).cloned()));
    kafka(event, &mut mapping);
    if event.kind == "DocumentDB" {
        let names = ["DatabaseName", "CollectionName", "FullDocument"];
        let entries = names.iter().filter_map(|name| event.properties.pair(name).cloned()).collect();
        let config = Node::mapping(Mapping { entries, ..Mapping::default() }, maker.at);
        mapping.entries.push(maker.pair("DocumentDBEventSourceConfig", config));
    }
    if let Some(written) = event.get("DestinationConfig") {
        mapping.entries.push(maker.pair("DestinationConfig", on_failure(event, written, role)));
    }
    mapping
}

fn kafka(event: &PullEvent<'_>, mapping: &mut Mapping) {
    let maker = event.maker;
    if let Some(servers) = event.get("KafkaBootstrapServers") {
        let endpoints = maker.map([("KafkaBootstrapServers", Arc::clone(servers))]);
        mapping.entries.push(maker.pair("SelfManagedEventSource", maker.map([("Endpoints", endpoints)])));
    }
    let name = match event.kind {
        "MSK" => "AmazonManagedKafkaEventSourceConfig",
        "SelfManagedKafka" => "SelfManagedKafkaEventSourceConfig",
        _ => return,
    };
    let config: Vec<Pair> = ["ConsumerGroupId", "SchemaRegistryConfig"]
        .iter()
        .filter_map(|name| event.properties.pair(name).cloned())
        .collect();
    if !config.is_empty() {
        let config = Node::mapping(Mapping { entries: config, ..Mapping::default() }, maker.at);
        mapping.entries.push(maker.pair(name, config));
    }
}

/// `DestinationConfig` without `OnFailure.Type`, which only tells SAM which policy the role needs.
fn on_failure(event: &PullEvent<'_>, written: &NodeRef, role: &mut Role) -> NodeRef {
    let Some(failure) = written.get("OnFailure") else { return Arc::clone(written) };
    let (Some(map), Some(outer)) = (failure.as_map(), written.as_map()) else { return Arc::clone(written) };
    if let (Some(kind), Some(destination)) = (map.get("Type").and_then(|node| node.as_str()), map.get("Destination"))
        && let Some(policy) = destination_policy(event.maker, kind, &event.id, destination)
    {
        role.add_inline(policy);
    }
    let mut map = map.clone();
    map.remove("Type");
    let mut outer = outer.clone();
    outer.insert("OnFailure", failure.span, failure.with(Content::Map(map)));
    written.with(Content::Map(outer))
}
