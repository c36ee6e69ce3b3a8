//! Functions that look into collections of any kind, and those that choose among values.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::terraform::{
    cty::{Form, Kind, Number as Num, Piece, Type, Val, convert, equality, unify::unify_unsafe},
    functions::{
        FunctionError, Outcome, fail,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{Any, Bool, Number},
            whole,
        },
    },
};

const LIST: Parameter = Parameter::new("list", Any);
const VALUE: Parameter = Parameter::new("value", Any);
const VALUES: Parameter = Parameter::new("vals", Any).unknown().dynamic().null();

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("length", &[VALUE.dynamic().unknown().marked()], Returns::By(length_type), length),
    Function::new("element", &[LIST.marked(), Parameter::new("index", Number)], Returns::By(element_type), element)
        .nullable(),
    Function::new("contains", &[LIST, VALUE], Returns::Always(Bool), contains),
    Function::new("index", &[LIST, VALUE], Returns::Always(Number), index),
    Function::new("one", &[LIST], Returns::By(one_type), one).nullable(),
    Function::new("coalesce", &[], Returns::By(coalesce_type), coalesce).rest(VALUES),
    Function::new("coalescelist", &[], Returns::By(coalesce_list_type), coalesce_list).rest(VALUES),
];

fn length_type(args: &[Val]) -> Result<Type, FunctionError> {
    match args.first().map(Val::ty) {
        Some(Type::Bool | Type::Number) | None => {
            fail("argument must be a string, a collection type, or a structural type")
        }
        Some(_) => Ok(Type::Number),
    }
}

fn length(call: &Call<'_>) -> Outcome {
    let arg = call.arg(0);
    let unknown = || Val::unknown(Type::Number).refine_not_null();
    let result = match (arg.ty(), &arg.kind) {
        (Type::Tuple(elements), _) => Val::number(elements.len()),
        (Type::Object(attributes), _) => Val::number(attributes.len()),
        (_, Kind::String(text)) => Val::number(text.text.graphemes(true).count()),
        (Type::String, _) => {
            let prefix = arg.range().prefix.map_or(0, |prefix| prefix.graphemes(true).count());
            unknown().refine_number(Some(Num::from(prefix)), None)
        }
        (_, Kind::Set(_, items)) if items.len() > 1 && !arg.is_wholly_known() => {
            unknown().refine_number(Some(Num::from(1_i64)), Some(Num::from(items.len())))
        }
        (_, Kind::List(_, items) | Kind::Set(_, items)) => Val::number(items.len()),
        (_, Kind::Map(_, entries)) => Val::number(entries.len()),
        (ty, _) if ty.is_collection() => {
            let range = arg.range();
            unknown().refine_number(
                Some(Num::from(range.min_length)),
                Some(range.max_length.map_or_else(|| Num::from(i64::MAX), Num::from)),
            )
        }
        _ => Val::unknown(Type::Number),
    };
    Ok(result.marked(arg.marks))
}

fn element_type(args: &[Val]) -> Result<Type, FunctionError> {
    match args.first().map(Val::ty) {
        Some(Type::List(element)) => Ok((*element).clone()),
        Some(Type::Tuple(types)) => {
            let Some(index) = args.get(1).filter(|index| index.is_known()) else {
                return Ok(Type::Dynamic);
            };
            let index = whole(index).ok_or_else(|| FunctionError::new("invalid index: a whole number is required"))?;
            let length = i64::try_from(types.len()).unwrap_or(i64::MAX);
            if length == 0 {
                return fail("cannot use element function with an empty list");
            }
            // Terraform 1.11 stops at a negative index into a tuple.
            let at = usize::try_from(index % length).ok().and_then(|at| types.get(at));
            at.cloned().ok_or_else(|| FunctionError::new("index out of range"))
        }
        Some(other) => fail(format!("cannot read elements from {}", other.friendly())),
        None => fail("cannot read elements"),
    }
}

fn element(call: &Call<'_>) -> Outcome {
    let index = whole(call.arg(1)).ok_or_else(|| FunctionError::new("invalid index: a whole number is required"))?;
    let items = call.items(0);
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if length == 0 {
        return fail("cannot use element function with an empty list");
    }
    let at = usize::try_from(index.rem_euclid(length)).ok().and_then(|at| items.get(at));
    match at {
        Some(item) => Ok(item.clone().marked(call.arg(0).marks)),
        None => fail("index out of range"),
    }
}

