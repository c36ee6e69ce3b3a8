//! AWS Backup. In: plans and selections of a project. Out: whether they back up a table.

pub mod selection;
