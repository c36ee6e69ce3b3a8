//! Conversion of values to types, by cty's rules. In: a value and the wanted type. Out: a value of that type with
//! the same place, marks and reason, or why there is none.

use std::sync::Arc;

use crate::terraform::cty::{
    Attribute, Entries, Form, Kind, Number, Type, Unknown, Val,
    unify::{unify_unsafe, unify_with},
};

/// Why a value does not convert.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConvertError(pub String);

fn fail<T>(message: impl Into<String>) -> Result<T, ConvertError> {
    Err(ConvertError(message.into()))
}

/// Converts a value.
///
/// # Errors
/// When there is no conversion between the types, or it fails for this value.
pub fn convert(value: &Val, want: &Type) -> Result<Val, ConvertError> {
    let from = value.ty();
    if from == want.without_optional() {
        return Ok(value.clone());
    }
    if !convertible(&from, want, true) {
        return fail(mismatch(&from, want));
    }
    apply(value, &from, want, true)
}

/// Whether values of one type convert to the other. With `fallible` also if the conversion can fail for some.
pub fn convertible(from: &Type, to: &Type, fallible: bool) -> bool {
    let element = |from: &Type, to: &Type| from == to || convertible(from, to, fallible);
    match (from, to) {
        (_, Type::Dynamic) => true,
        (Type::Dynamic, _) => fallible,
        (Type::Bool | Type::Number, Type::String) => true,
        (Type::String, Type::Bool | Type::Number) => fallible,
        (Type::Object(from), Type::Object(to)) => to.iter().all(|(name, want)| match from.get(name) {
            Some(have) => element(&have.ty, &want.ty),
            None => want.optional,
        }),
        (Type::Tuple(from), Type::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(&**to).all(|(from, to)| element(from, to))
        }
        (Type::List(from) | Type::Set(from), Type::List(to)) | (Type::Set(from), Type::Set(to)) => element(from, to),
        (Type::List(from), Type::Set(to)) => fallible && element(from, to),
        (Type::Map(from), Type::Map(to)) => convertible(from, to, fallible),
        (Type::Tuple(from), Type::List(to) | Type::Set(to)) => elements_convertible(from, to, true, fallible),
        (Type::Object(from), Type::Map(to)) => {
            let types: Vec<Type> = from.values().map(|attribute| attribute.ty.clone()).collect();
            elements_convertible(&types, to, false, fallible)
        }
        (Type::Map(from), Type::Object(to)) => {
            fallible && to.values().all(|want| want.optional || element(from, &want.ty))
        }
        _ => false,
    }
}

fn elements_convertible(from: &[Type], to: &Type, sequence: bool, fallible: bool) -> bool {
    if from.is_empty() {
        return true;
    }
    let Some(to) = element_type(from, to, fallible) else {
        return false;
    };
    // A sequence of elements of different types that share none but "any" is no list.
    if sequence && to == Type::Dynamic && from.iter().any(|ty| *ty != Type::Dynamic) {
        return false;
    }
    from.iter().all(|ty| *ty == to || convertible(ty, &to, fallible))
}

/// The element type to convert to: the wanted one, or for "any" the one that the elements have in common.
fn element_type(from: &[Type], want: &Type, fallible: bool) -> Option<Type> {
    if *want == Type::Dynamic { Some(unify_with(from, fallible)?.ty) } else { Some(want.clone()) }
}

/// Converts when [`convertible`] says that there is a conversion.
fn apply(value: &Val, from: &Type, to: &Type, fallible: bool) -> Result<Val, ConvertError> {
    if *to == Type::Dynamic {
        return Ok(value.clone());
    }
    let kind = match &value.kind {
        Kind::Unknown(unknown) => return Ok(convert_unknown(value, unknown, to)),
        Kind::Null(_) => Kind::Null(replace_dynamic(from, &to.without_optional())),
        _ => return Ok(apply_known(value, from, to, fallible)?.from_where(value).marked(value.marks)),
    };
    Ok(Val { kind, ..value.clone() })
}

