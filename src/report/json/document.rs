//! The shape of the JSON document. A field is never renamed or removed within a major `schema_version`.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    engine::{Related, Severity},
    finding::{COLUMNS, Finding, StackSummary, TableRow},
    model::{ModuleCall, Problem, StackKind},
    report::{Context, HOME, TOOL, VERSION, place::Place},
    source::{Position, Sources, Span},
    value::Unknown,
};

/// Version of the document's shape: the first number changes when something is renamed or removed.
pub const SCHEMA_VERSION: &str = "1.0";

/// What a run found.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "iac-check report")]
pub struct Document<'a> {
    /// Version of this shape, `MAJOR.MINOR`.
    schema_version: &'static str,
    /// The program that wrote it.
    tool: Tool,
    /// The part of the stacks that was judged, `2/4`; `iac-check merge` makes a whole of all parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<String>,
    /// Numbers.
    summary: Summary,
    /// Verdicts, sorted by file, place and rule; suppressed ones are not here.
    results: Vec<Outcome<'a>>,
    /// Findings that a comment or the configuration accepts.
    suppressed: Vec<Outcome<'a>>,
    /// What is wrong with the input; what such a place holds was not judged.
    problems: Vec<InputProblem<'a>>,
    /// The overview: one entry per DynamoDB table.
    tables: Vec<Table<'a>>,
    /// The units of deployment that were judged.
    stacks: Vec<Stack<'a>>,
}

/// The program.
#[derive(Serialize, JsonSchema)]
struct Tool {
    /// `iac-check`.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// Where to read more.
    url: &'static str,
}

/// Numbers of a run.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct Summary {
    /// Files looked at.
    files: usize,
    /// Stacks found.
    stacks: usize,
    /// Resources resolved.
    resources: usize,
    /// DynamoDB tables.
    tables: usize,
    /// Failures in `results`.
    failures: usize,
    /// Failures by severity.
    by_severity: BySeverity,
    /// Unknown verdicts, reported or not.
    unknown: usize,
    /// Passed verdicts, reported or not.
    passed: usize,
    /// Suppressed findings.
    suppressed: usize,
    /// Problems of the input.
    problems: usize,
    /// Whether `--fail-on` is met: the exit code is 1.
    pub failed: bool,
}

/// Failures by severity.
#[derive(Deserialize, Serialize, JsonSchema)]
struct BySeverity {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
}

/// One verdict about one resource, or about all instances of one block.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Result")]
pub struct Outcome<'a> {
    /// Id of the rule.
    rule: &'static str,
    /// `low`, `medium`, `high`, `critical`.
    severity: &'static str,
    /// How sure a failure is: `low`, `medium`, `high`.
    confidence: &'static str,
    /// `fail`, `unknown`, `pass`, `not-applicable`, `not-deployed`.
    verdict: &'static str,
    /// What is so.
    message: &'a str,
    /// The resource.
    resource: Resource<'a>,
    /// The deciding attribute, or the resource's header when it is missing.
    location: Location,
    /// Path of the deciding property in CloudFormation's names; empty when it is the resource itself.
    property: &'a str,
    /// The inputs with which it holds, in words; null when it holds with all.
    when: Option<&'a str>,
    /// What holds when every input has its default; null when some input has none, or nothing depends on inputs.
    default: Option<&'static str>,
    /// Why it is not known.
    reasons: Vec<Reason<'a>>,
    /// Other places that matter.
    related: Vec<Labelled<'a>>,
    /// The way of the deciding value, nearest first.
    trace: Vec<Labelled<'a>>,
    /// Keys of the instances that it holds for; empty without `count` and `for_each`.
    instances: &'a [Arc<str>],
    /// The module calls that lead to the resource, outermost first.
    module_calls: Vec<Call<'a>>,
    /// Stable over edits elsewhere.
    fingerprint: &'a str,
    /// The rule's page.
    url: String,
    /// Why it is accepted; only in `suppressed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<Suppression<'a>>,
}

/// A resource.
#[derive(Serialize, JsonSchema)]
struct Resource<'a> {
    /// Address without instance keys.
    address: &'a str,
    /// CloudFormation type.
    r#type: &'a str,
    /// Type as written.
    source_type: &'a str,
    /// Id of its stack.
    stack: &'a str,
}

/// A place in a file.
#[derive(Serialize, JsonSchema)]
pub struct Location {
    /// Path relative to the root, with `/`.
    file: String,
    /// The first character.
    start: Point,
    /// After the last character.
    end: Point,
}

