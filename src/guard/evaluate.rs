//! Evaluates rules over a document (`eval.rs` of the original engine), with bounded work. In: a policy and a document.
//! Out: for each rule its possible statuses, the evidence, and the resources that it was about.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
    sync::Arc,
};

use rustc_hash::FxHashMap;

use crate::guard::{
    compare::{self, Compared, Outcome},
    document::Document,
    functions,
    node::{Fields, Node, Shape, Spot},
    query::Found,
    status::{Evidence, Fold, Judged, Order, Status},
    syntax::{Block, Clause, Conjunction, EachBlock, Let, Operand, Operator, Part, Policy, RuleBody, RuleCall, Test},
};

/// How many steps a rule may take on a stack, in all worlds together.
pub const MAX_STEPS: usize = 20_000_000;

/// How deep rules may call rules, and blocks stand in blocks.
pub const MAX_CALLS: usize = 100;

/// Why a rule has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The policy asks for something that makes no sense, in words.
    Wrong(String),
    /// A bound was reached, in words.
    Budget(String),
}

impl Stop {
    /// The policy is wrong.
    pub fn wrong(message: impl Into<String>) -> Self {
        Self::Wrong(message.into())
    }
}

/// A result of evaluation.
pub type Result<T> = std::result::Result<T, Stop>;

/// What variables stand for where a clause is evaluated.
pub struct Scope<'s, 'a> {
    parent: Option<&'s Scope<'s, 'a>>,
    /// The value that queries start from.
    pub root: Node<'a>,
    lets: &'a [Let],
    parameters: FxHashMap<&'a str, Vec<Found<'a>>>,
    resolved: RefCell<FxHashMap<&'a str, Vec<Found<'a>>>>,
}

impl<'s, 'a> Scope<'s, 'a> {
    fn new(parent: Option<&'s Scope<'s, 'a>>, root: Node<'a>, lets: &'a [Let]) -> Self {
        Self { parent, root, lets, parameters: FxHashMap::default(), resolved: RefCell::default() }
    }

    /// The same variables, with queries from another value.
    pub fn at(&'s self, root: Node<'a>) -> Self {
        Self::new(Some(self), root, &[])
    }
}

/// Evaluates the rules of a policy over a document.
pub struct Evaluator<'w, 'a> {
    /// The document.
    pub document: Document<'w, 'a>,
    policy: &'a Policy,
    root: Scope<'a, 'a>,
    captured: RefCell<FxHashMap<&'a str, Vec<Found<'a>>>>,
    statuses: RefCell<FxHashMap<&'a str, Judged>>,
    /// Steps taken on the stack so far, here and in other worlds.
    steps: &'w Cell<usize>,
    calls: Cell<usize>,
    touched: RefCell<BTreeSet<usize>>,
    /// Resources of a type that a filter asks for, whether or not the rest of it holds.
    typed: RefCell<BTreeSet<usize>>,
    /// How many filters are being asked; what they look at is not what the rule is about.
    filters: Cell<usize>,
}

impl<'w, 'a> Evaluator<'w, 'a> {
    /// Nothing is evaluated yet.
    pub fn new(policy: &'a Policy, document: Document<'w, 'a>, steps: &'w Cell<usize>) -> Self {
        let root = Scope::new(None, document.root(), &policy.lets);
        Self {
            document,
            policy,
            root,
            captured: RefCell::default(),
            statuses: RefCell::default(),
            steps,
            calls: Cell::new(0),
            touched: RefCell::default(),
            typed: RefCell::default(),
            filters: Cell::new(0),
        }
    }

    /// Evaluates a rule of the policy, and gives the resources that it was about.
    ///
    /// # Errors
    /// When the rule makes no sense or does not come to an end.
    pub fn run(&self, rule: &'a RuleBody) -> Result<(Judged, BTreeSet<usize>)> {
        self.calls.set(0);
        let judged = self.rule(rule, &self.root)?;
        let (touched, typed) = (self.touched.take(), self.typed.take());
        // A rule that only forbids what a filter finds is about those that it might find.
        Ok((judged, if touched.is_empty() { typed } else { touched }))
    }

