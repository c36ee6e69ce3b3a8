//! A template with its nested stacks. In: a tree and what its deployment gives it. Out: the resources of the template
//! and of the templates that its `AWS::CloudFormation::Stack` resources name, each read with the arguments and under
//! the condition that the parent gives.
//!
//! Source: AWS CloudFormation User Guide, "Split a template into reusable pieces using nested stacks".

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustc_hash::FxHashMap;

use crate::{
    cloudformation::{
        embedded,
        evaluate::{Evaluator, Use},
        include::{folder_of, local_path},
        parameters::Arguments,
        stack::{self, Context},
        syntax,
        template::{Template, type_of},
        transform,
        tree::{Content, NodeRef, Pair},
    },
    model::{Export, ModuleCall, Problem, ProblemKind, Resource},
    source::{SourceFile, Sources, Span},
    value::{Formula, Kind, List, Map, Pattern, Piece, Reason, Symbol, Unknown, Value, Variables},
};

/// How deep stacks may be nested.
pub const MAX_NESTING: usize = 8;

/// How many stacks one template may consist of: a template that nests itself twice at each level has 2⁸.
pub const MAX_STACKS: usize = 500;

const STACK: &str = "AWS::CloudFormation::Stack";

/// A template and where it stands.
pub struct Unit<'a> {
    /// The file that it is written in.
    pub file: &'a SourceFile,
    /// Its tree.
    pub root: &'a NodeRef,
    /// The path of logical ids that leads to it, with a slash at its end; empty for the outermost.
    pub prefix: String,
    /// What its deployment gives it.
    pub arguments: Arguments,
    /// Under which condition, and by which stack resources, it is deployed.
    pub context: Context,
}

/// What a template and its nested ones consist of.
#[derive(Debug, Default)]
pub struct Deployed {
    /// All resources.
    pub resources: Vec<Resource>,
    /// What always holds.
    pub assumptions: Vec<Formula>,
    /// What other stacks may import.
    pub exports: Vec<Export>,
    /// All undecided inputs.
    pub variables: Variables,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// The outputs of the template itself.
    pub outputs: Map,
    /// The paths of the nested templates.
    pub nested: Vec<Arc<str>>,
}

/// Resolves templates of one stack.
pub struct Deployer<'s> {
    sources: &'s Sources,
    stack: Arc<str>,
    /// The files of the templates around the one at hand, outermost first.
    around: Vec<Arc<str>>,
    count: usize,
    is_circular: bool,
}

impl<'s> Deployer<'s> {
    /// For a stack of this id.
    pub fn new(sources: &'s Sources, stack: &Arc<str>) -> Self {
        Self { sources, stack: Arc::clone(stack), around: Vec::new(), count: 0, is_circular: false }
    }

    /// Resolves a template and all that it nests.
    pub fn deploy(&mut self, unit: &Unit<'_>) -> Deployed {
        let mut deployed = Deployed::default();
        self.count += 1;
        self.around.push(unit.file.path().into());
        let transformed = transform::transform(
            self.sources,
            unit.file,
            &self.stack,
            unit.root,
            &unit.arguments,
            &mut deployed.problems,
        );
        let template = Template::new(transformed.root);
        let evaluator = Evaluator::new(self.sources, &template, &self.stack, &unit.prefix, &unit.arguments);
        let context = Context { origins: transformed.origins, ..unit.context.clone() };
        for pair in in_order(&template) {
            self.child(unit, &evaluator, pair, &context, &mut deployed);
        }
        for pair in template.entries("Resources") {
            self.embedded(unit, &evaluator, pair, &context, &mut deployed);
        }
        let mut own = stack::resources(&evaluator, &context);
        own.append(&mut deployed.resources);
        deployed.resources = own;
        deployed
            .assumptions
            .extend(evaluator.assumptions().into_iter().map(|holds| Formula::any([context.exists.negate(), holds])));
        deployed.exports.extend(stack::exports(&evaluator, &context));
        deployed.outputs = stack::outputs(&evaluator);
        add_problems(&mut deployed.problems, evaluator.take_problems());
        deployed.variables.extend(evaluator.variables.take());
        self.around.pop();
        if self.is_circular {
            // Templates that nest one another would each hide the other.
            deployed.nested.clear();
        }
        deployed
    }

    /// Deploys the template that a stack resource names, and keeps its outputs for references to them.
    fn child(
        &mut self,
        unit: &Unit<'_>,
        evaluator: &Evaluator<'_>,
        pair: &Pair,
        context: &Context,
        deployed: &mut Deployed,
    ) {
        let outputs = match self.find(unit, evaluator, pair) {
            Ok((file, root)) => {
                let values = arguments(evaluator, pair);
                let mut child = Unit { file: &file, root: &root, ..self.unit(unit, evaluator, pair, context, values) };
                child.arguments.tags.splice(0..0, stack_tags(evaluator, pair));
                let result = self.deploy(&child);
                let is_new = |path: &Arc<str>| !deployed.nested.contains(path);
                let paths = std::iter::once(Arc::from(file.path())).chain(result.nested.iter().cloned());
                let paths: Vec<Arc<str>> = paths.filter(is_new).collect();
                deployed.nested.extend(paths);
                let outputs = result.outputs.clone();
                absorb(deployed, result);
                outputs
            }
            Err(unknown) => Map { entries: Vec::new(), open: Some(Arc::new(unknown)) },
        };
        evaluator.nested_outputs.borrow_mut().insert(Arc::clone(&pair.key), outputs);
    }

