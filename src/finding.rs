//! What is reported. In: judgements, problems and stacks. Out: a [`Report`], filtered, grouped, sorted and counted
//! once, so that the writers only translate.

use std::{collections::BTreeMap, sync::Arc};

use sha2::{Digest, Sha256};

use crate::{
    aws::Project,
    engine::{Judgement, Outcome, Related, Rule, Severity, Shard},
    model::{ModuleCall, Problem, Resource, Stack},
    source::{Sources, Span},
    value::{Place, Trace, Unknown},
};

/// One verdict worth telling, about one resource or all instances of one block.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How much it matters here.
    pub severity: Severity,
    /// Fail, unknown, pass, not applicable.
    pub outcome: Outcome,
    /// What is so, the worlds included: `point-in-time recovery is off when IsProd is false`.
    pub message: String,
    /// The resource's address without instance keys.
    pub address: Arc<str>,
    /// CloudFormation type.
    pub kind: Arc<str>,
    /// Type as written.
    pub source_type: Arc<str>,
    /// Id of the stack.
    pub stack: Arc<str>,
    /// What to underline.
    pub span: Span,
    /// The header of the resource.
    pub header: Span,
    /// Property path of the deciding attribute.
    pub property: String,
    /// In which worlds it holds; `None` when in all.
    pub when: Option<String>,
    /// What holds when every input has its default.
    pub default: Option<Outcome>,
    /// Why it is unknown.
    pub reasons: Vec<Arc<Unknown>>,
    /// Places that matter.
    pub related: Vec<Related>,
    /// The way of the deciding value, nearest first.
    pub trace: Option<Arc<Trace>>,
    /// Keys of the instances that it holds for; empty for a resource without `count` and `for_each`.
    pub instances: Vec<Arc<str>>,
    /// The module calls that lead to the resource, outermost first.
    pub module_calls: Vec<ModuleCall>,
    /// Stable over edits elsewhere: rule, stack, address and property, never lines. 32 hexadecimal digits.
    pub fingerprint: String,
    /// Why it is not counted, when a comment or the configuration says so.
    pub suppressed: Option<Suppression>,
}

impl Finding {
    /// The instances as they stand behind an address: `["a"]`, `[0]`.
    pub fn instance_keys(&self) -> impl Iterator<Item = String> {
        self.instances.iter().map(|key| format!("[{key}]"))
    }
}

/// An accepted finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppression {
    /// What the author wrote.
    pub reason: String,
    /// Where.
    pub span: Option<Span>,
}

/// The row of a table in the overview.
#[derive(Clone, Debug)]
pub struct TableRow {
    /// The table's address, instance key included.
    pub address: Arc<str>,
    /// Id of the stack.
    pub stack: Arc<str>,
    /// The header of the table.
    pub span: Span,
    /// One cell per [`COLUMNS`]; `None` when no rule of the column judged the table.
    pub cells: Vec<Option<Outcome>>,
}

/// Columns of the overview: heading, and the rules whose worst outcome for the table is the cell.
pub const COLUMNS: [(&str, &[&str]); 7] = [
    ("encryption key", &["dynamodb/customer-managed-key"]),
    ("PITR", &["dynamodb/point-in-time-recovery"]),
    ("deletion protection", &["dynamodb/deletion-protection"]),
    ("backup", &["dynamodb/backup-plan"]),
    ("endpoint", &["network/dynamodb-endpoint", "network/endpoint-route-tables"]),
    ("audit", &["cloudtrail/dynamodb-data-events"]),
    (
        "access",
        &[
            "iam/leading-keys-bypass",
            "iam/dynamodb-wildcard-action",
            "iam/dynamodb-wildcard-resource",
            "iam/read-only-role-writes",
            "dynamodb/resource-policy-public",
        ],
    ),
];

