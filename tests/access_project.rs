//! A project with one of each defect of access, audit and network among correct neighbours, in both languages: exactly
//! the planted ones are found, and the same in both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{collections::BTreeSet, path::Path};

use iac_check::check::{Options, check};

/// The rules that the project is about.
const RULES: [&str; 10] = [
    "network/*",
    "iam/*",
    "cloudtrail/dynamodb-data-events",
    "cloudtrail/stream-data-events",
    "cloudtrail/selector-matches-nothing",
    "dynamodb/resource-policy-*",
    "dynamodb/backup-plan",
    "kms/key-region-mismatch",
    "kms/decrypt-all-keys",
    "dax/role-least-privilege",
];

/// Rule, and name of the resource in Terraform.
const PLANTED: [(&str, &str); 37] = [
    ("cloudtrail/dynamodb-data-events", "patients"),
    ("cloudtrail/selector-matches-nothing", "wildcard"),
    ("cloudtrail/stream-data-events", "contacts"),
    ("dax/role-least-privilege", "broad"),
    ("dynamodb/backup-plan", "scratch"),
    ("dynamodb/resource-policy-cross-account", "shared"),
    ("dynamodb/resource-policy-public", "opened"),
    ("iam/admin-statement", "administrator"),
    ("iam/data-exfiltration", "exporter"),
    ("iam/dynamodb-wildcard-action", "wildcard_action"),
    ("iam/dynamodb-wildcard-resource", "wildcard_resource"),
    ("iam/full-access-managed-policy", "full_access"),
    ("iam/ineffective-statement", "misspelt"),
    ("iam/leading-keys-bypass", "tenant_scanner"),
    ("iam/not-action", "by_exception"),
    ("iam/read-only-role-writes", "reports"),
    ("iam/scan-sensitive", "customer_scanner"),
    ("iam/table-administration", "tinkerer"),
    ("iam/trust-policy-public", "anyone"),
    ("iam/unescaped-variable", "old_version"),
    ("kms/decrypt-all-keys", "opener"),
    ("kms/key-region-mismatch", "distant"),
    ("network/dynamodb-endpoint", "bare_vpc"),
    ("network/endpoint-policy", "frank_endpoint"),
    ("network/endpoint-route-tables", "half_endpoint"),
    ("network/endpoint-service", "misnamed_endpoint"),
    ("network/endpoint-unattached", "idle_endpoint"),
    ("network/nat-path", "nat_vpc"),
    ("network/streams-path", "stream_vpc"),
    // What follows from a planted defect: who has everything also has this, and the way through NAT is one past an endpoint.
    ("iam/dynamodb-wildcard-action", "administrator"),
    ("iam/dynamodb-wildcard-resource", "administrator"),
    ("iam/scan-sensitive", "administrator"),
    ("kms/decrypt-all-keys", "administrator"),
    ("iam/dynamodb-wildcard-action", "full_access"),
    ("iam/dynamodb-wildcard-resource", "full_access"),
    ("iam/scan-sensitive", "full_access"),
    ("network/endpoint-route-tables", "nat_endpoint"),
];

/// Rules and names that fail or are not known, names as `tenant_scanner` and `TenantScanner` have in common.
fn found(language: &str) -> BTreeSet<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/projects/access-defects").join(language);
    let mut options = Options { rules: RULES.map(str::to_owned).into(), ..Options::new(&folder) };
    options.cloudformation.region = Some("eu-west-1".into());
    let checked = check(&options).unwrap();
    assert!(checked.report.problems.is_empty(), "{:?}", checked.report.problems);
    let key = |name: &str| name.rsplit('.').next().unwrap().replace('_', "").to_lowercase();
    checked.report.findings.iter().map(|finding| (finding.rule.id.to_owned(), key(&finding.address))).collect()
}

#[test]
fn exactly_the_planted_defects_are_found() {
    let planted: BTreeSet<(String, String)> =
        PLANTED.iter().map(|(rule, name)| ((*rule).to_owned(), name.replace('_', ""))).collect();
    for language in ["terraform", "cloudformation"] {
        let found = found(language);
        let missed: Vec<_> = planted.difference(&found).collect();
        let alarms: Vec<_> = found.difference(&planted).collect();
        assert!(missed.is_empty() && alarms.is_empty(), "{language}: missed {missed:?}, false alarms {alarms:?}");
    }
}

#[test]
fn every_rule_of_the_issue_is_planted() {
    let about = |id: &str| {
        RULES.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => id.starts_with(start),
            None => id == *pattern,
        })
    };
    let rules: Vec<_> = iac_check::rules::all().into_iter().filter(|rule| about(rule.id)).collect();
    assert!(rules.len() > 25);
    let unplanted: Vec<_> = rules
        .iter()
        .filter(|rule| !PLANTED.iter().any(|(planted, _)| *planted == rule.id))
        .map(|rule| rule.id)
        .collect();
    assert!(unplanted.is_empty(), "{unplanted:?}");
}
