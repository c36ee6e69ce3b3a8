//! Undecided conditions. In: values that are unknown because an input has no value. Out: formulas over those
//! inputs, and values that hold what they are under each.

use std::{cell::RefCell, sync::Arc};

use crate::{
    source::{Sources, Span},
    terraform::cty::{Form, Hint, Kind, MAX_ARMS, Type, Val, equals},
    value::{self, DomainValue, Formula, Reason, Variable, VariableKind, Variables},
};

/// How much of a condition's text names it, in characters.
const MAX_NAME: usize = 120;

/// The undecided inputs of a stack, found while it is evaluated.
pub struct Conditions<'s> {
    sources: &'s Sources,
    stack: Arc<str>,
    variables: RefCell<Variables>,
    /// The block instance that is evaluated: conditions that name `each`, `count` or `self` are its own.
    instance: RefCell<Arc<str>>,
    /// The module instance that is evaluated: conditions are its own.
    module: RefCell<Arc<str>>,
    /// The elements of dynamic blocks that are evaluated, by the names of their iterators: conditions that name one
    /// are its own.
    elements: RefCell<Vec<(Arc<str>, usize)>>,
}

impl<'s> Conditions<'s> {
    /// None yet, for a stack.
    pub fn new(sources: &'s Sources, stack: Arc<str>) -> Self {
        let nothing: Arc<str> = "".into();
        Self {
            sources,
            stack,
            variables: RefCell::default(),
            instance: RefCell::new(Arc::clone(&nothing)),
            module: RefCell::new(nothing),
            elements: RefCell::default(),
        }
    }

    /// Runs `work` for a module and block instance.
    pub fn within<T>(&self, module: &Arc<str>, instance: &Arc<str>, work: impl FnOnce() -> T) -> T {
        let before = (self.module.replace(Arc::clone(module)), self.instance.replace(Arc::clone(instance)));
        let result = work();
        self.module.replace(before.0);
        self.instance.replace(before.1);
        result
    }

    /// Runs `work` for an element of a dynamic block.
    pub fn for_element<T>(&self, iterator: &Arc<str>, at: usize, work: impl FnOnce() -> T) -> T {
        self.elements.borrow_mut().push((Arc::clone(iterator), at));
        let result = work();
        self.elements.borrow_mut().pop();
        result
    }

    /// Adds inputs that were found elsewhere.
    pub fn add(&self, variables: &Variables) {
        self.variables.borrow_mut().extend(variables.iter().map(|(key, variable)| (Arc::clone(key), variable.clone())));
    }

    /// What was found.
    pub fn into_variables(self) -> Variables {
        self.variables.into_inner()
    }

    /// The key of an input of this stack.
    pub fn key(&self, name: &str) -> Arc<str> {
        format!("{}:{name}", self.stack).into()
    }

    /// The condition that a truth value stands for, when inputs decide it.
    pub fn formula(&self, value: &Val) -> Option<Formula> {
        if let Some(known) = value.as_bool() {
            return Some(Formula::Constant(known));
        }
        let hint = value.hint()?;
        match &hint.form {
            Form::Condition(formula) => Some(formula.clone()),
            Form::Choice(arms) => self.any_arm(arms, &mut |arm| self.formula(arm)),
            _ => {
                let input = input(value)?;
                self.declare(&input, value, None);
                Some(Formula::is_true(Arc::clone(input.key.as_ref()?)))
            }
        }
    }

    /// The condition that two values are equal, when inputs decide it.
    pub fn equality(&self, left: &Val, right: &Val) -> Option<Formula> {
        if let Some(known) = equals(left, right).as_bool() {
            return Some(Formula::Constant(known));
        }
        for (one, other) in [(left, right), (right, left)] {
            if let Some(Form::Choice(arms)) = one.hint().map(|hint| &hint.form) {
                return self.any_arm(arms, &mut |arm| self.equality(arm, other));
            }
        }
        for (one, other) in [(left, right), (right, left)] {
            if let Some(Form::Condition(formula)) = one.hint().map(|hint| &hint.form)
                && let Some(known) = other.as_bool()
            {
                return Some(if known { formula.clone() } else { formula.negate() });
            }
            if let Some(input) = input(one)
                && let Some(text) = literal(other)
            {
                self.declare(&input, one, Some(&text));
                return Some(Formula::Equals(Arc::clone(input.key.as_ref()?), DomainValue::Text(text)));
            }
        }
        None
    }

