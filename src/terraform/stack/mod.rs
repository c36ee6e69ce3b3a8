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

use std::collections::BTreeMap;

pub use load::{Console, ConsoleError, evaluate, load};
pub use value::written;

use crate::terraform::{eval::ShortCircuit, modules::inputs::Given};

/// How modules are evaluated.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-var` and `-var-file`, in their order.
    pub inputs: Vec<Given>,
    /// The environment of the run, for `TF_VAR_…`; empty for reproducible results.
    pub environment: BTreeMap<String, String>,
    /// The workspace; a choice when not given.
    pub workspace: Option<String>,
    /// Evaluate all that is declared, not only what the resources of interest need, so that every error is found.
    pub everything: bool,
    /// How logical operators evaluate; by `required_version` when not given.
    pub short_circuit: Option<ShortCircuit>,
}
