//! From the arguments that say what to read to the options of the pipeline.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{
    check::Options,
    cli::args::ScanArgs,
    cloudformation,
    terraform::{self, modules::inputs::Given},
};

/// Stack of a worker thread: deeply nested code is walked recursively, within the budgets of each walk.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Options with the inputs of `args`; what concerns rules is as in a run without arguments.
///
/// # Errors
/// When a variable has no `=`.
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
            environment: if args.environment_variables { environment() } else { Default::default() },
            ..terraform(&args.variables, &args.variable_files, args.workspace.as_deref())?
        },
        ..Options::new(".")
    })
}

/// What the Terraform front end is told: files first, so that single values win.
///
/// # Errors
/// When a variable has no `=`, or a file does not exist.
pub fn terraform(
    variables: &[String],
    files: &[PathBuf],
    workspace: Option<&str>,
) -> anyhow::Result<terraform::Options> {
    let file = |path: &PathBuf| Ok(Given::File(existing(path)?.to_string_lossy().into_owned()));
    let variable = |text: &String| {
        let (name, value) = text.split_once('=').with_context(|| format!("--var {text}: expected NAME=VALUE"))?;
        Ok(Given::Variable(name.trim().to_owned(), value.to_owned()))
    };
    let inputs = files.iter().map(file).chain(variables.iter().map(variable)).collect::<anyhow::Result<_>>()?;
    Ok(terraform::Options { inputs, workspace: workspace.map(str::to_owned), ..terraform::Options::default() })
}

/// `TF_VAR_…` of the environment.
fn environment() -> std::collections::BTreeMap<String, String> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).filter(|(name, _)| name.starts_with("TF_VAR_")).collect()
}

/// The absolute path of a file that an option names.
fn existing(path: &Path) -> anyhow::Result<PathBuf> {
    path.canonicalize().with_context(|| format!("{}", path.display()))
}

/// Starts the threads that do the work.
///
/// # Errors
/// When the system has none.
pub fn set_threads(jobs: Option<usize>) -> anyhow::Result<()> {
    let builder = rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).num_threads(jobs.unwrap_or(0));
    builder.build_global().context("cannot start threads")
}
