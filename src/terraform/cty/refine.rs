//! Narrowing what is known of a value. In: a value and a bound. Out: the same, narrower, or the one value that is left.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::terraform::cty::{Entries, Kind, Number, Refinement, Type, Unknown, Val, val::normalised};

impl Val {
    /// The same value, said not to be null.
    #[must_use]
    pub fn refine_not_null(self) -> Self {
        self.refine(|refinement| refinement.not_null = true)
    }

    /// The same number, said to lie between the bounds, which are possible themselves.
    #[must_use]
    pub fn refine_number(self, min: Option<Number>, max: Option<Number>) -> Self {
        self.refine(|refinement| {
            // An infinite bound says nothing.
            let finite = |bound: Option<Number>| bound.filter(|number| !number.is_infinite());
            if let Some(min) = finite(min)
                && refinement.min.as_ref().is_none_or(|(known, _)| min > *known)
            {
                refinement.min = Some((min, true));
            }
            if let Some(max) = finite(max)
                && refinement.max.as_ref().is_none_or(|(known, _)| max < *known)
            {
                refinement.max = Some((max, true));
            }
        })
    }

    /// The same string, said to start with `prefix`, less what more text could change of its end.
    #[must_use]
    pub fn refine_prefix(self, prefix: &str) -> Self {
        self.refine_whole_prefix(safe_prefix(prefix))
    }

    /// The same string, said to start with all of `prefix`.
    #[must_use]
    pub fn refine_whole_prefix(self, prefix: impl Into<Arc<str>>) -> Self {
        let prefix = prefix.into();
        self.refine(|refinement| {
            let known = refinement.prefix.as_ref().map_or(0, |known| known.len());
            if prefix.len() > known {
                refinement.prefix = Some(prefix);
            }
        })
    }

    /// The same collection, said to have at least and at most so many elements.
    #[must_use]
    pub fn refine_length(self, min: usize, max: Option<usize>) -> Self {
        self.refine(|refinement| {
            refinement.min_length = refinement.min_length.max(min);
            refinement.max_length = match (refinement.max_length, max) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        })
    }

    fn refine(mut self, change: impl FnOnce(&mut Refinement)) -> Self {
        if let Kind::Unknown(unknown) = &mut self.kind
            && unknown.ty != Type::Dynamic
        {
            let unknown = Arc::make_mut(unknown);
            change(&mut unknown.refinement);
            if let Some(kind) = settled(unknown) {
                self.kind = kind;
            }
        }
        self
    }

    /// What is known of the value, as if it were an unknown.
    pub fn range(&self) -> Refinement {
        let known = Refinement::not_null();
        let sized = |min, max| Refinement { min_length: min, max_length: Some(max), ..Refinement::not_null() };
        match &self.kind {
            Kind::Unknown(unknown) => unknown.refinement.clone(),
            Kind::Null(_) => Refinement::default(),
            Kind::String(text) => Refinement { prefix: Some(Arc::clone(&text.text)), ..known },
            Kind::Number(number) => {
                let bound = (!number.is_infinite()).then(|| (number.clone(), true));
                Refinement { min: bound.clone(), max: bound, ..known }
            }
            Kind::List(_, items) => sized(items.len(), items.len()),
            Kind::Set(_, items) if self.is_wholly_known() || items.len() == 1 => sized(items.len(), items.len()),
            Kind::Map(_, entries) => sized(entries.len(), entries.len()),
            _ => known,
        }
    }
}

/// The value that alone is left by what is known, or a list of known length of unknown elements.
fn settled(unknown: &Unknown) -> Option<Kind> {
    let refinement = &unknown.refinement;
    if !refinement.not_null {
        return None;
    }
    if let (Some((min, true)), Some((max, true))) = (&refinement.min, &refinement.max)
        && min == max
    {
        return Some(Kind::Number(min.clone()));
    }
    if refinement.max_length != Some(refinement.min_length) {
        return None;
    }
    // A list of which only the length is known costs memory: an elements' worth of nothing.
    const MAX_LENGTH: usize = 1024;
    match (&unknown.ty, refinement.min_length) {
        (Type::List(element), length) if length <= MAX_LENGTH => {
            let item = || {
                let mut item = Val::unknown((**element).clone());
                if let Some(why) = &unknown.hint.why {
                    item = item.because(why);
                }
                item
            };
            Some(Kind::List((**element).clone(), Arc::new(std::iter::repeat_with(item).take(length).collect())))
        }
        (Type::Set(element), 0) => Some(Kind::Set((**element).clone(), Arc::default())),
        (Type::Set(element), 1) => {
            Some(Kind::Set((**element).clone(), Arc::new(vec![Val::unknown((**element).clone())])))
        }
        (Type::Map(element), 0) => Some(Kind::Map((**element).clone(), Arc::new(Entries::new()))),
        _ => None,
    }
}

/// The part of a known prefix that text appended to it cannot change: without its last grapheme cluster, unless that
/// is a delimiter that combines with nothing.
pub fn safe_prefix(prefix: &str) -> Arc<str> {
    const DELIMITERS: &str = "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'";
    let prefix = normalised(prefix.into());
    let Some((start, last)) = prefix.grapheme_indices(true).next_back() else {
        return prefix;
    };
    let mut chars = last.chars();
    let ends = matches!((chars.next(), chars.next()), (Some(c), None) if DELIMITERS.contains(c));
    if ends { prefix } else { prefix.get(..start).unwrap_or_default().into() }
}
