//! A template in one deployment as a stack. In: an evaluator. Out: resources, variables, assumptions, exports and
//! problems of the model.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    cloudformation::{
        evaluate::{Evaluator, Use},
        sam::Origin,
        template::type_of,
        tree::Pair,
    },
    model::{Export, Lifecycle, Mode, ModuleCall, ProblemKind, Resource, output_name},
    value::{Formula, Kind, Map, Reason, ResourceId, Unknown, Value},
};

/// Where a template stands among nested stacks.
#[derive(Clone, Debug)]
pub struct Context {
    /// When the stack itself exists.
    pub exists: Formula,
    /// The stack resources that lead to it, outermost first.
    pub calls: Vec<ModuleCall>,
    /// `AWS::Region`, when it is decided.
    pub region: Option<Arc<str>>,
    /// `AWS::AccountId`, when it is decided.
    pub account: Option<Arc<str>>,
    /// What transforms generated resources from, by logical id.
    pub origins: BTreeMap<Arc<str>, Origin>,
}

impl Default for Context {
    fn default() -> Self {
        Self { exists: Formula::TRUE, calls: Vec::new(), region: None, account: None, origins: BTreeMap::new() }
    }
}

/// All resources of the template, in written order.
pub fn resources(evaluator: &Evaluator<'_>, context: &Context) -> Vec<Resource> {
    let pairs: Vec<&Pair> = evaluator.template.entries("Resources").collect();
    let last: FxHashMap<&str, usize> = pairs.iter().enumerate().map(|(at, pair)| (&*pair.key, at)).collect();
    let mut found = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let counts = last.get(&*pair.key) == Some(&at);
        let other = last.get(&*pair.key).and_then(|at| pairs.get(*at)).and_then(|pair| type_of(&pair.value));
        if counts || other != type_of(&pair.value) {
            found.extend(resource(evaluator, pair, context, (!counts).then_some(at)));
        }
    }
    evaluator.never_deployed.set(false);
    found
}

/// One resource; `None` when it has no type. `shadowed` numbers one whose logical id is given again further down.
fn resource(evaluator: &Evaluator<'_>, pair: &Pair, context: &Context, shadowed: Option<usize>) -> Option<Resource> {
    let node = &pair.value;
    if pair.key.starts_with("Fn::") {
        return None;
    }
    let Some(kind) = type_of(node).cloned() else {
        if node.as_unknown().is_none() {
            evaluator.problem(
                ProblemKind::Warning,
                "cloudformation-resource",
                format!("the resource `{}` has no type", pair.key),
                pair.key_span,
            );
        }
        return None;
    };
    let address = match shadowed {
        Some(at) => format!("{}#{at}", evaluator.address(&pair.key)).into(),
        None => evaluator.address(&pair.key),
    };
    let exists = Formula::all([context.exists.clone(), evaluator.exists(node)]);
    evaluator.never_deployed.set(exists == Formula::FALSE);
    let properties = with_stack_tags(properties(evaluator, pair), &kind, evaluator);
    let value = |name: &str| node.get(name).map(|node| evaluator.eval(node, Use::PROPERTY));
    let metadata = node.get("Metadata").map(|node| evaluator.eval(node, Use::METADATA));
    let construct_path =
        metadata.as_ref().and_then(Value::as_map).and_then(|map| map.get("aws:cdk:path")).and_then(Value::to_text);
    Some(Resource {
        id: ResourceId { stack: Arc::clone(&evaluator.stack), address: Arc::clone(&address) },
        definition: address,
        instance: None,
        source_type: context
            .origins
            .get(&pair.key)
            .map_or_else(|| Arc::clone(&kind), |origin| Arc::clone(&origin.source_type)),
        kind,
        mode: Mode::Managed,
        header: pair.key_span,
        body: pair.key_span.to(node.span),
        attributes: properties.clone(),
        properties,
        exists,
        module_calls: context.calls.clone(),
        region: context.region.clone().map(Value::string),
        account: context.account.clone().map(Value::string),
        lifecycle: Lifecycle {
            deletion_policy: value("DeletionPolicy"),
            update_replace_policy: value("UpdateReplacePolicy"),
            ..Lifecycle::default()
        },
        metadata,
        construct_path,
        origin: None,
    })
}

