//! The whole job: from files to a finished report, all default rules on. `cargo bench --bench check`.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "support/corpus.rs"]
mod corpus;

use std::path::PathBuf;

use divan::Bencher;
use iac_check::{
    check::{Options, check},
    terraform,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    terraform::threads().build_global().unwrap();
    divan::main();
}

fn run(bencher: Bencher<'_, '_>, folder: PathBuf) {
    let options = Options { root: Some(folder.clone()), ..Options::new(folder) };
    bencher.bench_local(|| check(&options).unwrap().report.findings.len());
}

#[divan::bench(args = corpus::SIZES, sample_count = 5)]
fn tree(bencher: Bencher<'_, '_>, files: usize) {
    run(bencher, corpus::tree(files));
}

#[divan::bench(sample_count = 5)]
fn template_of_one_megabyte(bencher: Bencher<'_, '_>) {
    run(bencher, corpus::document("cfn", ["--kb", "1000"], "template.yaml"));
}

#[divan::bench(sample_count = 3)]
fn plan_of_fifty_megabytes(bencher: Bencher<'_, '_>) {
    run(bencher, corpus::document("plan", ["--mb", "50"], "plan.json"));
}
