//! AWS Backup. In: plans and selections of a project. Out: whether they back up a table.

pub mod plan;
pub mod selection;

pub use plan::{Backup, backup, rules, selections_of, vault};
