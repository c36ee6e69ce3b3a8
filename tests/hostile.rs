//! Input that means harm, or is merely strange: beside a good file, which must be judged all the same, within a time
//! and a memory bound, with nothing outside of the root read and every loss said. Each case runs the program.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Generous: a debug build on a busy machine.
const TIME: Duration = Duration::from_secs(90);
/// Address space, in KiB. A debug build keeps more than a release build needs.
const MEMORY: usize = 2_500_000;

/// A table without recovery, which is found whatever lies beside it.
const TABLE: &str = "resource \"aws_dynamodb_table\" \"orders\" {\n  name = \"orders\"\n}\n";

fn scan(folder: &Path, args: &[&str]) -> Output {
    let started = Instant::now();
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -v {MEMORY} && exec \"$@\""), "sh", env!("CARGO_BIN_EXE_iac-check")])
        .arg(folder)
        .args(args)
        .env_remove("GITHUB_ACTIONS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let taken = started.elapsed();
    println!("{taken:?}");
    assert!(taken < TIME, "took {taken:?}");
    output
}

/// Scans a good file in `good/` beside what `plant` puts into `hostile/`, and gives the report.
fn beside(plant: impl FnOnce(&Path)) -> (TempDir, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["good", "hostile"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("good/main.tf"), TABLE).unwrap();
    plant(&folder.path().join("hostile"));
    let output = scan(folder.path(), &["--format", "json", "--rule", "dynamodb/*"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let found = report["results"].as_array().unwrap().iter().any(|result| {
        result["rule"] == "dynamodb/point-in-time-recovery" && result["location"]["file"] == "good/main.tf"
    });
    assert!(found, "the good file is lost: {text}");
    (folder, report)
}

fn file(name: &'static str, text: impl AsRef<[u8]>) -> impl FnOnce(&Path) {
    move |folder| fs::write(folder.join(name), text).unwrap()
}

/// A problem of the report has this in its message or its path.
fn says(report: &serde_json::Value, part: &str) {
    let problems = report["problems"].as_array().unwrap();
    let has = |problem: &serde_json::Value, key: &str| problem[key].as_str().is_some_and(|text| text.contains(part));
    assert!(
        problems.iter().any(|problem| has(problem, "message") || has(problem, "file")),
        "{part:?} is not said: {problems:#?}"
    );
}

fn is_silent(report: &serde_json::Value) {
    assert_eq!(report["problems"].as_array().unwrap().len(), 0, "{report:#?}");
}

const TEMPLATE: &str = "AWSTemplateFormatVersion: '2010-09-09'\n";

fn nested(depth: usize, open: &str, close: &str) -> String {
    format!("{}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn alias_bombs() {
    let mut text = format!("{TEMPLATE}Metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let before = format!("*a{}", level - 1);
        writeln!(text, "  a{level}: &a{level} [{}]", [before.as_str(); 9].join(", ")).unwrap();
    }
    text.push_str("Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Metadata: *a39\n");
    let (_folder, report) = beside(file("bomb.yaml", text));
    says(&report, "more than 1000000 nodes");
}

#[test]
fn deep_nesting_in_every_language() {
    for depth in [64, 10_000] {
        let list = nested(depth, "[", "]");
        let (_folder, report) = beside(|folder| {
            fs::write(folder.join("main.tf"), format!("locals {{\n  x = {list}\n}}\n")).unwrap();
            fs::write(folder.join("deep.tf.json"), format!("{{\"locals\": {{\"y\": {list}}}}}")).unwrap();
            fs::write(folder.join("t.yaml"), format!("{TEMPLATE}Resources: {{}}\nMetadata: {list}\n")).unwrap();
            fs::write(
                folder.join("t.json"),
                format!("{{\"AWSTemplateFormatVersion\": \"2010-09-09\", \"Resources\": {{}}, \"Metadata\": {list}}}"),
            )
            .unwrap();
            let blocks = nested(depth, "a {\n", "}\n");
            fs::write(folder.join("blocks.tf"), blocks).unwrap();
            let parentheses = nested(depth, "(", ")").replace("()", "(1)");
            fs::write(folder.join("parentheses.tf"), format!("locals {{\n  z = {parentheses}\n}}\n")).unwrap();
            let templates = format!("\"{}1{}\"", "${\"".repeat(depth), "\"}".repeat(depth));
            fs::write(folder.join("templates.tf"), format!("locals {{\n  t = {templates}\n}}\n")).unwrap();
        });
        if depth > 1000 {
            says(&report, "deep");
        }
    }
}

#[test]
fn a_megabyte_of_braces() {
    let (_folder, report) = beside(|folder| {
        for name in ["a.tf", "b.tf.json", "c.yaml", "d.json", "e.template"] {
            fs::write(folder.join(name), "{".repeat(1_000_000)).unwrap();
        }
    });
    says(&report, "expected");
}

#[test]
fn objects_of_forty_thousand_keys() {
    let mut hcl = "locals {\n  many = {\n".to_owned();
    let mut yaml = format!("{TEMPLATE}Resources: {{}}\nMappings:\n  Many:\n    Keys:\n");
    for index in 0..40_000 {
        writeln!(hcl, "    key{index} = \"value {index}\"").unwrap();
        writeln!(yaml, "      key{index}: value {index}").unwrap();
    }
    hcl.push_str("  }\n}\noutput \"all\" {\n  value = merge(local.many, { extra = length(local.many) })\n}\n");
    let (_folder, report) = beside(|folder| {
        fs::write(folder.join("main.tf"), hcl).unwrap();
        fs::write(folder.join("many.yaml"), yaml).unwrap();
    });
    is_silent(&report);
}

#[test]
fn expansions_without_end() {
    let (_folder, report) = beside(|folder| {
        let text = r#"
            locals {
              numbers = range(1000000000)
              pairs   = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : "${a}${b}${c}"]]]
              product = setproduct(range(1000), range(1000), range(1000))
            }
            resource "aws_dynamodb_table" "many" {
              count = 1000000000
              name  = "t${count.index}"
            }
            resource "aws_dynamodb_table" "used" {
              name = join("", [for text in flatten(local.pairs) : text])
            }
        "#;
        fs::write(folder.join("main.tf"), text).unwrap();
    });
    says(&report, "loops make more than 1000000 elements");
    says(&report, "more than 10000 instances");
}

