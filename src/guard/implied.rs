//! What Terraform's provider sends where the code says nothing, so that a policy finds in a configuration what it finds in
//! its plan. In: the type of a resource and the path of a map in it. Out: properties of that map. The facts are in
//! `data/provider-defaults.toml`.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{guard::node::Shape, value::Map};

#[derive(serde::Deserialize)]
struct Fact {
    value: toml::Value,
    with: Option<String>,
}

type Facts = BTreeMap<String, BTreeMap<String, Fact>>;

static FACTS: LazyLock<Facts> =
    LazyLock::new(|| toml::from_str(include_str!("data/provider-defaults.toml")).unwrap_or_default());

/// The properties that are sent beside those of a map, which stands at `path` in a resource; indices in it are left out.
pub fn beside(kind: &str, path: &str, map: &Map) -> Vec<(&'static str, Shape<'static>)> {
    let Some(facts) = FACTS.get(kind) else { return Vec::new() };
    let path = without_indices(path);
    let of_map = facts.iter().filter_map(|(key, fact)| {
        let (parent, name) = key.rsplit_once('.').unwrap_or(("", key));
        let applies = parent == path && fact.with.as_deref().is_none_or(|beside| map.get(beside).is_some());
        (applies && map.entry(name).is_none()).then_some((name, shape(&fact.value)))
    });
    of_map.collect()
}

fn shape(value: &toml::Value) -> Shape<'static> {
    match value {
        toml::Value::Boolean(value) => Shape::Bool(*value),
        toml::Value::Integer(value) => Shape::Int(*value),
        other => Shape::Text(other.as_str().unwrap_or_default().into()),
    }
}

fn without_indices(path: &str) -> String {
    path.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read() {
        assert_eq!(FACTS.len(), 7);
        let names = |path| beside("AWS::CloudTrail::Trail", path, &Map::default()).into_iter().map(|(name, _)| name);
        assert_eq!(names("EventSelectors[1]").collect::<Vec<_>>(), ["IncludeManagementEvents", "ReadWriteType"]);
        assert!(beside("AWS::DynamoDB::Table", "SSESpecification", &Map::default()).is_empty());
    }
}
