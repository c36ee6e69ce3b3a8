//! Judges stacks by policies. In: policies and a project. Out: judgements like those of our rules, one per rule and
//! resource that it is about. A rule sees the whole stack. First it is evaluated with everything undecided left unknown;
//! then again in each world of a resource whose own conditions matter, while those of others stay unknown. So the work
//! grows with the resources that hang on conditions, not with the product of all conditions.

use std::{
    cell::Cell,
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use rayon::prelude::*;

use crate::{
    aws::Project,
    engine::{self, Judgement, Outcome, Rule, Verdict, conclude},
    guard::{
        document::Document,
        evaluate::{Evaluator, Result, Stop},
        node::Spot,
        policy::{Policies, PolicyFile, parts},
        sections::Sections,
        status::{Evidence, Judged, Status},
        syntax::RuleBody,
    },
    model::{Mode, Problem, ProblemKind, Resource, Stack},
    source::{Sources, Span},
    value::{
        Place, World,
        world::{Explored, Leaf, MAX_WORLDS, explore},
    },
};

/// Judges every stack by every rule that is selected.
pub fn judge(policies: &Policies, selected: &[&'static Rule], project: &Project, sources: &Sources) -> engine::Judged {
    let mut judged = engine::Judged::default();
    if policies.files.is_empty() {
        return judged;
    }
    let sections: Vec<Sections> = project.stacks().par_iter().map(|stack| Sections::of(stack, sources)).collect();
    let pairs: Vec<(&PolicyFile, &Stack, &Sections)> = policies
        .files
        .iter()
        .flat_map(|file| project.stacks().iter().zip(&sections).map(move |(stack, sections)| (file, stack, sections)))
        .collect();
    let results: Vec<engine::Judged> = pairs
        .par_iter()
        .map(|(file, stack, sections)| Bench { file, stack, sections, project }.judge(selected))
        .collect();
    for mut result in results {
        judged.judgements.append(&mut result.judgements);
        judged.problems.append(&mut result.problems);
    }
    judged
}

/// A policy and a stack.
struct Bench<'a> {
    file: &'a PolicyFile,
    stack: &'a Stack,
    sections: &'a Sections,
    project: &'a Project,
}

/// What a rule says of a stack, and the resources that it is about.
type Said = (Judged, BTreeSet<usize>);

impl<'a> Bench<'a> {
    fn judge(&self, selected: &[&'static Rule]) -> engine::Judged {
        let mut judged = engine::Judged::default();
        let rules = self.file.policy.rules.iter().zip(&self.file.rules).zip(&self.file.places);
        for ((body, rule), place) in rules.filter(|((_, rule), _)| selected.iter().any(|one| one.id == rule.id)) {
            let result = catch_unwind(AssertUnwindSafe(|| self.rule(body, rule)));
            let (judgements, stop) = match result {
                Ok(Ok(result)) => result,
                Ok(Err(stop)) => (Vec::new(), Some(stop)),
                Err(_) => {
                    let message = format!("the rule {} failed on {}; its result is missing", rule.id, self.stack.id);
                    judged.problems.push(Problem::at(ProblemKind::Error, Problem::INTERNAL, message, *place));
                    continue;
                }
            };
            judged.judgements.extend(judgements);
            judged.problems.extend(stop.map(|stop| self.problem(rule, *place, &stop)));
        }
        judged
    }

    fn problem(&self, rule: &Rule, place: Span, stop: &Stop) -> Problem {
        let (code, reason) = match stop {
            Stop::Wrong(reason) => ("guard-rule-failed", reason),
            Stop::Budget(reason) => ("guard-budget", reason),
        };
        let message = format!("the rule {} has no full result on {}: {reason}", rule.id, self.stack.id);
        Problem::at(ProblemKind::Error, code, message, place)
    }

    /// The judgements of a rule, and why some may be less certain than they could be.
    fn rule(&self, body: &'a RuleBody, rule: &'static Rule) -> Result<(Vec<Judgement>, Option<Stop>)> {
        let steps = Cell::new(0);
        let world = World::new(self.project.variables());
        let evaluator = Evaluator::new(&self.file.policy, self.document(&world, None), &steps);
        let first = evaluator.run(body)?;
        let met = evaluator.document.take_met();
        let owners = first.0.evidence.iter().filter_map(|evidence| evidence.place.owner);
        let mut about: BTreeSet<usize> = owners.chain(first.1.iter().copied()).chain(met.iter().copied()).collect();
        about.extend(self.anchor(&first));
        let (mut judgements, mut stopped) = (Vec::new(), None);
        for at in about {
            let Some(resource) = self.stack.resources.get(at) else { continue };
            let explored = if met.contains(&at) && stopped.is_none() {
                self.in_worlds(body, rule, resource, at, &steps)
            } else {
                Ok(certain(self.verdict(rule, &first, at, resource)))
            };
            let explored = explored.unwrap_or_else(|stop| {
                stopped = Some(stop);
                certain(self.verdict(rule, &first, at, resource))
            });
            let said = |leaf: &Leaf<Verdict>| leaf.result.outcome > Outcome::NotApplicable;
            if explored.leaves.iter().any(said) {
                judgements.push(conclude(rule, resource, self.project, &explored));
            }
        }
        Ok((judgements, stopped))
    }

    fn document<'w>(&self, world: &'w World<'a>, focus: Option<usize>) -> Document<'w, 'a> {
        Document::new(self.stack, self.sections, world, focus)
    }

    /// What a rule says of a resource in each of its worlds.
    fn in_worlds(
        &self,
        body: &'a RuleBody,
        rule: &Rule,
        resource: &'a Resource,
        at: usize,
        steps: &Cell<usize>,
    ) -> Result<Explored<Verdict>> {
        let mut stopped = None;
        let explored = explore(self.project.scope(resource), MAX_WORLDS, |world| {
            let evaluator = Evaluator::new(&self.file.policy, self.document(world, Some(at)), steps);
            let verdict = if !evaluator.document.exists(at).is_possible() {
                Verdict { outcome: Outcome::NotDeployed, ..Verdict::not_applicable() }
            } else if stopped.is_some() {
                Verdict::not_applicable()
            } else {
                match evaluator.run(body) {
                    Ok(said) => self.verdict(rule, &said, at, resource),
                    Err(stop) => {
                        stopped = Some(stop);
                        Verdict::not_applicable()
                    }
                }
            };
            world.assume(&self.stack.assumptions);
            verdict
        });
        stopped.map_or(Ok(explored), Err)
    }

    /// The resource that stands for the stack, where a clause fails at no resource: the first that the rule is about, or
    /// the first of all.
    fn anchor(&self, (judged, touched): &Said) -> Option<usize> {
        if !judged.evidence.iter().any(|evidence| evidence.place.owner.is_none()) && judged.status != Status::FAIL {
            return None;
        }
        let first = self.stack.resources.iter().position(|resource| resource.mode == Mode::Managed);
        touched.first().copied().or(first)
    }

    fn verdict(&self, rule: &Rule, said: &Said, at: usize, resource: &Resource) -> Verdict {
        let (judged, touched) = said;
        let is_anchor = self.anchor(said) == Some(at);
        let owns = |owner: Option<usize>| owner.map_or(is_anchor, |owner| owner == at);
        let mut own: Vec<&Evidence> = judged.evidence.iter().filter(|one| owns(one.place.owner)).collect();
        let unexplained = Evidence {
            certain: true,
            place: Rc::new(Spot::default()),
            rest: String::new(),
            message: None,
            clause: rule.id.into(),
            reasons: Vec::new(),
        };
        if judged.status == Status::FAIL && judged.evidence.is_empty() && is_anchor {
            own.push(&unexplained);
        }
        let mut verdicts: Vec<Verdict> = own.into_iter().map(|one| verdict(one, resource)).collect();
        verdicts.dedup();
        if !verdicts.is_empty() {
            return Verdict::worst(verdicts);
        }
        if touched.contains(&at) && judged.status.may_be(Status::OPEN) {
            return Verdict::pass(&Place { span: Some(resource.header), ..Place::default() });
        }
        Verdict::not_applicable()
    }
}

/// A verdict that holds in every world.
fn certain(verdict: Verdict) -> Explored<Verdict> {
    let leaf = Leaf { result: verdict, decisions: Vec::new(), named: Vec::new(), is_default: true };
    Explored { leaves: vec![leaf], cut: false }
}

fn verdict(evidence: &Evidence, resource: &Resource) -> Verdict {
    let rest = evidence.rest.strip_prefix("Properties.").unwrap_or(&evidence.rest);
    let dot = if evidence.place.path.is_empty() || rest.is_empty() || rest.starts_with('[') { "" } else { "." };
    let place = Place {
        span: evidence.place.span.or(Some(resource.header)),
        path: format!("{}{dot}{rest}", evidence.place.path),
        written: rest.is_empty(),
        trace: evidence.place.trace.clone(),
    };
    let told = evidence.message.as_deref().map(sentence).filter(|message| !message.is_empty());
    if evidence.certain {
        return Verdict::fail(&place, told.unwrap_or_else(|| format!("`{}` does not hold", evidence.clause)));
    }
    let message = match told {
        Some(told) => format!("whether `{}` holds cannot be known; if not: {told}", evidence.clause),
        None => format!("whether `{}` holds cannot be known", evidence.clause),
    };
    Verdict::unknown(&place, message, evidence.reasons.iter().cloned())
}

/// What is wrong, as one line without a full stop.
fn sentence(message: &str) -> String {
    let line = parts(message).0.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').to_owned()
}
