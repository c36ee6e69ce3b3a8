//! Companion resources: what Terraform writes as a resource of its own and CloudFormation as a part of another
//! (`aws_kms_key_policy`, `aws_iam_role_policy_attachment`). In: lowered resources. Out: the same, the parents
//! completed by what their companions say, at the companions' places. A companion stays in the stack; one that
//! went into a parent keeps its Terraform type, so that no rule judges its content twice.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{
    build::{Placed, add, guarded, insert, is_absent},
    shape,
    table::{self, Fold},
};
use crate::{
    model::{Problem, ProblemKind, Resource},
    source::Sources,
    terraform::address::Address,
    value::{Formula, Kind, Map, Pattern, Piece, ResourceId, Symbol, Value},
};

/// What a companion adds to a parent.
struct Part {
    parent: usize,
    guard: Formula,
    replace: bool,
    bag: Map,
}

/// Completes parents by their companions.
pub fn fold(sources: &Sources, resources: &mut [Resource]) -> Vec<Problem> {
    let parents = Parents::new(resources);
    let mut problems = Vec::new();
    for index in 0..resources.len() {
        let parts =
            resources.get(index).map(|companion| parts(sources, companion, resources, &parents)).unwrap_or_default();
        let folded = !parts.is_empty();
        for part in parts {
            let Some(companion) =
                resources.get(index).map(|companion| (Arc::clone(&companion.id.address), companion.header))
            else {
                continue;
            };
            let Some(parent) = resources.get_mut(part.parent) else { continue };
            for name in complete(parent, part) {
                let (address, span) = &companion;
                let message =
                    format!("`{address}` and `{}` both set `{name}`; the last one applied wins", parent.id.address);
                problems.push(Problem::at(ProblemKind::Warning, "terraform-conflict", message, *span));
            }
        }
        if folded && let Some(companion) = resources.get_mut(index) {
            companion.kind = Arc::clone(&companion.source_type);
        }
    }
    problems
}

/// The resources that companions may name.
struct Parents {
    by_id: FxHashMap<ResourceId, usize>,
    by_definition: FxHashMap<Arc<str>, Vec<usize>>,
    /// Terraform type and literal text of an attribute that identifies it.
    by_text: FxHashMap<(Arc<str>, Arc<str>), Vec<usize>>,
}

impl Parents {
    fn new(resources: &[Resource]) -> Self {
        let mut keys: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        let folds =
            resources.iter().filter_map(|resource| table::of(&resource.source_type)).flat_map(|table| &table.folds);
        for fold in folds {
            keys.entry(&fold.into).or_default().extend(fold.key.iter().map(String::as_str));
        }
        let mut parents =
            Self { by_id: FxHashMap::default(), by_definition: FxHashMap::default(), by_text: FxHashMap::default() };
        for (index, resource) in resources.iter().enumerate() {
            let Some(names) = keys.get_mut(&*resource.source_type) else { continue };
            names.sort_unstable();
            names.dedup();
            parents.by_id.insert(resource.id.clone(), index);
            parents.by_definition.entry(Arc::clone(&resource.definition)).or_default().push(index);
            for text in names.iter().filter_map(|name| resource.attributes.as_map()?.get(name)?.to_text()) {
                let known = parents.by_text.entry((Arc::clone(&resource.source_type), text)).or_default();
                if known.last() != Some(&index) {
                    known.push(index);
                }
            }
        }
        parents
    }

    /// The parents of a type that a value names, with the attribute that it names them by.
    fn find(&self, fold: &Fold, resources: &[Resource], value: &Value) -> (Vec<usize>, Option<String>) {
        let reference = match &value.kind {
            Kind::Reference(reference) => Some(reference),
            Kind::Pattern(pattern) => first_reference(pattern),
            _ => None,
        };
        if let Some(reference) = reference {
            let of_type = |index: &usize| resources.get(*index).is_some_and(|parent| *parent.source_type == *fold.into);
            let exact = self.by_id.get(&reference.target).copied().filter(of_type);
            let found = exact.map_or_else(|| self.instances(&reference.target), |index| vec![index]);
            return (found.into_iter().filter(of_type).collect(), Some(reference.attribute.to_string()));
        }
        let text = match &value.kind {
            Kind::Pattern(pattern) => pattern.pieces.last().and_then(|piece| match piece {
                Piece::Literal(text) if text.contains(['/', ':']) => {
                    Some(format!("arn:::::{}", text.rsplit(':').next().unwrap_or(text)))
                }
                _ => None,
            }),
            _ => value.to_text().map(|text| text.to_string()),
        };
        let Some(text) = text else { return (Vec::new(), None) };
        let (name, attribute) = arn_name(&text);
        let found = self.by_text.get(&(Arc::from(&*fold.into), Arc::from(name))).cloned().unwrap_or_default();
        (found, attribute.map(str::to_owned))
    }

    /// `aws_x.y[*]`, or a reference without key to a resource that has instances.
    fn instances(&self, target: &ResourceId) -> Vec<usize> {
        let definition = target.address.strip_suffix("[*]").unwrap_or(&target.address);
        self.by_definition.get(definition).cloned().unwrap_or_default()
    }
}

fn first_reference(pattern: &Pattern) -> Option<&crate::value::Reference> {
    match pattern.pieces.first() {
        Some(Piece::Symbol(Symbol::Reference(reference))) => Some(reference),
        _ => None,
    }
}

