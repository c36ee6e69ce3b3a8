//! The arguments, as clap reads them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    cli::variables::VariableArgs,
    config,
    engine::{Outcome, Profile, Severity},
    report::{Format, access},
};

/// Tells, before anything is deployed, whether the DynamoDB data in Terraform and CloudFormation is protected.
#[derive(Debug, Parser)]
#[command(name = "iac-check", version, max_term_width = 100, args_conflicts_with_subcommands = true, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub check: CheckArgs,
}

const EXIT_CODES: &str = "Exit codes: 0 nothing fails the run, 1 something does, 2 the job could not be done.
Without a subcommand, `check` is meant. A folder named like a subcommand is written ./rules.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check files and folders (what happens without a subcommand)
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Show who can do what with which table, and which statements decide it
    Access(AccessArgs),
    /// Write the findings of today, so that `check --baseline` fails on new ones only
    Baseline(BaselineArgs),
    /// Make one report of the parts that `check --shard` wrote as JSON or SARIF
    Merge(MergeArgs),
    /// Count resources by the controls of a framework that rules map to
    Compliance(ComplianceArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Tell what a rule demands, why, and how to mend a finding
    Explain(ExplainArgs),
    /// Print what the code resolves to: every resource with its attributes and properties
    Resolve(ResolveArgs),
    /// Print the value of Terraform expressions as JSON, one after the other
    Eval(EvalArgs),
    /// Write a commented iac-check.toml with every setting at its default
    Init {
        /// Folder to write it to
        #[arg(value_name = "FOLDER", default_value = ".")]
        folder: PathBuf,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Print the JSON Schema of `--format json`, or of iac-check.toml
    #[command(hide = true)]
    Schema {
        /// Of the configuration file
        #[arg(long)]
        config: bool,
    },
}

/// What to read, and with which inputs.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// Files and folders
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Folder that reported paths count from and outside of which nothing is read [default: top of the repository]
    #[arg(long, value_name = "FOLDER", help_heading = "Input")]
    pub root: Option<PathBuf>,
    /// Leave out paths that match, counted from the root
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub exclude: Vec<String>,
    #[command(flatten)]
    pub variables: VariableArgs,
    /// Take Terraform variables from `TF_VAR_…` of the environment too; left out otherwise, so that results can be repeated
    #[arg(long = "env-vars", help_heading = "Input")]
    pub environment_variables: bool,
    /// Terraform workspace
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub workspace: Option<String>,
    /// File of CloudFormation parameters: a deployment of every template that has them
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub parameters: Vec<PathBuf>,
    /// AWS region that is deployed to
    #[arg(long, value_name = "REGION", help_heading = "Input")]
    pub region: Option<String>,
    /// AWS account that is deployed to
    #[arg(long, value_name = "ID", help_heading = "Input")]
    pub account: Option<String>,
    /// Threads [default: one per processor]
    #[arg(long, short, value_name = "N", help_heading = "Input")]
    pub jobs: Option<usize>,
}

