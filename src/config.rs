//! `iac-check.toml`. In: the text of the file. Out: a [`Config`], or its mistakes with line and column.

use std::{collections::BTreeMap, fmt, ops::Range};

use globset::{Glob, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::{
    aws::{
        Settings,
        settings::{DataEvents, External, Sensitive, Thresholds},
    },
    engine::{Profile, Severity, is_of_policy},
    rules,
};

/// The name of the file, looked for in the scanned folder and above it up to the root.
pub const FILE_NAME: &str = "iac-check.toml";

/// The file as it is written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// `default`, or `strict` to be told opinions too.
    profile: Option<ProfileName>,
    /// The least severe failure that fails a run: `low`, `medium`, `high`, `critical` or `never`.
    fail_on: Option<FailOn>,
    /// Failures below this severity are not reported.
    min_severity: Option<Severity>,
    /// Globs over paths, relative to the root, that are not looked at.
    exclude: Vec<String>,
    /// Which tables are sensitive.
    sensitive: SensitiveTable,
    /// What exists outside the scanned code.
    external: ExternalTable,
    /// Bounds in days.
    thresholds: ThresholdsTable,
    /// Which roles are meant for reading only.
    read_only_roles: ReadOnlyTable,
    /// Settings of rules, by id or glob over ids.
    #[schemars(with = "BTreeMap<String, RuleTable>")]
    rules: BTreeMap<Spanned<String>, RuleTable>,
    /// Settings of rules in a part of the tree.
    paths: Vec<PathTable>,
}

/// Which rules run.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ProfileName {
    Default,
    Strict,
}

