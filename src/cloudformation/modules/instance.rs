//! One instance of a module. In: the module's template and how it is called. Out: its resources and conditions under
//! their new names, and what references to its outputs stand for.

use std::{collections::BTreeMap, sync::Arc};

use super::scope::{Scope, entries, reference, sub_parts, substitute};
use crate::cloudformation::{
    rewrite::rewrite,
    tree::{Content, Node, NodeRef, Pair},
};

/// How deep overrides are merged.
const MAX_MERGED_DEPTH: usize = 32;

/// What a module adds to the template that calls it.
pub struct Instance {
    /// Its resources.
    pub resources: Vec<Pair>,
    /// Its conditions.
    pub conditions: Vec<Pair>,
    /// Its mappings.
    pub mappings: Vec<Pair>,
    /// Its outputs, and attributes of its resources.
    pub outputs: BTreeMap<String, NodeRef>,
}

/// Makes an instance.
pub fn make(scope: &Scope<'_>, root: &NodeRef, config: &NodeRef) -> Instance {
    let renamed = |section: &str| -> Vec<Pair> {
        let pairs = entries(root, section);
        pairs
            .map(|pair| Pair {
                key: format!("{}{}", scope.name, pair.key).into(),
                value: scope.apply(&pair.value),
                ..pair.clone()
            })
            .collect()
    };
    let mut resources = renamed("Resources");
    let mut conditions = renamed("Conditions");
    for over in entries_of(config.get("Overrides")) {
        let name = format!("{}{}", scope.name, over.key);
        if let Some(pair) = resources.iter_mut().find(|pair| *pair.key == *name) {
            pair.value = merged(&pair.value, &over.value, 0);
        }
    }
    if let Some(condition) = config.get("Condition") {
        restrict(&mut resources, &mut conditions, scope.name, condition);
    }
    let mut outputs: BTreeMap<String, NodeRef> = BTreeMap::new();
    for pair in entries(root, "Outputs") {
        if let Some(value) = pair.value.get("Value") {
            outputs.insert(pair.key.to_string(), scope.apply(value));
        }
    }
    Instance { resources, conditions, mappings: renamed("Mappings"), outputs }
}

fn entries_of(node: Option<&NodeRef>) -> impl Iterator<Item = &Pair> {
    node.and_then(|node| node.as_map()).into_iter().flat_map(|map| &map.entries)
}

/// Maps are merged, lists joined, anything else replaced.
fn merged(base: &NodeRef, over: &NodeRef, depth: usize) -> NodeRef {
    if let (Some(first), Some(second)) = (base.as_list(), over.as_list()) {
        return base.with(Content::List(first.iter().chain(second).cloned().collect()));
    }
    let (Some(first), Some(second)) = (base.as_map(), over.as_map()) else { return Arc::clone(over) };
    if depth > MAX_MERGED_DEPTH || base.as_call().is_some() || over.as_call().is_some() {
        return Arc::clone(over);
    }
    let mut map = first.clone();
    for pair in &second.entries {
        let value =
            first.get(&pair.key).map_or_else(|| Arc::clone(&pair.value), |base| merged(base, &pair.value, depth + 1));
        map.insert(Arc::clone(&pair.key), pair.key_span, value);
    }
    base.with(Content::Map(map))
}

/// The module's own condition holds for each of its resources.
fn restrict(resources: &mut [Pair], conditions: &mut Vec<Pair>, name: &str, condition: &NodeRef) {
    for pair in resources {
        let Some(mut map) = pair.value.as_map().cloned() else { continue };
        let both = match map.get("Condition") {
            None => Arc::clone(condition),
            Some(own) => {
                let operand = |condition: &NodeRef| Node::map([("Condition", Arc::clone(condition))], condition.span);
                let key: Arc<str> = format!("{name}And{}", own.as_str().unwrap_or_default()).into();
                let both = Node::call("Fn::And", Node::list(vec![operand(condition), operand(own)], condition.span));
                if !conditions.iter().any(|known| known.key == key) {
                    conditions.push(Pair { key: Arc::clone(&key), key_span: condition.span, value: both });
                }
                Node::text(key, condition.span)
            }
        };
        map.insert("Condition", condition.span, both);
        pair.value = pair.value.with(Content::Map(map));
    }
}

/// What references to modules stand for.
#[derive(Default)]
pub struct Outputs {
    /// By `Module.Output`, `Module[0].Output` and `Module[Key].Output`.
    values: BTreeMap<String, NodeRef>,
    /// By `Module[].Output`.
    lists: BTreeMap<String, Vec<NodeRef>>,
    names: Vec<String>,
}

impl Outputs {
    /// Adds the outputs of an instance; `keys` are the module's name, index and key when it stands in a loop.
    pub fn add(&mut self, name: &str, keys: Option<&(String, usize, String)>, outputs: BTreeMap<String, NodeRef>) {
        self.names.push(name.to_owned());
        for (output, value) in outputs {
            if let Some((base, index, key)) = keys {
                self.values.insert(format!("{base}[{index}].{output}"), Arc::clone(&value));
                self.values.insert(format!("{base}[{key}].{output}"), Arc::clone(&value));
                self.lists.entry(format!("{base}[].{output}")).or_default().push(Arc::clone(&value));
            }
            self.values.insert(format!("{name}.{output}"), value);
        }
    }

    /// The tree with references replaced.
    pub fn resolve(&self, root: &NodeRef) -> NodeRef {
        if self.names.is_empty() {
            return Arc::clone(root);
        }
        rewrite(root, &mut |node| {
            let call = node.as_call()?;
            match &**call.name {
                "Fn::GetAtt" => {
                    let name = match call.argument.as_list() {
                        Some(parts) => parts.iter().map(|part| part.as_str()).collect::<Option<Vec<_>>>()?.join("."),
                        None => call.argument.as_str()?.to_owned(),
                    };
                    self.value(node, &name)
                }
                "Fn::Sub" => {
                    let (text, own) = sub_parts(call.argument)?;
                    let is_used =
                        self.names.iter().any(|name| text.contains(&format!("${{{name}."))) || text.contains('[');
                    is_used.then(|| substitute(node, text, own, &|name| self.value(node, name)))
                }
                _ => None,
            }
        })
    }

    fn value(&self, node: &Node, name: &str) -> Option<NodeRef> {
        if let Some(value) = self.values.get(name) {
            return Some(Arc::clone(value));
        }
        if let Some(items) = self.lists.get(name) {
            return Some(Node::list(items.clone(), node.span));
        }
        // `Module.Resource.Attribute` names a resource inside.
        let (module, rest) = name.split_once('.')?;
        let inside = self.names.iter().any(|known| known == module) && rest.contains('.');
        inside.then(|| reference(node, &format!("{module}{rest}")))
    }
}