#[test]
fn modules_and_stacks_that_nest_themselves() {
    let (_folder, report) = beside(|folder| {
        fs::create_dir(folder.join("tf")).unwrap();
        fs::write(folder.join("tf/main.tf"), "module \"again\" {\n  source = \"./\"\n}\n").unwrap();
        let stack = |other: &str| {
            format!(
                "{TEMPLATE}Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: {other}}}\n"
            )
        };
        fs::write(folder.join("a.yaml"), stack("./b.yaml")).unwrap();
        fs::write(folder.join("b.yaml"), stack("./a.yaml")).unwrap();
    });
    says(&report, "module `again` calls a module that it is part of");
    says(&report, "nests itself");
}

#[test]
fn thirty_independent_conditions() {
    let mut text = format!("{TEMPLATE}Parameters:\n");
    for index in 0..30 {
        writeln!(text, "  P{index}: {{Type: String, AllowedValues: [a, b]}}").unwrap();
    }
    text.push_str("Conditions:\n");
    for index in 0..30 {
        writeln!(text, "  C{index}: !Equals [!Ref P{index}, a]").unwrap();
    }
    text.push_str("Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      Tags:\n");
    for index in 0..30 {
        writeln!(text, "        - !If [C{index}, {{Key: k{index}, Value: v}}, !Ref AWS::NoValue]").unwrap();
    }
    beside(file("conditions.yaml", text));
}

