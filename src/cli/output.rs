//! Where text goes: stdout, stderr and files. A reader that went away is no error; a full disk is.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal as _, Write},
    path::Path,
};

use anyhow::Context as _;

use crate::{
    cli::{args::Color, environment},
    report,
};

/// Writes to stdout through a buffer. A closed pipe ends the writing in silence.
///
/// # Errors
/// When stdout takes no more for any other reason.
pub fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to stdout"),
    }
}

/// Writes between two lines that keep GitHub Actions from acting upon what is written, when there is a word for them.
///
/// # Errors
/// What the writer's target says.
pub fn fenced(
    fence: Option<&str>,
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    // What users wrote must not act as commands of the CI service that reads the log.
    if let Some(fence) = fence {
        writeln!(out, "::stop-commands::{fence}")?;
    }
    write(out)?;
    match fence {
        Some(fence) => writeln!(out, "::{fence}::"),
        None => Ok(()),
    }
}

/// Writes a file through a buffer.
///
/// # Errors
/// When it cannot be created or written to its end.
pub fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let attempt = || {
        let mut out = BufWriter::new(File::create(path)?);
        write(&mut out)?;
        out.flush()
    };
    attempt().with_context(|| format!("cannot write {}", path.display()))
}

/// Tells on stderr why the job could not be done. Names of files are in it, so GitHub Actions gets it as an
/// annotation, in which nothing is taken for a command.
pub fn complain(error: &anyhow::Error) {
    let text = format!("{error:#}");
    if environment::is_github_actions() {
        note(&report::github::error(&text));
    } else {
        note(&format!("error: {}", report::printable(&text)));
    }
}

/// A line on stderr; a closed stderr is no concern.
pub fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether to colour stdout.
pub fn colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    }
}

/// Columns of the terminal on stdout; `None` when it is no terminal.
pub fn width() -> Option<usize> {
    let (terminal_size::Width(width), _) = terminal_size::terminal_size_of(io::stdout())?;
    io::stdout().is_terminal().then_some(usize::from(width).max(40))
}
