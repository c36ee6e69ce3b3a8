//! What a rule says of a resource in one world.

use std::sync::Arc;

use crate::{
    aws::answer::Answer,
    engine::Severity,
    source::Span,
    value::{Field, Place, ResourceId, Truth, Unknown, read::Known},
};

/// The answer of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The resource never exists.
    NotDeployed,
    /// The rule has nothing to say of this resource.
    NotApplicable,
    /// As it should be.
    Pass,
    /// Cannot be known before deployment.
    Unknown,
    /// Not as it should be.
    Fail,
}

impl Outcome {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotDeployed => "not-deployed",
            Self::NotApplicable => "not-applicable",
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

/// Another place that matters to a verdict: the key, the policy statement, the variable's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there, in a few words.
    pub label: String,
}

/// An [`Outcome`] with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The answer.
    pub outcome: Outcome,
    /// What is so, in one sentence without a full stop; empty for a pass.
    pub message: String,
    /// The deciding attribute, or where it is missing.
    pub place: Place,
    /// Further places.
    pub related: Vec<Related>,
    /// Why it is unknown.
    pub reasons: Vec<Arc<Unknown>>,
    /// Another severity than the rule's own: on a sensitive table, for instance.
    pub severity: Option<Severity>,
    /// Tables that the verdict is about when the judged resource is none.
    pub concerns: Vec<ResourceId>,
}

impl Verdict {
    fn new(outcome: Outcome, place: Place, message: String) -> Self {
        Self { outcome, message, place, related: Vec::new(), reasons: Vec::new(), severity: None, concerns: Vec::new() }
    }

    /// As it should be; `place` is what shows it.
    pub fn pass(place: &Place) -> Self {
        Self::new(Outcome::Pass, place.clone(), String::new())
    }

    /// Not as it should be.
    pub fn fail(place: &Place, message: impl Into<String>) -> Self {
        Self::new(Outcome::Fail, place.clone(), message.into())
    }

    /// Not to be known, because of `reasons`. The message says what is unknown; the reasons are printed after it.
    pub fn unknown(place: &Place, message: impl Into<String>, reasons: impl IntoIterator<Item = Arc<Unknown>>) -> Self {
        Self { reasons: reasons.into_iter().collect(), ..Self::new(Outcome::Unknown, place.clone(), message.into()) }
    }

    /// Whether a switch that is off (or on, by `default`) when nothing is written is on. `what` is the subject of the
    /// message: `encryption at rest` gives "encryption at rest is off".
    pub fn switched_on(field: &Field<'_>, default: bool, what: &str) -> Self {
        match field.bool() {
            Known::Is(true) => Self::pass(field.place()),
            Known::Absent if default => Self::pass(field.place()),
            Known::Is(false) => Self::fail(field.place(), format!("{what} is off")),
            Known::Absent => Self::fail(field.place(), format!("{what} is not switched on")),
            Known::Unknown(reason) => {
                Self::unknown(field.place(), format!("whether {what} is on cannot be known"), [reason])
            }
        }
    }

    /// A verdict for an answer: its first place, or `place` when it has none, is what is pointed at.
    pub fn of(answer: &Answer, place: &Place, fail: impl Into<String>, unknown: impl Into<String>) -> Self {
        let mut places = answer.places.iter();
        let first = places.next().unwrap_or(place);
        let verdict = match answer.truth {
            Truth::True => Self::pass(first),
            Truth::False => Self::fail(first, fail),
            Truth::Unknown => Self::unknown(first, unknown, answer.reasons.iter().cloned()),
        };
        places.fold(verdict, |verdict, place| verdict.with_related(place.span, "decides this too"))
    }

    /// The rule has nothing to say here.
    pub fn not_applicable() -> Self {
        Self::new(Outcome::NotApplicable, Place::default(), String::new())
    }

    /// Adds a place that matters; nothing when there is no span.
    #[must_use]
    pub fn with_related(mut self, span: Option<Span>, label: impl Into<String>) -> Self {
        self.related.extend(span.map(|span| Related { span, label: label.into() }));
        self
    }

    /// Says which tables the verdict is about.
    #[must_use]
    pub fn concerning(mut self, tables: impl IntoIterator<Item = ResourceId>) -> Self {
        self.concerns.extend(tables);
        self
    }

    /// Reports a failure one step more severe when `sensitive` is certain.
    #[must_use]
    pub fn raised_if(mut self, sensitive: Truth, own: Severity) -> Self {
        if sensitive.is_true() {
            self.severity = Some(own.raised());
        }
        self
    }

    /// The worst of several: fail before unknown before pass. Places of the others that are as bad become related.
    pub fn worst(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let mut worst: Option<Self> = None;
        for verdict in verdicts {
            worst = Some(match worst {
                None => verdict,
                Some(best) if verdict.outcome > best.outcome => verdict,
                Some(best) if verdict.outcome == best.outcome && best.outcome >= Outcome::Unknown => {
                    best.absorb(verdict)
                }
                Some(best) => best,
            });
        }
        worst.unwrap_or_else(Self::not_applicable)
    }

    fn absorb(mut self, other: Self) -> Self {
        if other.place.span != self.place.span {
            self.related.extend(other.place.span.map(|span| Related { span, label: other.message }));
        }
        self.related.extend(other.related);
        self.reasons.extend(other.reasons);
        self.concerns.extend(other.concerns);
        self.severity = self.severity.max(other.severity);
        self
    }
}
