//! The GitHub action: its scripts run by bash as the runner runs them, with a stand-in for the download.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

const TABLE: &str = "resource \"aws_dynamodb_table\" \"t\" {\n  name = \"t\"\n}\n";
const RULE: &str = "--rule\ndynamodb/point-in-time-recovery";

/// A job: its workspace, what the runner provides, and a copy of the action.
struct Job {
    folder: tempfile::TempDir,
}

/// What a step leaves.
#[derive(Debug)]
struct Step {
    code: Option<i32>,
    outputs: BTreeMap<String, String>,
    summary: String,
    log: String,
}

impl Job {
    fn new(files: &[(&str, &str)]) -> Self {
        let job = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["workspace/.git", "temp", "tools", "bin"] {
            fs::create_dir_all(job.path(folder)).unwrap();
        }
        for (name, text) in files {
            let file = job.path("workspace").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        job
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn step(&self, script: &Path, inputs: &[(&str, &str)]) -> Step {
        let file = |name: &str| {
            fs::write(self.path(name), "").unwrap();
            self.path(name)
        };
        let (outputs, summary) = (file("outputs"), file("summary"));
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(script).current_dir(self.path("workspace"));
        command.env("PATH", format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap()));
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", self.path("workspace"));
        command.env("GITHUB_SERVER_URL", "https://github.com").env("GITHUB_REPOSITORY", "example/infra");
        command.env("GITHUB_SHA", "merge").env("IAC_COMMIT", "head");
        command.env("RUNNER_TEMP", self.path("temp")).env("RUNNER_TOOL_CACHE", self.path("tools"));
        command.env("GITHUB_OUTPUT", &outputs).env("GITHUB_STEP_SUMMARY", &summary).envs(inputs.iter().copied());
        let output = command.output().unwrap();
        let log = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let text = fs::read_to_string(outputs).unwrap();
        let outputs = text.lines().map(|line| line.split_once('=').unwrap());
        Step {
            code: output.status.code(),
            outputs: outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            summary: fs::read_to_string(summary).unwrap(),
            log,
        }
    }

    /// `check.sh` with the defaults of the inputs, as given in action.yml, and others.
    fn check(&self, inputs: &[(&str, &str)]) -> Step {
        let program = assert_cmd::cargo::cargo_bin("iac-check");
        let mut all = vec![
            ("IAC_PROGRAM", program.to_str().unwrap()),
            ("IAC_PATH", "."),
            ("IAC_CONFIG", ""),
            ("IAC_FAIL_ON", "low"),
            ("IAC_MIN_SEVERITY", "low"),
            ("IAC_BASELINE", ""),
            ("IAC_ANNOTATIONS", "true"),
            ("IAC_SUMMARY", "true"),
            ("IAC_ARGS", RULE),
        ];
        all.extend(inputs);
        let step = self.step(&repository("action/check.sh"), &all);
        assert_eq!(step.code, Some(0), "the exit code is decided upon last: {step:?}");
        step
    }

    /// `install.sh` of an action that knows one release, served by a stand-in for curl.
    fn install(&self, version: &str, checksum: Option<&str>) -> Step {
        let archive = self.path("archive.tgz");
        let program = self.path("iac-check");
        write_program(&program, "echo it runs");
        let mut pack = Command::new("tar");
        pack.arg("-czf").arg(&archive).arg("-C").arg(self.folder.path()).arg("iac-check");
        assert!(pack.status().unwrap().success());
        let serve = format!(
            "while [ $# -gt 0 ]; do if [ \"$1\" = --output ]; then cp {} \"$2\"; fi; shift; done",
            archive.display()
        );
        write_program(&self.path("bin/curl"), &serve);
        let sum = Command::new("sha256sum").arg(&archive).output().unwrap().stdout;
        let sum = String::from_utf8(sum).unwrap().split(' ').next().unwrap().to_owned();
        fs::create_dir_all(self.path("action/action")).unwrap();
        fs::copy(repository("action/install.sh"), self.path("action/action/install.sh")).unwrap();
        let architecture = std::env::consts::ARCH;
        let table = format!("{}  iac-check-{architecture}-unknown-linux-musl-v1.2.3.tgz\n", checksum.unwrap_or(&sum));
        fs::write(self.path("action/action/checksums.txt"), table).unwrap();
        self.step(&self.path("action/action/install.sh"), &[("IAC_VERSION", version)])
    }
}

fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn write_program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Lines that the runner acts upon, the fences of text for people respected.
fn commands(log: &str) -> Vec<&str> {
    let mut fence = None;
    let mut found = Vec::new();
    for line in log.lines() {
        if let Some(end) = &fence {
            if line == end {
                fence = None;
            }
        } else if let Some(word) = line.strip_prefix("::stop-commands::") {
            fence = Some(format!("::{word}::"));
        } else if line.trim_start().starts_with("::") || line.contains("##[") {
            found.push(line);
        }
    }
    assert_eq!(fence, None, "a fence is left open");
    found
}

fn outputs(step: &Step) -> [&str; 3] {
    ["exit-code", "findings", "failed"].map(|name| step.outputs.get(name).map_or("", String::as_str))
}

#[test]
fn a_clean_repository_passes() {
    let job = Job::new(&[("main.tf", "locals {}\n")]);
    let step = job.check(&[]);
    assert_eq!(outputs(&step), ["0", "0", "false"]);
    assert!(Path::new(&step.outputs["sarif-file"]).is_file());
    assert!(step.summary.contains("**No findings**") && commands(&step.log).is_empty(), "{step:?}");
}

#[test]
fn findings_are_told_in_every_way() {
    let job = Job::new(&[("infra/ü a/main.tf", TABLE)]);
    let step = job.check(&[("IAC_PATH", "infra/ü a\n\n")]);
    assert_eq!(outputs(&step), ["1", "1", "true"]);
    let told = commands(&step.log);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told.iter().all(|line| line.starts_with("::error file=infra/ü a/main.tf,line=1,endLine=1,col=1,")));
    assert!(
        step.summary.contains("https://github.com/example/infra/blob/head/infra/%C3%BC%20a/main.tf#L1"),
        "{step:?}"
    );
    assert_eq!(outputs(&job.check(&[("IAC_FAIL_ON", "critical")])), ["0", "1", "false"]);
    let silent = job.check(&[("IAC_ANNOTATIONS", "false"), ("IAC_SUMMARY", "false"), ("IAC_MIN_SEVERITY", "critical")]);
    assert_eq!(outputs(&silent), ["0", "0", "false"]);
    assert!(commands(&silent.log).is_empty() && silent.summary.is_empty());
}

