//! JUnit XML, valid by the schema of Jenkins' xunit plugin: a suite for each file, a case for each verdict. A failure
//! fails, an unknown is skipped, a problem of the input is an error.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use crate::{
    engine::Outcome,
    finding::Finding,
    model::{Problem, ProblemKind},
    report::{
        Context, TOOL, page,
        place::Place,
        rule_url,
        text::{self, printable},
    },
};

#[derive(Default)]
struct Suite {
    cases: Vec<String>,
    failures: usize,
    errors: usize,
    skipped: usize,
}

/// Writes the report.
///
/// # Errors
/// What the writer's target says.
pub fn write(context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<String, Suite> = BTreeMap::new();
    for finding in context.findings() {
        let place = Place::new(context.sources, finding.span);
        add_finding(suites.entry(place.path().to_owned()).or_default(), finding, &place);
    }
    for problem in context.report.problems.iter().filter(|problem| problem.kind == ProblemKind::Error) {
        let place = problem.span.map(|span| Place::new(context.sources, span));
        let path = place.as_ref().map(Place::path).or(problem.path.as_deref()).unwrap_or(".");
        add_problem(suites.entry(path.to_owned()).or_default(), problem, path, place.as_ref());
    }
    let sum = |of: fn(&Suite) -> usize| suites.values().map(of).sum::<usize>();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="{TOOL}" tests="{}" failures="{}" errors="{}">"#,
        sum(|suite| suite.cases.len()),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors),
    )?;
    for (path, suite) in &suites {
        let Suite { cases, failures, errors, skipped } = suite;
        let name = attribute(path);
        let tests = cases.len();
        writeln!(
            out,
            r#"  <testsuite name="{name}" tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="0">"#
        )?;
        for case in cases {
            writeln!(out, "    {case}")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn add_finding(suite: &mut Suite, finding: &Finding, place: &Place) {
    let message = attribute(&finding.message);
    let inner = match finding.outcome {
        Outcome::Fail => {
            suite.failures += 1;
            let body = format!(
                "{}:{}: {}\n{}\n{}",
                place.path(),
                place.start.line,
                finding.message,
                page::why(finding.rule),
                rule_url(finding.rule)
            );
            format!(r#"<failure message="{message}" type="{}">{}</failure>"#, finding.severity, content(&body))
        }
        Outcome::Unknown => {
            suite.skipped += 1;
            format!(r#"<skipped message="{message}"/>"#)
        }
        Outcome::Pass => String::new(),
        Outcome::NotApplicable | Outcome::NotDeployed => {
            suite.skipped += 1;
            r#"<skipped message="not applicable"/>"#.to_owned()
        }
    };
    let name = attribute(&format!("{} {}", finding.rule.id, finding.address));
    suite.cases.push(case(&name, place.path(), &inner));
}

fn add_problem(suite: &mut Suite, problem: &Problem, path: &str, place: Option<&Place>) {
    suite.errors += 1;
    let line = place.map(|place| format!(":{}", place.start.line)).unwrap_or_default();
    let inner = format!(
        r#"<error message="{}" type="{}">{}</error>"#,
        attribute(&problem.message),
        problem.code,
        content(&format!("{path}{line}: {}", problem.message)),
    );
    suite.cases.push(case(problem.code, path, &inner));
}

fn case(name: &str, path: &str, inner: &str) -> String {
    let class = attribute(path);
    if inner.is_empty() {
        format!(r#"<testcase name="{name}" classname="{class}" time="0"/>"#)
    } else {
        format!(r#"<testcase name="{name}" classname="{class}" time="0">{inner}</testcase>"#)
    }
}

fn attribute(value: &str) -> String {
    text::markup(&text::visible(value))
}

fn content(value: &str) -> String {
    text::markup(&printable(value))
}
