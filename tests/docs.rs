//! The documents: every command of iac-check in them works, and every link leads somewhere.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(Path::new(PROJECT).join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    all.push(Path::new(PROJECT).join("README.md"));
    all.sort();
    all
}

/// Lines of `sh` blocks that begin with the program or pipe into it.
fn commands(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut commands: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            inside = fence == "sh";
        } else if inside && (line.starts_with("iac-check ") || line.contains("| iac-check ")) {
            commands.push(line.to_owned());
        }
    }
    commands
}

/// A folder with what the commands name.
fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let write = |name: &str, text: &str| {
        fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        fs::write(root.join(name), text).unwrap();
    };
    let table = "variable \"environment\" {}\nlocals {\n  tags = {}\n}\nresource \"aws_dynamodb_table\" \"t\" {\n  name = \"t\"\n}\n";
    write("infra/main.tf", table);
    write("prod.tfvars", "environment = \"prod\"\n");
    write("template.yaml", "Parameters:\n  Env: {Type: String}\nResources:\n  T:\n    Type: AWS::DynamoDB::Table\n");
    write("prod.json", "[{\"ParameterKey\": \"Env\", \"ParameterValue\": \"prod\"}]");
    write(
        "plan.json",
        "{\"format_version\": \"1.2\", \"terraform_version\": \"1.9.0\", \"planned_values\": {\"root_module\": {}}, \"resource_changes\": []}",
    );
    write("policies/tables.guard", "rule tables when Resources exists { Resources exists }\n");
    let git = |args: &[&str]| {
        let status =
            Command::new("git").args(args).current_dir(root).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.unwrap().success(), "{args:?}");
    };
    git(&["init", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--message=a"]);
    git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let mut baseline = Command::new(assert_cmd::cargo::cargo_bin("iac-check"));
    baseline.args(["baseline", ".", "-o", "iac-check-baseline.json"]).current_dir(root);
    assert!(baseline.status().unwrap().success());
    folder
}

#[cfg(unix)]
#[test]
fn commands_work() {
    let folder = workplace();
    let program = assert_cmd::cargo::cargo_bin("iac-check");
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut ran = 0;
    let mut wrong = Vec::new();
    for document in documents() {
        for line in commands(&fs::read_to_string(&document).unwrap()) {
            let mut command = Command::new("sh");
            command.args(["-c", &line]).current_dir(folder.path()).env("PATH", &path).env_remove("GITHUB_ACTIONS");
            let output = command.stdin(Stdio::null()).output().unwrap();
            ran += 1;
            if !matches!(output.status.code(), Some(0 | 1)) || !output.stderr.is_empty() {
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                wrong.push(format!("{}: {line}: {:?} {told}", document.display(), output.status.code()));
            }
        }
    }
    println!("{} of {ran} agree", ran - wrong.len());
    assert!(ran > 15 && wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap();
            if !path.is_empty() && !path.contains("://") && !document.parent().unwrap().join(path).exists() {
                wrong.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
