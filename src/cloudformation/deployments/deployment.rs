//! A deployment of a template. In: what a file gives for its parameters, as nodes or text. Out: the arguments of the
//! deployment.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    cloudformation::{
        parameters::Arguments,
        template::Template,
        tree::{Content, Mapping, Node},
    },
    source::Span,
    value::{Reason, Unknown, Value},
};

/// A deployment of a template.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    /// What it is called: the environment of a configuration file, else the parameter file's name.
    pub name: Arc<str>,
    /// The template that the file names, relative to the file or to the scan root.
    pub template: Option<Arc<str>>,
    /// Parameters in written order; text, or unknown.
    pub values: Vec<(Arc<str>, Value)>,
    /// Tags of the stack.
    pub tags: Vec<(Arc<str>, Value)>,
    /// `AWS::Region`.
    pub region: Option<Arc<str>>,
    /// `AWS::StackName`.
    pub stack_name: Option<Arc<str>>,
}

impl Deployment {
    /// The arguments of the deployment, over what the caller knows. Parameters that it does not give have their defaults.
    pub fn arguments(&self, base: &Arguments) -> Arguments {
        let values: FxHashMap<_, _> = self.values.iter().cloned().collect();
        Arguments {
            values,
            tags: self.tags.clone(),
            region: base.region.clone().or_else(|| self.region.clone()),
            account: base.account.clone(),
            stack_name: self.stack_name.clone().or_else(|| base.stack_name.clone()),
            parent: None,
            takes_defaults: true,
        }
    }

    /// Whether every parameter that is given is one of the template's.
    pub(super) fn fits(&self, template: &Template) -> bool {
        !self.values.is_empty() && self.values.iter().all(|(name, _)| template.parameter(name).is_some())
    }
}

/// The entries of a mapping that are texts or lists of texts.
pub(super) fn values(map: &Mapping) -> Vec<(Arc<str>, Value)> {
    map.entries.iter().filter_map(|pair| Some((Arc::clone(&pair.key), scalar(&pair.value)?))).collect()
}

pub(super) fn scalar(node: &Node) -> Option<Value> {
    match &node.content {
        Content::Scalar(scalar) => Some(given(&scalar.text, node.span)),
        Content::List(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(|item| item.as_str()).collect();
            Some(given(&texts?.join(","), node.span))
        }
        _ => None,
    }
}

/// A value as given; one that the tool makes up when it runs is not known.
pub(super) fn given(text: &str, span: Span) -> Value {
    if text.contains("$[") {
        return Value::unknown(Unknown::new(Reason::External, text).at(span));
    }
    Value { span: Some(span), ..Value::string(text) }
}
