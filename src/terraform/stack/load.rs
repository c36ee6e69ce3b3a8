//! From a root folder to a stack.

use std::{cell::Cell, rc::Rc, sync::Arc};

use rustc_hash::FxHashMap;

use super::{
    Options,
    instance::{Instance, Node},
    resource::State,
    scope::BlockScope,
    session::{self, Session},
    value::Writer,
};
use crate::{
    model::{Export, Lifecycle, Mode, Problem, Resource, Stack, StackKind},
    terraform::{
        cty::Val,
        lower,
        modules::{Library, Module, ResourceBlock, declare::names},
        schema, syntax,
    },
    value::{Formula, Kind, ResourceId, Value},
};

/// The stack of the thread that evaluates, so that bounded nesting never exhausts it. It is reserved, not used.
const STACK_BYTES: usize = 256 * 1024 * 1024;

/// Evaluates the root module in a folder given relative to the scan root.
pub fn load(library: &Library<'_>, root: &str, options: &Options) -> Stack {
    on_big_stack(|| load_here(library, root, options))
}

/// What the expressions of a console give.
pub struct Console {
    /// One result for each expression; the error says what is wrong.
    pub results: Vec<Result<Val, ConsoleError>>,
    /// What is wrong with the module itself.
    pub problems: Vec<Problem>,
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleError {
    /// It does not parse.
    Syntax(Problem),
    /// It does not evaluate.
    Evaluation(Problem),
}

/// Evaluates expressions in the module in a folder, as `terraform console` does.
pub fn evaluate(library: &Library<'_>, root: &str, options: &Options, expressions: &[String]) -> Console {
    on_big_stack(|| {
        let module = library.module(root).unwrap_or_default();
        let session = Session::new(library, root, &module, options);
        let instance = root_instance(&module);
        let results = expressions.iter().map(|text| console(&session, &instance, text)).collect();
        let (mut problems, _) = session.into_problems();
        problems.extend(module.problems.iter().cloned());
        instance.release();
        Console { results, problems }
    })
}

fn console(session: &Session<'_>, instance: &Rc<Instance>, text: &str) -> Result<Val, ConsoleError> {
    let file = session.library.sources().insert("<expression>", text.to_owned());
    let expr = syntax::parse_expression(file.text(), file.id()).map_err(|problem| ConsoleError::Syntax(*problem))?;
    BlockScope::new(session, instance, None).eval(&expr).map_err(|fault| {
        let (kind, code) = session::told(fault.kind);
        ConsoleError::Evaluation(Problem::at(kind, code, fault.message, fault.span))
    })
}

thread_local! {
    /// Whether this thread is one of [`threads`].
    static HAS_BIG_STACK: Cell<bool> = const { Cell::new(false) };
}

/// Threads that evaluate where they are. On any other a thread is started for each stack, which costs more than most
/// stacks do.
pub fn threads() -> rayon::ThreadPoolBuilder {
    rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).start_handler(|_| HAS_BIG_STACK.set(true))
}

/// Runs `work` where bounded nesting cannot exhaust the stack.
pub(crate) fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if HAS_BIG_STACK.get() {
        return work();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("terraform".to_owned()).stack_size(STACK_BYTES);
        match thread.spawn_scoped(scope, work) {
            Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => std::panic::resume_unwind(Box::new(format!("no thread for evaluation: {error}"))),
        }
    })
}

fn root_instance(module: &Arc<Module>) -> Rc<Instance> {
    Rc::new(Instance { module: Arc::clone(module), ..Instance::empty() })
}

fn load_here(library: &Library<'_>, root: &str, options: &Options) -> Stack {
    let module = library.module(root).unwrap_or_default();
    let session = Session::new(library, root, &module, options);
    let instance = root_instance(&module);
    let mut loader =
        Loader { session: &session, resources: Vec::new(), plain: FxHashMap::default(), files: Vec::new() };
    loader.walk(&instance);
    let exports = loader.exports(&instance);
    instance.release();
    let Loader { mut resources, mut plain, files, .. } = loader;
    let mut problems: Vec<Problem> = files.iter().flat_map(|module| module.problems.iter().cloned()).collect();
    problems.extend(lower::lower(library.sources(), &mut resources));
    for resource in &mut resources {
        resource.attributes = plain.remove(&resource.id.address).unwrap_or_else(Value::absent);
    }
    resources.sort_by(|a, b| a.id.address.cmp(&b.id.address));
    let stack = Arc::clone(&session.stack);
    let (found, conditions) = session.into_problems();
    problems.extend(found);
    Stack {
        id: Arc::clone(&stack),
        path: stack,
        kind: StackKind::Terraform,
        name: None,
        resources,
        variables: conditions.into_variables(),
        assumptions: Vec::new(),
        exports,
        nested: Vec::new(),
        problems,
    }
}

struct Loader<'l, 's> {
    session: &'l Session<'s>,
    resources: Vec<Resource>,
    /// Attributes as a plan shows them, by address; rules see encoded documents as structures instead.
    plain: FxHashMap<Arc<str>, Value>,
    files: Vec<Arc<Module>>,
}

