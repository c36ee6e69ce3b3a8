//! Calls functions as cty's function system does: arity, conversion of arguments, nulls, unknowns and marks. Beside
//! the result that Terraform would have, an unknown result keeps what its arguments tell (see [`patterns`]).

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use crate::{
    terraform::{
        cty::{Form, Hint, Kind, MAX_ARMS, Marks, Type, Val, convert},
        functions::{
            FunctionError, Host, Outcome, collections, conversion, datetime, encoding, filesystem, format, hash, lists,
            maps, network, numeric, patterns, provider, regex, sets,
            signature::{Call, Function, Parameter, Returns},
            strings, template, text,
        },
    },
    value::{self, Formula, Reason},
};

static TABLE: LazyLock<FxHashMap<&'static str, &'static Function>> = LazyLock::new(|| {
    let families: [&[Function]; 16] = [
        collections::FUNCTIONS,
        conversion::FUNCTIONS,
        datetime::FUNCTIONS,
        encoding::FUNCTIONS,
        filesystem::FUNCTIONS,
        format::FUNCTIONS,
        hash::FUNCTIONS,
        lists::FUNCTIONS,
        maps::FUNCTIONS,
        network::FUNCTIONS,
        numeric::FUNCTIONS,
        regex::FUNCTIONS,
        sets::FUNCTIONS,
        strings::FUNCTIONS,
        template::FUNCTIONS,
        text::FUNCTIONS,
    ];
    families.into_iter().flatten().chain(provider::FUNCTIONS).map(|function| (function.name, function)).collect()
});

/// The function of a name, with or without `core::`.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    TABLE.get(name.strip_prefix("core::").unwrap_or(name)).copied()
}

/// Whether there is a function of that name, `try` and `can` included.
pub fn exists(name: &str) -> bool {
    find(name).is_some() || matches!(name.strip_prefix("core::").unwrap_or(name), "try" | "can")
}

/// Calls a function.
///
/// # Errors
/// When there is no such function, or Terraform would stop at this call.
pub fn call(name: &str, args: &[Val], host: &dyn Host) -> Outcome {
    let Some(function) = find(name) else {
        let message = format!("There is no function named \"{name}\".");
        return Err(FunctionError { undeclared: true, ..FunctionError::new(message) });
    };
    let args = converted(function, args)?;
    let result = run(function, &args, host)?;
    Ok(enriched(function, &args, host, result))
}

fn converted(function: &Function, args: &[Val]) -> Result<Vec<Val>, FunctionError> {
    let required = function.parameters.len();
    if args.len() < required || (args.len() > required && function.rest.is_none()) {
        let at_least = if function.rest.is_some() { "at least " } else { "" };
        return Err(FunctionError::new(format!(
            "Function \"{}\" expects {at_least}{required} argument(s), but was called with {}.",
            function.name,
            args.len()
        )));
    }
    let each = args.iter().enumerate().map(|(index, arg)| {
        let Some(parameter) = function.parameter(index) else {
            return Ok(arg.clone());
        };
        convert(arg, &parameter.want.ty()).map_err(|error| invalid(index, parameter, &error.to_string()))
    });
    each.collect()
}

fn invalid(index: usize, parameter: &Parameter, message: &str) -> FunctionError {
    FunctionError::argument(index, format!("Invalid value for \"{}\" parameter: {message}.", parameter.name))
}

/// The call as Terraform makes it; arguments have the declared types.
fn run(function: &Function, args: &[Val], host: &dyn Host) -> Outcome {
    let mut marks = Marks::NONE;
    let mut plain: Vec<Val> = Vec::with_capacity(args.len());
    let mut untyped = false;
    let mut undecided = false;
    for (index, arg) in args.iter().enumerate() {
        let Some(parameter) = function.parameter(index) else { continue };
        if !untyped {
            if arg.is_null() && !parameter.null {
                return Err(invalid(index, parameter, "argument must not be null"));
            }
            untyped = arg.ty() == Type::Dynamic && !parameter.dynamic;
        }
        undecided |= !arg.is_known() && !parameter.unknown;
        if parameter.marked {
            plain.push(arg.clone());
        } else {
            marks |= arg.deep_marks();
            plain.push(arg.clone().unmarked_deep());
        }
    }
    if untyped {
        return Ok(Val::dynamic().marked(marks));
    }
    let ty = match function.returns {
        Returns::Always(want) => want.ty(),
        Returns::By(decide) => decide(&plain)?,
    };
    let result = if undecided { Val::unknown(ty) } else { (function.body)(&Call { args: &plain, ty: &ty, host })? };
    if function.not_null && result.is_null() {
        return Err(FunctionError::new(format!("function \"{}\" returned null", function.name)));
    }
    let result = if function.not_null { result.refine_not_null() } else { result };
    Ok(result.marked(marks))
}

