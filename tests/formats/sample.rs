//! A report that shows every feature of a finding, made by hand, with hostile text wherever users write.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use iac_check::{
    engine::{Confidence, Context as RuleContext, Outcome, Profile, Related, Rule, Severity, Verdict},
    finding::{COLUMNS, Counts, Finding, Report, StackSummary, Suppression, TableRow},
    model::{ModuleCall, Problem, ProblemKind, Resource, StackKind},
    report::{Context, Format, Style, write},
    source::{SourceFile, Sources, Span},
    value::{Reason, Trace, Unknown},
};

/// Text that terminals, logs, browsers and Markdown would act upon.
pub const HOSTILE: &str =
    "x\u{1b}[31m\u{202e}<script>alert(1)</script> ::error::pwned ##[error]pwned |`*[a](b) @me #1 =cmd";

const PAGE: &str = "# Point-in-time recovery\n\n## What\n\nEvery table keeps continuous backups.\n\n## Why\n\nWithout them an accidental `delete` cannot be undone.\n\n## How to fix\n\n### Terraform\n\n```hcl\npoint_in_time_recovery {\n  enabled = true\n}\n```\n\n### CloudFormation\n\n```yaml\nPointInTimeRecoverySpecification:\n  PointInTimeRecoveryEnabled: true\n```\n\n## References\n\n- [Recovery](https://docs.aws.amazon.com/pitr)\n";

fn no_check<'a>(_: &'a Resource, _: &RuleContext<'a>) -> Verdict {
    Verdict::not_applicable()
}

const fn rule(id: &'static str, severity: Severity) -> Rule {
    let (confidence, profile) = (Confidence::High, Profile::Default);
    Rule { id, page: PAGE, severity, confidence, profile, kinds: &[], aliases: &[], weaker_than: &[], check: no_check }
}

static PITR: Rule = rule("dynamodb/point-in-time-recovery", Severity::High);
static KEY: Rule = rule("dynamodb/customer-managed-key", Severity::Medium);

const CODE: &str = "resource \"aws_dynamodb_table\" \"orders\" {\r\n  name = \"ü😀\"\r\n  point_in_time_recovery {\r\n    enabled = var.pitr\r\n  }\r\n}\r\n\r\nvariable \"pitr\" {\r\n  default = false\r\n}\r\n";

pub struct Sample {
    pub report: Report,
    pub sources: Sources,
    pub style: Style,
    _folder: tempfile::TempDir,
}

