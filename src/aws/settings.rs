//! What the user tells about the organisation: which data is sensitive, what exists outside the scanned code, and
//! where the bounds lie. Plain data with defaults; `iac-check.toml` is read elsewhere.

/// Everything that rules and relations may be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Which tables are sensitive.
    pub sensitive: Sensitive,
    /// What exists outside the scanned code.
    pub external: External,
    /// Least values that count as enough.
    pub thresholds: Thresholds,
    /// Name globs of roles that are meant for reading only.
    pub read_only_roles: Vec<String>,
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
    /// An organisation trail records DynamoDB data events: for reads, writes.
    pub trail: Option<DataEvents>,
    /// Tags by which AWS Backup selects tables: key and value.
    pub backup_tags: Option<Vec<(String, String)>>,
    /// VPC ids whose DynamoDB endpoint and routes are made elsewhere.
    pub endpoint_vpcs: Vec<String>,
    /// Account ids that are trusted.
    pub trusted_accounts: Vec<String>,
    /// Organisation ids that are trusted.
    pub trusted_organisations: Vec<String>,
}

/// Which item-level calls a trail records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataEvents {
    /// `GetItem`, `Query`, `Scan`, …
    pub reads: bool,
    /// `PutItem`, `UpdateItem`, …
    pub writes: bool,
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
            sensitive: Sensitive {
                keys: words(&["DataClassification", "data-classification", "Classification", "Sensitivity"]),
                values: words(&["Sensitive", "Confidential", "Restricted", "PII", "PHI", "PCI", "Secret"]),
                tables: Vec::new(),
            },
            external: External::default(),
            thresholds: Thresholds::default(),
            read_only_roles: words(&["*read-only*", "*readonly*", "*ReadOnly*", "*analytics*", "*Analytics*", "*reporting*", "*Reporting*"]),
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { recovery_days: 35, key_deletion_days: 30, key_rotation_days: 365, backup_retention_days: 35, event_retention_days: 365 }
    }
}
