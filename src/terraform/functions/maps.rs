//! Functions of maps and objects.

use std::{collections::BTreeMap, sync::Arc};

use crate::terraform::{
    cty::{Entries, Marks, Type, Val, convert},
    functions::{
        FunctionError, MAX_ELEMENTS, Outcome, fail,
        lists::sequence,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{Any, List, Map, String},
        },
    },
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("keys", &[Parameter::new("inputMap", Any).unknown().marked()], Returns::By(keys_type), keys),
    Function::new("values", &[Parameter::new("mapping", Any).marked()], Returns::By(values_type), |call| {
        Ok(sequence(call.ty, call.arg(0).children().cloned().collect()).marked(call.arg(0).marks))
    }),
    Function::new(
        "lookup",
        &[Parameter::new("inputMap", Any).marked().unknown(), Parameter::new("key", String).marked().unknown()],
        Returns::By(lookup_type),
        lookup,
    )
    .rest(Parameter::new("default", Any).unknown().dynamic().null().marked())
    .nullable(),
    Function::new("merge", &[], Returns::By(merge_type), merge)
        .rest(Parameter::new("maps", Any).dynamic().null().marked()),
    Function::new(
        "zipmap",
        &[Parameter::new("keys", List(&String)).marked(), Parameter::new("values", Any).marked()],
        Returns::By(zip_type),
        zip,
    ),
    Function::new(
        "transpose",
        &[Parameter::new("values", Map(&List(&String)))],
        Returns::Always(Map(&List(&String))),
        transpose,
    ),
];

fn keys_type(args: &[Val]) -> Result<Type, FunctionError> {
    match args.first().map(Val::ty) {
        Some(Type::Map(_)) => Ok(Type::list(Type::String)),
        Some(Type::Object(attributes)) => Ok(Type::tuple(attributes.keys().map(|_| Type::String))),
        _ => Err(FunctionError::argument(0, "must have map or object type")),
    }
}

fn keys(call: &Call<'_>) -> Outcome {
    let arg = call.arg(0);
    let names: Vec<Val> = match (arg.ty(), arg.as_entries()) {
        // The names of an object's attributes are known even when it is not.
        (Type::Object(attributes), _) => attributes.keys().map(|name| Val::string(Arc::clone(name))).collect(),
        (_, Some(entries)) => entries.keys().map(|name| Val::string(Arc::clone(name))).collect(),
        (_, None) => return Ok(Val::unknown(call.ty.clone()).marked(arg.marks)),
    };
    Ok(sequence(call.ty, names).marked(arg.marks))
}

fn values_type(args: &[Val]) -> Result<Type, FunctionError> {
    match args.first().map(Val::ty) {
        Some(Type::Map(element)) => Ok(Type::List(element)),
        Some(Type::Object(attributes)) => Ok(Type::tuple(attributes.values().map(|attribute| attribute.ty.clone()))),
        _ => fail("values() requires a map as the first argument"),
    }
}

fn lookup_type(args: &[Val]) -> Result<Type, FunctionError> {
    if args.len() > 3 {
        return fail(format!("lookup() takes two or three arguments, got {}", args.len()));
    }
    let default = args.get(2);
    match args.first().map(Val::ty) {
        Some(Type::Object(attributes)) => {
            let Some(key) = args.get(1).and_then(Val::as_str) else {
                return Ok(Type::Dynamic);
            };
            match (attributes.get(key), default) {
                (Some(attribute), _) => Ok(attribute.ty.clone()),
                (None, Some(default)) => Ok(default.ty()),
                (None, None) => Err(FunctionError::argument(0, format!("the given object has no attribute \"{key}\""))),
            }
        }
        Some(Type::Map(element)) => {
            if let Some(default) = default
                && convert(default, &element).is_err()
            {
                return Err(FunctionError::argument(
                    2,
                    "the default value must have the same type as the map elements",
                ));
            }
            Ok((*element).clone())
        }
        _ => Err(FunctionError::argument(0, "lookup() requires a map as the first argument")),
    }
}

fn lookup(call: &Call<'_>) -> Outcome {
    let (map, key) = (call.arg(0), call.arg(1));
    let marks = map.marks | key.marks;
    let (Some(entries), Some(name)) = (map.as_entries(), key.as_str()) else {
        return Ok(Val::unknown(call.ty.clone()).marked(marks));
    };
    if let Some(value) = entries.get(name) {
        return Ok(value.clone().marked(marks));
    }
    match call.args.get(2) {
        Some(default) => Ok(convert(default, call.ty)?.marked(marks)),
        None => fail("lookup failed to find key"),
    }
}

