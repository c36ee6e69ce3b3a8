//! CloudFormation, SAM and CDK templates. In: files. Out: stacks.

pub mod json;
pub mod position;
pub mod syntax;
pub mod tree;
pub mod yaml;
