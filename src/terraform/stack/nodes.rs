//! Variables, locals, outputs and module calls: evaluated when first needed, then remembered.

use std::{rc::Rc, sync::Arc};

use super::{
    instance::{Children, Instance, Key, Node, Parent, Slot},
    scope::{BlockScope, undeclared},
    session::{Session, unknown},
};
use crate::{
    model::{ModuleCall, Problem, ProblemKind},
    source::Span,
    terraform::{
        cty::{Marks, Type, Val},
        eval::{Eval, Evaluator, choice, exhausted, fatal},
        modules::{Constraint, Variable, inputs, inputs::Origin},
        syntax::{Body, Expr, ExprKind, StepKind},
    },
    value::{Formula, Reason, Unknown},
};

/// How deep modules may call modules.
const MAX_CALL_DEPTH: usize = 32;

/// How many module instances a stack may have.
const MAX_MODULES: usize = 2_000;

/// How many parts the value of one name may have: each mention of a name in a larger value multiplies them.
const MAX_NODES: usize = 500_000;

/// How deep the value of one name may nest.
const MAX_NESTING: usize = 100;

/// From this nesting on, the local values that a local value needs are evaluated before it, so that a long chain
/// is no deep recursion.
const NESTING_TO_PREPARE: usize = 24;

impl Session<'_> {
    /// The value of a name in a module instance. A fault in its own definition is told there and is an unknown here;
    /// a name that is not declared, or that needs itself, is a fault here.
    pub(super) fn named(&self, instance: &Rc<Instance>, node: Node, span: Span) -> Eval<Val> {
        match instance.nodes.borrow().get(&node) {
            Some(Slot::Done(value)) => return Ok(value.clone()),
            Some(Slot::Busy) => return fatal(span, format!("{} needs itself", describe(instance, &node))),
            None => {}
        }
        if self.nesting.get() >= NESTING_TO_PREPARE
            && let Node::Local(name) = &node
        {
            self.prepare(instance, name);
            if let Some(Slot::Done(value)) = instance.nodes.borrow().get(&node) {
                return Ok(value.clone());
            }
        }
        self.compute(instance, node, span)
    }

    fn compute(&self, instance: &Rc<Instance>, node: Node, span: Span) -> Eval<Val> {
        instance.nodes.borrow_mut().insert(node.clone(), Slot::Busy);
        let nesting = self.nesting.get();
        self.nesting.set(nesting + 1);
        let nothing: Arc<str> = "".into();
        let result = self.conditions.within(&instance.address, &nothing, || match &node {
            Node::Variable(name) => self.variable(instance, name, span),
            Node::Local(name) => self.local(instance, name, span),
            Node::Output(name) => self.output(instance, name, span),
            Node::Resource(address) => self.resource_value(instance, address, span),
        });
        self.nesting.set(nesting);
        let result = result.map(|value| self.bounded(value, instance, &node, span));
        match &result {
            Ok(value) => instance.nodes.borrow_mut().insert(node, Slot::Done(value.clone())),
            Err(_) => instance.nodes.borrow_mut().remove(&node),
        };
        result
    }

    /// The value, or an unknown when it is too large to go on with.
    fn bounded(&self, value: Val, instance: &Instance, node: &Node, span: Span) -> Val {
        if value.fits(&mut MAX_NODES.clone(), MAX_NESTING) {
            return value;
        }
        let name = describe(instance, node);
        let message =
            format!("the value of {name} has more than {MAX_NODES} parts, or nests deeper than {MAX_NESTING} levels");
        self.tell(Problem::at(ProblemKind::Error, "terraform-budget", message.as_str(), value.span.unwrap_or(span)));
        unknown(Unknown::new(Reason::Budget, message).at(span))
    }

    /// Evaluates the local values that `name` needs, deepest first, without recursion.
    fn prepare(&self, instance: &Rc<Instance>, name: &Arc<str>) {
        let mut work = vec![(Arc::clone(name), false)];
        let mut open: rustc_hash::FxHashSet<Arc<str>> = rustc_hash::FxHashSet::default();
        while let Some((name, ready)) = work.pop() {
            let node = Node::Local(Arc::clone(&name));
            if instance.nodes.borrow().contains_key(&node) {
                continue;
            }
            let Some(local) = instance.module.locals.get(&name) else { continue };
            if ready {
                let span = local.attribute.name.span;
                // What it needs is there, so that this nests no further.
                let nesting = self.nesting.replace(0);
                let _ = self.compute(instance, node, span);
                self.nesting.set(nesting);
            } else if open.insert(Arc::clone(&name)) {
                work.push((name, true));
                local_references(&local.attribute.value, &mut |needed| work.push((needed, false)));
            }
        }
    }

    fn local(&self, instance: &Rc<Instance>, name: &Arc<str>, span: Span) -> Eval<Val> {
        let Some(local) = instance.module.locals.get(name) else {
            return undeclared("local value", name, span);
        };
        let value = BlockScope::new(self, instance, None).value(&local.attribute.value);
        Ok(value.traced(local.attribute.span(), format!("local.{name}")))
    }

    fn output(&self, instance: &Rc<Instance>, name: &Arc<str>, span: Span) -> Eval<Val> {
        let Some(output) = instance.module.outputs.get(name) else {
            return fatal(span, format!("the module has no output `{name}`"));
        };
        let Some(attribute) = output.body.attribute("value") else {
            self.error(output.header, "the output has no value");
            return Ok(Val::dynamic());
        };
        let scope = BlockScope::new(self, instance, None);
        for check in output.body.blocks_of("precondition") {
            self.check(&scope, &check.body);
        }
        let mut value = scope.value(&attribute.value);
        if let Some(ty) = output.body.attribute("type") {
            value = self.constraint(instance, Some(&ty.value)).apply(value.clone()).unwrap_or(value);
        }
        let sensitive = is_true(&output.body, "sensitive");
        if sensitive {
            value = value.marked(Marks::SENSITIVE);
        } else if instance.parent.is_none() && value.deep_marks().contains(Marks::SENSITIVE) {
            self.error(output.header, "the output is sensitive and does not say so");
        }
        Ok(value.traced(attribute.span(), format!("output \"{name}\"")))
    }

    /// Evaluates the condition of a check, for its faults: its truth is the deployment's affair.
    pub(super) fn check(&self, scope: &BlockScope<'_, '_>, body: &Body) {
        if let Some(condition) = body.attribute("condition") {
            let mut refers = false;
            condition.value.walk(&mut |part| refers |= matches!(part.kind, ExprKind::Variable(_)));
            if !refers {
                self.error(condition.value.span, "the condition refers to nothing and so checks nothing");
            }
            let value = scope.value(&condition.value);
            if value.is_known() && crate::terraform::cty::convert(&value, &Type::Bool).is_err() {
                self.error(condition.value.span, "the condition is no truth value");
            }
        }
    }

    fn variable(&self, instance: &Rc<Instance>, name: &Arc<str>, span: Span) -> Eval<Val> {
        let module = Arc::clone(&instance.module);
        let Some(variable) = module.variables.get(name) else {
            return undeclared("variable", name, span);
        };
        let constraint = self.constraint(instance, variable.body.attribute("type").map(|ty| &ty.value));
        let given = match &instance.parent {
            Some(parent) => self.argument(parent, name),
            None => self.root_input(name, &constraint),
        };
        let nullable = !is_false(&variable.body, "nullable");
        let given = given.filter(|value| nullable || !value.is_null());
        let value = match given.or_else(|| self.default_of(instance, variable, name)) {
            Some(value) => match constraint.apply(value.clone()) {
                Ok(converted) => converted,
                Err(error) => {
                    let at = value.span.unwrap_or(variable.header);
                    self.error(at, format!("the value of variable `{name}` does not fit its type: {}", error.0));
                    unknown(Unknown::new(Reason::Error, format!("value of var.{name}")).at(at))
                }
            },
            None => self.unset(instance, variable, &constraint, nullable),
        };
        let mut marks = Marks::NONE;
        if is_true(&variable.body, "sensitive") {
            marks |= Marks::SENSITIVE;
        }
        if is_true(&variable.body, "ephemeral") {
            marks |= Marks::EPHEMERAL;
        }
        Ok(value.marked(marks))
    }

    fn argument(&self, parent: &Parent, name: &str) -> Option<Val> {
        let call = parent.instance.module.calls.get(&parent.call)?;
        let attribute = call.block.body.attribute(name)?;
        let scope = BlockScope::new(self, &parent.instance, Some(&parent.repetition));
        let label: Arc<str> = call_address(&parent.instance, &parent.call, &parent.repetition.key).into();
        let value = self.conditions.within(&parent.instance.address, &label, || scope.value(&attribute.value));
        Some(value.traced(attribute.span(), format!("argument of {label}")))
    }

    fn default_of(&self, instance: &Rc<Instance>, variable: &Variable, name: &str) -> Option<Val> {
        let attribute = variable.body.attribute("default")?;
        let value = BlockScope::new(self, instance, None).value(&attribute.value);
        Some(value.traced(attribute.span(), format!("default of variable \"{name}\"")))
    }

    fn root_input(&self, name: &Arc<str>, constraint: &Constraint) -> Option<Val> {
        let constant = |expr: &Expr| match inputs::inconstant(expr) {
            Some(span) => {
                self.error(span, "a variable's value holds constants: no references, no function calls");
                None
            }
            None => Evaluator::new(&Constants { session: self }, &self.budget)
                .eval(expr)
                .map_err(|fault| self.failed(&fault))
                .ok(),
        };
        let decisive = self.options.passed.as_ref().is_some_and(|passed| passed.decisive);
        let given = self.inputs.values.get(name).filter(|_| !decisive || self.passed(name).is_none());
        let Some(origin) = given else { return self.passed(name) };
        match origin {
            Origin::Entry(attribute) => {
                let path = self.library.sources().file(attribute.value.span.file).path().to_owned();
                let value = constant(&attribute.value)?;
                Some(value.traced(attribute.span(), format!("value of variable \"{name}\" in {path}")))
            }
            Origin::Text { text, span, .. } if constraint.is_textual() => {
                Some(Val::string(Arc::clone(text)).at(Some(*span)))
            }
            Origin::Text { text, file, span } => match inputs::expression(text, *file) {
                Ok(expr) => constant(&expr),
                Err(problem) => {
                    self.tell(*problem);
                    Some(Val::string(Arc::clone(text)).at(Some(*span)))
                }
            },
        }
    }

    /// What another tool passes to the root module.
    fn passed(&self, name: &Arc<str>) -> Option<Val> {
        let passed = self.options.passed.as_ref()?;
        let open = || passed.open.as_ref().map(|why| Val::dynamic().because(why));
        passed.values.get(name).cloned().or_else(open)
    }

    /// A variable that has no value: an input of the stack, or a mistake in a call.
    fn unset(&self, instance: &Rc<Instance>, variable: &Variable, constraint: &Constraint, nullable: bool) -> Val {
        let name = &variable.name.text;
        let subject = format!("var.{name}");
        if instance.parent.is_some() {
            let header = instance.calls.last().map_or(variable.header, |call| call.span);
            self.error(header, format!("the call does not set `{name}`, which has no default"));
            return unknown(Unknown::new(Reason::Error, subject).at(header));
        }
        let message = format!("the variable `{name}` has no value");
        self.tell(Problem::at(ProblemKind::Note, "terraform-variable-unset", message, variable.header));
        let why =
            Unknown::new(Reason::Input, subject.as_str()).keyed(self.conditions.key(&subject)).at(variable.header);
        let value = Val::unknown(constraint.ty.without_optional());
        choice::from_input(if nullable { value } else { value.refine_not_null() }, why)
    }

    fn constraint(&self, instance: &Rc<Instance>, ty: Option<&Expr>) -> Constraint {
        let Some(expr) = ty else { return Constraint::none() };
        // Configurations from before 0.12 quote the type.
        if let Some(text) = expr.as_string()
            && matches!(&**text, "string" | "list" | "map")
        {
            // Its meaning is clear, so that nothing is lost.
            let message = "Terraform 0.12 and later refuse a quoted type: write it without quotes";
            self.tell(Problem::at(ProblemKind::Warning, "terraform-evaluation", message, expr.span));
            let constraint = match &**text {
                "list" => Type::list(Type::Dynamic),
                "map" => Type::map(Type::Dynamic),
                _ => Type::String,
            };
            return Constraint::of(constraint);
        }
        let scope = BlockScope::new(self, instance, None);
        Constraint::parse(expr, &|default| scope.eval(default)).unwrap_or_else(|fault| {
            self.failed(&fault);
            Constraint::of(Type::Dynamic)
        })
    }

    /// The instances of a module call.
    pub(super) fn children(&self, instance: &Rc<Instance>, name: &Arc<str>, span: Span) -> Eval<Rc<Children>> {
        if let Some(known) = instance.children.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let module = Arc::clone(&instance.module);
        let Some(call) = module.calls.get(name) else {
            return undeclared("module", name, span);
        };
        let node = Arc::<str>::from(format!("module.{name}"));
        if instance.expanding.borrow().contains(&node) {
            return fatal(call.block.header, format!("the instances of module `{name}` need themselves"));
        }
        if instance.depth >= MAX_CALL_DEPTH {
            return exhausted(call.block.header, format!("modules call modules more than {MAX_CALL_DEPTH} deep"));
        }
        instance.expanding.borrow_mut().push(Arc::clone(&node));
        let mut expansion = self.expand(instance, &call.block.body);
        instance.expanding.borrow_mut().retain(|other| *other != node);
        let before = self.modules.get();
        if before + expansion.instances.len() > MAX_MODULES {
            let message = format!(
                "the stack has more than {MAX_MODULES} module instances: not all of module `{name}` are checked"
            );
            self.tell(Problem::at(ProblemKind::Error, "terraform-budget", message.as_str(), call.block.header));
            expansion = super::expand::representative(Arc::new(Unknown::new(Reason::Budget, message)));
        }
        self.modules.set(before + expansion.instances.len());
        let called = if before < MAX_MODULES { self.called(instance, name) } else { None };
        let instances = called.map(|(module, folder, key)| {
            let one = |repetition: &super::instance::Repetition| {
                let address = call_address(instance, name, &repetition.key);
                let mut calls = instance.calls.clone();
                calls.push(ModuleCall { address: address.as_str().into(), span: call.block.header });
                Rc::new(Instance {
                    module: Arc::clone(&module),
                    folder: folder.as_str().into(),
                    address: address.into(),
                    manifest_key: key.clone(),
                    parent: Some(Parent {
                        instance: Rc::clone(instance),
                        call: Arc::clone(name),
                        repetition: repetition.clone(),
                    }),
                    calls,
                    exists: Formula::all([instance.exists.clone(), repetition.exists.clone()]),
                    depth: instance.depth + 1,
                    ..Instance::empty()
                })
            };
            expansion.instances.iter().map(one).collect::<Vec<_>>()
        });
        let children = Rc::new(Children { expansion, instances });
        instance.children.borrow_mut().insert(Arc::clone(name), Rc::clone(&children));
        Ok(children)
    }

    /// The module that a call names, the folder as the module sees it, and its place in the list of installed modules.
    fn called(
        &self,
        instance: &Rc<Instance>,
        name: &Arc<str>,
    ) -> Option<(Arc<crate::terraform::modules::Module>, String, String)> {
        let call = instance.module.calls.get(name)?;
        let key = if instance.manifest_key.is_empty() {
            name.to_string()
        } else {
            format!("{}.{name}", instance.manifest_key)
        };
        let header = call.block.header;
        let Some(attribute) = call.block.body.attribute("source") else {
            if !call.block.broken {
                self.error(header, "the module has no source");
            }
            return None;
        };
        let source = BlockScope::new(self, instance, None).value(&attribute.value);
        let text = source.as_str().unwrap_or_default();
        let found = self.called_folder(instance, text, &key).and_then(|(absolute, shown)| {
            let module = self.library.module(&absolute)?;
            Some((module, shown))
        });
        let Some((module, shown)) = found else {
            let message = format!(
                "the source of module `{name}` ({text}) is not on this machine: what it creates is not checked; run `terraform init`"
            );
            self.tell(Problem::at(ProblemKind::Warning, "terraform-module-missing", message, header));
            return None;
        };
        let mut above = Some(instance);
        while let Some(ancestor) = above {
            if ancestor.module.path == module.path {
                self.error(header, format!("module `{name}` calls a module that it is part of"));
                return None;
            }
            above = ancestor.parent.as_ref().map(|parent| &parent.instance);
        }
        self.unexpected_arguments(&call.block.body, &module);
        Some((module, shown, key))
    }

    fn unexpected_arguments(&self, body: &Body, module: &crate::terraform::modules::Module) {
        const OWN: [&str; 7] = ["source", "version", "count", "for_each", "providers", "depends_on", "lifecycle"];
        for attribute in &body.attributes {
            let name = &attribute.name.text;
            if !OWN.contains(&&**name) && !module.variables.contains_key(name) {
                self.error(attribute.name.span, format!("the module has no variable `{name}`"));
            }
        }
    }
}

