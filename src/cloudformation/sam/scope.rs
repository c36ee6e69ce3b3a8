//! What the expansion of one template shares. In: the template. Out: the resources and conditions as they change, and
//! the finished template.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Expanded, Origin, PREFIX, globals::Globals, kind_of, make::Maker, make::is_truthy, make::same, properties_of,
    references,
};
use crate::{
    cloudformation::tree::{Content, Mapping, Node, NodeRef, Pair},
    model::{Problem, ProblemKind},
    source::Span,
    value::{Reason, Unknown},
};

/// Resource attributes that the generated resource of the same kind keeps.
const OWN_ATTRIBUTES: [&str; 6] =
    ["DependsOn", "DeletionPolicy", "UpdatePolicy", "Condition", "UpdateReplacePolicy", "Metadata"];
/// Resource attributes that every generated resource gets.
const PASSED_ATTRIBUTES: [&str; 3] = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"];
/// How deep SAM's own decisions look into a value: `EventInvokeConfig.DestinationConfig.OnFailure.Destination` has a call in it.
const MAX_RESOLVED_DEPTH: usize = 6;

/// The template while it is expanded.
pub struct Scope<'p> {
    /// The resources: those of the template, then those that are generated.
    pub resources: Vec<Pair>,
    /// Conditions that are generated.
    pub conditions: Vec<Pair>,
    /// `Function.Alias` and the like: the logical id that such a name stands for.
    pub derived: BTreeMap<String, Arc<str>>,
    /// Logical ids of implicit APIs that functions use, with the place of one use.
    pub implicit: BTreeMap<&'static str, Maker>,
    /// Gradual deployments: those that need the service role of CodeDeploy.
    pub deployments: Vec<Deployment>,
    /// Resources that nothing takes the place of.
    pub dropped: Vec<NodeRef>,
    origins: BTreeMap<Arc<str>, Origin>,
    parameters: BTreeMap<Arc<str>, NodeRef>,
    mappings: Option<NodeRef>,
    written: usize,
    problems: &'p mut Vec<Problem>,
}

/// A function that CodeDeploy deploys gradually.
pub struct Deployment {
    /// The place of the preference.
    pub maker: Maker,
    /// Whether it names a role of its own.
    pub has_role: bool,
    /// The function's condition, when the deployment shares it.
    pub condition: Option<NodeRef>,
}

impl<'p> Scope<'p> {
    /// A scope for a template.
    pub fn new(
        root: &NodeRef,
        resources: &Mapping,
        given: &BTreeMap<String, String>,
        problems: &'p mut Vec<Problem>,
    ) -> Self {
        let declared = root.get("Parameters").and_then(|node| node.as_map()).into_iter().flat_map(|map| &map.entries);
        let parameters = declared.filter_map(|pair| {
            let value = match given.get(&*pair.key) {
                Some(text) => Node::text(text.as_str(), pair.key_span),
                None => Arc::clone(pair.value.get("Default")?),
            };
            Some((Arc::clone(&pair.key), value))
        });
        Self {
            resources: resources.entries.clone(),
            conditions: Vec::new(),
            derived: BTreeMap::new(),
            implicit: BTreeMap::new(),
            deployments: Vec::new(),
            dropped: Vec::new(),
            origins: BTreeMap::new(),
            parameters: parameters.collect(),
            mappings: root.get("Mappings").cloned(),
            written: resources.entries.len(),
            problems,
        }
    }

    /// The resource of a logical id, as it is by now.
    pub fn resource(&self, id: &str) -> Option<&NodeRef> {
        self.resources.iter().rev().find(|pair| &*pair.key == id).map(|pair| &pair.value)
    }

    /// Puts a generated resource in the place of the source when it has the source's id, else at the end.
    pub fn emit(
        &mut self,
        source: &Source,
        id: impl Into<Arc<str>>,
        kind: &str,
        attributes: Vec<Pair>,
        properties: Mapping,
    ) {
        let (id, maker) = (id.into(), source.maker);
        let mut resource = Mapping { entries: vec![maker.pair("Type", maker.text(kind))], ..Mapping::default() };
        resource.entries.extend(attributes);
        let at = source.node.get("Properties").map_or(maker.at, |node| node.span);
        resource.entries.push(maker.pair("Properties", Node::mapping(properties, at)));
        let node = Node::mapping(resource, source.node.span).generated_from(maker.at);
        let origin = Origin { id: Arc::clone(&source.id), source_type: Arc::clone(&source.kind), span: maker.at };
        let own = source.index.filter(|_| *id == *source.id).and_then(|index| self.resources.get_mut(index));
        if let Some(pair) = own {
            pair.value = node;
        } else if self.resources.iter().take(self.written).any(|pair| pair.key == id) {
            let message = format!("`{}` generates a resource `{id}`, but the template has one of that name", source.id);
            return self.error(message, maker.at);
        } else {
            self.resources.retain(|pair| pair.key != id);
            self.resources.push(Pair { key: Arc::clone(&id), key_span: maker.at, value: node });
        }
        self.origins.insert(id, origin);
    }