/// Numbers of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files read.
    pub files: usize,
    /// Stacks found.
    pub stacks: usize,
    /// Resources resolved.
    pub resources: usize,
    /// Reported failures by severity.
    pub failures: BTreeMap<Severity, usize>,
    /// Unknown verdicts, reported or not.
    pub unknown: usize,
    /// Passed verdicts, reported or not.
    pub passed: usize,
    /// Suppressed findings.
    pub suppressed: usize,
}

/// A stack as a report names it.
#[derive(Clone, Debug)]
pub struct StackSummary {
    /// Its id.
    pub id: Arc<str>,
    /// Folder or file, relative to the root.
    pub path: Arc<str>,
    /// What it was read from.
    pub kind: crate::model::StackKind,
    /// A name that people know it by.
    pub name: Option<Arc<str>>,
    /// How many resources it has.
    pub resources: usize,
}

/// Everything that a writer needs.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The findings to write, sorted by file, place and rule; suppressed ones included and marked.
    pub findings: Vec<Finding>,
    /// What is wrong with the input, sorted by place.
    pub problems: Vec<Problem>,
    /// One row per DynamoDB table.
    pub tables: Vec<TableRow>,
    /// The stacks.
    pub stacks: Vec<StackSummary>,
    /// Rules that ran.
    pub rules: Vec<&'static Rule>,
    /// Numbers.
    pub counts: Counts,
    /// Whether `--fail-on` is met.
    pub failed: bool,
    /// The part of the stacks that was judged, when not all were.
    pub shard: Option<Shard>,
    /// Who reaches which table, when it was asked for.
    pub access: Option<crate::aws::iam::survey::Survey>,
}

/// Which findings are reported.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Outcomes that are reported.
    pub outcomes: Vec<Outcome>,
    /// Failures below this are left out.
    pub min_severity: Severity,
}

/// Turns judgements into findings, one each. Every outcome is kept; [`is_wanted`] tells what was asked for.
pub fn findings(project: &Project, rules: &[&'static Rule], judgements: Vec<Judgement>) -> Vec<Finding> {
    let by_id: BTreeMap<&str, &'static Rule> = rules.iter().map(|rule| (rule.id, *rule)).collect();
    let of = |judgement: Judgement| {
        let resource = project.resource(&judgement.resource)?;
        Some(finding(by_id.get(judgement.rule)?, resource, judgement))
    };
    judgements.into_iter().filter_map(of).collect()
}

/// Instances of one block that agree become one finding; accepted ones stay apart from those that are not.
pub fn group(findings: Vec<Finding>) -> Vec<Finding> {
    let mut grouped: BTreeMap<_, Finding> = BTreeMap::new();
    for finding in findings {
        let key = (
            Arc::clone(&finding.stack),
            Arc::clone(&finding.address),
            finding.rule.id,
            finding.outcome,
            finding.span,
            finding.message.clone(),
            finding.suppressed.clone(),
        );
        match grouped.get_mut(&key) {
            Some(first) => {
                first.instances.extend(finding.instances);
                first.severity = first.severity.max(finding.severity);
            }
            None => {
                grouped.insert(key, finding);
            }
        }
    }
    grouped.into_values().collect()
}

fn finding(rule: &'static Rule, resource: &Resource, judgement: Judgement) -> Finding {
    let verdict = judgement.verdict;
    let Place { span, path, trace, .. } = verdict.place;
    let message = match &judgement.when {
        Some(when) if !verdict.message.is_empty() => format!("{}, when {when}", verdict.message),
        _ => verdict.message,
    };
    Finding {
        rule,
        severity: judgement.severity,
        outcome: verdict.outcome,
        message,
        address: Arc::clone(&resource.definition),
        kind: Arc::clone(&resource.kind),
        source_type: Arc::clone(&resource.source_type),
        stack: Arc::clone(&resource.id.stack),
        // A place in the program that generated the template is what its author can mend.
        span: resource.origin.or(span).unwrap_or(resource.header),
        header: resource.origin.unwrap_or(resource.header),
        fingerprint: fingerprint(&[rule.id, &resource.id.stack, &resource.definition, &path]),
        property: path,
        when: judgement.when,
        default: judgement.default,
        reasons: verdict.reasons,
        related: verdict.related,
        trace,
        instances: resource.instance.iter().cloned().collect(),
        module_calls: resource.module_calls.clone(),
        suppressed: None,
    }
}

/// The first 128 bits of the SHA-256 of the parts, each followed by a zero byte.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0'));
    hash.finalize().iter().take(16).flat_map(digits).collect()
}