impl Sample {
    pub fn write(&self, format: Format) -> String {
        let mut out = Vec::new();
        write(format, Context { report: &self.report, sources: &self.sources, style: &self.style }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    pub fn json(&self, format: Format) -> serde_json::Value {
        serde_json::from_str(&self.write(format)).unwrap()
    }

    pub fn failures(&self) -> usize {
        self.report.counts.failures.values().sum()
    }
}

pub fn span(file: &SourceFile, text: &str) -> Span {
    let start = file.text().find(text).unwrap();
    Span::new(file.id(), start..start + text.len())
}

fn finding(rule: &'static Rule, outcome: Outcome, address: &str, span: Span, message: &str) -> Finding {
    Finding {
        rule,
        severity: rule.severity,
        outcome,
        message: message.to_owned(),
        address: address.into(),
        kind: "AWS::DynamoDB::Table".into(),
        source_type: "aws_dynamodb_table".into(),
        stack: "infra".into(),
        span,
        header: span,
        property: "PointInTimeRecoverySpecification".to_owned(),
        when: None,
        default: None,
        reasons: Vec::new(),
        related: Vec::new(),
        trace: None,
        instances: Vec::new(),
        module_calls: Vec::new(),
        fingerprint: format!("{:032x}", address.len()),
        suppressed: None,
    }
}

/// Nothing found.
pub fn clean() -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let sources = Sources::new(folder.path()).unwrap();
    let style = Style {
        clock: (1_700_000_000, 1_700_000_001),
        elapsed: Some(Duration::from_millis(120)),
        width: Some(100),
        ..Style::default()
    };
    let report = Report { rules: vec![&KEY, &PITR], ..Report::default() };
    Sample { report, sources, style, _folder: folder }
}

/// One of everything.
pub fn full() -> Sample {
    let mut sample = clean();
    let file = sample.sources.insert("infra/ü a.tf", CODE.to_owned());
    let hostile = sample.sources.insert("infra/hostile.tf", format!("resource \"t\" \"{HOSTILE}\" {{}}\n"));
    let mut off = finding(
        &PITR,
        Outcome::Fail,
        "aws_dynamodb_table.orders",
        span(&file, "var.pitr"),
        "point-in-time recovery is off, when IsProd is false",
    );
    off.header = span(&file, "resource \"aws_dynamodb_table\" \"orders\"");
    off.when = Some("IsProd is false".to_owned());
    off.default = Some(Outcome::Pass);
    off.trace = Some(Arc::new(Trace {
        span: span(&file, "default = false"),
        label: "default of variable \"pitr\"".into(),
        next: None,
    }));
    off.related = vec![Related { span: span(&file, "name = \"ü😀\""), label: "the [table]".to_owned() }];
    off.instances = vec!["\"a\"".into(), "\"b\"".into()];
    off.module_calls = vec![ModuleCall { address: "module.tables".into(), span: span(&file, "variable \"pitr\"") }];
    let mut unknown = finding(
        &KEY,
        Outcome::Unknown,
        "aws_dynamodb_table.orders",
        span(&file, "resource \"aws_dynamodb_table\" \"orders\""),
        "the key cannot be known",
    );
    unknown.reasons = vec![Arc::new(Unknown::new(Reason::Input, "var.key").at(span(&file, "name")))];
    let mut accepted =
        finding(&KEY, Outcome::Fail, "aws_dynamodb_table.old", span(&file, "variable"), "no customer-managed key");
    accepted.suppressed = Some(Suppression { reason: HOSTILE.to_owned(), span: Some(span(&file, "variable")) });
    let bad = finding(&KEY, Outcome::Fail, HOSTILE, hostile.span(), HOSTILE);
    sample.report.findings = vec![unknown, accepted, off, bad];
    sample.report.problems = vec![
        Problem::at(ProblemKind::Error, "terraform-syntax", format!("expected `}}` {HOSTILE}"), hostile.span()),
        Problem::in_file(ProblemKind::Warning, "not-utf8", "is not UTF-8 text", "b ad.tf"),
    ];
    let cells = COLUMNS
        .iter()
        .enumerate()
        .map(|(at, _)| [Some(Outcome::Unknown), Some(Outcome::Fail), Some(Outcome::Pass), None][at % 4])
        .collect();
    sample.report.tables = vec![TableRow {
        address: "aws_dynamodb_table.orders[\"a\"]".into(),
        stack: "infra".into(),
        span: span(&file, "resource"),
        cells,
    }];
    sample.report.stacks = vec![StackSummary {
        id: "infra".into(),
        path: "infra".into(),
        kind: StackKind::Terraform,
        name: None,
        resources: 3,
    }];
    let failures = BTreeMap::from([(Severity::High, 1), (Severity::Medium, 1)]);
    sample.report.counts = Counts { files: 3, stacks: 1, resources: 3, failures, unknown: 1, passed: 4, suppressed: 1 };
    sample.report.failed = true;
    sample
}

/// Many failures of mixed severity on one line.
pub fn many(number: usize) -> Sample {
    let mut sample = clean();
    let file = sample.sources.insert("main.tf", CODE.to_owned());
    let place = span(&file, "resource");
    sample.report.findings = (0..number)
        .map(|at| {
            finding(
                if at % 3 == 0 { &PITR } else { &KEY },
                Outcome::Fail,
                &format!("aws_dynamodb_table.t{at}"),
                place,
                "off",
            )
        })
        .collect();
    let high = number.div_ceil(3);
    sample.report.counts.failures = BTreeMap::from([(Severity::High, high), (Severity::Medium, number - high)]);
    sample
}