    /// Says why a deployment of the template would fail.
    pub fn error(&mut self, message: impl Into<String>, span: Span) {
        self.problems.push(Problem::at(ProblemKind::Error, "sam", message, span));
    }

    /// Adds a generated condition, once.
    pub fn add_condition(&mut self, condition: Pair) {
        if !self.conditions.iter().any(|known| known.key == condition.key && same(&known.value, &condition.value)) {
            self.conditions.push(condition);
        }
    }

    /// The same node with references to parameters replaced by their given or default values, as SAM sees it when it
    /// decides. `Fn::FindInMap` with known keys is looked up as well.
    pub fn resolve(&self, node: &NodeRef) -> NodeRef {
        self.resolve_within(node, 0)
    }

    /// SAM decides by values near the top; what lies deeper than [`MAX_RESOLVED_DEPTH`] stays as it is.
    fn resolve_within(&self, node: &NodeRef, depth: usize) -> NodeRef {
        if depth > MAX_RESOLVED_DEPTH {
            return Arc::clone(node);
        }
        match &node.content {
            Content::List(items) => {
                node.with(Content::List(items.iter().map(|item| self.resolve_within(item, depth + 1)).collect()))
            }
            Content::Map(map) => {
                let known = match node.as_call() {
                    Some(call) if &**call.name == "Ref" => {
                        call.argument.as_str().and_then(|name| self.parameters.get(name)).cloned()
                    }
                    Some(call) if &**call.name == "Fn::FindInMap" => self.find_in_map(call.argument, depth),
                    Some(call) if &**call.name == "Fn::Sub" => self.substitute(call.argument),
                    _ => None,
                };
                known.unwrap_or_else(|| {
                    let resolved =
                        |pair: &Pair| Pair { value: self.resolve_within(&pair.value, depth + 1), ..pair.clone() };
                    let entries = map.entries.iter().map(resolved).collect();
                    node.with(Content::Map(Mapping { entries, ..map.clone() }))
                })
            }
            _ => Arc::clone(node),
        }
    }

    fn find_in_map(&self, argument: &NodeRef, depth: usize) -> Option<NodeRef> {
        let keys: Vec<NodeRef> = argument.as_list()?.iter().map(|key| self.resolve_within(key, depth + 1)).collect();
        let keys: Vec<&str> = keys.iter().filter_map(|key| key.as_str()).collect();
        let [map, top, second] = *keys else { return None };
        self.mappings.as_ref()?.get(map)?.get(top)?.get(second).cloned()
    }

    /// `!Sub` of a text that names parameters; other names stay.
    fn substitute(&self, argument: &NodeRef) -> Option<NodeRef> {
        let mut text = argument.as_str()?.to_owned();
        for (name, value) in &self.parameters {
            if let Some(value) = value.as_str() {
                text = text.replace(&format!("${{{name}}}"), value);
            }
        }
        let resolved = Node::text(text, argument.span);
        Some(Node::map([("Fn::Sub", resolved)], argument.span))
    }

    /// The template with the resources and conditions as they are now.
    pub fn finish(self, root: &NodeRef) -> Expanded {
        let mut map = root.as_map().cloned().unwrap_or_default();
        for pair in &mut map.entries {
            let added: &[Pair] = match &*pair.key {
                "Resources" => {
                    let kept = self
                        .resources
                        .iter()
                        .filter(|pair| !self.dropped.iter().any(|dropped| Arc::ptr_eq(dropped, &pair.value)));
                    pair.value = with_entries(&pair.value, kept.cloned().collect());
                    continue;
                }
                "Conditions" => &self.conditions,
                _ => continue,
            };
            let written = pair.value.as_map().map(|map| map.entries.clone()).unwrap_or_default();
            pair.value = with_entries(&pair.value, written.into_iter().chain(added.iter().cloned()).collect());
        }
        if let (None, Some(first)) = (map.get("Conditions"), self.conditions.first()) {
            let conditions = Mapping { entries: self.conditions.clone(), ..Mapping::default() };
            map.insert("Conditions", first.key_span, Node::mapping(conditions, first.key_span));
        }
        map.remove("Globals");
        let root = references::rewrite_all(&root.with(Content::Map(map)), &self.derived);
        Expanded { root, origins: self.origins }
    }
}

