//! What a block says: its arguments and nested blocks, written or dynamic, evaluated.

use std::sync::Arc;

use super::scope::BlockScope;
use crate::{
    model::{Problem, ProblemKind},
    source::Span,
    terraform::{
        cty::{Kind, Marks, Type, Val, convert},
        eval::{Element, choice, elements},
        schema,
        syntax::{Attribute, Block, Body, json},
    },
    value::{Formula, Reason, Unknown},
};

/// How deep blocks nest.
const MAX_DEPTH: usize = 50;

/// How many blocks a dynamic block may make.
const MAX_DYNAMIC: usize = 10_000;

/// The evaluated content of a block.
#[derive(Debug)]
pub(super) struct Content {
    /// Arguments that are written, with the place of their names.
    pub arguments: Vec<(Arc<str>, Span, Val)>,
    /// Nested blocks by type, in the order in which the types first occur.
    pub groups: Vec<Group>,
    /// The header of the block.
    pub header: Span,
}

/// The nested blocks of one type.
#[derive(Debug)]
pub(super) struct Group {
    pub kind: Arc<str>,
    pub key_span: Span,
    /// The blocks, with the condition under which each exists.
    pub items: Vec<(Formula, Content)>,
    /// Why there may be more.
    pub open: Option<Arc<Unknown>>,
    /// Why there is no saying how many there are: an item stands for any number like it.
    pub repeated: Option<Arc<Unknown>>,
    /// There is at most one, which is a map of its own and no list.
    pub single: bool,
}

/// Arguments and blocks of a resource that are Terraform's own.
const META: [&str; 9] =
    ["count", "for_each", "depends_on", "provider", "lifecycle", "connection", "provisioner", "dynamic", "providers"];

impl Content {
    pub(super) fn argument(&self, name: &str) -> Option<&Val> {
        self.arguments.iter().find(|(other, ..)| &**other == name).map(|(.., value)| value)
    }

    fn group(&mut self, kind: &Arc<str>, key_span: Span, nested: Option<&schema::Nested>) -> Option<&mut Group> {
        let at = self.groups.iter().position(|group| group.kind == *kind).unwrap_or(self.groups.len());
        if at == self.groups.len() {
            let single = nested.is_some_and(|nested| nested.nesting == schema::Nesting::Single);
            self.groups.push(Group {
                kind: Arc::clone(kind),
                key_span,
                items: Vec::new(),
                open: None,
                repeated: None,
                single,
            });
        }
        self.groups.get_mut(at)
    }
}

/// Evaluates the content of a resource block.
pub(super) fn resource(scope: &BlockScope<'_, '_>, block: &Block, schema: Option<&schema::Block>) -> Content {
    body(scope, &block.body, schema, block.header, 0)
}

fn body(
    scope: &BlockScope<'_, '_>,
    body: &Body,
    schema: Option<&schema::Block>,
    header: Span,
    depth: usize,
) -> Content {
    let mut content = Content { arguments: Vec::new(), groups: Vec::new(), header };
    if depth > MAX_DEPTH {
        scope.session.error(header, format!("blocks nested deeper than {MAX_DEPTH} levels"));
        return content;
    }
    let meta = |name: &str| depth == 0 && META.contains(&name);
    for attribute in body.attributes.iter().filter(|attribute| !meta(&attribute.name.text)) {
        let nested = schema.and_then(|schema| schema.blocks.get(&attribute.name.text));
        match nested.filter(|_| body.json).and_then(|_| json::bodies(&attribute.value)) {
            Some(bodies) => {
                for inner in &bodies {
                    let item = self::body(scope, inner, nested.map(|nested| &nested.block), inner.span, depth + 1);
                    if let Some(group) = content.group(&attribute.name.text, attribute.name.span, nested) {
                        group.items.push((Formula::TRUE, item));
                    }
                }
            }
            None => {
                let value = argument(scope, attribute, schema);
                content.arguments.push((Arc::clone(&attribute.name.text), attribute.name.span, value));
            }
        }
    }
    for block in &body.blocks {
        match (&*block.kind.text, block.labels.first()) {
            ("dynamic", Some(label)) => dynamic(scope, &mut content, block, &label.text, schema, depth),
            (kind, _) if meta(kind) => {}
            _ => {
                let nested = schema.and_then(|schema| schema.blocks.get(&block.kind.text));
                let item = self::body(scope, &block.body, nested.map(|nested| &nested.block), block.header, depth + 1);
                if let Some(group) = content.group(&block.kind.text, block.header, nested) {
                    group.items.push((Formula::TRUE, item));
                }
            }
        }
    }
    content
}