fn apply_known(value: &Val, from: &Type, to: &Type, fallible: bool) -> Result<Val, ConvertError> {
    if *from == Type::Dynamic {
        return convert(value, to);
    }
    match (&value.kind, to) {
        (Kind::Number(number), Type::String) => Ok(Val::string(number.text())),
        (Kind::Bool(value), Type::String) => Ok(Val::string(if *value { "true" } else { "false" })),
        (Kind::String(text), Type::Number) => match Number::parse(&text.text) {
            Some(number) => Ok(Val::number(number)),
            None => fail("a number is required"),
        },
        (Kind::String(text), Type::Bool) => match &*text.text {
            "true" | "1" => Ok(Val::bool(true)),
            "false" | "0" => Ok(Val::bool(false)),
            _ => fail("a bool is required"),
        },
        (Kind::Object(entries), Type::Object(want)) => object_to_object(entries, want, fallible),
        (Kind::Tuple(items), Type::Tuple(want)) => {
            let items = items.iter().zip(&**want).map(|(item, want)| element(item, want, fallible));
            Ok(Val::tuple(items.collect::<Result<_, _>>()?))
        }
        (Kind::List(inner, items) | Kind::Set(inner, items), Type::List(want)) => {
            if matches!(value.kind, Kind::Set(..)) && items.len() > 1 && !value.is_wholly_known() {
                return Ok(Val::unknown(Type::list(inner.clone())));
            }
            let items = convert_items(items, want, fallible)?;
            collect(items, inner, want, Type::List).map(|(ty, items)| Val::list(ty, items))
        }
        (Kind::List(inner, items) | Kind::Set(inner, items), Type::Set(want)) => {
            let items = convert_items(items, want, fallible)?;
            collect(items, inner, want, Type::Set).map(|(ty, items)| Val::set(ty, items))
        }
        (Kind::Tuple(items), Type::List(want)) => tuple_to_list(items, want, fallible),
        (Kind::Tuple(items), Type::Set(want)) => tuple_to_set(items, want, fallible),
        (Kind::Map(inner, entries), Type::Map(want)) => {
            let entries = convert_entries(entries, want, fallible)?;
            entries_to_map(entries, inner, want, false)
        }
        (Kind::Object(entries), Type::Map(want)) => {
            let types: Vec<Type> = entries.values().map(Val::ty).collect();
            if types.is_empty() {
                return Ok(Val::map(want.without_optional(), Entries::new()));
            }
            let Some(want) = element_type(&types, want, fallible) else {
                return fail("all map elements must have the same type");
            };
            let entries = convert_entries(entries, &want, fallible)?;
            entries_to_map(entries, &want, &want, fallible)
        }
        (Kind::Map(_, entries), Type::Object(want)) => map_to_object(entries, want, fallible),
        _ => fail(mismatch(from, to)),
    }
}

/// One element: as it is when it has the type, else converted; a null loses `optional` in its type.
fn element(value: &Val, want: &Type, fallible: bool) -> Result<Val, ConvertError> {
    let from = value.ty();
    if from == *want {
        return Ok(value.clone());
    }
    if !convertible(&from, want, fallible) {
        return fail(mismatch(&from, want));
    }
    let mut converted = apply(value, &from, want, fallible)?;
    if let Kind::Null(ty) = &mut converted.kind {
        *ty = ty.without_optional();
    }
    Ok(converted)
}

fn convert_items(items: &[Val], want: &Type, fallible: bool) -> Result<Vec<Val>, ConvertError> {
    let each = items.iter().enumerate().map(|(index, item)| {
        element(item, want, fallible).map_err(|error| ConvertError(format!("element {index}: {error}")))
    });
    each.collect()
}

fn convert_entries(entries: &Entries, want: &Type, fallible: bool) -> Result<Entries, ConvertError> {
    let each = entries.iter().map(|(key, value)| {
        let value =
            element(value, want, fallible).map_err(|error| ConvertError(format!("element \"{key}\": {error}")))?;
        Ok((Arc::clone(key), value))
    });
    each.collect()
}

/// The element type that converted elements have; an empty collection has the wanted one, or what it had for "any".
fn collect(
    items: Vec<Val>,
    inner: &Type,
    want: &Type,
    of: fn(Arc<Type>) -> Type,
) -> Result<(Type, Vec<Val>), ConvertError> {
    if items.is_empty() {
        let ty = if *want == Type::Dynamic { inner.clone() } else { want.without_optional() };
        return Ok((ty, items));
    }
    match common_type(items.iter()) {
        Some(ty) => Ok((ty, items)),
        None => {
            fail(format!("element types must all match for conversion to {}", of(Arc::new(Type::Dynamic)).friendly()))
        }
    }
}

/// The type of all of them, an unknown type agreeing with any, as cty's collections take them.
fn common_type<'a>(items: impl Iterator<Item = &'a Val>) -> Option<Type> {
    let mut common = Type::Dynamic;
    for item in items {
        let ty = item.ty();
        if common == Type::Dynamic {
            common = ty;
        } else if ty != Type::Dynamic && ty != common {
            return None;
        }
    }
    Some(common)
}

fn tuple_to_list(items: &[Val], want: &Type, fallible: bool) -> Result<Val, ConvertError> {
    let types: Vec<Type> = items.iter().map(Val::ty).collect();
    if types.is_empty() {
        return Ok(Val::list(want.without_optional(), Vec::new()));
    }
    let Some(want) = element_type(&types, want, fallible) else {
        return fail("all list elements must have the same type");
    };
    let items = unify_items(convert_items(items, &want, fallible)?, fallible)?;
    collect(items, &want, &want, Type::List).map(|(ty, items)| Val::list(ty, items))
}

