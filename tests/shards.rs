//! Parts of a run, merged, are the bytes of the whole run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fs, path::Path, process::Command};

const FORMATS: [(&str, &[&str]); 3] = [
    ("json", &["--verdicts", "all"]),
    ("sarif", &[]),
    ("sarif", &["--sarif-include", "unknown", "--sarif-include", "suppressed", "--sarif-category", "all"]),
];

fn check(path: &Path, format: &str, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_iac-check"))
        .arg(path)
        .args(["--format", format])
        .args(args)
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn merged(files: &[&Path]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_iac-check")).arg("merge").args(files).output().unwrap()
}

#[test]
fn parts_merged_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    // Projects with related stacks, suppressions that are used and not, and broken files.
    for path in ["testdata/projects", "testdata/traps/cloudformation", "testdata/rules/dynamodb"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        for (format, args) in FORMATS {
            let whole = check(&path, format, args);
            for count in [1, 3] {
                let files: Vec<_> = (1..=count)
                    .rev()
                    .map(|index| {
                        let file = folder.path().join(format!("part-{index}"));
                        let shard = format!("{index}/{count}");
                        fs::write(&file, check(&path, format, &[args, &["--shard", &shard]].concat())).unwrap();
                        file
                    })
                    .collect();
                let files: Vec<&Path> = files.iter().map(|file| file.as_path()).collect();
                let output = merged(&files);
                let text = String::from_utf8(output.stdout).unwrap();
                let difference = whole.lines().zip(text.lines()).find(|(a, b)| a != b);
                assert!(whole == text, "{} {format} {count}: {difference:.300?}", path.display());
            }
        }
    }
}

#[test]
fn a_missing_part_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/projects/shop");
    let part = |name: &str, shard: &str| {
        let file = folder.path().join(name);
        fs::write(&file, check(&path, "json", &["--shard", shard])).unwrap();
        file
    };
    let (one, two, other) = (part("one", "1/3"), part("two", "2/3"), part("other", "1/2"));
    let whole = folder.path().join("whole");
    fs::write(&whole, check(&path, "json", &[])).unwrap();
    let broken = folder.path().join("broken");
    fs::write(&broken, "{").unwrap();
    for (files, message) in [
        (vec![&one, &two], "parts are missing: 3 of 3"),
        (vec![&one, &one], "there twice"),
        (vec![&one, &other], "a run with 2 parts"),
        (vec![&whole], "not written with --shard"),
        (vec![&broken], "no JSON report"),
    ] {
        let files: Vec<&Path> = files.into_iter().map(|file| file.as_path()).collect();
        let output = merged(&files);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(message), "{said}");
    }
}
