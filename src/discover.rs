//! Which file is what. In: the paths of the command line. Out: Terraform root folders, templates, plans, CDK
//! assemblies and Serverless files, each by its content and not by its name alone.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use globset::GlobSet;
use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use crate::{
    cloudformation,
    model::{Problem, ProblemKind, StackKind},
    source::{ReadError, Sources},
    terraform::{self, Library},
};

/// Folders that never hold what people wrote: dependencies, caches and copies.
const SKIPPED_FOLDERS: [&str; 7] =
    [".git", ".terraform", ".terragrunt-cache", "node_modules", ".aws-sam", "__pycache__", ".venv"];

/// How deep a tree is walked.
const MAX_DEPTH: usize = 128;

/// What a scan found, all paths absolute and sorted.
#[derive(Debug, Default)]
pub struct Found {
    /// Folders of Terraform files that no other scanned folder calls as a module.
    pub terraform_roots: Vec<PathBuf>,
    /// CloudFormation and SAM templates.
    pub templates: Vec<PathBuf>,
    /// Terraform plans and states as JSON.
    pub plans: Vec<PathBuf>,
    /// `manifest.json` of CDK assemblies.
    pub assemblies: Vec<PathBuf>,
    /// Files of the Serverless Framework.
    pub serverless: Vec<PathBuf>,
    /// Terragrunt files.
    pub terragrunt: Vec<PathBuf>,
    /// Files that could not be read or looked like something without being it.
    pub problems: Vec<Problem>,
    /// How many files were looked at.
    pub looked_at: usize,
}

impl Found {
    /// Whether there is nothing to judge.
    pub fn is_empty(&self) -> bool {
        [&self.terraform_roots, &self.templates, &self.plans, &self.assemblies, &self.serverless, &self.terragrunt]
            .iter()
            .all(|paths| paths.is_empty())
    }
}

/// What a file seems to be.
enum Sort {
    Template,
    Assembly,
    Serverless,
    /// A plan, or a state, of Terraform.
    Plan(StackKind),
}

/// Walks the paths. Folders are walked without following links to folders; a file given by itself is always looked at.
pub fn discover(library: &Library<'_>, paths: &[PathBuf], exclude: &GlobSet) -> Found {
    let sources = library.sources();
    let mut found = Found::default();
    let mut modules: BTreeSet<PathBuf> = BTreeSet::new();
    let mut candidates: BTreeSet<PathBuf> = BTreeSet::new();
    let mut terragrunt: BTreeSet<PathBuf> = BTreeSet::new();
    let mut named: BTreeSet<PathBuf> = BTreeSet::new();
    for path in paths {
        for entry in walk(sources, path, exclude) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    found.problems.push(walk_problem(sources, &error));
                    continue;
                }
            };
            if entry.file_type().is_dir() {
                continue;
            }
            found.looked_at += 1;
            let explicit = entry.depth() == 0;
            let file = entry.into_path();
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if is_configuration_name(&name) {
                modules.extend(file.parent().map(Path::to_path_buf));
            } else if name == "terragrunt.hcl" {
                terragrunt.insert(file);
            } else if explicit || is_candidate_name(&name) {
                if explicit {
                    named.insert(file.clone());
                }
                candidates.insert(file);
            }
        }
    }
    // Code is judged rather than a plan that lies beside it, and nothing deployed is judged unless it is asked for.
    let is_wanted = |file: &Path, kind| {
        let beside_code = || file.parent().is_some_and(|folder| modules.contains(folder));
        named.contains(file) || kind == StackKind::TerraformPlan && !beside_code()
    };
    sort_candidates(sources, candidates, &mut found, &is_wanted, &named);
    found.terraform_roots = roots(library, modules);
    found.terragrunt = terragrunt.into_iter().collect();
    // A stage is an assembly inside an assembly.
    let folder = |manifest: &PathBuf| manifest.parent().map(Path::to_path_buf).unwrap_or_default();
    let folders: Vec<PathBuf> = found.assemblies.iter().map(folder).collect();
    found
        .assemblies
        .retain(|manifest| !folders.iter().any(|outer| *outer != folder(manifest) && manifest.starts_with(outer)));
    // What an assembly holds is read through its manifest, which knows environment and source lines.
    let inside = |path: &PathBuf| {
        found.assemblies.iter().any(|manifest| manifest.parent().is_some_and(|folder| path.starts_with(folder)))
    };
    let templates = std::mem::take(&mut found.templates).into_iter().filter(|path| !inside(path)).collect();
    found.templates = templates;
    found
}

fn walk<'a>(
    sources: &'a Sources,
    path: &Path,
    exclude: &'a GlobSet,
) -> impl Iterator<Item = walkdir::Result<DirEntry>> + 'a {
    let keep = move |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let skipped =
            entry.file_type().is_dir() && (SKIPPED_FOLDERS.contains(&&*name) || is_asset_folder(entry.path()));
        entry.depth() == 0 || !(skipped || exclude.is_match(sources.relative(entry.path())))
    };
    WalkDir::new(path).max_depth(MAX_DEPTH).sort_by_file_name().into_iter().filter_entry(keep)
}

