//! The evaluation of one root module: its budget, its problems, and the names on the way to the current place.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::Options;
use crate::{
    model::{Problem, ProblemKind},
    source::Span,
    terraform::{
        cty::{Hint, Type, Val},
        eval::{Budget, Conditions, Fault, FaultKind, ShortCircuit},
        modules::{
            Library, Module,
            inputs::Inputs,
            library::{is_local, join, tidy},
        },
    },
    value::{Reason, Unknown},
};

/// How many problems of one stack are told.
const MAX_PROBLEMS: usize = 500;

/// How many instances of resources and modules a stack may have.
pub(super) const MAX_INSTANCES: usize = 100_000;

/// What is shared by the whole evaluation of a root module.
pub(super) struct Session<'s> {
    pub library: &'s Library<'s>,
    pub options: &'s Options,
    /// The stack's id: the root's folder, or who deploys it.
    pub stack: Arc<str>,
    /// The root's folder, relative to the scan root.
    pub root: Arc<str>,
    pub base: PathBuf,
    pub conditions: Conditions<'s>,
    pub budget: Budget,
    pub short_circuit: ShortCircuit,
    pub inputs: Inputs,
    pub instances: Cell<usize>,
    pub modules: Cell<usize>,
    /// How deep evaluation of names is nested.
    pub nesting: Cell<usize>,
    problems: RefCell<Vec<Problem>>,
    told: RefCell<FxHashSet<(Option<Span>, String)>>,
    manifest: OnceCell<BTreeMap<String, String>>,
}

impl<'s> Session<'s> {
    pub(super) fn new(library: &'s Library<'s>, root: &str, module: &Module, options: &'s Options) -> Self {
        let sources = library.sources();
        let root: Arc<str> = tidy(root).into();
        let stack = options.passed.as_ref().map_or_else(|| Arc::clone(&root), |passed| Arc::clone(&passed.stack));
        let conditions = Conditions::new(sources, Arc::clone(&stack));
        if let Some(passed) = &options.passed {
            conditions.add(&passed.variables);
        }
        let inputs = crate::terraform::modules::inputs::collect(sources, &root, &options.inputs, &options.environment);
        Self {
            library,
            options,
            base: PathBuf::from(&*root),
            conditions,
            stack,
            budget: Budget::default(),
            short_circuit: options.short_circuit.unwrap_or_else(|| short_circuit(&module.required_version)),
            inputs,
            root,
            instances: Cell::new(0),
            modules: Cell::new(0),
            nesting: Cell::new(0),
            problems: RefCell::default(),
            told: RefCell::default(),
            manifest: OnceCell::new(),
        }
    }

