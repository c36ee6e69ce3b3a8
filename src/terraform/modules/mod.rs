//! Modules as they are written. In: folders. Out: their declarations, overrides merged in, each folder parsed once.

pub mod declare;
mod files;
pub mod inputs;
pub mod library;
mod merge;
pub mod types;

pub use declare::{Call, Local, Module, Output, Provider, ResourceBlock, Variable};
pub use library::Library;
pub use types::Constraint;