fn argument(scope: &BlockScope<'_, '_>, attribute: &Attribute, schema: Option<&schema::Block>) -> Val {
    let value = scope.value(&attribute.value);
    let span = attribute.value.span;
    if value.deep_marks().contains(Marks::EPHEMERAL) && !attribute.name.text.ends_with("_wo") {
        scope.session.error(span, format!("`{}` would store an ephemeral value", attribute.name.text));
    }
    let Some(schema) = schema.and_then(|schema| schema.attributes.get(&attribute.name.text)) else {
        return value;
    };
    match convert(&value, &schema.ty) {
        Ok(converted) => {
            let computed = |values: &[Val]| convert(values.first()?, &schema.ty).ok();
            choice::distribute(converted, &[&value], &computed).from_where(&value)
        }
        Err(error) => {
            scope.session.error(span, format!("`{}` has the wrong type: {}", attribute.name.text, error.0));
            super::session::unknown(Unknown::new(Reason::Error, error.0).at(span)).at(Some(span))
        }
    }
}

/// `dynamic "kind"`: a block for each element.
fn dynamic(
    scope: &BlockScope<'_, '_>,
    content: &mut Content,
    block: &Block,
    kind: &Arc<str>,
    schema: Option<&schema::Block>,
    depth: usize,
) {
    let Some(inner) = block.body.blocks_of("content").next() else {
        return scope.session.error(block.header, "the dynamic block has no content");
    };
    let Some(each) = block.body.attribute("for_each") else {
        return scope.session.error(block.header, "the dynamic block has no for_each");
    };
    let iterator = block.body.attribute("iterator").and_then(|iterator| iterator.value.as_path());
    let iterator: Arc<str> =
        iterator.and_then(|path| path.first().map(|name| Arc::from(*name))).unwrap_or_else(|| Arc::clone(kind));
    let nested = schema.and_then(|schema| schema.blocks.get(kind));
    let collection = scope.value(&each.value);
    let Some(group) = content.group(kind, block.header, nested) else { return };
    let single = [(Formula::TRUE, collection.clone())];
    let mut earlier: Vec<Formula> = Vec::new();
    for (guard, arm) in choice::arms(&collection).map_or(&single[..], |arms| arms) {
        let exists = Formula::all(earlier.iter().cloned().chain([guard.clone()]));
        earlier.push(guard.negate());
        if arm.is_null() {
            scope.session.error(each.value.span, "for_each of a dynamic block is null");
            continue;
        }
        let (exists, items) = match (elements(arm), &arm.kind) {
            (Some(items), _) => (exists, items),
            (None, Kind::Unknown(_)) => {
                let why = why(arm, each.value.span);
                let any = scope.session.conditions.presence(each.value.span, arm);
                let one = any_element(arm, &why);
                // Of a block that occurs at most once, whether it is there is the very question: it stays open.
                group.open =
                    nested.is_some_and(|nested| nested.max == Some(1)).then(|| Arc::clone(&why)).or(group.open.take());
                group.repeated = Some(why);
                (Formula::all([exists, any]), vec![one])
            }
            _ => {
                scope
                    .session
                    .error(each.value.span, format!("for_each of a dynamic block is a {}", arm.ty().friendly()));
                continue;
            }
        };
        if items.len() > MAX_DYNAMIC {
            let message = format!("more than {MAX_DYNAMIC} blocks of one dynamic block");
            scope.session.tell(Problem::at(ProblemKind::Error, "terraform-budget", message.as_str(), each.value.span));
            group.open = Some(Arc::new(Unknown::new(Reason::Budget, message).at(each.value.span)));
        }
        for (at, element) in items.into_iter().take(MAX_DYNAMIC).enumerate() {
            let value = Val::object([("key".into(), element.key), ("value".into(), element.value)].into());
            let mut iterators = scope.iterators.clone();
            iterators.push((Arc::clone(&iterator), value));
            let inside = BlockScope { iterators, own: scope.own.clone(), ..*scope };
            let made = scope.session.conditions.for_element(&iterator, at, || {
                body(&inside, &inner.body, nested.map(|nested| &nested.block), block.header, depth + 1)
            });
            group.items.push((exists.clone(), made));
        }
    }
}

/// The element that stands for all of an unknown collection: every block that comes of it is like the one of this.
fn any_element(collection: &Val, why: &Arc<Unknown>) -> Element {
    let ty = collection.ty();
    // Not the identity of the collection: two elements are not equal for coming from the same one.
    let why = &Arc::new(Unknown { key: None, ..(**why).clone() });
    let value = Val::unknown(ty.element().cloned().unwrap_or(Type::Dynamic)).because(why);
    let key = match ty {
        Type::List(_) | Type::Tuple(_) => Val::unknown_not_null(Type::Number).because(why),
        Type::Map(_) | Type::Object(_) => Val::unknown_not_null(Type::String).because(why),
        _ => value.clone(),
    };
    Element { key, value }
}

