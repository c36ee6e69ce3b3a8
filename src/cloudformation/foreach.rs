//! `Fn::ForEach` of `AWS::LanguageExtensions`. In: a tree. Out: the tree with every loop replaced by what it makes;
//! nodes keep the places of the loop's body.
//!
//! Source: AWS CloudFormation User Guide, "Fn::ForEach".

use std::{cell::Cell, sync::Arc};

use crate::{
    cloudformation::{
        evaluate::{Evaluator, MAX_DEPTH, MAX_VISITS, Use},
        tree::{Content, Mapping, Node, NodeRef, Pair, Scalar},
    },
    model::ProblemKind,
    source::Span,
    value::{Kind, Reason, Unknown, Value, World},
};

const PREFIX: &str = "Fn::ForEach::";

/// Whether a tree has loops.
pub fn has_loops(root: &NodeRef) -> bool {
    let mut stack = vec![root];
    let mut visits = 0;
    while let Some(node) = stack.pop() {
        visits += 1;
        match &node.content {
            _ if visits > MAX_VISITS => return false,
            Content::List(items) => stack.extend(items),
            Content::Map(map) if map.entries.iter().any(|pair| pair.key.starts_with(PREFIX)) => return true,
            Content::Map(map) => stack.extend(map.entries.iter().map(|pair| &pair.value)),
            _ => {}
        }
    }
    false
}

/// Expands all loops; `evaluator` knows the template as it is before, for the collections.
pub fn expand(evaluator: &Evaluator<'_>, root: &NodeRef) -> NodeRef {
    Expander { evaluator, made: Cell::new(0) }.node(root, &[], 0)
}

/// What an identifier stands for in one iteration; `None` when the collection isn't known.
#[derive(Clone)]
struct Binding {
    name: Arc<str>,
    text: Option<Arc<str>>,
}

struct Expander<'e, 't> {
    evaluator: &'e Evaluator<'t>,
    made: Cell<usize>,
}

impl Expander<'_, '_> {
    fn node(&self, node: &NodeRef, bindings: &[Binding], depth: u16) -> NodeRef {
        self.made.set(self.made.get() + 1);
        if depth > MAX_DEPTH || self.made.get() > MAX_VISITS {
            return Node::unknown(Reason::Budget, format!("loops that make more than {MAX_VISITS} nodes"), node.span);
        }
        match &node.content {
            Content::Scalar(scalar) => substitute(node, scalar, bindings),
            Content::List(items) => {
                node.with(Content::List(items.iter().map(|item| self.node(item, bindings, depth + 1)).collect()))
            }
            Content::Map(map) => match node.call_of("Ref").and_then(|name| bound(name.as_str()?, bindings)) {
                Some(Binding { text: Some(text), .. }) => Node::text(Arc::clone(text), node.span),
                Some(Binding { name, text: None }) => {
                    Node::unknown(Reason::Input, format!("loop over {name}"), node.span)
                }
                None => node.with(Content::Map(self.map(map, bindings, depth))),
            },
            Content::Null | Content::Unknown(_) => Arc::clone(node),
        }
    }

    fn map(&self, map: &Mapping, bindings: &[Binding], depth: u16) -> Mapping {
        let mut entries = Vec::with_capacity(map.entries.len());
        for pair in &map.entries {
            let Some([identifier, collection, body]) = pair.value.as_list().filter(|_| pair.key.starts_with(PREFIX))
            else {
                let value = match (&*pair.key, pair.value.as_list()) {
                    // CloudFormation does not substitute in the name of a condition.
                    ("Fn::If", Some([condition, arms @ ..])) => {
                        let arms = arms.iter().map(|arm| self.node(arm, bindings, depth + 1));
                        pair.value.with(Content::List(std::iter::once(Arc::clone(condition)).chain(arms).collect()))
                    }
                    _ => self.node(&pair.value, bindings, depth + 1),
                };
                entries.push(Pair { key: key(&pair.key, bindings), value, ..pair.clone() });
                continue;
            };
            let Some(name) = identifier.as_text() else { continue };
            for text in self.collection(&self.node(collection, bindings, depth + 1), pair.key_span) {
                let mut inner = bindings.to_vec();
                inner.push(Binding { name: Arc::clone(name), text });
                let Content::Map(made) = &self.node(body, &inner, depth + 1).content else { continue };
                entries.extend(
                    made.entries
                        .iter()
                        .map(|made| Pair { value: made.value.generated_from(pair.key_span), ..made.clone() }),
                );
            }
        }
        Mapping { entries, ..map.clone() }
    }

    /// The members of a collection with the default parameters; one that stands for any when they are not known.
    fn collection(&self, node: &NodeRef, span: Span) -> Vec<Option<Arc<str>>> {
        let value = self.evaluator.eval(node, Use::CONDITION);
        let variables = self.evaluator.variables.borrow();
        let world = World::new(&variables);
        let texts = |items: &[Value]| {
            items.iter().map(|item| world.settle(item).ok().and_then(Value::to_text)).collect::<Vec<_>>()
        };
        let members = match world.settle(&value).map(|value| &value.kind) {
            Ok(Kind::List(list)) if list.open.is_none() => texts(&list.items),
            Ok(Kind::String(text)) => text.text.split(',').map(|item| Some(item.trim().into())).collect(),
            _ => vec![None],
        };
        drop(world);
        if members.contains(&None) {
            let message = "the loop runs over a collection that is not known; what it makes is judged once";
            self.evaluator.problem(ProblemKind::Note, "cloudformation-loop", message, span);
        }
        members
    }
}

fn bound<'b>(name: &str, bindings: &'b [Binding]) -> Option<&'b Binding> {
    bindings.iter().rev().find(|binding| &*binding.name == name)
}

/// A key with identifiers replaced: `*` where the member is not known.
fn key(key: &Arc<str>, bindings: &[Binding]) -> Arc<str> {
    if bindings.is_empty() || !key.contains('{') {
        return Arc::clone(key);
    }
    replace(key, bindings, "*").into()
}

fn substitute(node: &NodeRef, scalar: &Scalar, bindings: &[Binding]) -> NodeRef {
    if bindings.is_empty() || !scalar.text.contains('{') {
        return Arc::clone(node);
    }
    let is_open = |binding: &&Binding| binding.text.is_none() && replaces(&scalar.text, &binding.name);
    if let Some(open) = bindings.iter().find(is_open) {
        let unknown = Unknown::new(Reason::Input, format!("loop over {}", open.name)).at(node.span);
        return node.with(Content::Unknown(Arc::new(unknown)));
    }
    node.with(Content::Scalar(Scalar { text: replace(&scalar.text, bindings, "").into(), ..scalar.clone() }))
}

fn replaces(text: &str, name: &str) -> bool {
    text.contains(&format!("${{{name}}}")) || text.contains(&format!("&{{{name}}}"))
}

/// `${Name}` is the member, `&{Name}` its letters and digits.
fn replace(text: &str, bindings: &[Binding], unknown: &str) -> String {
    bindings.iter().fold(text.to_owned(), |text, binding| {
        let member = binding.text.as_deref().unwrap_or(unknown);
        let plain: String = member.chars().filter(|c| c.is_ascii_alphanumeric() || unknown.contains(*c)).collect();
        text.replace(&format!("${{{}}}", binding.name), member).replace(&format!("&{{{}}}", binding.name), &plain)
    })
}
