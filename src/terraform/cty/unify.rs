//! The one type that values of several types have in common, by cty's rules.

use std::sync::Arc;

use crate::terraform::cty::{Type, convert::convertible};

/// The most general of the types, or one made of them, to which all convert. `None` when there is none.
///
/// With [`Unified::dynamic`] the type is not known until the values are, and every value becomes an unknown.
pub fn unify(types: &[Type]) -> Option<Unified> {
    unify_with(types, false)
}

/// As [`unify`], also by conversions that can fail for some values.
pub fn unify_unsafe(types: &[Type]) -> Option<Unified> {
    unify_with(types, true)
}

/// The result of a unification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unified {
    /// The common type.
    pub ty: Type,
    /// The type depends on what an unknown type will be; every value becomes [`crate::terraform::cty::Val::dynamic`].
    pub dynamic: bool,
}

impl From<Type> for Unified {
    fn from(ty: Type) -> Self {
        Self { ty, dynamic: false }
    }
}

const UNDECIDED: Unified = Unified { ty: Type::Dynamic, dynamic: true };

#[derive(Default)]
struct Counts {
    map: usize,
    list: usize,
    set: usize,
    object: usize,
    tuple: usize,
    dynamic: usize,
}

pub(super) fn unify_with(types: &[Type], fallible: bool) -> Option<Unified> {
    let first = types.first()?;
    let mut counts = Counts::default();
    for ty in types {
        match ty {
            Type::Map(_) => counts.map += 1,
            Type::List(_) => counts.list += 1,
            Type::Set(_) => counts.set += 1,
            Type::Object(_) => counts.object += 1,
            Type::Tuple(_) => counts.tuple += 1,
            Type::Dynamic => counts.dynamic += 1,
            Type::Bool | Type::Number | Type::String => {}
        }
    }
    let Counts { map, list, set, object, tuple, dynamic } = counts;
    let all = types.len();
    let alike = |some: usize| some > 0 && some + dynamic == all;
    if (alike(map) || alike(list) || alike(set) || alike(object) || alike(tuple)) && dynamic > 0 {
        return Some(UNDECIDED);
    }
    if alike(map) || alike(list) || alike(set) {
        return collections(first, types, fallible);
    }
    if map > 0 && map + object + dynamic == all {
        let found = replaced(types, fallible, |ty| matches!(ty, Type::Object(_)), objects_to_map);
        if found.as_ref().is_some_and(|unified| matches!(unified.ty, Type::Map(_))) {
            return found;
        }
    } else if list > 0 && list + tuple + dynamic == all {
        let found = replaced(types, fallible, |ty| matches!(ty, Type::Tuple(_)), tuples_to_list);
        if found.as_ref().is_some_and(|unified| matches!(unified.ty, Type::List(_))) {
            return found;
        }
    } else if alike(object) {
        return objects(types, fallible);
    } else if alike(tuple) {
        return tuples(types, fallible);
    } else if object > 0 && tuple > 0 {
        return None;
    }
    preferred(types, fallible)
}

fn collections(first: &Type, types: &[Type], fallible: bool) -> Option<Unified> {
    let elements: Vec<Type> = types.iter().filter_map(Type::element).cloned().collect();
    let element = unify_with(&elements, fallible)?.ty;
    let ty = match first {
        Type::List(_) => Type::list(element),
        Type::Set(_) => Type::set(element),
        _ => Type::map(element),
    };
    all_convert(types, ty, fallible)
}

fn all_convert(types: &[Type], ty: Type, fallible: bool) -> Option<Unified> {
    types.iter().all(|from| *from == ty || convertible(from, &ty, fallible)).then(|| ty.into())
}

/// Unifies the types of one kind first, then all with the result in their place.
fn replaced(
    types: &[Type],
    fallible: bool,
    of_kind: impl Fn(&Type) -> bool,
    join: impl Fn(&[Type], bool) -> Option<Unified>,
) -> Option<Unified> {
    let some: Vec<Type> = types.iter().filter(|ty| of_kind(ty)).cloned().collect();
    let joined = join(&some, fallible)?.ty;
    let types: Vec<Type> = types.iter().map(|ty| if of_kind(ty) { joined.clone() } else { ty.clone() }).collect();
    unify_with(&types, fallible)
}

fn objects(types: &[Type], fallible: bool) -> Option<Unified> {
    let attributes: Vec<_> =
        types.iter().filter_map(|ty| if let Type::Object(of) = ty { Some(of) } else { None }).collect();
    let first = attributes.first()?;
    if attributes.iter().any(|of| !of.keys().eq(first.keys())) {
        return objects_to_map(types, fallible);
    }
    let unified = first.keys().map(|name| {
        let across: Vec<Type> = attributes.iter().filter_map(|of| of.get(name)).map(|of| of.ty.clone()).collect();
        Some((Arc::clone(name), unify_with(&across, fallible)?.ty))
    });
    let ty = Type::object(unified.collect::<Option<Vec<_>>>()?);
    all_convert(types, ty, fallible).or_else(|| objects_to_map(types, fallible))
}

