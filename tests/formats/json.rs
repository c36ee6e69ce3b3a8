//! The JSON document and its schema.

use iac_check::report::{Format, json::schema};

use crate::sample;

#[test]
fn fits_its_own_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for sample in [sample::clean(), sample::full()] {
        let document = sample.json(Format::Json);
        let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

/// `UPDATE=1 cargo test` writes the schema anew.
#[test]
fn published_schema_is_in_step() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json-schema.json");
    let now = format!("{:#}\n", schema());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), now, "run UPDATE=1 cargo test");
}

#[test]
fn has_the_documented_shape() {
    let document = sample::full().json(Format::Json);
    let result = &document["results"][1];
    assert_eq!(document["schema_version"], "1.0");
    assert_eq!(result["rule"], "dynamodb/point-in-time-recovery");
    assert_eq!(result["verdict"], "fail");
    assert_eq!(result["severity"], "high");
    assert_eq!(result["when"], "IsProd is false");
    assert_eq!(
        result["location"],
        serde_json::json!({
            "file": "infra/ü a.tf", "start": {"line": 4, "column": 15}, "end": {"line": 4, "column": 23},
        })
    );
    assert_eq!(result["resource"]["address"], "aws_dynamodb_table.orders");
    assert_eq!(result["instances"], serde_json::json!(["\"a\"", "\"b\""]));
    assert_eq!(document["results"][0]["reasons"][0]["reason"], "input");
    assert_eq!(document["suppressed"].as_array().unwrap().len(), 1);
    assert_eq!(document["problems"][1]["file"], "b ad.tf");
}

#[test]
fn a_line_for_each_result() {
    let lines = sample::full().write(Format::Ndjson);
    assert_eq!(lines.lines().count(), 3);
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}
