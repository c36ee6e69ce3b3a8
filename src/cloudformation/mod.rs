//! CloudFormation, SAM and CDK templates. In: files. Out: stacks.

pub mod cdk;
pub mod choices;
pub mod conditions;
pub mod deployments;
pub mod detect;
pub mod domains;
pub mod embedded;
pub mod evaluate;
pub mod foreach;
pub mod include;
pub mod intrinsics;
pub mod intrinsics_text;
pub mod json;
pub mod load;
pub mod modules;
pub mod nested;
pub mod parameters;
pub mod policy_text;
pub mod position;
pub mod references;
pub mod rewrite;
pub mod sam;
pub mod serverless;
pub mod stack;
pub mod syntax;
pub mod template;
pub mod transform;
pub mod tree;
pub mod yaml;

pub use detect::{is_template, may_be_template};
pub use load::{Options, load};
