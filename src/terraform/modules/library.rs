//! All modules of a scan. In: folders. Out: each folder's declarations, parsed once however many modules call it.

use std::{
    path::{Component, Path},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use rustc_hash::FxHashMap;

use super::{declare::Module, files};
use crate::{
    model::{Problem, ProblemKind},
    source::Sources,
    terraform::syntax,
};

type Slot = Arc<OnceLock<Option<Arc<Module>>>>;

/// The modules of a scan, shared by the threads that evaluate stacks.
pub struct Library<'s> {
    sources: &'s Sources,
    modules: Mutex<FxHashMap<String, Slot>>,
}

impl<'s> Library<'s> {
    /// An empty library over the files of a scan.
    pub fn new(sources: &'s Sources) -> Self {
        Self { sources, modules: Mutex::default() }
    }

    /// The files.
    pub fn sources(&self) -> &'s Sources {
        self.sources
    }

    /// The module in a folder given relative to the scan root; none when there is no such folder or it may not be read.
    /// A folder without configuration files is an empty module.
    pub fn module(&self, folder: &str) -> Option<Arc<Module>> {
        let folder = tidy(folder);
        let slot = {
            let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(modules.entry(folder.clone()).or_default())
        };
        slot.get_or_init(|| self.read(&folder)).clone()
    }

    fn read(&self, folder: &str) -> Option<Arc<Module>> {
        let names = self.sources.list(Path::new(folder)).ok()?;
        let (primary, overrides) = files::configuration(&names);
        let mut module = Module { path: folder.into(), ..Module::default() };
        let primary = primary
            .iter()
            .filter(|name| !name.contains(".tofu"))
            .chain(primary.iter().filter(|name| name.contains(".tofu")));
        for (name, is_override) in
            primary.map(|name| (*name, false)).chain(overrides.into_iter().map(|name| (name, true)))
        {
            let path = join(folder, name);
            match self.sources.load(Path::new(&path)) {
                Ok(file) => {
                    let file = syntax::parse_file(&file);
                    // A .tofu file without a .tf of its name is OpenTofu's; where it repeats a declaration it is an
                    // alternative that Terraform does not see.
                    let alternative = name.contains(".tofu") && module.declares_any(&file);
                    match is_override {
                        true => module.merge(file),
                        false if !alternative => module.add(file),
                        false => {}
                    }
                }
                Err(error) => {
                    let message = format!("the file {error}");
                    module.problems.push(Problem::in_file(ProblemKind::Error, "unreadable-file", message, path));
                }
            }
        }
        Some(Arc::new(module))
    }

    /// Whether a folder holds configuration files.
    pub fn has_module(&self, folder: &str) -> bool {
        self.sources.list(Path::new(folder)).is_ok_and(|names| files::has_configuration(&names))
    }

    /// The folders, relative to the scan root, that the local module calls of a folder point at.
    pub fn called_folders(&self, folder: &str) -> Vec<String> {
        let Some(module) = self.module(folder) else { return Vec::new() };
        let local = module.calls.values().filter_map(|call| call.source()).filter(|source| is_local(source));
        local.map(|source| tidy(&join(&module.path, source))).collect()
    }
}

/// Whether a module source is a folder relative to the calling module.
pub fn is_local(source: &str) -> bool {
    source.starts_with("./") || source.starts_with("../") || source == "." || source == ".."
}

/// A path below a folder; `.` is the folder itself.
pub fn join(folder: &str, path: &str) -> String {
    if folder == "." || folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// The same path without `.` and, where it can be, `..`.
pub fn tidy(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            Component::ParentDir => parts.push(".."),
            Component::Normal(name) => parts.extend(name.to_str()),
            Component::RootDir => parts.push(""),
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}
