//! What the elements Action, Resource and Principal of a statement match.
//! Source: IAM User Guide, "IAM JSON policy elements"; where that is silent, `docs/iam.md` says how it was decided.

use std::sync::Arc;

use crate::{
    aws::{
        iam::{
            actions::{ActionSet, Bits, Universe},
            context::Context,
            template::{Syntax, Template},
        },
        text::{Atom, Case, Glob, Text, matches},
    },
    value::{ResourceId, Truth},
};

/// A pattern of Action or NotAction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ActionPattern {
    /// `*`.
    All,
    /// `service:glob`.
    Glob(Arc<[Glob]>),
    /// Has no service, so that it matches nothing.
    Malformed,
}

impl ActionPattern {
    /// Takes a pattern apart.
    pub fn parse(text: &Text) -> Self {
        if text.is("*") {
            return Self::All;
        }
        let symbolic = text.literal().is_none();
        if !symbolic && !text.atoms().contains(&Atom::Char(':')) {
            return Self::Malformed;
        }
        Self::Glob(Template::parse(text, Syntax { wildcards: true, variables: false }).fixed().into())
    }

    /// The actions of a universe that it covers.
    pub fn covered(&self, universe: &Universe) -> Bits {
        let glob = match self {
            Self::All => return Bits::ALL,
            Self::Malformed => return Bits::NONE,
            Self::Glob(glob) => glob,
        };
        let written = |glob: &[Glob]| -> Option<String> {
            glob.iter().map(|token| if let Glob::Char(c) = token { Some(*c) } else { None }).collect()
        };
        if let Some(action) = written(glob) {
            let only = universe.index_of_any_case(&action).into_iter().collect();
            return Bits { must: only, may: only };
        }
        let service = glob.split(|token| *token == Glob::Char(':')).next().and_then(written);
        if service.is_some_and(|service| !universe.has_service(&service)) {
            return Bits::NONE;
        }
        let truths = universe.names().iter().map(|action| self.covers(action)).enumerate();
        let with = |bits: Bits, (index, truth): (usize, Truth)| {
            let only: ActionSet = [index].into_iter().collect();
            bits.or(Bits::of(truth).and(Bits { must: only, may: only }))
        };
        truths.fold(Bits::NONE, with)
    }

    /// Whether it covers an action, `service:Name`.
    pub fn covers(&self, action: &Text) -> Truth {
        match self {
            Self::All => Truth::True,
            Self::Malformed => Truth::False,
            Self::Glob(glob) => matches(glob, action, Case::Ignored),
        }
    }
}

/// A pattern of Resource or NotResource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ResourcePattern {
    /// `*`.
    All,
    /// An ARN: five segments that are globbed each for itself, and the rest.
    Arn {
        /// Partition to account, lower-case insensitive.
        head: Arc<[Vec<Glob>]>,
        /// The sixth segment, the only one with variables.
        tail: Template,
    },
    /// Fewer than six segments, padded with `*` where that is allowed.
    Short {
        /// The segments that are there, then `*`.
        padded: Arc<[Vec<Glob>]>,
        /// Whether a `*` is written in it.
        starred: bool,
    },
    /// A symbol hides where the segments end.
    Loose(Template),
}

/// The resource of a request, with the declared table that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The ARN; `*` for an action without resource types.
    pub arn: Text,
    segments: Option<Arc<[Text]>>,
    /// Identity of the declared table.
    pub table: Option<ResourceId>,
}

impl Subject {
    /// A resource by its ARN.
    pub fn new(arn: Text, table: Option<ResourceId>) -> Self {
        let segments = arn.segments(6).filter(|parts| parts.len() == 6).map(Into::into);
        Self { arn, segments, table }
    }

    /// The account segment of the ARN.
    pub fn account(&self) -> Option<&Text> {
        self.segments.as_ref()?.get(4)
    }

    /// The sixth segment of the ARN.
    pub fn tail(&self) -> Option<&Text> {
        self.segments.as_ref()?.get(5)
    }
}

