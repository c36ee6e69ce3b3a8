//! Comparisons between two strings of which both may be symbolic. In: patterns, `None` for a string of which
//! nothing is known. Out: truth. Equal symbols have equal text; names of different resources differ.

use std::sync::Arc;

use crate::value::{Kind, Pattern, Piece, Symbol, Truth, Value};

/// A string that may be symbolic, or (`None`) not known at all.
pub type Text = Option<Pattern>;

/// A known string.
pub fn literal(text: &str) -> Pattern {
    Pattern::new([Piece::Literal(text.into())])
}

/// The string that a value is; `None` when it is unknown or no string.
pub fn of(value: &Value) -> Text {
    match &value.kind {
        Kind::Pattern(pattern) => Some(pattern.clone()),
        Kind::Reference(reference) => Some(Pattern::new([Piece::Symbol(Symbol::Reference(reference.clone()))])),
        Kind::Unknown(unknown) if unknown.key.is_some() => {
            Some(Pattern::new([Piece::Symbol(Symbol::Unknown(Arc::clone(unknown)))]))
        }
        _ => value.to_text().map(|text| literal(&text)),
    }
}

/// Two strings in a row.
pub fn join(a: &Pattern, b: &Pattern) -> Pattern {
    Pattern::new(a.pieces.iter().chain(&b.pieces).cloned())
}

/// The segments of an ARN: the parts between `:` characters that are written; at most `limit`, the last with the rest.
pub fn segments(pattern: &Pattern, limit: usize) -> Vec<Pattern> {
    split(pattern, ':', limit)
}

/// The parts between separators that are written; at most `limit`, the last one with the rest.
pub fn split(pattern: &Pattern, separator: char, limit: usize) -> Vec<Pattern> {
    let mut parts: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in &pattern.pieces {
        let Piece::Literal(text) = piece else {
            parts.last_mut().into_iter().for_each(|part| part.push(piece.clone()));
            continue;
        };
        let left = limit.saturating_sub(parts.len() - 1).max(1);
        for (index, text) in text.splitn(left, separator).enumerate() {
            if index > 0 {
                parts.push(Vec::new());
            }
            parts.last_mut().into_iter().for_each(|part| part.push(Piece::Literal(text.into())));
        }
    }
    parts.into_iter().map(Pattern::new).collect()
}

/// Whether both are the same string.
pub fn equals(a: &Pattern, b: &Pattern) -> Truth {
    if let (Some(a), Some(b)) = (a.literal(), b.literal()) {
        return Truth::from(a == b);
    }
    if differ_at_ends(a, b) || are_names_of_different_resources(a, b) {
        return Truth::False;
    }
    compare(tokens(a), tokens(b))
}

/// Whether `text` starts with `prefix`.
pub fn starts_with(text: &Pattern, prefix: &Pattern) -> Truth {
    compare(tokens(text), tokens(prefix).into_iter().chain([Token::Many(Of::Any)]).collect())
}

/// Whether `text` ends with `suffix`.
pub fn ends_with(text: &Pattern, suffix: &Pattern) -> Truth {
    compare(tokens(text), [Token::Many(Of::Any)].into_iter().chain(tokens(suffix)).collect())
}

/// Whether `text` contains `part`.
pub fn contains(text: &Pattern, part: &Pattern) -> Truth {
    compare(
        tokens(text),
        [Token::Many(Of::Any)].into_iter().chain(tokens(part)).chain([Token::Many(Of::Any)]).collect(),
    )
}

/// Whether `text` fits a glob in which `*` stands for any text and `?` for one character.
pub fn like(text: &Pattern, glob: &Pattern) -> Truth {
    let wildcard = |token| match token {
        Token::Char('*') => Token::Many(Of::Any),
        Token::Char('?') => Token::One(Of::Any),
        token => token,
    };
    compare(tokens(text), tokens(glob).into_iter().map(wildcard).collect())
}

/// The string without its last character, when that is written.
pub fn without_last_character(text: &Pattern) -> Pattern {
    let mut pieces = text.pieces.clone();
    if let Some(Piece::Literal(last)) = pieces.last_mut() {
        let mut shorter = last.to_string();
        shorter.pop();
        *last = shorter.into();
    }
    Pattern::new(pieces)
}

