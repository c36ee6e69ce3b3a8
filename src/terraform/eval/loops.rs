//! `for` expressions.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Binding, Eval, Evaluator, MAX_ELEMENTS, choice, derived, exhausted, fault};
use crate::{
    source::Span,
    terraform::{
        cty::{Entries, Kind, Marks, Number, Type, Val},
        syntax::For,
    },
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

/// What a `for` collects.
#[derive(Default)]
struct Collected {
    items: Vec<Val>,
    entries: Entries,
    groups: FxHashMap<Arc<str>, Vec<Val>>,
    marks: Marks,
    /// Which elements or keys there are depends on this unknown.
    unknown: Option<Val>,
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
        let Some(elements) = elements(collection) else {
            return Ok(derived(Val::dynamic(), &[collection]).marked(collection.marks));
        };
        let mut collected = Collected { marks: collection.marks, ..Collected::default() };
        for (round, Element { key, value }) in elements.into_iter().enumerate() {
            let key = each.key_name.as_deref().map(|name| (name, key));
            self.bind(key, (&each.value_name, value), round, |inner| inner.round(each, &mut collected))?;
        }
        let Collected { items, mut entries, groups, marks, unknown } = collected;
        let result = match unknown {
            Some(unknown) => derived(Val::dynamic(), &[&unknown]),
            None if each.key.is_some() => {
                entries.extend(groups.into_iter().map(|(key, items)| (key, Val::tuple(items))));
                Val::object(entries)
            }
            None => Val::tuple(items),
        };
        Ok(result.marked(marks).at(Some(span)))
    }

    fn round(&self, each: &For, collected: &mut Collected) -> Eval<()> {
        if let Some(condition) = &each.condition {
            let included = self.eval(condition)?;
            if included.is_null() {
                return fault(condition.span, "the condition is null");
            }
            let included = self.convert(&included, &Type::Bool, condition.span)?;
            collected.marks |= included.marks;
            match included.as_bool() {
                Some(true) => {}
                Some(false) => return Ok(()),
                None => {
                    collected.unknown = Some(included);
                    return Ok(());
                }
            }
        }
        let made = self.budget.elements.get() + 1;
        self.budget.elements.set(made);
        if made > MAX_ELEMENTS {
            return exhausted(each.value.span, format!("loops make more than {MAX_ELEMENTS} elements"));
        }
        let Some(key_expr) = &each.key else {
            collected.items.push(self.eval(&each.value)?);
            return Ok(());
        };
        let key = self.eval(key_expr)?;
        if key.is_null() {
            return fault(key_expr.span, "the key is null");
        }
        collected.marks |= key.marks;
        let key = self.convert(&key.unmarked(), &Type::String, key_expr.span)?;
        let value = self.eval(&each.value)?;
        let Some(text) = key.as_text().map(|text| Arc::clone(&text.text)) else {
            collected.unknown = Some(key);
            return Ok(());
        };
        if each.group {
            collected.groups.entry(text).or_default().push(value);
        } else if collected.entries.insert(Arc::clone(&text), value).is_some() {
            return fault(key_expr.span, format!("two elements have the key \"{text}\""));
        }
        Ok(())
    }
}
