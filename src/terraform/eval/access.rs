//! Names, attributes, indexes and splats.

use std::sync::Arc;

use super::{Eval, Evaluator, choice, derived, fatal, fault};
use crate::{
    source::Span,
    terraform::{
        cty::{Entries, Form, Kind, Reference, Type, Val, convert},
        syntax::{Step, StepKind, Traversal},
    },
    value::{self, Formula},
};

impl Evaluator<'_> {
    pub(super) fn variable(&self, name: &str, span: Span) -> Eval<Val> {
        match self.bound(name) {
            Some(value) => Ok(value),
            None => self.scope.resolve(name, &[], span).map(|(value, _)| value),
        }
    }

    fn bound(&self, name: &str) -> Option<Val> {
        std::iter::successors(self.bindings, |binding| binding.outer).find_map(|binding| match &binding.key {
            _ if binding.value.0 == name => Some(binding.value.1.clone()),
            Some((key, value)) if *key == name => Some(value.clone()),
            _ => None,
        })
    }

    pub(super) fn traversal(&self, traversal: &Traversal) -> Eval<Val> {
        let (value, taken) = match &traversal.base.kind {
            crate::terraform::syntax::ExprKind::Variable(name) => match self.bound(name) {
                Some(value) => (value, 0),
                None => self.scope.resolve(name, &traversal.steps, traversal.base.span)?,
            },
            _ => (self.eval(&traversal.base)?, 0),
        };
        self.steps(value, traversal.steps.get(taken..).unwrap_or_default())
    }

    fn steps(&self, mut value: Val, steps: &[Step]) -> Eval<Val> {
        for step in steps {
            value = match &step.kind {
                StepKind::Attribute(name) => self.attribute_of(&value, name, step.span)?,
                StepKind::Index(key) => {
                    let key = self.eval(key)?;
                    self.index_of(&value, &key, step.span)?
                }
                StepKind::Splat(inner) => self.splat(&value, inner, step.span)?,
            };
        }
        Ok(value)
    }

    fn attribute_of(&self, value: &Val, name: &Arc<str>, span: Span) -> Eval<Val> {
        let result = attribute(value, name, span)?;
        Ok(choice::distribute(result, &[value], &|values| attribute(values.first()?, name, span).ok()))
    }

    fn index_of(&self, value: &Val, key: &Val, span: Span) -> Eval<Val> {
        let result = index(value, key, span)?;
        if let Some(arms) = self.by_input(value, key) {
            return Ok(choice::chosen(result, arms));
        }
        Ok(choice::distribute(result, &[value, key], &|values| index(values.first()?, values.get(1)?, span).ok()))
    }

    /// An element whose key is an input without value: each element under the condition that the input is its key.
    fn by_input(&self, value: &Val, key: &Val) -> Option<Vec<(Formula, Val)>> {
        let entries = value.as_entries()?;
        if key.is_known() || entries.is_empty() || entries.len() >= crate::terraform::cty::MAX_ARMS {
            return None;
        }
        let conditions = self.scope.conditions();
        let mut arms = Vec::new();
        for (name, element) in &**entries {
            arms.push((conditions.equality(key, &Val::string(Arc::clone(name)))?, element.clone()));
        }
        arms.push((Formula::TRUE, choice::impossible("there is no element with this key")));
        Some(arms)
    }

    fn splat(&self, value: &Val, steps: &[Step], span: Span) -> Eval<Val> {
        let result = self.splat_over(value, steps, span)?;
        Ok(choice::distribute(result, &[value], &|values| self.splat_over(values.first()?, steps, span).ok()))
    }

    fn splat_over(&self, value: &Val, steps: &[Step], span: Span) -> Eval<Val> {
        let ty = value.ty();
        let sequence = matches!(ty, Type::Tuple(_) | Type::List(_) | Type::Set(_));
        if value.is_null() {
            return if sequence {
                fault(span, "a null list has no elements")
            } else {
                // What no value of the type has is an error even where there is none.
                if ty != Type::Dynamic {
                    self.steps(Val::unknown(ty), steps)?;
                }
                Ok(Val::tuple(Vec::new()).marked(value.marks))
            };
        }
        if ty == Type::Dynamic {
            return Ok(derived(Val::dynamic(), &[value]).marked(value.marks));
        }
        if !sequence {
            let item = self.steps(value.clone(), steps)?;
            let single = Val::tuple(vec![item]).marked(value.marks);
            return Ok(if value.is_definitely_not_null() {
                single
            } else {
                choice::standing_for(Val::dynamic(), single)
            });
        }
        let Some(items) = value.as_items() else {
            let each = self.splat_type(&ty, steps)?;
            let result = if each == Type::Dynamic { Val::dynamic() } else { Val::unknown_not_null(each) };
            return Ok(derived(result, &[value]).marked(value.marks));
        };
        let items = items.iter().map(|item| self.steps(item.clone(), steps)).collect::<Eval<Vec<_>>>()?;
        let result = match (&ty, items.first()) {
            (Type::Tuple(_), _) => Val::tuple(items),
            (_, Some(first)) => {
                let element = first.ty();
                let element = if items.iter().all(|item| item.ty() == element) { element } else { Type::Dynamic };
                Val::list(element, items)
            }
            (_, None) => match self.splat_type(&ty, steps)? {
                Type::List(element) => Val::list((*element).clone(), Vec::new()),
                _ => Val::list(Type::Dynamic, Vec::new()),
            },
        };
        Ok(result.marked(value.marks))
    }

    /// The type of a splat over a sequence of which only the type is known.
    fn splat_type(&self, ty: &Type, steps: &[Step]) -> Eval<Type> {
        let each = |element: &Type| self.steps(Val::unknown(element.clone()), steps).map(|value| value.ty());
        match ty {
            Type::Tuple(elements) => Ok(Type::tuple(elements.iter().map(each).collect::<Eval<Vec<_>>>()?)),
            _ => Ok(Type::list(each(ty.element().unwrap_or(&Type::Dynamic))?)),
        }
    }
}