/// Which rules run, and which of their findings are accepted.
#[derive(Debug, Args)]
pub struct SelectArgs {
    /// Run only rules whose id matches
    #[arg(long = "rule", value_name = "GLOB", help_heading = "Rules")]
    pub rules: Vec<String>,
    /// Do not run rules whose id matches
    #[arg(long = "skip-rule", value_name = "GLOB", help_heading = "Rules")]
    pub skip_rules: Vec<String>,
    /// Policy of AWS CloudFormation Guard, or folder of policies, to judge by too
    #[arg(long, value_name = "PATH", help_heading = "Rules")]
    pub guard: Vec<PathBuf>,
    /// Configuration file [default: the nearest iac-check.toml]
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub config: Option<PathBuf>,
    /// Which rules run: `strict` adds opinions [default: default]
    #[arg(long, value_name = "NAME", help_heading = "Rules")]
    pub profile: Option<ProfileName>,
    /// Do not honour skips written for checkov, Trivy, tfsec, cfn_nag, Guard and cdk-nag
    #[arg(long, help_heading = "Rules")]
    pub no_foreign_suppressions: bool,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Report format, to stdout or to a file; may be given several times
    #[arg(long, short, value_name = "NAME[=FILE]", help_heading = "Output", long_help = FORMAT_HELP)]
    pub format: Vec<Target>,
    /// Verdicts to report, or `all`
    #[arg(
        long,
        value_name = "VERDICTS",
        value_delimiter = ',',
        default_value = "fail,unknown",
        help_heading = "Output"
    )]
    pub verdicts: Vec<Verdicts>,
    /// Report findings only, no overview and no counts
    #[arg(long, short, help_heading = "Output")]
    pub quiet: bool,
    /// List suppressed findings too, with the reason of each
    #[arg(long, help_heading = "Output")]
    pub show_suppressed: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub color: Color,
    /// Category of the SARIF run, when one repository uploads several
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub sarif_category: Option<String>,
    /// Write these into SARIF too. GitHub opens an alert for each of them
    #[arg(long, value_name = "WHAT", value_delimiter = ',', help_heading = "Output")]
    pub sarif_include: Vec<SarifInclude>,
    #[command(flatten)]
    pub select: SelectArgs,
    /// Leave out failures below this severity: low, medium, high, critical [default: low]
    #[arg(long, value_name = "SEVERITY", help_heading = "Rules")]
    pub min_severity: Option<Severity>,
    /// Least severity that fails the run: low, medium, high, critical, never [default: low]
    #[arg(long, value_name = "SEVERITY", help_heading = "Rules")]
    pub fail_on: Option<FailOn>,
    /// Judge only one part of the stacks, as in 2/4, knowing all of them; `merge` makes a whole of the parts
    #[arg(long, value_name = "PART/PARTS", help_heading = "Input")]
    pub shard: Option<crate::engine::Shard>,
    /// Let unknown verdicts fail the run too
    #[arg(long, help_heading = "Rules")]
    pub fail_on_unknown: bool,
    /// File of known findings, written by `baseline`: only others fail the run
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub baseline: Option<PathBuf>,
    /// Report only findings that a unified diff touches; `-` reads it from stdin: `git diff main | iac-check --diff -`
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub diff: Option<PathBuf>,
}

const FORMAT_HELP: &str = "Report format, to stdout or to a file; may be given several times, with at most one to stdout (`github` may join `human`).

Formats: human (default), json, ndjson, sarif, gitlab-sast, gitlab-codequality, github, markdown, junit, rdjson, sonar, csv, html";

