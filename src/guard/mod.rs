//! Policies of AWS CloudFormation Guard over our model, so that they judge Terraform and plans too. In: policy files and a
//! project. Out: judgements. The language is Guard 3; what differs from the original engine on purpose is in
//! `docs/guard.md`.

mod compare;
mod document;
mod evaluate;
mod expression;
mod functions;
mod implied;
mod judge;
mod node;
pub mod parse;
mod policy;
mod query;
mod sections;
mod spelling;
mod status;
pub mod syntax;

pub use judge::judge;
pub use policy::{Policies, PolicyFile, files, load};
