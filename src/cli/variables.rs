//! `--var` and `--var-file`, in the order in which they are given: the last value of a variable counts (Terraform
//! language, "Variable Definition Precedence"). clap's derive keeps the order within an option only.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use crate::{cli::scan::existing, terraform::modules::inputs::Given};

const VARIABLE: &str = "var";
const FILE: &str = "var-file";

/// What the two options say, in order.
#[derive(Clone, Debug, Default)]
pub struct VariableArgs {
    written: Vec<Written>,
}

#[derive(Clone, Debug)]
enum Written {
    Variable(String),
    File(PathBuf),
}

impl VariableArgs {
    /// The values as the Terraform front end takes them.
    ///
    /// # Errors
    /// When a variable has no `=`, or a file does not exist.
    pub fn given(&self) -> anyhow::Result<Vec<Given>> {
        let given = |written: &Written| match written {
            Written::File(path) => Ok(Given::File(existing(path)?.to_string_lossy().into_owned())),
            Written::Variable(text) => {
                let (name, value) =
                    text.split_once('=').with_context(|| format!("--var {text}: expected NAME=VALUE"))?;
                Ok(Given::Variable(name.trim().to_owned(), value.to_owned()))
            }
        };
        self.written.iter().map(given).collect()
    }
}

impl FromArgMatches for VariableArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        let places = |id| matches.indices_of(id).into_iter().flatten();
        let variables = matches.get_many::<String>(VARIABLE).into_iter().flatten().cloned().map(Written::Variable);
        let files = matches.get_many::<PathBuf>(FILE).into_iter().flatten().cloned().map(Written::File);
        let mut written: Vec<(usize, Written)> =
            places(VARIABLE).zip(variables).chain(places(FILE).zip(files)).collect();
        written.sort_by_key(|(place, _)| *place);
        self.written = written.into_iter().map(|(_, written)| written).collect();
        Ok(())
    }
}

impl Args for VariableArgs {
    fn augment_args(command: Command) -> Command {
        let option = |id: &'static str| Arg::new(id).long(id).action(ArgAction::Append).help_heading("Input");
        command
            .arg(
                option(VARIABLE)
                    .value_name("NAME=VALUE")
                    .help("Value of a Terraform input variable; the last one counts"),
            )
            .arg(
                option(FILE)
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .help("File of Terraform input variables; the last value counts"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
