//! The document that policies see: `{"Resources": {id: {"Type": …, "Properties": {…}, "Metadata": {…}}}}` of a stack,
//! read in a world. In: a stack of the model and, for a template, its other sections as written. Out: [`Node`]s, made as
//! they are asked for, so that only choices that a policy looks at are decided.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    guard::{
        implied,
        node::{Fields, Items, Node, Shape, Spot, shape},
        sections::Sections,
    },
    model::{Mode, Resource, Stack, StackKind},
    source::Span,
    value::{Kind, Reason, Reference, Truth, Unknown, Value, World},
};

/// A stack in a world.
pub struct Document<'w, 'a> {
    stack: &'a Stack,
    sections: &'a Sections,
    world: &'w World<'a>,
    /// The resource whose choices are decided; those of others that are open are unknown.
    focus: Option<usize>,
    /// Resources with a choice that was looked at and not decided.
    met: RefCell<BTreeSet<usize>>,
    by_address: FxHashMap<&'a str, usize>,
}

/// A part of a map or list.
pub struct Part<'a> {
    /// Its key; empty in a list.
    pub key: Arc<str>,
    /// Its value.
    pub node: Node<'a>,
    /// Why it may not be there.
    pub maybe: Option<Arc<Unknown>>,
}

impl<'w, 'a> Document<'w, 'a> {
    /// A stack in a world that decides the choices of one of its resources.
    pub fn new(stack: &'a Stack, sections: &'a Sections, world: &'w World<'a>, focus: Option<usize>) -> Self {
        let managed = stack.resources.iter().enumerate().filter(|(_, resource)| resource.mode == Mode::Managed);
        let by_address = managed.map(|(at, resource)| (&*resource.id.address, at)).collect();
        Self { stack, sections, world, focus, met: RefCell::default(), by_address }
    }

