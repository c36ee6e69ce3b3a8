//! Making nodes. In: the place of the construct that a node is generated from. Out: nodes at that place.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::{
    cloudformation::tree::{Content, Mapping, Node, NodeRef, Pair},
    source::Span,
};

/// Makes nodes that are said to be written where the construct is that they are generated from.
#[derive(Clone, Copy, Debug)]
pub struct Maker {
    /// That place.
    pub at: Span,
}

impl Maker {
    /// A string.
    pub fn text(self, text: impl Into<Arc<str>>) -> NodeRef {
        Node::text(text, self.at)
    }

    /// A list.
    pub fn list(self, items: Vec<NodeRef>) -> NodeRef {
        Node::list(items, self.at)
    }

    /// A map.
    pub fn map<K: Into<Arc<str>>>(self, entries: impl IntoIterator<Item = (K, NodeRef)>) -> NodeRef {
        Node::map(entries, self.at)
    }

    /// A map of tags as the list that CloudFormation wants.
    pub fn tags(self, tags: &NodeRef) -> Vec<NodeRef> {
        let tag = |pair: &Pair| {
            let value =
                if matches!(pair.value.content, Content::Null) { self.text("") } else { Arc::clone(&pair.value) };
            Maker { at: pair.key_span }
                .map([("Key", Node::text(Arc::clone(&pair.key), pair.key_span)), ("Value", value)])
        };
        tags.as_map().map(|map| map.entries.iter().map(tag).collect()).unwrap_or_default()
    }

    /// `!Ref name`.
    pub fn reference(self, name: &str) -> NodeRef {
        self.map([("Ref", self.text(name))])
    }

    /// `!GetAtt id.attribute`.
    pub fn attribute(self, id: &str, attribute: &str) -> NodeRef {
        self.map([("Fn::GetAtt", self.list(vec![self.text(id), self.text(attribute)]))])
    }

    /// `!Sub text`.
    pub fn sub(self, text: impl Into<Arc<str>>) -> NodeRef {
        self.map([("Fn::Sub", self.text(text))])
    }

    /// `!If [condition, yes, no]`.
    pub fn choose(self, condition: &NodeRef, yes: NodeRef, no: NodeRef) -> NodeRef {
        self.map([("Fn::If", self.list(vec![Arc::clone(condition), yes, no]))])
    }

    /// The ARN of an AWS managed policy given by path and name.
    pub fn managed_policy(self, path: &str) -> NodeRef {
        self.sub(format!("{MANAGED_PREFIX}{path}"))
    }

    /// A JSON value as nodes; `{"Ref": name}` becomes what `hole` gives for the name.
    pub fn fill(self, json: &Json, hole: &dyn Fn(&str) -> Option<NodeRef>) -> NodeRef {
        match json {
            Json::Null => Arc::new(Node::new(Content::Null, self.at)),
            Json::String(text) => self.text(text.as_str()),
            Json::Bool(_) | Json::Number(_) => Node::plain(json.to_string(), self.at),
            Json::Array(items) => self.list(items.iter().map(|item| self.fill(item, hole)).collect()),
            Json::Object(entries) => {
                let filled = entries.get("Ref").and_then(Json::as_str).filter(|_| entries.len() == 1).and_then(hole);
                filled.unwrap_or_else(|| {
                    self.map(entries.iter().map(|(key, item)| (key.as_str(), self.fill(item, hole))))
                })
            }
        }
    }

    /// A JSON value as nodes.
    pub fn json(self, json: &Json) -> NodeRef {
        self.fill(json, &|_| None)
    }

    /// An entry.
    pub fn pair(self, key: impl Into<Arc<str>>, value: NodeRef) -> Pair {
        Pair { key: key.into(), key_span: self.at, value }
    }
}

/// What the ARN of every AWS managed policy starts with.
const MANAGED_PREFIX: &str = "arn:${AWS::Partition}:iam::aws:policy/";

/// How many nodes are compared before two trees count as different: shared nodes may make them huge.
const MAX_COMPARED: usize = 100_000;

/// Whether two nodes say the same, wherever they are written. Two spellings of an AWS managed policy's ARN are the same.
pub fn same(one: &NodeRef, other: &NodeRef) -> bool {
    is_same(one, other, &mut 0)
}

fn is_same(one: &NodeRef, other: &NodeRef, compared: &mut usize) -> bool {
    *compared += 1;
    if Arc::ptr_eq(one, other) {
        return true;
    }
    if let (Some(one), Some(other)) = (managed_path(one), managed_path(other)) {
        return one == other;
    }
    match (&one.content, &other.content) {
        _ if *compared > MAX_COMPARED => false,
        (Content::Null, Content::Null) => true,
        (Content::Scalar(one), Content::Scalar(other)) => one.text == other.text,
        (Content::List(one), Content::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other, compared))
        }
        (Content::Map(one), Content::Map(other)) => {
            one.entries.len() == other.entries.len()
                && one
                    .entries
                    .iter()
                    .all(|pair| other.get(&pair.key).is_some_and(|value| is_same(&pair.value, value, compared)))
        }
        _ => false,
    }
}

fn managed_path(node: &Node) -> Option<&str> {
    let text = node.call_of("Fn::Sub").map_or(node, |argument| argument).as_str()?;
    text.starts_with("arn:").then(|| text.split_once(":iam::aws:policy/"))?.map(|(_, path)| path)
}

/// Whether a node is `!Ref AWS::NoValue`.
pub fn is_no_value(node: &Node) -> bool {
    node.call_of("Ref").and_then(|name| name.as_str()) == Some("AWS::NoValue")
}

/// The three operands of `!If`.
pub fn as_if(node: &Node) -> Option<(&NodeRef, &NodeRef, &NodeRef)> {
    match node.call_of("Fn::If")?.as_list()? {
        [condition, yes, no] => Some((condition, yes, no)),
        _ => None,
    }
}

/// Whether Python, in which SAM is written, takes a value for true. Anything that is not known is.
pub fn is_truthy(node: &Node) -> bool {
    match &node.content {
        Content::Null => false,
        Content::Scalar(scalar) => !scalar.text.is_empty() && node.as_bool() != Some(false) && &*scalar.text != "0",
        Content::List(items) => !items.is_empty(),
        Content::Map(Mapping { entries, open, .. }) => !entries.is_empty() || open.is_some(),
        Content::Unknown(_) => true,
    }
}

/// The logical id that a plain `!Ref` or `!GetAtt` names.
pub fn referenced(node: &Node) -> Option<&str> {
    if let Some(name) = node.call_of("Ref") {
        return name.as_str();
    }
    let target = node.call_of("Fn::GetAtt")?;
    match target.as_list() {
        Some([id, _]) => id.as_str(),
        Some(_) => None,
        None => target.as_str()?.split_once('.').map(|(id, _)| id),
    }
}