fn tuple_to_set(items: &[Val], want: &Type, fallible: bool) -> Result<Val, ConvertError> {
    let types: Vec<Type> = items.iter().map(Val::ty).collect();
    if types.is_empty() {
        return Ok(Val::set(want.without_optional(), Vec::new()));
    }
    let Some(want) = element_type(&types, want, fallible) else {
        return fail("all set elements must have the same type");
    };
    let items = convert_items(items, &want, fallible)?;
    collect(items, &want, &want, Type::Set).map(|(ty, items)| Val::set(ty, items))
}

/// Elements that were converted to a type with `any` inside can still differ.
fn unify_items(items: Vec<Val>, fallible: bool) -> Result<Vec<Val>, ConvertError> {
    let types: Vec<Type> = items.iter().map(Val::ty).collect();
    if types.windows(2).all(|pair| pair.first() == pair.last()) {
        return Ok(items);
    }
    let Some(unified) = unify_with(&types, fallible) else {
        return fail("cannot find a common base type for all elements");
    };
    items.iter().map(|item| element(item, &unified.ty, fallible)).collect()
}

fn entries_to_map(entries: Entries, inner: &Type, want: &Type, fallible: bool) -> Result<Val, ConvertError> {
    let (keys, items): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
    let structured = want.is_collection() || matches!(want, Type::Object(_));
    let items = if structured && !items.is_empty() { unify_items(items, fallible)? } else { items };
    let (ty, items) = collect(items, inner, want, Type::Map)?;
    Ok(Val::map(ty, keys.into_iter().zip(items).collect()))
}

type Attributes = std::collections::BTreeMap<Arc<str>, Attribute>;

fn object_to_object(entries: &Entries, want: &Attributes, fallible: bool) -> Result<Val, ConvertError> {
    let each = want.iter().map(|(name, want)| {
        let value = match entries.get(name) {
            Some(value) => element(value, &want.ty, fallible)
                .map_err(|error| ConvertError(format!("attribute \"{name}\": {error}")))?,
            None => Val::null(want.ty.without_optional()),
        };
        Ok((Arc::clone(name), value))
    });
    Ok(Val::object(each.collect::<Result<_, _>>()?))
}

fn map_to_object(entries: &Entries, want: &Attributes, fallible: bool) -> Result<Val, ConvertError> {
    let each = want.iter().map(|(name, want)| {
        let value = match entries.get(name) {
            Some(value) => element(value, &want.ty, fallible).map_err(|error| {
                ConvertError(format!("map element type is incompatible with attribute \"{name}\": {error}"))
            })?,
            None if want.optional => Val::null(want.ty.without_optional()),
            None => return fail(format!("map has no element for required attribute \"{name}\"")),
        };
        Ok((Arc::clone(name), value))
    });
    Ok(Val::object(each.collect::<Result<_, _>>()?))
}

/// An unknown of the wanted type, of which is known what the conversion keeps.
fn convert_unknown(value: &Val, unknown: &Arc<Unknown>, to: &Type) -> Val {
    let ty = replace_dynamic(&unknown.ty, &to.without_optional());
    let refinement = &unknown.refinement;
    let mut result = Val::unknown(ty.clone());
    if let Kind::Unknown(new) = &mut result.kind {
        Arc::make_mut(new).hint = convert_hint(unknown, to);
    }
    if refinement.not_null {
        result = result.refine_not_null();
    }
    result = match (&unknown.ty, &ty) {
        (Type::Object(attributes), Type::Map(_)) => result.refine_length(attributes.len(), Some(attributes.len())),
        (Type::Tuple(elements), Type::List(_)) => result.refine_length(elements.len(), Some(elements.len())),
        (Type::Tuple(elements), Type::Set(_)) => result.refine_length(elements.len().min(1), Some(elements.len())),
        (from, Type::Set(_)) if from.is_collection() => {
            result.refine_length(refinement.min_length.min(1), refinement.max_length)
        }
        (from, to) if from.is_collection() && to.is_collection() => {
            result.refine_length(refinement.min_length, refinement.max_length)
        }
        _ => result,
    };
    Val { span: value.span, trace: value.trace.clone(), marks: value.marks, ..result }
}

fn convert_hint(unknown: &Unknown, to: &Type) -> crate::terraform::cty::Hint {
    let mut hint = unknown.hint.clone();
    if unknown.ty == *to {
        return hint;
    }
    hint.form = match hint.form {
        Form::Choice(arms) => {
            // An arm that does not convert is an error there: nothing is deployed in it.
            let arm = |(guard, value): &(_, Val)| {
                let failed = |error: ConvertError| super::unknown::impossible(&error.to_string(), to);
                (Clone::clone(guard), convert(value, to).unwrap_or_else(failed))
            };
            Form::Choice(arms.iter().map(arm).collect())
        }
        other => other,
    };
    hint
}

