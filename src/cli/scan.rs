//! From the arguments that say what to read to the options of the pipeline.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{check::Options, cli::args::ScanArgs, cloudformation, terraform};

/// Options with the inputs of `args`; what concerns rules is as in a run without arguments.
///
/// # Errors
/// When a variable has no `=`, or a file that an option names does not exist.
pub fn options(args: &ScanArgs) -> anyhow::Result<Options> {
    let cloudformation = cloudformation::Options {
        region: args.region.as_deref().map(Into::into),
        account: args.account.as_deref().map(Into::into),
        parameters: args.parameters.iter().map(|path| existing(path)).collect::<anyhow::Result<_>>()?,
    };
    Ok(Options {
        paths: args.paths.clone(),
        root: args.root.clone(),
        exclude: args.exclude.clone(),
        cloudformation,
        terraform: terraform::Options {
            inputs: args.variables.given()?,
            environment: if args.environment_variables { environment() } else { Default::default() },
            workspace: args.workspace.clone(),
            region: args.region.as_deref().map(Into::into),
            account: args.account.as_deref().map(Into::into),
            ..terraform::Options::default()
        },
        ..Options::new(".")
    })
}

/// `TF_VAR_…` of the environment.
fn environment() -> std::collections::BTreeMap<String, String> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).filter(|(name, _)| name.starts_with("TF_VAR_")).collect()
}

/// The absolute path of a file that an option names.
pub(super) fn existing(path: &Path) -> anyhow::Result<PathBuf> {
    path.canonicalize().with_context(|| format!("{}", path.display()))
}

/// Starts the threads that do the work.
///
/// # Errors
/// When the system has none.
pub fn set_threads(jobs: Option<usize>) -> anyhow::Result<()> {
    terraform::threads().num_threads(jobs.unwrap_or(0)).build_global().context("cannot start threads")
}