/// What identifies the resource of an ARN, and the attribute that such an ARN is; other text identifies itself.
fn arn_name(text: &str) -> (&str, Option<&'static str>) {
    let Some(resource) = text.starts_with("arn:").then(|| text.splitn(6, ':').nth(5)).flatten() else {
        return (text, None);
    };
    if let Some(table) = resource.strip_prefix("table/") {
        let (name, rest) = table.split_once('/').unwrap_or((table, ""));
        return (name, if rest.starts_with("stream/") { Some("stream_arn") } else { Some("arn") });
    }
    (resource.rsplit(['/', ':']).next().unwrap_or(resource), Some("arn"))
}

fn parts(sources: &Sources, companion: &Resource, resources: &[Resource], parents: &Parents) -> Vec<Part> {
    let (Some(table), Some(attributes)) = (table::of(&companion.source_type), companion.attributes.as_map()) else {
        return Vec::new();
    };
    let mut result = Vec::new();
    for fold in &table.folds {
        let written =
            |name: &str| attributes.get(name).is_some_and(|value| !is_absent(value) && value.as_str() != Some(""));
        if fold.unless.as_deref().is_some_and(written) {
            continue;
        }
        let mut named = Vec::new();
        if let Some(value) = attributes.get(&fold.by) {
            candidates(value, &companion.exists, &mut named);
        }
        for (guard, value) in named {
            let (found, attribute) = parents.find(fold, resources, value);
            let wrong =
                fold.only.is_some() && fold.only != attribute || fold.unless.is_some() && fold.unless == attribute;
            if wrong {
                continue;
            }
            for parent in near(found, companion, resources) {
                let bag = content(sources, fold, companion, attributes);
                result.push(Part { parent, guard: guard.clone(), replace: fold.replace, bag });
            }
        }
    }
    result
}

/// Of several parents of one name, those in the companion's own module instance, if there are any.
fn near(found: Vec<usize>, companion: &Resource, resources: &[Resource]) -> Vec<usize> {
    let module = |resource: &Resource| {
        Address::parse(&resource.id.address).map(|address| {
            address.modules.iter().map(|step| (step.name.to_owned(), step.key.map(str::to_owned))).collect::<Vec<_>>()
        })
    };
    if found.len() < 2 {
        return found;
    }
    let own = module(companion);
    let here: Vec<usize> = found
        .iter()
        .copied()
        .filter(|index| resources.get(*index).is_some_and(|parent| module(parent) == own))
        .collect();
    if here.is_empty() { found } else { here }
}

/// The values that a companion may name its parent by, with when it does.
fn candidates<'a>(value: &'a Value, guard: &Formula, result: &mut Vec<(Formula, &'a Value)>) {
    match &value.kind {
        Kind::List(list) => list.items.iter().for_each(|item| candidates(item, guard, result)),
        Kind::Choice(choice) => {
            let mut before = guard.clone();
            for (condition, arm) in &choice.arms {
                candidates(arm, &Formula::all([before.clone(), condition.clone()]), result);
                before = Formula::all([before, condition.negate()]);
            }
        }
        Kind::Absent | Kind::Null => {}
        _ => result.push((guard.clone(), value)),
    }
}

fn content(sources: &Sources, fold: &Fold, companion: &Resource, attributes: &Map) -> Map {
    let mut bag = shape::block(sources, &fold.block, attributes, false);
    bag.open = None;
    for (path, text) in &fold.constants {
        let value = super::constant(text).with_span(Some(companion.header));
        insert(&mut bag, &table::path(path), Placed { value, key_span: Some(companion.header) });
    }
    super::dynamodb::complete_replica(companion, &mut bag);
    bag
}

/// Adds a part to its parent; the names of properties that both set come back.
fn complete(parent: &mut Resource, part: Part) -> Vec<Arc<str>> {
    let mut conflicts = Vec::new();
    let Kind::Map(properties) = &mut parent.properties.kind else { return conflicts };
    for entry in part.bag.entries {
        let old = properties.entries.iter_mut().find(|known| known.key == entry.key);
        match old {
            Some(old) if part.replace => {
                let differs = !is_absent(&old.value)
                    && !matches!(old.value.kind, Kind::Unknown(_))
                    && !same(&old.value, &entry.value);
                if differs && part.guard == Formula::TRUE {
                    conflicts.push(Arc::clone(&entry.key));
                }
                let before = std::mem::replace(&mut old.value, Value::absent());
                old.value = guarded(&part.guard, entry.value, before);
                old.key_span = entry.key_span.or(old.key_span);
            }
            old => {
                let mut entry = entry;
                if let (Some(Kind::List(known)), Kind::List(more)) =
                    (old.map(|old| &old.value.kind), &mut entry.value.kind)
                {
                    // A state lists what is attached in the parent too.
                    more.items.retain(|item| !known.items.iter().any(|known| same(known, item)));
                }
                let value = guarded(&part.guard, entry.value, Value::absent());
                add(properties, &entry.key, Placed { value, key_span: entry.key_span });
            }
        }
    }
    conflicts
}

/// Whether two values say the same, wherever they are written.
fn same(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::List(a), Kind::List(b)) => {
            a.open.is_none()
                && b.open.is_none()
                && a.items.len() == b.items.len()
                && a.items.iter().zip(&b.items).all(|(a, b)| same(a, b))
        }
        (Kind::Map(a), Kind::Map(b)) => {
            let equal = |entry: &crate::value::Entry| b.get(&entry.key).is_some_and(|value| same(&entry.value, value));
            a.open.is_none() && b.open.is_none() && a.entries.len() == b.entries.len() && a.entries.iter().all(equal)
        }
        (a, b) => a == b,
    }
}
