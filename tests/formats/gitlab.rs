//! The GitLab reports: valid, unique identities, inert markup.

use std::collections::BTreeSet;

use iac_check::report::Format;

use crate::{assert_valid, sample};

#[test]
fn sast_is_valid_whatever_was_found() {
    for sample in [sample::clean(), sample::full(), sample::many(20)] {
        let report = sample.json(Format::GitlabSast);
        assert_valid("gitlab-sast-15.2.1.json", &report);
        let vulnerabilities = report["vulnerabilities"].as_array().unwrap();
        assert_eq!(vulnerabilities.len(), sample.failures());
        let ids: BTreeSet<_> = vulnerabilities.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), vulnerabilities.len());
        assert_eq!(report["scan"]["start_time"], "2023-11-14T22:13:20");
    }
}

#[test]
fn sast_markup_is_inert() {
    let report = sample::full().write(Format::GitlabSast);
    assert!(!report.contains("\\u001b"));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let description = report["vulnerabilities"][1]["description"].as_str().unwrap();
    assert!(description.contains("&lt;script&gt;") && !description.contains(": x<script>"), "{description}");
}