fn objects_to_map(types: &[Type], fallible: bool) -> Option<Unified> {
    let of_attributes = |ty: &Type| match ty {
        Type::Object(attributes) => attributes.values().map(|attribute| attribute.ty.clone()).collect(),
        _ => Vec::new(),
    };
    let elements: Vec<Type> = types.iter().flat_map(of_attributes).collect();
    all_convert(types, Type::map(unify_with(&elements, fallible)?.ty), fallible)
}

fn tuples(types: &[Type], fallible: bool) -> Option<Unified> {
    let elements: Vec<_> =
        types.iter().filter_map(|ty| if let Type::Tuple(of) = ty { Some(of) } else { None }).collect();
    let length = elements.first()?.len();
    if elements.iter().any(|of| of.len() != length) {
        return tuples_to_list(types, fallible);
    }
    let unified = (0..length).map(|index| {
        let across: Vec<Type> = elements.iter().filter_map(|of| of.get(index)).cloned().collect();
        Some(unify_with(&across, fallible)?.ty)
    });
    let ty = Type::tuple(unified.collect::<Option<Vec<_>>>()?);
    all_convert(types, ty, fallible).or_else(|| tuples_to_list(types, fallible))
}

fn tuples_to_list(types: &[Type], fallible: bool) -> Option<Unified> {
    let of_elements = |ty: &Type| if let Type::Tuple(of) = ty { of.to_vec() } else { Vec::new() };
    let elements: Vec<Type> = types.iter().flat_map(of_elements).collect();
    all_convert(types, Type::list(unify_with(&elements, fallible)?.ty), fallible)
}

/// The first of the types, the most general first, to which all others convert.
fn preferred(types: &[Type], fallible: bool) -> Option<Unified> {
    // Equal types add nothing: a long list of strings is as quick as one.
    let mut distinct: Vec<&Type> = Vec::new();
    for ty in types {
        if !distinct.contains(&ty) {
            distinct.push(ty);
        }
    }
    let fits = |want: &Type| distinct.iter().all(|ty| *ty == want || convertible(ty, want, fallible));
    sorted(&distinct).into_iter().find(|ty| fits(ty)).map(|ty| ty.clone().into())
}

/// Topologically by "more general than", otherwise in the given order.
fn sorted<'a>(types: &[&'a Type]) -> Vec<&'a Type> {
    let count = types.len();
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut degree = vec![0_usize; count];
    for (i, a) in types.iter().enumerate() {
        for (j, b) in types.iter().enumerate().skip(i + 1) {
            let (from, to) = match compare(a, b) {
                0 => continue,
                order if order < 0 => (i, j),
                _ => (j, i),
            };
            if let (Some(edge), Some(degree)) = (edges.get_mut(from), degree.get_mut(to)) {
                edge.push(to);
                *degree += 1;
            }
        }
    }
    let mut queue: Vec<usize> = (0..count).filter(|index| degree.get(*index) == Some(&0)).collect();
    let mut at = 0;
    while let Some(index) = queue.get(at).copied() {
        at += 1;
        for to in edges.get(index).into_iter().flatten() {
            if let Some(degree) = degree.get_mut(*to) {
                *degree -= 1;
                if *degree == 0 {
                    queue.push(*to);
                }
            }
        }
    }
    queue.into_iter().filter_map(|index| types.get(index).copied()).collect()
}

/// Negative when `a` is the more general of the two, as far as that can be told from the types.
fn compare(a: &Type, b: &Type) -> i8 {
    match (a, b) {
        (Type::Dynamic, Type::Dynamic) => 0,
        (_, Type::Dynamic) => -1,
        (Type::Dynamic, _) => 1,
        (Type::String, Type::Bool | Type::Number) => -1,
        (Type::Bool | Type::Number, Type::String) => 1,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => compare(a, b),
        (Type::Tuple(_) | Type::List(_), Type::Set(_))
        | (Type::List(_), Type::Tuple(_))
        | (Type::Map(_), Type::Object(_)) => -1,
        (Type::Set(_), Type::Tuple(_) | Type::List(_))
        | (Type::Tuple(_), Type::List(_))
        | (Type::Object(_), Type::Map(_)) => 1,
        (Type::Object(a), Type::Object(b)) if a.keys().eq(b.keys()) => {
            one_sided(a.values().zip(b.values()).map(|(a, b)| compare(&a.ty, &b.ty)))
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            one_sided(a.iter().zip(&**b).map(|(a, b)| compare(a, b)))
        }
        _ => 0,
    }
}

fn one_sided(orders: impl Iterator<Item = i8>) -> i8 {
    let (mut below, mut above) = (false, false);
    for order in orders {
        below |= order < 0;
        above |= order > 0;
    }
    match (below, above) {
        (true, false) => -1,
        (false, true) => 1,
        _ => 0,
    }
}
