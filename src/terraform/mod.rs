//! Terraform configurations, plans and states. In: folders and files. Out: stacks.

pub mod address;
pub mod cty;
pub mod eval;
pub mod functions;
pub mod json;
pub mod lower;
pub mod plan;
pub mod syntax;