    fn any_arm(&self, arms: &[(Formula, Val)], decide: &mut dyn FnMut(&Val) -> Option<Formula>) -> Option<Formula> {
        let mut earlier: Vec<Formula> = Vec::new();
        let mut ways = Vec::new();
        for (guard, arm) in arms {
            let holds = decide(arm)?;
            ways.push(Formula::all(earlier.iter().cloned().chain([guard.clone(), holds])));
            earlier.push(guard.negate());
        }
        Some(Formula::any(ways))
    }

    /// A condition that is not taken apart, named by its text.
    pub fn opaque(&self, span: Span, rounds: &[usize], value: &Val) -> Formula {
        let text = self.sources.slice(span);
        self.named(&text, &text, span, rounds, value)
    }

    /// The condition that a collection has elements.
    pub fn presence(&self, span: Span, collection: &Val) -> Formula {
        let text = self.sources.slice(span);
        self.named(&format!("length({text}) > 0"), &text, span, &[], collection)
    }

    /// A condition with a name, on the expression `text`.
    fn named(&self, name: &str, text: &str, span: Span, rounds: &[usize], value: &Val) -> Formula {
        let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_NAME).collect();
        let own = ["each.", "count.", "self."].iter().any(|word| text.contains(word));
        let instance = if own { Arc::clone(&self.instance.borrow()) } else { "".into() };
        let elements = self.elements.borrow();
        let elements: Vec<_> = elements.iter().filter(|(iterator, _)| text.contains(&format!("{iterator}."))).collect();
        let key: Arc<str> =
            format!("{}|{}|{instance}|{elements:?}{rounds:?}|{name}", self.stack, self.module.borrow()).into();
        let span = value.hint().and_then(|hint| hint.why.as_ref()).and_then(|why| why.span).or(Some(span));
        self.variables.borrow_mut().entry(Arc::clone(&key)).or_insert_with(|| Variable {
            key: Arc::clone(&key),
            name: name.into(),
            kind: VariableKind::Opaque,
            domain: truth_values(),
            has_default: false,
            span,
        });
        Formula::is_true(key)
    }

    /// Notes an input, and a text that it is compared with.
    fn declare(&self, input: &value::Unknown, value: &Val, literal: Option<&Arc<str>>) {
        let Some(key) = &input.key else { return };
        let mut variables = self.variables.borrow_mut();
        let variable = variables.entry(Arc::clone(key)).or_insert_with(|| {
            let default = (input.reason == Reason::Workspace).then(|| DomainValue::Text("default".into()));
            let domain = match value.ty() {
                Type::Bool => truth_values(),
                _ => default.iter().cloned().chain([DomainValue::Other(0)]).collect(),
            };
            Variable {
                key: Arc::clone(key),
                name: Arc::clone(&input.subject),
                kind: VariableKind::Input,
                domain,
                has_default: default.is_some(),
                span: input.span,
            }
        });
        let truth = literal.is_none().then(truth_values).unwrap_or_default();
        for candidate in literal.map(|text| DomainValue::Text(Arc::clone(text))).into_iter().chain(truth) {
            if !variable.domain.contains(&candidate) {
                let before_other = variable.domain.iter().position(|known| matches!(known, DomainValue::Other(_)));
                variable.domain.insert(before_other.unwrap_or(variable.domain.len()), candidate);
            }
        }
    }
}

fn truth_values() -> Vec<DomainValue> {
    ["true", "false"].map(|text| DomainValue::Text(text.into())).to_vec()
}

/// The input that a value is, unchanged.
fn input(value: &Val) -> Option<Arc<value::Unknown>> {
    let hint = value.hint()?;
    let Form::Input(_) = &hint.form else { return None };
    hint.why.clone().filter(|why| why.key.is_some())
}

/// An unknown that is an input of the stack.
pub fn from_input(unknown: Val, why: value::Unknown) -> Val {
    let form = why.key.clone().map_or(Form::Opaque, Form::Input);
    unknown.hinted(Hint { why: Some(Arc::new(why)), form })
}

