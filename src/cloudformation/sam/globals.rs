//! The `Globals` section. In: the section and the properties of a resource. Out: the properties with those of the
//! section merged in: lists are joined, maps merged, everything else is the resource's own.

use std::sync::Arc;

use super::data::{self, Merge};
use crate::{
    cloudformation::tree::{Content, Mapping, Node, NodeRef, Pair},
    model::{Problem, ProblemKind},
};

/// The section, by kind of resource (`Function`).
#[derive(Debug, Default)]
pub struct Globals {
    sections: Vec<Pair>,
}

impl Globals {
    /// Reads the section of a template; what SAM would refuse is left out and reported.
    pub fn read(root: &Node, problems: &mut Vec<Problem>) -> Self {
        let Some(globals) = root.get("Globals") else { return Self::default() };
        let mut error =
            |message: String, span| problems.push(Problem::at(ProblemKind::Error, "sam-globals", message, span));
        let Some(map) = globals.as_map() else {
            error("`Globals` must be a map".to_owned(), globals.span);
            return Self::default();
        };
        let mut sections = Vec::new();
        for section in &map.entries {
            if !data::is_globals_section(&section.key) {
                error(format!("`Globals` has no section `{}`", section.key), section.key_span);
                continue;
            }
            let Some(properties) = section.value.as_map() else {
                error(format!("`Globals.{}` must be a map", section.key), section.value.span);
                continue;
            };
            let mut properties = properties.clone();
            properties.entries.retain(|pair| {
                let known = data::is_global_property(&section.key, &pair.key);
                if !known {
                    error(format!("`{}` is not supported in `Globals.{}`", pair.key, section.key), pair.key_span);
                }
                known
            });
            sections.push(Pair { value: section.value.with(Content::Map(properties)), ..section.clone() });
        }
        Self { sections }
    }

    /// The properties of a resource of a kind. `ignore` is the resource's `IgnoreGlobals`: `*` or a list of properties.
    pub fn merge(&self, kind: &str, local: Mapping, ignore: Option<&NodeRef>) -> Mapping {
        let section = self.sections.iter().rev().find(|pair| &*pair.key == kind).and_then(|pair| pair.value.as_map());
        let Some(section) = section.filter(|_| ignore.and_then(|node| node.as_str()) != Some("*")) else {
            return local;
        };
        let ignored = |key: &str| {
            ignore
                .and_then(|node| node.as_list())
                .is_some_and(|names| names.iter().any(|name| name.as_str() == Some(key)))
        };
        let entries = section.entries.iter().filter(|pair| !ignored(&pair.key)).cloned().collect();
        merge_maps(&Mapping { entries, ..section.clone() }, &local, kind)
    }
}

fn merge_maps(global: &Mapping, local: &Mapping, path: &str) -> Mapping {
    let mut merged = Mapping { open: local.open.clone().or_else(|| global.open.clone()), ..global.clone() };
    for pair in &local.entries {
        let value = match global.get(&pair.key) {
            Some(global) => merge(global, &pair.value, &format!("{path}.{}", pair.key)),
            None => Arc::clone(&pair.value),
        };
        merged.insert(Arc::clone(&pair.key), pair.key_span, value);
    }
    merged
}

fn merge(global: &NodeRef, local: &NodeRef, path: &str) -> NodeRef {
    let rule = data::merge_rule(path);
    if rule == Some(Merge::Replace) {
        return Arc::clone(local);
    }
    match (&global.content, &local.content) {
        (Content::List(first), Content::List(second)) => {
            local.with(Content::List(first.iter().chain(second).cloned().collect()))
        }
        // A function call is a value like any other, not a map.
        (Content::Map(first), Content::Map(second)) if global.as_call().is_none() && local.as_call().is_none() => {
            let mut merged = merge_maps(first, second, path);
            if rule == Some(Merge::PruneAndMerge) && !second.entries.is_empty() {
                merged.entries.retain(|pair| second.get(&pair.key).is_some());
            }
            local.with(Content::Map(merged))
        }
        _ => Arc::clone(local),
    }
}
