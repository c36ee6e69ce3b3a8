//! One Terragrunt file, evaluated on demand: its `locals`, `include`s, `inputs` and module source.

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use rustc_hash::FxHashMap;

use super::functions;
use crate::{
    model::{Problem, ProblemKind},
    source::{Sources, Span},
    terraform::{
        cty::{Entries, Hint, Type, Val},
        eval::{Budget, Conditions, Eval, Evaluator, Scope, ShortCircuit, fatal},
        modules::library::tidy,
        syntax::{Attribute, Body, Expr, Step, StepKind, body},
    },
    value::{Reason, Unknown},
};

/// How deep files may include and read others.
const MAX_DEPTH: usize = 16;

/// What all files of a unit share.
pub(super) struct Reader<'r> {
    pub sources: &'r Sources,
    pub environment: &'r BTreeMap<String, String>,
    pub conditions: Conditions<'r>,
    pub budget: Budget,
    pub problems: RefCell<Vec<Problem>>,
}

impl Reader<'_> {
    pub(super) fn tell(&self, problem: Problem) {
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}

/// A file in the place from which it is read.
pub(super) struct Config<'r> {
    pub reader: &'r Reader<'r>,
    body: Body,
    /// Its folder, relative to the scan root.
    pub folder: String,
    /// The folder of the unit that includes it; its own when none does.
    pub unit: String,
    /// Whether a unit includes it.
    pub included: bool,
    depth: usize,
    /// The folder from which file functions count.
    base: PathBuf,
    includes: OnceCell<Vec<Include<'r>>>,
    /// `None` while one is evaluated.
    locals: RefCell<FxHashMap<Arc<str>, Option<Val>>>,
}

/// An `include` block.
pub(super) struct Include<'r> {
    pub label: Arc<str>,
    strategy: Strategy,
    pub config: Rc<Config<'r>>,
}

/// How what is included joins what the unit says (`merge_strategy`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strategy {
    None,
    Shallow,
    Deep,
}

impl<'r> Config<'r> {
    /// Opens a file given relative to the scan root, for the unit in a folder.
    ///
    /// # Errors
    /// When it cannot be read, or files include each other.
    pub(super) fn open(
        reader: &'r Reader<'r>,
        file: &str,
        unit: &str,
        included: bool,
        depth: usize,
    ) -> Result<Rc<Self>, String> {
        if depth > MAX_DEPTH {
            return Err(format!("{file}: files include each other more than {MAX_DEPTH} deep"));
        }
        let source = reader.sources.load(Path::new(file)).map_err(|error| format!("{file} {error}"))?;
        let parsed = body::parse(source.text(), source.id());
        parsed.problems.into_iter().for_each(|problem| reader.tell(problem));
        let config = Rc::new(Self {
            reader,
            body: parsed.body,
            folder: folder(file),
            unit: unit.to_owned(),
            included,
            depth,
            base: PathBuf::from(folder(file)),
            includes: OnceCell::new(),
            locals: RefCell::default(),
        });
        let includes = config.open_includes();
        // Set once, here.
        let _ = config.includes.set(includes);
        Ok(config)
    }