    /// Counts a step.
    pub fn step(&self) -> Result<()> {
        self.spend(1)
    }

    fn spend(&self, steps: usize) -> Result<()> {
        self.steps.set(self.steps.get().saturating_add(steps));
        if self.steps.get() > MAX_STEPS {
            return Err(Stop::Budget(format!("takes more than {MAX_STEPS} steps")));
        }
        Ok(())
    }

    /// Notes that a rule is about the resource of a value.
    pub fn touch(&self, node: &Node<'a>) {
        if self.filters.get() == 0 {
            self.touched.borrow_mut().extend(node.place.owner);
        }
    }

    /// Whether a value satisfies a filter.
    pub fn filtering(&self, clauses: &'a Conjunction, scope: &Scope<'_, 'a>) -> Result<Judged> {
        self.filters.set(self.filters.get() + 1);
        let judged = self.nested(|| self.conjunction(clauses, scope));
        self.filters.set(self.filters.get() - 1);
        if let (Shape::Map(Fields::Resource(at)), 0) = (&scope.root.shape, self.filters.get())
            && let Some(alternatives) = clauses.iter().find(|alternatives| alternatives.iter().all(asks_type))
        {
            self.filters.set(1);
            let of_type = alternatives.iter().map(|clause| self.clause(clause, scope)).collect::<Result<Vec<_>>>();
            self.filters.set(0);
            if of_type?.iter().any(|judged| judged.status == Status::PASS) {
                self.typed.borrow_mut().insert(*at);
            }
        }
        judged
    }

    /// Adds a key to what a variable of the file has collected.
    pub fn capture(&self, name: &'a Arc<str>, key: Node<'a>) {
        self.captured.borrow_mut().entry(name).or_default().push(Found::node(key));
    }

    fn nested<T>(&self, part: impl FnOnce() -> Result<T>) -> Result<T> {
        let calls = self.calls.get() + 1;
        if calls > MAX_CALLS {
            return Err(Stop::Budget(format!("calls rules or opens blocks more than {MAX_CALLS} deep")));
        }
        self.calls.set(calls);
        let result = part();
        self.calls.set(calls - 1);
        result
    }

