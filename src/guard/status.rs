//! Kleene's logic for the three statuses of Guard: a status is the set of those that are possible, as long as something
//! is not known. Every rule that combines statuses takes the greatest in some order, so that sets are combined element by
//! element, and a set of one is what the original engine says.

use std::{rc::Rc, sync::Arc};

use crate::{guard::node::Spot, value::Unknown};

/// How many reasons of an unknown status are kept.
const MAX_REASONS: usize = 8;

/// The statuses that are possible; never none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(u8);

impl Status {
    /// It holds.
    pub const PASS: Self = Self(1);
    /// It does not hold.
    pub const FAIL: Self = Self(2);
    /// There is nothing to judge.
    pub const SKIP: Self = Self(4);
    /// It holds or not.
    pub const OPEN: Self = Self(3);
    /// Not even that something is there.
    const NOTHING: u8 = 8;

    /// Either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one of these is possible.
    pub fn may_be(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether something else than these is possible.
    pub fn may_differ(self, other: Self) -> bool {
        self.0 & !other.0 != 0
    }
}

/// A failure, or what may be one.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Whether it is certain.
    pub certain: bool,
    /// Where.
    pub place: Rc<Spot>,
    /// What is missing below the place.
    pub rest: String,
    /// What the author of the policy says of it.
    pub message: Option<Arc<str>>,
    /// The clause.
    pub clause: Arc<str>,
    /// Why it is not certain.
    pub reasons: Vec<Arc<Unknown>>,
}

impl Evidence {
    /// Makes it a possible failure.
    fn weaken(&mut self, reasons: &[Arc<Unknown>]) {
        self.certain = false;
        add_reasons(&mut self.reasons, reasons);
    }
}

fn add_reasons(to: &mut Vec<Arc<Unknown>>, reasons: &[Arc<Unknown>]) {
    for reason in reasons {
        let known = |other: &Arc<Unknown>| {
            (other.reason, &other.subject, other.span) == (reason.reason, &reason.subject, reason.span)
        };
        if to.len() < MAX_REASONS && !to.iter().any(known) {
            to.push(Arc::clone(reason));
        }
    }
}

/// A status with what led to it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The status.
    pub status: Status,
    /// Failures, certain only when the status is.
    pub evidence: Vec<Evidence>,
    /// Why the status is not certain.
    pub reasons: Vec<Arc<Unknown>>,
}

impl Judged {
    /// A status without more.
    pub fn new(status: Status) -> Self {
        Self { status, evidence: Vec::new(), reasons: Vec::new() }
    }

    /// What holds if the conditions do, and nothing otherwise.
    #[must_use]
    pub fn given(mut self, conditions: &Self) -> Self {
        if conditions.status.may_differ(Status::PASS) {
            self.status = self.status.or(Status::SKIP);
            add_reasons(&mut self.reasons, &conditions.reasons);
            self.evidence.iter_mut().for_each(|evidence| evidence.weaken(&conditions.reasons));
        }
        self
    }
}

/// Which status wins when several are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A failure fails all.
    All,
    /// A pass is enough.
    Any,
}

impl Order {
    fn rank(self, status: u8) -> u8 {
        match (self, status) {
            (_, Status::NOTHING) => 0,
            (_, 4) => 1,
            (Self::All, 1) | (Self::Any, 2) => 2,
            _ => 3,
        }
    }

    fn greatest(self, a: u8, b: u8) -> u8 {
        let bits = [1, 2, 4, Status::NOTHING];
        let pairs = bits
            .iter()
            .filter(|x| a & **x != 0)
            .flat_map(|x| bits.iter().filter(|y| b & **y != 0).map(move |y| (x, y)));
        pairs.fold(0, |set, (x, y)| set | if self.rank(*x) >= self.rank(*y) { *x } else { *y })
    }
}

/// Combines statuses.
pub struct Fold {
    order: Order,
    set: u8,
    evidence: Vec<Evidence>,
    reasons: Vec<Arc<Unknown>>,
}

impl Fold {
    /// Nothing yet.
    pub fn new(order: Order) -> Self {
        Self { order, set: Status::NOTHING, evidence: Vec::new(), reasons: Vec::new() }
    }

    /// Adds a status; with `maybe`, that of something which may not be there.
    pub fn add(&mut self, mut judged: Judged, maybe: Option<&Arc<Unknown>>) {
        let mut set = judged.status.0;
        if let Some(reason) = maybe {
            set |= Status::NOTHING;
            let reason = std::slice::from_ref(reason);
            judged.evidence.iter_mut().for_each(|evidence| evidence.weaken(reason));
            add_reasons(&mut self.reasons, reason);
        }
        self.set = self.order.greatest(self.set, set);
        self.evidence.append(&mut judged.evidence);
        add_reasons(&mut self.reasons, &judged.reasons);
    }

    /// The whole, which is `empty` if there was nothing.
    pub fn finish(mut self, empty: Status) -> Judged {
        let mut status = Status(self.set & !Status::NOTHING);
        if self.set & Status::NOTHING != 0 {
            status = status.or(empty);
        }
        if !status.may_be(Status::FAIL) {
            self.evidence.clear();
        } else if status != Status::FAIL {
            self.evidence.iter_mut().for_each(|evidence| evidence.weaken(&self.reasons));
        }
        if status.0.is_power_of_two() {
            self.reasons.clear();
        }
        Judged { status, evidence: self.evidence, reasons: self.reasons }
    }
}
