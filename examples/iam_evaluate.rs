//! Decides cases of the format of `testdata/iam/iam-cases.jsonl`, one a line on standard input, one verdict a line on
//! standard output. For comparisons with other evaluators: `dev/compare-with-iam-simulate`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../tests/iam_cases/mod.rs"]
mod iam_cases;

use std::io::{BufRead as _, Write as _};

fn main() {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let case = serde_json::from_str(&line.unwrap()).unwrap();
        writeln!(out, "{}", iam_cases::answer(&case).verdict).unwrap();
    }
}