/// The properties as a map; a macro beside them or over the whole template leaves it open.
fn properties(evaluator: &Evaluator<'_>, pair: &Pair) -> Value {
    let mut value = match pair.value.get("Properties") {
        Some(node) => match evaluator.eval(node, Use::PROPERTY) {
            Value { kind: Kind::Unknown(unknown), span, trace } => {
                Value { kind: Kind::Map(open(unknown)), span, trace }
            }
            Value { kind: Kind::Absent, .. } => Value::new(Kind::Map(Map::default())),
            value => value,
        },
        None => Value::new(Kind::Map(Map { entries: Vec::new(), open: evaluator.open.clone() })),
    };
    // A macro at the level of the resource may add any property.
    if let (Kind::Map(map), Some(transform)) =
        (&mut value.kind, pair.value.as_map().and_then(|map| map.pair("Fn::Transform")))
    {
        let name = transform
            .value
            .get("Name")
            .and_then(|name| name.as_text())
            .cloned()
            .unwrap_or_else(|| "Fn::Transform".into());
        map.open = Some(Arc::new(Unknown::new(Reason::Macro, name).at(transform.key_span)));
    }
    if let (Kind::Map(map), Some(open)) = (&mut value.kind, pair.value.as_map().and_then(|map| map.open.clone())) {
        map.open.get_or_insert(open);
    }
    value
}

/// Types whose tags rules look at, and that have those of the stack too. Sources: CloudFormation User Guide, "Resource
/// tags"; `tagging` of the types' registry schemas. The tags of a global table are its replicas' own.
const TAGGED: [&str; 3] = ["AWS::DynamoDB::Table", "AWS::IAM::Role", "AWS::IAM::User"];

/// The properties with the tags of the stack, where the resource has no tag of that key itself.
fn with_stack_tags(mut properties: Value, kind: &str, evaluator: &Evaluator<'_>) -> Value {
    if let Kind::Map(map) = &mut properties.kind
        && TAGGED.contains(&kind)
    {
        for (key, value) in &evaluator.inputs.tags {
            add_tag(map, key, value);
        }
    }
    properties
}

fn add_tag(properties: &mut Map, key: &Arc<str>, value: &Value) {
    let pair = [("Key", Value { span: value.span, ..Value::string(Arc::clone(key)) }), ("Value", value.clone())];
    let mut tag = Map::default();
    pair.into_iter().for_each(|(name, value)| tag.insert(name, None, value));
    let tag = Value { span: value.span, ..Value::new(Kind::Map(tag)) };
    let Some(entry) = properties.entries.iter_mut().find(|entry| &*entry.key == "Tags") else {
        return properties.insert("Tags", None, Value { span: tag.span, ..Value::new(Kind::List(vec![tag].into())) });
    };
    if let Kind::List(list) = &mut entry.value.kind {
        let has_key =
            |item: &Value| item.as_map().and_then(|map| map.get("Key")).and_then(Value::to_text).as_ref() == Some(key);
        if !list.items.iter().any(has_key) {
            list.items.push(tag);
        }
    }
}

fn open(unknown: Arc<Unknown>) -> Map {
    Map { entries: Vec::new(), open: Some(unknown) }
}

/// The outputs by name: what a parent stack reads.
pub fn outputs(evaluator: &Evaluator<'_>) -> Map {
    let mut outputs = Map::default();
    for pair in evaluator.template.entries("Outputs") {
        if let Some(node) = pair.value.get("Value") {
            outputs.insert(Arc::clone(&pair.key), Some(pair.key_span), evaluator.eval(node, Use::PROPERTY));
        }
    }
    outputs
}

/// What other stacks may read: exports by their names, and of a stack whose name is known all outputs.
pub fn exports(evaluator: &Evaluator<'_>, context: &Context) -> Vec<Export> {
    let stack = evaluator.inputs.pseudo("AWS::StackName").and_then(|name| name.to_text());
    let mut exports = Vec::new();
    for pair in evaluator.template.entries("Outputs") {
        let Some(value) = pair.value.get("Value") else { continue };
        let exported = pair.value.path(&["Export", "Name"]).map(|name| evaluator.eval(name, Use::PROPERTY));
        let output = stack
            .as_deref()
            .map(|stack| Value { span: Some(pair.key_span), ..Value::string(output_name(stack, &pair.key)) });
        let exists = Formula::all([context.exists.clone(), evaluator.exists(&pair.value)]);
        let value = evaluator.eval(value, Use::PROPERTY);
        exports.extend(exported.into_iter().chain(output).map(|name| Export {
            name,
            value: value.clone(),
            exists: exists.clone(),
        }));
    }
    exports
}