/// `value.name`.
pub(crate) fn attribute(value: &Val, name: &Arc<str>, span: Span) -> Eval<Val> {
    if value.is_null() {
        return fault(span, format!("null has no attribute `{name}`"));
    }
    let found = match &value.kind {
        Kind::Object(entries) => match entries.get(name) {
            Some(found) => found.clone(),
            None => return fault(span, format!("the object has no attribute `{name}`{}", nearest(entries, name))),
        },
        Kind::Map(_, entries) => match entries.get(name) {
            Some(found) => found.clone(),
            None => return fault(span, format!("the map has no element `{name}`")),
        },
        Kind::Unknown(unknown) => match &unknown.ty {
            Type::Dynamic => match &unknown.hint.form {
                Form::Written(_, arguments) if let Some(written) = arguments.get(name) => written.clone(),
                _ => below(value, Type::Dynamic, name),
            },
            Type::Map(element) => below(value, (**element).clone(), name),
            ty => match ty.attribute(name) {
                Some(ty) => below(value, ty.clone(), name),
                None => return fault(span, format!("a {} has no attribute `{name}`", ty.friendly())),
            },
        },
        _ => return fault(span, format!("a {} has no attribute `{name}`", value.ty().friendly())),
    };
    Ok(found.marked(value.marks))
}

fn nearest(entries: &Entries, name: &str) -> String {
    if entries.len() > 12 {
        return String::new();
    }
    let names: Vec<&str> = entries.keys().map(|key| &**key).filter(|key| *key != name).collect();
    if names.is_empty() { String::new() } else { format!(", only {}", names.join(", ")) }
}

