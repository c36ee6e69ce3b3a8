//! Accepted findings. In: findings of single instances, comments and `Metadata`. Out: the same findings, some with a
//! [`Suppression`], and problems for suppressions that are wrong, expired or unused. `docs/configuration.md` has the
//! forms; peers' skips are honoured through the aliases of rules.

mod directive;
mod metadata;
mod place;

use std::collections::BTreeSet;

use globset::{Glob, GlobMatcher};
use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    aws::Project,
    engine::{Outcome, Rule, is_of_policy},
    finding::{Finding, Suppression},
    model::{Problem, ProblemKind},
    source::{Sources, Span},
};

use directive::{Directive, Named};
use place::{Anchor, Target};

/// How suppressions are read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether skips written for other programs count.
    pub foreign: bool,
    /// The day on which `until=` is judged; nothing expires without one.
    pub today: Option<Date>,
}

impl Default for Options {
    fn default() -> Self {
        Self { foreign: true, today: None }
    }
}

/// A suppression at its place.
struct Placed {
    directive: Directive,
    target: Target,
    globs: Vec<GlobMatcher>,
    used: bool,
}

/// Marks the findings that are accepted. The findings must not be grouped yet: one instance of a block may be accepted
/// and another not. `rules` are those that ran: what names only others is not called unused.
pub fn apply(
    findings: &mut [Finding],
    project: &Project,
    sources: &Sources,
    rules: &[&Rule],
    options: Options,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let found = place::comments(project, sources).into_iter().chain(metadata::of(project, &mut problems));
    let mut placed: Vec<Placed> = found
        .filter(|(directive, _)| options.foreign || directive.is_own())
        .filter_map(|(directive, target)| {
            Some(Placed { globs: valid(&directive, options, &mut problems)?, directive, target, used: false })
        })
        .collect();
    let mut by_anchor: FxHashMap<Anchor, Vec<usize>> = FxHashMap::default();
    for (at, placed) in placed.iter().enumerate() {
        by_anchor.entry(placed.target.anchor()).or_default().push(at);
    }
    for finding in findings.iter_mut().filter(|finding| matches!(finding.outcome, Outcome::Fail | Outcome::Unknown)) {
        let anchors = place::anchors(finding);
        let near: BTreeSet<usize> =
            anchors.iter().filter_map(|anchor| by_anchor.get(anchor)).flatten().copied().collect();
        for at in near {
            let Some(placed) = placed.get_mut(at) else { continue };
            if names(placed, finding.rule) && placed.target.holds(finding, &placed.directive) {
                placed.used = true;
                finding.suppressed.get_or_insert_with(|| placed.directive.suppression());
            }
        }
    }
    // One entry of a template is read once for every stack that the template makes.
    let used: FxHashSet<Span> =
        placed.iter().filter(|placed| placed.used).map(|placed| placed.directive.span).collect();
    problems.extend(
        placed
            .iter()
            .filter(|placed| !used.contains(&placed.directive.span))
            .filter_map(|placed| unused(placed, rules)),
    );
    problems
}

fn names(placed: &Placed, rule: &Rule) -> bool {
    match &placed.directive.names {
        Named::Rules(_) => placed.globs.iter().any(|glob| glob.is_match(rule.id)),
        Named::Aliases(ids) => {
            let means = |id: &str| rule.aliases.iter().any(|alias| bare(alias).eq_ignore_ascii_case(bare(id)));
            ids.iter().any(|id| means(id) || in_pack(id).is_some_and(means))
        }
        Named::EveryAlias => rule
            .aliases
            .iter()
            .any(|alias| bare(alias).get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws-"))),
    }
}

/// The name of a rule of cdk-nag without that of the pack: `HIPAA.Security-DynamoDBPITREnabled`.
fn in_pack(id: &str) -> Option<&str> {
    const PACKS: [&str; 5] = ["HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321", "Serverless"];
    id.split_once('-').filter(|(pack, _)| PACKS.contains(pack)).map(|(_, rule)| rule)
}

/// Trivy's ids are written with and without `AVD-`.
fn bare(id: &str) -> &str {
    id.strip_prefix("AVD-").or(id.strip_prefix("avd-")).unwrap_or(id)
}

/// The globs of a suppression that counts; what is wrong with one that does not.
fn valid(directive: &Directive, options: Options, problems: &mut Vec<Problem>) -> Option<Vec<GlobMatcher>> {
    let mut wrong = |code, message: String| {
        problems.push(Problem::at(ProblemKind::Warning, code, message, directive.span));
        None
    };
    if let Some(mistake) = &directive.mistake {
        return wrong("suppression-syntax", mistake.clone());
    }
    if let (Some(until), Some(today)) = (directive.until, options.today)
        && until < today
    {
        return wrong("suppression-expired", format!("the suppression ended on {until} and no longer counts"));
    }
    if directive.reason.is_empty() {
        return wrong(
            "suppression-without-reason",
            "a suppression counts only with a reason: write it after the brackets".to_owned(),
        );
    }
    let Named::Rules(ids) = &directive.names else { return Some(Vec::new()) };
    let mut globs = Vec::new();
    for id in ids {
        let known = Glob::new(id).ok().map(|glob| glob.compile_matcher());
        match known.filter(|glob| is_of_policy(id) || crate::rules::all().iter().any(|rule| glob.is_match(rule.id))) {
            Some(glob) => globs.push(glob),
            None => {
                return wrong("suppression-syntax", format!("no rule is called `{id}`; `iac-check rules` lists them"));
            }
        }
    }
    Some(globs)
}

/// Peers have more rules than have an alias here, so their skips may well have a use elsewhere.
fn unused(placed: &Placed, rules: &[&Rule]) -> Option<Problem> {
    let concerns = rules.iter().any(|rule| names(placed, rule));
    if !placed.directive.is_own() || !concerns {
        return None;
    }
    let Named::Rules(ids) = &placed.directive.names else { return None };
    let message = format!("nothing here is found by {}: the suppression can be removed", ids.join(", "));
    Some(Problem::at(ProblemKind::Warning, "suppression-unused", message, placed.directive.span))
}

impl Directive {
    fn suppression(&self) -> Suppression {
        Suppression { reason: self.reason.clone(), span: Some(self.span) }
    }
}
