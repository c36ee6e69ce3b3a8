//! The declarations of one module. In: the syntax trees of its files. Out: everything by name.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    model::{Mode, Problem, ProblemKind},
    source::{FileId, Span},
    terraform::syntax::{Attribute, Block, Body, Expr, ExprKind, File, Name},
};

/// A folder's configuration.
#[derive(Debug, Default)]
pub struct Module {
    /// The folder, relative to the scan root.
    pub path: Arc<str>,
    /// `variable`.
    pub variables: BTreeMap<Arc<str>, Variable>,
    /// `locals`.
    pub locals: BTreeMap<Arc<str>, Local>,
    /// `output`.
    pub outputs: BTreeMap<Arc<str>, Output>,
    /// `resource` and `data`, by `type.name` and `data.type.name`.
    pub resources: BTreeMap<Arc<str>, ResourceBlock>,
    /// `module`.
    pub calls: BTreeMap<Arc<str>, Call>,
    /// `provider`, by `name` and `name.alias`.
    pub providers: BTreeMap<Arc<str>, Provider>,
    /// `required_version`.
    pub required_version: Vec<Arc<str>>,
    /// The types of resources that are `removed` from management, as `type.name` or longer.
    pub removed: Vec<String>,
    /// The files, with their comments.
    pub files: Vec<(FileId, Vec<Span>)>,
    /// What is wrong with the files.
    pub problems: Vec<Problem>,
}

/// An input variable.
#[derive(Debug)]
pub struct Variable {
    /// Its name and the header of its block.
    pub name: Name,
    /// The block.
    pub header: Span,
    /// Its content: `type`, `default`, `nullable`, `sensitive`, `ephemeral`.
    pub body: Body,
}

/// One entry of `locals`.
#[derive(Debug)]
pub struct Local {
    /// Name and expression.
    pub attribute: Attribute,
}

/// An output value.
#[derive(Debug)]
pub struct Output {
    /// The header.
    pub header: Span,
    /// Its content: `value`, `sensitive`.
    pub body: Body,
}

/// A `resource` or `data` block.
#[derive(Debug)]
pub struct ResourceBlock {
    /// Which of the two.
    pub mode: Mode,
    /// `aws_dynamodb_table`.
    pub kind: Arc<str>,
    /// The local name.
    pub name: Arc<str>,
    /// The block.
    pub block: Block,
}

/// A `module` block.
#[derive(Debug)]
pub struct Call {
    /// Its name.
    pub name: Arc<str>,
    /// The block.
    pub block: Block,
}

/// A `provider` block.
#[derive(Debug)]
pub struct Provider {
    /// `aws`.
    pub name: Arc<str>,
    /// The block.
    pub block: Block,
}

impl Call {
    /// The source address, when it is a plain string.
    pub fn source(&self) -> Option<&Arc<str>> {
        self.block.body.attribute("source")?.value.as_string()
    }
}

impl ResourceBlock {
    /// `type.name`, `data.type.name`.
    pub fn address(&self) -> String {
        match self.mode {
            Mode::Managed => format!("{}.{}", self.kind, self.name),
            Mode::Data => format!("data.{}.{}", self.kind, self.name),
        }
    }
}

impl Module {
    /// Adds a primary file's declarations.
    pub(super) fn add(&mut self, file: File) {
        self.files.push((file.id, file.comments));
        self.problems.extend(file.problems);
        for attribute in &file.body.attributes {
            self.problem(attribute.name.span, format!("`{}` is no block type of Terraform", attribute.name.text));
        }
        for block in file.body.blocks {
            self.declare(block);
        }
    }

    /// Whether a file declares something that is declared already.
    pub(super) fn declares_any(&self, file: &File) -> bool {
        file.body.blocks.iter().any(|block| {
            let label = |at: usize| block.labels.get(at).map_or("", |label| &*label.text);
            match &*block.kind.text {
                "locals" => {
                    block.body.attributes.iter().any(|attribute| self.locals.contains_key(&attribute.name.text))
                }
                "variable" => self.variables.contains_key(label(0)),
                "output" => self.outputs.contains_key(label(0)),
                "module" => self.calls.contains_key(label(0)),
                "resource" => self.resources.contains_key(&*format!("{}.{}", label(0), label(1))),
                "data" => self.resources.contains_key(&*format!("data.{}.{}", label(0), label(1))),
                _ => false,
            }
        })
    }

    pub(super) fn problem(&mut self, span: Span, message: String) {
        self.problems.push(Problem::at(ProblemKind::Error, "terraform-configuration", message, span));
    }

