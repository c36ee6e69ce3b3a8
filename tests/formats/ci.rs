//! Formats for CI services: annotations, job summaries, JUnit, Code Quality, reviewdog, Sonar.

use std::collections::BTreeSet;

use iac_check::report::{Format, github::MAX_OF_LEVEL, markdown::MAX_BYTES};

use crate::{assert_valid, sample};

#[test]
fn annotations_are_one_escaped_line_each() {
    let text = sample::full().write(Format::Github);
    insta::assert_snapshot!(text);
    for line in text.lines() {
        assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{line}");
    }
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn annotations_stay_below_the_limit() {
    let text = sample::many(100).write(Format::Github);
    for level in ["::error ", "::warning "] {
        assert_eq!(text.lines().filter(|line| line.starts_with(level)).count(), MAX_OF_LEVEL);
    }
    assert!(text.contains("25 more of this level"), "{text}");
    let exact = sample::many(15).write(Format::Github);
    assert!(!exact.contains("more of this level"), "{exact}");
}

#[test]
fn the_summary_is_inert_markdown() {
    let mut sample = sample::full();
    sample.style.link_base = Some("https://github.com/o/r/blob/abc".to_owned());
    let text = sample.write(Format::Markdown);
    insta::assert_snapshot!(text);
    assert!(!text.contains("\u{1b}") && text.contains("(https://github.com/o/r/blob/abc/infra/%C3%BC%20a.tf#L4)"));
    // Every row of a table has as many cells as its header.
    for table in text.split("\n### ").skip(1) {
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let rows: BTreeSet<_> = table.lines().filter(|line| line.starts_with("| ")).map(cells).collect();
        assert_eq!(rows.len(), 1, "{table}");
    }
}

#[test]
fn the_summary_ends_before_github_drops_it() {
    let text = sample::many(12_000).write(Format::Markdown);
    assert!(text.len() < MAX_BYTES + 1_000, "{}", text.len());
    let left_out: usize =
        text.lines().find_map(|line| line.strip_suffix(" more are in the report.")).unwrap().parse().unwrap();
    assert_eq!(text.matches("| [dynamodb/").count() + left_out, 12_000);
}

#[test]
fn junit_counts_and_escapes() {
    let text = sample::full().write(Format::Junit);
    insta::assert_snapshot!(text);
    assert!(text.contains(r#"<testsuites name="iac-check" tests="4" failures="2" errors="1">"#));
    assert!(!text.contains("<script>") && !text.contains('\u{1b}'));
}

#[test]
fn code_quality_is_valid_and_tells_findings_apart() {
    for sample in [sample::clean(), sample::full(), sample::many(50)] {
        let report = sample.json(Format::GitlabCodeQuality);
        let issues = report.as_array().unwrap();
        assert_eq!(issues.len(), sample.failures());
        for issue in issues {
            assert_valid("gitlab-codeclimate.json", issue);
            assert!(!issue["description"].as_str().unwrap().contains(['\n', '\u{1b}']));
        }
        let fingerprints: BTreeSet<_> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(fingerprints.len(), issues.len());
    }
}

#[test]
fn rdjson_counts_bytes() {
    let report = sample::full().json(Format::Rdjson);
    let diagnostics = report["diagnostics"].as_array().unwrap();
    assert_eq!(diagnostics.len(), 3);
    assert_eq!(diagnostics[1]["severity"], "ERROR");
    let range = serde_json::json!({"start": {"line": 4, "column": 15}, "end": {"line": 4, "column": 23}});
    assert_eq!(diagnostics[1]["location"]["range"], range);
    assert_eq!(diagnostics[1]["code"]["value"], "dynamodb/point-in-time-recovery");
}

#[test]
fn sonar_columns_start_at_zero() {
    let report = sample::full().json(Format::Sonar);
    let issues = report["issues"].as_array().unwrap();
    assert_eq!(issues.len(), 2);
    assert_eq!(
        issues[0]["primaryLocation"]["textRange"],
        serde_json::json!({"startLine": 4, "endLine": 4, "startColumn": 14, "endColumn": 22})
    );
    assert_eq!(report["rules"].as_array().unwrap().len(), 2);
}