/// What fails a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Nothing.
    Never,
    /// Any failure.
    Low,
    /// Medium and worse.
    Medium,
    /// High and critical.
    High,
    /// Critical alone.
    Critical,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct SensitiveTable {
    /// Keys of tags that classify; replaces the default list.
    tag_keys: Option<Vec<String>>,
    /// Values of those tags that mean sensitive; replaces the default list.
    tag_values: Option<Vec<String>>,
    /// Globs over names of tables that are sensitive whatever their tags.
    tables: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct ExternalTable {
    /// What a trail of the organisation, or another trail elsewhere, records.
    trail: Option<TrailTable>,
    /// Which tables AWS Backup selects elsewhere.
    backup: Option<BackupTable>,
    /// VPC ids, or `*`, whose DynamoDB endpoint and routes are made elsewhere.
    endpoints: Vec<String>,
    /// Account ids that policies may admit.
    trusted_accounts: Vec<String>,
    /// Organisation ids that policies may admit.
    trusted_organisations: Vec<String>,
    /// AWS Config records these accounts from elsewhere.
    config_recorder: bool,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct TrailTable {
    /// `GetItem`, `Query`, `Scan`, …
    reads: bool,
    /// `PutItem`, `UpdateItem`, …
    writes: bool,
    /// `GetRecords`, `GetShardIterator`.
    streams: bool,
    /// `DeleteTable`, `UpdateTable`, …
    management: bool,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct BackupTable {
    /// Tags by which tables are selected; `*` stands for any value.
    tags: BTreeMap<String, String>,
    /// Globs over names of tables; `*` for all.
    tables: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct ThresholdsTable {
    /// How far point-in-time recovery must reach back, 1 to 35.
    #[schemars(with = "Option<i64>")]
    recovery_days: Option<Spanned<i64>>,
    /// Least waiting period before a key is deleted, 7 to 30.
    #[schemars(with = "Option<i64>")]
    key_deletion_days: Option<Spanned<i64>>,
    /// Longest period between rotations of a key, 90 to 2560.
    #[schemars(with = "Option<i64>")]
    key_rotation_days: Option<Spanned<i64>>,
    /// How long backups must be kept.
    #[schemars(with = "Option<i64>")]
    backup_retention_days: Option<Spanned<i64>>,
    /// How long an event data store must keep events, 7 to 3653.
    #[schemars(with = "Option<i64>")]
    event_retention_days: Option<Spanned<i64>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct ReadOnlyTable {
    /// Globs over role names; replaces the default list.
    names: Option<Vec<String>>,
    /// Tags of such roles; `*` stands for any value.
    tags: BTreeMap<String, String>,
    /// Services in the trust policy that only analyse; replaces the default list.
    services: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct RuleTable {
    /// `false` switches the rule off; `true` switches one of the strict profile on.
    enabled: Option<bool>,
    /// Another severity than its own.
    severity: Option<Severity>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PathTable {
    /// Glob over paths relative to the root: `examples/**`.
    #[schemars(with = "String")]
    path: Spanned<String>,
    /// Rule ids or globs over ids that are not reported there.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    skip: Vec<Spanned<String>>,
}

/// What the file says, checked.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Which rules run.
    pub profile: Option<Profile>,
    /// What fails a run.
    pub fail_on: Option<FailOn>,
    /// What is reported.
    pub min_severity: Option<Severity>,
    /// What is not looked at.
    pub exclude: Vec<String>,
    /// What rules are told.
    pub settings: Settings,
    rules: Vec<(GlobMatcher, RuleTable)>,
    paths: Vec<(GlobMatcher, Vec<GlobMatcher>)>,
}

impl Config {
    /// Whether a rule is switched on or off by the file.
    pub fn enabled(&self, rule: &str) -> Option<bool> {
        self.last(rule, |table| table.enabled)
    }

    /// The severity that the file gives a rule.
    pub fn severity(&self, rule: &str) -> Option<Severity> {
        self.last(rule, |table| table.severity)
    }

    /// Whether the file leaves a rule out for a path relative to the root.
    pub fn skips(&self, rule: &str, path: &str) -> bool {
        self.paths.iter().any(|(glob, rules)| glob.is_match(path) && rules.iter().any(|glob| glob.is_match(rule)))
    }

    /// An exact id wins over globs; of globs the last in order of their text.
    fn last<T>(&self, rule: &str, get: impl Fn(&RuleTable) -> Option<T>) -> Option<T> {
        let mut fitting: Vec<_> = self.rules.iter().filter(|(glob, _)| glob.is_match(rule)).collect();
        fitting.sort_by_key(|(glob, _)| glob.glob().glob() == rule);
        fitting.iter().rev().find_map(|(_, table)| get(table))
    }
}

/// A mistake in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

fn mistake(text: &str, span: Option<Range<usize>>, message: impl Into<String>) -> Mistake {
    let before = text.get(..span.map_or(0, |span| span.start)).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Mistake { line, column, message: message.into() }
}

/// Reads the file's text.
///
/// # Errors
/// Every mistake that was found: wrong TOML, unknown keys, unknown rules, wrong globs, numbers out of range.
pub fn parse(text: &str) -> Result<Config, Vec<Mistake>> {
    let file: File = toml::from_str(text).map_err(|error| vec![mistake(text, error.span(), error.message())])?;
    let mut mistakes = Vec::new();
    let mut note = |span: Range<usize>, message: String| mistakes.push(mistake(text, Some(span), message));
    let mut rule_glob = |name: &Spanned<String>| {
        let glob = compile(name, &mut note)?;
        if !is_of_policy(name.get_ref()) && !rules::all().iter().any(|rule| glob.is_match(rule.id)) {
            note(name.span(), format!("no rule is called `{}`; `iac-check rules` lists them", name.get_ref()));
        }
        Some(glob)
    };
    let by_rule = file.rules.iter().filter_map(|(name, table)| Some((rule_glob(name)?, table.clone()))).collect();
    let mut by_path = Vec::new();
    for table in &file.paths {
        let skip: Vec<GlobMatcher> = table.skip.iter().filter_map(&mut rule_glob).collect();
        by_path.push((&table.path, skip));
    }
    let paths = by_path.into_iter().filter_map(|(path, skip)| Some((compile(path, &mut note)?, skip))).collect();
    let thresholds = thresholds(&file.thresholds, &mut note);
    let settings = settings(file.sensitive, file.external, file.read_only_roles, thresholds);
    if !mistakes.is_empty() {
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        return Err(mistakes);
    }
    let profile = file.profile.map(|profile| match profile {
        ProfileName::Default => Profile::Default,
        ProfileName::Strict => Profile::Strict,
    });
    let File { fail_on, min_severity, exclude, .. } = file;
    Ok(Config { profile, fail_on, min_severity, exclude, settings, rules: by_rule, paths })
}

fn compile(glob: &Spanned<String>, note: &mut impl FnMut(Range<usize>, String)) -> Option<GlobMatcher> {
    match Glob::new(glob.get_ref()) {
        Ok(compiled) => Some(compiled.compile_matcher()),
        Err(error) => {
            note(glob.span(), format!("`{}` is no glob: {}", glob.get_ref(), error.kind()));
            None
        }
    }
}

fn thresholds(table: &ThresholdsTable, note: &mut impl FnMut(Range<usize>, String)) -> Thresholds {
    let defaults = Thresholds::default();
    let mut bounded = |value: &Option<Spanned<i64>>, default: i64, least: i64, most: i64| match value {
        None => default,
        Some(value) => {
            let days = *value.get_ref();
            if !(least..=most).contains(&days) {
                note(value.span(), format!("{days} is not between {least} and {most} days"));
            }
            days
        }
    };
    Thresholds {
        recovery_days: bounded(&table.recovery_days, defaults.recovery_days, 1, 35),
        key_deletion_days: bounded(&table.key_deletion_days, defaults.key_deletion_days, 7, 30),
        key_rotation_days: bounded(&table.key_rotation_days, defaults.key_rotation_days, 90, 2560),
        backup_retention_days: bounded(&table.backup_retention_days, defaults.backup_retention_days, 1, 36_500),
        event_retention_days: bounded(&table.event_retention_days, defaults.event_retention_days, 7, 3653),
    }
}

fn settings(
    sensitive: SensitiveTable,
    external: ExternalTable,
    read_only: ReadOnlyTable,
    thresholds: Thresholds,
) -> Settings {
    let defaults = Settings::default();
    let (backup_tags, backup_tables) = match external.backup {
        Some(backup) => (Some(backup.tags.into_iter().collect()), backup.tables),
        None => (None, Vec::new()),
    };
    Settings {
        sensitive: Sensitive {
            keys: sensitive.tag_keys.unwrap_or(defaults.sensitive.keys),
            values: sensitive.tag_values.unwrap_or(defaults.sensitive.values),
            tables: sensitive.tables,
        },
        external: External {
            trail: external.trail.map(|TrailTable { reads, writes, streams, management }| DataEvents {
                reads,
                writes,
                streams,
                management,
            }),
            backup_tags,
            backup_tables,
            config_recorder: external.config_recorder,
            endpoint_vpcs: external.endpoints,
            trusted_accounts: external.trusted_accounts,
            trusted_organisations: external.trusted_organisations,
        },
        thresholds,
        read_only_roles: read_only.names.unwrap_or(defaults.read_only_roles),
        read_only_tags: read_only.tags.into_iter().collect(),
        read_only_services: read_only.services.unwrap_or(defaults.read_only_services),
        deployment: defaults.deployment,
    }
}

/// The JSON Schema of the file, for editors.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(File).to_value()
}

/// A commented file with every setting at its default.
pub const TEMPLATE: &str = include_str!("config_template.toml");

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_template_says_the_defaults() {
        let config = parse(TEMPLATE).unwrap();
        assert_eq!(config.settings, Settings::default());
        // Every line that is commented out can be used as it stands.
        let uncommented: String =
            TEMPLATE.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line)).collect::<Vec<_>>().join("\n");
        parse(&uncommented).unwrap();
    }

    #[test]
    fn mistakes_have_places() {
        let text =
            "fail-on = \"high\"\n[thresholds]\nrecovery-days = 99\n[rules.\"dynamodb/nonsense\"]\nenabled = false\n";
        let mistakes: Vec<String> = parse(text).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(mistakes.len(), 2);
        assert!(mistakes[0].starts_with("3:17: 99 is not between 1 and 35"), "{mistakes:?}");
        assert!(mistakes[1].starts_with("4:8: no rule is called"), "{mistakes:?}");
        assert_eq!(parse("nonsense = 1").unwrap_err()[0].line, 1);
    }

    #[test]
    fn an_exact_id_wins_over_a_glob() {
        let config = parse("[rules.\"dynamodb/*\"]\nseverity = \"low\"\n[rules.\"dynamodb/point-in-time-recovery\"]\nseverity = \"critical\"\n").unwrap();
        assert_eq!(config.severity("dynamodb/point-in-time-recovery"), Some(Severity::Critical));
        assert_eq!(config.severity("dynamodb/deletion-protection"), Some(Severity::Low));
    }
}
