//! `iac-check eval`: the value of expressions, as `terraform console` gives it, but as JSON and without the cloud.

use std::io::{self, BufRead as _};

use anyhow::Context as _;

use crate::{
    check,
    cli::{BROKEN, OK, args::EvalArgs, output},
    report::json::resolved,
    terraform::{
        self, Library,
        stack::{ConsoleError, evaluate, written},
    },
    value::Variables,
};

/// Evaluates and prints one value after the other. An expression in error is told on stderr, and the rest goes on.
///
/// # Errors
/// When the folder is missing, an option is wrong, or stdin or stdout fail.
pub fn run(args: &EvalArgs) -> anyhow::Result<u8> {
    let expressions = expressions(args)?;
    let options = terraform::Options {
        inputs: args.variables.given()?,
        workspace: args.workspace.clone(),
        region: args.region.as_deref().map(Into::into),
        account: args.account.as_deref().map(Into::into),
        ..terraform::Options::default()
    };
    let sources = check::open(&check::Options::new(&args.dir))?;
    let folder = args.dir.canonicalize().with_context(|| args.dir.display().to_string())?;
    let root = sources.relative(&folder);
    let console = evaluate(&Library::new(&sources), &root, &options, &expressions);
    let mut code = OK;
    output::to_stdout(|out| {
        for result in &console.results {
            match result {
                Ok(value) => resolved::write_value(&written(value, &root), &Variables::default(), out)?,
                Err(ConsoleError::Syntax(problem) | ConsoleError::Evaluation(problem)) => {
                    code = BROKEN;
                    output::complain(&anyhow::anyhow!("{}", problem.message));
                }
            }
        }
        Ok(())
    })?;
    Ok(code)
}

fn expressions(args: &EvalArgs) -> anyhow::Result<Vec<String>> {
    match &*args.expressions {
        [] => lines(),
        [dash] if dash == "-" => lines(),
        expressions => Ok(expressions.to_vec()),
    }
}

fn lines() -> anyhow::Result<Vec<String>> {
    let lines = io::stdin().lock().lines().collect::<io::Result<Vec<_>>>().context("cannot read stdin")?;
    Ok(lines.into_iter().filter(|line| !line.trim().is_empty()).collect())
}
