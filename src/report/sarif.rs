//! SARIF 2.1.0 as GitHub code scanning reads it (docs.github.com, "SARIF support for code scanning"; github/codeql-action).
//! Failures only: GitHub opens an alert for whatever is listed, also for suppressed and open results, so those are
//! written on request. Problems are notifications, never an unsuccessful execution, for which GitHub refuses a file.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use rustc_hash::FxHashMap;
use serde_json::{Value as Json, json};
use serde_sarif::sarif::{
    ArtifactContent, ArtifactLocation, CodeFlow, Invocation, Location, LogicalLocation, Message,
    MultiformatMessageString, Notification, PhysicalLocation, PropertyBag, Region, ReportingConfiguration,
    ReportingDescriptor, ReportingDescriptorReference, Result as SarifResult, ResultKind, ResultLevel, Run,
    RunAutomationDetails, Sarif, Suppression, ThreadFlow, ThreadFlowLocation, Tool, ToolComponent,
};

use crate::{
    engine::{Confidence, Outcome, Rule, Severity},
    finding::Finding,
    model::Problem,
    report::{
        Context, HOME, TOOL, VERSION, json, line_hash::line_hashes, page, place::Place, place::encode, rule_url, text,
    },
    source::{FileId, Span},
};

/// How many results GitHub keeps of a run.
pub const MAX_RESULTS: usize = 5_000;

/// Property of a run: the part of the stacks that was judged.
pub const SHARD: &str = "shard";

/// Property of a notification: how many failures did not fit.
pub const LEFT_OUT: &str = "leftOut";

/// Limit of GitHub for the texts that describe a rule.
const MAX_DESCRIPTION: usize = 1_024;

/// What stands for the root that paths are relative to.
const ROOT: &str = "%SRCROOT%";

/// Writes the report as one compact line.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    json::line(out, &log(context))
}

fn log(context: Context<'_>) -> Sarif {
    let mut selected = context.worst_first();
    let left_out = selected.len().saturating_sub(MAX_RESULTS);
    selected.truncate(MAX_RESULTS);
    if context.style.sarif_unknown {
        selected.extend(context.findings().filter(|finding| finding.outcome == Outcome::Unknown));
    }
    if context.style.sarif_suppressed {
        selected.extend(context.report.findings.iter().filter(|finding| finding.suppressed.is_some()));
    }
    let indices: FxHashMap<&str, i64> = context.report.rules.iter().map(|rule| rule.id).zip(0..).collect();
    let mut hashes = Hashes { context, files: FxHashMap::default() };
    let results: Vec<SarifResult> =
        selected.into_iter().map(|finding| result(context, finding, &indices, &mut hashes)).collect();
    let mut run = Run::builder().tool(Tool::builder().driver(driver(context)).build()).build();
    run.results = Some(results);
    run.column_kind = Some(json!("utf16CodeUnits"));
    run.invocations = Some(vec![invocation(context, left_out)]);
    let root =
        ArtifactLocation { description: Some(message("The root of the repository.")), ..ArtifactLocation::default() };
    run.original_uri_base_ids = Some(BTreeMap::from([(ROOT.to_owned(), root)]));
    // The text before the last slash is the category.
    run.automation_details = context.style.category.as_ref().map(|category| RunAutomationDetails {
        id: Some(format!("{}/", category.trim_end_matches('/'))),
        ..RunAutomationDetails::default()
    });
    run.properties = context.report.shard.map(|shard| PropertyBag {
        tags: None,
        additional_properties: BTreeMap::from([(SHARD.to_owned(), json!(shard.to_string()))]),
    });
    let mut log = Sarif::builder().version(json!("2.1.0")).build();
    log.schema = Some("https://json.schemastore.org/sarif-2.1.0.json".to_owned());
    log.runs = vec![run];
    log
}

fn driver(context: Context<'_>) -> ToolComponent {
    let mut driver = ToolComponent::builder().name(TOOL).build();
    driver.full_name = Some(format!("{TOOL} {VERSION}"));
    driver.semantic_version = Some(VERSION.to_owned());
    driver.version = Some(VERSION.to_owned());
    driver.information_uri = Some(HOME.to_owned());
    driver.rules = Some(context.report.rules.iter().map(|rule| descriptor(rule)).collect());
    driver
}