/// The function over arguments in which something lies that is known to a checker though not to Terraform.
fn seen_through(function: &Function, args: &[Val], host: &dyn Host) -> Option<Form> {
    let mut found = false;
    let args: Vec<Val> = args.iter().map(|arg| certain(arg.clone(), &mut found)).collect();
    let result = found.then(|| run(function, &args, host).ok()).flatten()?;
    match enriched(function, &args, host, result) {
        Val { kind: Kind::Unknown(unknown), .. } => Some(unknown.hint.form.clone()),
        known => Some(Form::Choice([(Formula::TRUE, known)].into())),
    }
}

/// A value with each choice in it that has one arm only replaced by that arm.
fn certain(value: Val, found: &mut bool) -> Val {
    match &value.kind {
        Kind::Unknown(unknown) => match &unknown.hint.form {
            Form::Choice(arms) if arms.len() == 1 => {
                *found = true;
                arms.first().map(|(_, arm)| arm.clone()).unwrap_or(value)
            }
            _ => value,
        },
        _ if value.is_wholly_known() => value,
        _ => value.map_children(&mut |child| certain(child, found)),
    }
}

/// Adds to an unknown result what a checker can tell of it.
fn enriched(function: &Function, args: &[Val], host: &dyn Host, result: Val) -> Val {
    let result = if result.is_known() { because_of(result, args) } else { result };
    let Kind::Unknown(unknown) = &result.kind else {
        return result;
    };
    if !unknown.hint.is_empty() {
        return result;
    }
    let why = args.iter().find_map(reason);
    let form = choice(function, args, host)
        .or_else(|| patterns::form(function.name, args, host))
        .or_else(|| seen_through(function, args, host))
        .unwrap_or_default();
    result.hinted(Hint { why, form })
}

/// Unknown parts of a known result are unknown for the reason that an argument is, unless they have one.
fn because_of(result: Val, args: &[Val]) -> Val {
    if result.is_wholly_known() {
        return result;
    }
    let Some(why) = args.iter().find_map(reason) else {
        return result;
    };
    fn each(value: Val, why: &Arc<value::Unknown>) -> Val {
        let value = value.because(why);
        if value.is_wholly_known() { value } else { value.map_children(&mut |child| each(child, why)) }
    }
    each(result, &why)
}

/// Why a value or the first unknown part of it is unknown.
pub(super) fn reason(value: &Val) -> Option<Arc<value::Unknown>> {
    match &value.kind {
        Kind::Unknown(unknown) => unknown.hint.why.clone(),
        _ => value.children().find_map(reason),
    }
}

/// The function over every arm of the first argument that is a choice.
fn choice(function: &Function, args: &[Val], host: &dyn Host) -> Option<Form> {
    let (index, arms) = args.iter().enumerate().find_map(|(index, arg)| match &arg.hint()?.form {
        Form::Choice(arms) => Some((index, arms)),
        _ => None,
    })?;
    let mut results: Vec<(Formula, Val)> = Vec::new();
    for (guard, arm) in &**arms {
        let mut args = args.to_vec();
        *args.get_mut(index)? = arm.clone();
        let result = match run(function, &args, host) {
            Ok(result) => enriched(function, &args, host, result),
            Err(error) => Val::dynamic().hinted(Hint::why(value::Unknown::new(Reason::Impossible, error.message))),
        };
        match result.hint().map(|hint| &hint.form) {
            Some(Form::Choice(inner)) => {
                let nested =
                    inner.iter().map(|(also, value)| (Formula::all([guard.clone(), also.clone()]), value.clone()));
                results.extend(nested);
            }
            _ => results.push((guard.clone(), result)),
        }
    }
    (results.len() <= MAX_ARMS).then(|| Form::Choice(results.into()))
}

/// A value that was not computed because it would cost too much; `what` names the bound.
pub(super) fn over_budget(ty: &Type, what: &str) -> Val {
    Val::unknown(ty.clone()).hinted(Hint::why(value::Unknown::new(Reason::Budget, what)))
}