    fn open_includes(&self) -> Vec<Include<'r>> {
        let mut includes = Vec::new();
        for block in self.body.blocks_of("include") {
            let Some(path) = block.body.attribute("path") else { continue };
            let value = self.value(&path.value);
            let Some(text) = value.as_str() else {
                self.warn("which file is included cannot be known: what it says is not seen", path.value.span);
                continue;
            };
            let strategy = block.body.attribute("merge_strategy").map(|strategy| self.value(&strategy.value));
            let strategy = match strategy.as_ref().and_then(Val::as_str) {
                Some("deep") => Strategy::Deep,
                Some("no_merge") => Strategy::None,
                _ => Strategy::Shallow,
            };
            match Self::open(self.reader, &self.relative(text), &self.unit, true, self.depth + 1) {
                Ok(config) => {
                    let label = block.labels.first().map_or_else(|| "".into(), |label| Arc::clone(&label.text));
                    includes.push(Include { label, strategy, config });
                }
                Err(message) => self.warn(&message, path.value.span),
            }
        }
        includes
    }

    pub(super) fn includes(&self) -> &[Include<'r>] {
        self.includes.get().map_or(&[], Vec::as_slice)
    }

    /// A path as it is written, relative to the scan root.
    pub(super) fn relative(&self, path: &str) -> String {
        if Path::new(path).is_absolute() {
            return self.reader.sources.relative(Path::new(path));
        }
        tidy(&format!("{}/{path}", self.folder))
    }

    /// A folder or file relative to the scan root, as Terragrunt's functions show it.
    pub(super) fn shown(&self, relative: &str) -> Val {
        let root = self.reader.sources.root();
        let path = if relative == "." { root.to_path_buf() } else { root.join(relative) };
        Val::string(path.to_string_lossy().into_owned())
    }

    /// The source of the module, and the folder from which it counts.
    pub(super) fn source(&self) -> Option<(Val, String)> {
        let own = self.body.blocks_of("terraform").find_map(|block| {
            if let Some(extra) = block.body.blocks_of("extra_arguments").next() {
                self.warn(
                    "extra arguments of Terragrunt are not evaluated: they may set further variables",
                    extra.header,
                );
            }
            block.body.attribute("source")
        });
        if let Some(source) = own {
            return Some((self.value(&source.value), self.unit.clone()));
        }
        self.merged_includes().find_map(|include| include.config.source())
    }

    fn merged_includes(&self) -> impl Iterator<Item = &Include<'r>> {
        self.includes().iter().filter(|include| include.strategy != Strategy::None)
    }

    /// `inputs`, with those of the included files below them.
    pub(super) fn inputs(&self) -> Option<Val> {
        let own = self.body.attribute("inputs").map(|inputs| self.value(&inputs.value));
        self.merged_includes().fold(own, |own, include| match (include.config.inputs(), own) {
            (Some(below), Some(own)) => Some(merged(&below, &own, include.strategy == Strategy::Deep)),
            (below, own) => own.or(below),
        })
    }

    /// What another file sees of this one.
    pub(super) fn exposed(&self) -> Val {
        let names = self.local_attributes().map(|local| Arc::clone(&local.name.text)).collect::<Vec<_>>();
        let local = |name: Arc<str>| {
            let value =
                self.local(&name, self.body.span).unwrap_or_else(|fault| self.failed(&fault.message, fault.span));
            (name, value)
        };
        let locals = Val::object(names.into_iter().map(local).collect());
        let inputs = self.inputs().unwrap_or_else(|| Val::object(Entries::new()));
        Val::object([("locals".into(), locals), ("inputs".into(), inputs)].into())
    }

    fn local_attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.body.blocks_of("locals").flat_map(|block| &block.body.attributes)
    }

    fn local(&self, name: &Arc<str>, span: Span) -> Eval<Val> {
        let known = self.locals.borrow().get(name).cloned();
        match known {
            Some(Some(value)) => return Ok(value),
            Some(None) => return fatal(span, format!("local.{name} needs itself")),
            None => {}
        }
        let Some(attribute) = self.local_attributes().find(|local| local.name.text == *name) else {
            return fatal(span, format!("the local value `{name}` is not declared"));
        };
        self.locals.borrow_mut().insert(Arc::clone(name), None);
        let value = self.value(&attribute.value).traced(attribute.span(), format!("local.{name}"));
        self.locals.borrow_mut().insert(Arc::clone(name), Some(value.clone()));
        Ok(value)
    }

    fn value(&self, expr: &Expr) -> Val {
        let value = Evaluator::new(self, &self.reader.budget).eval(expr);
        value.unwrap_or_else(|fault| self.failed(&fault.message, fault.span)).at(Some(expr.span))
    }

    fn failed(&self, message: &str, span: Span) -> Val {
        self.reader.tell(Problem::at(ProblemKind::Error, "terragrunt", message, span));
        unknown(Unknown::new(Reason::Error, message).at(span))
    }

    fn warn(&self, message: &str, span: Span) {
        self.reader.tell(Problem::at(ProblemKind::Warning, "terragrunt", message, span));
    }

    /// `include.label`, or `include` when there is one without label.
    fn included_value(&self, steps: &[Step], span: Span) -> Eval<(Val, usize)> {
        let label = match steps.first().map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) => Arc::clone(name),
            _ => return fatal(span, "`include` needs a label after it"),
        };
        let includes = self.includes();
        if let Some(include) = includes.iter().find(|include| include.label == label) {
            return Ok((include.config.exposed(), 1));
        }
        match includes.iter().find(|include| include.label.is_empty()) {
            Some(include) => Ok((include.config.exposed(), 0)),
            // Its file may be missing, which was told.
            None => Ok((unknown(Unknown::new(Reason::Unreadable, format!("include.{label}")).at(span)), 1)),
        }
    }

    /// Reads another file for `read_terragrunt_config`.
    pub(super) fn read(&self, path: &str) -> Result<Val, String> {
        let file = self.relative(path);
        Self::open(self.reader, &file, &folder(&file), false, self.depth + 1).map(|config| config.exposed())
    }
}

