//! `for` expressions.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Binding, Eval, Evaluator, MAX_ELEMENTS, choice, derived, exhausted, fault};
use crate::{
    source::Span,
    terraform::{
        cty::{Entries, Kind, MAX_ARMS, Marks, Number, Type, Val},
        syntax::{Expr, For},
    },
    value::Formula,
};

/// A round of a loop.
pub(crate) struct Element {
    pub key: Val,
    pub value: Val,
}

/// Whether values of a type can be walked.
pub(super) fn iterable(ty: &Type) -> bool {
    ty.is_collection() || matches!(ty, Type::Tuple(_) | Type::Object(_) | Type::Dynamic)
}

/// Keys and values of a known collection or structure, in Terraform's order; none of anything else.
pub(crate) fn elements(value: &Val) -> Option<Vec<Element>> {
    Some(match &value.kind {
        Kind::List(_, items) | Kind::Tuple(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| Element { key: Val::number(Number::from(index as i64)), value: item.clone() })
            .collect(),
        Kind::Set(_, items) => items.iter().map(|item| Element { key: item.clone(), value: item.clone() }).collect(),
        Kind::Map(_, entries) | Kind::Object(entries) => entries
            .iter()
            .map(|(key, value)| Element { key: Val::string(Arc::clone(key)), value: value.clone() })
            .collect(),
        _ => return None,
    })
}

/// How many undecided conditions one `for` keeps apart: each doubles the alternatives.
const MAX_UNDECIDED: usize = MAX_ARMS.ilog2() as usize;

/// What a round of a `for` made.
#[derive(Clone)]
struct Made {
    /// Whether the round counts, by the loop's `if`.
    exists: Formula,
    key: Option<Arc<str>>,
    value: Val,
}

/// What a `for` collects.
#[derive(Default)]
struct Collected {
    made: Vec<Made>,
    marks: Marks,
    /// The conditions among the rounds that inputs decide.
    undecided: Vec<Formula>,
    /// Which elements or keys there are depends on this unknown.
    unknown: Option<Val>,
    /// Nothing is to be made of it: the keys are not known.
    lost: bool,
}

