//! A three-valued answer that keeps its evidence. In: truths with places and reasons. Out: the same, combined so
//! that only what decided the result is kept.

use std::sync::Arc;

use crate::{
    model::Resource,
    value::{Field, Place, ResourceId, Truth, Unknown},
};

/// An answer with what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The answer.
    pub truth: Truth,
    /// The places that decided it.
    pub places: Vec<Place>,
    /// The resources that decided it.
    pub resources: Vec<ResourceId>,
    /// Why it is unknown; empty when it is not.
    pub reasons: Vec<Arc<Unknown>>,
}

impl Answer {
    /// An answer without evidence.
    pub fn new(truth: impl Into<Truth>) -> Self {
        Self { truth: truth.into(), places: Vec::new(), resources: Vec::new(), reasons: Vec::new() }
    }

    /// Unknown, and why.
    pub fn unknown(reason: Arc<Unknown>) -> Self {
        Self { reasons: vec![reason], ..Self::new(Truth::Unknown) }
    }

    /// What a boolean property says, `default` when it is not written.
    pub fn flag(field: &Field<'_>, default: bool) -> Self {
        Self::of(field.is_true(default), field)
    }

    /// A truth that was read from a property.
    pub fn of(truth: Truth, field: &Field<'_>) -> Self {
        let reasons = if truth == Truth::Unknown { field.unknown().into_iter().collect() } else { Vec::new() };
        Self { truth, places: vec![field.place().clone()], resources: Vec::new(), reasons }
    }

    /// The same with one more place.
    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        if !self.places.contains(place) {
            self.places.push(place.clone());
        }
        self
    }

    /// The same with one more resource.
    #[must_use]
    pub fn by(mut self, resource: &Resource) -> Self {
        if !self.resources.contains(&resource.id) {
            self.resources.push(resource.id.clone());
        }
        self
    }

    /// The same with one more reason, if it is unknown.
    #[must_use]
    pub fn because(mut self, reason: Option<Arc<Unknown>>) -> Self {
        if self.truth == Truth::Unknown {
            self.reasons.extend(reason.filter(|reason| !self.reasons.contains(reason)));
        }
        self
    }

    /// Both hold. The evidence is that of the part that decided; of both when they agree.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let truth = self.truth.and(other.truth);
        self.join(other, truth)
    }

    /// At least one holds, with the evidence of what decided.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let truth = self.truth.or(other.truth);
        self.join(other, truth)
    }

    /// All hold; true for none.
    pub fn all(items: impl IntoIterator<Item = Self>) -> Self {
        items.into_iter().reduce(Self::and).unwrap_or_else(|| Self::new(true))
    }

    /// One holds; false for none.
    pub fn any(items: impl IntoIterator<Item = Self>) -> Self {
        items.into_iter().reduce(Self::or).unwrap_or_else(|| Self::new(false))
    }

    fn join(mut self, other: Self, truth: Truth) -> Self {
        match (self.truth == truth, other.truth == truth) {
            (true, true) => {
                let Self { places, resources, reasons, .. } = other;
                extend(&mut self.places, places);
                extend(&mut self.resources, resources);
                extend(&mut self.reasons, reasons);
                self
            }
            (true, false) => self,
            _ => other,
        }
    }
}

impl std::ops::Not for Answer {
    type Output = Self;

    fn not(self) -> Self {
        Self { truth: !self.truth, ..self }
    }
}

fn extend<T: PartialEq>(list: &mut Vec<T>, more: Vec<T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}