fn contains(call: &Call<'_>) -> Outcome {
    let Some(items) = call.arg(0).as_items() else {
        return fail("argument must be list, tuple, or set");
    };
    let mut undecided = false;
    for item in &**items {
        match equality::decide(call.arg(1), item) {
            Some(true) => return Ok(true.into()),
            Some(false) => {}
            None => undecided = true,
        }
    }
    if undecided { call.unknown() } else { Ok(false.into()) }
}

fn index(call: &Call<'_>) -> Outcome {
    let (Kind::List(_, items) | Kind::Tuple(items)) = &call.arg(0).kind else {
        return fail("argument must be a list or tuple");
    };
    if items.is_empty() {
        return fail("cannot search an empty list");
    }
    for (at, item) in items.iter().enumerate() {
        match equality::decide(item, call.arg(1)) {
            None => return call.unknown(),
            Some(true) => return Ok(Val::number(at)),
            Some(false) => {}
        }
    }
    fail("item not found")
}

fn one_type(args: &[Val]) -> Result<Type, FunctionError> {
    match args.first().map(Val::ty) {
        Some(Type::List(element) | Type::Set(element)) => Ok((*element).clone()),
        Some(Type::Tuple(types)) if types.len() <= 1 => Ok(types.first().cloned().unwrap_or(Type::Dynamic)),
        _ => Err(FunctionError::argument(0, "must be a list, set, or tuple value with either zero or one elements")),
    }
}

fn one(call: &Call<'_>) -> Outcome {
    let arg = call.arg(0);
    match call.items(0) {
        [] => Ok(Val::null(call.ty.clone())),
        [single] => Ok(single.clone()),
        _ if matches!(arg.kind, Kind::Set(..)) && !arg.is_wholly_known() => call.unknown(),
        _ => Err(FunctionError::argument(0, "must be a list, set, or tuple value with either zero or one elements")),
    }
}

fn coalesce_type(args: &[Val]) -> Result<Type, FunctionError> {
    let types: Vec<Type> = args.iter().map(Val::ty).collect();
    match unify_unsafe(&types) {
        Some(unified) => Ok(unified.ty),
        None => fail("all arguments must have the same type"),
    }
}

fn coalesce(call: &Call<'_>) -> Outcome {
    for arg in call.args {
        // Terraform skips what does not convert after all.
        let Ok(value) = convert(arg, call.ty) else { continue };
        if !value.is_known() {
            // Text of which a part is known is neither null nor empty, whatever the rest is.
            return if has_text(&value) { Ok(value) } else { call.unknown() };
        }
        if !value.is_null() && value.as_str() != Some("") {
            return Ok(value);
        }
    }
    fail("no non-null, non-empty-string arguments")
}

fn has_text(value: &Val) -> bool {
    let form = value.hint().map(|hint| &hint.form);
    let is_written = |piece: &Piece| matches!(piece, Piece::Literal(text) if !text.is_empty());
    match form {
        Some(Form::Pattern(pieces)) => pieces.iter().any(is_written),
        Some(Form::Json(_)) => true,
        _ => false,
    }
}

fn coalesce_list_type(args: &[Val]) -> Result<Type, FunctionError> {
    let Some(first) = args.first() else {
        return fail("at least one argument is required");
    };
    for arg in args {
        if !arg.is_known() {
            return Ok(Type::Dynamic);
        }
        if !matches!(arg.ty(), Type::List(_) | Type::Tuple(_)) {
            return fail("coalescelist arguments must be lists or tuples");
        }
    }
    let first = first.ty();
    Ok(if args.iter().all(|arg| arg.ty() == first) { first } else { Type::Dynamic })
}

fn coalesce_list(call: &Call<'_>) -> Outcome {
    for arg in call.args {
        if !arg.is_known() {
            return call.unknown();
        }
        if arg.as_items().is_some_and(|items| !items.is_empty()) {
            return Ok(arg.clone());
        }
    }
    fail("no non-null arguments")
}
