//! The whole way from paths to a report. In: options. Out: a [`Report`] and the sources that its spans point into.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

use globset::{Glob, GlobSet, GlobSetBuilder};
use rayon::prelude::*;

use crate::{
    aws::{Project, Settings, iam::survey::Survey},
    baseline::Baseline,
    changed::Changes,
    cloudformation,
    config::Config,
    discover::{self, Found},
    engine::{Outcome, Profile, Rule, Severity, Shard, is_of_policy, judge},
    finding::{self, Counts, Filter, Report},
    guard::{self, Policies},
    model::{Mode, Problem, ProblemKind, Stack, StackKind},
    rules,
    source::Sources,
    suppress,
    terraform::{self, Library},
    value::{Value, Variables},
};

/// What to scan and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// The folder that paths in reports count from and that nothing outside of is read; the repository's top level
    /// that holds the first path when not given, else that path itself.
    pub root: Option<PathBuf>,
    /// Globs over paths relative to the root; what they match is not looked at.
    pub exclude: Vec<String>,
    /// What the Terraform front end is told.
    pub terraform: terraform::Options,
    /// What the CloudFormation front end is told.
    pub cloudformation: cloudformation::Options,
    /// What rules are told.
    pub settings: Settings,
    /// What the configuration file says of single rules and of parts of the tree.
    pub config: Config,
    /// Policies of AWS CloudFormation Guard: files, and folders of them.
    pub guard: Vec<PathBuf>,
    /// Rules to run: globs over ids; all when empty.
    pub rules: Vec<String>,
    /// Rules not to run: globs over ids.
    pub skip_rules: Vec<String>,
    /// Whether opinions are wanted too.
    pub profile: Profile,
    /// How suppressions are read.
    pub suppress: suppress::Options,
    /// Findings that are known and do not fail.
    pub baseline: Option<Baseline>,
    /// The change to which findings are limited.
    pub changes: Option<Changes>,
    /// The part of the stacks that is judged; all when not given. Every part knows all stacks and how they relate.
    pub shard: Option<Shard>,
    /// What is reported.
    pub filter: Filter,
    /// The least severe failure that fails the run; `None` for never.
    pub fail_on: Option<Severity>,
    /// Whether unknown verdicts fail the run.
    pub fail_on_unknown: bool,
    /// Whether the report says who reaches which table.
    pub access: bool,
}

impl Options {
    /// Everything at its default, over one path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            paths: vec![path.into()],
            root: None,
            exclude: Vec::new(),
            terraform: terraform::Options::default(),
            cloudformation: cloudformation::Options::default(),
            settings: Settings::default(),
            config: Config::default(),
            guard: Vec::new(),
            rules: Vec::new(),
            skip_rules: Vec::new(),
            profile: Profile::Default,
            suppress: suppress::Options::default(),
            baseline: None,
            changes: None,
            shard: None,
            filter: Filter { outcomes: vec![Outcome::Fail, Outcome::Unknown], min_severity: Severity::Low },
            fail_on: Some(Severity::Low),
            fail_on_unknown: false,
            access: false,
        }
    }

    /// The same, reporting every verdict.
    pub fn all_verdicts(path: impl Into<PathBuf>) -> Self {
        let outcomes =
            vec![Outcome::Fail, Outcome::Unknown, Outcome::Pass, Outcome::NotApplicable, Outcome::NotDeployed];
        Self { filter: Filter { outcomes, min_severity: Severity::Low }, ..Self::new(path) }
    }
}

/// A finished check.
pub struct Checked {
    /// What is reported.
    pub report: Report,
    /// What the spans of the report point into.
    pub sources: Sources,
}

/// The stacks of a scan.
pub struct Resolved {
    /// Every stack, by path.
    pub stacks: Vec<Stack>,
    /// What is wrong with the input, of discovery and of every stack.
    pub problems: Vec<Problem>,
    /// How many files were looked at.
    pub files: usize,
}

