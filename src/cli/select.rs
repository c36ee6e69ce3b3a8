//! From the arguments that say what to read and which rules run, with the configuration file, to options.

use crate::{
    check::Options,
    cli::{
        args::{ScanArgs, SelectArgs},
        config, environment, scan,
    },
    engine::Profile,
    suppress,
};

/// Options with the inputs of `scan`, the configuration that is found, and the rules of `args`.
///
/// # Errors
/// When a path is missing, or the configuration file has mistakes.
pub fn options(scan: &ScanArgs, args: &SelectArgs) -> anyhow::Result<Options> {
    let options = scan::options(scan)?;
    let config = config::load(args.config.as_deref(), &options)?;
    Ok(Options {
        exclude: options.exclude.iter().chain(&config.exclude).cloned().collect(),
        guard: args.guard.clone(),
        rules: args.rules.clone(),
        skip_rules: args.skip_rules.clone(),
        profile: args.profile.map(Profile::from).or(config.profile).unwrap_or(Profile::Default),
        suppress: suppress::Options { foreign: !args.no_foreign_suppressions, today: environment::today() },
        settings: config.settings.clone(),
        config,
        ..options
    })
}