/// Whether a written part holds the character.
pub fn contains_literal(text: &Pattern, character: char) -> bool {
    text.pieces.iter().any(|piece| matches!(piece, Piece::Literal(text) if text.contains(character)))
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Char(char),
    Symbol(&'a Symbol),
    /// Any character.
    One(Of),
    /// Any number of any characters.
    Many(Of),
}

/// Which characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Any,
    /// Neither `:` nor `/`.
    Name,
}

impl Of {
    fn admits(self, character: char) -> bool {
        self == Self::Any || !matches!(character, ':' | '/')
    }

    /// Names, regions, accounts and partitions hold neither; ARNs and unknown texts may.
    fn symbol(symbol: &Symbol) -> Self {
        match symbol {
            Symbol::Pseudo { name, .. } if !name.ends_with("ARNs") && !name.ends_with("StackId") => Self::Name,
            Symbol::Reference(reference) if matches!(&*reference.attribute, "TableName" | "StreamLabel") => Self::Name,
            _ => Self::Any,
        }
    }
}

fn tokens(pattern: &Pattern) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for piece in &pattern.pieces {
        match piece {
            Piece::Literal(text) => tokens.extend(text.chars().map(Token::Char)),
            Piece::Symbol(symbol) => tokens.push(Token::Symbol(symbol)),
        }
    }
    tokens
}

/// Whether the written beginnings, or the written ends, of both rule out that they are equal: cheap, and mostly enough.
fn differ_at_ends(a: &Pattern, b: &Pattern) -> bool {
    let starts = match (a.pieces.first(), b.pieces.first()) {
        (Some(Piece::Literal(a)), Some(Piece::Literal(b))) => !a.starts_with(&**b) && !b.starts_with(&**a),
        _ => false,
    };
    starts
        || match (a.pieces.last(), b.pieces.last()) {
            (Some(Piece::Literal(a)), Some(Piece::Literal(b))) => !a.ends_with(&**b) && !b.ends_with(&**a),
            _ => false,
        }
}

fn compare(text: Vec<Token<'_>>, glob: Vec<Token<'_>>) -> Truth {
    if certainly(&text, &glob) {
        Truth::True
    } else if possibly(&loosened(&text), &loosened(&glob)) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

/// Whether the text fits the glob whatever the symbols stand for. One row of reachable positions per token.
fn certainly(text: &[Token<'_>], glob: &[Token<'_>]) -> bool {
    let mut row = vec![false; glob.len() + 1];
    row[0] = true;
    skip_many(glob, &mut row);
    for token in text {
        let mut next = vec![false; glob.len() + 1];
        for (at, step) in glob.iter().enumerate().filter(|(at, _)| row[*at]) {
            match (token, step) {
                (_, Token::Many(_)) => next[at] = true,
                (Token::Char(a), Token::Char(b)) => next[at + 1] |= a == b,
                (Token::Char(_), Token::One(_)) => next[at + 1] = true,
                (Token::Symbol(a), Token::Symbol(b)) => next[at + 1] |= a.is_same(b),
                _ => {}
            }
        }
        skip_many(glob, &mut next);
        row = next;
    }
    row[glob.len()]
}

/// Symbols as what they may stand for: some text, not empty unless it may be.
fn loosened<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut loose = Vec::new();
    for token in tokens {
        match token {
            Token::Symbol(symbol) => {
                let of = Of::symbol(symbol);
                if !symbol.may_be_empty() {
                    loose.push(Token::One(of));
                }
                loose.push(Token::Many(of));
            }
            token => loose.push(*token),
        }
    }
    loose
}

/// Whether some text fits both globs. One row of reachable positions of the second per token of the first.
fn possibly(a: &[Token<'_>], b: &[Token<'_>]) -> bool {
    let mut row = vec![false; b.len() + 1];
    row[0] = true;
    skip_many(b, &mut row);
    for token in a {
        row = match token {
            Token::Many(of) => absorb(*of, b, row),
            token => step(*token, b, &row),
        };
        skip_many(b, &mut row);
    }
    row[b.len()]
}

