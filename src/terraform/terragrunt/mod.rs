//! Terragrunt units. In: a `terragrunt.hcl`. Out: the local module that it deploys and the values that it passes to the
//! module's variables, with what its files share evaluated (Terragrunt documentation, "HCL: Blocks", "HCL: Attributes",
//! "HCL: Functions"). What other units put out, the environment and commands are unknown; nothing is run or fetched.

mod config;
mod functions;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use config::{Config, Reader};

use crate::{
    model::{Problem, ProblemKind},
    terraform::{
        cty::{Entries, Kind, Val},
        eval::{self, Budget, Conditions},
        modules::{
            Library,
            library::{join, tidy},
        },
        stack::{Passed, on_big_stack},
    },
    value::{Reason, Unknown},
};

/// A unit: a module with the values of its variables.
pub struct Unit {
    /// The folder of the module, relative to the scan root; none when it is not on this machine.
    pub module: Option<String>,
    /// What is passed to it.
    pub passed: Passed,
    /// What is wrong with the unit's files.
    pub problems: Vec<Problem>,
}

/// Reads a file given relative to the scan root; none when it deploys nothing itself, as a file that others include.
pub fn read(library: &Library<'_>, file: &str, environment: &BTreeMap<String, String>) -> Option<Unit> {
    on_big_stack(|| read_here(library, file, environment))
}

fn read_here(library: &Library<'_>, file: &str, environment: &BTreeMap<String, String>) -> Option<Unit> {
    let sources = library.sources();
    let folder = config::folder(file);
    let stack: Arc<str> = folder.as_str().into();
    let reader = Reader {
        sources,
        environment,
        conditions: Conditions::new(sources, Arc::clone(&stack)),
        budget: Budget::default(),
        problems: Default::default(),
    };
    let found = match Config::open(&reader, file, &folder, false, 0) {
        Ok(config) => deployed(library, &config, &folder).map(|module| (module, passed(&config))),
        Err(message) => {
            reader.tell(Problem::in_file(ProblemKind::Error, "terragrunt", message, file));
            Some((None, (Entries::new(), None)))
        }
    };
    let Reader { conditions, problems, .. } = reader;
    let (module, (values, open)) = found?;
    let passed = Passed { stack, values, open, variables: conditions.into_variables(), decisive: false };
    Some(Unit { module, passed, problems: problems.into_inner() })
}

/// The folder of the module that a unit deploys: none outside when it deploys nothing, none inside when the module is
/// not here.
fn deployed(library: &Library<'_>, config: &Config<'_>, folder: &str) -> Option<Option<String>> {
    let Some((source, from)) = config.source() else {
        return library.has_module(folder).then(|| Some(folder.to_owned()));
    };
    let span = source.span;
    let missing = |message: String| {
        config.reader.tell(Problem {
            span,
            ..Problem::in_file(ProblemKind::Warning, "terraform-module-missing", message, folder)
        });
    };
    let Some(text) = source.as_str() else {
        missing(
            "where the module of the Terragrunt unit is cannot be known: what it creates is not checked".to_owned(),
        );
        return Some(None);
    };
    let path = text.split('?').next().unwrap_or_default();
    let path = if Path::new(path).is_absolute() {
        library.sources().relative(Path::new(&tidy(path)))
    } else {
        tidy(&join(&from, path))
    };
    let is_local = text.starts_with(['.', '/']) && library.has_module(&path);
    if !is_local {
        missing(format!(
            "the module of the Terragrunt unit ({text}) is not on this machine: what it creates is not checked"
        ));
    }
    Some(is_local.then_some(path))
}

/// The values that are passed, and why there may be others.
fn passed(config: &Config<'_>) -> (Entries, Option<Arc<Unknown>>) {
    let Some(inputs) = config.inputs() else { return (Entries::new(), None) };
    let inputs = eval::choice::settled(&inputs);
    match (&inputs.kind, inputs.as_entries()) {
        (_, Some(entries)) => ((**entries).clone(), None),
        (Kind::Unknown(_), None) => (Entries::new(), Some(why(inputs))),
        _ => (Entries::new(), None),
    }
}

fn why(value: &Val) -> Arc<Unknown> {
    eval::reason(value)
        .unwrap_or_else(|| Arc::new(Unknown { span: value.span, ..Unknown::new(Reason::Unsupported, "inputs") }))
}
