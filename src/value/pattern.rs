//! Strings of which only parts are known, and three-valued questions about them.

use std::{fmt, sync::Arc};

use crate::value::{Reference, Truth, Unknown};

/// A string made of pieces, at least one of them symbolic.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// The pieces in order; no two literals in a row, no empty literal.
    pub pieces: Vec<Piece>,
}

/// A piece of a [`Pattern`].
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Known text.
    Literal(Arc<str>),
    /// Text that stands for something.
    Symbol(Symbol),
}

/// What a piece of text stands for. Equal symbols have equal text.
#[derive(Clone, Debug, PartialEq)]
pub enum Symbol {
    /// An attribute of a resource.
    Reference(Reference),
    /// `AWS::Region`, `AWS::AccountId`, `AWS::Partition`, … of the stack or provider named by `scope`.
    Pseudo {
        /// CloudFormation's name.
        name: Arc<str>,
        /// Id of the stack and, for Terraform, the provider configuration.
        scope: Arc<str>,
    },
    /// Anything else; equal only when both have the same key.
    Unknown(Arc<Unknown>),
}

impl Symbol {
    /// Whether both certainly have the same text.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown(a), Self::Unknown(b)) => a.key.is_some() && a.key == b.key,
            (a, b) => a == b,
        }
    }

    /// Whether the text may be empty. Names, ARNs, regions and accounts never are.
    pub fn may_be_empty(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

/// One element of a glob to match with [`Pattern::like`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glob {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any text.
    Many,
}

impl Glob {
    /// Characters without wildcards.
    pub fn literal(text: &str) -> impl Iterator<Item = Self> + '_ {
        text.chars().map(Self::Char)
    }

    /// `*` and `?` as wildcards.
    pub fn parse(text: &str) -> Vec<Self> {
        let token = |c| match c {
            '*' => Self::Many,
            '?' => Self::One,
            c => Self::Char(c),
        };
        text.chars().map(token).collect()
    }
}

enum Token<'a> {
    Char(char),
    Symbol(&'a Symbol),
}

impl Pattern {
    /// Joins pieces, merging neighbouring literals and dropping empty ones.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (_, Piece::Literal(text)) if text.is_empty() => {}
                (Some(Piece::Literal(before)), Piece::Literal(text)) => *before = format!("{before}{text}").into(),
                (_, piece) => joined.push(piece),
            }
        }
        Self { pieces: joined }
    }

    /// The text, when no piece is symbolic.
    pub fn literal(&self) -> Option<Arc<str>> {
        match &*self.pieces {
            [] => Some("".into()),
            [Piece::Literal(text)] => Some(Arc::clone(text)),
            _ => None,
        }
    }

    /// Whether the string equals `text`.
    pub fn equals(&self, text: &str) -> Truth {
        self.like(&Glob::literal(text).collect::<Vec<_>>())
    }

    /// Whether the string starts with `text`.
    pub fn starts_with(&self, text: &str) -> Truth {
        self.like(&Glob::literal(text).chain([Glob::Many]).collect::<Vec<_>>())
    }

    /// Whether the string ends with `text`.
    pub fn ends_with(&self, text: &str) -> Truth {
        self.like(&[Glob::Many].into_iter().chain(Glob::literal(text)).collect::<Vec<_>>())
    }

    /// Whether the string contains `text`.
    pub fn contains(&self, text: &str) -> Truth {
        let glob: Vec<_> = [Glob::Many].into_iter().chain(Glob::literal(text)).chain([Glob::Many]).collect();
        self.like(&glob)
    }

    /// Whether the whole string matches the glob: true when it does whatever the symbols stand for,
    /// false when it does for nothing that they could stand for.
    pub fn like(&self, glob: &[Glob]) -> Truth {
        let tokens: Vec<Token<'_>> = self
            .pieces
            .iter()
            .flat_map(|piece| match piece {
                Piece::Literal(text) => text.chars().map(Token::Char).collect::<Vec<_>>(),
                Piece::Symbol(symbol) => vec![Token::Symbol(symbol)],
            })
            .collect();
        if reaches(glob, &tokens, false) {
            Truth::True
        } else if reaches(glob, &tokens, true) {
            Truth::Unknown
        } else {
            Truth::False
        }
    }
}

