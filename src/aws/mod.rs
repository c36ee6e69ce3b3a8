//! What is known of AWS, whatever language the code is in. In: stacks. Out: a [`project::Project`] with typed
//! views and relations. Every question takes a [`crate::value::World`] and is answered in three values.

pub mod answer;
pub mod arn;
pub mod autoscaling;
pub mod backup;
pub mod cloudtrail;
pub mod defaults;
pub mod dynamodb;
pub mod iam;
pub mod identity;
pub mod imports;
pub mod kms;
pub mod network;
pub mod project;
pub mod scope;
pub mod settings;
pub mod spelling;
pub mod symbolic;
pub mod tags;
pub mod text;
pub mod workload;

pub use answer::Answer;
pub use project::{Project, Target};
pub use settings::Settings;
