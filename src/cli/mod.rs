//! The command line. In: arguments. Out: text on stdout and stderr, of which this is the only user, and an exit code:
//! 0 when nothing fails the run, 1 when something does, 2 when the job could not be done.

mod access;
mod args;
mod baseline;
mod check;
mod completions;
mod compliance;
mod config;
mod environment;
mod eval;
mod explain;
mod markdown;
mod merge;
mod output;
mod progress;
mod resolve;
mod rules;
mod scan;
mod select;
mod variables;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Command};

/// Nothing fails the run.
const OK: u8 = 0;
/// A finding at or above `--fail-on`.
const FAILED: u8 = 1;
/// The job could not be done.
const BROKEN: u8 = 2;

/// Runs the program with its arguments, the name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors of clap, with exit code 0.
            let code = if error.use_stderr() { BROKEN } else { OK };
            return ExitCode::from(match error.print() {
                Err(failure) if failure.kind() != std::io::ErrorKind::BrokenPipe => BROKEN,
                _ => code,
            });
        }
    };
    match dispatch(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output::complain(&error);
            ExitCode::from(BROKEN)
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<u8> {
    match cli.command {
        None => check::run(&cli.check),
        Some(Command::Check(check)) => check::run(&check),
        Some(Command::Access(access)) => access::run(&access),
        Some(Command::Baseline(baseline)) => baseline::run(&baseline),
        Some(Command::Merge(merge)) => merge::run(&merge),
        Some(Command::Compliance(compliance)) => compliance::run(&compliance),
        Some(Command::Rules(rules)) => rules::run(&rules),
        Some(Command::Explain(explain)) => explain::run(&explain),
        Some(Command::Resolve(resolve)) => resolve::run(&resolve),
        Some(Command::Completions { shell }) => completions::shell(shell, &mut Cli::command()),
        Some(Command::Man) => completions::man(Cli::command()),
        Some(Command::Schema { config }) => completions::schema(config),
        Some(Command::Eval(eval)) => eval::run(&eval),
        Some(Command::Init { folder }) => config::init(&folder),
    }
}
