//! Parameters and pseudo parameters. In: their declarations, what they are compared with, and arguments. Out: the
//! value of each, and a variable with a finite domain for each that no argument decides.
//!
//! Source: AWS CloudFormation User Guide, "Parameters", "Pseudo parameters reference", "Parameter types".

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    cloudformation::{
        domains::Comparisons,
        template::Template,
        tree::{Node, Pair},
    },
    model::{Problem, ProblemKind},
    value::{
        Choice, DomainValue, Formula, Kind, List, Pattern, Piece, Reason, Symbol, Unknown, Value, Variable,
        VariableKind, Variables,
    },
};

/// The largest compiled pattern of a parameter, in bytes; a larger one restricts nothing.
const MAX_PATTERN_BYTES: usize = 1 << 18;

/// What a deployment gives a template.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Parameter values by name; they may be unknown or depend on conditions of a parent stack.
    pub values: FxHashMap<Arc<str>, Value>,
    /// `AWS::Region`.
    pub region: Option<Arc<str>>,
    /// `AWS::AccountId`.
    pub account: Option<Arc<str>>,
    /// `AWS::StackName`.
    pub stack_name: Option<Arc<str>>,
    /// The scope of the outermost stack, for a nested one: both are in the same region and account.
    pub parent: Option<Arc<str>>,
    /// Tags of the stack, which CloudFormation gives to its resources too.
    pub tags: Vec<(Arc<str>, Value)>,
    /// Whether this is all that the deployment gives, so that other parameters have their defaults.
    pub takes_defaults: bool,
}

/// The inputs of a template.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The value of each parameter.
    pub values: FxHashMap<Arc<str>, Value>,
    /// The keys of the variables, by the name of the undecided parameter or pseudo parameter.
    pub keys: FxHashMap<Arc<str>, Arc<str>>,
    /// The tags of the stack.
    pub tags: Vec<(Arc<str>, Value)>,
    pseudo: FxHashMap<Arc<str>, Value>,
    scope: Arc<str>,
    /// The scope whose region and account these are.
    around: Arc<str>,
}

/// Region prefixes and their partitions. Source: AWS General Reference, "AWS service endpoints".
const PARTITIONS: &[(&str, &str, &str)] = &[
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("", "aws", "amazonaws.com"),
];

/// Partition and URL suffix of a region.
pub fn partition(region: &str) -> (&'static str, &'static str) {
    let found = PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix));
    found.map_or(("aws", "amazonaws.com"), |(_, partition, suffix)| (partition, suffix))
}

/// The key of a variable of a stack.
pub fn key(scope: &str, name: &str) -> Arc<str> {
    format!("{scope}:{name}").into()
}

impl Inputs {
    /// Decides what arguments decide and makes variables of the rest. `scope` is the stack's id, with the path of
    /// a nested stack.
    pub fn new(
        template: &Template,
        comparisons: &Comparisons,
        arguments: &Arguments,
        scope: &Arc<str>,
        variables: &mut Variables,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let around = arguments.parent.as_ref().unwrap_or(scope);
        let tags = arguments.tags.clone();
        let mut inputs = Self { scope: Arc::clone(scope), around: Arc::clone(around), tags, ..Self::default() };
        for pair in template.entries("Parameters") {
            let declared = Declared::new(pair);
            let value = match arguments.values.get(&pair.key) {
                Some(argument) => declared.argument(argument),
                None if arguments.takes_defaults && declared.default().is_some() => declared.at_default(),
                None => {
                    let (variable, value) = declared.open(comparisons, scope, problems);
                    if let Some(variable) = variable {
                        inputs.keys.insert(Arc::clone(&pair.key), Arc::clone(&variable.key));
                        variables.insert(Arc::clone(&variable.key), variable);
                    }
                    value
                }
            };
            inputs.values.insert(Arc::clone(&pair.key), value);
        }
        inputs.add_pseudo(comparisons, arguments, variables);
        inputs
    }

    fn add_pseudo(&mut self, comparisons: &Comparisons, arguments: &Arguments, variables: &mut Variables) {
        let region = arguments.region.as_ref();
        let given = [
            ("AWS::Region", region.cloned()),
            ("AWS::AccountId", arguments.account.clone()),
            ("AWS::StackName", arguments.stack_name.clone()),
            ("AWS::Partition", region.map(|region| partition(region).0.into())),
            ("AWS::URLSuffix", region.map(|region| partition(region).1.into())),
        ];
        for (name, value) in given {
            if let Some(text) = value {
                self.pseudo.insert(name.into(), Value::string(text));
            } else if comparisons.knows(name) {
                let key = key(&self.scope, name);
                let mut domain: Vec<_> = comparisons.texts(name).into_iter().map(DomainValue::Text).collect();
                domain.extend((0..comparisons.others(name)).map(DomainValue::Other));
                let kind = VariableKind::Pseudo;
                let variable =
                    Variable { key: Arc::clone(&key), name: name.into(), kind, domain, has_default: false, span: None };
                variables.insert(Arc::clone(&key), variable);
                self.keys.insert(name.into(), key);
            }
        }
    }

