//! `iac-check merge`: one report of the parts that `check --shard` wrote.

use std::fs;

use anyhow::Context as _;

use crate::{
    cli::{FAILED, OK, args::MergeArgs, output},
    report::merge::{Part, merge},
};

/// Reads the parts and writes the whole.
///
/// # Errors
/// When a part cannot be read, is no report, or is missing.
pub fn run(args: &MergeArgs) -> anyhow::Result<u8> {
    let mut texts = Vec::new();
    for file in &args.parts {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        texts.push((file.display().to_string(), text));
    }
    let parts: Vec<Part<'_>> = texts.iter().map(|(name, text)| (&**name, &**text)).collect();
    let merged = merge(&parts)?;
    match &args.output {
        Some(file) => output::to_file(file, |out| merged.write(out))?,
        None => output::to_stdout(|out| merged.write(out))?,
    }
    Ok(if merged.failed() { FAILED } else { OK })
}