/// A point in a text.
#[derive(Serialize, JsonSchema)]
struct Point {
    /// Line, from 1.
    line: u32,
    /// Column in characters, from 1.
    column: u32,
}

/// Why something is not known.
#[derive(Serialize, JsonSchema)]
struct Reason<'a> {
    /// The kind of reason: `input`, `data-source`, `after-apply`, …
    reason: &'static str,
    /// What it comes from, as the user would name it.
    subject: &'a str,
    /// Both, in words.
    message: String,
    /// Where the subject is declared or used.
    location: Option<Location>,
}

/// A place with what is there.
#[derive(Serialize, JsonSchema)]
struct Labelled<'a> {
    /// What is there.
    message: &'a str,
    /// Where.
    location: Location,
}

/// The call of a module, or a nested stack.
#[derive(Serialize, JsonSchema)]
struct Call<'a> {
    /// Its address.
    address: &'a str,
    /// Its header.
    location: Location,
}

/// Why a finding is accepted.
#[derive(Serialize, JsonSchema)]
struct Suppression<'a> {
    /// What the author wrote.
    reason: &'a str,
    /// Where.
    location: Option<Location>,
}

/// Something wrong with the input.
#[derive(Serialize, JsonSchema)]
pub struct InputProblem<'a> {
    /// `error`, `warning`, `note`.
    level: &'static str,
    /// Stable name of the sort of problem.
    code: &'static str,
    /// What is wrong.
    message: &'a str,
    /// Path relative to the root.
    file: Option<String>,
    /// Where, when it has a place in a readable file.
    location: Option<Location>,
}

/// A row of the overview.
#[derive(Serialize, JsonSchema)]
struct Table<'a> {
    /// The table's address, instance key included.
    address: &'a str,
    /// Id of its stack.
    stack: &'a str,
    /// Its header.
    location: Location,
    /// The worst verdict of each column; null when no rule judged it.
    cells: Vec<Cell>,
}

/// A cell of the overview.
#[derive(Serialize, JsonSchema)]
struct Cell {
    /// Heading of the column.
    column: &'static str,
    /// The verdict.
    verdict: Option<&'static str>,
}

/// A unit of deployment.
#[derive(Serialize, JsonSchema)]
struct Stack<'a> {
    /// Its id.
    id: &'a str,
    /// Folder or file, relative to the root.
    root: &'a str,
    /// `terraform`, `terraform-plan`, `terraform-state`, `cloudformation`, `cdk`, `serverless`.
    kind: &'static str,
    /// A name that people know it by.
    name: Option<&'a str>,
    /// How many resources it has.
    resources: usize,
}

impl<'a> Document<'a> {
    /// The document of a report.
    pub fn new(context: Context<'a>) -> Self {
        let Context { report, sources, .. } = context;
        let result = |finding| Outcome::new(sources, finding);
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: TOOL, version: VERSION, url: HOME },
            shard: report.shard.map(|shard| shard.to_string()),
            summary: Summary::new(context),
            results: context.findings().map(result).collect(),
            suppressed: report.findings.iter().filter(|finding| finding.suppressed.is_some()).map(result).collect(),
            problems: report.problems.iter().map(|problem| InputProblem::new(sources, problem)).collect(),
            tables: report.tables.iter().map(|row| Table::new(sources, row)).collect(),
            stacks: report.stacks.iter().map(Stack::new).collect(),
        }
    }
}

impl Summary {
    fn new(context: Context<'_>) -> Self {
        let Context { report, .. } = context;
        let of = |severity: Severity| report.counts.failures.get(&severity).copied().unwrap_or_default();
        Self {
            files: report.counts.files,
            stacks: report.counts.stacks,
            resources: report.counts.resources,
            tables: report.tables.len(),
            failures: report.counts.failures.values().sum(),
            by_severity: BySeverity {
                critical: of(Severity::Critical),
                high: of(Severity::High),
                medium: of(Severity::Medium),
                low: of(Severity::Low),
            },
            unknown: report.counts.unknown,
            passed: report.counts.passed,
            suppressed: report.counts.suppressed,
            problems: report.problems.len(),
            failed: report.failed,
        }
    }
}

impl Summary {
    /// Adds what another part of the same run counted.
    pub fn add(&mut self, other: &Self) {
        self.failures += other.failures;
        self.by_severity.critical += other.by_severity.critical;
        self.by_severity.high += other.by_severity.high;
        self.by_severity.medium += other.by_severity.medium;
        self.by_severity.low += other.by_severity.low;
        self.unknown += other.unknown;
        self.passed += other.passed;
        self.suppressed += other.suppressed;
        self.failed |= other.failed;
    }

