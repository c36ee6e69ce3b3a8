//! The program as a user meets it: options, exit codes, what is printed where.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Output;

use assert_cmd::Command;

/// The rules that the expectations below rest on, so that a new rule changes none of them.
const THREE_RULES: [&str; 6] = [
    "--rule",
    "dynamodb/customer-managed-key",
    "--rule",
    "dynamodb/point-in-time-recovery",
    "--rule",
    "dynamodb/deletion-protection",
];

fn program() -> Command {
    let mut command = Command::cargo_bin("iac-check").unwrap();
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/cli"));
    for variable in ["GITHUB_ACTIONS", "NO_COLOR", "CLICOLOR_FORCE", "GITHUB_SERVER_URL"] {
        command.env_remove(variable);
    }
    command.env("SOURCE_DATE_EPOCH", "1700000000");
    command
}

fn run(args: &[&str]) -> Output {
    program().args(args).output().unwrap()
}

fn checked(args: &[&str]) -> Output {
    program().args(args).args(THREE_RULES).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Without the time that the run took.
fn timeless(text: &str) -> String {
    text.lines()
        .map(|line| line.split_once(" checked in ").map_or(line, |(before, _)| before).to_owned() + "\n")
        .collect()
}

#[test]
fn text_for_people() {
    let output = checked(&["templates", "--root", "."]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    insta::assert_snapshot!(timeless(&stdout(&output)));
}

#[test]
fn help_names_every_option() {
    insta::assert_snapshot!(stdout(&run(&["--help"])));
}

#[test]
fn the_subcommand_may_be_left_out() {
    let (with, without) = (checked(&["check", "templates"]), checked(&["templates"]));
    assert_eq!(timeless(&stdout(&with)), timeless(&stdout(&without)));
    assert_eq!(with.status.code(), Some(1));
}

#[test]
fn exit_codes() {
    let code = |args: &[&str]| checked(args).status.code();
    assert_eq!(code(&["clean", "--skip-rule", "dynamodb/customer-managed-key"]), Some(0));
    assert_eq!(code(&["templates"]), Some(1));
    assert_eq!(code(&["templates", "--fail-on", "never"]), Some(0));
    assert_eq!(code(&["templates", "--fail-on", "critical"]), Some(0));
    assert_eq!(code(&["templates/orders.yaml", "--fail-on", "high"]), Some(1));
    assert_eq!(code(&["templates/orders.yaml", "--fail-on", "never", "--fail-on-unknown"]), Some(1));
    assert_eq!(code(&["templates", "--fail-on", "severe"]), Some(2));
    assert_eq!(code(&["templates", "--no-such-option"]), Some(2));
}

#[test]
fn what_is_shown_does_not_decide_what_fails() {
    let code = |args: &[&str]| checked(args).status.code();
    assert_eq!(code(&["templates/orders.yaml", "--verdicts", "pass"]), Some(1));
    assert_eq!(
        code(&["templates/orders.yaml", "--verdicts", "fail", "--fail-on", "never", "--fail-on-unknown"]),
        Some(1)
    );
    assert_eq!(code(&["templates/orders.yaml", "--min-severity", "critical"]), Some(0));
}

#[test]
fn the_configuration_file_is_found_and_options_win() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir_all(path("deep")).unwrap();
    std::fs::create_dir_all(path(".git")).unwrap();
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/cli/templates/orders.yaml"), path("deep/orders.yaml"))
        .unwrap();
    let code = |args: &[&str]| run(&[&[&*path("deep")], args].concat()).status.code();
    assert_eq!(code(&[]), Some(1));
    std::fs::write(
        path("iac-check.toml"),
        "fail-on = \"never\"\n[rules.\"dynamodb/point-in-time-recovery\"]\nseverity = \"critical\"\n",
    )
    .unwrap();
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--fail-on", "low"]), Some(1));
    assert_eq!(code(&["--fail-on", "critical"]), Some(1), "the severity of the file counts");
    std::fs::write(path("iac-check.toml"), "[[paths]]\npath = \"deep/**\"\nskip = [\"**\"]\n").unwrap();
    assert_eq!(code(&[]), Some(0));
    std::fs::write(path("iac-check.toml"), "fail-on = \"sometimes\"\n").unwrap();
    let wrong = run(&[&path("deep")]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("iac-check.toml:1:11"), "{}", stderr(&wrong));
    assert_eq!(run(&["init", &path("deep")]).status.code(), Some(0));
    assert_eq!(code(&[]), Some(1), "the nearest file counts, and its values are the defaults");
    assert_eq!(run(&["init", &path("deep")]).status.code(), Some(2), "never over an existing file");
}

#[test]
fn what_cannot_be_done_is_said() {
    let missing = run(&["no-such-folder"]);
    assert_eq!(
        (missing.status.code(), stderr(&missing)),
        (Some(2), "error: no-such-folder: no such file or folder\n".to_owned())
    );
    let rule = run(&["clean", "--rule", "dynamodb/no-such"]);
    assert_eq!(rule.status.code(), Some(2));
    assert!(stderr(&rule).contains("no rule matches `dynamodb/no-such`"), "{}", stderr(&rule));
    let twice = run(&["clean", "--format", "json", "--format", "sarif"]);
    assert_eq!(twice.status.code(), Some(2));
    let format = run(&["clean", "--format", "yaml"]);
    assert!(stderr(&format).contains("no format `yaml`"), "{}", stderr(&format));
}

#[test]
fn an_empty_tree_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    let output = run(&[empty]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).starts_with("Nothing to check"), "{}", stdout(&output));
    let json = run(&[empty, "--format", "json"]);
    assert!(stderr(&json).contains("no Terraform or CloudFormation files found"));
}

