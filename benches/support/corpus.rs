//! The trees that benchmarks run on, made once with `benches/corpus.py` under the target folder.
#![allow(dead_code)]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Sizes of trees, in files.
pub const SIZES: [usize; 3] = [1000, 2000, 4000];

/// A tree of about this many files.
pub fn tree(files: usize) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("corpus-{files}"));
    made(&folder, &["tree", "--files", &files.to_string()], &folder);
    folder
}

/// One large document, `plan --mb 50` or `cfn --kb 1000`, in a folder of its own.
pub fn document(kind: &str, size: [&str; 2], name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("corpus-{kind}"));
    made(&folder, &[kind, size[0], size[1]], &folder.join(name));
    folder
}

fn made(folder: &Path, arguments: &[&str], out: &Path) {
    if folder.exists() {
        return;
    }
    std::fs::create_dir_all(folder).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/corpus.py");
    let made = Command::new("python3").arg(script).args(arguments).arg("--out").arg(out).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Every file below a folder, in order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}