fn descriptor(rule: &'static Rule) -> ReportingDescriptor {
    let mut descriptor = ReportingDescriptor::builder().id(rule.id).build();
    descriptor.name = Some(pascal_case(rule.id));
    descriptor.short_description = Some(multiformat(&sentence(rule.title())));
    descriptor.full_description = Some(multiformat(&sentence(&page::what(rule))));
    let mut help =
        MultiformatMessageString::builder().text(format!("{}\n\n{}", rule.title(), page::body(rule))).build();
    help.markdown = Some(page::body(rule).to_owned());
    descriptor.help = Some(help);
    descriptor.help_uri = Some(rule_url(rule));
    descriptor.default_configuration =
        Some(ReportingConfiguration { level: Some(level_name(rule.severity)), ..ReportingConfiguration::default() });
    descriptor.properties = Some(PropertyBag {
        tags: Some(["security", "aws", rule.area()].map(str::to_owned).to_vec()),
        additional_properties: BTreeMap::from([
            ("precision".to_owned(), json!(precision(rule.confidence))),
            ("problem.severity".to_owned(), json!(problem_severity(rule.severity))),
            ("security-severity".to_owned(), json!(security_severity(rule.severity))),
        ]),
    });
    descriptor
}

fn result(
    context: Context<'_>,
    finding: &Finding,
    indices: &FxHashMap<&str, i64>,
    hashes: &mut Hashes<'_>,
) -> SarifResult {
    let primary = Place::first_line(context.sources, finding.span);
    let related = related(context, finding);
    let mut result = SarifResult::builder().message(message(&linked_message(finding, &related))).build();
    result.rule_id = Some(finding.rule.id.to_owned());
    result.rule_index = indices.get(finding.rule.id).copied();
    result.level = Some(level(finding.severity));
    if finding.outcome == Outcome::Unknown {
        result.kind = Some(ResultKind::Open);
        // The standard demands it of every kind but "fail".
        result.level = Some(ResultLevel::None);
    }
    result.partial_fingerprints = Some(BTreeMap::from([
        ("primaryLocationLineHash".to_owned(), hashes.of(finding.span.file, primary.start.line)),
        ("iacCheckResource/v1".to_owned(), finding.fingerprint.clone()),
    ]));
    result.code_flows = code_flow(context, finding, &primary).map(|flow| vec![flow]);
    let mut location = physical(&primary, true);
    location.logical_locations = Some(vec![LogicalLocation {
        fully_qualified_name: Some(finding.address.to_string()),
        kind: Some("resource".to_owned()),
        ..LogicalLocation::default()
    }]);
    result.locations = Some(vec![location]);
    result.related_locations = (!related.is_empty()).then_some(related);
    result.suppressions = finding.suppressed.as_ref().map(|suppression| {
        let mut entry = Suppression::builder()
            .kind(if suppression.span.is_some() { json!("inSource") } else { json!("external") })
            .build();
        entry.justification = Some(suppression.reason.clone());
        vec![entry]
    });
    let severity = ("security-severity".to_owned(), json!(security_severity(finding.severity)));
    let stack = ("stack".to_owned(), json!(text::printable(&finding.stack)));
    result.properties = Some(PropertyBag { tags: None, additional_properties: BTreeMap::from([severity, stack]) });
    result
}

/// Related places and module calls, numbered from 1 for links in the message.
fn related(context: Context<'_>, finding: &Finding) -> Vec<Location> {
    let places = finding.related.iter().map(|related| (related.span, related.label.clone()));
    let calls = finding.module_calls.iter().map(|call| (call.span, format!("called as {}", call.address)));
    places
        .chain(calls)
        .zip(1..)
        .map(|((span, label), id)| {
            let mut location = physical(&Place::first_line(context.sources, span), false);
            location.id = Some(id);
            location.message = Some(message(&label));
            location
        })
        .collect()
}

/// GitHub shows a related place only where the message links to it.
fn linked_message(finding: &Finding, related: &[Location]) -> String {
    let instances = finding.instance_keys().collect::<Vec<_>>().join(", ");
    let mut text = escape(&format!("{}{instances}: {}.", finding.address, finding.message));
    let links: Vec<String> = related
        .iter()
        .filter_map(|location| {
            Some(format!("[{}]({})", escape(location.message.as_ref()?.text.as_deref()?), location.id?))
        })
        .collect();
    if !links.is_empty() {
        text.push_str(&format!(" See {}.", links.join(", ")));
    }
    text
}

