//! Parameter files as named deployments. In: a template's place and the files that the user gives. Out: the deployments
//! of the template.

mod deployment;
mod file;
mod samconfig;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub use deployment::Deployment;
pub use file::read;

use crate::{
    cloudformation::template::Template,
    model::{Problem, ProblemKind, Stack},
    source::{SourceFile, Sources},
};

/// Names of configuration files that describe deployments of the templates beside them.
const CONFIGURATIONS: [&str; 4] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml", ".taskcat.yml"];

/// Endings that join a parameter file to the template `NAME.yaml`: `NAME-params.json`.
const ENDINGS: [&str; 8] = [
    "-params.json",
    ".params.json",
    "-parameters.json",
    ".parameters.json",
    "-params.yaml",
    ".params.yaml",
    "-parameters.yaml",
    ".parameters.yaml",
];

/// Folders beside a template with one parameter file per deployment.
const FOLDERS: [&str; 2] = ["params", "parameters"];

/// The deployments of a template: those of the given files that fit it; without any, those of files beside it.
pub fn of(
    sources: &Sources,
    file: &SourceFile,
    template: &Template,
    given: &[PathBuf],
    problems: &mut Vec<Problem>,
) -> Vec<Deployment> {
    if template.section("Parameters").is_none_or(|section| section.entries.is_empty()) {
        return Vec::new();
    }
    let path = Path::new(file.path());
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut found: Vec<Deployment> = Vec::new();
    for given in given {
        match sources.load(given) {
            Ok(parameters) => found.extend(
                read(&parameters).into_iter().filter(|deployment| concerns(sources, deployment, &parameters, path)),
            ),
            Err(error) => {
                let shown = sources.relative(given);
                problems.push(Problem::in_file(
                    ProblemKind::Error,
                    "unreadable",
                    format!("`{shown}` {error}"),
                    shown.clone(),
                ));
            }
        }
    }
    found.retain(|deployment| deployment.fits(template));
    if found.is_empty() && given.is_empty() {
        found = beside(sources, path, folder);
        found.retain(|deployment| deployment.fits(template));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Whether a given parameter file made one of the stacks: it names a deployment, and fits a template.
pub fn is_parameter_file_of_any(sources: &Sources, file: &Path, stacks: &[Stack]) -> bool {
    // That it cannot be read is a problem of its own.
    let Ok(file) = sources.load(file) else { return true };
    let names: Vec<Arc<str>> = read(&file).into_iter().map(|deployment| deployment.name).collect();
    stacks.iter().any(|stack| stack.name.as_ref().is_some_and(|name| names.contains(name)))
}

fn beside(sources: &Sources, path: &Path, folder: &Path) -> Vec<Deployment> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let configurations = CONFIGURATIONS.iter().map(|name| folder.join(name));
    let named = ENDINGS.iter().map(|ending| folder.join(format!("{stem}{ending}")));
    let listed =
        FOLDERS.iter().map(|name| folder.join(name)).filter(|folder| sources.is_dir(folder)).flat_map(|folder| {
            let names = sources.list(&folder).unwrap_or_default();
            names
                .into_iter()
                .filter(|name| name.ends_with(".json") || name.ends_with(".yaml") || name.ends_with(".yml"))
                .map(move |name| folder.join(name))
        });
    let files = configurations.chain(named).chain(listed).filter(|candidate| sources.is_file(candidate));
    let files = files.filter_map(|candidate| sources.load(&candidate).ok());
    files
        .flat_map(|file| {
            read(&file).into_iter().filter(|deployment| concerns(sources, deployment, &file, path)).collect::<Vec<_>>()
        })
        .collect()
}

/// Whether a deployment is of this template as far as the file says.
fn concerns(sources: &Sources, deployment: &Deployment, file: &SourceFile, template: &Path) -> bool {
    let Some(named) = &deployment.template else { return true };
    let folder = Path::new(file.path()).parent().unwrap_or(Path::new(""));
    let same =
        |path: PathBuf| sources.resolve(&path).ok().is_some_and(|real| sources.resolve(template).ok() == Some(real));
    same(folder.join(&**named)) || same(PathBuf::from(&**named))
}
