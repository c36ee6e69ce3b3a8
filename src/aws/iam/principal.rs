//! The Principal element of resource, endpoint, key and trust policies, and the callers that it names.
//! Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use std::sync::Arc;

use crate::{
    aws::text::{Atom, Text},
    source::Span,
    value::Truth,
};

/// What sort of identity a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// A session of a role.
    Role,
    /// An IAM user.
    User,
    /// The root user of an account.
    Root,
    /// A service principal.
    Service,
}

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// What it is.
    pub kind: CallerKind,
    /// ARN of the role or user; the name of a service.
    pub arn: Text,
    /// ARN of the session of a role.
    pub session: Option<Text>,
    /// Account number.
    pub account: Text,
    /// The identity provider that it came from.
    pub federated: Option<Text>,
}

/// One entry of a Principal element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `*`.
    Everyone,
    /// `AWS`: an account, role, user or session, as written.
    Aws(Text),
    /// `Service`.
    Service(Text),
    /// `Federated`.
    Federated(Text),
    /// `CanonicalUser` and types that IAM does not know.
    Other(Text),
}

/// A Principal or NotPrincipal element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals {
    /// Whether it is NotPrincipal.
    pub negated: bool,
    /// Those that are written, with their places.
    pub entries: Vec<(Entry, Option<Span>)>,
    /// Whether there may be more.
    pub open: bool,
    /// Where the element is.
    pub span: Option<Span>,
}

/// How strongly a Principal element names a caller. Each grade gives other rights in the caller's own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grades {
    /// By session, user, federated or service name, or by `*`: a grant needs nothing else.
    pub direct: Truth,
    /// By role ARN: boundary and session policy still limit it.
    pub role: Truth,
    /// By account: only delegates to the account's own policies.
    pub account: Truth,
}

impl Grades {
    /// Named in no way.
    pub const NONE: Self = Self { direct: Truth::False, role: Truth::False, account: Truth::False };
    /// Named certainly and directly.
    pub const DIRECT: Self = Self { direct: Truth::True, ..Self::NONE };

    /// Whether it is named at all.
    pub fn any(self) -> Truth {
        self.direct.or(self.role).or(self.account)
    }

    fn or(self, other: Self) -> Self {
        Self {
            direct: self.direct.or(other.direct),
            role: self.role.or(other.role),
            account: self.account.or(other.account),
        }
    }
}

impl Principals {
    /// How the element names a caller. NotPrincipal names everyone whom its entries do not.
    pub fn names(&self, caller: &Caller) -> Grades {
        let written = self.entries.iter().fold(Grades::NONE, |all, (entry, _)| all.or(entry.names(caller)));
        let open = Grades { direct: Truth::Unknown, role: Truth::Unknown, account: Truth::Unknown };
        let found = if self.open { written.or(open) } else { written };
        if self.negated { Grades { direct: !found.any(), ..Grades::NONE } } else { found }
    }
}

impl Entry {
    fn names(&self, caller: &Caller) -> Grades {
        let direct = |truth| Grades { direct: truth, ..Grades::NONE };
        match self {
            Self::Everyone => Grades::DIRECT,
            Self::Aws(_) if caller.kind == CallerKind::Service => Grades::NONE,
            Self::Aws(text) => match account_of(text) {
                Some(account) => Grades { account: account.equals(&caller.account), ..Grades::NONE },
                None => {
                    let named = text.equals(&caller.arn);
                    let session = caller.session.as_ref().map_or(Truth::False, |session| text.equals(session));
                    if caller.kind == CallerKind::Role {
                        // A name of which nothing is known may also be that of the account.
                        let account = if is_unknown(text) { Truth::Unknown } else { Truth::False };
                        Grades { direct: session, role: named, account }
                    } else {
                        direct(named.or(session))
                    }
                }
            },
            Self::Service(text) if caller.kind == CallerKind::Service => direct(text.equals(&caller.arn)),
            Self::Federated(text) => {
                direct(caller.federated.as_ref().map_or(Truth::False, |provider| text.equals(provider)))
            }
            Self::Service(_) | Self::Other(_) => Grades::NONE,
        }
    }
}

/// The account of `123456789012`, `⟨account⟩` or `arn:aws:iam::123456789012:root`.
pub fn account_of(text: &Text) -> Option<Text> {
    if is_account(text) {
        return Some(text.clone());
    }
    let parts = text.segments(6)?;
    let [arn, _, iam, region, account, root] = &parts[..] else { return None };
    let is_root = arn.is("arn") && iam.is("iam") && region.is_empty() && root.is("root");
    (is_root && is_account(account)).then(|| account.clone())
}

fn is_account(text: &Text) -> bool {
    let is_digit = |atom: &Atom| matches!(atom, Atom::Char('0'..='9'));
    is_deploying_account(text) || text.atoms().len() == 12 && text.atoms().iter().all(is_digit)
}

/// Whether it stands for the account of a deployment: `AWS::AccountId`, `data.aws_caller_identity`.
pub fn is_deploying_account(text: &Text) -> bool {
    let [Atom::Symbol(symbol)] = text.atoms() else { return false };
    symbol.identity.as_deref().is_some_and(|identity| identity.starts_with("AWS::AccountId@"))
}

fn is_unknown(text: &Text) -> bool {
    matches!(text.atoms(), [Atom::Symbol(symbol)] if symbol.shape == crate::aws::text::Shape::Any)
}

impl Caller {
    /// A session of a role or a user, by ARN; `None` when the ARN shows no account.
    pub fn from_arn(kind: CallerKind, arn: Text, session: Option<Text>) -> Option<Self> {
        let account = arn.segments(6)?.into_iter().nth(4)?;
        Some(Self { kind, arn, session, account, federated: None })
    }
}

impl Entry {
    /// Reads one value under a key of the Principal map.
    pub fn parse(kind: &str, text: Text) -> Self {
        match kind {
            "AWS" if text.is("*") => Self::Everyone,
            "AWS" => Self::Aws(text),
            "Service" => Self::Service(text),
            "Federated" => Self::Federated(text),
            _ => Self::Other(text),
        }
    }

    /// The text as written.
    pub fn text(&self) -> Arc<str> {
        match self {
            Self::Everyone => "*".into(),
            Self::Aws(text) | Self::Service(text) | Self::Federated(text) | Self::Other(text) => {
                text.to_string().into()
            }
        }
    }
}