/// Finds, resolves, judges and sums up.
///
/// # Errors
/// A path that does not exist, a wrong glob: what only the caller can mend.
pub fn check(options: &Options) -> anyhow::Result<Checked> {
    let policy_files = guard::files(&options.guard)?;
    let sources = open_with(options, &policy_files)?;
    let policies = guard::load(&sources, &policy_files);
    let selected = select(options, &policies)?;
    let resolved = resolve_for(&sources, options, true)?;
    let files = resolved.files;
    let mut problems = resolved.problems;
    problems.extend(policies.problems.iter().cloned());
    let stacks = finding::stacks(&resolved.stacks);
    let resources = resolved.stacks.iter().map(|stack| stack.resources.len()).sum();
    let project = Project::new(resolved.stacks);
    let mut judged = judge(&project, &selected, &options.settings, options.shard);
    let mut by_policies = guard::judge(&policies, &selected, &project, &sources);
    by_policies.judgements.retain(|judgement| options.shard.is_none_or(|shard| shard.holds(&judgement.resource.stack)));
    judged.judgements.extend(by_policies.judgements);
    problems.extend(judged.problems.into_iter().chain(by_policies.problems));
    let tables = finding::tables(&project, &judged.judgements);
    // What does not apply is most of all verdicts, and changes nothing unless it is asked for.
    let keep = |outcome| outcome >= Outcome::Pass || options.filter.outcomes.contains(&outcome);
    judged.judgements.retain(|judgement| keep(judgement.verdict.outcome));
    let mut findings = finding::findings(&project, &selected, judged.judgements);
    problems.extend(suppress::apply(&mut findings, &project, &sources, &selected, options.suppress));
    let mut findings = finding::group(findings);
    configure(&mut findings, &options.config, &sources);
    finding::drop_weaker(&mut findings);
    if let Some(baseline) = &options.baseline {
        problems.extend(baseline.apply(&mut findings, &selected, &stacks));
    }
    if let Some(changes) = &options.changes {
        findings.retain(|finding| {
            !matches!(finding.outcome, Outcome::Fail | Outcome::Unknown) || changes.touch(finding, &sources)
        });
    }
    let mut counts = count(&findings, options);
    (counts.files, counts.stacks, counts.resources) = (files, stacks.len(), resources);
    // Before the filter: what fails a run does not depend on which verdicts are shown.
    let failed = fails(&findings, options);
    findings.retain(|finding| finding::is_wanted(finding, &options.filter));
    finding::sort(&mut findings, &sources);
    sort_problems(&mut problems, &sources);
    let access = options.access.then(|| Survey::new(&project, &options.settings.deployment, &|_, _, _| false));
    let report =
        Report { findings, problems, tables, stacks, rules: selected, counts, failed, access, shard: options.shard };
    Ok(Checked { report, sources })
}

/// Severities and parts of the tree as the configuration file has them.
fn configure(findings: &mut Vec<finding::Finding>, config: &Config, sources: &Sources) {
    findings.retain(|finding| !config.skips(finding.rule.id, sources.file(finding.span.file).path()));
    for finding in findings {
        finding.severity = config.severity(finding.rule.id).unwrap_or(finding.severity);
    }
}

/// The files of a scan, opened at its root.
///
/// # Errors
/// When a path does not exist or cannot be read.
pub fn open(options: &Options) -> anyhow::Result<Sources> {
    open_with(options, &[])
}

/// The same; policies may lie outside of the root.
fn open_with(options: &Options, policies: &[PathBuf]) -> anyhow::Result<Sources> {
    for path in &options.paths {
        is_readable(path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    }
    let first = options.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let root = options.root.clone().unwrap_or_else(|| default_root(first, &options.paths));
    let sources = Sources::new(&root).map_err(|error| anyhow::anyhow!("{}: {error}", root.display()))?;
    let variables = options.terraform.inputs.iter().filter_map(|given| match given {
        terraform::modules::inputs::Given::File(path) => Some(PathBuf::from(path)),
        terraform::modules::inputs::Given::Variable(..) => None,
    });
    Ok(sources.admitting(variables.chain(options.cloudformation.parameters.iter().chain(policies).cloned())))
}

/// Whether a path that the user named can be looked at.
fn is_readable(path: &Path) -> std::io::Result<()> {
    use std::io::{Error, ErrorKind};
    let kind = match std::fs::metadata(path) {
        Ok(found) => found.file_type(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Error::other("no such file or folder")),
        Err(error) => return Err(error),
    };
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => std::fs::File::open(path).map(drop),
        (_, true) => std::fs::read_dir(path).map(drop),
        // To open a pipe would wait for its writer.
        _ => Err(Error::other("neither a file nor a folder")),
    }
}