    /// The document.
    pub fn root(&self) -> Node<'a> {
        Node::new(Shape::Map(Fields::Stack))
    }

    /// The resource of an index.
    pub fn resource(&self, at: usize) -> Option<&'a Resource> {
        self.stack.resources.get(at)
    }

    /// Takes the resources with a choice that was looked at and not decided.
    pub fn take_met(&self) -> BTreeSet<usize> {
        self.met.take()
    }

    /// Whether a resource exists.
    pub fn exists(&self, at: usize) -> Truth {
        let Some(resource) = self.resource(at) else { return Truth::False };
        if self.focus == Some(at) {
            return self.world.truth(&resource.exists);
        }
        let truth = self.world.glance_truth(&resource.exists);
        if truth == Truth::Unknown {
            self.met.borrow_mut().insert(at);
        }
        truth
    }

    /// A value of the model at a place; none when it is absent. Maps and lists are pointed at by what names them.
    fn node(&self, value: &'a Value, key_span: Option<Span>, at: Spot) -> Option<Node<'a>> {
        let decides = at.owner.is_none() || at.owner == self.focus;
        let settled = if decides { self.world.settle(value) } else { self.world.glance(value) };
        let place = |near: &Value, shape: &Shape<'_>| {
            let own = near.span.or(value.span);
            let span = match shape {
                Shape::List(_) | Shape::Map(_) => key_span.or(own),
                _ => own.or(key_span),
            };
            let trace = near.trace.clone().or_else(|| value.trace.clone());
            Rc::new(Spot { span: span.or(at.span), trace, ..at.clone() })
        };
        match settled {
            Ok(Value { kind: Kind::Absent, .. }) => None,
            Ok(settled) => {
                let shape = match shape(settled) {
                    Shape::Unknown(unknown) => Shape::Unknown(self.known_to_exist(unknown)),
                    shape => shape,
                };
                Some(Node { place: place(settled, &shape), shape })
            }
            Err(unknown) => {
                self.met.borrow_mut().extend(at.owner);
                let shape = Shape::Unknown(unknown);
                Some(Node { place: place(value, &shape), shape })
            }
        }
    }

    /// Marks what is certainly there, whatever it is: a template cannot pass nothing as a parameter or import, and leaves a
    /// property out by `AWS::NoValue` alone.
    fn known_to_exist(&self, unknown: Arc<Unknown>) -> Arc<Unknown> {
        let certain = match unknown.reason {
            Reason::External | Reason::DynamicReference => true,
            Reason::Input | Reason::Error | Reason::AfterApply => self.is_template(),
            _ => false,
        };
        if certain && !unknown.present { Arc::new(Unknown { present: true, ..(*unknown).clone() }) } else { unknown }
    }

    fn is_template(&self) -> bool {
        !matches!(self.stack.kind, StackKind::Terraform | StackKind::TerraformPlan | StackKind::TerraformState)
    }

    /// The value of a key of a map; none when there is none.
    pub fn get(&self, map: &Node<'a>, fields: &Fields<'a>, key: &str) -> Option<Node<'a>> {
        match fields {
            Fields::Stack if key == "Resources" => Some(map.with(Shape::Map(Fields::Resources))),
            Fields::Stack => self.entry(map, &self.sections.other, key),
            Fields::Resources => self.resource_node(*self.by_address.get(key)?).map(|part| part.node),
            Fields::Resource(at) => self.of_resource(map, *at, key),
            Fields::Model(found) => self.entry(map, found, key).or_else(|| {
                let mut implied = self.implied(map, found).into_iter();
                implied.find(|part| &*part.key == key).map(|part| part.node)
            }),
            Fields::Reference(reference) => {
                let (name, value) = call(map, reference);
                // The test command of the original engine keeps the short forms of functions.
                let short = key.strip_prefix('!').is_some_and(|key| name.strip_prefix("Fn::").unwrap_or(name) == key);
                (short || key == name).then_some(value)
            }
            Fields::Literal(entries) => {
                entries.iter().find(|(own, _)| &**own == key).map(|(_, literal)| Node::literal(literal))
            }
            Fields::Made(entries) => entries.iter().find(|(own, _)| &**own == key).map(|(_, node)| node.clone()),
        }
    }

    fn entry(&self, map: &Node<'a>, entries: &'a crate::value::Map, key: &str) -> Option<Node<'a>> {
        match entries.entry(key) {
            Some(entry) => {
                let span = entry.key_span.or(entry.value.span);
                self.node(&entry.value, entry.key_span, map.below(key, span))
            }
            None => entries.open.clone().map(|unknown| unknown_at(unknown, map.below(key, None))),
        }
    }

    /// What a provider of Terraform sends besides what is written.
    fn implied(&self, map: &Node<'a>, written: &crate::value::Map) -> Vec<Part<'a>> {
        let Some(resource) = map.place.owner.filter(|_| !self.is_template()).and_then(|at| self.resource(at)) else {
            return Vec::new();
        };
        let part = |(name, shape): (&'static str, Shape<'static>)| {
            let node = Node { shape, place: Rc::new(map.below(name, None)) };
            Part { key: name.into(), node, maybe: None }
        };
        implied::beside(&resource.kind, &map.place.path, written).into_iter().map(part).collect()
    }

    fn resource_node(&self, at: usize) -> Option<Part<'a>> {
        let resource = self.resource(at)?;
        let exists = self.exists(at);
        let maybe = (exists == Truth::Unknown)
            .then(|| Arc::new(Unknown::new(Reason::Input, format!("the condition of {}", resource.id.address))));
        let place = Spot { owner: Some(at), span: Some(resource.header), ..Spot::default() };
        let node = Node { shape: Shape::Map(Fields::Resource(at)), place: Rc::new(place) };
        exists.is_possible().then(|| Part { key: Arc::clone(&resource.id.address), node, maybe })
    }

    fn of_resource(&self, map: &Node<'a>, at: usize, key: &str) -> Option<Node<'a>> {
        let resource = self.resource(at)?;
        let value = match key {
            "Type" => return Some(map.with(Shape::Text(Arc::clone(&resource.kind)))),
            // What stands below is told by its path in the properties.
            "Properties" => {
                let is_empty = |map: &crate::value::Map| map.entries.is_empty() && map.open.is_none();
                let written = !resource.properties.as_map().is_some_and(is_empty);
                let node = self.node(&resource.properties, None, Spot::clone(&map.place));
                return node.filter(|_| written).map(|node| map.with(node.shape));
            }
            "Metadata" => resource.metadata.as_ref(),
            "DeletionPolicy" => resource.lifecycle.deletion_policy.as_ref(),
            "UpdateReplacePolicy" => resource.lifecycle.update_replace_policy.as_ref(),
            _ => {
                let entries = self.sections.resources.get(&resource.id.address)?;
                return self.entry(map, entries, key);
            }
        };
        value.and_then(|value| self.node(value, None, map.below(key, value.span)))
    }

    /// The entries of a map, in written order.
    pub fn entries(&self, map: &Node<'a>, fields: &Fields<'a>) -> Vec<Part<'a>> {
        let found = |key: &Arc<str>| {
            let node = self.get(map, fields, key)?;
            Some(Part { key: Arc::clone(key), node, maybe: None })
        };
        match fields {
            Fields::Stack => {
                let own = std::iter::once(Arc::from("Resources"));
                own.chain(self.sections.other.entries.iter().map(|entry| Arc::clone(&entry.key)))
                    .filter_map(|key| found(&key))
                    .collect()
            }
            Fields::Resources => {
                let managed = self.stack.resources.iter().enumerate();
                managed
                    .filter(|(_, resource)| resource.mode == Mode::Managed)
                    .filter_map(|(at, _)| self.resource_node(at))
                    .collect()
            }
            Fields::Resource(at) => {
                let own = ["Type", "Properties", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"].map(Arc::from);
                let other = self.resource(*at).and_then(|resource| self.sections.resources.get(&resource.id.address));
                let other = other.into_iter().flat_map(|map| &map.entries).map(|entry| Arc::clone(&entry.key));
                own.into_iter().chain(other).filter_map(|key| found(&key)).collect()
            }
            Fields::Model(entries) => {
                let open = entries.open.clone().map(|unknown| Part {
                    key: "*".into(),
                    node: unknown_at(Arc::clone(&unknown), map.below("*", None)),
                    maybe: Some(unknown),
                });
                let implied = self.implied(map, entries);
                entries.entries.iter().filter_map(|entry| found(&entry.key)).chain(implied).chain(open).collect()
            }
            Fields::Reference(reference) => {
                let (name, node) = call(map, reference);
                vec![Part { key: name.into(), node, maybe: None }]
            }
            Fields::Literal(entries) => entries.iter().filter_map(|(key, _)| found(key)).collect(),
            Fields::Made(entries) => entries.iter().filter_map(|(key, _)| found(key)).collect(),
        }
    }

    /// The elements of a list.
    pub fn items(&self, list: &Node<'a>, items: &Items<'a>) -> Vec<Part<'a>> {
        let part = |node| Part { key: "".into(), node, maybe: None };
        match items {
            Items::Model(found) => {
                let item = |(at, item): (usize, &'a Value)| {
                    self.node(item, None, list.below(&format!("[{at}]"), item.span)).map(part)
                };
                let open = found.open.clone().map(|unknown| Part {
                    maybe: Some(Arc::clone(&unknown)),
                    ..part(unknown_at(unknown, list.below("[*]", None)))
                });
                found.items.iter().enumerate().filter_map(item).chain(open).collect()
            }
            Items::Literal(items) => items.iter().map(|item| part(Node::literal(item))).collect(),
            Items::Made(items) => items.iter().map(|item| part(item.clone())).collect(),
        }
    }

    /// What a key of something unknown is: unknown, but a parameter that a template refers to is a reference to it.
    pub fn of_unknown(&self, node: &Node<'a>, unknown: &Arc<Unknown>, key: &str) -> Node<'a> {
        if self.is_template() && unknown.reason == Reason::Input && matches!(key, "Ref" | "!Ref") {
            return node.with(Shape::Text(Arc::clone(&unknown.subject)));
        }
        unknown_at(Arc::clone(unknown), node.below(key, None))
    }
}

/// An unknown value at a place. Even where something is certainly there, nothing is known of its parts.
fn unknown_at<'a>(unknown: Arc<Unknown>, place: Spot) -> Node<'a> {
    let unknown = if unknown.present { Arc::new(Unknown { present: false, ..(*unknown).clone() }) } else { unknown };
    Node { shape: Shape::Unknown(unknown), place: Rc::new(place) }
}

/// A reference as the function call that it is in a template.
fn call<'a>(node: &Node<'a>, reference: &'a Reference) -> (&'static str, Node<'a>) {
    let text = |text: &Arc<str>| node.with(Shape::Text(Arc::clone(text)));
    let address = text(&reference.target.address);
    if &*reference.attribute == "Ref" {
        return ("Ref", address);
    }
    let parts = vec![address, text(&reference.attribute)];
    ("Fn::GetAtt", node.with(Shape::List(Items::Made(Rc::new(parts)))))
}
