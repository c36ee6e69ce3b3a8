//! All stacks of a scan with the indexes that relations are joined by. In: stacks. Out: resources by id, by kind,
//! by name, and by who refers to them. Nothing here depends on a world: an index gives candidates, and the caller
//! asks its world whether they exist ([`crate::model::Resource::exists`]) and what their properties are.

use std::{
    any::{Any, TypeId},
    sync::{Arc, Mutex, PoisonError},
};

use rustc_hash::FxHashMap;

use crate::{
    aws::{
        identity::Identity,
        imports,
        scope::{self, Scope},
    },
    model::{Mode, Resource, Stack},
    value::{
        Field, Kind, Pattern, Piece, Reference, ResourceId, Symbol, Truth, Unknown, Value, Variables, World,
        read::Known,
    },
};

/// Index of a stack and of a resource in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    stack: u32,
    resource: u32,
}

#[derive(Clone, Debug)]
struct UseSlot {
    by: Slot,
    property: Arc<str>,
    attribute: Arc<str>,
}

/// A place where a resource refers to another.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    /// The resource that refers.
    pub by: &'a Resource,
    /// Its top-level property that holds the reference: `VpcConfig`.
    pub property: &'a str,
    /// What of the target it takes: `Arn`.
    pub attribute: &'a str,
}

/// What a property that names a resource stands for.
#[derive(Clone, Debug)]
pub enum Target<'a> {
    /// Nothing is written.
    Absent,
    /// A resource of the project, created or only read, and the attribute that was taken of it (`Ref` when named by text).
    Resource(&'a Resource, Arc<str>),
    /// Text that names nothing in the project.
    Outside(Arc<str>),
    /// Text with symbolic pieces that names nothing certain.
    Pattern(&'a Pattern),
    /// Not known.
    Unknown(Arc<Unknown>),
}

impl<'a> Target<'a> {
    /// The resource, when there is one.
    pub fn resource(&self) -> Option<&'a Resource> {
        if let Self::Resource(resource, _) = self { Some(resource) } else { None }
    }
}

/// All stacks of a scan, indexed.
#[derive(Default)]
pub struct Project {
    stacks: Vec<Stack>,
    variables: Variables,
    scopes: Vec<Scope>,
    identities: Vec<Identity>,
    by_id: FxHashMap<ResourceId, Slot>,
    /// By stack and address without keys.
    by_definition: FxHashMap<ResourceId, Vec<Slot>>,
    by_kind: FxHashMap<Arc<str>, Vec<Slot>>,
    stacks_by_id: FxHashMap<Arc<str>, usize>,
    /// Per stack.
    kinds: Vec<FxHashMap<Arc<str>, Vec<Slot>>>,
    by_name: FxHashMap<Arc<str>, Vec<Slot>>,
    mentions: FxHashMap<Arc<str>, Vec<Slot>>,
    uses: FxHashMap<ResourceId, Vec<UseSlot>>,
    derived: Mutex<FxHashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Project {
    /// What some module derives from the whole project: made once and kept, one value per type.
    pub fn derived<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let kept = |value: &Arc<dyn Any + Send + Sync>| Arc::clone(value).downcast::<T>().ok();
        let lock = || self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().get(&TypeId::of::<T>()).and_then(kept) {
            return found;
        }
        // Made outside the lock: two threads may make it, and the first one is kept.
        let made = Arc::new(make());
        let mut derived = lock();
        let stored = derived.entry(TypeId::of::<T>()).or_insert_with(|| made.clone());
        kept(stored).unwrap_or(made)
    }

