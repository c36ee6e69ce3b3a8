//! One assignment of the undecided inputs, found while a rule reads. A rule is written as if every value were
//! plain: when it reads a choice, the world decides the variables in the way, and [`explore`] runs the rule
//! again for each other decision. Only what the rule looks at is split.

use std::{
    cell::RefCell,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use rustc_hash::FxHashMap;

use crate::value::{Choice, DomainValue, Formula, Kind, Truth, Unknown, Value, Variables};

/// How many worlds [`explore`] visits at most.
pub const MAX_WORLDS: usize = 1024;

/// A decision of a world: which value of its domain a variable has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Key of the variable.
    pub key: Arc<str>,
    /// Index into its domain.
    pub choice: usize,
    size: usize,
}

impl Decision {
    /// The value that the variable has by this decision.
    pub fn value(&self, variables: &Variables) -> DomainValue {
        match variables.get(&self.key) {
            Some(variable) => variable.domain.get(self.choice).cloned().unwrap_or(DomainValue::Other(0)),
            None => DomainValue::Other(0),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    decisions: Vec<Decision>,
    /// Named conditions that were looked at: key, name, truth.
    named: Vec<(Arc<str>, Arc<str>, bool)>,
    /// Conditions that no variable decides.
    undecidable: Vec<Arc<Unknown>>,
    impossible: bool,
}

/// One assignment of the undecided inputs; grows while values are read through it.
pub struct World<'v> {
    variables: &'v Variables,
    /// Decisions that another world has made: what is asked for is decided as there.
    given: Vec<Decision>,
    state: RefCell<State>,
}

impl<'v> World<'v> {
    /// The world in which every variable that is asked for has the first value of its domain.
    pub fn new(variables: &'v Variables) -> Self {
        Self { variables, given: Vec::new(), state: RefCell::default() }
    }