    /// Resolves the templates that stand as text in a resource: a stack set, a conformance pack.
    fn embedded(
        &mut self,
        unit: &Unit<'_>,
        evaluator: &Evaluator<'_>,
        pair: &Pair,
        context: &Context,
        deployed: &mut Deployed,
    ) {
        let Some(body) = embedded::read(evaluator, unit.file, pair) else { return };
        add_problems(&mut deployed.problems, body.problems);
        if self.around.len() > MAX_NESTING || self.count >= MAX_STACKS {
            return budget(evaluator, pair.key_span);
        }
        let mut child = self.unit(unit, evaluator, pair, context, body.arguments);
        child.arguments.region.clone_from(&body.region);
        child.arguments.account = None;
        // What differs from deployment to deployment is no symbol of the outer template.
        child.arguments.parent = None;
        child.context.region = body.region;
        child.context.account = None;
        let result = self.deploy(&Unit { root: &body.root, ..child });
        absorb(deployed, result);
    }

    /// A nested template's place, with the outer template's own tree as a stand-in for its tree.
    fn unit<'u>(
        &self,
        unit: &Unit<'u>,
        evaluator: &Evaluator<'_>,
        pair: &Pair,
        context: &Context,
        values: FxHashMap<Arc<str>, Value>,
    ) -> Unit<'u> {
        let call = ModuleCall { address: evaluator.address(&pair.key), span: pair.key_span };
        let parent = unit.arguments.parent.clone().unwrap_or_else(|| evaluator.scope().into());
        Unit {
            file: unit.file,
            root: unit.root,
            prefix: format!("{}{}/", unit.prefix, pair.key),
            arguments: Arguments {
                values,
                parent: Some(parent),
                stack_name: None,
                takes_defaults: true,
                ..unit.arguments.clone()
            },
            context: Context {
                exists: Formula::all([context.exists.clone(), evaluator.exists(&pair.value)]),
                calls: context.calls.iter().cloned().chain([call]).collect(),
                origins: Default::default(),
                ..context.clone()
            },
        }
    }

    /// The file and tree of a nested template, or why it is not known.
    fn find(
        &mut self,
        unit: &Unit<'_>,
        evaluator: &Evaluator<'_>,
        pair: &Pair,
    ) -> Result<(Arc<SourceFile>, NodeRef), Unknown> {
        let subject = format!("template of nested stack `{}`", pair.key);
        let Some((path, span)) = location(unit, evaluator, pair) else {
            let message =
                format!("the template of the nested stack `{}` is not on this machine and is not read", pair.key);
            evaluator.problem(ProblemKind::Note, "nested-stack", message, pair.key_span);
            return Err(Unknown::new(Reason::External, subject).at(pair.key_span));
        };
        let mistake = |reason, message: String| {
            evaluator.problem(ProblemKind::Error, "nested-stack", message, span);
            Unknown::new(reason, subject.clone()).at(span)
        };
        let file = self.sources.load(&path).map_err(|error| {
            mistake(Reason::Unreadable, format!("the template of the nested stack `{}` {error}", pair.key))
        })?;
        if self.around.iter().any(|path| **path == *file.path()) {
            self.is_circular = true;
            return Err(mistake(Reason::Error, format!("the nested stack `{}` nests itself", pair.key)));
        }
        if self.around.len() > MAX_NESTING || self.count >= MAX_STACKS {
            budget(evaluator, span);
            return Err(Unknown::new(Reason::Budget, subject).at(span));
        }
        let parsed = syntax::parse_file(&file);
        for problem in parsed.problems {
            evaluator.problem(problem.kind, problem.code, problem.message, problem.span.unwrap_or(span));
        }
        match parsed.documents.into_iter().next() {
            Some(root) if root.get("Resources").is_some() => Ok((file, root)),
            _ => Err(mistake(Reason::Unreadable, format!("`{}` is not a template", file.path()))),
        }
    }
}

fn budget(evaluator: &Evaluator<'_>, span: Span) {
    let message =
        format!("stacks are nested more than {MAX_NESTING} deep, or are more than {MAX_STACKS}; the rest is not read");
    evaluator.problem(ProblemKind::Error, "cloudformation-budget", message, span);
}

