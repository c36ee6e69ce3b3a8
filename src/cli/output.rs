//! Where text goes: stdout, stderr and files. A reader that went away is no error; a full disk is.

use std::{
    fs::{self, File},
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

/// Writes a file whole or not at all: beside it first, then under its name. A device or pipe is written to as it is.
///
/// # Errors
/// When it cannot be created or written to its end; what was there before is then still there.
pub fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let attempt = || {
        // A link stays one.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let before = fs::metadata(&path).ok();
        if before.as_ref().is_some_and(|before| !before.is_file()) {
            return through_buffer(File::options().write(true).open(&path)?, write);
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let written = through_buffer(File::create_new(&part)?, write)
            .and_then(|()| before.map_or(Ok(()), |before| fs::set_permissions(&part, before.permissions())))
            .and_then(|()| fs::rename(&part, &path));
        if written.is_err() {
            // Nothing can be done about a rest that cannot be removed.
            let _ = fs::remove_file(&part);
        }
        written
    };
    attempt().with_context(|| format!("cannot write {}", path.display()))
}

fn through_buffer(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.flush()
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
