//! Functions that take strings apart, put them together and look into them.

use crate::terraform::{
    cty::{Type, Val},
    functions::{
        FunctionError, MAX_TEXT, Outcome, fail, regex,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{Bool, List, String},
        },
        strings::bounded,
    },
};

const STR: Parameter = Parameter::new("str", String);
const TEXT: Returns = Returns::Always(String);
const TRUTH: Returns = Returns::Always(Bool);
const TEXTS: Returns = Returns::Always(List(&String));

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("join", &[Parameter::new("separator", String)], TEXT, join)
        .rest(Parameter::new("lists", List(&String))),
    Function::new("split", &[Parameter::new("separator", String), STR], TEXTS, split),
    Function::new(
        "replace",
        &[STR, Parameter::new("substr", String), Parameter::new("replace", String)],
        TEXT,
        replace,
    ),
    Function::new("startswith", &[STR.unknown(), Parameter::new("prefix", String)], TRUTH, starts_with),
    Function::new("endswith", &[STR, Parameter::new("suffix", String)], TRUTH, |call| {
        Ok(call.text(0).ends_with(call.text(1)).into())
    }),
    Function::new("strcontains", &[STR, Parameter::new("substr", String)], TRUTH, |call| {
        Ok(call.text(0).contains(call.text(1)).into())
    })
    .nullable(),
];

fn join(call: &Call<'_>) -> Outcome {
    let lists = call.args.get(1..).unwrap_or_default();
    if lists.is_empty() {
        return fail("at least one list is required");
    }
    if !lists.iter().all(Val::is_wholly_known) {
        return call.unknown();
    }
    let mut parts = Vec::new();
    for (at, list) in lists.iter().enumerate() {
        for (index, item) in list.as_items().into_iter().flat_map(|items| items.iter()).enumerate() {
            match item.as_str() {
                Some(text) => parts.push(text),
                None => {
                    return Err(FunctionError::argument(
                        at + 1,
                        format!("element {index} is null; cannot concatenate null values"),
                    ));
                }
            }
        }
    }
    let length = parts.iter().map(|part| part.len()).sum::<usize>() + call.text(0).len() * parts.len();
    if length > MAX_TEXT { call.over("length of a string") } else { Ok(parts.join(call.text(0)).into()) }
}

fn split(call: &Call<'_>) -> Outcome {
    let (separator, text) = (call.text(0), call.text(1));
    let parts: Vec<Val> = if separator.is_empty() {
        text.chars().map(|c| Val::string(c.to_string())).collect()
    } else {
        text.split(separator).map(Val::from).collect()
    };
    if parts.len() > super::MAX_ELEMENTS { call.over("length of a list") } else { Ok(Val::list(Type::String, parts)) }
}

fn replace(call: &Call<'_>) -> Outcome {
    let (text, search, by) = (call.text(0), call.text(1), call.text(2));
    if let Some(pattern) = search.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        let pattern = regex::compile(pattern)?;
        return match pattern.replace_all(text, by) {
            Some(result) => Ok(result.into()),
            None => call.over("length of a string"),
        };
    }
    let count = if search.is_empty() { text.chars().count() + 1 } else { text.matches(search).count() };
    if count.saturating_mul(by.len()).saturating_add(text.len()) > MAX_TEXT {
        return call.over("length of a string");
    }
    bounded(call, text.replace(search, by))
}

fn starts_with(call: &Call<'_>) -> Outcome {
    let prefix = call.text(1);
    let Some(unknown) = call.arg(0).as_unknown() else {
        return Ok(call.text(0).starts_with(prefix).into());
    };
    let known = unknown.refinement.prefix.as_deref().unwrap_or_default();
    if known.starts_with(prefix) {
        Ok(true.into())
    } else if known.len() >= prefix.len() {
        Ok(false.into())
    } else {
        call.unknown()
    }
}
