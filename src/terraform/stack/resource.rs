//! Resources and data sources: their instances, what each says, and the value that references to them have.

use std::{rc::Rc, sync::Arc};

use super::{
    content::{self, Content},
    data,
    instance::{Expansion, ExpansionKind, Instance, Node, Repetition, Slot},
    provider::Settings,
    scope::{BlockScope, together, undeclared},
    session::Session,
};
use crate::{
    model::{Mode, Problem, ProblemKind},
    source::Span,
    terraform::{
        cty::{Form, Hint, Reference, Type, Val},
        eval::{Eval, fatal},
        modules::ResourceBlock,
        schema,
        syntax::{Step, StepKind},
    },
    value::{Reason, Unknown},
};

/// All instances of a resource block.
pub(super) struct Instances {
    pub expansion: Expansion,
    /// One for each of the expansion's instances.
    pub states: Vec<State>,
}

/// One instance.
pub(super) struct State {
    /// With module path and key.
    pub address: Arc<str>,
    pub content: Content,
    /// What a reference to it is.
    pub value: Val,
    /// What the provider configuration says.
    pub provider: Rc<Settings>,
    /// Attributes beyond those written that are known all the same.
    pub known: Vec<(Arc<str>, Val)>,
}

impl Session<'_> {
    /// All instances of a resource as one value.
    pub(super) fn resource_value(&self, instance: &Rc<Instance>, address: &Arc<str>, span: Span) -> Eval<Val> {
        if !instance.module.resources.contains_key(address) {
            return undeclared("resource", address, span);
        }
        let instances = self.instances_of(instance, address, span)?;
        let values: Vec<Val> = instances.states.iter().map(|state| state.value.clone()).collect();
        Ok(together(&instances.expansion.kind, &instances.expansion.instances, &values))
    }

    /// The instances of a resource block.
    pub(super) fn instances_of(&self, instance: &Rc<Instance>, address: &Arc<str>, span: Span) -> Eval<Rc<Instances>> {
        if let Some(known) = instance.resources.borrow().get(address) {
            return Ok(Rc::clone(known));
        }
        let module = Arc::clone(&instance.module);
        let Some(block) = module.resources.get(address) else {
            return undeclared("resource", address, span);
        };
        if instance.expanding.borrow().contains(address) {
            return fatal(span, format!("{} needs itself", instance.inside(address)));
        }
        instance.expanding.borrow_mut().push(Arc::clone(address));
        let expansion = self.expand(instance, &block.block.body);
        if let ExpansionKind::Unknown(_) = &expansion.kind {
            let message =
                format!("which instances of {} there are is not known: one stands for all", instance.inside(address));
            self.tell(Problem::at(ProblemKind::Note, "terraform-unknown-instances", message, block.block.header));
        }
        let state = |repetition: &Repetition| self.state(instance, block, address, repetition);
        let states = expansion.instances.iter().map(state).collect();
        instance.expanding.borrow_mut().retain(|other| other != address);
        let instances = Rc::new(Instances { expansion, states });
        instance.resources.borrow_mut().insert(Arc::clone(address), Rc::clone(&instances));
        Ok(instances)
    }

    fn state(&self, instance: &Rc<Instance>, block: &ResourceBlock, address: &str, repetition: &Repetition) -> State {
        let address: Arc<str> = format!("{}{}", instance.inside(address), repetition.key.suffix()).into();
        let schema = schema::of(block.mode, &block.kind);
        self.conditions.within(&instance.address, &address, || {
            let scope = BlockScope::new(self, instance, Some(repetition));
            let content = content::resource(&scope, &block.block, schema);
            let provider = self.provider_of(&scope, block);
            let known = match block.mode {
                Mode::Data => data::read(self, &block.kind, &content, &provider, block.block.header),
                Mode::Managed => provider.tags_all(&content, schema).into_iter().collect(),
            };
            let computed = |path: &str, ty: &Type| match known.iter().find(|(name, _)| **name == *path) {
                Some((_, value)) => value.clone(),
                None if &*block.kind == "terraform_data" && path == "output" => {
                    builtin_output(&content).unwrap_or_else(|| Val::null(Type::Dynamic))
                }
                None => self.after_deployment(block, &address, path, ty.clone()),
            };
            let value = match schema {
                Some(schema) => content::object(&content, schema, &computed),
                None => self.without_schema(block, &address, &content, &known),
            };
            self.lifecycle_checks(&scope, block, &value);
            State { address: Arc::clone(&address), content, value, provider, known }
        })
    }

    /// A resource of which only the written arguments are known, and those of `known`.
    fn without_schema(
        &self,
        block: &ResourceBlock,
        address: &Arc<str>,
        content: &Content,
        known: &[(Arc<str>, Val)],
    ) -> Val {
        let value = self.after_deployment(block, address, "", Type::Dynamic);
        let Some(Hint { why, form: Form::Reference(reference) }) = value.hint().cloned() else { return value };
        // Null may be what the provider replaces.
        let arguments =
            content.arguments.iter().filter(|(.., value)| !value.is_null()).map(|(name, _, value)| (name, value));
        let written = arguments.chain(known.iter().map(|(name, value)| (name, value)));
        let written = written.map(|(name, value)| (Arc::clone(name), value.clone())).collect();
        value.hinted(Hint { why, form: Form::Written(reference, Arc::new(written)) })
    }

    fn lifecycle_checks(&self, scope: &BlockScope<'_, '_>, block: &ResourceBlock, own: &Val) {
        if !self.options.everything {
            return;
        }
        for lifecycle in block.block.body.blocks_of("lifecycle") {
            for kind in ["precondition", "postcondition"] {
                let own = (kind == "postcondition").then(|| own.clone());
                let inside = BlockScope { own, iterators: Vec::new(), ..*scope };
                lifecycle.body.blocks_of(kind).for_each(|check| self.check(&inside, &check.body));
            }
        }
    }

    /// An attribute that exists only after deployment, or that only the cloud can tell.
    fn after_deployment(&self, block: &ResourceBlock, address: &Arc<str>, path: &str, ty: Type) -> Val {
        let subject = if path.is_empty() { address.to_string() } else { format!("{address}.{path}") };
        let reason = if block.mode == Mode::Data { Reason::DataSource } else { Reason::AfterApply };
        let why = Unknown::new(reason, subject.as_str()).keyed(self.conditions.key(&subject)).at(block.block.header);
        let form = Form::Reference(Arc::new(Reference { address: Arc::clone(address), path: path.into() }));
        let value = Val::unknown(ty).hinted(Hint { why: Some(Arc::new(why)), form });
        // The SDK never plans a null id. A plan leaves open whether an ARN is null; no deployment does.
        let identity = path == "id" || path == "arn" && block.mode == Mode::Managed;
        if identity || (block.mode == Mode::Data && data::never_null(&block.kind)) {
            value.refine_not_null()
        } else {
            value
        }
    }

    /// An attribute of a single resource that is not written: known without looking at the rest of the block, so
    /// that blocks may refer to each other's identities.
    pub(super) fn only_after_deployment(
        &self,
        instance: &Rc<Instance>,
        address: &Arc<str>,
        name: &Arc<str>,
        span: Span,
    ) -> Eval<Option<Val>> {
        let Some(block) = instance.module.resources.get(address) else { return Ok(None) };
        let body = &block.block.body;
        let schema = schema::of(block.mode, &block.kind);
        let repeated = body.attribute("count").is_some()
            || body.attribute("for_each").is_some()
            || body.blocks_of("lifecycle").any(|block| block.body.attribute("enabled").is_some());
        let evaluated = content::writes(body, name) || data::WITHOUT_SCHEMA.contains(&&*block.kind);
        if repeated || (evaluated && schema.is_none()) {
            return if schema.is_none() && !repeated {
                self.written(instance, address, name, span).map(Some)
            } else {
                Ok(None)
            };
        }
        if instance
            .nodes
            .borrow()
            .get(&Node::Resource(Arc::clone(address)))
            .is_some_and(|slot| matches!(slot, Slot::Busy))
            || instance.expanding.borrow().contains(address)
        {
            return fatal(span, format!("{} needs itself", instance.inside(address)));
        }
        let full: Arc<str> = instance.inside(address).into();
        Ok(match schema {
            None => Some(self.after_deployment(block, &full, name, Type::Dynamic)),
            Some(schema) => schema
                .attributes
                .get(name)
                .filter(|attribute| attribute.computed && attribute.default.is_none() && !content::writes(body, name))
                .filter(|_| block.mode == Mode::Managed && &**name != "tags_all" && &*block.kind != "terraform_data")
                .map(|attribute| self.after_deployment(block, &full, name, attribute.ty.clone())),
        })
    }

    /// A written argument of a resource whose type has no schema here.
    fn written(&self, instance: &Rc<Instance>, address: &Arc<str>, name: &Arc<str>, span: Span) -> Eval<Val> {
        let instances = self.instances_of(instance, address, span)?;
        let state = instances.states.first();
        let known = |state: &State| state.known.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
        if let Some(value) = state.and_then(known) {
            return Ok(value);
        }
        let argument = state.and_then(|state| state.content.argument(name));
        Ok(match (argument, state) {
            (Some(value), _) => value.clone(),
            (None, Some(state)) => crate::terraform::eval::attribute(&state.value, name, span)?,
            (None, None) => Val::dynamic(),
        })
    }

    /// An attribute that the schema here does not have, but another version of the provider may.
    pub(super) fn outside_schema(&self, instance: &Rc<Instance>, address: &Arc<str>, steps: &[Step]) -> Option<Val> {
        let block = instance.module.resources.get(address)?;
        let schema = schema::of(block.mode, &block.kind)?;
        let name = match (&steps.first()?.kind, steps.get(1).map(|step| &step.kind)) {
            (StepKind::Attribute(name), _) => name,
            (StepKind::Splat(inner), _) => match &inner.first()?.kind {
                StepKind::Attribute(name) => name,
                _ => return None,
            },
            (StepKind::Index(_), Some(StepKind::Attribute(name))) => name,
            _ => return None,
        };
        let repeated =
            block.block.body.attribute("for_each").is_some() || block.block.body.attribute("count").is_some();
        if (repeated && matches!(steps.first()?.kind, StepKind::Attribute(_)))
            || !schema::in_scope(block.mode, &block.kind)
        {
            return None;
        }
        if schema.attributes.contains_key(name) || schema.blocks.contains_key(name) {
            return None;
        }
        let full: Arc<str> = instance.inside(address).into();
        Some(self.after_deployment(block, &full, name, Type::Dynamic))
    }
}

/// The computed `output` of `terraform_data` has the type of its input.
fn builtin_output(content: &Content) -> Option<Val> {
    let input = content.argument("input")?;
    Some(if input.is_null() { input.clone() } else { Val::unknown(input.ty()).marked(input.marks) })
}