/// The top level of the repository, or the nearest folder that holds every path.
fn default_root(first: &Path, paths: &[PathBuf]) -> PathBuf {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let start = real(first);
    let holds_all = |folder: &Path| paths.iter().all(|path| real(path).starts_with(folder));
    let folder = if start.is_dir() { start.as_path() } else { start.parent().unwrap_or(&start) };
    let repository = folder.ancestors().find(|folder| folder.join(".git").exists() && holds_all(folder));
    let common = folder.ancestors().find(|folder| holds_all(folder));
    repository.or(common).unwrap_or(folder).to_path_buf()
}

/// Finds and resolves, without judging.
///
/// # Errors
/// A wrong `--exclude` glob, a parameter file for no template.
pub fn resolve(sources: &Sources, options: &Options) -> anyhow::Result<Resolved> {
    resolve_for(sources, options, false)
}

/// `lean` leaves out what rules do not read: the attributes of managed resources.
fn resolve_for(sources: &Sources, options: &Options, lean: bool) -> anyhow::Result<Resolved> {
    let exclude = globs(&options.exclude)?;
    let paths: Vec<PathBuf> =
        options.paths.iter().map(|path| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone())).collect();
    let library = Library::new(sources);
    let mut found = discover::discover(&library, &paths, &exclude);
    let terraform = terraform::Options { lean, ..options.terraform.clone() };
    let units = units(&library, &mut found, &terraform);
    let mut stacks = load(&library, &found, &terraform, &options.cloudformation);
    for file in &options.cloudformation.parameters {
        anyhow::ensure!(
            cloudformation::deployments::is_parameter_file_of_any(sources, file, &stacks),
            "{}: no template of the scan has all the parameters that this file gives",
            file.display()
        );
    }
    stacks.extend(units);
    stacks.sort_by(|a, b| a.id.cmp(&b.id));
    // A template that another one nests was judged there, with the arguments that it gets.
    let nested: std::collections::BTreeSet<Arc<str>> =
        stacks.iter().flat_map(|stack| stack.nested.iter().cloned()).collect();
    stacks.retain(|stack| !nested.contains(&stack.path));
    let mut problems = found.problems;
    for stack in &mut stacks {
        problems.append(&mut stack.problems);
    }
    Ok(Resolved { stacks, problems, files: found.looked_at })
}

/// The stacks of Terragrunt units. A module that a unit deploys is judged with the values that it gets there, not as a
/// root of its own.
fn units(library: &Library<'_>, found: &mut Found, options: &terraform::Options) -> Vec<Stack> {
    let sources = library.sources();
    let environment = &options.environment;
    let read = |file: &PathBuf| terraform::terragrunt::read(library, &sources.relative(file), environment);
    let units: Vec<_> = found.terragrunt.par_iter().filter_map(read).collect();
    let deployed: std::collections::BTreeSet<&str> = units.iter().filter_map(|unit| unit.module.as_deref()).collect();
    found.terraform_roots.retain(|folder| !deployed.contains(&*sources.relative(folder)));
    let load = |unit: terraform::terragrunt::Unit| {
        let Some(module) = unit.module else { return Err(unit.problems) };
        let told = terraform::Options { passed: Some(unit.passed), ..options.clone() };
        let mut stack = terraform::load(library, &module, &told);
        stack.problems.extend(unit.problems);
        Ok(if options.lean { without_attributes(stack) } else { stack })
    };
    let loaded: Vec<Result<Stack, Vec<Problem>>> = units.into_par_iter().map(load).collect();
    let mut stacks = Vec::new();
    for unit in loaded {
        match unit {
            Ok(stack) => stacks.push(stack),
            Err(problems) => found.problems.extend(problems),
        }
    }
    stacks
}

/// What makes stacks of one sort of file.
type Loader<'a> = &'a (dyn Fn(&PathBuf) -> Vec<Stack> + Sync);

fn load(
    library: &Library<'_>,
    found: &Found,
    options: &terraform::Options,
    told: &cloudformation::Options,
) -> Vec<Stack> {
    let sources = library.sources();
    let keep = |stack: Stack| if options.lean { without_attributes(stack) } else { stack };
    let each = |files: &[PathBuf], load: Loader<'_>| -> Vec<Stack> {
        files.par_iter().flat_map_iter(|file| isolated(sources, file, || load(file)).into_iter().map(keep)).collect()
    };
    let loads: [(&[PathBuf], Loader<'_>); 5] = [
        (&found.terraform_roots, &|folder| vec![terraform::load(library, &sources.relative(folder), options)]),
        (&found.plans, &|file| {
            sources.load(file).map(|file| terraform::plan::load(library, &file)).into_iter().collect()
        }),
        (&found.templates, &|file| cloudformation::load(sources, file, told)),
        (&found.assemblies, &|file| cloudformation::cdk::load(sources, file, told)),
        (&found.serverless, &|file| cloudformation::serverless::load(sources, file, told).into_iter().collect()),
    ];
    loads.par_iter().flat_map_iter(|(files, load)| each(files, load)).collect()
}

