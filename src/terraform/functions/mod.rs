//! The functions of Terraform 1.11. In: a name, evaluated arguments and the [`Host`] they run in. Out: a value, or why
//! there is none. `try`, `can` and the template functions need the evaluator: it handles the first two itself and
//! renders templates for the others through [`Host::render`].

mod collections;
mod conversion;
mod datetime;
mod dispatch;
mod encoding;
mod filesystem;
mod format;
mod glob;
mod go_pattern;
mod hash;
mod json;
mod lists;
mod maps;
mod network;
mod numeric;
mod patterns;
mod provider;
mod regex;
mod sets;
mod signature;
mod strings;
mod template;
mod text;
mod yaml;
mod yaml_scalar;

use std::{path::Path, sync::Arc};

pub use dispatch::{call, exists};
pub use json::{decode as decode_json, encode as encode_json, write_string as write_json_string};
pub use patterns::concatenate;
pub use signature::{Parameter, Want, parameters};

use crate::{
    source::{SourceFile, Sources},
    terraform::cty::{Entries, Val},
};

/// Budget: the longest string that a function makes, in bytes.
pub const MAX_TEXT: usize = 16 * 1024 * 1024;
/// Budget: the most elements that a function makes.
pub const MAX_ELEMENTS: usize = 200_000;
/// Budget: the deepest nesting of a decoded document.
pub const MAX_DEPTH: usize = 100;

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
        let name = name.strip_prefix("core::").unwrap_or(name);
        let template = matches!(name, "templatefile" | "templatestring");
        !template && (self == Self::TemplateFile || !dispatch::find(name).is_some_and(|function| function.reads_files))
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
    /// A file is not there.
    pub missing: bool,
}

impl FunctionError {
    fn new(message: impl Into<String>) -> Self {
        Self { argument: None, message: message.into(), undeclared: false, missing: false }
    }

    fn argument(index: usize, message: impl Into<String>) -> Self {
        Self { argument: Some(index), message: message.into(), undeclared: false, missing: false }
    }
}

type Outcome = Result<Val, FunctionError>;

fn fail<T>(message: impl Into<String>) -> Result<T, FunctionError> {
    Err(FunctionError::new(message))
}