/// Leaves out failures of rules whose stronger rule fails on the same resource too. To be called once findings that the
/// configuration skips are gone: a rule that is not asked silences no other.
pub fn drop_weaker(findings: &mut Vec<Finding>) {
    let place = |finding: &Finding| (Arc::clone(&finding.stack), Arc::clone(&finding.address));
    let failing = findings.iter().filter(|finding| finding.outcome == Outcome::Fail && finding.suppressed.is_none());
    let mut told: BTreeMap<_, Vec<Arc<str>>> = BTreeMap::new();
    for finding in failing {
        told.entry((finding.rule.id, place(finding))).or_default().extend(finding.instances.iter().cloned());
    }
    findings.retain_mut(|finding| {
        let stronger = finding.rule.weaker_than.iter().filter(|_| finding.outcome == Outcome::Fail);
        let told: Vec<_> = stronger.filter_map(|stronger| told.get(&(*stronger, place(finding)))).collect();
        finding.instances.retain(|instance| !told.iter().any(|instances| instances.contains(instance)));
        told.is_empty() || !finding.instances.is_empty()
    });
}

/// Whether a finding is one that the user asked to see.
pub fn is_wanted(finding: &Finding, filter: &Filter) -> bool {
    filter.outcomes.contains(&finding.outcome)
        && (finding.outcome != Outcome::Fail || finding.severity >= filter.min_severity)
}

/// Sorts findings by file, place and rule.
pub fn sort(findings: &mut [Finding], sources: &Sources) {
    findings.sort_by_cached_key(|finding| {
        let file = sources.file(finding.span.file).path().to_owned();
        let (address, stack) = (Arc::clone(&finding.address), Arc::clone(&finding.stack));
        (file, finding.span.start, finding.rule.id, address, stack, finding.message.clone())
    });
}

/// The overview: a row per table, in order of stack and address.
pub fn tables(project: &Project, judgements: &[Judgement]) -> Vec<TableRow> {
    let mut rows: BTreeMap<_, TableRow> = BTreeMap::new();
    for resource in project.resources().filter(|resource| is_table(resource)) {
        let row = TableRow {
            address: Arc::clone(&resource.id.address),
            stack: Arc::clone(&resource.id.stack),
            span: resource.origin.unwrap_or(resource.header),
            cells: vec![None; COLUMNS.len()],
        };
        rows.insert(&resource.id, row);
    }
    for judgement in judgements {
        let Some(column) = COLUMNS.iter().position(|(_, rules)| rules.contains(&judgement.rule)) else { continue };
        let outcome = judgement.verdict.outcome;
        if outcome == Outcome::NotDeployed {
            rows.remove(&judgement.resource);
            continue;
        }
        for id in judgement.verdict.concerns.iter().chain([&judgement.resource]) {
            if let Some(cell) = rows.get_mut(id).and_then(|row| row.cells.get_mut(column)) {
                *cell = (*cell).max(Some(outcome));
            }
        }
    }
    rows.into_values().collect()
}

fn is_table(resource: &Resource) -> bool {
    resource.is("AWS::DynamoDB::Table") || resource.is("AWS::DynamoDB::GlobalTable")
}

/// The stacks as a report names them.
pub fn stacks(stacks: &[Stack]) -> Vec<StackSummary> {
    let summary = |stack: &Stack| StackSummary {
        id: Arc::clone(&stack.id),
        path: Arc::clone(&stack.path),
        kind: stack.kind,
        name: stack.name.clone(),
        resources: stack.resources.len(),
    };
    stacks.iter().map(summary).collect()
}
