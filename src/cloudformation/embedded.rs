//! Templates that stand as text in a resource: the body of a stack set or of a conformance pack. In: the resource. Out:
//! the template with its own places, the arguments and the region that the resource gives it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    cloudformation::{
        evaluate::{Evaluator, Use},
        position::Places,
        rewrite::rewrite,
        syntax,
        template::type_of,
        tree::{Content, Node, NodeRef, Pair},
    },
    model::{Problem, ProblemKind},
    source::SourceFile,
    value::{Reason, Value},
};

/// The types: the property with the text, that with the arguments, and the names of an argument's parts.
const KINDS: [(&str, &str, &str, &str, &str); 3] = [
    ("AWS::CloudFormation::StackSet", "TemplateBody", "Parameters", "ParameterKey", "ParameterValue"),
    (
        "AWS::Config::ConformancePack",
        "TemplateBody",
        "ConformancePackInputParameters",
        "ParameterName",
        "ParameterValue",
    ),
    (
        "AWS::Config::OrganizationConformancePack",
        "TemplateBody",
        "ConformancePackInputParameters",
        "ParameterName",
        "ParameterValue",
    ),
];

/// A template inside a resource.
pub struct Body {
    /// Its tree.
    pub root: NodeRef,
    /// Its arguments by parameter.
    pub arguments: FxHashMap<Arc<str>, Value>,
    /// The region, when all instances are in one.
    pub region: Option<Arc<str>>,
    /// What is wrong with its text.
    pub problems: Vec<Problem>,
}

/// Reads the template of a resource that has one.
pub fn read(evaluator: &Evaluator<'_>, file: &SourceFile, pair: &Pair) -> Option<Body> {
    let kind = type_of(&pair.value)?;
    let (_, body, parameters, key, value) = KINDS.into_iter().find(|(name, ..)| *name == &**kind)?;
    let properties = pair.value.get("Properties")?;
    let written = properties.get(body)?;
    let (text, is_substituted) = match written.call_of("Fn::Sub") {
        Some(argument) => (argument.as_list().and_then(|items| items.first()).unwrap_or(argument), true),
        None => (written, false),
    };
    let Content::Scalar(scalar) = &text.content else {
        let message = format!("the template in `{}` is computed and is not read", pair.key);
        evaluator.problem(ProblemKind::Note, "embedded-template", message, written.span);
        return None;
    };
    let source = if text.span.file == file.id() { None } else { Some(evaluator.sources.file(text.span.file)) };
    let places = Places::of_scalar(text, source.as_deref().unwrap_or(file));
    let parsed = syntax::parse(&scalar.text, &places);
    let root = parsed.documents.into_iter().next()?;
    root.get("Resources")?;
    let root = if is_substituted { without_substitutions(&root) } else { root };
    let entries = properties.get(parameters).and_then(|node| node.as_list()).unwrap_or_default();
    let argument = |entry: &NodeRef| {
        let name = entry.get(key)?.as_text().cloned()?;
        Some((name, evaluator.eval(entry.get(value)?, Use::PROPERTY)))
    };
    let arguments = entries.iter().filter_map(argument).collect();
    Some(Body { root, arguments, region: region(properties), problems: parsed.problems })
}

/// Text with `${…}` is what the outer template makes of it, which is not known here.
fn without_substitutions(root: &NodeRef) -> NodeRef {
    rewrite(root, &mut |node| {
        let text = node.as_str().filter(|text| text.contains("${"))?;
        let escaped = !text.replace("${!", "").contains("${");
        (!escaped).then(|| Node::unknown(Reason::Unsupported, text, node.span))
    })
}

/// The one region of all instances.
fn region(properties: &Node) -> Option<Arc<str>> {
    let groups = properties.get("StackInstancesGroup")?.as_list()?;
    let mut regions =
        groups.iter().flat_map(|group| group.get("Regions").and_then(|node| node.as_list()).unwrap_or_default());
    let first = regions.next()?.as_text()?;
    regions.all(|region| region.as_text() == Some(first)).then(|| Arc::clone(first))
}
