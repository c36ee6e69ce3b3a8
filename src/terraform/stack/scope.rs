//! Names to values inside a module instance.

use std::{path::Path, rc::Rc, sync::Arc};

use super::{
    instance::{ExpansionKind, Instance, Key, Node, Repetition},
    session::{Session, unknown},
};
use crate::{
    source::{Sources, Span},
    terraform::{
        cty::{Entries, Type, Val},
        eval::{Conditions, Eval, Evaluator, Scope, ShortCircuit, choice, fatal},
        syntax::{Expr, ExprKind, Step, StepKind},
    },
    value::{Reason, Unknown},
};

/// The names that the expressions of one block instance see.
pub(super) struct BlockScope<'e, 's> {
    pub session: &'e Session<'s>,
    pub instance: &'e Rc<Instance>,
    /// `count` and `each`.
    pub repetition: Option<&'e Repetition>,
    /// Iterators of the dynamic blocks around the place.
    pub iterators: Vec<(Arc<str>, Val)>,
    /// `self`.
    pub own: Option<Val>,
}

impl<'e, 's> BlockScope<'e, 's> {
    pub(super) fn new(
        session: &'e Session<'s>,
        instance: &'e Rc<Instance>,
        repetition: Option<&'e Repetition>,
    ) -> Self {
        Self { session, instance, repetition, iterators: Vec::new(), own: None }
    }

    /// The value of an expression.
    pub(super) fn eval(&self, expr: &Expr) -> Eval<Val> {
        Evaluator::new(self, &self.session.budget).eval(expr)
    }

    /// The value of an expression; a fault is noted and gives an unknown.
    pub(super) fn value(&self, expr: &Expr) -> Val {
        self.eval(expr).unwrap_or_else(|fault| self.session.failed(&fault)).at(Some(expr.span))
    }
}

impl Scope for BlockScope<'_, '_> {
    fn resolve(&self, root: &str, steps: &[Step], span: Span) -> Eval<(Val, usize)> {
        if let Some((_, value)) = self.iterators.iter().rev().find(|(name, _)| &**name == root) {
            return Ok((value.clone(), 0));
        }
        let name = |at: usize| match steps.get(at).map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) => Ok(Arc::clone(name)),
            Some(StepKind::Index(key)) if key.as_string().is_some() => Ok(key.as_string().cloned().unwrap_or_default()),
            _ => fatal::<Arc<str>>(span, format!("`{root}` needs a name after it")),
        };
        let session = self.session;
        match root {
            "var" => session.named(self.instance, Node::Variable(name(0)?), span).map(|value| (value, 1)),
            "local" => session.named(self.instance, Node::Local(name(0)?), span).map(|value| (value, 1)),
            "path" => self.path(&name(0)?, span).map(|value| (value, 1)),
            "terraform" | "tofu" => self.terraform(&name(0)?, span).map(|value| (value, 1)),
            "count" | "each" => self.repeated(root, &name(0)?, span).map(|value| (value, 1)),
            "self" => match &self.own {
                Some(own) => Ok((own.clone(), 0)),
                None => fatal(span, "there is no `self` here"),
            },
            "module" => self.module(&name(0)?, steps, span),
            "data" => self.resource(&format!("data.{}.{}", name(0)?, name(1)?), steps, 2, span),
            "resource" => self.resource(&format!("{}.{}", name(0)?, name(1)?), steps, 2, span),
            "ephemeral" => Ok((unknown(Unknown::new(Reason::AfterApply, format!("ephemeral.{}", name(0)?))), 1)),
            _ if steps.is_empty() => fatal(span, format!("there is no `{root}`")),
            _ => self.resource(&format!("{root}.{}", name(0)?), steps, 1, span),
        }
    }

    fn exceeded(&self, bound: &str, span: Span) {
        self.session.exceeded(bound, span);
    }

    fn conditions(&self) -> &Conditions<'_> {
        &self.session.conditions
    }

    fn short_circuit(&self) -> ShortCircuit {
        self.session.short_circuit
    }

    fn sources(&self) -> &Sources {
        self.session.library.sources()
    }

    fn base(&self) -> &Path {
        &self.session.base
    }
}

impl BlockScope<'_, '_> {
    fn path(&self, name: &str, span: Span) -> Eval<Val> {
        match name {
            "module" => Ok(Val::string(Arc::clone(&self.instance.folder))),
            "root" => Ok(Val::string(".")),
            // Terraform is run in the root module's folder.
            "cwd" => Ok(Val::string(
                self.session
                    .library
                    .sources()
                    .root()
                    .join(&self.session.base)
                    .to_string_lossy()
                    .trim_end_matches("/.")
                    .to_owned(),
            )),
            other => fatal(span, format!("there is no `path.{other}`")),
        }
    }

    fn terraform(&self, name: &str, span: Span) -> Eval<Val> {
        match name {
            "workspace" => Ok(match &self.session.options.workspace {
                Some(workspace) => Val::string(workspace.as_str()),
                None => {
                    let key = self.session.conditions.key("terraform.workspace");
                    let why = Unknown::new(Reason::Workspace, "terraform.workspace").keyed(key);
                    choice::from_input(Val::unknown_not_null(Type::String), why)
                }
            }),
            "applying" => Ok(Val::unknown_not_null(Type::Bool)),
            other => fatal(span, format!("there is no `terraform.{other}`")),
        }
    }

