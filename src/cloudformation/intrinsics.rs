//! The intrinsic functions that choose and look up. In: a call. Out: its value. Text functions are in
//! [`super::intrinsics_text`].
//!
//! Source: AWS CloudFormation User Guide, "Intrinsic function reference"; semantics of `AWS::LanguageExtensions`
//! functions likewise.

use std::sync::Arc;

use crate::{
    cloudformation::{
        domains,
        evaluate::{Evaluator, Use, operands},
        parameters::key,
        tree::{Call, NodeRef},
    },
    model::{EXPORT_KEY, output_name},
    source::Span,
    value::{Choice, DomainValue, Formula, Kind, List, Reason, Unknown, Value, Variable, VariableKind},
};

/// How many blocks `Fn::Cidr` gives at most.
const MAX_CIDR_BLOCKS: usize = 256;

impl Evaluator<'_> {
    /// The value of a function call.
    pub fn call(&self, call: Call<'_>, span: Span, how: Use) -> Value {
        let argument = call.argument;
        match &**call.name {
            "Ref" => self.ref_call(argument, span, how),
            "Fn::GetAtt" => self.get_att(argument, span, how),
            "Fn::If" => self.if_call(argument, span, how),
            "Fn::FindInMap" => self.find_in_map(argument, span, how),
            "Fn::Sub" => self.sub(argument, span, how),
            "Fn::Join" => self.join(argument, span, how),
            "Fn::Split" => self.split(argument, span, how),
            "Fn::Select" => self.select(argument, span, how),
            "Fn::Base64" => Self::base64(argument, span),
            "Fn::GetAZs" => self.availability_zones(argument, span, how),
            "Fn::Cidr" => self.cidr(argument, span, how),
            "Fn::Length" => self.length(argument, span, how),
            "Fn::ToJsonString" => self.to_json(argument, span, how),
            "Fn::ImportValue" => self.import(argument, span, how),
            "Fn::Transform" => self.transform(argument, span),
            "Fn::GetStackOutput" => self.stack_output(argument, span, how),
            "Fn::RefAll" | "Fn::ValueOf" | "Fn::ValueOfAll" => {
                Value::unknown(Unknown::new(Reason::Unsupported, Arc::clone(call.name)).at(span))
            }
            "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals" => {
                self.mistake(format!("`{}` belongs in a condition", call.name), span)
            }
            name if name.starts_with("Fn::ForEach::") => {
                Value::unknown(Unknown::new(Reason::Unsupported, name).at(span))
            }
            name => self.mistake(format!("there is no function `{name}`"), span),
        }
    }

    fn if_call(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let [condition, then, otherwise] = operands(argument) else {
            return self.mistake("`Fn::If` takes a condition and two values", span);
        };
        let formula = match condition.as_str() {
            Some(name) => self.condition(name, condition.span),
            None => self.formula(condition, how.depth),
        };
        match formula {
            Formula::Constant(true) => self.eval(then, how),
            Formula::Constant(false) => self.eval(otherwise, how),
            formula => {
                let arms = vec![(formula, self.eval(then, how)), (Formula::TRUE, self.eval(otherwise, how))];
                Value::at(Kind::Choice(Arc::new(Choice { arms })), span)
            }
        }
    }

    fn find_in_map(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let [map, top, second, options @ ..] = operands(argument) else {
            return self.mistake("`Fn::FindInMap` takes a mapping and two keys", span);
        };
        let default = options.first().and_then(|options| options.get("DefaultValue"));
        let keys = [map, top, second].map(|node| self.eval(node, how.deciding()));
        let keys = [keys[0].clone(), self.enumerated(&keys[0], None, &keys[1], top), keys[2].clone()];
        let keys = [keys[0].clone(), keys[1].clone(), self.enumerated(&keys[0], Some(&keys[1]), &keys[2], second)];
        let missing = || match default {
            Some(default) => self.eval(default, how),
            None => Value::new(Kind::Unknown(Arc::new(
                Unknown::new(Reason::Impossible, "the mapping has no such key").at(span),
            ))),
        };
        self.combine(&keys, span, |keys| {
            let [Some(map), top, second] = [&keys[0], &keys[1], &keys[2]].map(Value::to_text) else {
                return match keys
                    .iter()
                    .find_map(|key| if let Kind::Unknown(unknown) = &key.kind { Some(unknown) } else { None })
                {
                    Some(unknown) => Value::new(Kind::Unknown(Arc::clone(unknown))),
                    None => Value::unknown(Unknown::new(Reason::AfterApply, "key of a mapping").at(span)),
                };
            };
            let Some(rows) = self.template.mapping(&map) else {
                return self.mistake(format!("there is no mapping `{map}`"), span);
            };
            // A value that equals no key that is written finds nothing.
            let row = top.and_then(|top| rows.get(&top).cloned());
            let cell =
                row.zip(second).and_then(|(row, second)| row.as_map().and_then(|row| row.pair(&second)).cloned());
            match cell {
                Some(cell) => {
                    let value = Value { span: None, ..self.eval(&cell.value, how) };
                    quoted(value).traced(cell.value.span, format!("mapping `{map}`"))
                }
                None => missing(),
            }
        })
    }

    /// A key that nothing decides, split over the keys that the mapping has. A key whose variable tells all of them
    /// apart already is left as it is.
    fn enumerated(&self, map: &Value, top: Option<&Value>, found: &Value, node: &NodeRef) -> Value {
        let is_open = match &found.kind {
            Kind::Unknown(unknown) => {
                unknown.key.as_ref().is_none_or(|key| !key.contains('#')) && unknown.reason != Reason::Impossible
            }
            Kind::Pattern(_) | Kind::Reference(_) => true,
            _ => false,
        };
        let Some(rows) = map.as_str().and_then(|name| self.template.mapping(name)).filter(|_| is_open) else {
            return found.clone();
        };
        let mut texts: Vec<Arc<str>> = match top.and_then(Value::as_str) {
            None if top.is_none() => rows.entries.iter().map(|pair| Arc::clone(&pair.key)).collect(),
            Some(top) => rows
                .get(top)
                .and_then(|row| row.as_map())
                .into_iter()
                .flat_map(|row| &row.entries)
                .map(|pair| Arc::clone(&pair.key))
                .collect(),
            None => rows
                .entries
                .iter()
                .filter_map(|row| row.value.as_map())
                .flat_map(|row| &row.entries)
                .map(|pair| Arc::clone(&pair.key))
                .collect(),
        };
        texts.sort_unstable();
        texts.dedup();
        let domain: Vec<DomainValue> =
            texts.into_iter().map(DomainValue::Text).chain([DomainValue::Other(0)]).collect();
        self.opaque_choice(&domains::term(node), domain, node.span)
    }

    /// A term that is not taken apart, as a choice over the texts that it is compared with.
    pub fn opaque_choice(&self, name: &Arc<str>, domain: Vec<DomainValue>, span: Span) -> Value {
        let key = key(&self.scope(), name);
        let mut variables = self.variables.borrow_mut();
        let variable = variables.entry(Arc::clone(&key)).or_insert_with(|| Variable {
            key: Arc::clone(&key),
            name: Arc::clone(name),
            kind: VariableKind::Opaque,
            domain,
            has_default: false,
            span: Some(span),
        });
        let arm = |value: &DomainValue| {
            let result = match value {
                DomainValue::Text(text) => Value::string(Arc::clone(text)),
                DomainValue::Other(number) => {
                    let unknown = Unknown::new(Reason::AfterApply, Arc::clone(name)).keyed(format!("{key}#{number}"));
                    Value::new(Kind::Unknown(Arc::new(unknown)))
                }
            };
            (Formula::Equals(Arc::clone(&key), value.clone()), result)
        };
        Value::new(Kind::Choice(Arc::new(Choice { arms: variable.domain.iter().map(arm).collect() })))
    }

    fn availability_zones(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let region = domains::term(argument);
        let _ = how;
        let zone = |at: u8| {
            let unknown = Unknown::new(Reason::AfterApply, format!("availability zone {at}"));
            Value::unknown(unknown.keyed(format!("{}:zone:{region}:{at}", self.scope())).at(span))
        };
        // Every region has at least two zones for a default VPC; how many more is not known.
        let open = Some(Arc::new(Unknown::new(Reason::AfterApply, "number of availability zones").at(span)));
        Value::at(Kind::List(List { items: (0..2).map(zone).collect(), open }), span)
    }

    fn cidr(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let operands: Vec<Value> = operands(argument).iter().map(|node| self.eval(node, how)).collect();
        self.combine(&operands, span, |operands| {
            let texts: Option<Vec<Arc<str>>> = operands.iter().map(Value::to_text).collect();
            match texts
                .as_deref()
                .and_then(|texts| if let [block, count, bits] = texts { cidr_blocks(block, count, bits) } else { None })
            {
                Some(blocks) => {
                    Value::new(Kind::List(List::from(blocks.into_iter().map(Value::string).collect::<Vec<_>>())))
                }
                None => Value::unknown(Unknown::new(Reason::AfterApply, "address blocks").at(span)),
            }
        })
    }

    fn length(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let list = self.eval(argument, how);
        self.combine(&[list], span, |list| match &list[0].kind {
            Kind::List(list)
                if list.open.is_none() && !list.items.iter().any(|item| matches!(item.kind, Kind::Choice(_))) =>
            {
                Value::string(list.items.len().to_string())
            }
            _ => Value::unknown(Unknown::new(Reason::AfterApply, "length of a list").at(span)),
        })
    }

    fn import(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let name = self.eval(argument, how);
        self.combine(&[name], span, |name| {
            let text = match &name[0].kind {
                Kind::Pattern(pattern) => pattern.to_string().into(),
                _ => name[0].to_text().unwrap_or_else(|| "an export".into()),
            };
            Value::unknown(
                Unknown::new(Reason::External, Arc::clone(&text)).keyed(format!("{EXPORT_KEY}{text}")).at(span),
            )
        })
    }

    /// An output of a stack of the same account and region, else of one that is not in the scan.
    fn stack_output(&self, argument: &NodeRef, span: Span, how: Use) -> Value {
        let text = |key: &str| argument.get(key).and_then(|node| self.eval(node, how).to_text());
        let elsewhere = ["Region", "RoleArn"].iter().any(|key| argument.get(key).is_some());
        match (text("StackName"), text("OutputName")) {
            (Some(stack), Some(output)) => {
                let name = output_name(&stack, &output);
                let unknown = Unknown::new(Reason::External, name.as_str()).at(span);
                Value::unknown(if elsewhere { unknown } else { unknown.keyed(format!("{EXPORT_KEY}{name}")) })
            }
            _ => Value::unknown(Unknown::new(Reason::External, "output of another stack").at(span)),
        }
    }

    fn transform(&self, argument: &NodeRef, span: Span) -> Value {
        let name =
            argument.get("Name").and_then(|name| name.as_text()).cloned().unwrap_or_else(|| "Fn::Transform".into());
        Value::unknown(Unknown::new(Reason::Macro, name).at(span))
    }
}

/// Text that comes out of a function is never a YAML 1.1 boolean.
pub(super) fn quoted(mut value: Value) -> Value {
    if let Kind::String(text) = &mut value.kind {
        text.plain = false;
    }
    value
}

/// Consecutive blocks of `32 − bits` (IPv6: `128 − bits`) mask bits.
fn cidr_blocks(block: &str, count: &str, bits: &str) -> Option<Vec<String>> {
    let (count, bits): (usize, u8) = (count.parse().ok()?, bits.parse().ok()?);
    let count = count.min(MAX_CIDR_BLOCKS);
    let blocks: Vec<String> = match block.parse::<ipnet::IpNet>().ok()? {
        ipnet::IpNet::V4(net) => {
            net.subnets(32_u8.checked_sub(bits)?).ok()?.take(count).map(|net| net.to_string()).collect()
        }
        ipnet::IpNet::V6(net) => {
            net.subnets(128_u8.checked_sub(bits)?).ok()?.take(count).map(|net| net.to_string()).collect()
        }
    };
    (blocks.len() == count).then_some(blocks)
}
