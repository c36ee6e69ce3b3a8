//! References to what a SAM resource generates. In: a template with `!Ref Function.Alias`, `${Function.Version}` and the
//! names they stand for. Out: the template with plain references.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;

use crate::cloudformation::tree::{Content, Mapping, Node, NodeRef, Pair};

/// Rewrites all references of a tree; a shared node stays shared.
pub fn rewrite(root: &NodeRef, derived: &BTreeMap<String, Arc<str>>) -> NodeRef {
    if derived.is_empty() { Arc::clone(root) } else { Rewriter { derived, done: FxHashMap::default() }.node(root) }
}

struct Rewriter<'a> {
    derived: &'a BTreeMap<String, Arc<str>>,
    done: FxHashMap<*const Node, NodeRef>,
}

impl Rewriter<'_> {
    fn node(&mut self, node: &NodeRef) -> NodeRef {
        if let Some(done) = self.done.get(&Arc::as_ptr(node)) {
            return Arc::clone(done);
        }
        let rewritten = match &node.content {
            Content::List(items) => node.with(Content::List(items.iter().map(|item| self.node(item)).collect())),
            Content::Map(map) => {
                let call = node.as_call().map(|call| Arc::clone(call.name));
                let entries = map.entries.iter().map(|pair| {
                    let value = call.as_ref().and_then(|name| self.argument(name, &pair.value));
                    Pair { value: value.unwrap_or_else(|| self.node(&pair.value)), ..pair.clone() }
                });
                node.with(Content::Map(Mapping { entries: entries.collect(), ..map.clone() }))
            }
            _ => Arc::clone(node),
        };
        self.done.insert(Arc::as_ptr(node), Arc::clone(&rewritten));
        rewritten
    }

    /// The argument of a function with its references renamed; `None` when it has none of its own.
    fn argument(&mut self, function: &str, argument: &NodeRef) -> Option<NodeRef> {
        match function {
            "Ref" => self.derived.get(argument.as_str()?).map(|id| scalar(argument, id)),
            "Fn::GetAtt" => match argument.as_list() {
                Some([id, rest @ ..]) => {
                    let id = scalar(id, self.derived.get(id.as_str()?)?);
                    let items = std::iter::once(id).chain(rest.iter().cloned());
                    Some(argument.with(Content::List(items.collect())))
                }
                _ => self.substitute(argument, |name| format!("{name}.")),
            },
            "Fn::Sub" => match argument.as_list() {
                Some([text, variables]) => {
                    let text = self.argument(function, text).unwrap_or_else(|| Arc::clone(text));
                    Some(argument.with(Content::List(vec![text, self.node(variables)])))
                }
                _ => self.substitute(argument, |name| format!("${{{name}")),
            },
            _ => None,
        }
    }

    fn substitute(&self, argument: &NodeRef, pattern: impl Fn(&str) -> String) -> Option<NodeRef> {
        let mut text = argument.as_str()?.to_owned();
        for (name, id) in self.derived {
            text = text.replace(&pattern(name), &pattern(id));
        }
        Some(scalar(argument, &text))
    }
}

fn scalar(node: &Node, text: &str) -> NodeRef {
    match &node.content {
        Content::Scalar(scalar) => {
            let mut scalar = scalar.clone();
            scalar.text = text.into();
            node.with(Content::Scalar(scalar))
        }
        _ => Node::text(text, node.span),
    }
}