/// Whether an ARN with fewer than six segments is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Always, as in identity policies.
    Always,
    /// Only when it has a `*`, as in resource and endpoint policies.
    Starred,
}

impl ResourcePattern {
    /// Takes a pattern apart; `variables` as the policy's version says.
    pub fn parse(text: &Text, variables: bool) -> Self {
        let syntax = Syntax { wildcards: true, variables };
        let fixed = Syntax { variables: false, ..syntax };
        if text.is("*") {
            return Self::All;
        }
        let Some(mut parts) = text.segments(6) else { return Self::Loose(Template::parse(text, syntax)) };
        let glob = |part: &Text| Template::parse(part, fixed).fixed();
        if parts.len() == 6
            && let Some(tail) = parts.pop()
        {
            return Self::Arn { head: parts.iter().map(glob).collect(), tail: Template::parse(&tail, syntax) };
        }
        let missing = 6 - parts.len();
        let padded = parts.iter().map(glob).chain(std::iter::repeat_n(vec![Glob::Many], missing));
        Self::Short { padded: padded.collect(), starred: text.atoms().contains(&Atom::Char('*')) }
    }

    /// Whether the answer depends on the context.
    pub fn has_variables(&self) -> bool {
        self.template().is_some_and(Template::has_variables)
    }

    /// The part in which variables stand.
    pub fn template(&self) -> Option<&Template> {
        if let Self::Arn { tail, .. } | Self::Loose(tail) = self { Some(tail) } else { None }
    }

    /// Whether it covers every table of its own account and region, whichever these are.
    pub fn covers_every_table(&self) -> Truth {
        let (service, tail) = match self {
            Self::All => return Truth::True,
            Self::Arn { head, tail } if head.iter().all(|segment| !segment.is_empty()) => {
                (head.get(2), tail.expand(&Context::closed()))
            }
            Self::Short { padded, .. } => (padded.get(2), Some(vec![Glob::Many])),
            // One symbol may stand for anything; a symbol with something behind it, such as `/index/*`, names a table.
            Self::Loose(template) if matches!(&*template.fixed(), [Glob::Symbol(_)]) => return Truth::Unknown,
            Self::Arn { .. } | Self::Loose(_) => return Truth::False,
        };
        let service = service.map_or(Truth::False, |glob| matches(glob, &Text::from("dynamodb"), Case::Ignored));
        // Tables that nobody has declared: a pattern that covers both covers every table.
        let tables = ["table/", "table/x"].map(|start| Text::from(start).join(&Text::fresh("table")));
        let reached = tail
            .map_or(Truth::False, |glob| Truth::all(tables.iter().map(|table| matches(&glob, table, Case::Sensitive))));
        service.and(reached)
    }

    /// Whether it covers the resource.
    pub fn covers(&self, subject: &Subject, context: &Context, padding: Padding) -> Truth {
        let Some(segments) = subject.segments.as_deref() else {
            // An action without resource types is covered by a literal "*" only.
            return if subject.arn.is("*") || *self == Self::All {
                Truth::from(*self == Self::All)
            } else {
                Truth::Unknown
            };
        };
        let head_matches = |globs: &[Vec<Glob>]| {
            Truth::all(globs.iter().zip(segments).map(|(glob, segment)| matches(glob, segment, Case::Ignored)))
        };
        match self {
            Self::All => Truth::True,
            Self::Short { padded, starred } => {
                Truth::from(padding == Padding::Always || *starred).and(head_matches(padded))
            }
            Self::Arn { head, tail } => {
                let head = head_matches(head);
                if head.is_false() {
                    return head;
                }
                let glob = tail.expand(context);
                let text = segments.last();
                glob.zip(text).map_or(Truth::False, |(glob, text)| head.and(matches(&glob, text, Case::Sensitive)))
            }
            Self::Loose(template) => match template.expand(context) {
                Some(glob) if matches(&glob, &subject.arn, Case::Sensitive).is_possible() => Truth::Unknown,
                _ => Truth::False,
            },
        }
    }
}