/// Constant expressions see no names.
pub(super) struct Constants<'c, 's> {
    pub session: &'c Session<'s>,
}

impl crate::terraform::eval::Scope for Constants<'_, '_> {
    fn resolve(&self, root: &str, _: &[crate::terraform::syntax::Step], span: Span) -> Eval<(Val, usize)> {
        fatal(span, format!("`{root}` is no constant"))
    }

    fn conditions(&self) -> &crate::terraform::eval::Conditions<'_> {
        &self.session.conditions
    }

    fn short_circuit(&self) -> crate::terraform::eval::ShortCircuit {
        self.session.short_circuit
    }

    fn sources(&self) -> &crate::source::Sources {
        self.session.library.sources()
    }

    fn base(&self) -> &std::path::Path {
        &self.session.base
    }
}

fn call_address(instance: &Instance, name: &str, key: &Key) -> String {
    instance.inside(&format!("module.{name}{}", key.suffix()))
}

fn describe(instance: &Instance, node: &Node) -> String {
    instance.inside(&match node {
        Node::Variable(name) => format!("var.{name}"),
        Node::Local(name) => format!("local.{name}"),
        Node::Output(name) => format!("output.{name}"),
        Node::Resource(address) => address.to_string(),
    })
}

/// The local values that an expression names.
fn local_references(expr: &Expr, found: &mut dyn FnMut(Arc<str>)) {
    expr.walk(&mut |part| {
        if let ExprKind::Traversal(traversal) = &part.kind
            && let ExprKind::Variable(root) = &traversal.base.kind
            && &**root == "local"
            && let Some(StepKind::Attribute(name)) = traversal.steps.first().map(|step| &step.kind)
        {
            found(Arc::clone(name));
        }
    });
}

pub(super) fn is_true(body: &Body, name: &str) -> bool {
    body.attribute(name).is_some_and(|attribute| matches!(attribute.value.unwrapped().kind, ExprKind::Bool(true)))
}

fn is_false(body: &Body, name: &str) -> bool {
    body.attribute(name).is_some_and(|attribute| matches!(attribute.value.unwrapped().kind, ExprKind::Bool(false)))
}
