//! From the arguments that say what to read to the options of the pipeline.

use anyhow::Context as _;

use crate::{
    aws::Settings,
    check::Options,
    cli::args::ScanArgs,
    cloudformation,
    engine::{Outcome, Profile, Severity},
    finding::Filter,
};

/// Stack of a worker thread: deeply nested code is walked recursively, within the budgets of each walk.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Options with the inputs of `args`; what concerns rules is as in a run without arguments.
///
/// # Errors
/// When a variable has no `=`.
pub fn options(args: &ScanArgs) -> anyhow::Result<Options> {
    Ok(Options {
        paths: args.paths.clone(),
        root: args.root.clone(),
        exclude: args.exclude.clone(),
        cloudformation: cloudformation::Options {
            region: args.region.as_deref().map(Into::into),
            account: args.account.as_deref().map(Into::into),
        },
        settings: Settings::default(),
        rules: Vec::new(),
        skip_rules: Vec::new(),
        profile: Profile::Default,
        filter: Filter { outcomes: vec![Outcome::Unknown, Outcome::Fail], min_severity: Severity::Low },
        fail_on: Some(Severity::Low),
        fail_on_unknown: false,
    })
}

/// Starts the threads that do the work.
///
/// # Errors
/// When the system has none.
pub fn set_threads(jobs: Option<usize>) -> anyhow::Result<()> {
    let builder = rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).num_threads(jobs.unwrap_or(0));
    builder.build_global().context("cannot start threads")
}