    /// Links the stacks' imports and builds the indexes.
    pub fn new(mut stacks: Vec<Stack>) -> Self {
        imports::link(&mut stacks);
        let mut project = Self { identities: Identity::all(), ..Self::default() };
        let names: FxHashMap<&str, &str> = project.identities.iter().map(|i| (&*i.kind, &*i.name)).collect();
        for (stack, index) in stacks.iter().zip(0..) {
            project.variables.extend(stack.variables.iter().map(|(key, variable)| (Arc::clone(key), variable.clone())));
            project.stacks_by_id.insert(Arc::clone(&stack.id), index as usize);
            let mut kinds: FxHashMap<Arc<str>, Vec<Slot>> = FxHashMap::default();
            for (resource, at) in stack.resources.iter().zip(0..) {
                let slot = Slot { stack: index, resource: at };
                let definition = ResourceId { stack: Arc::clone(&stack.id), address: Arc::clone(&resource.definition) };
                project.by_id.insert(resource.id.clone(), slot);
                project.by_definition.entry(definition).or_default().push(slot);
                project.by_kind.entry(Arc::clone(&resource.kind)).or_default().push(slot);
                kinds.entry(Arc::clone(&resource.kind)).or_default().push(slot);
                let name = names.get(&*resource.kind).and_then(|name| resource.properties.as_map()?.get(name));
                for text in name.map(texts).unwrap_or_default() {
                    project.by_name.entry(text).or_default().push(slot);
                }
                if resource.kind.starts_with("AWS::IAM::") {
                    index_mentions(&mut project.mentions, resource, slot);
                }
                index_uses(&mut project.uses, resource, slot);
            }
            project.kinds.push(kinds);
        }
        project.scopes = scope::scopes(&stacks);
        project.stacks = stacks;
        project
    }

    /// The undecided inputs that tell worlds apart for a resource: those of its stack and of the stacks that it exchanges
    /// values with. What depends on another stack's inputs is unknown to it: the two are deployed independently, and
    /// to combine their inputs would multiply worlds without end.
    pub fn scope(&self, resource: &Resource) -> &Variables {
        self.scope_of(resource).map_or(&self.variables, |scope| &scope.variables)
    }

    fn scope_of(&self, resource: &Resource) -> Option<&Scope> {
        self.by_id.get(&resource.id).and_then(|slot| self.scopes.get(slot.stack as usize))
    }

    /// The stacks that a resource's stack exchanges values with, its own among them, in the order given.
    pub fn near(&self, resource: &Resource) -> impl Iterator<Item = &Stack> {
        let near = self.scope_of(resource).into_iter().flat_map(|scope| &scope.near);
        near.filter_map(|at| self.stacks.get(*at))
    }

    /// Whether the stack of this id is the resource's own or exchanges values with it.
    pub fn is_near(&self, resource: &Resource, stack: &str) -> bool {
        *resource.id.stack == *stack || self.near(resource).any(|near| *near.id == *stack)
    }

    /// The stacks, in the order given.
    pub fn stacks(&self) -> &[Stack] {
        &self.stacks
    }

    /// The undecided inputs of all stacks: what a world of the project is made with.
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// The resource of this id.
    pub fn resource(&self, id: &ResourceId) -> Option<&Resource> {
        self.by_id.get(id).and_then(|slot| self.at(*slot))
    }

    /// The resources that a reference's target can mean: the resource itself, or all instances of the block.
    pub fn resources_of(&self, id: &ResourceId) -> Vec<&Resource> {
        if let Some(resource) = self.resource(id) {
            return vec![resource];
        }
        self.by_definition.get(id).into_iter().flatten().filter_map(|slot| self.at(*slot)).collect()
    }

    /// The stack of a resource.
    pub fn stack_of(&self, resource: &Resource) -> Option<&Stack> {
        let slot = self.by_id.get(&resource.id)?;
        self.stacks.get(slot.stack as usize)
    }

