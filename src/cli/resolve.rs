//! `iac-check resolve`: what the code resolves to.

use crate::{
    check,
    cli::{
        OK,
        args::{ResolveArgs, ResolveFormat},
        output,
        progress::Progress,
        scan,
    },
    report::json::resolved,
};

/// Resolves and prints every stack.
///
/// # Errors
/// When a path is missing, an option is wrong, or stdout cannot be written.
pub fn run(args: &ResolveArgs) -> anyhow::Result<u8> {
    let mut options = scan::options(&args.scan)?;
    // Everything that is declared, so that every mistake in it is found.
    options.terraform.everything = true;
    scan::set_threads(args.scan.jobs)?;
    let progress = Progress::start("resolving…");
    let sources = check::open(&options)?;
    let resolved = check::resolve(&sources, &options)?;
    drop(progress);
    match args.format {
        ResolveFormat::Json => {
            output::to_stdout(|out| resolved::write(&resolved.stacks, &resolved.problems, &sources, out))?
        }
    }
    Ok(OK)
}
