//! A rule: its description and its function.

use std::{fmt, str::FromStr};

use crate::{
    aws::{Project, Settings, arn::Names},
    engine::Verdict,
    model::Resource,
    value::World,
};

/// How much a failure matters. The order is that of the names' meaning.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to have.
    Low,
    /// Should be mended.
    Medium,
    /// Data may be lost or exposed.
    High,
    /// Data is exposed to anyone, or will be.
    Critical,
}

impl Severity {
    /// One step higher, `Critical` at most.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }

    /// The name in options and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Low, Self::Medium, Self::High, Self::Critical]
            .into_iter()
            .find(|severity| severity.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("`{text}` is none of low, medium, high, critical"))
    }
}

/// How sure a failure is when the rule reports one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Rests on a convention, such as a name.
    Low,
    /// Something outside the code may make it right.
    Medium,
    /// Follows from the code.
    High,
}

impl Confidence {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// When a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Profile {
    /// Always.
    Default,
    /// Only when opinions are asked for.
    Strict,
}

/// What a rule may look at beside the resource.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Every stack of the scan, with its relations.
    pub project: &'a Project,
    /// The assignment of undecided inputs in which the rule runs.
    pub world: &'a World<'a>,
    /// What the user configured.
    pub settings: &'a Settings,
}

impl<'a> Context<'a> {
    /// Names and ARNs as texts in this world.
    pub fn names(&self) -> Names<'a> {
        Names::new(self.project, self.world, &self.settings.deployment)
    }
}

/// What the ids of rules of Guard policies start with.
pub const POLICY_PREFIX: &str = "guard/";

/// Whether an id, or a glob over ids, is of rules of Guard policies. Which there are depends on the policies of a run.
pub fn is_of_policy(id: &str) -> bool {
    id.starts_with(POLICY_PREFIX)
}

/// A rule of the catalogue, or of a Guard policy.
#[derive(Debug)]
pub struct Rule {
    /// `area/name`, the path of its files under `rules/`.
    pub id: &'static str,
    /// The Markdown page beside the logic: title, what, why, how to fix, references.
    pub page: &'static str,
    /// How much a failure matters, on a table that is not sensitive.
    pub severity: Severity,
    /// How sure a failure is.
    pub confidence: Confidence,
    /// When it runs.
    pub profile: Profile,
    /// The CloudFormation types that it judges.
    pub kinds: &'static [&'static str],
    /// Ids of rules of other programs that mean the same, so that their inline skips are honoured.
    pub aliases: &'static [&'static str],
    /// Ids of rules that ask for more: where one fails, a failure of this rule says nothing new and is left out.
    pub weaker_than: &'static [&'static str],
    /// The logic.
    pub check: for<'a> fn(&'a Resource, &Context<'a>) -> Verdict,
}

impl Rule {
    /// First heading of the page.
    pub fn title(&self) -> &'static str {
        let first = self.page.lines().find(|line| line.starts_with("# "));
        first.map_or(self.id, |line| line[2..].trim())
    }

    /// The text under a second-level heading of the page; empty when there is none.
    pub fn section(&self, heading: &str) -> &'static str {
        let mut parts = self.page.split("\n## ").skip(1);
        parts
            .find_map(|part| part.split_once('\n').filter(|(title, _)| title.trim() == heading))
            .map_or("", |(_, body)| body.trim())
    }

    /// `area` of the id.
    pub fn area(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(area, _)| area)
    }
}

/// A [`Rule`] whose page is read from `rules/<id>.md` at build time.
macro_rules! rule {
    (id: $id:literal, severity: $severity:ident, confidence: $confidence:ident, profile: $profile:ident,
     $(weaker_than: [$($stronger:literal),*],)? kinds: $kinds:expr, aliases: $aliases:expr, $check:ident $(,)?) => {
        $crate::engine::Rule {
            id: $id,
            page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/", $id, ".md")),
            severity: $crate::engine::Severity::$severity,
            confidence: $crate::engine::Confidence::$confidence,
            profile: $crate::engine::Profile::$profile,
            kinds: &$kinds,
            aliases: &$aliases,
            weaker_than: &[$($($stronger),*)?],
            check: $check,
        }
    };
}
pub(crate) use rule;
