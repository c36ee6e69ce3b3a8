//! IAM: who may do what. In: policy documents and the resources that attach them. Out: three-valued answers per
//! principal, action and resource, with the statements that give them.
//!
//! From the bottom: [`template`] and [`element`] match strings, [`operators`] and [`condition`] judge a context,
//! [`policy`] parses documents, [`evaluate`] combines the layers for all actions at once, [`cells`] tells contexts
//! apart, [`access`] and [`isolation`] answer the questions that rules ask.

pub mod access;
pub mod actions;
pub mod cells;
pub mod condition;
pub mod context;
pub mod document;
pub mod element;
pub mod elsewhere;
pub mod evaluate;
pub mod explain;
pub mod index;
pub mod isolation;
pub mod managed;
pub mod operators;
pub mod outsiders;
pub mod permission;
pub mod policy;
pub mod principal;
pub mod principals;
pub mod public;
pub mod reach;
pub mod survey;
pub mod template;
pub mod tenancy;
