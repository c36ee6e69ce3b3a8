//! What the model does not keep of a template, as written: `Parameters`, `Mappings`, `Outputs`, and of resources
//! `DependsOn`, `Condition` and the like. Policies may ask for it. In: a stack and the sources. Out: maps of values in
//! which functions stand in their long form. Terraform has none of it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    cloudformation::{
        is_template, syntax,
        tree::{Content, Mapping, Node, Style},
    },
    model::{Stack, StackKind},
    source::Sources,
    value::{Entry, Kind, Map, Reason, Text, Unknown, Value},
};

/// How many values of sections are kept of a template; aliases may name far more.
const MAX_VALUES: usize = 200_000;

/// Sections of a template besides its resources, and what else stands in those.
#[derive(Debug, Default)]
pub struct Sections {
    /// Top-level sections.
    pub other: Map,
    /// By logical id: keys of a resource that the model does not keep.
    pub resources: FxHashMap<Arc<str>, Map>,
}

impl Sections {
    /// Reads the template of a stack again.
    pub fn of(stack: &Stack, sources: &Sources) -> Self {
        if !matches!(stack.kind, StackKind::CloudFormation | StackKind::Cdk) {
            return Self::default();
        }
        let Ok(file) = sources.load(std::path::Path::new(&*stack.path)) else { return Self::default() };
        let parsed = syntax::parse_file(&file);
        let number = stack.id.rsplit_once('#').and_then(|(_, number)| number.parse::<usize>().ok()).unwrap_or(1);
        let root = parsed.documents.iter().filter(|root| is_template(root)).nth(number.saturating_sub(1));
        root.and_then(|root| root.as_map()).map(Self::from_template).unwrap_or_default()
    }

    fn from_template(root: &Mapping) -> Self {
        let mut budget = MAX_VALUES;
        let other = map(root, &["Resources"], &mut budget);
        let known = ["Type", "Properties", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"];
        let mut resources = FxHashMap::default();
        for pair in root.get("Resources").and_then(|section| section.as_map()).into_iter().flat_map(|map| &map.entries)
        {
            if let Some(body) = pair.value.as_map()
                && body.entries.iter().any(|entry| !known.contains(&&*entry.key))
            {
                resources.insert(Arc::clone(&pair.key), map(body, &known, &mut budget));
            }
        }
        Self { other, resources }
    }
}

fn map(mapping: &Mapping, without: &[&str], budget: &mut usize) -> Map {
    let mut map = Map { entries: Vec::new(), open: mapping.open.clone() };
    for pair in mapping.entries.iter().filter(|pair| !without.contains(&&*pair.key)) {
        map.entries.retain(|entry| entry.key != pair.key);
        let value = value(&pair.value, budget);
        map.entries.push(Entry { key: Arc::clone(&pair.key), key_span: Some(pair.key_span), value });
    }
    map
}

fn value(node: &Node, budget: &mut usize) -> Value {
    let Some(left) = budget.checked_sub(1) else {
        let message = format!("more than {MAX_VALUES} values in the sections of a template");
        return Value::unknown(Unknown::new(Reason::Budget, message).at(node.span));
    };
    *budget = left;
    let kind = match &node.content {
        Content::Null => Kind::Null,
        Content::Scalar(scalar) => {
            Kind::String(Text { text: Arc::clone(&scalar.text), plain: scalar.style == Style::Plain })
        }
        Content::List(items) => Kind::List(items.iter().map(|item| value(item, budget)).collect::<Vec<_>>().into()),
        Content::Map(mapping) => Kind::Map(map(mapping, &[], budget)),
        Content::Unknown(unknown) => Kind::Unknown(Arc::clone(unknown)),
    };
    Value::at(kind, node.span)
}