/// The text of a known scalar.
fn literal(value: &Val) -> Option<Arc<str>> {
    match &value.kind {
        Kind::String(text) => Some(Arc::clone(&text.text)),
        Kind::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
        Kind::Number(number) => Some(number.text().into()),
        _ => None,
    }
}

/// An unknown that is one of several values; a known value as it is. Choices inside are spread out.
pub fn chosen(unknown: Val, arms: Vec<(Formula, Val)>) -> Val {
    if unknown.is_known() {
        return unknown;
    }
    let mut flat: Vec<(Formula, Val)> = Vec::new();
    for (guard, value) in arms {
        match value.hint().map(|hint| &hint.form) {
            Some(Form::Choice(inner)) => {
                flat.extend(
                    inner.iter().map(|(also, value)| (Formula::all([guard.clone(), also.clone()]), value.clone())),
                );
            }
            _ => flat.push((guard, value)),
        }
    }
    flat.retain(|(guard, _)| *guard != Formula::FALSE);
    if let Some(certain) = flat.iter().position(|(guard, _)| *guard == Formula::TRUE) {
        flat.truncate(certain + 1);
    }
    if flat.len() > MAX_ARMS {
        return unknown
            .because(&Arc::new(value::Unknown::new(Reason::Budget, format!("more than {MAX_ARMS} alternatives"))));
    }
    let why = unknown.hint().and_then(|hint| hint.why.clone());
    unknown.hinted(Hint { why, form: Form::Choice(flat.into()) })
}

/// An unknown that is this value, though Terraform does not know it yet.
pub fn standing_for(unknown: Val, value: Val) -> Val {
    let unknown = super::derived(unknown, &[&value]);
    chosen(unknown, vec![(Formula::TRUE, value)])
}

/// An unknown truth value that stands for a condition.
pub fn condition(unknown: Val, formula: Formula) -> Val {
    let why = unknown.hint().and_then(|hint| hint.why.clone());
    unknown.hinted(Hint { why, form: Form::Condition(formula) })
}

/// The value of an expression that makes the deployment fail.
pub fn impossible(message: &str) -> Val {
    Val::dynamic().hinted(Hint::why(value::Unknown::new(Reason::Impossible, message)))
}

/// The alternatives of a value; none when it is no choice.
pub fn arms(value: &Val) -> Option<&Arc<[(Formula, Val)]>> {
    match &value.hint()?.form {
        Form::Choice(arms) => Some(arms),
        _ => None,
    }
}

/// The value that an unknown certainly is, though Terraform does not know it yet; else the value itself.
pub fn settled(value: &Val) -> &Val {
    match arms(value).map(|arms| &**arms) {
        Some([(Formula::Constant(true), only)]) => only,
        _ => value,
    }
}

/// Gives an unknown result the results for each combination of its operands' alternatives.
/// `compute` gives `None` where it fails.
pub fn distribute(result: Val, operands: &[&Val], compute: &dyn Fn(&[Val]) -> Option<Val>) -> Val {
    let opaque = result.hint().is_some_and(|hint| matches!(hint.form, Form::Opaque));
    if !opaque || !operands.iter().any(|operand| arms(operand).is_some()) {
        return result;
    }
    let mut combinations: Vec<(Formula, Vec<Val>)> = vec![(Formula::TRUE, Vec::new())];
    for operand in operands {
        let single = [(Formula::TRUE, (*operand).clone())];
        let arms = arms(operand).map_or(&single[..], |arms| arms);
        if combinations.len() * arms.len() > MAX_ARMS {
            return result;
        }
        combinations = combinations
            .iter()
            .flat_map(|(guard, values)| {
                arms.iter().map(move |(also, value)| {
                    let values = values.iter().chain([value]).cloned().collect();
                    (Formula::all([guard.clone(), also.clone()]), values)
                })
            })
            .collect();
    }
    let computed = combinations
        .into_iter()
        .map(|(guard, values)| {
            (guard, compute(&values).unwrap_or_else(|| impossible("an operation on one alternative fails")))
        })
        .collect();
    chosen(result, computed)
}
