//! What is wrong with the input itself: unreadable files, syntax errors, references to nothing. Not a finding.

use std::sync::Arc;

use crate::source::Span;

/// How a problem limits the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// Something could not be read or is certain to fail at deployment; part of the input was not judged.
    Error,
    /// Something is doubtful, or was bounded.
    Warning,
    /// Worth knowing.
    Note,
}

impl ProblemKind {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub kind: ProblemKind,
    /// Stable name of the sort of problem: `terraform-syntax`, `yaml-duplicate-key`.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where, when it has a place in a readable file.
    pub span: Option<Span>,
    /// Path relative to the root, when there is no span.
    pub path: Option<Arc<str>>,
}

impl Problem {
    /// The code of failures of iac-check itself.
    pub const INTERNAL: &str = "internal-error";

    /// A problem at a place.
    pub fn at(kind: ProblemKind, code: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self { kind, code, message: message.into(), span: Some(span), path: None }
    }

    /// Whether iac-check itself failed here, so that a pass would say nothing.
    pub fn is_internal(&self) -> bool {
        self.code == Self::INTERNAL
    }

    /// A problem with a file as a whole.
    pub fn in_file(
        kind: ProblemKind,
        code: &'static str,
        message: impl Into<String>,
        path: impl Into<Arc<str>>,
    ) -> Self {
        Self { kind, code, message: message.into(), span: None, path: Some(path.into()) }
    }
}