impl Loader<'_, '_> {
    fn walk(&mut self, instance: &Rc<Instance>) {
        let module = Arc::clone(&instance.module);
        if !self.files.iter().any(|known| Arc::ptr_eq(known, &module)) {
            self.files.push(Arc::clone(&module));
        }
        let everything = self.session.options.everything;
        for (address, block) in &module.resources {
            // The schema leaves out what the rules only follow to somewhere else: subnets, instances, gateways.
            let followed = block.mode == Mode::Managed && lower::knows(&block.kind);
            if (everything || followed || schema::in_scope(block.mode, &block.kind)) && !block.block.broken {
                self.block(instance, address, block);
            }
        }
        if everything {
            self.evaluate_names(instance, &module);
        }
        for (name, call) in &module.calls {
            match self.session.children(instance, name, call.block.header) {
                Ok(children) => children.instances.iter().flatten().for_each(|child| self.walk(child)),
                Err(fault) => {
                    self.session.failed(&fault);
                }
            }
        }
    }

    /// Evaluates what no resource may need, for its faults.
    fn evaluate_names(&self, instance: &Rc<Instance>, module: &Module) {
        let nodes =
            module.locals.iter().map(|(name, local)| (Node::Local(Arc::clone(name)), local.attribute.name.span));
        let outputs = module.outputs.iter().map(|(name, output)| (Node::Output(Arc::clone(name)), output.header));
        let variables =
            module.variables.iter().map(|(name, variable)| (Node::Variable(Arc::clone(name)), variable.header));
        for (node, span) in nodes.chain(outputs).chain(variables) {
            if let Err(fault) = self.session.named(instance, node, span) {
                self.session.failed(&fault);
            }
        }
    }

    fn block(&mut self, instance: &Rc<Instance>, address: &Arc<str>, block: &ResourceBlock) {
        let instances = match self.session.instances_of(instance, address, block.block.header) {
            Ok(instances) => instances,
            Err(fault) => {
                self.session.failed(&fault);
                return;
            }
        };
        let definition: Arc<str> = without_keys(&instance.inside(address)).into();
        for (state, repetition) in instances.states.iter().zip(&instances.expansion.instances) {
            let resource = self.resource(instance, block, state, &definition);
            let exists = Formula::all([instance.exists.clone(), repetition.exists.clone()]);
            let key = repetition.key.text().map(Arc::from);
            self.resources.push(Resource { exists, instance: key, ..resource });
        }
    }

    fn resource(
        &mut self,
        instance: &Rc<Instance>,
        block: &ResourceBlock,
        state: &State,
        definition: &Arc<str>,
    ) -> Resource {
        let stack = &self.session.stack;
        let scope = format!("{stack}:{}", state.provider.name);
        let writer = Writer { stack, structured: true, scope: &scope };
        let header = block.block.header;
        let attributes =
            |writer: Writer<'_>| Value::at(Kind::Map(writer.content(&state.content, &state.known)), header);
        if !self.session.options.lean || block.mode == Mode::Data {
            self.plain.insert(Arc::clone(&state.address), attributes(Writer { structured: false, ..writer }));
        }
        let region =
            state.content.argument("region").filter(|region| !region.is_null()).or(state.provider.region.as_ref());
        Resource {
            id: ResourceId { stack: Arc::clone(stack), address: Arc::clone(&state.address) },
            definition: Arc::clone(definition),
            instance: None,
            kind: Arc::clone(&block.kind),
            source_type: Arc::clone(&block.kind),
            mode: block.mode,
            header,
            body: block.block.span,
            properties: Value::new(Kind::Map(crate::value::Map::default())),
            attributes: attributes(writer),
            exists: Formula::TRUE,
            module_calls: instance.calls.clone(),
            region: region.map(|region| writer.argument(region)),
            account: state.provider.account.as_ref().map(|account| writer.argument(account)),
            lifecycle: self.lifecycle(instance, block, writer),
            metadata: None,
            construct_path: None,
            origin: None,
        }
    }

    fn lifecycle(&self, instance: &Rc<Instance>, block: &ResourceBlock, writer: Writer<'_>) -> Lifecycle {
        let mut lifecycle = Lifecycle::default();
        if block.mode == Mode::Data {
            return lifecycle;
        }
        for written in block.block.body.blocks_of("lifecycle") {
            if let Some(prevent) = written.body.attribute("prevent_destroy") {
                let value = BlockScope::new(self.session, instance, None).value(&prevent.value);
                lifecycle.prevent_destroy = Some(writer.argument(&value));
            }
            if let Some(ignored) = written.body.attribute("ignore_changes") {
                lifecycle.ignore_changes.extend(names(&ignored.value).into_iter().map(Arc::from));
            }
        }
        lifecycle
    }

    fn exports(&self, instance: &Rc<Instance>) -> Vec<Export> {
        let session = self.session;
        let writer = Writer { stack: &session.stack, structured: false, scope: &session.stack };
        let mut exports = Vec::new();
        if !session.options.everything {
            return exports;
        }
        for (name, output) in &instance.module.outputs {
            if let Ok(value) = session.named(instance, Node::Output(Arc::clone(name)), output.header) {
                exports.push(Export {
                    name: Value::string(Arc::clone(name)),
                    value: writer.argument(&value),
                    exists: Formula::TRUE,
                });
            }
        }
        exports
    }
}

/// An address without the keys of its instances.
fn without_keys(address: &str) -> String {
    let mut result = String::with_capacity(address.len());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 => result.push(c),
            _ => {}
        }
    }
    result
}
