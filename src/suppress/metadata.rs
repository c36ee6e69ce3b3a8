//! Suppressions in the `Metadata` of CloudFormation resources: ours, and those of cfn_nag, CloudFormation Guard's rules
//! registry, cdk-nag and checkov.

use crate::{
    aws::Project,
    model::{Problem, ProblemKind, Resource},
    source::Span,
    value::{Kind, Map, Value},
};

use super::{
    directive::{Directive, Named, Reach, day, not_a_day},
    place::Target,
};

/// Where peers keep their lists: the tool's key, the list's key, and the keys of id and reason in each entry.
const PEERS: [(&str, &str, &str, &str); 3] = [
    ("cfn_nag", "rules_to_suppress", "id", "reason"),
    ("cdk_nag", "rules_to_suppress", "id", "reason"),
    ("checkov", "skip", "id", "comment"),
];

/// The suppressions of every resource with metadata, each once however many stacks its template makes.
pub fn of(project: &Project, problems: &mut Vec<Problem>) -> Vec<(Directive, Target)> {
    let mut found = Vec::new();
    for resource in project.resources() {
        let Some(map) = resource.metadata.as_ref().and_then(Value::as_map) else { continue };
        let target = || Target::Resource(resource.id.clone());
        found.extend(own(map, resource, problems).into_iter().map(|directive| (directive, target())));
        found.extend(peers(map, resource).into_iter().map(|directive| (directive, target())));
    }
    found
}

fn list<'v>(map: &'v Map, tool: &str, key: &str) -> &'v [Value] {
    let value = map.get(tool).and_then(Value::as_map).and_then(|map| map.get(key));
    value.and_then(Value::as_list).map_or(&[], |list| &list.items)
}

fn text(map: &Map, key: &str) -> Option<String> {
    map.get(key).and_then(Value::to_text).map(|text| text.to_string())
}

fn own(map: &Map, resource: &Resource, problems: &mut Vec<Problem>) -> Vec<Directive> {
    let entries = list(map, "iac-check", "ignore");
    if entries.is_empty() && map.get("iac-check").is_some() {
        let message = "expected `iac-check: {ignore: [{rule, reason, until}]}`";
        problems.push(Problem::at(ProblemKind::Warning, "suppression-syntax", message, resource.header));
    }
    entries.iter().map(|entry| own_entry(entry, entry.span.unwrap_or(resource.header))).collect()
}

fn own_entry(entry: &Value, span: Span) -> Directive {
    let empty = Map::default();
    let map = entry.as_map().unwrap_or(&empty);
    let rules = match map.get("rule").map(|value| &value.kind) {
        Some(Kind::List(list)) => list.items.iter().filter_map(Value::to_text).map(|id| id.to_string()).collect(),
        _ => text(map, "rule").map(|ids| ids.split(',').map(|id| id.trim().to_owned()).collect()).unwrap_or_default(),
    };
    let until = text(map, "until").map(|text| day(&text)).transpose();
    let mistake = match &until {
        Err(text) => Some(not_a_day(text)),
        Ok(_) if Vec::is_empty(&rules) => Some("a suppression needs the id of a `rule`".to_owned()),
        Ok(_) => None,
    };
    let reason = text(map, "reason").unwrap_or_default().trim().to_owned();
    Directive {
        names: Named::Rules(rules),
        key: None,
        reason,
        until: until.ok().flatten(),
        reach: Reach::Here,
        span,
        mistake,
    }
}

fn peers(map: &Map, resource: &Resource) -> Vec<Directive> {
    let mut found = Vec::new();
    for (tool, key, id, reason) in PEERS {
        for value in list(map, tool, key) {
            let Some(entry) = value.as_map() else { continue };
            // cdk-nag's `applies_to` accepts single grants of a statement, which is less than a finding here.
            if let Some(id) = text(entry, id).filter(|_| entry.get("applies_to").is_none()) {
                let reason = text(entry, reason).unwrap_or_default();
                found.push(Directive::foreign(
                    vec![id.clone()],
                    &reason,
                    &format!("{tool}: {id}"),
                    value.span.unwrap_or(resource.header),
                ));
            }
        }
    }
    for value in list(map, "guard", "SuppressedRules") {
        // An id, or an id with the reason.
        let with_reason = value.as_map().into_iter().flat_map(|map| &map.entries);
        let entries =
            value.to_text().map(|id| (id.to_string(), String::new())).into_iter().chain(with_reason.map(|entry| {
                (entry.key.to_string(), entry.value.to_text().map_or_else(String::new, |reason| reason.to_string()))
            }));
        found.extend(entries.map(|(id, reason)| {
            let written = format!("guard: {id}");
            Directive::foreign(vec![id], &reason, &written, value.span.unwrap_or(resource.header))
        }));
    }
    found
}