fn with_entries(node: &NodeRef, entries: Vec<Pair>) -> NodeRef {
    let map = node.as_map().cloned().unwrap_or_default();
    node.with(Content::Map(Mapping { entries, ..map }))
}

/// A SAM resource with `Globals` merged.
pub struct Source {
    /// Its logical id.
    pub id: Arc<str>,
    /// Its type.
    pub kind: Arc<str>,
    /// The whole resource.
    pub node: NodeRef,
    /// Its properties.
    pub properties: Mapping,
    /// Makes nodes at its logical id.
    pub maker: Maker,
    /// Where it stands among the resources of the template, when it is written there.
    index: Option<usize>,
}

impl Source {
    /// Reads the resource at an index, when it is one of SAM.
    pub fn read(scope: &Scope<'_>, index: usize, globals: &Globals) -> Option<Self> {
        let pair = scope.resources.get(index)?;
        let kind = kind_of(&pair.value).filter(|kind| kind.starts_with(PREFIX))?;
        let maker = Maker { at: pair.key_span };
        let mut properties = properties_of(&pair.value);
        let unread = pair
            .value
            .get("Properties")
            .filter(|node| node.as_map().is_none() && !matches!(node.content, Content::Null));
        if let Some(node) = unread {
            properties.open = Some(node.as_unknown().unwrap_or_else(|| {
                Arc::new(Unknown::new(Reason::Error, format!("properties of `{}`", pair.key)).at(node.span))
            }));
        }
        let ignore = pair.value.get("IgnoreGlobals");
        let properties = globals.merge(kind.strip_prefix(PREFIX).unwrap_or(kind), properties, ignore);
        Some(Self {
            id: Arc::clone(&pair.key),
            kind: kind.into(),
            node: Arc::clone(&pair.value),
            properties,
            maker,
            index: Some(index),
        })
    }

    /// A connector that another resource implies.
    pub fn implied(&self, id: impl Into<Arc<str>>, node: NodeRef) -> Self {
        let kind = kind_of(&node).unwrap_or_default().into();
        Self { id: id.into(), kind, properties: properties_of(&node), node, maker: self.maker, index: None }
    }

    /// Something that SAM adds for the template as a whole.
    pub fn synthetic(id: &str, kind: &str, maker: Maker) -> Self {
        let node = maker.map::<&str>([]);
        Self { id: id.into(), kind: kind.into(), node, properties: Mapping::default(), maker, index: None }
    }

    /// The type after `AWS::Serverless::`.
    pub fn short_kind(&self) -> &str {
        self.kind.strip_prefix(PREFIX).unwrap_or(&self.kind)
    }

    /// A property that is written and not null.
    pub fn get(&self, name: &str) -> Option<&NodeRef> {
        self.properties.get(name).filter(|node| !matches!(node.content, Content::Null))
    }

    /// A property that Python takes for true.
    pub fn truthy(&self, name: &str) -> Option<&NodeRef> {
        self.get(name).filter(|node| is_truthy(node))
    }

    /// The attributes of the resource that takes its place.
    pub fn own_attributes(&self) -> Vec<Pair> {
        self.attributes(&OWN_ATTRIBUTES)
    }

    /// The attributes of further resources.
    pub fn passed_attributes(&self) -> Vec<Pair> {
        self.attributes(&PASSED_ATTRIBUTES)
    }

    fn attributes(&self, names: &[&str]) -> Vec<Pair> {
        let map = self.node.as_map();
        names.iter().filter_map(|name| map?.pair(name).cloned()).collect()
    }

    /// The properties of these names that are written, to be passed on as they are.
    pub fn copy(&self, names: &[&str]) -> Mapping {
        let entries =
            names.iter().filter(|name| self.get(name).is_some()).filter_map(|name| self.properties.pair(name).cloned());
        Mapping { entries: entries.collect(), open: self.properties.open.clone(), short: false }
    }
}