/// Whether the glob can be walked to its end along the tokens. With `free`, a symbol stands for any text;
/// without, only `*` accepts it. One row of reachable glob positions per token: no recursion, no blow-up.
fn reaches(glob: &[Glob], tokens: &[Token<'_>], free: bool) -> bool {
    let size = glob.len() + 1;
    let mut row = vec![false; size];
    row[0] = true;
    skip_many(glob, &mut row);
    for token in tokens {
        let mut next = vec![false; size];
        match token {
            Token::Char(c) => {
                for (at, step) in glob.iter().enumerate().filter(|(at, _)| row[*at]) {
                    match step {
                        Glob::Char(expected) if expected == c => next[at + 1] = true,
                        Glob::One => next[at + 1] = true,
                        Glob::Many => next[at] = true,
                        Glob::Char(_) => {}
                    }
                }
            }
            Token::Symbol(symbol) if free => {
                let first = row.iter().position(|reached| *reached).unwrap_or(size);
                let from = first + usize::from(!symbol.may_be_empty() && glob.get(first) != Some(&Glob::Many));
                next.iter_mut().skip(from).for_each(|reached| *reached = true);
            }
            Token::Symbol(_) => {
                for (at, _) in glob.iter().enumerate().filter(|(at, step)| row[*at] && **step == Glob::Many) {
                    next[at] = true;
                }
            }
        }
        skip_many(glob, &mut next);
        row = next;
    }
    row[size - 1]
}

fn skip_many(glob: &[Glob], row: &mut [bool]) {
    for (at, _) in glob.iter().enumerate().filter(|(_, step)| **step == Glob::Many) {
        if row[at] {
            row[at + 1] = true;
        }
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference(reference) => write!(f, "${{{}.{}}}", reference.target.address, reference.attribute),
            Self::Pseudo { name, .. } => write!(f, "${{{name}}}"),
            Self::Unknown(unknown) => write!(f, "${{{}}}", unknown.subject),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => f.write_str(text)?,
                Piece::Symbol(symbol) => symbol.fmt(f)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Reason;

    fn pattern(parts: &[&str]) -> Pattern {
        Pattern::new(parts.iter().map(|part| match part.strip_prefix('$') {
            Some(name) => Piece::Symbol(Symbol::Pseudo { name: name.into(), scope: "s".into() }),
            None => Piece::Literal((*part).into()),
        }))
    }

    #[test]
    fn questions_are_three_valued() {
        let alias = pattern(&["arn:", "$Partition", ":kms:", "$Region", ":", "$Account", ":alias/aws/dynamodb"]);
        assert_eq!(alias.ends_with("alias/aws/dynamodb"), Truth::True);
        assert_eq!(alias.ends_with("alias/mine"), Truth::False);
        assert_eq!(alias.equals("arn:aws:kms:eu-west-1:111122223333:alias/aws/dynamodb"), Truth::Unknown);
        assert_eq!(alias.starts_with("arn:aws:s3"), Truth::Unknown);
        assert_eq!(alias.contains(":kms:"), Truth::True);
        assert_eq!(pattern(&["a", "$X", "c"]).equals("ac"), Truth::False);
        assert_eq!(pattern(&["a", "$X", "c"]).like(&Glob::parse("a*c")), Truth::True);
        let maybe = Pattern::new([Piece::Symbol(Symbol::Unknown(Arc::new(Unknown::new(Reason::Input, "var.x"))))]);
        assert_eq!(maybe.equals(""), Truth::Unknown);
    }
}
