//! The list of rules in `docs/rules.md`, and in the README between `<!-- rules -->` and `<!-- /rules -->`, is derived from
//! the rules. `UPDATE=1` writes it anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fmt::Write as _, fs, path::Path};

use iac_check::{engine::Profile, rules};

const START: &str = "<!-- rules -->\n";
const END: &str = "<!-- /rules -->";

/// A table per area; links start with `prefix`.
fn table(prefix: &str) -> String {
    let mut text = String::new();
    let mut area = "";
    for rule in rules::all() {
        if rule.area() != area {
            area = rule.area();
            write!(text, "\n### {area}\n\n| rule | severity | |\n|---|---|---|\n").unwrap();
        }
        let strict = if rule.profile == Profile::Strict { " (strict)" } else { "" };
        writeln!(
            text,
            "| [{0}]({prefix}rules/{0}.md) | {1}{strict} | {2} |",
            rule.id,
            rule.severity,
            rule.title().replace('|', "\\|")
        )
        .unwrap();
    }
    text + "\n"
}

fn compare(path: &Path, expected: &str) {
    let found = fs::read_to_string(path).unwrap_or_default();
    if found == expected {
        return;
    }
    assert!(
        std::env::var_os("UPDATE").is_some(),
        "{} is not in step with the rules: run with UPDATE=1",
        path.display()
    );
    fs::write(path, expected).unwrap();
}

#[test]
fn the_lists_are_in_step_with_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let head = "# Rules\n\nWhat each rule demands, why, and how to mend a finding stands on its page, and is printed by `iac-check explain RULE`.\nSeverities are those of a table that is not sensitive; rules marked strict run with `--profile strict`.\n";
    compare(&root.join("docs/rules.md"), &format!("{}\n", format!("{head}{}", table("../")).trim_end()));
    let readme = root.join("README.md");
    let Ok(text) = fs::read_to_string(&readme) else { return };
    if let Some((before, rest)) = text.split_once(START) {
        let (_, after) = rest.split_once(END).expect("the README closes <!-- rules -->");
        compare(&readme, &format!("{before}{START}{}{END}{after}", table("")));
    }
}
