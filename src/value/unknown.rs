//! What cannot be known before deployment, and why.

use std::{fmt, sync::Arc};

use crate::source::Span;

/// The kind of reason for which a value is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// An input variable or template parameter without a value.
    Input,
    /// A Terraform data source that only the cloud can answer.
    DataSource,
    /// An attribute that exists only once the resource does.
    AfterApply,
    /// Comes from a module whose source is not on this machine.
    ModuleMissing,
    /// Comes from a macro, transform or registry module that runs in the cloud.
    Macro,
    /// A file that could not be read or parsed.
    Unreadable,
    /// The expression is wrong: the deployment would stop here.
    Error,
    /// A bound of this program was reached; the subject names it.
    Budget,
    /// A secret or parameter that is fetched at deployment (`{{resolve:…}}`, SSM parameter types).
    DynamicReference,
    /// Defined outside the scanned files (an import, another account's resource).
    External,
    /// A function whose result differs from run to run (`timestamp`, `uuid`).
    Impure,
    /// `terraform.workspace` without a choice of workspace.
    Workspace,
    /// Something that this program does not evaluate.
    Unsupported,
    /// This combination of inputs makes the deployment itself fail, so nothing is deployed in it.
    Impossible,
}

impl Reason {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::DataSource => "data-source",
            Self::AfterApply => "after-apply",
            Self::ModuleMissing => "module-missing",
            Self::Macro => "macro",
            Self::Unreadable => "unreadable",
            Self::Error => "error",
            Self::Budget => "budget",
            Self::DynamicReference => "dynamic-reference",
            Self::External => "external",
            Self::Impure => "impure",
            Self::Workspace => "workspace",
            Self::Unsupported => "unsupported",
            Self::Impossible => "impossible",
        }
    }
}

/// A value that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unknown {
    /// Why.
    pub reason: Reason,
    /// What it comes from, as the user would name it: `var.key_arn`, `data.aws_kms_key.main`, `Environment`.
    pub subject: Arc<str>,
    /// Two unknowns with equal keys have the same value in every deployment. A variable's key, `#` and a number
    /// stand for that variable's [`crate::value::DomainValue::Other`] of this number.
    pub key: Option<Arc<str>>,
    /// Where the subject is declared or used.
    pub span: Option<Span>,
    /// Something is there for certain: the value is neither absent nor null.
    pub present: bool,
}

impl Unknown {
    /// An unknown without identity or place.
    pub fn new(reason: Reason, subject: impl Into<Arc<str>>) -> Self {
        Self { reason, subject: subject.into(), key: None, span: None, present: false }
    }

    /// The same with a place.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same, certainly neither absent nor null.
    #[must_use]
    pub fn present(mut self) -> Self {
        self.present = true;
        self
    }

    /// The same with an identity.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<Arc<str>>) -> Self {
        self.key = Some(key.into());
        self
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.subject;
        match self.reason {
            Reason::Input => write!(f, "`{subject}` has no value"),
            Reason::DataSource => write!(f, "`{subject}` is read from the cloud"),
            Reason::AfterApply => write!(f, "`{subject}` is known only after deployment"),
            Reason::ModuleMissing => write!(f, "the source of `{subject}` is not on this machine"),
            Reason::Macro => write!(f, "`{subject}` is expanded in the cloud"),
            Reason::Unreadable => write!(f, "`{subject}` could not be read"),
            Reason::Error => write!(f, "the expression is in error: {subject}"),
            Reason::Budget => write!(f, "bounded: {subject}"),
            Reason::DynamicReference => write!(f, "`{subject}` is fetched at deployment"),
            Reason::External => write!(f, "`{subject}` is defined outside the scanned files"),
            Reason::Impure => write!(f, "`{subject}` differs from run to run"),
            Reason::Workspace => write!(f, "`{subject}` depends on the workspace"),
            Reason::Unsupported => write!(f, "`{subject}` is not evaluated"),
            Reason::Impossible => write!(f, "the deployment fails: {subject}"),
        }
    }
}