    fn repeated(&self, root: &str, name: &str, span: Span) -> Eval<Val> {
        let found = self.repetition.and_then(|repetition| match (root, name) {
            ("count", "index") => repetition.index.clone(),
            ("each", "key") => repetition.each.as_ref().map(|each| each.0.clone()),
            ("each", "value") => repetition.each.as_ref().map(|each| each.1.clone()),
            _ => None,
        });
        match found {
            Some(value) => Ok(value),
            None => fatal(span, format!("there is no `{root}.{name}` here")),
        }
    }

    /// A resource with what follows: `taken` steps belong to its address.
    fn resource(&self, address: &str, steps: &[Step], taken: usize, span: Span) -> Eval<(Val, usize)> {
        let address: Arc<str> = address.into();
        let attribute = match steps.get(taken).map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) => Some(name),
            _ => None,
        };
        if let Some(name) = attribute
            && let Some(value) = self.session.only_after_deployment(self.instance, &address, name, span)?
        {
            return Ok((value, taken + 1));
        }
        if let Some(value) =
            self.session.outside_schema(self.instance, &address, steps.get(taken..).unwrap_or_default())
        {
            return Ok((value, steps.len()));
        }
        self.session.named(self.instance, Node::Resource(address), span).map(|value| (value, taken))
    }

    /// `module.name` with what follows. Only the output that is asked for is evaluated: others may need this place.
    fn module(&self, name: &Arc<str>, steps: &[Step], span: Span) -> Eval<(Val, usize)> {
        let Some(call) = self.instance.module.calls.get(name) else {
            return fatal(span, format!("there is no module `{name}`"));
        };
        let session = self.session;
        let children = session.children(self.instance, name, span)?;
        let single = matches!(children.expansion.kind, ExpansionKind::Single);
        let wanted = wanted_output(steps, single);
        let Some(instances) = &children.instances else {
            let subject = self.instance.inside(&format!("module.{name}"));
            return Ok((unknown(Unknown::new(Reason::ModuleMissing, subject).at(call.block.header)), 1));
        };
        if let (true, Some(output), Some(only)) = (single, &wanted, instances.first()) {
            return session.named(only, Node::Output(Arc::clone(output)), span).map(|value| (value, 2));
        }
        let value = |at: usize| -> Eval<Val> {
            let Some(instance) = instances.get(at) else { return Ok(Val::dynamic()) };
            let names: Vec<Arc<str>> = match &wanted {
                Some(output) if instance.module.outputs.contains_key(output) => vec![Arc::clone(output)],
                Some(_) => Vec::new(),
                None => instance.module.outputs.keys().cloned().collect(),
            };
            let entry = |name: Arc<str>| Ok((Arc::clone(&name), session.named(instance, Node::Output(name), span)?));
            names.into_iter().map(entry).collect::<Eval<Entries>>().map(Val::object)
        };
        let values = (0..instances.len()).map(value).collect::<Eval<Vec<_>>>()?;
        Ok((together(&children.expansion.kind, &children.expansion.instances, &values), 1))
    }
}

/// The output that the steps after a module's name ask for, when that is certain.
fn wanted_output(steps: &[Step], single: bool) -> Option<Arc<str>> {
    let attribute = |step: Option<&Step>| match step.map(|step| &step.kind) {
        Some(StepKind::Attribute(name)) => Some(Arc::clone(name)),
        Some(StepKind::Index(Expr { kind: ExprKind::String(name), .. })) => Some(Arc::clone(name)),
        _ => None,
    };
    if single {
        return attribute(steps.get(1));
    }
    match steps.get(1).map(|step| &step.kind) {
        Some(StepKind::Splat(inner)) => attribute(inner.first()),
        Some(_) => attribute(steps.get(2)),
        None => None,
    }
}

/// The instances of a block as one value: itself, a tuple, or an object by key.
pub(super) fn together(kind: &ExpansionKind, repetitions: &[Repetition], values: &[Val]) -> Val {
    let object = |chosen: &mut dyn Iterator<Item = usize>| {
        let entry = |at: usize| match &repetitions.get(at)?.key {
            Key::Text(key) => Some((Arc::clone(key), values.get(at)?.clone())),
            _ => None,
        };
        Val::object(chosen.filter_map(entry).collect())
    };
    match kind {
        ExpansionKind::Single => values.first().cloned().unwrap_or_else(Val::dynamic),
        ExpansionKind::Count => Val::tuple(values.to_vec()),
        ExpansionKind::ForEach => object(&mut (0..values.len())),
        ExpansionKind::Unknown(why) => {
            let result = Val::dynamic();
            match why.hint().and_then(|hint| hint.why.as_ref()) {
                Some(why) => result.because(why),
                None => result,
            }
        }
        ExpansionKind::Choice { count, arms } => {
            let arm = |positions: &Vec<usize>| {
                if *count {
                    Val::tuple(positions.iter().filter_map(|at| values.get(*at).cloned()).collect())
                } else {
                    object(&mut positions.iter().copied())
                }
            };
            choice::chosen(
                Val::dynamic(),
                arms.iter().map(|(formula, positions)| (formula.clone(), arm(positions))).collect(),
            )
        }
    }
}

/// A name that a module does not declare.
pub(super) fn undeclared<T>(what: &str, name: &str, span: Span) -> Eval<T> {
    fatal(span, format!("the {what} `{name}` is not declared"))
}
