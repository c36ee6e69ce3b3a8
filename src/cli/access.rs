//! `iac-check access`: who reaches which table.

use std::collections::BTreeSet;

use anyhow::ensure;
use globset::Glob;

use crate::{
    aws::{Project, arn::Deployment, iam::survey::Survey},
    check,
    cli::{
        BROKEN, OK,
        args::{AccessArgs, AccessTarget},
        environment, output,
        progress::Progress,
        scan,
    },
    model::ProblemKind,
    report::{
        Style,
        access::{self, Format, View, html::MAX_EXPLAINED},
        printable,
    },
    value::ResourceId,
};

/// How many names are listed when one does not fit.
const MAX_NAMES: usize = 10;

/// Resolves, surveys and writes.
///
/// # Errors
/// When a path is missing, an option is wrong, nothing is called as asked, or the output cannot be written.
pub fn run(args: &AccessArgs) -> anyhow::Result<u8> {
    let options = scan::options(&args.scan)?;
    scan::set_threads(args.scan.jobs)?;
    let progress = Progress::start("resolving…");
    let sources = check::open(&options)?;
    let resolved = check::resolve(&sources, &options)?;
    let problems = resolved.problems;
    let project = Project::new(resolved.stacks);
    let deployment = Deployment {
        region: args.scan.region.as_deref().map(Into::into),
        account: args.scan.account.as_deref().map(Into::into),
        ..Deployment::default()
    };
    let (survey, explain) = survey(args, &project, &deployment)?;
    drop(progress);
    let style = Style { base: environment::base(sources.root()), ..Style::default() };
    let view = View { survey: &survey, sources: &sources, problems: &problems, style: &style, explain };
    let AccessTarget { format, file } = &args.format;
    match file {
        Some(file) => output::to_file(file, |out| access::write(*format, view, out))?,
        None => {
            let style = Style { color: output::colored(args.color), width: output::width(), ..style.clone() };
            let fence = (*format == Format::Human && environment::is_github_actions()).then(environment::nonce);
            output::to_stdout(|out| {
                output::fenced(fence.as_deref(), out, |out| access::write(*format, View { style: &style, ..view }, out))
            })?;
        }
    }
    let unreadable = problems.iter().any(|problem| problem.kind == ProblemKind::Error);
    Ok(if unreadable && project.resources().next().is_none() { BROKEN } else { OK })
}

/// The survey, narrowed to what was asked for, and whether it has reasons.
fn survey(args: &AccessArgs, project: &Project, deployment: &Deployment) -> anyhow::Result<(Survey, bool)> {
    let narrowed = args.table.is_some() || args.principal.is_some();
    let plain = Survey::new(project, deployment, &|_, _, _| false);
    let tables = chosen("table", args.table.as_deref(), plain.tables.iter().map(|row| (&row.id, &*row.name)))?;
    let principals =
        chosen("principal", args.principal.as_deref(), plain.principals.iter().map(|row| (&row.id, &*row.arn)))?;
    let explain = match args.format.format {
        Format::Human => narrowed || args.explain,
        Format::Json => true,
        Format::Dot => false,
        Format::Html => {
            let fits = |id: &ResourceId, chosen: &Option<BTreeSet<ResourceId>>| {
                chosen.as_ref().is_none_or(|chosen| chosen.contains(id))
            };
            let wanted = plain.pairs.iter().filter(|pair| {
                plain.tables.get(pair.table).is_some_and(|row| fits(&row.id, &tables))
                    && plain.principals.get(pair.principal).is_some_and(|row| fits(&row.id, &principals))
            });
            wanted.count() <= MAX_EXPLAINED
        }
    };
    let fits = |id: &ResourceId, chosen: &Option<BTreeSet<ResourceId>>| {
        chosen.as_ref().is_none_or(|chosen| chosen.contains(id))
    };
    let wanted = |principal: &ResourceId, table: &ResourceId, reached: bool| {
        (reached || narrowed) && fits(table, &tables) && fits(principal, &principals)
    };
    let mut survey = if explain { Survey::new(project, deployment, &wanted) } else { plain };
    survey.retain(|row| fits(&row.id, &tables), |row| fits(&row.id, &principals));
    Ok((survey, explain))
}

/// The resources that a name means: an address, its last part, the name or ARN in AWS, or a glob over these. All when
/// no name is given.
fn chosen<'a>(
    what: &str,
    name: Option<&str>,
    all: impl Iterator<Item = (&'a ResourceId, &'a str)> + Clone,
) -> anyhow::Result<Option<BTreeSet<ResourceId>>> {
    let Some(name) = name else { return Ok(None) };
    let glob = Glob::new(name)?.compile_matcher();
    let last = |address: &str| address.rsplit(['.', '/']).next().unwrap_or_default().to_owned();
    let fits = |(id, known): &(&ResourceId, &str)| {
        let names = [id.address.to_string(), last(&id.address), (*known).to_owned(), last(known)];
        names.iter().any(|known| known == name || glob.is_match(known))
    };
    let found: BTreeSet<ResourceId> = all.clone().filter(fits).map(|(id, _)| id.clone()).collect();
    let names: BTreeSet<&str> = all.map(|(id, _)| &*id.address).collect();
    let more = if names.len() > MAX_NAMES { ", …" } else { "" };
    let listed = names.into_iter().take(MAX_NAMES).collect::<Vec<_>>().join(", ");
    let listed = if listed.is_empty() { "none was found".to_owned() } else { format!("there are {listed}{more}") };
    ensure!(!found.is_empty(), "no {what} is called `{name}`; {}", printable(&listed));
    Ok(Some(found))
}
