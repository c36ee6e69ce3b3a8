//! Formats for spreadsheets and browsers.

use iac_check::report::Format;

use crate::sample;

#[test]
fn csv_reads_back_without_formulas() {
    let mut sample = sample::full();
    sample.report.findings[3].message = "=cmd()\n\"quoted\"".to_owned();
    let text = sample.write(Format::Csv);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<_> = reader.records().map(|record| record.unwrap()).collect();
    assert_eq!(rows.iter().filter(|row| &row[0] == "fail").count(), sample.failures());
    assert_eq!(&rows[2][10], "'=cmd() \"quoted\"");
    assert_eq!(&rows[1][7], "infra/ü a.tf");
}

#[test]
fn html_holds_user_text_as_text() {
    let text = sample::full().write(Format::Html);
    insta::assert_snapshot!(text);
    assert!(!text.contains("<script") && !text.contains('\u{1b}') && !text.contains('\u{202e}'));
    assert!(text.contains("default-src 'none'"));
    assert!(text.contains("enabled = <mark>var.pitr</mark>"), "the deciding text is marked");
    assert_eq!(text.matches(r#"<article class="finding"#).count(), 3);
}