/// One character of the first glob, met by the second.
fn step(token: Token<'_>, b: &[Token<'_>], row: &[bool]) -> Vec<bool> {
    let mut next = vec![false; b.len() + 1];
    for (at, other) in b.iter().enumerate().filter(|(at, _)| row[*at]) {
        let fits = match (token, *other) {
            (Token::Char(x), Token::Char(y)) => x == y,
            (Token::Char(x), Token::One(of) | Token::Many(of)) | (Token::One(of), Token::Char(x)) => of.admits(x),
            _ => true,
        };
        let to = if matches!(other, Token::Many(_)) { at } else { at + 1 };
        next[to] |= fits;
    }
    next
}

/// Any number of characters of the first glob, taken from the second.
fn absorb(of: Of, b: &[Token<'_>], mut row: Vec<bool>) -> Vec<bool> {
    for (at, other) in b.iter().enumerate() {
        row[at + 1] |= row[at] && !matches!(other, Token::Char(character) if !of.admits(*character));
    }
    row
}

fn skip_many(glob: &[Token<'_>], row: &mut [bool]) {
    for (at, _) in glob.iter().enumerate().filter(|(_, step)| matches!(step, Token::Many(_))) {
        row[at + 1] |= row[at];
    }
}

/// Whether both are the same text but for the names of two different resources, which cannot be equal.
pub fn are_names_of_different_resources(a: &Pattern, b: &Pattern) -> bool {
    let mut differ = false;
    a.pieces.len() == b.pieces.len()
        && a.pieces.iter().zip(&b.pieces).all(|pair| match pair {
            (Piece::Literal(a), Piece::Literal(b)) => a == b,
            (Piece::Symbol(Symbol::Reference(a)), Piece::Symbol(Symbol::Reference(b))) => {
                differ |= a.target != b.target;
                a.attribute == b.attribute
            }
            (Piece::Symbol(a), Piece::Symbol(b)) => a.is_same(b),
            _ => false,
        })
        && differ
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Reference, ResourceId};

    fn pattern(parts: &[&str]) -> Pattern {
        Pattern::new(parts.iter().map(|part| match part.strip_prefix('$') {
            Some(name) => Piece::Symbol(Symbol::Reference(Reference {
                target: ResourceId { stack: "s".into(), address: name.into() },
                attribute: "Ref".into(),
            })),
            None => Piece::Literal((*part).into()),
        }))
    }

    #[test]
    fn comparisons() {
        let orders = pattern(&["arn:aws:dynamodb:r:1:table/", "$Orders"]);
        let other = pattern(&["arn:aws:dynamodb:r:1:table/", "$Other"]);
        assert_eq!(equals(&orders, &orders), Truth::True);
        assert_eq!(equals(&orders, &other), Truth::False);
        assert_eq!(equals(&orders, &literal("arn:aws:dynamodb:r:1:table/x")), Truth::Unknown);
        assert_eq!(equals(&orders, &literal("arn:aws:dynamodb:r:1:table/")), Truth::False);
        assert_eq!(equals(&orders, &literal("arn:aws:s3:::x")), Truth::False);
        assert_eq!(starts_with(&orders, &literal("arn:aws:dynamodb")), Truth::True);
        assert_eq!(starts_with(&orders, &literal("arn:aws:dynamodb:r:1:table/prod-")), Truth::Unknown);
        assert_eq!(starts_with(&join(&orders, &literal("/stream/x")), &orders), Truth::True);
        assert_eq!(ends_with(&orders, &literal("/x/y")), Truth::Unknown);
        assert_eq!(like(&orders, &literal("arn:*:dynamodb:*:table/*")), Truth::True);
        assert_eq!(like(&orders, &literal("arn:*:s3:*")), Truth::Unknown);
        let stack = Pattern::new([
            Piece::Literal("alias/".into()),
            Piece::Symbol(Symbol::Pseudo { name: "AWS::StackName".into(), scope: "s".into() }),
        ]);
        assert_eq!(starts_with(&stack, &literal("alias/aws/")), Truth::False);
        assert_eq!(starts_with(&stack, &literal("alias/aws")), Truth::Unknown);
        assert_eq!(segments(&orders, 6).len(), 6);
        assert_eq!(segments(&pattern(&["arn:", "$P", ":dynamodb"]), 6).len(), 3);
    }
}