#[test]
fn configuration_and_baseline_are_taken() {
    let settings = "fail-on = \"never\"\n[rules.\"dynamodb/point-in-time-recovery\"]\nseverity = \"low\"\n";
    let job = Job::new(&[("main.tf", TABLE), ("ci/our settings.toml", settings)]);
    let step = job.check(&[("IAC_CONFIG", "ci/our settings.toml")]);
    assert_eq!(outputs(&step), ["1", "1", "true"], "the input fail-on wins");
    assert!(commands(&step.log).iter().all(|line| line.starts_with("::notice ")), "{}", step.log);
    let mut write = Command::new(assert_cmd::cargo::cargo_bin("iac-check"));
    write.args(["baseline", ".", "-o", "known.json"]).current_dir(job.path("workspace"));
    assert!(write.status().unwrap().success());
    assert_eq!(outputs(&job.check(&[("IAC_BASELINE", "known.json")])), ["0", "0", "false"]);
}

#[test]
fn a_broken_file_is_told_and_the_rest_is_checked() {
    let job = Job::new(&[("main.tf", TABLE), ("bad/x.tf", "resource \"a\" {\n")]);
    let step = job.check(&[]);
    assert_eq!(outputs(&step), ["1", "1", "true"]);
    assert!(commands(&step.log).iter().any(|line| line.starts_with("::warning file=bad/x.tf,line=1")), "{}", step.log);
    let nothing = Job::new(&[("x.tf", "resource \"a\" {\n")]).check(&[]);
    assert_eq!(outputs(&nothing), ["2", "0", "false"]);
}

#[test]
fn what_cannot_be_done_is_an_annotation() {
    let step = Job::new(&[]).check(&[("IAC_PATH", "nowhere")]);
    assert_eq!(outputs(&step), ["2", "", "false"]);
    assert!(!step.outputs.contains_key("sarif-file"));
    assert_eq!(commands(&step.log), ["::error title=iac-check::nowhere: no such file or folder"]);
}