/// Data sources keep theirs: some facts are nowhere else.
fn without_attributes(mut stack: Stack) -> Stack {
    for resource in stack.resources.iter_mut().filter(|resource| resource.mode == Mode::Managed) {
        resource.attributes = Value::absent();
    }
    stack
}

/// What a front end makes of a file. Should it fail itself, that is a problem of this file, and the others go on.
fn isolated(sources: &Sources, file: &Path, load: impl FnOnce() -> Vec<Stack>) -> Vec<Stack> {
    catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| {
        let path: Arc<str> = sources.relative(file).into();
        let message = format!("iac-check failed on {path}; nothing of it was judged");
        let problem = Problem::in_file(ProblemKind::Error, Problem::INTERNAL, message, Arc::clone(&path));
        vec![Stack {
            id: Arc::clone(&path),
            path,
            kind: StackKind::CloudFormation,
            name: None,
            resources: Vec::new(),
            variables: Variables::default(),
            assumptions: Vec::new(),
            exports: Vec::new(),
            nested: Vec::new(),
            problems: vec![problem],
        }]
    })
}

/// The rules that the options ask for, in order of their ids.
///
/// # Errors
/// A wrong glob, or one that matches no rule.
pub fn select(options: &Options, policies: &Policies) -> anyhow::Result<Vec<&'static Rule>> {
    let all = [rules::all(), policies.rules()].concat();
    for pattern in options.rules.iter().chain(&options.skip_rules) {
        let glob = Glob::new(pattern)?.compile_matcher();
        anyhow::ensure!(
            is_of_policy(pattern) || all.iter().any(|rule| glob.is_match(rule.id)),
            "no rule matches `{pattern}`; `iac-check rules` lists them"
        );
    }
    let (wanted, skipped) = (globs(&options.rules)?, globs(&options.skip_rules)?);
    // A rule that is asked for by name runs whatever the profile and the configuration.
    let configured = |rule: &Rule| options.config.enabled(rule.id).unwrap_or(rule.profile <= options.profile);
    let chosen = |rule: &Rule| if wanted.is_empty() { configured(rule) } else { wanted.is_match(rule.id) };
    Ok(all.into_iter().filter(|rule| chosen(rule) && !skipped.is_match(rule.id)).collect())
}

fn globs(patterns: &[String]) -> anyhow::Result<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(Glob::new(pattern)?);
    }
    Ok(builder.build()?)
}

fn count(findings: &[finding::Finding], options: &Options) -> Counts {
    let mut counts = Counts { failures: BTreeMap::new(), ..Counts::default() };
    for finding in findings {
        match finding.outcome {
            _ if finding.suppressed.is_some() => counts.suppressed += 1,
            Outcome::Fail if finding.severity >= options.filter.min_severity => {
                *counts.failures.entry(finding.severity).or_default() += 1
            }
            Outcome::Unknown => counts.unknown += 1,
            Outcome::Pass => counts.passed += 1,
            Outcome::Fail | Outcome::NotApplicable | Outcome::NotDeployed => {}
        }
    }
    counts
}

fn fails(findings: &[finding::Finding], options: &Options) -> bool {
    findings.iter().filter(|finding| finding.suppressed.is_none()).any(|finding| match finding.outcome {
        Outcome::Fail => {
            options.fail_on.is_some_and(|least| finding.severity >= least.max(options.filter.min_severity))
        }
        Outcome::Unknown => options.fail_on_unknown,
        _ => false,
    })
}

fn sort_problems(problems: &mut Vec<Problem>, sources: &Sources) {
    problems.sort_by_cached_key(|problem| {
        let path = problem
            .span
            .map(|span| sources.file(span.file).path().to_owned())
            .or(problem.path.as_deref().map(str::to_owned));
        (path, problem.span.map(|span| span.start), problem.code, problem.message.clone())
    });
    problems.dedup();
}
