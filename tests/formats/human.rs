//! The format for people.

use iac_check::report::{Base, Format};

use crate::sample;

#[test]
fn shows_code_marks_and_the_overview() {
    insta::assert_snapshot!(sample::full().write(Format::Human));
}

#[test]
fn says_when_nothing_was_found() {
    let mut sample = sample::clean();
    assert_eq!(sample.write(Format::Human), "Nothing to check: no Terraform or CloudFormation was found in 0 files\n");
    sample.report.stacks = sample::full().report.stacks;
    let expected = "No findings, 0 passed\n0 files, 0 stacks, 0 resources and 0 tables checked in 0.12 s\n";
    assert_eq!(sample.write(Format::Human), expected);
}

#[test]
fn no_terminal_escapes_reach_the_terminal() {
    let mut sample = sample::full();
    let plain = sample.write(Format::Human);
    assert!(!plain.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{plain:?}");
    sample.style.color = true;
    let colored = sample.write(Format::Human);
    assert!(!colored.contains("\u{1b}[31mx") && !colored.contains('\u{202e}'));
}

#[test]
fn paths_count_from_where_the_user_stands() {
    let mut sample = sample::full();
    sample.style.base = Base::Inside("infra/deep".to_owned());
    assert!(sample.write(Format::Human).contains("--> ../ü a.tf:4:15"));
    sample.style.base = Base::Above("repo".to_owned());
    assert!(sample.write(Format::Human).contains("--> repo/infra/ü a.tf:4:15"));
}
