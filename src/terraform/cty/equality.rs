//! Equality of values as Terraform decides it: by type and value, unknown when that depends on an unknown.

use std::sync::Arc;

use crate::terraform::cty::{Kind, Type, Unknown, Val, convert::conforms};

/// `a == b`: a bool, unknown when it depends on an unknown, with the marks of all parts of both.
pub fn equals(a: &Val, b: &Val) -> Val {
    let marks = a.deep_marks() | b.deep_marks();
    let result = match decide(a, b) {
        Some(known) => Val::bool(known),
        None => Val::unknown_not_null(Type::Bool),
    };
    result.marked(marks)
}

/// Equality, `None` when unknown. Marks are ignored.
pub fn decide(a: &Val, b: &Val) -> Option<bool> {
    if (a.is_null() && b.is_definitely_not_null()) || (b.is_null() && a.is_definitely_not_null()) {
        return Some(false);
    }
    match (&a.kind, &b.kind) {
        (Kind::Unknown(_), Kind::Unknown(_)) => None,
        (Kind::Unknown(unknown), _) => against_unknown(b, unknown),
        (_, Kind::Unknown(unknown)) => against_unknown(a, unknown),
        (Kind::Null(_), Kind::Null(_)) => Some(true),
        (Kind::Null(_), _) | (_, Kind::Null(_)) => Some(false),
        _ => known(a, b),
    }
}

fn against_unknown(known: &Val, unknown: &Arc<Unknown>) -> Option<bool> {
    if !may_be(unknown, known) {
        return Some(false);
    }
    if known.is_null() || unknown.ty.has_dynamic() || known.ty() == unknown.ty { None } else { Some(false) }
}

/// Whether what Terraform knows of the unknown leaves this known value possible.
pub fn may_be(unknown: &Unknown, known: &Val) -> bool {
    let refinement = &unknown.refinement;
    if known.is_null() {
        return !refinement.not_null;
    }
    match &known.kind {
        Kind::String(text) => refinement.prefix.as_ref().is_none_or(|prefix| text.text.starts_with(&**prefix)),
        Kind::Number(number) => {
            let above = |(bound, inclusive): &_| if *inclusive { number >= bound } else { number > bound };
            let below = |(bound, inclusive): &_| if *inclusive { number <= bound } else { number < bound };
            refinement.min.as_ref().is_none_or(above) && refinement.max.as_ref().is_none_or(below)
        }
        Kind::List(_, items) => fits(refinement, items.len(), items.len()),
        Kind::Set(_, items) => {
            let least = if known.is_wholly_known() { items.len() } else { items.len().min(1) };
            fits(refinement, least, items.len())
        }
        Kind::Map(_, entries) => fits(refinement, entries.len(), entries.len()),
        _ => true,
    }
}

fn fits(refinement: &crate::terraform::cty::Refinement, least: usize, most: usize) -> bool {
    most >= refinement.min_length && refinement.max_length.is_none_or(|max| least <= max)
}

fn known(a: &Val, b: &Val) -> Option<bool> {
    let (a_type, b_type) = (a.ty(), b.ty());
    if !has_known_type(a) || !has_known_type(b) {
        return if conforms(&a_type, &b_type) || conforms(&b_type, &a_type) { None } else { Some(false) };
    }
    if a_type != b_type {
        return Some(false);
    }
    same_type(a, b)
}

fn same_type(a: &Val, b: &Val) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (Kind::Bool(a), Kind::Bool(b)) => Some(a == b),
        (Kind::Number(a), Kind::Number(b)) => Some(a == b),
        (Kind::String(a), Kind::String(b)) => Some(a.text == b.text),
        (Kind::List(_, a), Kind::List(_, b)) => {
            if a.len() == b.len() {
                all(a.iter().zip(&**b))
            } else {
                Some(false)
            }
        }
        (Kind::Tuple(a), Kind::Tuple(b)) => all(a.iter().zip(&**b)),
        (Kind::Object(a), Kind::Object(b)) => all(a.values().zip(b.values())),
        (Kind::Map(_, a), Kind::Map(_, b)) => {
            if a.len() == b.len() && a.keys().eq(b.keys()) {
                all(a.values().zip(b.values()))
            } else {
                Some(false)
            }
        }
        (Kind::Set(_, a), Kind::Set(_, b)) => sets(a, b),
        _ => Some(false),
    }
}

/// False as soon as one pair differs; else unknown as soon as one is, in order, as cty does.
fn all<'a>(pairs: impl Iterator<Item = (&'a Val, &'a Val)>) -> Option<bool> {
    for (a, b) in pairs {
        match decide(a, b) {
            Some(true) => {}
            other => return other,
        }
    }
    Some(true)
}

fn sets(a: &[Val], b: &[Val]) -> Option<bool> {
    if a.iter().chain(b).any(|item| !item.is_known()) {
        return None;
    }
    // Both are in canonical order, so wholly known sets that are equal are so element by element.
    let within = |item: &Val, set: &[Val]| set.iter().any(|other| decide(item, other) == Some(true));
    if a.iter().chain(b).all(Val::is_wholly_known) {
        return Some(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| decide(a, b) == Some(true)));
    }
    Some(a.iter().all(|item| within(item, b)) && b.iter().all(|item| within(item, a)))
}

/// Whether no part has a type that is still to be known. A null of any type counts as known.
fn has_known_type(value: &Val) -> bool {
    match &value.kind {
        Kind::Unknown(unknown) => !unknown.ty.has_dynamic(),
        _ => value.children().all(has_known_type),
    }
}