impl Scope for Config<'_> {
    fn resolve(&self, root: &str, steps: &[Step], span: Span) -> Eval<(Val, usize)> {
        match (root, steps.first().map(|step| &step.kind)) {
            ("local", Some(StepKind::Attribute(name))) => self.local(name, span).map(|value| (value, 1)),
            ("include", _) => self.included_value(steps, span),
            // Outputs of other units, and values from the command line.
            ("dependency" | "feature" | "values" | "unit" | "stack", Some(StepKind::Attribute(name))) => {
                let attribute = |step: &Step| match &step.kind {
                    StepKind::Attribute(name) => Some(format!(".{name}")),
                    _ => None,
                };
                let rest: String = steps.iter().skip(1).map_while(attribute).collect();
                let reason = if root == "dependency" { Reason::External } else { Reason::Input };
                Ok((unknown(Unknown::new(reason, format!("{root}.{name}{rest}")).at(span)), 1))
            }
            _ => fatal(span, format!("there is no `{root}` in a Terragrunt file")),
        }
    }

    fn has_function(&self, _: &str) -> bool {
        true
    }

    fn call(&self, function: &str, arguments: &[Val], span: Span) -> Eval<Val> {
        functions::call(self, function, arguments, span)
    }

    fn exceeded(&self, bound: &str, span: Span) {
        self.warn(&format!("not evaluated, because it would exceed a bound of this program: {bound}"), span);
    }

    fn conditions(&self) -> &Conditions<'_> {
        &self.reader.conditions
    }

    fn short_circuit(&self) -> ShortCircuit {
        ShortCircuit::Either
    }

    fn sources(&self) -> &Sources {
        self.reader.sources
    }

    fn base(&self) -> &Path {
        &self.base
    }
}

/// The folder of a file, both relative to the scan root.
pub(super) fn folder(file: &str) -> String {
    file.rsplit_once('/').map_or_else(|| ".".to_owned(), |(folder, _)| folder.to_owned())
}

/// A value that Terragrunt would get from outside.
pub(super) fn unknown(why: Unknown) -> Val {
    Val::unknown(Type::Dynamic).hinted(Hint::why(why))
}

/// `own` over `below`: key by key, or, when deep, also inside of maps and with lists one after the other.
fn merged(below: &Val, own: &Val, deep: bool) -> Val {
    match (below.as_entries(), own.as_entries()) {
        (Some(below), Some(own)) => {
            let mut entries = (**below).clone();
            for (key, value) in &**own {
                let value = match entries.get(key).filter(|_| deep) {
                    Some(other) => merged(other, value, true),
                    None => value.clone(),
                };
                entries.insert(Arc::clone(key), value);
            }
            Val::object(entries)
        }
        // What is not known may set anything.
        (None, Some(_)) if !below.is_known() => below.clone(),
        _ => match (below.as_items(), own.as_items()) {
            (Some(below), Some(own)) if deep => Val::tuple(below.iter().chain(own.iter()).cloned().collect()),
            _ => own.clone(),
        },
    }
}
