//! A root module with all it calls, evaluated on demand. In: a [`Library`] and [`Options`]. Out: a
//! [`crate::model::Stack`] of resources, and the values of expressions.

mod content;
mod data;
mod expand;
mod instance;
mod load;
mod nodes;
mod provider;
mod resource;
mod scope;
mod session;
mod value;

use std::{collections::BTreeMap, sync::Arc};

pub(crate) use load::on_big_stack;
pub use load::{Console, ConsoleError, evaluate, load, threads};
pub use value::written;

use crate::{
    terraform::{cty::Entries, eval::ShortCircuit, modules::inputs::Given},
    value::{Unknown, Variables},
};

/// How modules are evaluated.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-var` and `-var-file`, in their order.
    pub inputs: Vec<Given>,
    /// The environment of the run, for `TF_VAR_…`; empty for reproducible results.
    pub environment: BTreeMap<String, String>,
    /// The workspace; a choice when not given.
    pub workspace: Option<String>,
    /// The region of provider configurations that say none.
    pub region: Option<Arc<str>>,
    /// The account of provider configurations that neither restrict it nor assume a role.
    pub account: Option<Arc<str>>,
    /// Evaluate all that is declared, not only what the resources of interest need, so that every error is found.
    pub everything: bool,
    /// Leave out the attributes of managed resources: rules read their properties.
    pub lean: bool,
    /// How logical operators evaluate; by `required_version` when not given.
    pub short_circuit: Option<ShortCircuit>,
    /// What another tool passes to the root module.
    pub passed: Option<Passed>,
}

/// What another tool, as Terragrunt, or a plan passes to a root module, and in whose name.
#[derive(Clone, Debug)]
pub struct Passed {
    /// The id of the stack: one module may be deployed several times.
    pub stack: Arc<str>,
    /// Values of variables.
    pub values: Entries,
    /// Why any variable may be passed.
    pub open: Option<Arc<Unknown>>,
    /// The undecided inputs in the values.
    pub variables: Variables,
    /// The values are final: files, the environment and the command line do not win over them.
    pub decisive: bool,
}