/// Why a value is unknown.
pub(super) fn why(value: &Val, span: Span) -> Arc<Unknown> {
    let known = value.hint().and_then(|hint| hint.why.clone());
    known.unwrap_or_else(|| Arc::new(Unknown::new(Reason::Unsupported, "expression").at(span)))
}

/// The value of a block as a reference to it sees it: what is written, defaults, and what the provider computes, as
/// `computed` gives it for the path of an attribute.
pub(super) fn object(content: &Content, schema: &schema::Block, computed: &dyn Fn(&str, &Type) -> Val) -> Val {
    let mut entries = crate::terraform::cty::Entries::new();
    for (name, attribute) in &schema.attributes {
        let written = content.argument(name).filter(|value| !value.is_null());
        let value = match (written, content.groups.iter().find(|group| group.kind == *name)) {
            (Some(value), _) => value.clone(),
            (None, Some(group)) => as_attribute(group, &attribute.ty),
            (None, None) => match &attribute.default {
                Some(default) => default.clone(),
                None if attribute.computed => computed(name, &attribute.ty),
                None => Val::null(attribute.ty.clone()),
            },
        };
        entries.insert(Arc::clone(name), value);
    }
    for (name, nested) in &schema.blocks {
        let group = content.groups.iter().find(|group| group.kind == *name);
        entries.insert(Arc::clone(name), blocks(group, name, nested, computed));
    }
    Val::object(entries).at(Some(content.header))
}

/// Blocks written where the schema has an attribute of objects.
fn as_attribute(group: &Group, ty: &Type) -> Val {
    let item = |(_, content): &(Formula, Content)| {
        let arguments = content.arguments.iter().map(|(name, _, value)| (Arc::clone(name), value.clone()));
        let mut entries: crate::terraform::cty::Entries = arguments.collect();
        if let Some(Type::Object(attributes)) = ty.element() {
            for (name, attribute) in &**attributes {
                entries.entry(Arc::clone(name)).or_insert_with(|| Val::null(attribute.ty.clone()));
            }
        }
        Val::object(entries)
    };
    let items = Val::tuple(group.items.iter().map(item).collect());
    convert(&items, ty).unwrap_or_else(|_| Val::unknown(ty.clone()))
}

fn blocks(group: Option<&Group>, name: &str, nested: &schema::Nested, computed: &dyn Fn(&str, &Type) -> Val) -> Val {
    let ty = nested.ty();
    let Some(group) = group.filter(|group| !group.items.is_empty() || group.open.is_some()) else {
        return match nested.nesting {
            _ if nested.computed => computed(name, &ty),
            schema::Nesting::Single => Val::null(ty),
            schema::Nesting::List => Val::list(nested.block.ty(), Vec::new()),
            schema::Nesting::Set => Val::set(nested.block.ty(), Vec::new()),
        };
    };
    if let Some(open) = group.open.as_ref().or(group.repeated.as_ref()) {
        return Val::unknown(ty).because(open);
    }
    let inside = |at: usize| move |path: &str, ty: &Type| computed(&format!("{name}.{at}.{path}"), ty);
    let items: Vec<(Formula, Val)> = group
        .items
        .iter()
        .enumerate()
        .map(|(at, (exists, content))| (exists.clone(), object(content, &nested.block, &inside(at))))
        .collect();
    let together = |items: Vec<Val>| match nested.nesting {
        schema::Nesting::Single => items.into_iter().next().unwrap_or_else(|| Val::null(ty.clone())),
        schema::Nesting::List => Val::list(nested.block.ty(), items),
        schema::Nesting::Set => Val::set(nested.block.ty(), items),
    };
    if items.iter().all(|(exists, _)| *exists == Formula::TRUE) {
        return together(items.into_iter().map(|(_, item)| item).collect());
    }
    // Blocks under one condition: there with it, or not at all. Other mixtures are left unknown.
    let conditional: Vec<&Formula> =
        items.iter().map(|(exists, _)| exists).filter(|exists| **exists != Formula::TRUE).collect();
    match conditional.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => {
            let always =
                items.iter().filter(|(exists, _)| *exists == Formula::TRUE).map(|(_, item)| item.clone()).collect();
            let formula = (*first).clone();
            let all = items.into_iter().map(|(_, item)| item).collect();
            choice::chosen(Val::unknown(ty.clone()), vec![(formula, together(all)), (Formula::TRUE, together(always))])
        }
        _ => Val::unknown(ty),
    }
}

/// Whether a body writes an argument or block of a name, dynamic ones included.
pub(super) fn writes(body: &Body, name: &str) -> bool {
    body.attribute(name).is_some()
        || body.blocks.iter().any(|block| {
            &*block.kind.text == name
                || (&*block.kind.text == "dynamic" && block.labels.first().is_some_and(|label| &*label.text == name))
        })
}
