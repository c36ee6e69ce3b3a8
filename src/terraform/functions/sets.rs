//! Functions of sets.

use crate::terraform::{
    cty::{Kind, Type, Val, convert, equality, unify::unify_unsafe},
    functions::{
        FunctionError, MAX_ELEMENTS, Outcome, fail,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{Any, Set},
        },
    },
};

const FIRST: Parameter = Parameter::new("first_set", Set(&Any)).dynamic();
const REST: Parameter = Parameter::new("other_sets", Set(&Any)).dynamic();

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("setunion", &[FIRST], Returns::By(common_type), |call| combine(call, true, |_, _| true)).rest(REST),
    Function::new("setintersection", &[FIRST], Returns::By(common_type), |call| {
        combine(call, false, |item, other| contains(other, item))
    })
    .rest(REST),
    Function::new(
        "setsubtract",
        &[Parameter::new("a", Set(&Any)).dynamic(), Parameter::new("b", Set(&Any)).dynamic()],
        Returns::By(common_type),
        |call| combine(call, false, |item, other| !contains(other, item)),
    ),
    Function::new("setproduct", &[], Returns::By(product_type), product)
        .rest(Parameter::new("sets", Any).marked().unknown()),
];

fn common_type(args: &[Val]) -> Result<Type, FunctionError> {
    let mut elements = Vec::new();
    for arg in args {
        let ty = arg.ty();
        let element = ty.element().cloned().unwrap_or(Type::Dynamic);
        let empty = arg.as_items().is_some_and(|items| items.is_empty());
        // An empty set of no type converts to any.
        if !(empty && element == Type::Dynamic) {
            elements.push(element);
        }
    }
    if elements.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    match unify_unsafe(&elements) {
        Some(unified) => Ok(Type::set(unified.ty)),
        None => fail("given sets must all have compatible element types"),
    }
}

fn contains(set: &[Val], item: &Val) -> bool {
    // Scalars are sorted, but a scan is simple and sets are small; `combine` bounds the work.
    set.iter().any(|other| equality::decide(other, item) == Some(true))
}

/// Keeps the elements of the first set for which `keep` holds against each other set; with `union`, adds the others.
fn combine(call: &Call<'_>, union: bool, keep: fn(&Val, &[Val]) -> bool) -> Outcome {
    const MAX_COMPARISONS: usize = 20_000_000;
    let mut sets = Vec::with_capacity(call.args.len());
    for (index, arg) in call.args.iter().enumerate() {
        let set = convert(arg, call.ty).map_err(|error| FunctionError::argument(index, error.to_string()))?;
        if !union && !set.is_wholly_known() {
            return call.unknown();
        }
        sets.push(set);
    }
    let element = call.ty.element().cloned().unwrap_or(Type::Dynamic);
    let mut items: Vec<Val> = Vec::new();
    for (index, set) in sets.iter().enumerate() {
        let others = set.as_items().map(|items| items.as_slice()).unwrap_or_default();
        if index == 0 || union {
            items.extend_from_slice(others);
        } else if items.len().saturating_mul(others.len()) > MAX_COMPARISONS {
            return call.over("size of a set");
        } else {
            items.retain(|item| keep(item, others));
        }
    }
    Ok(Val::set(element, items))
}

fn product_type(args: &[Val]) -> Result<Type, FunctionError> {
    if args.len() < 2 {
        return fail("at least two arguments are required");
    }
    let mut lists = 0;
    let mut elements = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        match arg.ty() {
            Type::Set(element) => elements.push((*element).clone()),
            Type::List(element) => {
                lists += 1;
                elements.push((*element).clone());
            }
            Type::Tuple(of) => {
                lists += 1;
                elements.push(if of.is_empty() {
                    Type::Dynamic
                } else {
                    let unified = unify_unsafe(&of)
                        .ok_or_else(|| FunctionError::argument(index, "all elements must be of the same type"));
                    unified?.ty
                });
            }
            _ => return Err(FunctionError::argument(index, "a set or a list is required")),
        }
    }
    let element = Type::tuple(elements);
    Ok(if lists == args.len() { Type::list(element) } else { Type::set(element) })
}

fn product(call: &Call<'_>) -> Outcome {
    let marks = call.args.iter().fold(crate::terraform::cty::Marks::NONE, |marks, arg| marks | arg.marks);
    let element = call.ty.element().cloned().unwrap_or(Type::Dynamic);
    let Type::Tuple(types) = &element else { return call.unknown() };
    if call.args.iter().any(|arg| known_items(arg).is_none()) {
        return Ok(unknown_product(call).marked(marks));
    }
    let sets: Vec<&[Val]> = call.args.iter().filter_map(known_items).collect();
    let total = sets.iter().fold(1_usize, |total, set| total.saturating_mul(set.len()));
    if total.saturating_mul(sets.len()) > MAX_ELEMENTS {
        return call.over("size of a product");
    }
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    for (set, ty) in sets.iter().zip(&**types) {
        let items: Vec<Val> = set.iter().map(|item| convert(item, ty)).collect::<Result<_, _>>()?;
        let extend = |row: Vec<Val>| {
            let row_with = |item: &Val| row.iter().cloned().chain([item.clone()]).collect::<Vec<_>>();
            items.iter().map(row_with).collect::<Vec<_>>()
        };
        rows = rows.into_iter().flat_map(extend).collect();
    }
    let rows: Vec<Val> = rows.into_iter().map(Val::tuple).collect();
    let result = if matches!(call.ty, Type::List(_)) {
        Val::list(element.clone(), rows)
    } else {
        Val::set(element.clone(), rows)
    };
    Ok(result.marked(marks))
}

/// The elements when it is known how many there are.
fn known_items(arg: &Val) -> Option<&[Val]> {
    let items = arg.as_items()?;
    let open = matches!(arg.kind, Kind::Set(..)) && items.len() > 1 && !arg.is_wholly_known();
    (!open).then_some(items)
}

fn unknown_product(call: &Call<'_>) -> Val {
    // Terraform does not track longer ones.
    const MAX_ONE: usize = 1024;
    const MAX_ALL: usize = 2048;
    let result = Val::unknown(call.ty.clone());
    let mut most = 1_usize;
    for arg in call.args {
        let length = match arg.ty() {
            Type::Tuple(elements) => Some(elements.len()),
            _ => arg.range().max_length,
        };
        match length {
            Some(length) if length <= MAX_ONE && most * length <= MAX_ALL => most *= length,
            _ => return result,
        }
    }
    // `refine_length` alone does not settle a value that may be null, and a product never is.
    result.refine_not_null().refine_length(most.min(1), Some(most))
}