    /// Notes a problem, once for each place and text.
    pub(super) fn tell(&self, problem: Problem) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MAX_PROBLEMS && self.told.borrow_mut().insert((problem.span, problem.message.clone())) {
            problems.push(problem);
        }
    }

    /// Notes a fault; gives the value that stands for the failed expression.
    pub(super) fn failed(&self, fault: &Fault) -> Val {
        let reason = match fault.kind {
            FaultKind::Mistake => Reason::Error,
            FaultKind::MissingFile => Reason::Unreadable,
            FaultKind::Budget => Reason::Budget,
        };
        let (kind, code) = told(fault.kind);
        self.tell(Problem::at(kind, code, fault.message.clone(), fault.span));
        unknown(Unknown::new(reason, fault.message.as_str()).at(fault.span))
    }

    /// Notes what was not computed because of a bound of this program.
    pub(super) fn exceeded(&self, bound: &str, span: Span) {
        let message = format!("not evaluated, because it would exceed a bound of this program: {bound}");
        self.tell(Problem::at(ProblemKind::Warning, "terraform-budget", message, span));
    }

    pub(super) fn error(&self, span: Span, message: impl Into<String>) {
        self.tell(Problem::at(ProblemKind::Error, "terraform-evaluation", message, span));
    }

    pub(super) fn into_problems(self) -> (Vec<Problem>, Conditions<'s>) {
        let mut problems = self.inputs.problems;
        problems.extend(self.problems.into_inner());
        (problems, self.conditions)
    }

    /// The folder of a called module, relative to the scan root and to the root module; none when it is not here.
    pub(super) fn called_folder(
        &self,
        caller: &super::instance::Instance,
        source: &str,
        key: &str,
    ) -> Option<(String, String)> {
        let (absolute, shown) = if is_local(source) {
            (tidy(&join(&caller.module.path, source)), tidy(&join(&caller.folder, source)))
        } else {
            let folder = self.manifest().get(key)?;
            (tidy(&join(&self.root, folder)), tidy(folder))
        };
        self.library.sources().is_dir(Path::new(&absolute)).then_some((absolute, shown))
    }

    /// The text of `data.template_file`.
    pub(super) fn template_file(&self, content: &super::content::Content) -> Option<Val> {
        let template = content.argument("template")?.as_str()?;
        let variables = content.argument("vars").and_then(Val::as_entries).cloned().unwrap_or_default();
        let file = self.library.sources().insert("<template>", template.to_owned());
        let scope = super::nodes::Constants { session: self };
        crate::terraform::eval::render(&scope, &self.budget, &file, &variables).ok()
    }

    /// The folders of installed modules by call path, as `terraform init` notes them.
    fn manifest(&self) -> &BTreeMap<String, String> {
        #[derive(Deserialize)]
        struct Manifest {
            #[serde(rename = "Modules", default)]
            modules: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            #[serde(rename = "Key", default)]
            key: String,
            #[serde(rename = "Dir", default)]
            folder: String,
        }
        self.manifest.get_or_init(|| {
            let path = join(&self.root, ".terraform/modules/modules.json");
            let Ok(file) = self.library.sources().load(Path::new(&path)) else { return BTreeMap::new() };
            match serde_json::from_str::<Manifest>(file.text()) {
                Ok(manifest) => manifest.modules.into_iter().map(|entry| (entry.key, entry.folder)).collect(),
                Err(error) => {
                    let message = format!("the list of installed modules is not readable: {error}");
                    self.tell(Problem::in_file(ProblemKind::Warning, "terraform-modules", message, path));
                    BTreeMap::new()
                }
            }
        })
    }
}

/// How a fault is told.
pub(super) fn told(fault: FaultKind) -> (ProblemKind, &'static str) {
    match fault {
        FaultKind::Mistake => (ProblemKind::Error, "terraform-evaluation"),
        FaultKind::MissingFile => (ProblemKind::Warning, "terraform-missing-file"),
        FaultKind::Budget => (ProblemKind::Error, "terraform-budget"),
    }
}

/// An unknown of unknown type with a reason.
pub(super) fn unknown(why: Unknown) -> Val {
    Val::unknown(Type::Dynamic).hinted(Hint::why(why))
}

/// What `required_version` says of logical operators: they stop at the deciding side from 1.12 on.
fn short_circuit(constraints: &[Arc<str>]) -> ShortCircuit {
    let (mut newest, mut oldest) = (None, None);
    for part in constraints.iter().flat_map(|constraint| constraint.split(',')) {
        let part = part.trim();
        let operator: String = part.chars().take_while(|c| "<>=~!".contains(*c)).collect();
        let version = part.get(operator.len()..).unwrap_or_default().trim();
        let numbers: Vec<u32> = version.split('.').map_while(|number| number.parse().ok()).collect();
        let Some(major) = numbers.first() else { continue };
        let at = (*major, numbers.get(1).copied().unwrap_or(0));
        match &*operator {
            ">=" | ">" => oldest = Some(at),
            "" | "=" => (oldest, newest) = (Some(at), Some(at)),
            "~>" if numbers.len() > 2 => (oldest, newest) = (Some(at), Some(at)),
            "~>" => oldest = Some(at),
            "<" if at.1 > 0 => newest = Some((at.0, at.1 - 1)),
            "<=" => newest = Some(at),
            _ => {}
        }
    }
    const CHANGED: (u32, u32) = (1, 12);
    if newest.is_some_and(|newest| newest < CHANGED) {
        ShortCircuit::Never
    } else if oldest.is_some_and(|oldest| oldest >= CHANGED) {
        ShortCircuit::Always
    } else {
        ShortCircuit::Either
    }
}
