//! A template file to stacks. In: a path and options. Out: one stack per document and named deployment.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    cloudformation::{
        deployments, detect,
        nested::{Deployer, Unit},
        parameters::Arguments,
        stack::Context,
        syntax,
        template::Template,
        tree::NodeRef,
    },
    model::{Problem, ProblemKind, Stack, StackKind},
    source::{SourceFile, Sources},
    value::Variables,
};

/// What the caller knows of the deployment.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `AWS::Region`.
    pub region: Option<Arc<str>>,
    /// `AWS::AccountId`.
    pub account: Option<Arc<str>>,
    /// Parameter files, each a named deployment of the templates whose parameters it gives.
    pub parameters: Vec<PathBuf>,
}

/// Reads a template. A file that is none gives no stack; one that looked like one and can't be read gives a stack
/// with only problems.
pub fn load(sources: &Sources, path: &Path, options: &Options) -> Vec<Stack> {
    let file = match sources.load(path) {
        Ok(file) => file,
        Err(error) => {
            let path = sources.relative(path);
            let problem = Problem::in_file(ProblemKind::Error, "unreadable", format!("`{path}` {error}"), path.clone());
            return vec![Stack { problems: vec![problem], ..empty(&path) }];
        }
    };
    let parsed = syntax::parse_file(&file);
    let templates: Vec<&NodeRef> = parsed.documents.iter().filter(|root| detect::is_template(root)).collect();
    if templates.is_empty() {
        return unreadable(&file, parsed.problems, parsed.damaged).into_iter().collect();
    }
    let several = templates.len() > 1;
    let mut stacks: Vec<Stack> = Vec::new();
    for (at, root) in templates.into_iter().enumerate() {
        let id: Arc<str> =
            if several && at > 0 { format!("{}#{}", file.path(), at + 1).into() } else { file.path().into() };
        let arguments =
            Arguments { region: options.region.clone(), account: options.account.clone(), ..Arguments::default() };
        let mut problems = Vec::new();
        let deployments =
            deployments::of(sources, &file, &Template::new(Arc::clone(root)), &options.parameters, &mut problems);
        if deployments.is_empty() {
            stacks.push(resolve(sources, &file, &id, root, &arguments));
        }
        for deployment in &deployments {
            let id = format!("{id}@{}", deployment.name).into();
            let mut stack = resolve(sources, &file, &id, root, &deployment.arguments(&arguments));
            // What is wrong with the file is said once, not per deployment.
            stack.problems.retain(|problem| !stacks.iter().any(|stack: &Stack| stack.problems.contains(problem)));
            stacks.push(Stack { name: Some(Arc::clone(&deployment.name)), ..stack });
        }
        if let Some(first) = stacks.first_mut() {
            first.problems.append(&mut problems);
        }
    }
    if let Some(first) = stacks.first_mut() {
        first.problems.splice(0..0, parsed.problems);
    }
    stacks
}

/// A stack that says why a file that may be a template could not be read.
fn unreadable(file: &SourceFile, mut problems: Vec<Problem>, damaged: bool) -> Option<Stack> {
    if !damaged || !detect::may_be_template(file.text().as_bytes()) {
        return None;
    }
    if syntax::is_templated(file.text()) {
        let message = "is written in a template language on top of YAML or JSON, and is not read";
        problems = vec![Problem::in_file(
            ProblemKind::Error,
            "templated",
            format!("`{}` {message}", file.path()),
            file.path(),
        )];
    }
    Some(Stack { problems, ..empty(file.path()) })
}

/// Resolves one document in one deployment, with the templates that it nests.
pub fn resolve(sources: &Sources, file: &SourceFile, id: &Arc<str>, root: &NodeRef, arguments: &Arguments) -> Stack {
    let context =
        Context { region: arguments.region.clone(), account: arguments.account.clone(), ..Context::default() };
    let unit = Unit { file, root, prefix: String::new(), arguments: arguments.clone(), context };
    let deployed = Deployer::new(sources, id).deploy(&unit);
    Stack {
        id: Arc::clone(id),
        resources: deployed.resources,
        assumptions: deployed.assumptions,
        exports: deployed.exports,
        problems: deployed.problems,
        variables: deployed.variables,
        nested: deployed.nested,
        ..empty(file.path())
    }
}

pub(super) fn empty(path: &str) -> Stack {
    Stack {
        id: path.into(),
        path: path.into(),
        kind: StackKind::CloudFormation,
        name: None,
        resources: Vec::new(),
        variables: Variables::default(),
        assumptions: Vec::new(),
        exports: Vec::new(),
        problems: Vec::new(),
        nested: Vec::new(),
    }
}
