//! Functions of lists and tuples.

use crate::terraform::{
    cty::{Kind, Marks, Type, Val, convert, equality, unify::unify_unsafe},
    functions::{
        FunctionError, MAX_ELEMENTS, Outcome, fail,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{Any, List, Number, String},
            whole,
        },
    },
};

const LIST: Parameter = Parameter::new("list", Any);
const ANY_LIST: Parameter = Parameter::new("list", List(&Any));
const TEXT_LIST: Parameter = Parameter::new("list", List(&String));

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "chunklist",
        &[ANY_LIST.marked(), Parameter::new("size", Number).marked()],
        Returns::By(|args| Ok(Type::list(first_type(args)))),
        chunk,
    ),
    Function::new("compact", &[TEXT_LIST], Returns::Always(List(&String)), compact),
    Function::new("concat", &[], Returns::By(concat_type), concat).rest(Parameter::new("seqs", Any).marked()),
    Function::new("distinct", &[ANY_LIST], Returns::By(|args| Ok(first_type(args))), distinct),
    Function::new("flatten", &[LIST.marked()], Returns::By(flatten_type), flatten),
    Function::new("reverse", &[LIST.marked()], Returns::By(reverse_type), reverse),
    Function::new(
        "slice",
        &[LIST.marked(), Parameter::new("start_index", Number), Parameter::new("end_index", Number)],
        Returns::By(slice_type),
        slice,
    ),
    Function::new("sort", &[TEXT_LIST.unknown()], Returns::Always(List(&String)), sort),
    Function::new(
        "matchkeys",
        &[
            Parameter::new("values", List(&Any)),
            Parameter::new("keys", List(&Any)),
            Parameter::new("searchset", List(&Any)),
        ],
        Returns::By(|args| Ok(first_type_after(args, keys_type(args)?))),
        match_keys,
    ),
];

fn first_type(args: &[Val]) -> Type {
    args.first().map_or(Type::Dynamic, Val::ty)
}

fn first_type_after(args: &[Val], _checked: Type) -> Type {
    first_type(args)
}

/// A list of the elements, or a tuple, as the result type says.
pub(super) fn sequence(ty: &Type, items: Vec<Val>) -> Val {
    match ty {
        Type::List(element) => Val::list((**element).clone(), items),
        _ => Val::tuple(items),
    }
}

fn chunk(call: &Call<'_>) -> Outcome {
    let marks = call.arg(0).marks | call.arg(1).marks;
    let size =
        usize::try_from(call.integer(1)?).map_err(|_| FunctionError::new("the size argument must be positive"))?;
    let element = call.ty.element().cloned().unwrap_or(Type::Dynamic);
    let inner = element.element().cloned().unwrap_or(Type::Dynamic);
    let items = call.items(0);
    let chunks = if items.is_empty() {
        Vec::new()
    } else {
        let size = if size == 0 { items.len() } else { size };
        items.chunks(size).map(|chunk| Val::list(inner.clone(), chunk.to_vec())).collect()
    };
    Ok(Val::list(element, chunks).marked(marks))
}

fn compact(call: &Call<'_>) -> Outcome {
    if !call.arg(0).is_wholly_known() {
        return call.unknown();
    }
    let kept = call.items(0).iter().filter(|item| item.as_str().is_some_and(|text| !text.is_empty()));
    Ok(Val::list(Type::String, kept.cloned().collect()))
}

fn concat_type(args: &[Val]) -> Result<Type, FunctionError> {
    if args.is_empty() {
        return fail("at least one argument is required");
    }
    let types: Vec<Type> = args.iter().map(Val::ty).collect();
    if types.iter().all(|ty| matches!(ty, Type::List(_)))
        && let Some(unified) = unify_unsafe(&types)
    {
        return Ok(unified.ty);
    }
    let mut elements = Vec::new();
    for (index, (arg, ty)) in args.iter().zip(&types).enumerate() {
        match ty {
            Type::Tuple(of) => elements.extend(of.iter().cloned()),
            Type::List(of) => match arg.as_items() {
                Some(items) => elements.extend(items.iter().map(|_| (**of).clone())),
                None => return Ok(Type::Dynamic),
            },
            _ => {
                return Err(FunctionError::argument(
                    index,
                    format!("all arguments must be lists or tuples; got {}", ty.friendly()),
                ));
            }
        }
        // The type of an unknown result must not grow beyond all bounds either.
        if elements.len() > MAX_ELEMENTS {
            return Ok(Type::Dynamic);
        }
    }
    Ok(Type::Tuple(elements.into()))
}