#[test]
fn limits_of_the_service_are_kept() {
    let tables: String = (0..1_000).map(|number| TABLE.replace("\"t\" {", &format!("\"t{number}\" {{"))).collect();
    let step = Job::new(&[("main.tf", &tables)]).check(&[]);
    assert_eq!(outputs(&step), ["1", "1000", "true"]);
    let told = commands(&step.log);
    assert_eq!(told.len(), 10);
    assert!(told.last().unwrap().contains("991 more"), "{told:?}");
    assert!(step.summary.len() < 1024 * 1024);
}

#[test]
fn nothing_is_injected() {
    let hostile = "x ::error::pwned ##[error]pwned <script>alert(1)</script> \u{1b}[31m\u{202e} %0A::error::x `|";
    let code = format!(
        "# {hostile}\n::error::pwned\nresource \"aws_dynamodb_table\" \"{hostile}\" {{\n  name = \"{hostile}\" # {hostile}\n}}\n"
    );
    let template =
        format!("Resources:\n  \"::error::x ##[error]pwned\":\n    # {hostile}\n    Type: AWS::DynamoDB::Table\n");
    let template = template.replace('\u{1b}', "");
    let step = Job::new(&[("a ##[error]x.tf", &code), ("::error::y.yaml", &template)]).check(&[]);
    assert_eq!(outputs(&step), ["1", "2", "true"]);
    for line in commands(&step.log) {
        let (properties, message) = line.trim_start_matches(':').split_once("::").unwrap();
        assert!(properties.starts_with("error file=") || properties.starts_with("warning file="), "{line}");
        assert!(!properties.contains("pwned") && !message.is_empty() && !line.contains("##["), "{line}");
    }
    assert!(!step.log.contains(['\u{1b}', '\u{202e}']));
    let inputs = [("IAC_PATH", "$(touch pwned)\n; touch pwned"), ("IAC_FAIL_ON", "`touch pwned`")];
    let job = Job::new(&[]);
    assert_eq!(outputs(&job.check(&inputs))[0], "2");
    assert!(!job.path("workspace/pwned").exists());
}

#[test]
fn a_release_is_installed_by_its_checksum() {
    let job = Job::new(&[]);
    let step = job.install("1.2.3", None);
    assert_eq!(step.code, Some(0), "{step:?}");
    let ran = Command::new(&step.outputs["program"]).output().unwrap();
    assert_eq!(ran.stdout, b"it runs\n");
    fs::remove_file(job.path("bin/curl")).unwrap();
    assert_eq!(job.install("1.2.3", None).outputs["program"], step.outputs["program"], "kept from before");
}

#[test]
fn what_is_not_the_release_is_not_run() {
    for (version, checksum, told) in [
        ("1.2.3", Some("0000"), "the checksum of iac-check-"),
        ("9.9.9", None, "this revision of the action knows no release 9.9.9"),
        ("1.2.3$(touch pwned)", None, "the input version must be X.Y.Z"),
    ] {
        let job = Job::new(&[]);
        let step = job.install(version, checksum);
        assert_eq!((step.code, step.outputs.len()), (Some(1), 0), "{step:?}");
        assert!(commands(&step.log).iter().any(|line| line.contains(told)), "{step:?}");
        assert!(!job.path("workspace/pwned").exists());
    }
}

/// Without a version, cargo builds what the action itself holds.
#[test]
fn the_source_is_built_when_no_version_is_given() {
    let job = Job::new(&[]);
    let build = "while [ $# -gt 0 ]; do case $1 in --manifest-path) test -f \"$2\" ;; --target-dir) mkdir -p \"$2/release\"; printf '#!/bin/sh\\necho built' > \"$2/release/iac-check\"; chmod +x \"$2/release/iac-check\" ;; esac; shift; done";
    write_program(&job.path("bin/cargo"), build);
    let step = job.step(&repository("action/install.sh"), &[("IAC_VERSION", "")]);
    assert_eq!(step.code, Some(0), "{step:?}");
    assert_eq!(Command::new(&step.outputs["program"]).output().unwrap().stdout, b"built\n");
}
