//! Judging. In: a project and rules. Out: one judgement per rule and resource, with the worlds in which it holds.

pub mod judge;
pub mod rule;
pub mod shard;
pub mod verdict;

pub use judge::{Judged, Judgement, LeafOutcome, conclude, judge, judge_resource};
pub(crate) use rule::rule;
pub use rule::{Confidence, Context, POLICY_PREFIX, Profile, Rule, Severity, is_of_policy};
pub use shard::Shard;
pub use verdict::{Outcome, Related, Verdict};