fn concat(call: &Call<'_>) -> Outcome {
    let mut items = Vec::new();
    let mut marks = Marks::NONE;
    for (index, arg) in call.args.iter().enumerate() {
        marks |= arg.marks;
        let converted;
        let arg = if matches!(call.ty, Type::List(_)) {
            converted = convert(arg, call.ty).map_err(|error| FunctionError::argument(index, error.to_string()))?;
            &converted
        } else {
            arg
        };
        items.extend(arg.as_items().into_iter().flat_map(|items| items.iter().cloned()));
        if items.len() > MAX_ELEMENTS {
            return call.over("length of a list");
        }
    }
    Ok(sequence(call.ty, items).marked(marks))
}

/// Budget: comparisons that `distinct` makes.
const MAX_COMPARISONS: usize = 20_000_000;

fn distinct(call: &Call<'_>) -> Outcome {
    if !call.arg(0).is_wholly_known() {
        return call.unknown();
    }
    let mut kept: Vec<Val> = Vec::new();
    let mut texts = rustc_hash::FxHashSet::default();
    let mut comparisons = 0_usize;
    for item in call.items(0) {
        let new = match item.as_str() {
            Some(text) => texts.insert(text),
            None => {
                comparisons += kept.len();
                !kept.iter().any(|other| equality::decide(other, item) == Some(true))
            }
        };
        if comparisons > MAX_COMPARISONS {
            return call.over("length of a list");
        }
        if new {
            kept.push(item.clone());
        }
    }
    Ok(sequence(call.ty, kept))
}

fn flatten_type(args: &[Val]) -> Result<Type, FunctionError> {
    let Some(arg) = args.first().filter(|arg| arg.is_wholly_known()) else {
        return Ok(Type::Dynamic);
    };
    if arg.as_items().is_none() {
        return fail("can only flatten lists, sets and tuples");
    }
    let mut items = Vec::new();
    let mut marks = Marks::NONE;
    let known = flatten_into(arg, &mut items, &mut marks);
    Ok(if known { Type::tuple(items.iter().map(Val::ty)) } else { Type::Dynamic })
}

fn flatten(call: &Call<'_>) -> Outcome {
    let mut items = Vec::new();
    let mut marks = Marks::NONE;
    if call.arg(0).as_items().is_none() {
        return fail("can only flatten lists, sets and tuples");
    }
    let known = flatten_into(call.arg(0), &mut items, &mut marks);
    if items.len() > MAX_ELEMENTS {
        return call.over("length of a list");
    }
    let result = if known { Val::tuple(items) } else { Val::unknown(call.ty.clone()) };
    Ok(result.marked(marks))
}

/// Whether all of it is known to be flat.
fn flatten_into(value: &Val, out: &mut Vec<Val>, marks: &mut Marks) -> bool {
    *marks |= value.marks;
    let Some(items) = value.as_items() else { return false };
    if matches!(value.kind, Kind::Set(..)) && items.len() > 1 && !value.is_wholly_known() {
        return false;
    }
    let mut known = true;
    for item in &**items {
        match &item.kind {
            Kind::List(..) | Kind::Set(..) | Kind::Tuple(_) => known &= flatten_into(item, out, marks),
            Kind::Unknown(unknown) => match unknown.ty {
                Type::List(_) | Type::Set(_) | Type::Tuple(_) => {
                    *marks |= item.marks;
                    known = false;
                }
                Type::Dynamic => known = false,
                _ => out.push(item.clone()),
            },
            _ => out.push(item.clone()),
        }
    }
    known
}

fn reverse_type(args: &[Val]) -> Result<Type, FunctionError> {
    match first_type(args) {
        Type::Tuple(elements) => Ok(Type::tuple(elements.iter().rev().cloned())),
        Type::List(element) | Type::Set(element) => Ok(Type::List(element)),
        other => {
            Err(FunctionError::argument(0, format!("can only reverse list or tuple values, not {}", other.friendly())))
        }
    }
}

