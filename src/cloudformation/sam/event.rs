//! What the expansions of events share: the event, and what it is connected to.

use std::sync::Arc;

use super::make::Maker;
use crate::cloudformation::tree::{Content, Mapping, NodeRef};

/// What an event source is connected to.
pub struct Target {
    /// The logical id of the function, to prefix others.
    pub id: Arc<str>,
    /// The function's name, or the alias's ARN.
    pub name: NodeRef,
    /// The ARN of the function or alias.
    pub arn: NodeRef,
}

/// An event of a kind that is polled for.
pub struct PullEvent<'a> {
    /// `DynamoDB`, `Kinesis`, …
    pub kind: &'static str,
    /// The logical id of the mapping: that of the function and that of the event.
    pub id: String,
    /// Makes nodes at the event.
    pub maker: Maker,
    /// Its properties.
    pub properties: &'a Mapping,
}

impl PullEvent<'_> {
    /// A property that is written and not null.
    pub fn get(&self, name: &str) -> Option<&NodeRef> {
        self.properties.get(name).filter(|node| !matches!(node.content, Content::Null))
    }
}
