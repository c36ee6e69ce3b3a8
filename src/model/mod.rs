//! The one resource model. In: what a front end resolved. Out: stacks of resources in CloudFormation's shape.

pub mod problem;
pub mod resource;
pub mod stack;

pub use problem::{Problem, ProblemKind};
pub use resource::{Lifecycle, Mode, ModuleCall, Resource};
pub use stack::{EXPORT_KEY, Export, Stack, StackKind, output_name};