    /// The value behind choices: never [`Kind::Choice`].
    ///
    /// An arm whose guard no variable decides ends the search: `Err` holds what it depends on.
    ///
    /// # Errors
    /// The unknown that the choice depends on.
    pub fn settle<'a>(&self, value: &'a Value) -> Result<&'a Value, Arc<Unknown>> {
        let mut value = value;
        while let Kind::Choice(choice) = &value.kind {
            match self.arm(choice)? {
                Some(arm) => value = arm,
                None => return Ok(ABSENT),
            }
        }
        if let Kind::Unknown(unknown) = &value.kind
            && unknown.reason == crate::value::Reason::Impossible
        {
            self.state.borrow_mut().impossible = true;
        }
        Ok(value)
    }

    fn arm<'a>(&self, choice: &'a Choice) -> Result<Option<&'a Value>, Arc<Unknown>> {
        for (guard, value) in &choice.arms {
            match self.truth(guard) {
                Truth::True => return Ok(Some(value)),
                Truth::False => {}
                Truth::Unknown => {
                    let reason = self.state.borrow().undecidable.last().cloned();
                    return Err(reason
                        .unwrap_or_else(|| Arc::new(Unknown::new(crate::value::Reason::Unsupported, "condition"))));
                }
            }
        }
        Ok(None)
    }

    /// As [`World::settle`], but decides nothing: a choice that hangs on an input without decision so far is an `Err`.
    ///
    /// # Errors
    /// The unknown that the choice depends on.
    pub fn glance<'a>(&self, value: &'a Value) -> Result<&'a Value, Arc<Unknown>> {
        let mut value = value;
        while let Kind::Choice(choice) = &value.kind {
            let arms = choice.arms.iter().map(|(guard, value)| (self.glance_truth(guard), value));
            match arms.into_iter().find(|(truth, _)| truth.is_possible()) {
                Some((Truth::True, arm)) => value = arm,
                Some(_) => return Err(Arc::new(Unknown::new(crate::value::Reason::Input, "condition"))),
                None => return Ok(ABSENT),
            }
        }
        Ok(value)
    }

    /// The truth of a condition by what this world has decided so far.
    pub fn glance_truth(&self, formula: &Formula) -> Truth {
        formula.evaluate_within(&|key| self.decided(key), &|_| false, &mut None)
    }

    /// The truth of a condition in this world; decides the variables that stand in the way.
    /// Unknown only when the condition holds something that no variable decides.
    pub fn truth(&self, formula: &Formula) -> Truth {
        let result = loop {
            let mut missing = None;
            let truth = formula.evaluate_within(&|key| self.decided(key), &|key| self.may_decide(key), &mut missing);
            match (truth, missing) {
                (Truth::Unknown, Some(key)) => self.decide(&key),
                (truth, _) => break truth,
            }
        };
        self.note(formula, result);
        result
    }

    /// Inputs of stacks that have nothing to do with the judged one are not decided: what depends on them is unknown.
    fn may_decide(&self, key: &str) -> bool {
        self.variables.contains_key(key)
    }

    /// Marks that nothing is deployed in this world, so that its result does not count.
    pub fn mark_impossible(&self) {
        self.state.borrow_mut().impossible = true;
    }

    /// Marks the world as one that is never deployed when an assumption is false in it. Only assumptions about inputs
    /// that were looked at are: the others hold in some world that agrees with this one.
    pub fn assume(&self, assumptions: &[Formula]) {
        let mut open: Vec<&Formula> = assumptions.iter().collect();
        let is_decided = |key: &str| self.decided(key).is_some();
        while let Some(at) = open.iter().position(|formula| formula.mentions(&is_decided)) {
            if self.truth(open.swap_remove(at)).is_false() {
                return self.mark_impossible();
            }
        }
    }

    /// Whether nothing is deployed in this world.
    pub fn is_impossible(&self) -> bool {
        self.state.borrow().impossible
    }

    /// The decisions so far, in the order in which they were needed.
    pub fn decisions(&self) -> Vec<Decision> {
        self.state.borrow().decisions.clone()
    }

    /// Named conditions that were looked at, with their truth here: key, name, truth.
    pub fn named(&self) -> Vec<(Arc<str>, Arc<str>, bool)> {
        self.state.borrow().named.clone()
    }

    /// Whether every decision is a default that a deployment without arguments would have.
    pub fn is_default(&self) -> bool {
        let state = self.state.borrow();
        state.decisions.iter().all(|decision| {
            decision.choice == 0 && self.variables.get(&decision.key).is_some_and(|variable| variable.has_default)
        })
    }

    /// The variables that this world decides about.
    pub fn variables(&self) -> &'v Variables {
        self.variables
    }

    fn decided(&self, key: &str) -> Option<DomainValue> {
        let state = self.state.borrow();
        let decision = state.decisions.iter().find(|decision| &*decision.key == key)?;
        Some(decision.value(self.variables))
    }

    fn decide(&self, key: &Arc<str>) {
        let size = self.variables.get(key).map_or(2, |variable| variable.domain.len().max(1));
        let choice = self.foreseen(key);
        self.state.borrow_mut().decisions.push(Decision { key: Arc::clone(key), choice, size });
    }

    /// Whether a computation that decided so elsewhere would decide the same here.
    fn leads_to(&self, there: &State) -> bool {
        let here = self.state.borrow();
        there.decisions.iter().all(|decision| {
            let own = here.decisions.iter().find(|own| own.key == decision.key);
            own.map_or_else(|| self.foreseen(&decision.key), |own| own.choice) == decision.choice
        })
    }

    /// What an undecided variable will be, once it is asked for.
    fn foreseen(&self, key: &str) -> usize {
        self.given.iter().find(|given| *given.key == *key).map_or(0, |given| given.choice)
    }

    fn adopt(&self, there: &State) {
        let here = &mut *self.state.borrow_mut();
        for decision in &there.decisions {
            if !here.decisions.iter().any(|own| own.key == decision.key) {
                here.decisions.push(decision.clone());
            }
        }
        for named in &there.named {
            if !here.named.iter().any(|(key, ..)| *key == named.0) {
                here.named.push(named.clone());
            }
        }
        here.undecidable.extend(there.undecidable.iter().cloned());
        here.impossible |= there.impossible;
    }

    fn note(&self, formula: &Formula, truth: Truth) {
        match formula {
            Formula::Named(named) => {
                let mut state = self.state.borrow_mut();
                if !truth.eq(&Truth::Unknown) && !state.named.iter().any(|(key, ..)| *key == named.key) {
                    state.named.push((Arc::clone(&named.key), Arc::clone(&named.name), truth.is_true()));
                }
                drop(state);
                if truth == Truth::Unknown {
                    self.note(&named.formula, truth);
                }
            }
            Formula::Not(inner) => self.note(inner, !truth),
            Formula::All(parts) | Formula::Any(parts) => {
                for part in &**parts {
                    let mut missing = None;
                    let decided = |key: &str| self.decided(key);
                    let truth = part.evaluate_within(&decided, &|key| self.may_decide(key), &mut missing);
                    if missing.is_none() {
                        self.note(part, truth);
                    }
                }
            }
            Formula::Unknown(unknown) => self.state.borrow_mut().undecidable.push(Arc::clone(unknown)),
            Formula::Equals(key, _) | Formula::Same(key, _) if truth == Truth::Unknown => {
                let unknown = Unknown::new(crate::value::Reason::External, Arc::clone(key));
                self.state.borrow_mut().undecidable.push(Arc::new(unknown));
            }
            Formula::Constant(_) | Formula::Equals(..) | Formula::Same(..) => {}
        }
    }

    /// Moves to the next world in depth-first order; `None` after the last.
    fn next(self) -> Option<Self> {
        let mut state = self.state.into_inner();
        loop {
            let last = state.decisions.last_mut()?;
            if last.choice + 1 < last.size {
                last.choice += 1;
                let decisions = state.decisions;
                return Some(Self {
                    variables: self.variables,
                    given: Vec::new(),
                    state: RefCell::new(State { decisions, ..State::default() }),
                });
            }
            state.decisions.pop();
        }
    }
}

