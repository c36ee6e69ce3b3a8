//! The functions of Terraform 1.11. In: a name, evaluated arguments and the [`Host`] they run in. Out: a value, or why
//! there is none. `try`, `can` and the template functions need the evaluator: it handles the first two itself and
//! renders templates for the others through [`Host::render`].

use std::{path::Path, sync::Arc};

use crate::{
    source::{SourceFile, Sources},
    terraform::cty::{Entries, Val},
};

/// What functions need of the place where they are called.
pub trait Host {
    /// The files of the scan.
    fn sources(&self) -> &Sources;

    /// The directory of the root module, relative to the scan root: file functions count from there.
    fn base(&self) -> &Path;

    /// Evaluates a template in which only `variables` and functions are in scope; `caller` is the function that
    /// renders it. A template that is one interpolation alone has any type.
    ///
    /// # Errors
    /// What is wrong with the template, in words.
    fn render(&self, template: &Arc<SourceFile>, variables: &Entries, caller: Caller) -> Result<Val, String>;
}

/// The function that renders a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// `templatefile`: its template may not call a template function.
    TemplateFile,
    /// `templatestring`: its template may call neither template nor file functions.
    TemplateString,
}

impl Caller {
    /// Whether a template that this function renders may call the function `name`.
    pub fn allows(self, name: &str) -> bool {
        !matches!(name.strip_prefix("core::").unwrap_or(name), "templatefile" | "templatestring")
    }
}

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// The argument that is at fault, from 0.
    pub argument: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// There is no function of this name at all: an error that `try` does not catch.
    pub undeclared: bool,
}

/// Whether there is a function of that name, `try` and `can` included.
pub fn exists(name: &str) -> bool {
    matches!(name.strip_prefix("core::").unwrap_or(name), "try" | "can")
}

/// Calls a function.
///
/// # Errors
/// When there is no such function, or Terraform would stop at this call.
pub fn call(name: &str, _args: &[Val], _host: &dyn Host) -> Result<Val, FunctionError> {
    Err(FunctionError { argument: None, message: format!("there is no function `{name}`"), undeclared: true })
}