    /// The value of a pseudo parameter as text to build strings of: a symbol unless an argument decides it.
    pub fn pseudo(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.pseudo.get(name) {
            return Some(value.clone());
        }
        match name {
            "AWS::NoValue" => Some(Value::absent()),
            "AWS::NotificationARNs" | "AWS::StackId" => {
                let unknown = Unknown::new(Reason::AfterApply, name).keyed(key(&self.scope, name));
                Some(Value::unknown(unknown))
            }
            "AWS::Region" | "AWS::AccountId" | "AWS::StackName" | "AWS::Partition" | "AWS::URLSuffix" => {
                let scope = if name == "AWS::StackName" { &self.scope } else { &self.around };
                let symbol = Symbol::Pseudo { name: name.into(), scope: Arc::clone(scope) };
                Some(Value::new(Kind::Pattern(Pattern::new([Piece::Symbol(symbol)]))))
            }
            _ => None,
        }
    }

    /// The value of an undecided pseudo parameter as a choice over its domain, for conditions and look-ups.
    pub fn pseudo_choice(&self, name: &str, variables: &Variables) -> Option<Value> {
        let variable = variables.get(self.keys.get(name)?)?;
        Some(choice(variable, &|text| Value::string(Arc::clone(text)), Reason::Input))
    }
}

/// A value that is whatever the variable is.
fn choice(variable: &Variable, text: &dyn Fn(&Arc<str>) -> Value, reason: Reason) -> Value {
    let arm = |value: &DomainValue| {
        let result = match value {
            DomainValue::Text(found) => text(found),
            DomainValue::Other(number) => {
                // A parameter is never null.
                let unknown = Unknown::new(reason, Arc::clone(&variable.name))
                    .keyed(format!("{}#{number}", variable.key))
                    .present();
                Value::new(Kind::Unknown(Arc::new(Unknown { span: variable.span, ..unknown })))
            }
        };
        (Formula::Equals(Arc::clone(&variable.key), value.clone()), result)
    };
    match &*variable.domain {
        [DomainValue::Text(only)] => text(only),
        domain => Value::new(Kind::Choice(Arc::new(Choice { arms: domain.iter().map(arm).collect() }))),
    }
}

/// A parameter's declaration.
struct Declared<'t> {
    pair: &'t Pair,
    is_list: bool,
    /// The value is fetched from Parameter Store; what is written is only its path.
    is_fetched: bool,
}

impl<'t> Declared<'t> {
    fn new(pair: &'t Pair) -> Self {
        let kind = pair.value.get("Type").and_then(|kind| kind.as_str()).unwrap_or("String");
        let is_list = kind.contains("List<") || kind.contains("CommaDelimitedList");
        Self { pair, is_list, is_fetched: kind.starts_with("AWS::SSM::Parameter::Value") }
    }

    fn name(&self) -> &Arc<str> {
        &self.pair.key
    }

