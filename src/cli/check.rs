//! `iac-check check`: the main job.

use std::{
    fs,
    io::{self, Read as _, Write},
    path::Path,
    time::Instant,
};

use anyhow::{Context as _, ensure};

use crate::{
    changed::Changes,
    check::{self, Checked},
    cli::{
        BROKEN, FAILED, OK,
        args::{CheckArgs, FailOn, SarifInclude, Target, Verdicts},
        baseline, environment, output,
        progress::Progress,
        scan, select,
    },
    engine::{Outcome, Severity},
    finding::Filter,
    model::{Problem, ProblemKind},
    report::{self, Context, Format, Style},
};

/// Checks and writes every report that was asked for.
///
/// # Errors
/// When a path is missing, an option is wrong, or a report cannot be written.
pub fn run(args: &CheckArgs) -> anyhow::Result<u8> {
    let targets = targets(args)?;
    // Only the page shows it.
    let access = targets.iter().any(|target| target.format == Format::Html);
    let options = check::Options { access, ..options(args)? };
    scan::set_threads(args.scan.jobs)?;
    let (started, clock) = (Instant::now(), environment::now());
    let progress = Progress::start("checking…");
    let result = check::check(&options);
    drop(progress);
    let checked = result?;
    let style = Style {
        base: environment::base(checked.sources.root()),
        quiet: args.quiet,
        elapsed: Some(started.elapsed()),
        clock: (clock, environment::now()),
        category: args.sarif_category.clone(),
        sarif_unknown: args.sarif_include.contains(&SarifInclude::Unknown),
        show_suppressed: args.show_suppressed,
        sarif_suppressed: args.sarif_include.contains(&SarifInclude::Suppressed),
        link_base: environment::link_base(),
        ..Style::default()
    };
    write_files(&targets, &checked, &style)?;
    write_stdout(&targets, args, &checked, &style)?;
    let tells = targets.contains(&Target { format: Format::Human, file: None }) && !args.quiet;
    if checked.report.stacks.is_empty() && checked.report.problems.is_empty() && !tells {
        output::note("warning: no Terraform or CloudFormation files found");
    }
    Ok(exit_code(&checked))
}

/// 2 when nothing at all could be judged, or iac-check itself failed on something, since then a pass says nothing.
fn exit_code(checked: &Checked) -> u8 {
    let report = &checked.report;
    let unreadable = report.problems.iter().any(|problem| problem.kind == ProblemKind::Error);
    match report.failed {
        true => FAILED,
        false if unreadable && report.counts.resources == 0 => BROKEN,
        false if report.problems.iter().any(Problem::is_internal) => BROKEN,
        false => OK,
    }
}

fn options(args: &CheckArgs) -> anyhow::Result<check::Options> {
    let mut outcomes: Vec<Outcome> = args.verdicts.iter().copied().flat_map(Verdicts::outcomes).copied().collect();
    outcomes.sort_unstable();
    outcomes.dedup();
    let selected = select::options(&args.scan, &args.select)?;
    let config = &selected.config;
    let fail_on = args.fail_on.or(config.fail_on.map(FailOn::from)).unwrap_or(FailOn(Some(Severity::Low)));
    let min_severity = args.min_severity.or(config.min_severity).unwrap_or(Severity::Low);
    Ok(check::Options {
        filter: Filter { outcomes, min_severity },
        fail_on: fail_on.0,
        fail_on_unknown: args.fail_on_unknown,
        shard: args.shard,
        baseline: args.baseline.as_deref().map(baseline::read).transpose()?,
        changes: args.diff.as_deref().map(diff).transpose()?,
        ..selected
    })
}

/// The change that a diff tells of.
fn diff(path: &Path) -> anyhow::Result<Changes> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).context("cannot read stdin")?;
        bytes
    } else {
        fs::read(path).with_context(|| format!("cannot read {}", path.display()))?
    };
    // Files in any encoding may have changed.
    Ok(Changes::parse(&String::from_utf8_lossy(&bytes)))
}

/// What is written where: text for people on stdout when nothing else was asked for, and annotations too when
/// GitHub Actions reads it.
fn targets(args: &CheckArgs) -> anyhow::Result<Vec<Target>> {
    let mut targets = args.format.clone();
    if targets.is_empty() {
        targets.push(Target { format: Format::Human, file: None });
        targets.extend(environment::is_github_actions().then_some(Target { format: Format::Github, file: None }));
    }
    // Annotations are lines of the log that text for people is fenced off from.
    let on_stdout: Vec<Format> =
        targets.iter().filter(|target| target.file.is_none()).map(|target| target.format).collect();
    let may_share = matches!(*on_stdout, [] | [_] | [Format::Human, Format::Github] | [Format::Github, Format::Human]);
    ensure!(
        may_share,
        "only one format can be written to stdout; give the others a file: --format sarif=results.sarif"
    );
    for (at, target) in targets.iter().enumerate() {
        let twice = target.file.is_some() && targets.iter().skip(at + 1).any(|other| other.file == target.file);
        ensure!(
            !twice,
            "two formats are written to one file: {}",
            target.file.as_deref().unwrap_or("".as_ref()).display()
        );
    }
    Ok(targets)
}

fn write_files(targets: &[Target], checked: &Checked, style: &Style) -> anyhow::Result<()> {
    for target in targets {
        if let Some(file) = &target.file {
            output::to_file(file, |out| write(target.format, checked, style, out))?;
        }
    }
    Ok(())
}

fn write_stdout(targets: &[Target], args: &CheckArgs, checked: &Checked, style: &Style) -> anyhow::Result<()> {
    let style = Style { color: output::colored(args.color), width: output::width(), ..style.clone() };
    output::to_stdout(|out| {
        for target in targets.iter().filter(|target| target.file.is_none()) {
            let fence = (target.format == Format::Human && environment::is_github_actions()).then(environment::nonce);
            output::fenced(fence.as_deref(), out, |out| write(target.format, checked, &style, out))?;
        }
        Ok(())
    })
}

fn write(format: Format, checked: &Checked, style: &Style, out: &mut dyn Write) -> std::io::Result<()> {
    report::write(format, Context { report: &checked.report, sources: &checked.sources, style }, out)
}