#[test]
fn github_actions_does_not_act_upon_what_users_wrote() {
    let output = program().args(["templates"]).env("GITHUB_ACTIONS", "true").output().unwrap();
    let text = stdout(&output);
    let fence = text.lines().find_map(|line| line.strip_prefix("::stop-commands::")).expect("a fence");
    let closing = format!("::{fence}::");
    let at = |part: &str| text.find(part).unwrap();
    assert!(at("::stop-commands::") < at("<script>") && at("<script>") < at(&closing));
    // The runner looks for this form of commands anywhere in a line.
    assert!(!text.contains("##[error]"), "{text}");
}

#[test]
fn names_in_errors_are_no_commands_either() {
    let name = "x\u{1b}[31m ##[error]y";
    assert_eq!(stderr(&run(&[name])), "error: x\\u{1b}[31m #\\u{23}[error]y: no such file or folder\n");
    let output = program().arg(name).env("GITHUB_ACTIONS", "true").output().unwrap();
    assert_eq!(stderr(&output), "::error title=iac-check::x\\u{1b}[31m #\\u{23}[error]y: no such file or folder\n");
}

#[test]
fn colours_only_when_wanted() {
    assert!(!stdout(&checked(&["templates"])).contains('\u{1b}'));
    assert!(stdout(&checked(&["templates", "--color", "always"])).contains('\u{1b}'));
    let escapes = stdout(&checked(&["templates", "--color", "always"]));
    assert!(!escapes.contains("\u{1b}[5m"), "an escape of the user's text came through");
}

#[test]
fn rules_are_listed_and_explained() {
    let list: serde_json::Value = serde_json::from_str(&stdout(&run(&["rules", "--format", "json"]))).unwrap();
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted() && ids.contains(&"dynamodb/point-in-time-recovery"));
    for id in ids {
        assert_eq!(run(&["explain", id]).status.code(), Some(0), "{id}");
    }
    insta::assert_snapshot!(stdout(&run(&["explain", "point-in-time-recovery"])));
    let unknown = run(&["explain", "recovery"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("did you mean dynamodb/point-in-time-recovery"), "{}", stderr(&unknown));
}

#[test]
fn resolve_prints_what_the_code_means() {
    let output = run(&["resolve", "templates/orders.yaml"]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn terraform_for_people() {
    let output = checked(&["module", "--root", "."]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    insta::assert_snapshot!(timeless(&stdout(&output)));
    let fixed = checked(&[
        "module",
        "--var",
        "pitr=true",
        "--rule",
        "dynamodb/point-in-time-recovery",
        "--skip-rule",
        "dynamodb/[cd]*",
    ]);
    assert_eq!(fixed.status.code(), Some(0), "{}", stdout(&fixed));
}

#[test]
fn expressions_are_evaluated() {
    let output = run(&[
        "eval",
        "--dir",
        "module",
        "--var",
        "name=x",
        "upper(var.name)",
        "[for k in [1, 2] : k * 2]",
        "var.pitr ? 1 : null",
    ]);
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(0), "\"X\"\n[\n  2,\n  4\n]\nnull\n"),
        "{}",
        stderr(&output)
    );
    let piped = program().args(["eval", "--dir", "module", "-"]).write_stdin("1 + 1\n\nvar.name\n").output().unwrap();
    assert_eq!(stdout(&piped), "2\n{\n  \"$unknown\": \"input: var.name\"\n}\n");
    let wrong = run(&["eval", "--dir", "module", "1 +", "2"]);
    assert_eq!((wrong.status.code(), stdout(&wrong).as_str()), (Some(2), "2\n"));
    assert!(stderr(&wrong).starts_with("error: "), "{}", stderr(&wrong));
}

#[test]
fn completions_and_the_manual_page() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(stdout(&run(&["completions", shell])).contains("iac-check"));
    }
    assert!(stdout(&run(&["man"])).contains(".SH OPTIONS"));
}

#[test]
fn a_named_file_that_is_nothing_to_check_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("notes.json", "{\"a\": 1}".to_owned()), ("braces.json", "{".repeat(1_000_000))] {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let output = program().arg(&file).output().unwrap();
        let text = stdout(&output);
        assert!(text.contains("is neither Terraform nor CloudFormation"), "{text}");
        // In a tree it is only one of many files.
        assert!(!stdout(&program().arg(folder.path()).output().unwrap()).contains("neither"));
    }
}

#[test]
fn parameters_that_fit_no_template_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "table.yaml",
        "Parameters:\n  Stage: {Type: String}\nResources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties: {TableName: !Ref Stage}\n",
    );
    write("good.json", r#"[{"ParameterKey": "Stage", "ParameterValue": "prod"}]"#);
    write("bad.json", r#"[{"ParameterKey": "Stge", "ParameterValue": "prod"}]"#);
    let with = |name: &str| {
        let file = folder.path().join(name);
        program().arg(folder.path().join("table.yaml")).arg("--parameters").arg(file).output().unwrap()
    };
    assert_eq!(with("good.json").status.code(), Some(1));
    let refused = with("bad.json");
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("bad.json: no template"), "{}", stderr(&refused));
}

#[cfg(unix)]
#[test]
fn a_configuration_outside_of_the_root_is_not_read() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    std::fs::write(folder.path().join("main.tf"), "").unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "password = 'hunter2'").unwrap();
    std::os::unix::fs::symlink(&secret, folder.path().join("iac-check.toml")).unwrap();
    let output = program().arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!stderr(&output).contains("password"), "{}", stderr(&output));
    assert!(stderr(&output).contains("iac-check.toml"), "{}", stderr(&output));
}
