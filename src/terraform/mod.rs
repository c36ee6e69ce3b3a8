//! Terraform configurations, plans and states. In: folders and files. Out: stacks.

pub mod address;
pub mod cty;
pub mod eval;
pub mod functions;
pub mod json;
pub mod lower;
pub mod modules;
pub mod plan;
pub mod policy_document;
pub mod schema;
pub mod stack;
pub mod syntax;
pub mod terragrunt;

pub use modules::Library;
pub use stack::{Options, load, threads};