#[derive(Debug, Args)]
pub struct AccessArgs {
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Only tables with this name: the address, its last part or the table's name, or a glob over them. Tells the reasons too
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub table: Option<String>,
    /// Only principals with this name: the address, its last part or the ARN, or a glob over them. Tells the reasons too
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub principal: Option<String>,
    /// Tell the statements behind every answer
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    /// Format, to stdout or to a file: human, json, dot, html
    #[arg(long, short, value_name = "NAME[=FILE]", default_value = "human", help_heading = "Output")]
    pub format: AccessTarget,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub struct BaselineArgs {
    #[command(flatten)]
    pub scan: ScanArgs,
    #[command(flatten)]
    pub select: SelectArgs,
    /// File to write [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Every part, in any order
    #[arg(value_name = "FILE", required = true)]
    pub parts: Vec<PathBuf>,
    /// File to write [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ComplianceArgs {
    #[command(flatten)]
    pub scan: ScanArgs,
    #[command(flatten)]
    pub select: SelectArgs,
    /// Name of the framework: aws-fsbp, nist-800-53-r5, pci-dss-3.2.1, pci-dss-4.0, hipaa, cis-aws-1.2, cis-aws-1.4
    #[arg(long, value_name = "NAME")]
    pub framework: String,
    /// Form of the list
    #[arg(long, short, value_name = "NAME", default_value = "table")]
    pub format: ComplianceFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ComplianceFormat {
    /// A table
    Table,
    /// A JSON object
    Json,
    /// Comma-separated values
    Csv,
    /// A Markdown table
    Markdown,
}

#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Form of the list
    #[arg(long, short, value_name = "NAME", default_value = "human")]
    pub format: ListFormat,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Id of the rule, or its end: `dynamodb/deletion-protection`, `deletion-protection`
    pub rule: String,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub struct ResolveArgs {
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Form of the output
    #[arg(long, short, value_name = "NAME", default_value = "json")]
    pub format: ResolveFormat,
}

#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Expressions; `-`, or none, for one a line on stdin
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    pub expressions: Vec<String>,
    /// Folder of the module in which they are evaluated
    #[arg(long, value_name = "MODULE", default_value = ".")]
    pub dir: PathBuf,
    #[command(flatten)]
    pub variables: VariableArgs,
    /// Terraform workspace
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub workspace: Option<String>,
    /// AWS region that is deployed to
    #[arg(long, value_name = "REGION", help_heading = "Input")]
    pub region: Option<String>,
    /// AWS account that is deployed to
    #[arg(long, value_name = "ID", help_heading = "Input")]
    pub account: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ListFormat {
    /// A table
    Human,
    /// A JSON list
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ResolveFormat {
    /// The document of docs/json.md
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ProfileName {
    /// Rules that everyone should follow
    Default,
    /// Opinions too
    Strict,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Default => Self::Default,
            ProfileName::Strict => Self::Strict,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SarifInclude {
    /// Unknown verdicts, as `kind: open`
    Unknown,
    /// Suppressed findings, with their reason
    Suppressed,
}

/// A verdict to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Verdicts {
    /// Not as it should be
    Fail,
    /// Cannot be known before deployment
    Unknown,
    /// As it should be
    Pass,
    /// The rule has nothing to say
    NotApplicable,
    /// The resource exists with no input
    NotDeployed,
    /// Every verdict
    All,
}

impl Verdicts {
    /// The outcomes that are meant.
    pub fn outcomes(self) -> &'static [Outcome] {
        match self {
            Self::Fail => &[Outcome::Fail],
            Self::Unknown => &[Outcome::Unknown],
            Self::Pass => &[Outcome::Pass],
            Self::NotApplicable => &[Outcome::NotApplicable],
            Self::NotDeployed => &[Outcome::NotDeployed],
            Self::All => {
                &[Outcome::Fail, Outcome::Unknown, Outcome::Pass, Outcome::NotApplicable, Outcome::NotDeployed]
            }
        }
    }
}

/// What fails a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailOn(pub Option<Severity>);

impl From<config::FailOn> for FailOn {
    fn from(fail_on: config::FailOn) -> Self {
        Self(match fail_on {
            config::FailOn::Never => None,
            config::FailOn::Low => Some(Severity::Low),
            config::FailOn::Medium => Some(Severity::Medium),
            config::FailOn::High => Some(Severity::High),
            config::FailOn::Critical => Some(Severity::Critical),
        })
    }
}

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("never") {
            return Ok(Self(None));
        }
        text.parse()
            .map(|severity| Self(Some(severity)))
            .map_err(|_| format!("`{text}` is none of low, medium, high, critical, never"))
    }
}

/// A format and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The format.
    pub format: Format,
    /// The file; stdout when there is none.
    pub file: Option<PathBuf>,
}

impl std::str::FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = name_and_file(text)?;
        Ok(Self { format: name.parse()?, file })
    }
}

/// A format of `access` and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTarget {
    /// The format.
    pub format: access::Format,
    /// The file; stdout when there is none.
    pub file: Option<PathBuf>,
}

impl std::str::FromStr for AccessTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = name_and_file(text)?;
        Ok(Self { format: name.parse()?, file })
    }
}

/// `NAME[=FILE]`; `-` is stdout.
fn name_and_file(text: &str) -> Result<(&str, Option<PathBuf>), String> {
    match text.split_once('=') {
        Some((_, "")) => Err("a file name is missing after `=`".to_owned()),
        Some((name, file)) => Ok((name, Some(PathBuf::from(file)).filter(|file| file.as_os_str() != "-"))),
        None => Ok((text, None)),
    }
}