/// `cdk.out/asset.…` holds bundled code.
fn is_asset_folder(path: &Path) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name(path).starts_with("asset.") && path.parent().map(name).is_some_and(|parent| parent.starts_with("cdk.out"))
}

fn is_candidate_name(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    matches!(&*extension, "yaml" | "yml" | "json" | "template" | "cform" | "cfn" | "jsn")
}

fn sort_candidates(
    sources: &Sources,
    candidates: BTreeSet<PathBuf>,
    found: &mut Found,
    is_wanted: &dyn Fn(&Path, StackKind) -> bool,
    named: &BTreeSet<PathBuf>,
) {
    let files: Vec<PathBuf> = candidates.into_iter().collect();
    let sorted: Vec<(PathBuf, Result<Option<Sort>, Problem>)> = files
        .into_par_iter()
        .map(|file| {
            let sort = sort_of(sources, &file);
            (file, sort)
        })
        .collect();
    for (file, sort) in sorted {
        match sort {
            Ok(Some(Sort::Template)) => found.templates.push(file),
            Ok(Some(Sort::Assembly)) => found.assemblies.push(file),
            Ok(Some(Sort::Serverless)) => found.serverless.push(file),
            Ok(Some(Sort::Plan(kind))) if is_wanted(&file, kind) => found.plans.push(file),
            Ok(Some(Sort::Plan(_))) => {}
            // Trees are full of other files; one that the user named was meant.
            Ok(None) if named.contains(&file) => {
                let path: Arc<str> = sources.relative(&file).into();
                let message = format!("`{path}` is neither Terraform nor CloudFormation; it is not checked");
                found.problems.push(Problem::in_file(ProblemKind::Warning, "not-recognised", message, path));
            }
            Ok(None) => {}
            Err(problem) => found.problems.push(problem),
        }
    }
}

fn sort_of(sources: &Sources, file: &Path) -> Result<Option<Sort>, Problem> {
    let source = sources.load(file).map_err(|error| read_problem(sources, file, &error))?;
    let text = source.text();
    if file.file_name().is_some_and(|name| name == "manifest.json") && cloudformation::cdk::is_manifest(text) {
        return Ok(Some(Sort::Assembly));
    }
    if let Some(kind) = terraform::plan::recognise(text) {
        return Ok(Some(Sort::Plan(kind)));
    }
    if cloudformation::serverless::may_be_serverless(text) {
        return Ok(Some(Sort::Serverless));
    }
    Ok(cloudformation::may_be_template(text.as_bytes()).then_some(Sort::Template))
}

/// Whether a file name is that of a Terraform or OpenTofu configuration; its folder is a module.
fn is_configuration_name(name: &str) -> bool {
    let endings = [".tf", ".tf.json", ".tofu", ".tofu.json"];
    endings.iter().any(|ending| name.ends_with(ending)) && !name.starts_with('.')
}

/// Folders that no other scanned folder calls. Where folders only call each other, all of them are roots.
fn roots(library: &Library<'_>, modules: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let folders: Vec<PathBuf> =
        modules.into_iter().filter(|folder| library.has_module(&library.sources().relative(folder))).collect();
    let called: BTreeSet<String> = folders
        .par_iter()
        .flat_map_iter(|folder| {
            let own = library.sources().relative(folder);
            let called = library.called_folders(&own);
            called.into_iter().filter(move |called| *called != own)
        })
        .collect();
    let is_called = |folder: &PathBuf| called.contains(&library.sources().relative(folder));
    let roots: Vec<PathBuf> = folders.iter().filter(|folder| !is_called(folder)).cloned().collect();
    let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
    let mut open = roots.clone();
    while let Some(folder) = open.pop() {
        if reached.insert(folder.clone()) {
            let sources = library.sources();
            open.extend(
                library.called_folders(&sources.relative(&folder)).iter().map(|called| sources.root().join(called)),
            );
        }
    }
    let circular: Vec<PathBuf> = folders.into_iter().filter(|folder| !reached.contains(folder)).collect();
    roots.into_iter().chain(circular).collect()
}

/// The problem of a file that cannot be read.
pub fn read_problem(sources: &Sources, file: &Path, error: &ReadError) -> Problem {
    let path: Arc<str> = sources.relative(file).into();
    Problem::in_file(ProblemKind::Error, "unreadable-file", format!("{path} {error}"), path)
}

fn walk_problem(sources: &Sources, error: &walkdir::Error) -> Problem {
    let path: Arc<str> = error.path().map_or_else(|| ".".to_owned(), |path| sources.relative(path)).into();
    let why = error.io_error().map_or_else(|| "a link leads back to a folder above it".to_owned(), ToString::to_string);
    Problem::in_file(ProblemKind::Error, "unreadable-folder", format!("{path}: {why}"), path)
}
