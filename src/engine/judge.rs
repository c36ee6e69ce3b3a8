//! Runs rules over resources, each in every world that it tells apart, and merges what it said there.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use rayon::prelude::*;

use crate::{
    aws::{Project, Settings},
    engine::{Context, Outcome, Rule, Severity, Shard, Verdict},
    model::{Problem, ProblemKind, Resource},
    value::{
        DomainValue, Reason, ResourceId, Truth, Unknown, when,
        world::{Explored, Leaf, MAX_WORLDS, World, explore},
    },
};

/// What a rule says of a resource over all worlds.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The rule's id.
    pub rule: &'static str,
    /// The resource.
    pub resource: ResourceId,
    /// The verdict that is reported: the worst of all worlds, with the evidence of one of them.
    pub verdict: Verdict,
    /// In which worlds it holds, in words (`IsProd is false`); `None` when in all.
    pub when: Option<String>,
    /// What holds when every input has its default, if all have one.
    pub default: Option<Outcome>,
    /// How much it matters here.
    pub severity: Severity,
    /// Every world that was told apart.
    pub leaves: Vec<LeafOutcome>,
}

/// The outcome in one world.
#[derive(Clone, Debug)]
pub struct LeafOutcome {
    /// What holds.
    pub outcome: Outcome,
    /// Decided inputs by key.
    pub inputs: Vec<(Arc<str>, DomainValue)>,
    /// Named conditions that were looked at: name and truth.
    pub conditions: Vec<(Arc<str>, bool)>,
}

/// All judgements of a run, in the order of resources and rules.
#[derive(Debug, Default)]
pub struct Judged {
    /// One per rule and resource of a type that the rule judges.
    pub judgements: Vec<Judgement>,
    /// Rules that failed themselves.
    pub problems: Vec<Problem>,
}

/// Judges every resource of the project, or of a part of its stacks, by every rule that knows its type.
pub fn judge(project: &Project, rules: &[&'static Rule], settings: &Settings, shard: Option<Shard>) -> Judged {
    let is_in_part = |resource: &&Resource| shard.is_none_or(|shard| shard.holds(&resource.id.stack));
    let resources: Vec<&Resource> = project.resources().filter(is_in_part).collect();
    let results: Vec<Judged> = resources
        .par_iter()
        .map(|resource| {
            let mut judged = Judged::default();
            for rule in rules.iter().filter(|rule| rule.kinds.iter().any(|kind| resource.is(kind))) {
                match judge_resource(rule, resource, project, settings) {
                    Ok(judgement) => judged.judgements.push(judgement),
                    Err(problem) => judged.problems.push(problem),
                }
            }
            judged
        })
        .collect();
    let mut all = Judged::default();
    for mut result in results {
        all.judgements.append(&mut result.judgements);
        all.problems.append(&mut result.problems);
    }
    all
}

/// Judges one resource by one rule.
///
/// # Errors
/// A problem that names the rule, when the rule panics.
pub fn judge_resource(
    rule: &'static Rule,
    resource: &Resource,
    project: &Project,
    settings: &Settings,
) -> Result<Judgement, Problem> {
    let explored = catch_unwind(AssertUnwindSafe(|| {
        explore(project.scope(resource), MAX_WORLDS, |world| verdict_in(world, rule, resource, project, settings))
    }))
    .map_err(|_| {
        let message = format!("the rule {} failed on {}; its result is missing", rule.id, resource.id.address);
        Problem::at(ProblemKind::Error, Problem::INTERNAL, message, resource.header)
    })?;
    Ok(conclude(rule, resource, project, &explored))
}

/// What a rule says of a resource, from what it said in each world.
pub fn conclude(
    rule: &'static Rule,
    resource: &Resource,
    project: &Project,
    explored: &Explored<Verdict>,
) -> Judgement {
    let mut judgement = merge(rule, resource, project, &explored.leaves);
    if explored.cut {
        let bound = Unknown::new(
            Reason::Budget,
            format!("more than {MAX_WORLDS} combinations of inputs, the rest was not tried"),
        );
        judgement.verdict.reasons.push(Arc::new(bound));
        if judgement.verdict.outcome < Outcome::Unknown {
            judgement.verdict.outcome = Outcome::Unknown;
            judgement.verdict.message = "depends on too many undecided inputs to be decided".to_owned();
        }
    }
    judgement
}

fn verdict_in<'a>(
    world: &'a World<'a>,
    rule: &Rule,
    resource: &'a Resource,
    project: &'a Project,
    settings: &'a Settings,
) -> Verdict {
    let verdict = if world.truth(&resource.exists) == Truth::False {
        Verdict { outcome: Outcome::NotDeployed, ..Verdict::not_applicable() }
    } else {
        (rule.check)(resource, &Context { project, world, settings })
    };
    world.assume(project.stack_of(resource).map(|stack| &*stack.assumptions).unwrap_or_default());
    verdict
}

fn merge(rule: &'static Rule, resource: &Resource, project: &Project, leaves: &[Leaf<Verdict>]) -> Judgement {
    let outcome = leaves.iter().map(|leaf| leaf.result.outcome).max().unwrap_or(Outcome::NotDeployed);
    let mut worst: Vec<&Leaf<Verdict>> = leaves.iter().filter(|leaf| leaf.result.outcome == outcome).collect();
    // The default deployment explains best; otherwise the first world.
    worst.sort_by_key(|leaf| !leaf.is_default);
    let mut verdict =
        worst.first().map_or_else(|| Verdict { outcome, ..Verdict::not_applicable() }, |leaf| leaf.result.clone());
    verdict.severity = worst.iter().filter_map(|leaf| leaf.result.severity).max();
    let deployed = leaves.iter().filter(|leaf| leaf.result.outcome != Outcome::NotDeployed);
    let others: Vec<&Leaf<Verdict>> = deployed.filter(|leaf| leaf.result.outcome != outcome).collect();
    let when =
        (outcome >= Outcome::Unknown && !others.is_empty()).then(|| when::phrase(&worst, &others, project.variables()));
    Judgement {
        rule: rule.id,
        resource: resource.id.clone(),
        severity: verdict.severity.unwrap_or(rule.severity),
        verdict,
        when,
        default: leaves.iter().find(|leaf| leaf.is_default).map(|leaf| leaf.result.outcome),
        leaves: leaves.iter().map(|leaf| leaf_outcome(leaf, project)).collect(),
    }
}

fn leaf_outcome(leaf: &Leaf<Verdict>, project: &Project) -> LeafOutcome {
    LeafOutcome {
        outcome: leaf.result.outcome,
        inputs: leaf
            .decisions
            .iter()
            .map(|decision| (Arc::clone(&decision.key), decision.value(project.variables())))
            .collect(),
        conditions: leaf.named.iter().map(|(_, name, truth)| (Arc::clone(name), *truth)).collect(),
    }
}
