//! `completions`, `man` and `schema`: what packages install beside the program.

use clap::Command;
use clap_complete::Shell;

use crate::{
    cli::{OK, output},
    config,
    report::json,
};

/// Prints completions for a shell.
///
/// # Errors
/// When stdout cannot be written.
pub fn shell(shell: Shell, command: &mut Command) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, crate::report::TOOL, &mut script);
    output::to_stdout(|out| out.write_all(&script))?;
    Ok(OK)
}

/// Prints the manual page.
///
/// # Errors
/// When stdout cannot be written.
pub fn man(command: Command) -> anyhow::Result<u8> {
    output::to_stdout(|mut out| clap_mangen::Man::new(command).render(&mut out))?;
    Ok(OK)
}

/// Prints the JSON Schema of the JSON document, or of the configuration file.
///
/// # Errors
/// When stdout cannot be written.
pub fn schema(of_config: bool) -> anyhow::Result<u8> {
    let schema = if of_config { config::schema() } else { json::schema() };
    output::to_stdout(|out| writeln!(out, "{schema:#}"))?;
    Ok(OK)
}
