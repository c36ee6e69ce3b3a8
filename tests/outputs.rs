//! Reports as files and on stdout: whole or not at all, equal in every format, and inert.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::Path,
    process::{Command, Output, Stdio},
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/cli");
const FORMATS: [&str; 13] = [
    "human",
    "json",
    "ndjson",
    "sarif",
    "gitlab-sast",
    "gitlab-codequality",
    "github",
    "markdown",
    "junit",
    "rdjson",
    "sonar",
    "csv",
    "html",
];

fn program() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("iac-check"));
    command.current_dir(FOLDER).env_remove("GITHUB_ACTIONS").env_remove("GITHUB_SERVER_URL");
    command.env("SOURCE_DATE_EPOCH", "1700000000");
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every format of one run.
fn reports(folder: &Path, args: &[&str]) -> BTreeMap<&'static str, String> {
    let mut command = program();
    command.args(["check", "templates", "module"]).args(args);
    for format in FORMATS {
        command.arg("--format").arg(format!("{format}={}", folder.join(format).display()));
    }
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(1), ""));
    FORMATS.iter().map(|format| (*format, fs::read_to_string(folder.join(format)).unwrap())).collect()
}

#[test]
fn counts_are_equal_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let reports = reports(folder.path(), &[]);
    let json = |format: &str| serde_json::from_str::<serde_json::Value>(&reports[format]).unwrap();
    let failures = usize::try_from(json("json")["summary"]["failures"].as_u64().unwrap()).unwrap();
    assert!(failures > 0);
    let of = |value: &serde_json::Value, pointer: &str| value.pointer(pointer).unwrap().as_array().unwrap().len();
    let starting = |format: &str, words: &[&str]| {
        reports[format].lines().filter(|line| words.iter().any(|word| line.starts_with(word))).count()
    };
    assert_eq!(of(&json("sarif"), "/runs/0/results"), failures, "sarif");
    assert_eq!(of(&json("gitlab-sast"), "/vulnerabilities"), failures, "gitlab-sast");
    assert_eq!(of(&json("gitlab-codequality"), ""), failures, "gitlab-codequality");
    assert_eq!(of(&json("sonar"), "/issues"), failures, "sonar");
    assert_eq!(starting("csv", &["fail,"]), failures, "csv");
    assert_eq!(starting("human", &["critical[", "high[", "medium[", "low["]), failures, "human");
    assert_eq!(reports["ndjson"].matches("\"verdict\":\"fail\"").count(), failures, "ndjson");
    assert_eq!(reports["junit"].matches("<failure ").count(), failures, "junit");
    let unknown = reports["html"].matches("<article class=\"finding unknown\">").count();
    assert_eq!(reports["html"].matches("<article class=\"finding ").count() - unknown, failures, "html");
    assert_eq!(of(&json("rdjson"), "/diagnostics") - unknown, failures, "rdjson");
}

#[test]
fn the_same_bytes_whatever_the_threads() {
    let (one, many) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, many) = (reports(one.path(), &["--jobs", "1"]), reports(many.path(), &["--jobs", "4"]));
    for format in FORMATS.iter().filter(|format| **format != "human") {
        assert_eq!(one[format], many[format], "{format}");
    }
}

/// Escapes for terminals, marks of direction, and commands that CI services look for anywhere in a line.
#[test]
fn nothing_is_acted_upon_in_any_format() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "\u{7f}\u{9b}5m\u{202e}\u{2066}##[error]pwned ##vso[task.x]y <script>alert(1)</script>";
    let code = format!(
        "# {hostile}\n::error::x\nresource \"aws_dynamodb_table\" \"t{hostile}\" {{\n  for_each = toset([\"{hostile}\"]) # {hostile}\n}}\nmodule \"m\" {{\n  source = \"./{hostile}\"\n}}\n"
    );
    fs::create_dir_all(folder.path().join("a/.git")).unwrap();
    fs::write(folder.path().join("a/##[error] \u{202e}.tf"), code).unwrap();
    let out = folder.path().to_path_buf();
    let mut command = program();
    command.arg("check").arg(folder.path().join("a"));
    for format in FORMATS {
        command.arg("--format").arg(format!("{format}={}", out.join(format).display()));
    }
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    for format in FORMATS {
        let text = fs::read_to_string(out.join(format)).unwrap();
        let found = text.chars().find(|c| {
            (c.is_control() && *c != '\n')
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        assert_eq!(found, None, "{format}");
        let command = text.lines().find(|line| line.contains("##[") || line.contains("##vso["));
        assert_eq!(command, None, "{format}");
        assert!(!matches!(format, "html" | "junit") || !text.contains("<script"), "{format}");
    }
}

#[test]
fn a_report_that_cannot_be_finished_leaves_the_last_one() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    fs::write(&report, "before").unwrap();
    let check = |target: &Path| program().args(["clean", "--format", &format!("json={}", target.display())]).output();
    assert_eq!(check(&folder.path().join("no/such/folder.json")).unwrap().status.code(), Some(2));
    assert_eq!(check(folder.path()).unwrap().status.code(), Some(2), "a folder");
    assert_eq!(fs::read_to_string(&report).unwrap(), "before");
    assert_ne!(check(&report).unwrap().status.code(), Some(2));
    assert!(fs::read_to_string(&report).unwrap().starts_with('{'));
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["report.json"], "nothing else is left behind");
}

#[cfg(unix)]
#[test]
fn links_and_permissions_of_a_report_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (report, link) = (folder.path().join("report.json"), folder.path().join("link.json"));
    fs::write(&report, "before").unwrap();
    fs::set_permissions(&report, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("report.json", &link).unwrap();
    assert_ne!(
        program().args(["clean", "--format", &format!("json={}", link.display())]).output().unwrap().status.code(),
        Some(2)
    );
    assert!(link.is_symlink());
    assert!(fs::read_to_string(&report).unwrap().starts_with('{'));
    assert_eq!(fs::metadata(&report).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    for args in [["clean", "--format", "sarif=/dev/full"], ["clean", "--format", "sarif"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = program().args(args).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let told = stderr(&output);
        assert!(told.starts_with("error: cannot write ") && told.contains("No space left"), "{told}");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let cases: [(&[&str], i32); 4] = [
        (&["templates", "--format", "json", "--verdicts", "all"], 1),
        (&["rules"], 0),
        (&["explain", "dynamodb/deletion-protection"], 0),
        (&["--help"], 0),
    ];
    for (args, code) in cases {
        let mut child = program().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut errors = String::new();
        child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!((child.wait().unwrap().code(), errors.as_str()), (Some(code), ""), "{args:?}");
    }
}