/// The local path of a nested template: what `aws cloudformation package` would upload, or the asset of a CDK stack.
fn location(unit: &Unit<'_>, evaluator: &Evaluator<'_>, pair: &Pair) -> Option<(PathBuf, Span)> {
    let asset = pair.value.get("Metadata").filter(|metadata| {
        metadata.get("aws:asset:property").and_then(|property| property.as_str()) == Some("TemplateURL")
    });
    let written = match asset.and_then(|metadata| metadata.get("aws:asset:path")) {
        Some(path) => path,
        None => pair.value.path(&["Properties"])?.get("TemplateURL")?,
    };
    let text = evaluator.eval(written, Use::PROPERTY).to_text()?;
    let path = local_path(&text)?;
    Some((folder_of(unit.file.path()).join(Path::new(path)), written.span))
}

/// The arguments of a nested stack by parameter.
fn arguments(evaluator: &Evaluator<'_>, pair: &Pair) -> FxHashMap<Arc<str>, Value> {
    let parameters = pair.value.get("Properties").and_then(|properties| properties.get("Parameters"));
    let Some(map) =
        parameters.and_then(|node| node.as_map()).filter(|_| parameters.is_some_and(|node| node.as_call().is_none()))
    else {
        return FxHashMap::default();
    };
    let value = |pair: &Pair| (Arc::clone(&pair.key), argument(evaluator.eval(&pair.value, Use::PROPERTY)));
    map.entries.iter().map(value).filter(|(_, value)| value.kind != Kind::Absent).collect()
}

/// The tags that a stack resource gives to its stack.
fn stack_tags(evaluator: &Evaluator<'_>, pair: &Pair) -> Vec<(Arc<str>, Value)> {
    let tags = pair.value.path(&["Properties"]).and_then(|properties| properties.get("Tags"));
    let tag = |node: &NodeRef| {
        let key = evaluator.eval(node.get("Key")?, Use::PROPERTY).to_text()?;
        Some((key, evaluator.eval(node.get("Value")?, Use::PROPERTY)))
    };
    tags.and_then(|tags| tags.as_list()).into_iter().flatten().filter_map(tag).collect()
}

/// CloudFormation passes text: a list arrives joined with commas.
fn argument(value: Value) -> Value {
    let Kind::List(List { items, open: None }) = &value.kind else { return value };
    let mut pieces = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            pieces.push(Piece::Literal(",".into()));
        }
        match (&item.kind, item.to_text()) {
            (_, Some(text)) => pieces.push(Piece::Literal(text)),
            (Kind::Pattern(pattern), _) => pieces.extend(pattern.pieces.iter().cloned()),
            (Kind::Reference(reference), _) => pieces.push(Piece::Symbol(Symbol::Reference(reference.clone()))),
            // A choice inside a list stays one: the parameter is a list again.
            _ => return value,
        }
    }
    let pattern = Pattern::new(pieces);
    let has_symbols = pattern.literal().is_none();
    // A list of symbols is of more use as a list than as text that would have to be split again.
    if has_symbols {
        value
    } else {
        Value { kind: crate::cloudformation::evaluate::kind_of_pieces(pattern.pieces.to_vec()), ..value }
    }
}

/// The stack resources, each after those whose outputs its arguments use.
fn in_order(template: &Template) -> Vec<&Pair> {
    let mut waiting: Vec<&Pair> = template.entries("Resources").filter(|pair| is_stack(pair)).collect();
    let mut ordered: Vec<&Pair> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_ready = |pair: &&Pair| {
            let names = names_in(&pair.value);
            !waiting.iter().any(|other| other.key != pair.key && names.iter().any(|name| uses(name, &other.key)))
        };
        // A circle is an error of the template; any order will do.
        let next = waiting.iter().position(is_ready).unwrap_or(0);
        ordered.push(waiting.remove(next));
    }
    ordered
}

fn is_stack(pair: &Pair) -> bool {
    type_of(&pair.value).is_some_and(|kind| &**kind == STACK)
}

/// Whether a text refers to an output of a stack: `Id`, `Id.Outputs.X`, `${Id.Outputs.X}`.
fn uses(text: &str, id: &str) -> bool {
    text == id || text.strip_prefix(id).is_some_and(|rest| rest.starts_with('.')) || text.contains(&format!("${{{id}."))
}

/// How many nodes are searched for names.
const MAX_SEARCHED: usize = 100_000;

fn names_in(node: &NodeRef) -> Vec<Arc<str>> {
    let (mut found, mut open, mut searched) = (Vec::new(), vec![node], 0);
    while let Some(node) = open.pop() {
        searched += 1;
        match &node.content {
            _ if searched > MAX_SEARCHED => break,
            Content::Scalar(scalar) => found.push(Arc::clone(&scalar.text)),
            Content::List(items) => open.extend(items),
            Content::Map(map) => open.extend(map.entries.iter().map(|pair| &pair.value)),
            Content::Null | Content::Unknown(_) => {}
        }
    }
    found
}

fn absorb(deployed: &mut Deployed, child: Deployed) {
    deployed.resources.extend(child.resources);
    deployed.assumptions.extend(child.assumptions);
    deployed.exports.extend(child.exports);
    deployed.variables.extend(child.variables);
    add_problems(&mut deployed.problems, child.problems);
}

fn add_problems(problems: &mut Vec<Problem>, more: Vec<Problem>) {
    for problem in more {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}