    /// Counts anew what every part lists.
    pub fn recount(&mut self, tables: usize, problems: usize) {
        (self.tables, self.problems) = (tables, problems);
    }
}

impl<'a> Outcome<'a> {
    /// The object of a finding.
    pub fn new(sources: &Sources, finding: &'a Finding) -> Self {
        let labelled = |span, message| Labelled { message, location: Location::new(sources, span) };
        Self {
            rule: finding.rule.id,
            severity: finding.severity.name(),
            confidence: finding.rule.confidence.name(),
            verdict: finding.outcome.name(),
            message: &finding.message,
            resource: Resource {
                address: &finding.address,
                r#type: &finding.kind,
                source_type: &finding.source_type,
                stack: &finding.stack,
            },
            location: Location::new(sources, finding.span),
            property: &finding.property,
            when: finding.when.as_deref(),
            default: finding.default.map(crate::engine::Outcome::name),
            reasons: finding.reasons.iter().map(|unknown| Reason::new(sources, unknown)).collect(),
            related: finding.related.iter().map(|Related { span, label }| labelled(*span, label)).collect(),
            trace: finding
                .trace
                .iter()
                .flat_map(|trace| trace.steps())
                .map(|step| labelled(step.span, &step.label))
                .collect(),
            instances: &finding.instances,
            module_calls: finding.module_calls.iter().map(|call| Call::new(sources, call)).collect(),
            fingerprint: &finding.fingerprint,
            url: crate::report::rule_url(finding.rule),
            suppression: finding.suppressed.as_ref().map(|suppression| Suppression {
                reason: &suppression.reason,
                location: suppression.span.map(|span| Location::new(sources, span)),
            }),
        }
    }
}

impl Location {
    /// The location of a span.
    pub fn new(sources: &Sources, span: Span) -> Self {
        let place = Place::new(sources, span);
        let point = |position: Position| Point { line: position.line, column: position.column };
        Self { file: place.path().to_owned(), start: point(place.start), end: point(place.end) }
    }
}

impl<'a> Reason<'a> {
    fn new(sources: &Sources, unknown: &'a Unknown) -> Self {
        Self {
            reason: unknown.reason.name(),
            subject: &unknown.subject,
            message: unknown.to_string(),
            location: unknown.span.map(|span| Location::new(sources, span)),
        }
    }
}

impl<'a> Call<'a> {
    fn new(sources: &Sources, call: &'a ModuleCall) -> Self {
        Self { address: &call.address, location: Location::new(sources, call.span) }
    }
}

impl<'a> InputProblem<'a> {
    /// The object of a problem.
    pub fn new(sources: &Sources, problem: &'a Problem) -> Self {
        let location = problem.span.map(|span| Location::new(sources, span));
        let file = location.as_ref().map(|location| location.file.clone());
        Self {
            level: problem.kind.name(),
            code: problem.code,
            message: &problem.message,
            file: file.or_else(|| problem.path.as_deref().map(str::to_owned)),
            location,
        }
    }
}

impl<'a> Table<'a> {
    fn new(sources: &Sources, row: &'a TableRow) -> Self {
        let cell = |(column, outcome): (&'static str, &Option<crate::engine::Outcome>)| Cell {
            column,
            verdict: outcome.map(crate::engine::Outcome::name),
        };
        Self {
            address: &row.address,
            stack: &row.stack,
            location: Location::new(sources, row.span),
            cells: COLUMNS.iter().map(|(heading, _)| *heading).zip(&row.cells).map(cell).collect(),
        }
    }
}

impl<'a> Stack<'a> {
    fn new(stack: &'a StackSummary) -> Self {
        Self {
            id: &stack.id,
            root: &stack.path,
            kind: stack_kind(stack.kind),
            name: stack.name.as_deref(),
            resources: stack.resources,
        }
    }
}

/// The name of a kind of stack in JSON.
pub fn stack_kind(kind: StackKind) -> &'static str {
    match kind {
        StackKind::Terraform => "terraform",
        StackKind::TerraformPlan => "terraform-plan",
        StackKind::TerraformState => "terraform-state",
        StackKind::CloudFormation => "cloudformation",
        StackKind::Cdk => "cdk",
        StackKind::Serverless => "serverless",
    }
}
