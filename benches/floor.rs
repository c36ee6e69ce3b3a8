//! What cannot be avoided: reading every file of a tree and parsing it once, with parsers off the shelf.
//! `cargo bench --bench floor`, beside `--bench check`, which does the whole job on the same files.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "support/corpus.rs"]
mod corpus;

use std::{fs, path::PathBuf};

use divan::Bencher;
use granit_parser::{Event, Parser};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use rayon::prelude::*;

fn main() {
    divan::main();
}

fn parse(file: &PathBuf) -> usize {
    let text = fs::read_to_string(file).unwrap();
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("tf" | "tfvars") => text.parse::<hcl_edit::structure::Body>().map_or(0, |body| body.len()),
        Some("yaml" | "yml") => {
            Parser::new_from_str(&text).filter(|event| matches!(event, Ok((Event::Scalar(..), _)))).count()
        }
        Some("json") => {
            let parsed = parse_to_ast(&text, &CollectOptions::default(), &ParseOptions::default());
            parsed.map_or(0, |parsed| usize::from(parsed.value.is_some()))
        }
        _ => 0,
    }
}

#[divan::bench(args = corpus::SIZES, sample_count = 5)]
fn read_and_parse(bencher: Bencher<'_, '_>, files: usize) {
    let files = corpus::files(&corpus::tree(files));
    bencher.bench_local(|| files.par_iter().map(parse).sum::<usize>());
}
