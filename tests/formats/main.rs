//! Every report format: its schema, its counts, its limits, and that nothing of the user's text is acted upon.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod ci;
mod gitlab;
mod human;
mod json;
mod pages;
mod sample;
mod sarif;

use serde_json::Value;

/// Fails with every violation of a JSON Schema of `testdata/schemas`.
fn assert_valid(schema: &str, document: &Value) {
    let path = format!("{}/testdata/schemas/{schema}", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
