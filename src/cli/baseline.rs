//! `iac-check baseline`: a file of what is found today. It is read again by `check --baseline`.

use std::{fs, path::Path};

use anyhow::Context as _;

use crate::{
    baseline::Baseline,
    check,
    cli::{OK, args::BaselineArgs, output, scan, select},
};

/// Checks, and writes every failure and unknown verdict that is not suppressed.
///
/// # Errors
/// When a path is missing, an option is wrong, or the file cannot be written.
pub fn run(args: &BaselineArgs) -> anyhow::Result<u8> {
    let options = select::options(&args.scan, &args.select)?;
    scan::set_threads(args.scan.jobs)?;
    let checked = check::check(&options)?;
    let baseline = Baseline::of(&checked.report.findings);
    let text = baseline.to_json()?;
    match &args.output {
        None => output::to_stdout(|out| out.write_all(text.as_bytes()))?,
        Some(file) => {
            output::to_file(file, |out| out.write_all(text.as_bytes()))?;
            output::note(&format!("wrote {} with {} findings", file.display(), baseline.len()));
        }
    }
    Ok(OK)
}

/// Reads a baseline that an option names.
///
/// # Errors
/// When it cannot be read, or is none.
pub fn read(path: &Path) -> anyhow::Result<Baseline> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Baseline::parse(&text).with_context(|| path.display().to_string())
}
