//! One writer per format. In: a [`Report`] that is already filtered, sorted and counted, and the [`Sources`] that
//! its spans point into. Out: bytes. Writers only translate; none of them knows a rule by name.

pub mod access;
pub mod github;
mod gitlab_quality;
mod gitlab_sast;
mod html;
mod human;
pub mod json;
mod junit;
mod line_hash;
pub mod markdown;
pub mod merge;
mod page;
mod place;
mod rdjson;
pub mod sarif;
mod sonar;
mod table;
mod text;

use std::{
    fmt,
    io::{self, Write},
    str::FromStr,
    time::Duration,
};

pub use text::printable;

use crate::{
    engine::{Outcome, Rule, Severity, is_of_policy},
    finding::{Finding, Report},
    source::Sources,
};

/// The program's name in every report.
pub const TOOL: &str = env!("CARGO_PKG_NAME");
/// The program's version in every report.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Where people read more.
pub const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// For people.
    Human,
    /// The versioned JSON document of `docs/json.md`.
    Json,
    /// One JSON object per result and line.
    Ndjson,
    /// SARIF 2.1.0, as GitHub code scanning reads it.
    Sarif,
    /// GitLab SAST report.
    GitlabSast,
    /// GitLab Code Quality report.
    GitlabCodeQuality,
    /// Annotations of GitHub Actions.
    Github,
    /// Markdown, for a job summary.
    Markdown,
    /// JUnit XML.
    Junit,
    /// reviewdog's diagnostics.
    Rdjson,
    /// SonarQube's generic issues.
    Sonar,
    /// Comma-separated values.
    Csv,
    /// One self-contained page.
    Html,
}

impl Format {
    /// Every format, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::Human,
        Self::Json,
        Self::Ndjson,
        Self::Sarif,
        Self::GitlabSast,
        Self::GitlabCodeQuality,
        Self::Github,
        Self::Markdown,
        Self::Junit,
        Self::Rdjson,
        Self::Sonar,
        Self::Csv,
        Self::Html,
    ];

    /// The name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Sarif => "sarif",
            Self::GitlabSast => "gitlab-sast",
            Self::GitlabCodeQuality => "gitlab-codequality",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Junit => "junit",
            Self::Rdjson => "rdjson",
            Self::Sonar => "sonar",
            Self::Csv => "csv",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
            format!("no format `{name}`; there are {}", names.join(", "))
        })
    }
}

/// Where the user stands, for paths that can be clicked on. Reports for machines always count from the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// At the root.
    #[default]
    Root,
    /// In this folder below the root.
    Inside(String),
    /// Elsewhere: the root has this path from there.
    Above(String),
}

/// What a writer is told beside the report. Nothing in it comes from the environment unless the caller put it there.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// Terminal colours and links in the human format.
    pub color: bool,
    /// Columns of the terminal; unbounded when not given.
    pub width: Option<usize>,
    /// Where the user stands.
    pub base: Base,
    /// Findings only, no overview and no counts, in the human format.
    pub quiet: bool,
    /// Suppressed findings too, in the human format.
    pub show_suppressed: bool,
    /// How long the run took.
    pub elapsed: Option<Duration>,
    /// Start and end of the run, for formats that demand a time: seconds since 1970.
    pub clock: (i64, i64),
    /// Category of a SARIF upload.
    pub category: Option<String>,
    /// Unknown verdicts in SARIF too, as `kind: open`.
    pub sarif_unknown: bool,
    /// Suppressed findings in SARIF too. GitHub would open an alert for each.
    pub sarif_suppressed: bool,
    /// Prefix of links to files: `https://github.com/OWNER/REPOSITORY/blob/COMMIT`.
    pub link_base: Option<String>,
}

/// What every writer gets.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// What to write.
    pub report: &'a Report,
    /// What its spans point into.
    pub sources: &'a Sources,
    /// How to write it.
    pub style: &'a Style,
}

impl<'a> Context<'a> {
    /// The findings that count: suppressed ones left out.
    pub fn findings(self) -> impl Iterator<Item = &'a Finding> {
        self.report.findings.iter().filter(|finding| finding.suppressed.is_none())
    }

    /// The failures that count.
    pub fn failures(self) -> impl Iterator<Item = &'a Finding> {
        self.findings().filter(|finding| finding.outcome == Outcome::Fail)
    }

    /// The failures that count, the worst first, for formats with a limit.
    pub fn worst_first(self) -> Vec<&'a Finding> {
        let mut failures: Vec<_> = self.failures().collect();
        failures.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        failures
    }
}

/// Writes the report in a format. The caller buffers and flushes.
///
/// # Errors
/// What the writer's target says.
pub fn write(format: Format, context: Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(context, out),
        Format::Json => json::write(context, out),
        Format::Ndjson => json::write_lines(context, out),
        Format::Sarif => sarif::write(context, out),
        Format::GitlabSast => gitlab_sast::write(context, out),
        Format::GitlabCodeQuality => gitlab_quality::write(context, out),
        Format::Github => github::write(context, out),
        Format::Markdown => markdown::write(context, out),
        Format::Junit => junit::write(context, out),
        Format::Rdjson => rdjson::write(context, out),
        Format::Sonar => sonar::write(context, out),
        Format::Csv => table::write(context, out),
        Format::Html => html::write(context, out),
    }
}

/// What a cell of the overview shows for a verdict; nothing was judged when there is none.
pub fn overview_mark(outcome: Option<Outcome>) -> char {
    match outcome {
        Some(Outcome::Pass) => '✓',
        Some(Outcome::Fail) => '✗',
        Some(Outcome::Unknown) => '?',
        Some(Outcome::NotApplicable | Outcome::NotDeployed) | None => '–',
    }
}

/// The page of a rule on the web.
pub fn rule_url(rule: &Rule) -> String {
    if is_of_policy(rule.id) {
        return format!("{HOME}/blob/main/docs/guard.md");
    }
    format!("{HOME}/blob/main/rules/{}.md", rule.id)
}

/// Severities from the worst, the order of every listing.
pub const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
