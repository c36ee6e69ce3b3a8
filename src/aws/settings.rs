//! What the user tells about the organisation: which data is sensitive, what exists outside the scanned code, and
//! where the bounds lie. Plain data with defaults; `iac-check.toml` is read elsewhere.

use crate::aws::arn::Deployment;

/// Everything that rules and relations may be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where the code will be deployed.
    pub deployment: Deployment,
    /// Which tables are sensitive.
    pub sensitive: Sensitive,
    /// What exists outside the scanned code.
    pub external: External,
    /// Least values that count as enough.
    pub thresholds: Thresholds,
    /// Name globs of roles that are meant for reading only.
    pub read_only_roles: Vec<String>,
    /// Tags of roles that are meant for reading only: key and value, `*` for any value.
    pub read_only_tags: Vec<(String, String)>,
    /// Services that only analyse: a role that trusts one is meant for reading only.
    pub read_only_services: Vec<String>,
}

/// Which tables are sensitive: by a tag, or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensitive {
    /// Tag keys, compared without case.
    pub keys: Vec<String>,
    /// Tag values, compared without case.
    pub values: Vec<String>,
    /// Globs over table names.
    pub tables: Vec<String>,
}

/// What exists outside the scanned code. `None` means that nothing was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct External {
    /// An organisation trail, or another trail or event data store, records DynamoDB events.
    pub trail: Option<DataEvents>,
    /// Tags by which AWS Backup selects tables: key and value, `*` for any value.
    pub backup_tags: Option<Vec<(String, String)>>,
    /// Globs over names of tables that AWS Backup selects; `*` for all.
    pub backup_tables: Vec<String>,
    /// AWS Config records from elsewhere.
    pub config_recorder: bool,
    /// VPC ids whose DynamoDB endpoint and routes are made elsewhere.
    pub endpoint_vpcs: Vec<String>,
    /// Account ids that are trusted.
    pub trusted_accounts: Vec<String>,
    /// Organisation ids that are trusted.
    pub trusted_organisations: Vec<String>,
}

/// Which calls a trail records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataEvents {
    /// `GetItem`, `Query`, `Scan`, …
    pub reads: bool,
    /// `PutItem`, `UpdateItem`, …
    pub writes: bool,
    /// `GetRecords`, `GetShardIterator`.
    pub streams: bool,
    /// `DeleteTable`, `UpdateTable`, …
    pub management: bool,
}

/// Least values that count as enough, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Point-in-time recovery window.
    pub recovery_days: i64,
    /// Waiting period before a KMS key is deleted.
    pub key_deletion_days: i64,
    /// Longest period between key rotations.
    pub key_rotation_days: i64,
    /// How long backups are kept.
    pub backup_retention_days: i64,
    /// How long an event data store keeps events.
    pub event_retention_days: i64,
}

impl Default for Settings {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            deployment: Deployment::default(),
            sensitive: Sensitive {
                keys: words(&["DataClassification", "data-classification", "Classification", "Sensitivity"]),
                values: words(&["Sensitive", "Confidential", "Restricted", "PII", "PHI", "PCI", "Secret"]),
                tables: Vec::new(),
            },
            external: External::default(),
            thresholds: Thresholds::default(),
            read_only_roles: words(&[
                "*read-only*",
                "*readonly*",
                "*read_only*",
                "*analytics*",
                "*reporting*",
                "*auditor*",
            ]),
            read_only_tags: Vec::new(),
            read_only_services: words(&["quicksight.amazonaws.com", "athena.amazonaws.com"]),
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            recovery_days: 35,
            key_deletion_days: 30,
            key_rotation_days: 365,
            backup_retention_days: 35,
            event_retention_days: 365,
        }
    }
}

/// Whether a text fits a glob of `*` and `?`, without regard to case.
pub fn fits(glob: &str, text: &str) -> bool {
    let glob: Vec<char> = glob.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < text.len() {
        match glob.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(c) if *c == '?' || text.get(from) == Some(c) => (at, from) = (at + 1, from + 1),
            _ => match star {
                Some((position, start)) => {
                    star = Some((position, start + 1));
                    (at, from) = (position + 1, start + 1);
                }
                None => return false,
            },
        }
    }
    glob.iter().skip(at).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (glob, text, expected) in [
            ("*readonly*", "App-ReadOnly", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
            ("a?c", "abc", true),
            ("", "", true),
            ("*", "", true),
            ("ab", "abc", false),
        ] {
            assert_eq!(fits(glob, text), expected, "{glob} {text}");
        }
    }
}
