//! `count` and `for_each`: which instances a block has.

use std::{rc::Rc, sync::Arc};

use super::{
    instance::{Expansion, ExpansionKind, Instance, Key, Repetition},
    scope::BlockScope,
    session::{MAX_INSTANCES, Session},
};
use crate::{
    model::{Problem, ProblemKind},
    source::Span,
    terraform::{
        cty::{Kind, Marks, Number, Type, Val, convert},
        eval::{Eval, choice, exhausted, fault},
        syntax::Body,
    },
    value::{Formula, Reason, Unknown},
};

/// How many instances one block may have.
const MAX_INSTANCES_OF_BLOCK: usize = 10_000;

impl Session<'_> {
    /// The instances of a block by its `count` or `for_each`. A fault gives one instance that stands for all.
    pub(super) fn expand(&self, instance: &Rc<Instance>, body: &Body) -> Expansion {
        let scope = BlockScope::new(self, instance, None);
        let enabled = body.blocks_of("lifecycle").find_map(|block| block.body.attribute("enabled"));
        let expanded = match (body.attribute("count"), body.attribute("for_each"), enabled) {
            (Some(count), ..) => scope.eval(&count.value).and_then(|value| by_count(&value, count.value.span)),
            (_, Some(each), _) => scope.eval(&each.value).and_then(|value| by_keys(&value, each.value.span)),
            // OpenTofu, "The enabled Meta-Argument".
            (.., Some(enabled)) => {
                scope.eval(&enabled.value).and_then(|value| by_switch(self, &value, enabled.value.span))
            }
            _ => Ok(single()),
        };
        let expansion = expanded.unwrap_or_else(|fault| {
            let why = self.failed(&fault);
            if body.attribute("count").is_some() { any_number(why) } else { any_keys(why, Val::dynamic()) }
        });
        let total = self.instances.get() + expansion.instances.len();
        if total > MAX_INSTANCES {
            let message =
                format!("the stack has more than {MAX_INSTANCES} instances: one stands for all of this block");
            self.tell(Problem::at(ProblemKind::Error, "terraform-budget", message.as_str(), body.span));
            return representative(Arc::new(Unknown::new(Reason::Budget, message)));
        }
        self.instances.set(total);
        expansion
    }
}

/// One instance that stands for all.
pub(super) fn representative(why: Arc<Unknown>) -> Expansion {
    let value = Val::dynamic().because(&why);
    let mut expansion = any_keys(value.clone(), value.clone());
    expansion
        .instances
        .iter_mut()
        .for_each(|only| only.index = Some(Val::unknown_not_null(Type::Number).because(&why)));
    expansion
}

fn single() -> Expansion {
    Expansion { kind: ExpansionKind::Single, instances: vec![repetition(Key::Single, Formula::TRUE)] }
}

fn repetition(key: Key, exists: Formula) -> Repetition {
    let index = match &key {
        Key::Number(number) => Some(Val::number(Number::from(*number as i64))),
        _ => None,
    };
    Repetition { key, index, each: None, exists }
}

fn any_number(why: Val) -> Expansion {
    let index = match why.hint().and_then(|hint| hint.why.as_ref()) {
        Some(reason) => Val::unknown_not_null(Type::Number).because(reason),
        None => Val::unknown_not_null(Type::Number),
    };
    let only = Repetition { index: Some(index), ..repetition(Key::Any, Formula::TRUE) };
    Expansion { kind: ExpansionKind::Unknown(why), instances: vec![only] }
}

fn any_keys(why: Val, value: Val) -> Expansion {
    let reason = why.hint().and_then(|hint| hint.why.clone());
    let key = Val::unknown_not_null(Type::String);
    let (key, value) = match &reason {
        Some(reason) => (key.because(reason), value.because(reason)),
        None => (key, value),
    };
    let only = Repetition { each: Some((key, value)), ..repetition(Key::Any, Formula::TRUE) };
    Expansion { kind: ExpansionKind::Unknown(why), instances: vec![only] }
}

fn by_count(value: &Val, span: Span) -> Eval<Expansion> {
    if let Some(arms) = choice::arms(value)
        && let Some(sizes) =
            arms.iter().map(|(guard, arm)| Some((guard.clone(), size(arm, span).ok()??))).collect::<Option<Vec<_>>>()
    {
        let most = sizes.iter().map(|(_, size)| *size).max().unwrap_or(0);
        let exists = |index: usize| when(&sizes, |size| *size > index);
        let instances = (0..most).map(|index| repetition(Key::Number(index), exists(index))).collect();
        let arms = sizes.iter().map(|(guard, size)| (guard.clone(), (0..*size).collect())).collect();
        return Ok(Expansion { kind: ExpansionKind::Choice { count: true, arms }, instances });
    }
    Ok(match size(value, span)? {
        None => any_number(value.clone()),
        Some(size) => {
            let instances = (0..size).map(|index| repetition(Key::Number(index), Formula::TRUE)).collect();
            Expansion { kind: ExpansionKind::Count, instances }
        }
    })
}

/// The condition under which the arm that holds satisfies `test`.
fn when<T>(arms: &[(Formula, T)], test: impl Fn(&T) -> bool) -> Formula {
    let mut earlier: Vec<Formula> = Vec::new();
    let mut ways = Vec::new();
    for (guard, item) in arms {
        if test(item) {
            ways.push(Formula::all(earlier.iter().cloned().chain([guard.clone()])));
        }
        earlier.push(guard.negate());
    }
    if ways.len() == arms.len() { Formula::TRUE } else { Formula::any(ways) }
}

