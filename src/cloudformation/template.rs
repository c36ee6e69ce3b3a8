//! The sections of a template. In: the root of a tree, transforms done. Out: parameters, mappings, conditions and
//! resources by name.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::cloudformation::tree::{Mapping, Node, NodeRef, Pair};

/// A template, indexed.
#[derive(Clone, Debug)]
pub struct Template {
    /// The whole tree.
    pub root: NodeRef,
    /// `Resources`, in written order; of two with the same name the last counts.
    resources: FxHashMap<Arc<str>, Pair>,
    conditions: FxHashMap<Arc<str>, Pair>,
    parameters: FxHashMap<Arc<str>, Pair>,
}

impl Template {
    /// Indexes a tree; sections that are missing or no mappings are empty.
    pub fn new(root: NodeRef) -> Self {
        let index = |name: &str| {
            let entries = root.get(name).and_then(|section| section.as_map()).into_iter().flat_map(|map| &map.entries);
            entries.map(|pair| (Arc::clone(&pair.key), pair.clone())).collect()
        };
        Self { resources: index("Resources"), conditions: index("Conditions"), parameters: index("Parameters"), root }
    }

    /// A section as written.
    pub fn section(&self, name: &str) -> Option<&Mapping> {
        self.root.get(name)?.as_map()
    }

    /// The entries of a section, in written order.
    pub fn entries(&self, section: &str) -> impl Iterator<Item = &Pair> {
        self.section(section).into_iter().flat_map(|map| &map.entries)
    }

    /// A resource by logical id.
    pub fn resource(&self, name: &str) -> Option<&Pair> {
        self.resources.get(name)
    }

    /// A condition by name.
    pub fn condition(&self, name: &str) -> Option<&Pair> {
        self.conditions.get(name)
    }

    /// A parameter declaration by name.
    pub fn parameter(&self, name: &str) -> Option<&Pair> {
        self.parameters.get(name)
    }

    /// A cell of a mapping, or the mapping's second level when `second` is missing.
    pub fn mapping(&self, name: &str) -> Option<&Mapping> {
        self.section("Mappings")?.get(name)?.as_map()
    }

    /// The names under `Transform`, in order.
    pub fn transforms(&self) -> Vec<Arc<str>> {
        let Some(transform) = self.root.get("Transform") else { return Vec::new() };
        let items: &[NodeRef] = transform.as_list().unwrap_or(std::slice::from_ref(transform));
        let name =
            |item: &NodeRef| item.as_text().or_else(|| item.get("Name").and_then(|name| name.as_text())).cloned();
        items.iter().filter_map(name).collect()
    }
}

/// The `Type` of a resource.
pub fn type_of(resource: &Node) -> Option<&Arc<str>> {
    resource.get("Type")?.as_text()
}