/// `to` with its unknown parts taken from `from`, which converts to it.
fn replace_dynamic(from: &Type, to: &Type) -> Type {
    let unified = |types: Vec<Type>, to: &Type| match unify_unsafe(&types) {
        Some(unified) => replace_dynamic(&unified.ty, to),
        None => to.clone(),
    };
    match (from, to) {
        (Type::Dynamic, to) => to.clone(),
        (from, Type::Dynamic) => from.clone(),
        (Type::Map(from), Type::Map(to)) => Type::map(replace_dynamic(from, to)),
        (Type::Object(from), Type::Map(to)) => {
            Type::map(unified(from.values().map(|attribute| attribute.ty.clone()).collect(), to))
        }
        (Type::Map(from), Type::Object(to)) => {
            Type::object(to.iter().map(|(name, want)| (Arc::clone(name), replace_dynamic(from, &want.ty))))
        }
        (Type::Object(from), Type::Object(to)) => Type::object(to.iter().map(|(name, want)| {
            let ty = from.get(name).map_or_else(|| want.ty.clone(), |have| replace_dynamic(&have.ty, &want.ty));
            (Arc::clone(name), ty)
        })),
        (Type::Set(from) | Type::List(from), Type::Set(to)) => Type::set(replace_dynamic(from, to)),
        (Type::Tuple(from), Type::Set(to)) => Type::set(unified(from.to_vec(), to)),
        (Type::Set(from) | Type::List(from), Type::List(to)) => Type::list(replace_dynamic(from, to)),
        (Type::Tuple(from), Type::List(to)) => Type::list(unified(from.to_vec(), to)),
        (Type::Tuple(from), Type::Tuple(to)) => {
            Type::tuple(to.iter().zip(&**from).map(|(to, from)| replace_dynamic(from, to)))
        }
        (_, to) => to.clone(),
    }
}

/// Whether a type is the wanted one where that is not "any".
pub fn conforms(given: &Type, want: &Type) -> bool {
    match (given, want) {
        (_, Type::Dynamic) => true,
        (Type::Object(given), Type::Object(want)) => {
            given.keys().eq(want.keys())
                && given.values().zip(want.values()).all(|(given, want)| conforms(&given.ty, &want.ty))
        }
        (Type::Tuple(given), Type::Tuple(want)) => {
            given.len() == want.len() && given.iter().zip(&**want).all(|(given, want)| conforms(given, want))
        }
        (Type::List(given), Type::List(want))
        | (Type::Set(given), Type::Set(want))
        | (Type::Map(given), Type::Map(want)) => conforms(given, want),
        (given, want) => given == want,
    }
}

/// Why the types do not convert, in words.
pub fn mismatch(from: &Type, to: &Type) -> String {
    match (from, to) {
        (Type::Object(from), Type::Object(to)) => {
            let missing = |(name, want): &(&Arc<str>, &Attribute)| !want.optional && !from.contains_key(*name);
            if let Some((name, _)) = to.iter().find(missing) {
                return format!("attribute \"{name}\" is required");
            }
            let wrong = |(name, want): (&Arc<str>, &Attribute)| {
                let have = &from.get(name)?.ty;
                let converts = *have == want.ty || convertible(have, &want.ty, true);
                (!converts).then(|| format!("attribute \"{name}\": {}", mismatch(have, &want.ty)))
            };
            to.iter().find_map(wrong).unwrap_or_else(|| "incorrect object attributes".to_owned())
        }
        (Type::Tuple(_), Type::List(of) | Type::Set(of)) | (Type::Object(_), Type::Map(of))
            if **of == Type::Dynamic =>
        {
            "all elements must have the same type".to_owned()
        }
        _ => format!("{} required", to.friendly()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn converts_as_cty() {
        let list = |ty: Type| Type::list(ty);
        let tuple = Val::tuple(vec![Val::number(1_i64), "a".into(), true.into()]);
        let strings = convert(&tuple, &list(Type::Dynamic)).unwrap();
        assert_eq!(strings.ty(), list(Type::String));
        assert!(convert(&Val::tuple(vec![Val::number(1_i64), true.into()]), &list(Type::Dynamic)).is_err());
        assert!(convert(&"True".into(), &Type::Bool).is_err());
        assert_eq!(convert(&"1".into(), &Type::Bool).unwrap().as_bool(), Some(true));
        assert!(convert(&Val::number(1_i64), &Type::Bool).is_err());
        let set = convert(&Val::tuple(vec!["b".into(), "a".into(), "b".into()]), &Type::set(Type::String)).unwrap();
        assert_eq!(set.as_items().unwrap().len(), 2);
    }
}
