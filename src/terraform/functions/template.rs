//! Functions that render templates, through the evaluator.

use std::path::Path;

use crate::terraform::{
    cty::{Entries, Kind, Type, Val, convert},
    functions::{
        Caller, FunctionError, Outcome, fail, filesystem,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{Any, String},
        },
    },
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "templatefile",
        &[Parameter::new("path", String).marked().unknown(), Parameter::new("vars", Any).marked().unknown()],
        Returns::Always(Any),
        template_file,
    )
    .nullable(),
    // The evaluator checks that the first argument is a reference, as Terraform demands.
    Function::new(
        "templatestring",
        &[Parameter::new("template", String), Parameter::new("vars", Any)],
        Returns::Always(String),
        template_string,
    ),
];

fn variables(value: &Val) -> Result<Entries, FunctionError> {
    let Some(entries) = value.as_entries() else {
        return Err(FunctionError::argument(1, "invalid vars value: must be a map"));
    };
    match entries.keys().find(|name| !is_identifier(name)) {
        Some(name) => Err(FunctionError::argument(
            1,
            format!("invalid template variable name \"{name}\": must start with a letter"),
        )),
        None => Ok((**entries).clone()),
    }
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

fn template_file(call: &Call<'_>) -> Outcome {
    let (path, vars) = (call.arg(0), call.arg(1).clone());
    let marks = path.marks | vars.deep_marks();
    let vars = vars.unmarked_deep();
    let (Some(name), true) = (path.as_str(), vars.is_known()) else {
        return Ok(Val::dynamic().marked(marks));
    };
    let variables = variables(&vars)?;
    let path = match filesystem::locate(call.host, name) {
        Ok(path) => path,
        Err(outside) => return Ok(outside.marked(marks)),
    };
    let file = match call.host.sources().load(Path::new(&path)) {
        Ok(file) => file,
        Err(error) => return filesystem::unreadable(name, &error, &Type::Dynamic),
    };
    let rendered = call.host.render(&file, &variables, Caller::TemplateFile).map_err(FunctionError::new)?;
    if rendered.is_null() {
        return fail("the result of the template is null");
    }
    Ok(rendered.marked(marks))
}

fn template_string(call: &Call<'_>) -> Outcome {
    let template = call.arg(0);
    let Kind::String(text) = &template.kind else {
        return Err(FunctionError::argument(0, "invalid template value: a string is required"));
    };
    let variables = variables(call.arg(1))?;
    let file = call.host.sources().insert("<templatestring argument>", text.text.to_string());
    let rendered = call.host.render(&file, &variables, Caller::TemplateString).map_err(FunctionError::new)?;
    if rendered.is_null() {
        return fail("the result of the template is null");
    }
    Ok(convert(&rendered, &Type::String)?)
}