fn merge_type(args: &[Val]) -> Result<Type, FunctionError> {
    let Some(first) = args.first() else {
        return Ok(Type::object::<Arc<str>>([]));
    };
    let mut attributes: BTreeMap<Arc<str>, Type> = BTreeMap::new();
    let (mut same, mut complete) = (true, true);
    let first = first.ty();
    for arg in args {
        let ty = arg.ty();
        match &ty {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Object(of) => {
                if !arg.is_null() {
                    attributes.extend(of.iter().map(|(name, attribute)| (Arc::clone(name), attribute.ty.clone())));
                }
            }
            Type::Map(element) => match arg.as_entries() {
                Some(entries) => attributes.extend(entries.keys().map(|name| (Arc::clone(name), (**element).clone()))),
                None => complete &= arg.is_null(),
            },
            other => return fail(format!("arguments must be maps or objects, got \"{}\"", other.friendly())),
        }
        same &= ty == first;
    }
    if same {
        return Ok(first);
    }
    Ok(if complete { Type::object(attributes) } else { Type::Dynamic })
}

fn merge(call: &Call<'_>) -> Outcome {
    let mut merged = Entries::new();
    let mut marks = Marks::NONE;
    for arg in call.args {
        if arg.is_null() {
            continue;
        }
        marks |= arg.marks;
        merged.extend(
            arg.as_entries()
                .into_iter()
                .flat_map(|entries| entries.iter())
                .map(|(key, value)| (Arc::clone(key), value.clone())),
        );
        if merged.len() > MAX_ELEMENTS {
            return call.over("size of a map");
        }
    }
    let result = match call.ty {
        Type::Map(element) => Val::map((**element).clone(), merged),
        _ => Val::object(merged),
    };
    Ok(result.marked(marks))
}

fn zip_type(args: &[Val]) -> Result<Type, FunctionError> {
    match args.get(1).map(Val::ty) {
        Some(Type::List(element)) => Ok(Type::Map(element)),
        Some(Type::Tuple(types)) => {
            let Some(keys) = args.first().filter(|keys| keys.is_wholly_known()).and_then(Val::as_items) else {
                return Ok(Type::Dynamic);
            };
            if keys.len() != types.len() {
                return fail(format!(
                    "number of keys ({}) does not match number of values ({})",
                    keys.len(),
                    types.len()
                ));
            }
            let each = keys.iter().zip(&*types).map(|(key, ty)| match key.as_str() {
                Some(name) => Ok((Arc::from(name), ty.clone())),
                None => fail("keys list has a null value"),
            });
            Ok(Type::object(each.collect::<Result<Vec<(Arc<str>, Type)>, _>>()?))
        }
        _ => fail("values argument must be a list or tuple value"),
    }
}

fn zip(call: &Call<'_>) -> Outcome {
    let (keys, values) = (call.arg(0), call.arg(1));
    let mut marks = keys.marks | values.marks;
    if !keys.is_wholly_known() {
        return Ok(Val::unknown(call.ty.clone()).marked(marks));
    }
    let (keys, values) = (call.items(0), call.items(1));
    if keys.len() != values.len() {
        return fail(format!("number of keys ({}) does not match number of values ({})", keys.len(), values.len()));
    }
    let mut entries = Entries::new();
    for (key, value) in keys.iter().zip(values) {
        let Some(name) = key.as_text() else {
            return fail("keys list has a null value");
        };
        marks |= key.marks;
        entries.insert(Arc::clone(&name.text), value.clone());
    }
    let result = match call.ty {
        Type::Map(element) => Val::map((**element).clone(), entries),
        _ => Val::object(entries),
    };
    Ok(result.marked(marks))
}

fn transpose(call: &Call<'_>) -> Outcome {
    if !call.arg(0).is_wholly_known() {
        return call.unknown();
    }
    let mut lists: BTreeMap<Arc<str>, Vec<Val>> = BTreeMap::new();
    for (key, list) in call.arg(0).as_entries().into_iter().flat_map(|entries| entries.iter()) {
        let Some(items) = list.as_items() else {
            return fail("input must not contain null list");
        };
        for item in &**items {
            let Some(text) = item.as_text() else {
                return fail("input list must not contain null string");
            };
            lists.entry(Arc::clone(&text.text)).or_default().push(Val::string(Arc::clone(key)));
        }
    }
    // Keys come in order, so every list is sorted.
    let entries = lists.into_iter().map(|(key, items)| (key, Val::list(Type::String, items))).collect();
    Ok(Val::map(Type::list(Type::String), entries))
}