    fn declare(&mut self, block: Block) {
        let labels = match &*block.kind.text {
            "resource" | "data" | "ephemeral" => 2,
            "variable" | "output" | "module" | "provider" | "check" => 1,
            "terraform" | "locals" | "moved" | "import" | "removed" => 0,
            // Newer versions have more: nothing in them makes resources of ours.
            "action" | "list" | "language" | "policy" => return,
            other => return self.problem(block.header, format!("`{other}` is no block type of Terraform")),
        };
        if block.labels.len() != labels {
            let message = format!("a `{}` block has {labels} labels, not {}", block.kind.text, block.labels.len());
            return self.problem(block.header, message);
        }
        if &*block.kind.text == "terraform" {
            return self.settings(&block.body);
        }
        let label = |at: usize| block.labels.get(at).cloned();
        match (&*block.kind.text, label(0), label(1)) {
            ("locals", ..) => self.declare_locals(block.body.attributes),
            ("removed", ..) => self.declare_removed(&block.body),
            ("variable", Some(name), _) => {
                let key = Arc::clone(&name.text);
                let variable = Variable { name, header: block.header, body: block.body };
                if let Some(old) = self.variables.insert(key, variable) {
                    self.duplicate("variable", &old.name.text, block.header);
                }
            }
            ("output", Some(name), _) => {
                let header = block.header;
                if self.outputs.insert(Arc::clone(&name.text), Output { header, body: block.body }).is_some() {
                    self.duplicate("output", &name.text, header);
                }
            }
            ("module", Some(name), _) => {
                let header = block.header;
                if self.calls.insert(Arc::clone(&name.text), Call { name: Arc::clone(&name.text), block }).is_some() {
                    self.duplicate("module", &name.text, header);
                }
            }
            ("provider", Some(name), _) => self.declare_provider(&name, block),
            ("check", ..) => {
                for inner in
                    block.body.blocks.into_iter().filter(|inner| &*inner.kind.text == "data" && inner.labels.len() == 2)
                {
                    self.declare_resource(inner);
                }
            }
            ("resource" | "data", ..) => self.declare_resource(block),
            _ => {}
        }
    }

    fn settings(&mut self, body: &Body) {
        let versions = body.attributes.iter().filter(|attribute| &*attribute.name.text == "required_version");
        self.required_version.extend(versions.filter_map(|attribute| attribute.value.as_string().cloned()));
    }

    fn declare_locals(&mut self, attributes: Vec<Attribute>) {
        for attribute in attributes {
            let name = attribute.name.clone();
            if self.locals.insert(Arc::clone(&name.text), Local { attribute }).is_some() {
                self.duplicate("local value", &name.text, name.span);
            }
        }
    }

    fn declare_removed(&mut self, body: &Body) {
        let path = body.attribute("from").and_then(|from| from.value.as_path());
        self.removed.extend(path.map(|path| path.join(".")));
    }

    fn declare_provider(&mut self, name: &Name, block: Block) {
        let alias = block.body.attribute("alias").and_then(|alias| alias.value.as_string());
        let key: Arc<str> =
            alias.map_or_else(|| Arc::clone(&name.text), |alias| format!("{}.{alias}", name.text).into());
        let header = block.header;
        if self.providers.insert(Arc::clone(&key), Provider { name: Arc::clone(&name.text), block }).is_some() {
            self.duplicate("provider", &key, header);
        }
    }

    fn declare_resource(&mut self, block: Block) {
        let mode = if &*block.kind.text == "data" { Mode::Data } else { Mode::Managed };
        let [kind, name] = &*block.labels else { return };
        let (kind, name, header) = (Arc::clone(&kind.text), Arc::clone(&name.text), block.header);
        if block.body.attribute("count").is_some() && block.body.attribute("for_each").is_some() {
            self.problem(header, "`count` and `for_each` exclude each other".to_owned());
        }
        let resource = ResourceBlock { mode, kind, name, block };
        let address: Arc<str> = resource.address().into();
        if self.resources.insert(Arc::clone(&address), resource).is_some() {
            self.duplicate("resource", &address, header);
        }
    }

    fn duplicate(&mut self, what: &str, name: &str, span: Span) {
        self.problem(span, format!("the {what} `{name}` is declared twice"));
    }
}

/// The names of a list of references: `depends_on`, `ignore_changes`; `all` for the keyword.
pub fn names(expr: &Expr) -> Vec<String> {
    match &expr.unwrapped().kind {
        ExprKind::Tuple(items) => items.iter().flat_map(names).collect(),
        ExprKind::String(text) => vec![text.to_string()],
        _ => expr.as_path().map(|path| path.join(".")).into_iter().collect(),
    }
}