    fn get(&self, key: &str) -> Option<&'t Node> {
        self.pair.value.get(key).map(|node| &**node)
    }

    /// The text of a default or allowed value; a list is what the console would show.
    fn text_of(node: &Node) -> Option<Arc<str>> {
        match node.as_list() {
            Some(items) => {
                let texts: Option<Vec<&str>> = items.iter().map(|item| item.as_str()).collect();
                texts.map(|texts| texts.join(",").into())
            }
            None => node.as_text().cloned(),
        }
    }

    fn typed(&self, text: &Arc<str>) -> Value {
        if !self.is_list {
            return Value::string(Arc::clone(text));
        }
        let items: Vec<Value> = text.split(',').map(|item| Value::string(item.trim())).collect();
        Value::new(Kind::List(List::from(items)))
    }

    fn argument(&self, argument: &Value) -> Value {
        if self.is_fetched {
            return self.fetched();
        }
        let label = format!("argument for parameter `{}`", self.name());
        let value = match (&argument.kind, argument.to_text()) {
            (_, Some(text)) => Value { span: None, trace: argument.trace.clone(), ..self.typed(&text) },
            // A list is joined on the way in and split again.
            _ => Value { span: None, ..argument.clone() },
        };
        value.traced(argument.span.unwrap_or(self.pair.key_span), label)
    }

    fn default(&self) -> Option<Arc<str>> {
        self.get("Default").and_then(Self::text_of)
    }

    /// The value that a deployment without an argument gives.
    fn at_default(&self) -> Value {
        match self.default().filter(|_| !self.is_fetched) {
            Some(default) => {
                let span = self.get("Default").map_or(self.pair.key_span, |node| node.span);
                self.typed(&default).traced(span, format!("default of parameter `{}`", self.name()))
            }
            None => self.fetched(),
        }
    }

    fn fetched(&self) -> Value {
        let unknown = Unknown::new(Reason::DynamicReference, Arc::clone(self.name())).at(self.pair.key_span);
        Value::new(Kind::Unknown(Arc::new(unknown)))
    }

    /// The variable and the value of a parameter that no argument decides.
    fn open(&self, comparisons: &Comparisons, scope: &str, problems: &mut Vec<Problem>) -> (Option<Variable>, Value) {
        let default = self.default().filter(|_| !self.is_fetched);
        let (domain, has_default) = self.domain(default.as_ref(), comparisons, problems);
        let variable = Variable {
            key: key(scope, self.name()),
            name: Arc::clone(self.name()),
            kind: VariableKind::Input,
            domain,
            has_default,
            span: Some(self.pair.key_span),
        };
        let default_span = self.get("Default").map(|node| node.span);
        let arm = |text: &Arc<str>| {
            let is_default = default.as_ref() == Some(text);
            let (span, what) = match default_span.filter(|_| is_default) {
                Some(span) => (span, "default of"),
                None => (self.pair.key_span, "value of"),
            };
            self.typed(text).traced(span, format!("{what} parameter `{}`", self.name()))
        };
        let reason = if self.is_fetched { Reason::DynamicReference } else { Reason::Input };
        let value = choice(&variable, &arm, reason);
        let is_decided = matches!(&*variable.domain, [DomainValue::Text(_)]);
        ((!is_decided).then_some(variable), value)
    }

    fn domain(
        &self,
        default: Option<&Arc<str>>,
        comparisons: &Comparisons,
        problems: &mut Vec<Problem>,
    ) -> (Vec<DomainValue>, bool) {
        let name = self.name();
        let allowed: Option<Vec<Arc<str>>> = self
            .get("AllowedValues")
            .filter(|_| !self.is_list && !self.is_fetched)
            .and_then(|node| node.as_list())
            .map(|items| items.iter().filter_map(|item| item.as_text().cloned()).collect());
        let mut texts: Vec<Arc<str>> = Vec::new();
        let is_allowed = |text: &Arc<str>| allowed.as_ref().is_none_or(|allowed| allowed.contains(text));
        if let Some(default) = default {
            if is_allowed(default) {
                texts.push(Arc::clone(default));
            } else {
                let message = format!("the default of parameter `{name}` is not among its allowed values");
                let span = self.get("Default").map_or(self.pair.key_span, |node| node.span);
                problems.push(Problem::at(ProblemKind::Warning, "cloudformation-parameter", message, span));
            }
        }
        let has_default = !texts.is_empty();
        let closed = allowed.as_ref().is_some_and(|allowed| !allowed.is_empty());
        let more: Vec<Arc<str>> = match allowed {
            Some(allowed) if closed => allowed,
            _ if self.is_list && !comparisons.knows(name) => Vec::new(),
            _ => {
                let texts = comparisons.texts(name);
                // Compiling a pattern costs more than parsing the template: only when there is something to match.
                let constraint = (!texts.is_empty()).then(|| Constraint::new(&self.pair.value));
                texts
                    .into_iter()
                    .filter(|text| constraint.as_ref().is_none_or(|constraint| constraint.admits(text)))
                    .collect()
            }
        };
        for text in more {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let mut domain: Vec<DomainValue> = texts.into_iter().map(DomainValue::Text).collect();
        if !closed {
            domain.extend((0..comparisons.others(name)).map(DomainValue::Other));
        }
        (domain, has_default)
    }
}

/// What restricts the values of a parameter besides a list of allowed ones.
struct Constraint {
    pattern: Option<regex::Regex>,
    lengths: (Option<f64>, Option<f64>),
    values: (Option<f64>, Option<f64>),
}

impl Constraint {
    fn new(declaration: &Node) -> Self {
        let text = |key: &str| declaration.get(key).and_then(|node| node.as_str());
        let number = |key: &str| text(key).and_then(|text| text.parse().ok());
        Self {
            // CloudFormation matches the whole value. A pattern that only Java understands restricts nothing here.
            pattern: text("AllowedPattern").and_then(|pattern| {
                regex::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(MAX_PATTERN_BYTES).build().ok()
            }),
            lengths: (number("MinLength"), number("MaxLength")),
            values: (number("MinValue"), number("MaxValue")),
        }
    }

    fn admits(&self, text: &str) -> bool {
        let within = |value: f64, (low, high): (Option<f64>, Option<f64>)| {
            low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high)
        };
        let count = u32::try_from(text.chars().count()).map_or(f64::MAX, f64::from);
        self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
            && within(count, self.lengths)
            && text.parse().map_or(self.values == (None, None), |value| within(value, self.values))
    }
}
