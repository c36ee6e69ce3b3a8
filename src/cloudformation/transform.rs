//! What rewrites a template before it is resolved, in CloudFormation's order: included files, modules, loops, SAM. In: the tree
//! as written. Out: a tree of plain resources, and what they were generated from.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    cloudformation::{
        evaluate::Evaluator,
        foreach, include, modules,
        parameters::Arguments,
        sam::{self, Expanded},
        template::Template,
        tree::NodeRef,
    },
    model::Problem,
    source::{SourceFile, Sources},
};

/// Runs all transforms on the tree of a file.
pub fn transform(
    sources: &Sources,
    file: &SourceFile,
    stack: &Arc<str>,
    root: &NodeRef,
    arguments: &Arguments,
    problems: &mut Vec<Problem>,
) -> Expanded {
    let root = include::expand(sources, file, root, problems);
    let mut root = modules::expand(sources, file, &root, problems);
    if foreach::has_loops(&root) {
        let template = Template::new(Arc::clone(&root));
        let evaluator = Evaluator::new(sources, &template, stack, "", arguments);
        root = foreach::expand(&evaluator, &root);
        problems.extend(evaluator.take_problems());
    }
    if !sam::is_sam(&root) {
        return Expanded { root, origins: BTreeMap::new() };
    }
    let given =
        arguments.values.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_text()?.to_string())));
    sam::expand(&root, &given.collect(), problems)
}