    /// Every resource, stack by stack.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.stacks.iter().flat_map(|stack| &stack.resources)
    }

    /// The created resources of a CloudFormation type.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.any_of_kind(kind).filter(|resource| resource.mode == Mode::Managed)
    }

    /// The created resources of a CloudFormation type in the stack of another resource.
    pub fn beside(&self, resource: &Resource, kind: &str) -> impl Iterator<Item = &Resource> {
        let stack = self.by_id.get(&resource.id).map(|slot| slot.stack as usize);
        let stack = stack.or_else(|| self.stacks_by_id.get(&resource.id.stack).copied());
        stack.into_iter().flat_map(move |stack| self.in_stack(stack, kind))
    }

    /// The created resources of a CloudFormation type in the stacks [near](Self::near) another resource.
    pub fn around(&self, resource: &Resource, kind: &str) -> impl Iterator<Item = &Resource> {
        let near = self.scope_of(resource).into_iter().flat_map(|scope| &scope.near);
        near.flat_map(move |stack| self.in_stack(*stack, kind))
    }

    fn in_stack(&self, stack: usize, kind: &str) -> impl Iterator<Item = &Resource> {
        let slots = self.kinds.get(stack).and_then(|kinds| kinds.get(kind)).into_iter().flatten();
        slots.filter_map(|slot| self.at(*slot)).filter(|resource| resource.mode == Mode::Managed)
    }

    /// The created and the only read resources of a CloudFormation type.
    pub fn any_of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.by_kind.get(kind).into_iter().flatten().filter_map(|slot| self.at(*slot))
    }

    /// The created resources of a type that exist, or may exist, in a world.
    pub fn existing(&self, kind: &str, world: &World<'_>) -> Vec<(&Resource, Truth)> {
        let truth = |resource: &'_ Resource| world.truth(&resource.exists);
        self.of_kind(kind)
            .map(|resource| (resource, truth(resource)))
            .filter(|(_, truth)| truth.is_possible())
            .collect()
    }

    /// Where other resources refer to this one.
    pub fn uses(&self, id: &ResourceId) -> impl Iterator<Item = Use<'_>> {
        self.uses.get(id).into_iter().flatten().filter_map(|found| {
            Some(Use { by: self.at(found.by)?, property: &found.property, attribute: &found.attribute })
        })
    }

    /// IAM resources of which a top-level property is, or in some world may be, this text or a list with it:
    /// candidates for what is attached to a principal by its name.
    pub fn mentions(&self, text: &str) -> impl Iterator<Item = &Resource> {
        self.mentions.get(text).into_iter().flatten().filter_map(|slot| self.at(*slot))
    }

    /// The resources of these types (any type when empty) that are, or in some world are, called `name`.
    pub fn named(&self, kinds: &[&str], name: &str) -> impl Iterator<Item = &Resource> {
        let fits = move |resource: &&Resource| kinds.is_empty() || kinds.contains(&&*resource.kind);
        self.by_name.get(name).into_iter().flatten().filter_map(|slot| self.at(*slot)).filter(fits)
    }

    /// How resources of a type are named.
    pub fn identity(&self, kind: &str) -> Option<&Identity> {
        self.identities.iter().find(|identity| identity.kind == kind)
    }

    /// What a property that names a resource of one of `kinds` stands for: by reference first, then by known name
    /// or ARN, then by an ARN of which the name is a reference.
    pub fn target<'a>(&'a self, field: &Field<'a>, kinds: &[&str]) -> Target<'a> {
        let value = match field.value() {
            Known::Is(value) => value,
            Known::Absent => return Target::Absent,
            Known::Unknown(unknown) => return Target::Unknown(unknown),
        };
        match &value.kind {
            Kind::Reference(reference) => self.referenced(reference, field),
            Kind::Pattern(pattern) => self.symbolic(pattern, kinds, field),
            _ => match value.to_text() {
                Some(text) => match self.find(&text, kinds, field.world()) {
                    Some(resource) => Target::Resource(resource, "Ref".into()),
                    None => Target::Outside(text),
                },
                None => Target::Absent,
            },
        }
    }

    /// The resource that a name or ARN speaks of in a world.
    pub fn find<'a>(&'a self, text: &str, kinds: &[&str], world: &World<'_>) -> Option<&'a Resource> {
        let segments: Vec<&str> = text.splitn(6, ':').collect();
        let [_, _, service, region, account, tail] = segments[..] else { return self.called(text, kinds, world) };
        let identities = self.identities.iter().filter(|identity| identity.service == service);
        let mut fitting = identities.filter(|identity| kinds.is_empty() || kinds.contains(&&*identity.kind));
        fitting.find_map(|identity| {
            let name = identity.name_in(tail)?;
            self.called(name, &[&identity.kind], world).filter(|resource| {
                agrees(resource.region.as_ref(), region, world) && agrees(resource.account.as_ref(), account, world)
            })
        })
    }

    fn called<'a>(&'a self, name: &str, kinds: &[&str], world: &World<'_>) -> Option<&'a Resource> {
        self.named(kinds, name).find(|resource| {
            let property = self.identity(&resource.kind).and_then(|i| resource.properties.as_map()?.get(&i.name));
            let text = property.and_then(|value| world.settle(value).ok()).and_then(Value::to_text);
            text.as_deref() == Some(name) && world.truth(&resource.exists).is_possible()
        })
    }

    fn referenced<'a>(&'a self, reference: &Reference, field: &Field<'a>) -> Target<'a> {
        match self.resources_of(&reference.target).first() {
            Some(resource) => Target::Resource(resource, Arc::clone(&reference.attribute)),
            None => Target::Unknown(Arc::new(Unknown {
                span: field.place().span,
                ..Unknown::new(
                    crate::value::Reason::AfterApply,
                    format!("{}.{}", reference.target.address, reference.attribute),
                )
            })),
        }
    }

    fn symbolic<'a>(&'a self, pattern: &'a Pattern, kinds: &[&str], field: &Field<'a>) -> Target<'a> {
        let fits = |resource: &Resource| kinds.is_empty() || kinds.contains(&&*resource.kind);
        match pattern.pieces.last() {
            Some(Piece::Symbol(Symbol::Reference(reference))) => match self.referenced(reference, field) {
                Target::Resource(resource, attribute) if fits(resource) => Target::Resource(resource, attribute),
                _ => Target::Pattern(pattern),
            },
            Some(Piece::Literal(tail)) if let Some((_, tail)) = tail.rsplit_once(':') => {
                let identities = self.identities.iter().filter(|identity| kinds.contains(&&*identity.kind));
                let mut names = identities.filter_map(|identity| Some((identity, identity.name_in(tail)?)));
                let found = names.find_map(|(identity, name)| self.called(name, &[&identity.kind], field.world()));
                found.map_or(Target::Pattern(pattern), |resource| Target::Resource(resource, "Arn".into()))
            }
            _ => Target::Pattern(pattern),
        }
    }

    fn at(&self, slot: Slot) -> Option<&Resource> {
        self.stacks.get(slot.stack as usize)?.resources.get(slot.resource as usize)
    }
}

