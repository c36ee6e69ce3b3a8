//! GitLab's SAST report (gitlab.com/gitlab-org/security-products/security-report-schemas). Declares 15.0.7 and uses only
//! what that version has, so that self-managed GitLab from 15.0 on reads it.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    engine::Severity,
    finding::Finding,
    model::ProblemKind,
    report::{
        Context, HOME, TOOL, VERSION, json,
        page::{self, Language},
        place::Place,
        rule_url, text,
    },
};

const SCHEMA_VERSION: &str = "15.0.7";
const MAX_NAME: usize = 255;
const MAX_SOLUTION: usize = 7_000;
const MAX_DESCRIPTION: usize = 1_048_576;

#[derive(Serialize)]
struct Document {
    schema: String,
    version: &'static str,
    scan: Scan,
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Serialize)]
struct Scan {
    analyzer: Json,
    scanner: Json,
    r#type: &'static str,
    start_time: String,
    end_time: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Json>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    primary_identifiers: Vec<Identifier>,
}

#[derive(Serialize)]
struct Identifier {
    r#type: &'static str,
    name: String,
    value: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Vulnerability {
    id: String,
    name: String,
    description: String,
    severity: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    solution: String,
    identifiers: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Json>,
    location: At,
    raw_source_code_extract: String,
    tracking: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Json>,
}

/// GitLab's identity of a finding holds file and both lines, so a block counts as its first line.
#[derive(Serialize)]
struct At {
    file: String,
    start_line: u32,
    end_line: u32,
}

/// Writes the report, indented.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut numbers = Numbers::default();
    let document = Document {
        schema: format!(
            "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v{SCHEMA_VERSION}/dist/sast-report-format.json"
        ),
        version: SCHEMA_VERSION,
        scan: scan(context),
        vulnerabilities: context.failures().map(|finding| vulnerability(context, finding, &mut numbers)).collect(),
    };
    json::pretty(out, &document)
}

fn scan(context: Context<'_>) -> Scan {
    let program = json!({ "id": TOOL, "name": TOOL, "url": HOME, "version": VERSION, "vendor": { "name": TOOL } });
    let (start, end) = context.style.clock;
    Scan {
        analyzer: program.clone(),
        scanner: program,
        r#type: "sast",
        start_time: timestamp(start),
        end_time: timestamp(end.max(start)),
        status: "success",
        messages: messages(context),
        primary_identifiers: context.report.rules.iter().map(|rule| identifier(rule)).collect(),
    }
}

fn messages(context: Context<'_>) -> Vec<Json> {
    let message = |problem: &crate::model::Problem| {
        let level = match problem.kind {
            ProblemKind::Error | ProblemKind::Warning => "warn",
            ProblemKind::Note => "info",
        };
        let at = match problem.span.map(|span| Place::new(context.sources, span)) {
            Some(place) => format!("{}:{}: ", place.path(), place.start.line),
            None => problem.path.as_deref().map(|path| format!("{path}: ")).unwrap_or_default(),
        };
        json!({ "level": level, "value": text::visible(&format!("{at}{}", problem.message)) })
    };
    context.report.problems.iter().map(message).collect()
}

fn vulnerability(context: Context<'_>, finding: &Finding, numbers: &mut Numbers) -> Vulnerability {
    let place = Place::new(context.sources, finding.span);
    let line = place.start.line;
    let scope = text::visible(&format!("{}|{}[0]", place.path(), finding.address)).into_owned();
    let number = numbers.next(format!("{}|{scope}", finding.rule.id));
    let references = page::references(finding.rule).into_iter();
    Vulnerability {
        id: Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{}#{scope}:{number}", rule_url(finding.rule)).as_bytes())
            .to_string(),
        // The title of the group in GitLab: the same for every resource.
        name: text::cut(finding.rule.title(), MAX_NAME).into_owned(),
        description: text::cut(&description(finding), MAX_DESCRIPTION).into_owned(),
        severity: severity(finding.severity),
        solution: text::cut(&page::fix(finding.rule, Language::of(finding)), MAX_SOLUTION).into_owned(),
        identifiers: vec![identifier(finding.rule)],
        links: references.map(|(name, url)| json!({ "name": text::cut(&name, MAX_NAME), "url": url })).collect(),
        location: At { file: place.path().to_owned(), start_line: line, end_line: line },
        raw_source_code_extract: text::printable(place.line_text()),
        tracking: json!({ "type": "source", "items": [{
            "file": place.path(), "start_line": line, "end_line": line,
            "signatures": [{ "algorithm": "scope_offset", "value": format!("{scope}:{number}") }],
        }] }),
        details: details(context, finding),
    }
}

/// Markdown, which GitLab renders: what users wrote stands in code spans.
fn description(finding: &Finding) -> String {
    let mut paragraphs =
        vec![format!("{}: {}.", text::markdown_code(&finding.address), text::markdown(&finding.message))];
    if !finding.instances.is_empty() {
        let keys: Vec<_> = finding.instance_keys().map(|key| text::markdown_code(&key)).collect();
        paragraphs.push(format!("Instances: {}", keys.join(", ")));
    }
    let why = page::why(finding.rule);
    paragraphs.extend((!why.is_empty()).then_some(why));
    paragraphs.join("\n\n")
}

/// The way of the value, related places and module calls, each with a link to its line.
fn details(context: Context<'_>, finding: &Finding) -> Option<Json> {
    let list = |name: &str, places: Vec<(crate::source::Span, String)>| {
        let items: Vec<Json> = places
            .into_iter()
            .flat_map(|(span, label)| {
                let place = Place::new(context.sources, span);
                let line = place.start.line;
                let at =
                    json!({ "type": "file-location", "file_name": place.path(), "line_start": line, "line_end": line });
                [json!({ "type": "text", "value": text::visible(&label) }), at]
            })
            .collect();
        json!({ "name": name, "type": "list", "items": items })
    };
    let related: Vec<_> = finding.related.iter().map(|related| (related.span, related.label.clone())).collect();
    let calls: Vec<_> = finding.module_calls.iter().map(|call| (call.span, call.address.to_string())).collect();
    let trace: Vec<_> =
        finding.trace.iter().flat_map(|trace| trace.steps()).map(|step| (step.span, step.label.to_string())).collect();
    let named = [
        ("related", "Related places", related),
        ("module_calls", "Module calls", calls),
        ("value", "Where the value comes from", trace),
    ];
    let fields: serde_json::Map<String, Json> = named
        .into_iter()
        .filter(|(.., places)| !places.is_empty())
        .map(|(key, name, places)| (key.to_owned(), list(name, places)))
        .collect();
    (!fields.is_empty()).then_some(Json::Object(fields))
}

fn identifier(rule: &'static crate::engine::Rule) -> Identifier {
    Identifier { r#type: "iac_check_rule", name: format!("{TOOL} {}", rule.id), value: rule.id, url: rule_url(rule) }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
    }
}

/// UTC without zone and fraction, as the schema demands.
fn timestamp(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Tells findings of one rule in one scope apart.
#[derive(Default)]
struct Numbers(BTreeMap<String, usize>);

impl Numbers {
    fn next(&mut self, scope: String) -> usize {
        let number = self.0.entry(scope).or_default();
        *number += 1;
        *number - 1
    }
}