fn reverse(call: &Call<'_>) -> Outcome {
    let items = call.items(0).iter().rev().cloned().collect();
    Ok(sequence(call.ty, items).marked(call.arg(0).marks))
}

/// Start and end of a slice, as far as they are known.
fn bounds(args: &[Val]) -> Result<(Option<usize>, Option<usize>), FunctionError> {
    let length = args.first().and_then(|list| match list.ty() {
        Type::Tuple(elements) => Some(elements.len()),
        _ => list.as_items().map(|items| items.len()),
    });
    let bound = |index: usize, name: &str| -> Result<Option<usize>, FunctionError> {
        let Some(arg) = args.get(index).filter(|arg| arg.is_known()) else {
            return Ok(None);
        };
        let wrong = |message: &str| FunctionError::argument(index, format!("{name} index {message}"));
        let value = whole(arg).ok_or_else(|| wrong("must be a whole number"))?;
        let value = usize::try_from(value).map_err(|_| wrong("must not be less than zero"))?;
        if length.is_some_and(|length| value > length) {
            return Err(wrong("must not be greater than the length of the list"));
        }
        Ok(Some(value))
    };
    let (start, end) = (bound(1, "start")?, bound(2, "end")?);
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(FunctionError::argument(1, "start index must not be greater than end index"));
    }
    Ok((start, end))
}

fn slice_type(args: &[Val]) -> Result<Type, FunctionError> {
    let ty = first_type(args);
    if !matches!(ty, Type::List(_) | Type::Tuple(_)) {
        return Err(FunctionError::argument(0, "must be a list or tuple value"));
    }
    let (start, end) = bounds(args)?;
    match (ty, start, end) {
        (Type::Tuple(elements), Some(start), Some(end)) => {
            Ok(Type::tuple(elements.get(start..end).unwrap_or_default().to_vec()))
        }
        (Type::Tuple(_), ..) => Ok(Type::Dynamic),
        (list, ..) => Ok(list),
    }
}

fn slice(call: &Call<'_>) -> Outcome {
    let (start, end) = bounds(call.args)?;
    let items = call.items(0).get(start.unwrap_or(0)..end.unwrap_or(0)).unwrap_or_default().to_vec();
    Ok(sequence(call.ty, items).marked(call.arg(0).marks))
}

fn sort(call: &Call<'_>) -> Outcome {
    let list = call.arg(0);
    if !list.is_wholly_known() {
        let range = list.range();
        return Ok(Val::unknown(call.ty.clone()).refine_length(range.min_length, range.max_length));
    }
    let mut items = call.items(0).to_vec();
    if let Some(index) = items.iter().position(Val::is_null) {
        return fail(format!("given list element {index} is null; a null string cannot be sorted"));
    }
    items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(Val::list(Type::String, items))
}

fn keys_type(args: &[Val]) -> Result<Type, FunctionError> {
    let types: Vec<Type> = args.iter().skip(1).map(Val::ty).collect();
    match unify_unsafe(&types) {
        Some(unified) => Ok(unified.ty),
        None => fail("keys and searchset must be of the same type"),
    }
}

fn match_keys(call: &Call<'_>) -> Outcome {
    let ty = keys_type(call.args)?;
    let (keys, search) = (convert(call.arg(1), &ty)?, convert(call.arg(2), &ty)?);
    let values = call.items(0);
    let (Some(keys_items), Some(search_items)) = (keys.as_items(), search.as_items()) else {
        return call.unknown();
    };
    if values.len() != keys_items.len() {
        return fail("length of keys and values should be equal");
    }
    if search_items.is_empty() {
        return Ok(sequence(call.ty, Vec::new()));
    }
    if !call.arg(0).is_wholly_known() || !keys.is_wholly_known() {
        return call.unknown();
    }
    if keys_items.len().saturating_mul(search_items.len()) > MAX_COMPARISONS {
        return call.over("length of a list");
    }
    let mut found = Vec::new();
    for (key, value) in keys_items.iter().zip(values) {
        for candidate in &**search_items {
            match equality::decide(key, candidate) {
                None => return Ok(sequence(call.ty, Vec::new())),
                Some(true) => {
                    found.push(value.clone());
                    break;
                }
                Some(false) => {}
            }
        }
    }
    Ok(sequence(call.ty, found))
}