/// The whole number that `count` is; none when unknown.
fn size(value: &Val, span: Span) -> Eval<Option<usize>> {
    let value = convert(value, &Type::Number).or_else(|error| fault(span, error.0))?;
    match &value.kind {
        Kind::Unknown(_) => Ok(None),
        Kind::Number(number) if number.is_integer() && !number.is_negative() => match number.to_usize() {
            Some(size) if size <= MAX_INSTANCES_OF_BLOCK => Ok(Some(size)),
            _ => exhausted(span, format!("more than {MAX_INSTANCES_OF_BLOCK} instances of a block")),
        },
        Kind::Number(number) => fault(span, format!("`count` is a whole number from 0, not {}", number.text())),
        _ => fault(span, "`count` is null"),
    }
}

fn by_switch(session: &Session<'_>, value: &Val, span: Span) -> Eval<Expansion> {
    let value = convert(value, &Type::Bool).or_else(|error| fault(span, error.0))?;
    let exists = match value.as_bool() {
        Some(known) => Formula::Constant(known),
        None => session.conditions.formula(&value).unwrap_or_else(|| session.conditions.opaque(span, &[], &value)),
    };
    let instances = if exists == Formula::FALSE { Vec::new() } else { vec![repetition(Key::Single, exists)] };
    Ok(Expansion { kind: ExpansionKind::Single, instances })
}

fn by_keys(value: &Val, span: Span) -> Eval<Expansion> {
    if let Some(arms) = choice::arms(value)
        && let Some(arms) =
            arms.iter().map(|(guard, arm)| Some((guard.clone(), keys(arm, span).ok()??))).collect::<Option<Vec<_>>>()
    {
        let mut instances: Vec<Repetition> = Vec::new();
        let mut chosen = Vec::new();
        for (guard, pairs) in &arms {
            let mut positions = Vec::new();
            for (key, each) in pairs {
                let known = instances.iter().position(|known| known.key == Key::Text(Arc::clone(key)));
                let at = known.unwrap_or(instances.len());
                if known.is_none() {
                    let exists = when(&arms, |pairs| pairs.iter().any(|(other, _)| other == key));
                    let values =
                        arms.iter().filter_map(|(guard, pairs)| Some((guard.clone(), value_of(pairs, key)?))).collect();
                    let value = if arms.len() == 1 { each.1.clone() } else { choice::chosen(Val::dynamic(), values) };
                    instances.push(Repetition {
                        each: Some((each.0.clone(), value)),
                        ..repetition(Key::Text(Arc::clone(key)), exists)
                    });
                }
                positions.push(at);
            }
            chosen.push((guard.clone(), positions));
        }
        return Ok(Expansion { kind: ExpansionKind::Choice { count: false, arms: chosen }, instances });
    }
    Ok(match keys(value, span)? {
        None => any_keys(value.clone(), element_of(value)),
        Some(pairs) => {
            let one = |(key, each)| Repetition { each: Some(each), ..repetition(Key::Text(key), Formula::TRUE) };
            Expansion { kind: ExpansionKind::ForEach, instances: pairs.into_iter().map(one).collect() }
        }
    })
}

type Pair = (Arc<str>, (Val, Val));

fn value_of(pairs: &[Pair], key: &str) -> Option<Val> {
    pairs.iter().find(|(other, _)| &**other == key).map(|(_, each)| each.1.clone())
}

/// `each.value` of an unknown collection.
fn element_of(value: &Val) -> Val {
    match value.ty() {
        Type::Map(element) => Val::unknown((*element).clone()),
        Type::Set(_) => Val::unknown_not_null(Type::String),
        _ => Val::dynamic(),
    }
}

/// Keys and values of `for_each`; none when the keys are unknown.
fn keys(value: &Val, span: Span) -> Eval<Option<Vec<Pair>>> {
    let marks = if matches!(value.kind, Kind::Set(..)) { value.deep_marks() } else { value.marks };
    if marks.contains(Marks::SENSITIVE) || marks.contains(Marks::EPHEMERAL) {
        return fault(span, "`for_each` has sensitive keys");
    }
    if value.is_null() {
        return fault(span, "`for_each` is null");
    }
    let pairs: Vec<Pair> = match &value.kind {
        Kind::Map(_, entries) | Kind::Object(entries) => entries
            .iter()
            .map(|(key, value)| (Arc::clone(key), (Val::string(Arc::clone(key)), value.clone())))
            .collect(),
        Kind::Set(element, items) => {
            if items.iter().any(|item| !item.is_known()) {
                return Ok(None);
            }
            if *element != Type::String && !items.is_empty() {
                return fault(
                    span,
                    format!("`for_each` is a map or a set of strings, not a set of {}", element.friendly()),
                );
            }
            let pair = |item: &Val| item.as_text().map(|text| (Arc::clone(&text.text), (item.clone(), item.clone())));
            match items.iter().map(pair).collect::<Option<Vec<_>>>() {
                Some(pairs) => pairs,
                None => return fault(span, "`for_each` is a set with null"),
            }
        }
        Kind::Unknown(unknown) => match &unknown.ty {
            Type::Map(_) | Type::Object(_) | Type::Dynamic => return Ok(None),
            Type::Set(element) if matches!(**element, Type::String | Type::Dynamic) => return Ok(None),
            ty => return fault(span, format!("`for_each` is a map or a set of strings, not a {}", ty.friendly())),
        },
        _ => return fault(span, format!("`for_each` is a map or a set of strings, not a {}", value.ty().friendly())),
    };
    if pairs.len() > MAX_INSTANCES_OF_BLOCK {
        return exhausted(span, format!("more than {MAX_INSTANCES_OF_BLOCK} instances of a block"));
    }
    Ok(Some(pairs))
}
