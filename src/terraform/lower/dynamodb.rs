//! What tables cannot say about DynamoDB: keys of local indexes, tags and regions of replicas.

use super::{
    build::{Placed, add, map_arms},
    convert::{boolean, record},
};
use crate::{
    model::Resource,
    value::{Kind, List, Map, Reason, Unknown, Value},
};

/// Completes the properties of a table.
pub fn finish(resource: &Resource, bag: &mut Map) {
    if &*resource.source_type == "aws_dynamodb_table" {
        local_index_keys(bag);
        replicas(bag);
    }
}

fn items<'a>(bag: &'a mut Map, name: &str) -> impl Iterator<Item = &'a mut Map> {
    let entry = bag.entries.iter_mut().find(|entry| &*entry.key == name);
    let list = entry.and_then(|entry| if let Kind::List(list) = &mut entry.value.kind { Some(list) } else { None });
    list.into_iter()
        .flat_map(|list| &mut list.items)
        .filter_map(|item| if let Kind::Map(map) = &mut item.kind { Some(map) } else { None })
}

/// Terraform writes only the range key: the hash key is the table's.
fn local_index_keys(bag: &mut Map) {
    let hash = bag.get("KeySchema").and_then(Value::as_list).and_then(|keys| keys.items.first()).cloned();
    let Some(hash) = hash else { return };
    for index in items(bag, "LocalSecondaryIndexes") {
        let Some(Kind::List(keys)) =
            index.entries.iter_mut().find(|entry| &*entry.key == "KeySchema").map(|entry| &mut entry.value.kind)
        else {
            continue;
        };
        let has_hash = keys
            .items
            .iter()
            .any(|key| key.as_map().and_then(|key| key.get("KeyType")).and_then(Value::as_str) == Some("HASH"));
        if !has_hash {
            keys.items.insert(0, hash.clone());
        }
    }
}

/// `propagate_tags` gives a replica the table's tags; the consistency of all replicas is a property of the table.
fn replicas(bag: &mut Map) {
    let tags = bag.get("Tags").cloned().unwrap_or_else(Value::absent);
    let mut consistency = None;
    for replica in items(bag, "Replicas") {
        let propagate = replica.entry("propagate_tags").cloned();
        if let Some(entry) = propagate {
            let value = map_arms(&entry.value, &mut |flag| match (boolean(flag), &flag.kind) {
                (Some(true), _) => tags.clone(),
                (None, Kind::Unknown(_)) => flag.clone(),
                _ => Value::absent(),
            });
            add(replica, "Tags", Placed { value, key_span: entry.key_span });
        }
        consistency = consistency.or_else(|| replica.entry("consistency_mode").cloned());
    }
    if let Some(entry) = consistency {
        add(bag, "MultiRegionConsistency", Placed { value: entry.value, key_span: entry.key_span });
    }
}

/// The region of an `aws_dynamodb_table_replica` is that of its provider; even one without settings is a replica.
pub fn complete_replica(companion: &Resource, bag: &mut Map) {
    if &*companion.source_type != "aws_dynamodb_table_replica" {
        return;
    }
    let header = Some(companion.header);
    if bag.get("Replicas").is_none() {
        let list = List { items: vec![record([], header)], open: None };
        add(bag, "Replicas", Placed { value: Value::new(Kind::List(list)).with_span(header), key_span: header });
    }
    let unknown = || {
        Value::unknown(Unknown::new(Reason::Input, format!("region of {}", companion.id.address)).at(companion.header))
    };
    let region = companion.region.clone().unwrap_or_else(unknown);
    for replica in items(bag, "Replicas").filter(|replica| replica.get("Region").is_none()) {
        add(replica, "Region", Placed { value: region.clone(), key_span: header });
    }
}