static ABSENT: &Value = &Value { kind: Kind::Absent, span: None, trace: None };

/// What [`explore`] found in one world.
pub struct Leaf<T> {
    /// What was computed.
    pub result: T,
    /// The decisions that it rests on.
    pub decisions: Vec<Decision>,
    /// Named conditions that it looked at: key, name, truth.
    pub named: Vec<(Arc<str>, Arc<str>, bool)>,
    /// Whether a deployment without arguments is this world.
    pub is_default: bool,
}

/// The outcome of a computation over all worlds that it told apart.
pub struct Explored<T> {
    /// One leaf per possible world.
    pub leaves: Vec<Leaf<T>>,
    /// Whether the search stopped at its budget, so that worlds are missing.
    pub cut: bool,
}

/// Runs `compute` once for every world that it tells apart, at most `budget` times.
pub fn explore<'v, T>(
    variables: &'v Variables,
    budget: usize,
    mut compute: impl FnMut(&World<'v>) -> T,
) -> Explored<T> {
    let mut leaves = Vec::new();
    let mut world = World::new(variables);
    for _ in 0..budget.max(1) {
        let result = compute(&world);
        if !world.is_impossible() {
            leaves.push(Leaf {
                result,
                decisions: world.decisions(),
                named: world.named(),
                is_default: world.is_default(),
            });
        }
        match world.next() {
            Some(next) => world = next,
            None => return Explored { leaves, cut: false },
        }
    }
    Explored { leaves, cut: true }
}

/// Answers that were worked out in worlds, each with the decisions that it rests on, so that a world which decides
/// the same has the answer at once. All worlds that ask must decide about the same variables.
#[derive(Debug)]
pub struct Memory<T>(Mutex<Vec<(Arc<State>, T)>>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Memory<T> {
    /// What `compute` gives in a world. The world is left as if it had been computed there: with its decisions, and
    /// with the conditions that were looked at.
    pub fn recall<'v>(&self, world: &World<'v>, compute: impl FnOnce(&World<'v>) -> T) -> T {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().iter().find(|(state, _)| world.leads_to(state)).cloned();
        if let Some((state, answer)) = found {
            world.adopt(&state);
            return answer;
        }
        let given = world.decisions().into_iter().chain(world.given.iter().cloned()).collect();
        let inner = World { variables: world.variables, given, state: RefCell::default() };
        let answer = compute(&inner);
        let state = Arc::new(inner.state.into_inner());
        world.adopt(&state);
        known().push((state, answer.clone()));
        answer
    }
}

/// A [`Memory`] for each of several questions.
#[derive(Debug)]
pub struct Memories<K, T>(Mutex<FxHashMap<K, Arc<Memory<T>>>>);

impl<K, T> Default for Memories<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, T: Clone> Memories<K, T> {
    /// [`Memory::recall`] for one question.
    pub fn recall<'v>(&self, key: &K, world: &World<'v>, compute: impl FnOnce(&World<'v>) -> T) -> T {
        let memory = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match known.get(key) {
                Some(memory) => Arc::clone(memory),
                None => Arc::clone(known.entry(key.clone()).or_default()),
            }
        };
        memory.recall(world, compute)
    }
}