/// The way of the value, from where it is written to the attribute.
fn code_flow(context: Context<'_>, finding: &Finding, primary: &Place) -> Option<CodeFlow> {
    let mut steps: Vec<ThreadFlowLocation> = finding
        .trace
        .iter()
        .flat_map(|trace| trace.steps())
        .map(|step| step_location(&Place::first_line(context.sources, step.span), &step.label))
        .collect();
    if steps.is_empty() {
        return None;
    }
    steps.reverse();
    steps.push(step_location(primary, &finding.message));
    Some(CodeFlow::builder().thread_flows(vec![ThreadFlow::builder().locations(steps).build()]).build())
}

fn step_location(place: &Place, label: &str) -> ThreadFlowLocation {
    let location = Location { message: Some(message(label)), ..physical(place, false) };
    ThreadFlowLocation { location: Some(location), ..ThreadFlowLocation::default() }
}

fn physical(place: &Place, with_snippet: bool) -> Location {
    let snippet =
        with_snippet.then(|| ArtifactContent { text: Some(place.text().to_owned()), ..ArtifactContent::default() });
    let region = Region {
        start_line: Some(place.start.line.into()),
        start_column: Some(place.start.column_utf16.into()),
        end_line: Some(place.end.line.into()),
        end_column: Some(place.end.column_utf16.into()),
        snippet: snippet.filter(|snippet| snippet.text.as_ref().is_some_and(|text| !text.is_empty())),
        ..Region::default()
    };
    let physical = PhysicalLocation {
        artifact_location: Some(artifact(&place.uri())),
        region: Some(region),
        ..PhysicalLocation::default()
    };
    Location { physical_location: Some(physical), ..Location::default() }
}

fn artifact(uri: &str) -> ArtifactLocation {
    ArtifactLocation { uri: Some(uri.to_owned()), uri_base_id: Some(ROOT.to_owned()), ..ArtifactLocation::default() }
}

fn invocation(context: Context<'_>, left_out: usize) -> Invocation {
    let mut notifications: Vec<Notification> =
        context.report.problems.iter().map(|problem| notification(context, problem)).collect();
    if left_out > 0 {
        notifications.push(left_out_notification(left_out));
    }
    let mut invocation = Invocation::builder().execution_successful(true).build();
    invocation.tool_execution_notifications = (!notifications.is_empty()).then_some(notifications);
    invocation
}

/// Says how many failures did not fit.
pub fn left_out_notification(number: usize) -> Notification {
    let note = format!("{number} less severe results were left out: GitHub keeps {MAX_RESULTS} of a run.");
    let mut entry = Notification::builder().message(message(&note)).build();
    entry.level = Some(json!("warning"));
    let number = (LEFT_OUT.to_owned(), json!(number));
    entry.properties = Some(PropertyBag { tags: None, additional_properties: BTreeMap::from([number]) });
    entry
}

fn notification(context: Context<'_>, problem: &Problem) -> Notification {
    let mut entry = Notification::builder().message(message(&sentence(&problem.message))).build();
    entry.level = Some(json!(problem.kind.name()));
    entry.descriptor = Some(ReportingDescriptorReference {
        id: Some(problem.code.to_owned()),
        ..ReportingDescriptorReference::default()
    });
    let whole_file = |path: &str| Location {
        physical_location: Some(PhysicalLocation {
            artifact_location: Some(artifact(&encode(path))),
            ..PhysicalLocation::default()
        }),
        ..Location::default()
    };
    let at = |span: Span| physical(&Place::first_line(context.sources, span), false);
    entry.locations =
        problem.span.map(at).or_else(|| problem.path.as_deref().map(whole_file)).map(|location| vec![location]);
    entry
}

/// Line hashes, computed once for each file.
struct Hashes<'a> {
    context: Context<'a>,
    files: FxHashMap<FileId, Vec<String>>,
}

impl Hashes<'_> {
    fn of(&mut self, file: FileId, line: u32) -> String {
        let hashes = self.files.entry(file).or_insert_with(|| line_hashes(self.context.sources.file(file).text()));
        hashes.get(line.saturating_sub(1) as usize).cloned().unwrap_or_default()
    }
}

fn message(text: &str) -> Message {
    Message { text: Some(text::printable(text)), ..Message::default() }
}

fn multiformat(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text::cut(text, MAX_DESCRIPTION)).build()
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Brackets start a link and braces an argument in a SARIF message.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

fn pascal_case(id: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    id.split(['/', '-']).map(capital).collect()
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low => ResultLevel::Note,
    }
}

fn level_name(severity: Severity) -> Json {
    json!(level(severity))
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "recommendation",
    }
}

/// In GitHub's bands: above 9.0 critical, from 7.0 high, from 4.0 medium. A string: a number makes GitHub refuse the file.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "medium",
    }
}