#[test]
fn links_in_circles_and_out_of_the_root() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.tf");
    fs::write(&secret, "resource \"aws_dynamodb_table\" \"secret\" {\n  name = \"hunter2\"\n}\n").unwrap();
    let (_folder, report) = beside(|folder| {
        symlink(folder, folder.join("circle")).unwrap();
        symlink("loop.tf", folder.join("loop.tf")).unwrap();
        symlink("nowhere.tf", folder.join("dangling.tf")).unwrap();
        symlink(&secret, folder.join("escape.tf")).unwrap();
        let inside = outside.path().display();
        let text = format!(
            "locals {{\n  read = file(\"{}\")\n  up = file(\"../../../../../../etc/passwd\")\n  all = fileset(\"{inside}\", \"**\")\n}}\n\
             module \"outside\" {{\n  source = \"{inside}\"\n}}\n\
             resource \"aws_dynamodb_table\" \"named\" {{\n  name = \"${{local.read}}${{local.up}}\"\n}}\n",
            secret.display()
        );
        fs::write(folder.join("main.tf"), text).unwrap();
        let include = "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      Fn::Transform:\n        Name: AWS::Include\n        Parameters: {Location: /etc/passwd}\n";
        fs::write(folder.join("include.yaml"), format!("{TEMPLATE}{include}")).unwrap();
    });
    let text = report.to_string();
    assert!(!text.contains("hunter2") && !text.contains("root:x:"), "{text}");
    says(&report, "outside");
}

#[test]
fn pipes_devices_and_directories_as_files() {
    let (_folder, report) = beside(|folder| {
        assert!(Command::new("mkfifo").arg(folder.join("pipe.tf")).status().unwrap().success());
        assert!(Command::new("mkfifo").arg(folder.join("pipe.yaml")).status().unwrap().success());
        symlink("/dev/zero", folder.join("zero.tf")).unwrap();
        symlink("/dev/zero", folder.join("zero.json")).unwrap();
        fs::create_dir(folder.join("folder.tf")).unwrap();
    });
    says(&report, "pipe.tf");
    says(&report, "pipe.yaml");
    says(&report, "zero.tf");
}

#[test]
fn a_pipe_named_by_the_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let output = scan(&pipe, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("neither a file nor a folder"));
}

#[test]
fn a_sparse_file_of_two_gigabytes() {
    let (_folder, report) = beside(|folder| {
        for name in ["huge.tf", "huge.json"] {
            fs::File::create(folder.join(name)).unwrap().set_len(2 << 30).unwrap();
        }
    });
    says(&report, "huge.tf");
    says(&report, "huge.json");
}

#[test]
fn text_that_is_none() {
    let (_folder, report) = beside(|folder| {
        fs::write(folder.join("empty.tf"), "").unwrap();
        fs::write(folder.join("empty.yaml"), "").unwrap();
        fs::write(folder.join("binary.tf"), [0_u8, 159, 146, 150, 255, 0]).unwrap();
        fs::write(folder.join("heredoc.tf"), "locals {\n  x = <<EOT\nnever ends\n").unwrap();
        fs::write(folder.join("latin.yaml"), [TEMPLATE.as_bytes(), b"Description: caf\xe9\nResources: {}\n"].concat())
            .unwrap();
    });
    says(&report, "binary.tf");
    says(&report, "latin.yaml");
    says(&report, "heredoc");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_unicode() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let (_folder, report) = beside(|folder| {
        let name = OsStr::from_bytes(b"caf\xe9.yaml");
        fs::write(folder.join(name), format!("{TEMPLATE}Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n")).unwrap();
    });
    let files: Vec<_> =
        report["results"].as_array().unwrap().iter().map(|result| &result["location"]["file"]).collect();
    assert!(files.iter().any(|file| file.as_str().unwrap().starts_with("hostile/caf")), "{files:?}");
}

#[test]
fn output_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), TABLE).unwrap();
    let program = env!("CARGO_BIN_EXE_iac-check");
    let shell = |line: &str| {
        let line = line.replace("PROGRAM", program);
        Command::new("sh").args(["-c", &line]).current_dir(folder.path()).output().unwrap()
    };
    let full = shell("PROGRAM . > /dev/full");
    assert_eq!(full.status.code(), Some(2), "{}", String::from_utf8_lossy(&full.stderr));
    let report = shell("PROGRAM . --format sarif=/dev/full");
    assert_eq!(report.status.code(), Some(2), "{}", String::from_utf8_lossy(&report.stderr));
    let closed = shell("PROGRAM . --format json | head -c 1");
    assert!(!String::from_utf8_lossy(&closed.stderr).contains("panicked"));
    let missing = shell("PROGRAM . --format json=no/such/folder/report.json");
    assert_eq!(missing.status.code(), Some(2));
}
