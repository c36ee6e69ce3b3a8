//! iac-check: whether the DynamoDB data of a Terraform or CloudFormation project is protected, before it is deployed.
//!
//! # Floors
//! A module uses only modules of lower floors; `tests/floors.rs` keeps it so.
//!
//! | floor | modules | |
//! |---|---|---|
//! | 0 | [`source`] | files, spans, lines and columns; the only reader of user files |
//! | 1 | [`value`] | values, unknowns, patterns, choices, worlds |
//! | 2 | [`model`] | resources and stacks in CloudFormation's shape |
//! | 3 | [`terraform`], [`cloudformation`], [`aws`] | the two front ends, and what is known of AWS; they do not know each other |
//! | 4 | [`discover`] | which file is what |
//! | 5 | [`engine`] | rules, verdicts |
//! | 6 | [`rules`], [`guard`] | the catalogue, in `rules/`; policies of AWS CloudFormation Guard |
//! | 7 | [`finding`], [`config`] | what is reported |
//! | 8 | [`suppress`], [`baseline`], [`changed`] | which findings are accepted, known, or touched by a change |
//! | 9 | [`check`] | from paths to a report |
//! | 10 | [`report`], [`compliance`] | one writer per format; findings by control |
//! | 11 | [`cli`] | arguments, exit codes |

pub mod aws;
pub mod baseline;
pub mod changed;
pub mod check;
pub mod cli;
pub mod cloudformation;
pub mod compliance;
pub mod config;
pub mod discover;
pub mod engine;
pub mod finding;
pub mod guard;
pub mod model;
pub mod report;
#[path = "../rules/mod.rs"]
pub mod rules;
pub mod source;
pub mod suppress;
pub mod terraform;
pub mod value;
