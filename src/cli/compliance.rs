//! `iac-check compliance`: resources by the controls of a framework.

use anyhow::ensure;

use crate::{
    check,
    cli::{
        OK,
        args::{ComplianceArgs, ComplianceFormat},
        output, scan, select,
    },
    compliance::{self, Controls, Format},
    engine::{Outcome, Severity},
    finding::Filter,
};

/// Checks, and lists the controls that rules map to.
///
/// # Errors
/// When there is no such framework, a path is missing, an option is wrong, or stdout cannot be written.
pub fn run(args: &ComplianceArgs) -> anyhow::Result<u8> {
    let controls = Controls::load()?;
    let names: Vec<&str> = controls.frameworks().into_iter().collect();
    ensure!(
        names.contains(&&*args.framework),
        "no framework is called `{}`; there are {}",
        args.framework,
        names.join(", ")
    );
    let options = select::options(&args.scan, &args.select)?;
    scan::set_threads(args.scan.jobs)?;
    let filter = Filter { outcomes: vec![Outcome::Fail, Outcome::Unknown, Outcome::Pass], min_severity: Severity::Low };
    let checked = check::check(&check::Options { filter, ..options })?;
    let rows = controls.rows(&args.framework, &checked.report);
    let format = match args.format {
        ComplianceFormat::Table => Format::Table,
        ComplianceFormat::Json => Format::Json,
        ComplianceFormat::Csv => Format::Csv,
        ComplianceFormat::Markdown => Format::Markdown,
    };
    output::to_stdout(|out| compliance::write(format, &args.framework, &rows, out))?;
    Ok(OK)
}
