//! CDK assemblies. In: `cdk.out/manifest.json`. Out: stacks, their resources named by construct path and mapped to the
//! lines of the program.

pub mod constructs;
pub mod frames;
pub mod manifest;
