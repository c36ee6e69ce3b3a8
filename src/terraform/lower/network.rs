//! What tables cannot say about networks: rules of security groups (one per source in CloudFormation), routes that
//! are written inside their table, and the default ("adopted") objects of a VPC.

use std::sync::Arc;

use super::{
    build::{Placed, add, is_absent, map_arms},
    shape, table,
};
use crate::{
    model::Resource,
    source::Sources,
    value::{Entry, Kind, List, Map, Reference, ResourceId, Value},
};

/// Terraform's lists of sources and destinations of a rule: attribute, property when it is a source, when a destination.
const PEERS: [(&str, &str, &str); 4] = [
    ("cidr_blocks", "CidrIp", "CidrIp"),
    ("ipv6_cidr_blocks", "CidrIpv6", "CidrIpv6"),
    ("prefix_list_ids", "SourcePrefixListId", "DestinationPrefixListId"),
    ("security_groups", "SourceSecurityGroupId", "DestinationSecurityGroupId"),
];

/// Completes the properties of a network resource.
pub fn finish(resource: &mut Resource, bag: &mut Map) {
    match &*resource.source_type {
        "aws_security_group" | "aws_default_security_group" => {
            rules(resource, bag, "ingress", "SecurityGroupIngress");
            rules(resource, bag, "egress", "SecurityGroupEgress");
        }
        "aws_security_group_rule" => {
            let direction = bag.get("type").and_then(Value::as_str).unwrap_or_default();
            if let Some(kind) = match direction {
                "ingress" => Some("AWS::EC2::SecurityGroupIngress"),
                "egress" => Some("AWS::EC2::SecurityGroupEgress"),
                _ => None,
            } {
                resource.kind = kind.into();
            }
        }
        "aws_default_route_table" => {
            // The main route table of a VPC that the code creates: the VPC is known by the reference.
            if let Some(Entry { key_span, value: Value { kind: Kind::Reference(table), span, trace }, .. }) =
                bag.entry("default_route_table_id").cloned()
            {
                let vpc = Reference { attribute: "id".into(), ..table };
                add(bag, "VpcId", Placed { value: Value { kind: Kind::Reference(vpc), span, trace }, key_span });
            }
        }
        _ => {}
    }
}

/// The inline rules of a group. A group whose rules are not written has none, since Terraform removes the rule
/// that AWS adds: that is an empty list here, where CloudFormation's absent list means "everything".
fn rules(resource: &Resource, bag: &mut Map, from: &str, to: &'static str) {
    let entry = bag.entry(from).cloned();
    bag.entries.retain(|entry| &*entry.key != from);
    let Some(entry) = entry.filter(|entry| !is_absent(&entry.value)) else {
        if to == "SecurityGroupEgress" {
            let value = Value::new(Kind::List(List::default())).with_span(Some(resource.header));
            add(bag, to, Placed { value, key_span: None });
        }
        return;
    };
    let value = map_arms(&entry.value, &mut |value| match &value.kind {
        Kind::List(list) => {
            let items = list.items.iter().flat_map(|item| match item.as_map() {
                Some(rule) => split(resource, rule, item, to == "SecurityGroupEgress"),
                None => vec![item.clone()],
            });
            Value { kind: Kind::List(List { items: items.collect(), open: list.open.clone() }), ..value.clone() }
        }
        _ => value.clone(),
    });
    add(bag, to, Placed { value, key_span: entry.key_span });
}

/// One rule for every source of a Terraform rule.
fn split(resource: &Resource, rule: &Map, value: &Value, egress: bool) -> Vec<Value> {
    let mut common = Map { entries: Vec::new(), open: rule.open.clone() };
    for (from, to) in
        [("protocol", "IpProtocol"), ("from_port", "FromPort"), ("to_port", "ToPort"), ("description", "Description")]
    {
        if let Some(entry) = rule.entry(from).filter(|entry| !is_absent(&entry.value)) {
            add(&mut common, to, Placed { value: entry.value.clone(), key_span: entry.key_span });
        }
    }
    let with = |name: &str, peer: Value, entry: &Entry| {
        let mut one = common.clone();
        let span = peer.span.or(value.span);
        add(&mut one, name, Placed { value: peer, key_span: entry.key_span });
        Value { kind: Kind::Map(one), span, trace: value.trace.clone() }
    };
    let mut result = Vec::new();
    for (from, source, destination) in PEERS {
        let name = if egress { destination } else { source };
        let Some(entry) = rule.entry(from) else { continue };
        match &entry.value.kind {
            Kind::List(list) => {
                result.extend(list.items.iter().map(|peer| with(name, peer.clone(), entry)));
                if let Some(open) = &list.open {
                    result.push(with(name, Value::new(Kind::Unknown(Arc::clone(open))), entry));
                }
            }
            _ if is_absent(&entry.value) => {}
            _ => result.push(with(name, entry.value.clone(), entry)),
        }
    }
    if let Some(entry) = rule.entry("self").filter(|entry| super::convert::boolean(&entry.value) == Some(true)) {
        let own = Reference { target: resource.id.clone(), attribute: "id".into() };
        let name = if egress { "DestinationSecurityGroupId" } else { "SourceSecurityGroupId" };
        result.push(with(name, Value { kind: Kind::Reference(own), ..entry.value.clone() }, entry));
    }
    result
}

/// Adds an `AWS::EC2::Route` for every route that is written inside its table.
pub fn inline_routes(sources: &Sources, resources: &mut Vec<Resource>) {
    let Some(route) = table::of("aws_route") else { return };
    let mut routes = Vec::new();
    for resource in resources.iter().filter(|resource| &*resource.kind == "AWS::EC2::RouteTable") {
        let written = resource.attributes.as_map().and_then(|map| map.get("route")).and_then(Value::as_list);
        for (index, item) in written.map(|list| list.items.as_slice()).unwrap_or_default().iter().enumerate() {
            let Some(attributes) = item.as_map() else { continue };
            let mut properties = shape::block(sources, &route.block, &renamed(attributes), true);
            let own = Reference { target: resource.id.clone(), attribute: "id".into() };
            add(
                &mut properties,
                "RouteTableId",
                Placed { value: Value::new(Kind::Reference(own)).with_span(item.span), key_span: item.span },
            );
            let id =
                ResourceId { address: format!("{}.route[{index}]", resource.id.address).into(), ..resource.id.clone() };
            routes.push(Resource {
                id,
                kind: "AWS::EC2::Route".into(),
                header: item.span.unwrap_or(resource.header),
                body: item.span.unwrap_or(resource.body),
                properties: Value { kind: Kind::Map(properties), ..item.clone() },
                attributes: item.clone(),
                ..resource.clone()
            });
        }
    }
    resources.extend(routes);
}

/// Inside a table a route's destinations have shorter names.
fn renamed(attributes: &Map) -> Map {
    let mut result = attributes.clone();
    for entry in &mut result.entries {
        match &*entry.key {
            "cidr_block" => entry.key = "destination_cidr_block".into(),
            "ipv6_cidr_block" => entry.key = "destination_ipv6_cidr_block".into(),
            _ => {}
        }
    }
    result.entries.retain(|entry| entry.value.as_str() != Some(""));
    result
}
