//! `Ref` and `Fn::GetAtt`. In: names. Out: the value of an input, or a reference to a resource that stays one, so
//! that rules compare resources and not texts.

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use crate::{
    cloudformation::{
        evaluate::{Evaluator, Use, operands},
        template::type_of,
        tree::{Node, NodeRef, Pair},
    },
    source::Span,
    value::{Choice, Formula, Kind, Map, Reason, Reference, ResourceId, Unknown, Value},
};

/// What `Ref` returns where that is a property that may be set.
static REF_NAMES: LazyLock<FxHashMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("data/ref-names.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t')).collect()
});

impl Evaluator<'_> {
    /// `Ref`: its argument is a name, or with language extensions an expression that gives one.
    pub fn ref_call(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let name = match argument.as_text() {
            Some(name) => Arc::clone(name),
            None => match self.eval(argument, how.deciding()).to_text() {
                Some(name) => name,
                None => return self.undecided_name("Ref", span),
            },
        };
        self.reference(&name, span, how)
    }

    /// The value of a name: a parameter, a pseudo parameter or a resource.
    pub fn reference(&self, name: &str, span: Span, how: Use) -> Value {
        if name.starts_with("AWS::") {
            let split = how.decides.then(|| self.inputs.pseudo_choice(name, &self.variables.borrow())).flatten();
            return match split.or_else(|| self.inputs.pseudo(name)) {
                Some(value) if value.kind == Kind::Absent => value,
                Some(value) => value.with_span(Some(span)),
                None => self.mistake(format!("there is no pseudo parameter `{name}`"), span),
            };
        }
        if let Some(value) = self.inputs.values.get(name) {
            return value.clone().with_span(Some(span));
        }
        match self.template.resource(name) {
            Some(resource) => self.resource_reference(resource, "Ref", span),
            None => self.unknown_name(name, span),
        }
    }

    /// `Fn::GetAtt`: `[Id, Attribute]` or `Id.Attribute`.
    pub fn get_att(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let parts: Option<Vec<Arc<str>>> = match argument.as_text() {
            Some(text) => text.split_once('.').map(|(id, attribute)| vec![id.into(), attribute.into()]),
            None => operands(argument).iter().map(|part| self.eval(part, how.deciding()).to_text()).collect(),
        };
        let Some((id, attribute)) = parts.as_ref().and_then(|parts| parts.split_first()) else {
            return self.undecided_name("Fn::GetAtt", span);
        };
        self.attribute(id, &attribute.join("."), span, how)
    }

    /// An attribute of a resource.
    pub fn attribute(&self, id: &str, attribute: &str, span: Span, how: Use) -> Value {
        let Some(resource) = self.template.resource(id) else { return self.unknown_name(id, span) };
        if let Some(output) = attribute.strip_prefix("Outputs.")
            && let Some(outputs) = self.nested_outputs.borrow().get(id)
        {
            return self.output(resource, outputs, output).with_span(Some(span));
        }
        let is_custom = type_of(&resource.value)
            .is_some_and(|kind| kind.starts_with("Custom::") || &**kind == "AWS::CloudFormation::CustomResource");
        if is_custom {
            let subject = format!("{id}.{attribute}");
            let unknown =
                Unknown::new(Reason::AfterApply, subject.clone()).keyed(format!("{}:{subject}", self.scope()));
            return Value::unknown(unknown.at(span));
        }
        let property = resource.value.get("Properties").and_then(|properties| properties.get(attribute));
        match property {
            Some(property) if ref_name(&resource.value) != Some(attribute) => {
                let value = self.eval(property, how);
                let value = if value.kind == Kind::Absent {
                    return self.resource_reference(resource, attribute, span);
                } else {
                    value
                };
                let written = value.span.unwrap_or(property.span);
                value.traced(written, format!("`{attribute}` of `{id}`")).with_span(Some(span))
            }
            _ => self.resource_reference(resource, attribute, span),
        }
    }

    /// An output of a nested stack; unknown when its template is.
    fn output(&self, stack: &Pair, outputs: &Map, name: &str) -> Value {
        match (outputs.get(name), &outputs.open) {
            (Some(value), _) => {
                value.clone().traced(stack.key_span, format!("output `{name}` of nested stack `{}`", stack.key))
            }
            (None, Some(open)) => {
                let key = format!("{}:{}.Outputs.{name}", self.scope(), stack.key);
                Value::unknown(Unknown { key: Some(key.into()), ..Unknown::clone(open) })
            }
            (None, None) => {
                self.mistake(format!("the nested stack `{}` has no output `{name}`", stack.key), stack.key_span)
            }
        }
    }

    /// A reference that exists only where its resource does; a deployment with a reference to nothing fails.
    fn resource_reference(&self, resource: &Pair, attribute: &str, span: Span) -> Value {
        let target = ResourceId { stack: Arc::clone(&self.stack), address: self.address(&resource.key) };
        let reference = Value::at(Kind::Reference(Reference { target, attribute: attribute.into() }), span);
        match self.exists(&resource.value) {
            Formula::Constant(true) => reference,
            Formula::Constant(false) => {
                self.mistake(format!("`{}` never exists, so nothing can refer to it", resource.key), span)
            }
            exists => {
                let missing = Unknown::new(Reason::Impossible, format!("`{}` does not exist", resource.key)).at(span);
                let arms = vec![(exists, reference), (Formula::TRUE, Value::unknown(missing))];
                Value::at(Kind::Choice(Arc::new(Choice { arms })), span)
            }
        }
    }

    /// The address of a resource of this template.
    pub fn address(&self, id: &Arc<str>) -> Arc<str> {
        if self.prefix.is_empty() { Arc::clone(id) } else { format!("{}{id}", self.prefix).into() }
    }

    /// When a resource exists, by its `Condition` attribute.
    pub fn exists(&self, resource: &Node) -> Formula {
        match resource.get("Condition").map(|name| (name, name.as_str())) {
            None => Formula::TRUE,
            Some((node, Some(name))) => self.condition(name, node.span),
            Some((node, None)) => {
                self.mistake("`Condition` must be the name of a condition", node.span);
                Formula::Unknown(Arc::new(Unknown::new(Reason::Error, "Condition").at(node.span)))
            }
        }
    }

    /// The name that text made of a reference has, when the template sets it.
    pub fn known_name(&self, reference: &Reference, how: Use) -> Option<Value> {
        let id = reference.target.address.strip_prefix(&*self.prefix)?;
        let resource = &self.template.resource(id)?.value;
        let is_name = &*reference.attribute == "Ref" || ref_name(resource) == Some(&reference.attribute);
        let name = resource.get("Properties")?.get(ref_name(resource).filter(|_| is_name)?)?;
        Some(self.eval(name, how)).filter(|value| value.kind != Kind::Absent)
    }

    fn unknown_name(&self, name: &str, span: Span) -> Value {
        let transforms = self.template.transforms();
        let is_sam = transforms.iter().any(|transform| transform.starts_with("AWS::Serverless"));
        // Resources that only the cloud makes have names that start with that of what they are made from:
        // `Mod.Res` and `ModRes` of a registry module, `Fn.Alias` and `ServerlessRestApi` of SAM.
        let made_in_cloud = |pair: &Pair| {
            let kind = type_of(&pair.value);
            name.starts_with(&*pair.key) && kind.is_none_or(|kind| kind.ends_with("::MODULE") || is_sam)
        };
        let implicit = is_sam && name.starts_with("Serverless");
        if implicit
            || self.template.section("Modules").is_some()
            || self.template.entries("Resources").any(made_in_cloud)
        {
            return Value::unknown(Unknown::new(Reason::Macro, name).at(span));
        }
        if let Some(open) =
            self.open.clone().or_else(|| self.template.section("Resources").and_then(|map| map.open.clone()))
        {
            return Value::at(Kind::Unknown(open), span);
        }
        let mistake = self.mistake(format!("`{name}` is neither a parameter nor a resource of this template"), span);
        // Whatever is meant, the property is given.
        match mistake.kind {
            Kind::Unknown(unknown) => Value::unknown((*unknown).clone().present()),
            kind => Value { kind, ..mistake },
        }
    }

    fn undecided_name(&self, function: &str, span: Span) -> Value {
        Value::unknown(Unknown::new(Reason::Unsupported, format!("{function} of a name that is not known")).at(span))
    }
}

fn ref_name(resource: &Node) -> Option<&'static str> {
    REF_NAMES.get(&**type_of(resource)?).copied()
}