/// A part of an unknown: unknown for the same reason, and a part of the same reference.
pub(super) fn below(value: &Val, ty: Type, name: &str) -> Val {
    let part = derived(Val::unknown(ty), &[value]);
    let Some(hint) = value.hint() else { return part };
    let (Form::Reference(reference) | Form::Written(reference, _)) = &hint.form else { return part };
    let path = if reference.path.is_empty() { name.into() } else { format!("{}.{name}", reference.path).into() };
    let form = Form::Reference(Arc::new(Reference { address: Arc::clone(&reference.address), path }));
    let subject = format!("{}.{name}", hint.why.as_ref().map_or(&*reference.address, |why| &why.subject));
    let why = hint.why.as_ref().map(|why| Arc::new(value::Unknown { subject: subject.into(), ..(**why).clone() }));
    part.hinted(crate::terraform::cty::Hint { why, form })
}

/// `value[key]`.
pub(crate) fn index(value: &Val, key: &Val, span: Span) -> Eval<Val> {
    if value.is_null() {
        return fault(span, "null has no elements");
    }
    if key.is_null() {
        return fault(span, "the index is null");
    }
    let marks = value.marks | key.marks;
    let ty = value.ty();
    if ty == Type::Dynamic || key.is_dynamic() {
        let name = key_text(key);
        let part =
            name.map_or_else(|| derived(Val::dynamic(), &[value, key]), |name| below(value, Type::Dynamic, &name));
        return Ok(part.marked(marks));
    }
    let converted = |want: &Type| convert(&key.clone().unmarked(), want).or_else(|error| fault(span, error.0));
    let found = match &ty {
        Type::List(_) | Type::Tuple(_) => in_sequence(value, &ty, &converted(&Type::Number)?, span)?,
        Type::Map(element) => {
            let key = converted(&Type::String)?;
            match (value.as_entries(), key.as_text()) {
                (Some(entries), Some(key)) => match entries.get(&key.text) {
                    Some(found) => found.clone(),
                    None => return fault(span, format!("the map has no element `{}`", key.text)),
                },
                (None, Some(key)) => below(value, (**element).clone(), &key.text),
                _ => derived(Val::unknown((**element).clone()), &[&key, value]),
            }
        }
        Type::Object(_) => {
            let key = converted(&Type::String)?;
            match (value.as_entries(), key.as_text()) {
                (Some(_), Some(key)) => attribute(value, &key.text, span)?,
                (None, Some(key)) => below(value, Type::Dynamic, &key.text),
                _ => derived(Val::dynamic(), &[&key, value]),
            }
        }
        Type::Set(_) => return fault(span, "elements of a set have no index"),
        _ => return fault(span, format!("a {} has no elements", ty.friendly())),
    };
    Ok(found.marked(marks))
}

fn key_text(key: &Val) -> Option<Arc<str>> {
    convert(key, &Type::String).ok()?.as_text().map(|text| Arc::clone(&text.text))
}

fn in_sequence(value: &Val, ty: &Type, key: &Val, span: Span) -> Eval<Val> {
    let unknown = |ty: Type| Ok(derived(Val::unknown(ty), &[key, value]));
    let Some(number) = key.as_number() else {
        return unknown(ty.element().cloned().unwrap_or(Type::Dynamic));
    };
    let Some(at) = number.to_usize().filter(|_| number.is_integer() && !number.is_negative()) else {
        return fault(span, format!("{} is no index: whole numbers from 0", number.text()));
    };
    if let Some(items) = value.as_items() {
        return match items.get(at) {
            Some(item) => Ok(item.clone()),
            None => fault(span, format!("there is no element {at}: {} elements", items.len())),
        };
    }
    match ty {
        Type::Tuple(elements) => match elements.get(at) {
            Some(element) => Ok(below(value, element.clone(), &at.to_string())),
            None => fault(span, format!("there is no element {at}: {} elements", elements.len())),
        },
        _ => Ok(below(value, ty.element().cloned().unwrap_or(Type::Dynamic), &at.to_string())),
    }
}

/// A root name that nothing declares.
pub(crate) fn undeclared<T>(name: &str, span: Span) -> Eval<T> {
    fatal(span, format!("there is no `{name}`"))
}