    /// What a variable stands for.
    pub fn variable(&self, name: &'a str, scope: &Scope<'_, 'a>) -> Result<Vec<Found<'a>>> {
        self.step()?;
        let mut level = Some(scope);
        while let Some(scope) = level {
            if let Some(found) = scope.parameters.get(name) {
                return Ok(found.clone());
            }
            if let Some(assignment) = scope.lets.iter().rev().find(|assignment| &*assignment.name == name) {
                let known = scope.resolved.borrow().get(name).cloned();
                let found = match known {
                    Some(found) => found,
                    None => {
                        let found = self.nested(|| self.assigned(&assignment.value, scope))?;
                        scope.resolved.borrow_mut().insert(name, found.clone());
                        found
                    }
                };
                found.iter().filter_map(|found| found.value.as_ref().ok()).for_each(|node| self.touch(node));
                return Ok(found);
            }
            level = scope.parent;
        }
        match self.captured.borrow().get(name) {
            Some(found) => Ok(found.clone()),
            None => Err(Stop::Wrong(format!("no variable is called %{name}"))),
        }
    }

    fn assigned(&self, value: &'a Operand, scope: &Scope<'_, 'a>) -> Result<Vec<Found<'a>>> {
        let mut found = self.operand(value, scope)?;
        if let Operand::Query(query) = value
            && !query.all
        {
            found.retain(|found| found.value.is_ok() && !found.literal);
        }
        Ok(found)
    }

    /// What a value, a query or a function gives.
    pub fn operand(&self, operand: &'a Operand, scope: &Scope<'_, 'a>) -> Result<Vec<Found<'a>>> {
        match operand {
            Operand::Literal(literal) => Ok(vec![Found::literal(Node::literal(literal))]),
            Operand::Query(query) => self.query(query, scope),
            Operand::Call(function, arguments) => {
                let arguments: Vec<_> =
                    arguments.iter().map(|argument| self.operand(argument, scope)).collect::<Result<_>>()?;
                let made = functions::call(*function, &arguments)?;
                Ok(made.into_iter().map(Found::node).collect())
            }
        }
    }

    fn rule(&self, rule: &'a RuleBody, scope: &Scope<'_, 'a>) -> Result<Judged> {
        let block = |scope: &Scope<'_, 'a>| self.block(&rule.block, scope);
        self.when(rule.conditions.as_ref(), scope, block)
    }

    fn when(
        &self,
        conditions: Option<&'a Conjunction>,
        scope: &Scope<'_, 'a>,
        then: impl FnOnce(&Scope<'_, 'a>) -> Result<Judged>,
    ) -> Result<Judged> {
        let Some(conditions) = conditions else { return then(scope) };
        let held = self.conjunction(conditions, scope)?;
        if !held.status.may_be(Status::PASS) {
            return Ok(Judged::new(Status::SKIP));
        }
        Ok(then(scope)?.given(&held))
    }

    fn block(&self, block: &'a Block, scope: &Scope<'_, 'a>) -> Result<Judged> {
        let inner = Scope::new(Some(scope), scope.root.clone(), &block.lets);
        self.nested(|| self.conjunction(&block.clauses, &inner))
    }

    /// Clauses that must all hold, each with its alternatives.
    pub fn conjunction(&self, clauses: &'a Conjunction, scope: &Scope<'_, 'a>) -> Result<Judged> {
        let mut all = Fold::new(Order::All);
        for alternatives in clauses {
            let mut any = Fold::new(Order::Any);
            for clause in alternatives {
                let judged = self.clause(clause, scope)?;
                let holds = judged.status == Status::PASS;
                any.add(judged, None);
                if holds {
                    break;
                }
            }
            all.add(any.finish(Status::SKIP), None);
        }
        Ok(all.finish(Status::SKIP))
    }

    fn clause(&self, clause: &'a Clause, scope: &Scope<'_, 'a>) -> Result<Judged> {
        self.step()?;
        match clause {
            Clause::Test(test) if test.operator.is_binary() => self.binary(test, scope),
            Clause::Test(test) => self.unary(test, scope),
            Clause::Rule(rule) => {
                let judged = self.nested(|| self.status_of(&rule.name))?;
                Ok(named(judged, rule.negated, &rule.name, rule.message.as_ref()))
            }
            Clause::Call(call) => self.nested(|| self.call(call, scope)),
            Clause::Each(each) => self.each(each, scope),
            Clause::When(conditions, block) => self.when(Some(conditions), scope, |scope| self.block(block, scope)),
            Clause::Type(block) => self.when(block.conditions.as_ref(), scope, |scope| {
                let mut all = Fold::new(Order::All);
                for found in self.query(&block.query, scope)? {
                    let Ok(node) = found.value else {
                        return Err(Stop::wrong("a type block needs `Resources`"));
                    };
                    self.touch(&node);
                    all.add(self.block(&block.block, &scope.at(node))?, found.maybe.as_ref());
                }
                Ok(all.finish(Status::SKIP))
            }),
        }
    }

    /// The status of a rule by name; of several with one name, the first that does not skip.
    fn status_of(&self, name: &'a str) -> Result<Judged> {
        if let Some(known) = self.statuses.borrow().get(name) {
            return Ok(known.clone());
        }
        let mut result: Option<Judged> = None;
        for rule in self.policy.rules.iter().filter(|rule| &*rule.name == name) {
            let judged = self.rule(rule, &self.root)?;
            let decided = !judged.status.may_be(Status::SKIP);
            result = Some(match result {
                Some(before) if before.status != Status::SKIP => {
                    let mut either = before;
                    either.status = either.status.or(judged.status);
                    either.evidence.extend(judged.evidence);
                    either
                }
                _ => judged,
            });
            if decided {
                break;
            }
        }
        let Some(judged) = result else { return Err(Stop::Wrong(format!("no rule is called {name}"))) };
        self.statuses.borrow_mut().insert(name, judged.clone());
        Ok(judged)
    }

    fn call(&self, call: &'a RuleCall, scope: &Scope<'_, 'a>) -> Result<Judged> {
        let Some(rule) = self.policy.callable.iter().rev().find(|rule| rule.name == call.name) else {
            return Err(Stop::Wrong(format!("no rule with parameters is called {}", call.name)));
        };
        if rule.parameters.len() != call.arguments.len() {
            let (wanted, given) = (rule.parameters.len(), call.arguments.len());
            return Err(Stop::Wrong(format!("the rule {} has {wanted} parameters, not {given}", rule.name)));
        }
        let mut inner = scope.at(scope.root.clone());
        for (name, argument) in rule.parameters.iter().zip(&call.arguments) {
            let mut found = self.operand(argument, scope)?;
            if matches!(argument, Operand::Literal(_)) {
                found.iter_mut().for_each(|found| found.literal = false);
            }
            inner.parameters.insert(name, found);
        }
        let mut judged = self.rule(rule, &inner)?;
        if let Some(message) = &call.message {
            for evidence in &mut judged.evidence {
                evidence.message.get_or_insert_with(|| Arc::clone(message));
            }
        }
        Ok(judged)
    }

    fn each(&self, each: &'a EachBlock, scope: &Scope<'_, 'a>) -> Result<Judged> {
        let mut fold = Fold::new(order(each.query.all));
        for found in self.query(&each.query, scope)? {
            let judged = match &found.value {
                Ok(node) => {
                    self.touch(node);
                    self.block(&each.block, &scope.at(node.clone()))?
                }
                Err(missing) => {
                    let clause = format!("{} exists", each.text).into();
                    failed(&missing.at, &missing.rest, None, &clause, None)
                }
            };
            fold.add(judged, found.maybe.as_ref());
        }
        Ok(fold.finish(if each.not_empty { Status::FAIL } else { Status::SKIP }))
    }

    fn unary(&self, test: &'a Test, scope: &Scope<'_, 'a>) -> Result<Judged> {
        let found = self.query(&test.query, scope)?;
        // Of a variable or a filter, `empty` asks whether anything was found, not whether what was found is empty.
        let of_selection = matches!(&*test.query.parts, [Part::Variable(_)] | [.., Part::Filter(..) | Part::Keys(..)]);
        let of_selection = of_selection && test.operator == Operator::Empty;
        let flips = test.negated != test.inverted;
        let mut fold = Fold::new(order(test.query.all));
        for found in &found {
            let compared = match (&found.value, of_selection) {
                (Ok(node), true) => match &node.shape {
                    Shape::Null => Compared::Yes,
                    Shape::Unknown(unknown) if !unknown.present => Compared::Unknown(Arc::clone(unknown)),
                    _ => Compared::No,
                },
                (Ok(node), false) => functions::holds(test.operator, node, &self.document)?,
                (Err(_), _) if test.operator == Operator::Empty => Compared::Yes,
                (Err(_), _) => Compared::No,
            };
            let subject = found.value.clone();
            let outcome = Outcome { subject, compared: compared.negated_if(flips), maybe: found.maybe.clone() };
            self.add(&mut fold, &outcome, test);
        }
        if !of_selection {
            return Ok(fold.finish(Status::SKIP));
        }
        let empty = if flips { Status::FAIL } else { Status::PASS };
        if flips && found.is_empty() {
            return Ok(failed(&scope.root, "", test.message.as_ref(), &test.text, None));
        }
        Ok(fold.finish(empty))
    }

    fn binary(&self, test: &'a Test, scope: &Scope<'_, 'a>) -> Result<Judged> {
        let rights = match &test.with {
            Some(operand) => self.operand(operand, scope)?,
            None => Vec::new(),
        };
        let lefts = self.query(&test.query, scope)?;
        self.spend(lefts.len().saturating_mul(rights.len()))?;
        let operator = (test.operator, test.negated);
        let Some(outcomes) = compare::compare(&self.document, operator, &lefts, &rights)? else {
            return Ok(Judged::new(Status::SKIP));
        };
        let mut fold = Fold::new(order(test.query.all));
        for outcome in &outcomes {
            self.add(&mut fold, outcome, test);
        }
        // Nothing to compare, as an empty list has it, fails no demand on all and satisfies none on some.
        let certain = outcomes.is_empty() && lefts.iter().any(|left| left.maybe.is_none());
        let empty = if test.query.all { Status::PASS } else { Status::FAIL };
        if certain && empty == Status::FAIL {
            return Ok(failed(&scope.root, "", test.message.as_ref(), &test.text, None));
        }
        Ok(fold.finish(if certain { empty } else { Status::SKIP }))
    }

    fn add(&self, fold: &mut Fold, outcome: &Outcome<'a>, test: &Test) {
        let (node, rest) = match &outcome.subject {
            Ok(node) => (node, ""),
            Err(missing) => (&missing.at, &*missing.rest),
        };
        self.touch(node);
        let message = test.message.as_ref();
        let judged = match &outcome.compared {
            Compared::Yes => Judged::new(Status::PASS),
            Compared::No | Compared::Not => failed(node, rest, message, &test.text, None),
            Compared::Unknown(unknown) => failed(node, rest, message, &test.text, Some(unknown)),
        };
        fold.add(judged, outcome.maybe.as_ref());
    }
}

/// `Type == …`
fn asks_type(clause: &Clause) -> bool {
    matches!(clause, Clause::Test(test) if matches!(&*test.query.parts, [Part::Key(key)] if &**key == "Type"))
}

fn order(all: bool) -> Order {
    if all { Order::All } else { Order::Any }
}

/// A failure, or what may be one for a reason.
fn failed(
    node: &Node<'_>,
    rest: &str,
    message: Option<&Arc<str>>,
    clause: &Arc<str>,
    unknown: Option<&Arc<crate::value::Unknown>>,
) -> Judged {
    let reasons: Vec<_> = unknown.into_iter().cloned().collect();
    let evidence = Evidence {
        certain: reasons.is_empty(),
        place: Rc::clone(&node.place),
        rest: rest.to_owned(),
        message: message.cloned(),
        clause: Arc::clone(clause),
        reasons: reasons.clone(),
    };
    let status = if reasons.is_empty() { Status::FAIL } else { Status::OPEN };
    Judged { status, evidence: vec![evidence], reasons }
}

/// What a clause that names a rule says: a rule that skips has not passed.
fn named(judged: Judged, negated: bool, name: &Arc<str>, message: Option<&Arc<str>>) -> Judged {
    let (pass, other) = if negated { (Status::FAIL, Status::PASS) } else { (Status::PASS, Status::FAIL) };
    let passes = judged.status.may_be(Status::PASS).then_some(pass);
    let differs = judged.status.may_differ(Status::PASS).then_some(other);
    let status = passes.into_iter().chain(differs).reduce(Status::or).unwrap_or(other);
    let mut evidence = if negated { Vec::new() } else { judged.evidence };
    if evidence.is_empty() && status.may_be(Status::FAIL) {
        let clause = Arc::from(if negated { format!("not {name}") } else { name.to_string() });
        evidence.push(Evidence {
            certain: status == Status::FAIL,
            place: Rc::new(Spot::default()),
            rest: String::new(),
            message: None,
            clause,
            reasons: judged.reasons.clone(),
        });
    }
    for evidence in evidence.iter_mut().filter(|_| message.is_some()) {
        evidence.message = message.cloned();
    }
    let mut fold = Fold::new(Order::All);
    fold.add(Judged { status, evidence, reasons: judged.reasons }, None);
    fold.finish(Status::SKIP)
}