impl Evaluator<'_> {
    /// Evaluates with one more round's names bound.
    pub(super) fn bind<T>(
        &self,
        key: Option<(&str, Val)>,
        value: (&str, Val),
        round: usize,
        work: impl FnOnce(&Evaluator<'_>) -> T,
    ) -> T {
        let binding = Binding { key, value, outer: self.bindings, round };
        work(&Evaluator { bindings: Some(&binding), ..*self })
    }

    pub(super) fn for_expression(&self, each: &For, span: Span) -> Eval<Val> {
        let collection = self.eval(&each.collection)?;
        if collection.is_null() {
            return fault(each.collection.span, "null cannot be walked");
        }
        if !iterable(&collection.ty()) {
            let message = format!("a {} cannot be walked", collection.ty().friendly());
            return fault(each.collection.span, message);
        }
        let result = self.for_over(each, &collection, span)?;
        Ok(choice::distribute(result, &[&collection], &|values| self.for_over(each, values.first()?, span).ok()))
    }

    fn for_over(&self, each: &For, collection: &Val, span: Span) -> Eval<Val> {
        let elements = elements(collection);
        if collection.ty() != Type::Dynamic && elements.as_ref().is_none_or(Vec::is_empty) {
            self.condition_without_rounds(each)?;
        }
        let Some(elements) = elements else {
            return Ok(derived(Val::dynamic(), &[collection]).marked(collection.marks));
        };
        let mut collected = Collected { marks: collection.marks, ..Collected::default() };
        for (round, Element { key, value }) in elements.into_iter().enumerate() {
            let key = each.key_name.as_deref().map(|name| (name, key));
            self.bind(key, (&each.value_name, value), round, |inner| inner.round(each, &mut collected))?;
        }
        let Collected { made, marks, undecided, unknown, lost } = collected;
        let result = match unknown {
            None => assemble(each, made)?,
            Some(unknown) => {
                let result = derived(Val::dynamic(), &[&unknown]);
                if lost { result } else { choice::chosen(result, alternatives(each, &made, &undecided)) }
            }
        };
        Ok(result.marked(marks).at(Some(span)))
    }

    /// The `if` of a `for` must be a truth value even when there is nothing to walk.
    fn condition_without_rounds(&self, each: &For) -> Eval<()> {
        let Some(condition) = &each.condition else { return Ok(()) };
        let key = each.key_name.as_deref().map(|name| (name, Val::dynamic()));
        let value = self.bind(key, (&each.value_name, Val::dynamic()), 0, |inner| inner.eval(condition))?;
        if value.is_null() {
            return fault(condition.span, "the condition of the `for` is null");
        }
        self.convert(&value, &Type::Bool, condition.span).map(drop)
    }

    fn round(&self, each: &For, collected: &mut Collected) -> Eval<()> {
        let earlier = collected.unknown.take();
        let exists = match &each.condition {
            Some(condition) => self.included(condition, collected)?,
            None => Formula::TRUE,
        };
        let undecided = collected.unknown.is_some();
        collected.unknown = collected.unknown.take().or(earlier);
        if exists == Formula::FALSE || collected.lost {
            return Ok(());
        }
        self.count_element(each.value.span)?;
        let key = match &each.key {
            Some(key) => match self.key(key, collected)? {
                Some(key) => Some(key),
                None => return self.eval(&each.value).map(|_| ()),
            },
            None => None,
        };
        let value = match self.eval(&each.value) {
            // Terraform does not evaluate it before it knows the condition.
            Err(fault) if undecided && !fault.fatal => choice::impossible(&fault.message),
            value => value?,
        };
        collected.made.push(Made { exists, key, value });
        Ok(())
    }

    /// Counts an element that a loop makes.
    pub(super) fn count_element(&self, span: Span) -> Eval<()> {
        let made = self.budget.elements.get() + 1;
        self.budget.elements.set(made);
        if made > MAX_ELEMENTS {
            exhausted(span, format!("loops make more than {MAX_ELEMENTS} elements"))
        } else {
            Ok(())
        }
    }

    /// Whether the round counts.
    fn included(&self, condition: &Expr, collected: &mut Collected) -> Eval<Formula> {
        let included = self.eval(condition)?;
        if included.is_null() {
            return fault(condition.span, "the condition is null");
        }
        let included = self.convert(&included, &Type::Bool, condition.span)?;
        collected.marks |= included.marks;
        if let Some(known) = included.as_bool() {
            return Ok(Formula::Constant(known));
        }
        let full = collected.undecided.len() >= MAX_UNDECIDED;
        let conditions = self.scope.conditions();
        let formula = match conditions.formula(&included) {
            None if full => None,
            None => Some(conditions.opaque(condition.span, &self.rounds(), &included)),
            known => known,
        };
        collected.unknown = Some(included);
        match formula {
            Some(formula) if matches!(formula, Formula::Constant(_)) || collected.undecided.contains(&formula) => {
                Ok(formula)
            }
            Some(formula) if !full => {
                collected.undecided.push(formula.clone());
                Ok(formula)
            }
            _ => {
                collected.lost = true;
                Ok(Formula::FALSE)
            }
        }
    }

    /// The key of a round; none when it is not known.
    fn key(&self, expr: &Expr, collected: &mut Collected) -> Eval<Option<Arc<str>>> {
        let key = self.eval(expr)?;
        if key.is_null() {
            return fault(expr.span, "the key is null");
        }
        collected.marks |= key.marks;
        let key = self.convert(&key.unmarked(), &Type::String, expr.span)?;
        let text = key.as_text().map(|text| Arc::clone(&text.text));
        if text.is_none() {
            collected.unknown = Some(key);
            collected.lost = true;
        }
        Ok(text)
    }
}

/// The tuple or object of the rounds that count.
fn assemble(each: &For, made: Vec<Made>) -> Eval<Val> {
    let Some(key_expr) = &each.key else {
        return Ok(Val::tuple(made.into_iter().map(|made| made.value).collect()));
    };
    let mut entries = Entries::new();
    let mut groups: FxHashMap<Arc<str>, Vec<Val>> = FxHashMap::default();
    for Made { key, value, .. } in made {
        let Some(key) = key else { continue };
        if each.group {
            groups.entry(key).or_default().push(value);
        } else if entries.insert(Arc::clone(&key), value).is_some() {
            return fault(key_expr.span, format!("two elements have the key \"{key}\""));
        }
    }
    entries.extend(groups.into_iter().map(|(key, items)| (key, Val::tuple(items))));
    Ok(Val::object(entries))
}

/// What the loop makes under each combination of its undecided conditions. Terraform knows nothing of it yet.
fn alternatives(each: &For, made: &[Made], undecided: &[Formula]) -> Vec<(Formula, Val)> {
    let combinations = 1_usize << undecided.len();
    let arm = |combination: usize| {
        let holds = |formula: &Formula| match undecided.iter().position(|other| other == formula) {
            Some(at) => combination >> at & 1 == 1,
            None => *formula == Formula::TRUE,
        };
        let parts = undecided.iter().map(|formula| if holds(formula) { formula.clone() } else { formula.negate() });
        let guard = if combination + 1 == combinations { Formula::TRUE } else { Formula::all(parts) };
        let counted = made.iter().filter(|made| holds(&made.exists)).cloned().collect();
        (guard, assemble(each, counted).unwrap_or_else(|fault| choice::impossible(&fault.message)))
    };
    (0..combinations).map(arm).collect()
}