/// Whether a known region or account does not contradict the one in an ARN.
fn agrees(value: Option<&Value>, text: &str, world: &World<'_>) -> bool {
    let known = value.and_then(|value| world.settle(value).ok()).and_then(Value::to_text);
    text.is_empty() || known.is_none_or(|known| &*known == text)
}

/// Every text that a value may be.
fn texts(value: &Value) -> Vec<Arc<str>> {
    match &value.kind {
        Kind::Choice(choice) => choice.arms.iter().flat_map(|(_, arm)| texts(arm)).collect(),
        _ => value.to_text().into_iter().collect(),
    }
}

fn index_mentions(mentions: &mut FxHashMap<Arc<str>, Vec<Slot>>, resource: &Resource, slot: Slot) {
    for entry in resource.properties.as_map().into_iter().flat_map(|map| &map.entries) {
        for text in listed(&entry.value) {
            let found = mentions.entry(text).or_default();
            if found.last() != Some(&slot) {
                found.push(slot);
            }
        }
    }
}

/// Every text that a value, or an element of a list, may be.
fn listed(value: &Value) -> Vec<Arc<str>> {
    match &value.kind {
        Kind::List(list) => list.items.iter().flat_map(listed).collect(),
        Kind::Choice(choice) => choice.arms.iter().flat_map(|(_, arm)| listed(arm)).collect(),
        _ => texts(value),
    }
}

fn index_uses(uses: &mut FxHashMap<ResourceId, Vec<UseSlot>>, resource: &Resource, by: Slot) {
    for entry in resource.properties.as_map().into_iter().flat_map(|map| &map.entries) {
        each_reference(&entry.value, &mut |reference| {
            let found = uses.entry(reference.target.clone()).or_default();
            let same =
                |last: &UseSlot| last.by == by && last.property == entry.key && last.attribute == reference.attribute;
            if !found.last().is_some_and(same) {
                found.push(UseSlot {
                    by,
                    property: Arc::clone(&entry.key),
                    attribute: Arc::clone(&reference.attribute),
                });
            }
        });
    }
}

/// Whether a value refers to a resource, in some arm of a choice or piece of a pattern.
pub fn refers(value: &Value) -> bool {
    let mut found = false;
    each_reference(value, &mut |_| found = true);
    found
}

/// Visits every reference in a value: in all arms of choices and in the pieces of patterns.
pub fn each_reference(value: &Value, visit: &mut impl FnMut(&Reference)) {
    match &value.kind {
        Kind::Reference(reference) => visit(reference),
        Kind::Pattern(pattern) => {
            for piece in &pattern.pieces {
                if let Piece::Symbol(Symbol::Reference(reference)) = piece {
                    visit(reference);
                }
            }
        }
        Kind::List(list) => list.items.iter().for_each(|item| each_reference(item, visit)),
        Kind::Map(map) => map.entries.iter().for_each(|entry| each_reference(&entry.value, visit)),
        Kind::Choice(choice) => choice.arms.iter().for_each(|(_, arm)| each_reference(arm, visit)),
        Kind::Absent | Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Unknown(_) => {}
    }
}
