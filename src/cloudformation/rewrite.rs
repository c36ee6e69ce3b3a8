//! Rewriting a tree. In: a root and what to put in the place of a node. Out: the new root; nodes that are shared stay
//! shared, so that aliases cost nothing.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::cloudformation::tree::{Content, Mapping, Node, NodeRef, Pair};

/// Rewrites a tree from its leaves upwards: `change` sees each node with its parts already rewritten, and gives what
/// takes its place, or nothing to keep it. Recursion is bounded by the parsers, which refuse deep nesting.
pub fn rewrite(root: &NodeRef, change: &mut dyn FnMut(&NodeRef) -> Option<NodeRef>) -> NodeRef {
    Rewriter { change, done: FxHashMap::default() }.node(root)
}

struct Rewriter<'a> {
    change: &'a mut dyn FnMut(&NodeRef) -> Option<NodeRef>,
    done: FxHashMap<*const Node, NodeRef>,
}

impl Rewriter<'_> {
    fn node(&mut self, node: &NodeRef) -> NodeRef {
        if let Some(done) = self.done.get(&Arc::as_ptr(node)) {
            return Arc::clone(done);
        }
        let rebuilt = match &node.content {
            Content::List(items) => {
                let parts: Vec<NodeRef> = items.iter().map(|item| self.node(item)).collect();
                let same = parts.iter().zip(items).all(|(new, old)| Arc::ptr_eq(new, old));
                if same { Arc::clone(node) } else { node.with(Content::List(parts)) }
            }
            Content::Map(map) => {
                let parts: Vec<NodeRef> = map.entries.iter().map(|pair| self.node(&pair.value)).collect();
                let same = parts.iter().zip(&map.entries).all(|(new, old)| Arc::ptr_eq(new, &old.value));
                if same {
                    Arc::clone(node)
                } else {
                    let entries = map.entries.iter().zip(parts).map(|(pair, value)| Pair { value, ..pair.clone() });
                    node.with(Content::Map(Mapping { entries: entries.collect(), ..map.clone() }))
                }
            }
            _ => Arc::clone(node),
        };
        let changed = (self.change)(&rebuilt).unwrap_or(rebuilt);
        self.done.insert(Arc::as_ptr(node), Arc::clone(&changed));
        changed
    }
}
