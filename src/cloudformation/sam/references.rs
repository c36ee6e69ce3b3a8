//! References to what a SAM resource generates. In: a template with `!Ref Function.Alias`, `${Function.Version}` and the
//! names they stand for. Out: the template with plain references.

use std::{collections::BTreeMap, sync::Arc};

use crate::cloudformation::{
    rewrite::rewrite,
    tree::{Content, Node, NodeRef},
};

/// Rewrites all references of a tree.
pub fn rewrite_all(root: &NodeRef, derived: &BTreeMap<String, Arc<str>>) -> NodeRef {
    if derived.is_empty() {
        return Arc::clone(root);
    }
    let renamer = Renamer { derived };
    rewrite(root, &mut |node| {
        let call = node.as_call()?;
        let argument = renamer.argument(call.name, call.argument)?;
        let mut map = node.as_map()?.clone();
        map.insert(Arc::clone(call.name), call.name_span, argument);
        Some(node.with(Content::Map(map)))
    })
}

struct Renamer<'a> {
    derived: &'a BTreeMap<String, Arc<str>>,
}

impl Renamer<'_> {
    /// The argument of a function with its references renamed; `None` when it has none of its own.
    fn argument(&self, function: &str, argument: &NodeRef) -> Option<NodeRef> {
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
                    let text = self.argument(function, text)?;
                    Some(argument.with(Content::List(vec![text, Arc::clone(variables)])))
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
