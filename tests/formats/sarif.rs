//! SARIF: valid, places as GitHub counts them, limits.

use iac_check::report::{Format, sarif::MAX_RESULTS};

use crate::{assert_valid, sample};

const SCHEMA: &str = "sarif-schema-2.1.0.json";

#[test]
fn is_valid_whatever_was_found() {
    for sample in [sample::clean(), sample::full(), sample::many(3)] {
        let log = sample.json(Format::Sarif);
        assert_valid(SCHEMA, &log);
        assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), sample.failures());
    }
}

#[test]
fn points_at_one_line_in_utf16_columns() {
    let log = sample::full().json(Format::Sarif);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "dynamodb/point-in-time-recovery");
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "infra/%C3%BC%20a.tf");
    assert_eq!(location["region"]["startLine"], 4);
    assert_eq!(location["region"]["startColumn"], 15);
    assert_eq!(location["region"]["endColumn"], 23);
    assert!(result["message"]["text"].as_str().unwrap().contains("[the \\[table\\]](1)"), "{result:#}");
    assert_eq!(result["relatedLocations"][0]["physicalLocation"]["region"]["endColumn"], 15);
    let flow = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    assert_eq!(flow.len(), 2);
    assert_eq!(flow[0]["location"]["physicalLocation"]["region"]["startLine"], 9);
}

#[test]
fn keeps_the_worst_when_there_are_too_many() {
    let log = sample::many(MAX_RESULTS + 500).json(Format::Sarif);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), MAX_RESULTS);
    assert_eq!(results[0]["level"], "error");
    let note = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(note.as_str().unwrap().starts_with("500 less severe"), "{note}");
}

#[test]
fn open_and_suppressed_results_only_on_request() {
    let mut sample = sample::full();
    sample.style.sarif_unknown = true;
    sample.style.sarif_suppressed = true;
    sample.style.category = Some("infra".to_owned());
    let log = sample.json(Format::Sarif);
    assert_valid(SCHEMA, &log);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    assert_eq!(results[2]["kind"], "open");
    assert_eq!(results[3]["suppressions"][0]["kind"], "inSource");
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "infra/");
}
