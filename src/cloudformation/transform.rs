//! What rewrites a template before it is resolved, in CloudFormation's order. In: the tree as written. Out: a tree
//! of plain resources.

use std::sync::Arc;

use crate::{
    cloudformation::{evaluate::Evaluator, foreach, parameters::Arguments, template::Template, tree::NodeRef},
    model::Problem,
    source::Sources,
};

/// Runs all transforms on a tree.
pub fn transform(sources: &Sources, stack: &Arc<str>, root: &NodeRef, arguments: &Arguments, problems: &mut Vec<Problem>) -> NodeRef {
    let mut root = Arc::clone(root);
    if foreach::has_loops(&root) {
        let template = Template::new(Arc::clone(&root));
        let evaluator = Evaluator::new(sources, &template, stack, "", arguments);
        root = foreach::expand(&evaluator, &root);
        problems.extend(evaluator.take_problems());
    }
    root
}
