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

/// The parts between `:` characters that are written; at most `limit`, the last one with the rest.
pub fn segments(pattern: &Pattern, limit: usize) -> Vec<Pattern> {
    let mut parts: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in &pattern.pieces {
        let Piece::Literal(text) = piece else {
            parts.last_mut().into_iter().for_each(|part| part.push(piece.clone()));
            continue;
        };
        let left = limit.saturating_sub(parts.len() - 1).max(1);
        for (index, text) in text.splitn(left, ':').enumerate() {
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
    if are_names_of_different_resources(a, b) {
        return Truth::False;
    }
    compare(tokens(a), tokens(b))
}

/// Whether `text` starts with `prefix`.
pub fn starts_with(text: &Pattern, prefix: &Pattern) -> Truth {
    compare(tokens(text), tokens(prefix).into_iter().chain([Token::Many]).collect())
}

/// Whether `text` ends with `suffix`.
pub fn ends_with(text: &Pattern, suffix: &Pattern) -> Truth {
    compare(tokens(text), [Token::Many].into_iter().chain(tokens(suffix)).collect())
}

/// Whether `text` contains `part`.
pub fn contains(text: &Pattern, part: &Pattern) -> Truth {
    compare(tokens(text), [Token::Many].into_iter().chain(tokens(part)).chain([Token::Many]).collect())
}

/// Whether `text` fits a glob in which `*` stands for any text and `?` for one character.
pub fn like(text: &Pattern, glob: &Pattern) -> Truth {
    let wildcard = |token| match token {
        Token::Char('*') => Token::Many,
        Token::Char('?') => Token::One,
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
    One,
    Many,
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
                (_, Token::Many) => next[at] = true,
                (Token::Char(a), Token::Char(b)) => next[at + 1] |= a == b,
                (Token::Char(_), Token::One) => next[at + 1] = true,
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
                if !symbol.may_be_empty() {
                    loose.push(Token::One);
                }
                loose.push(Token::Many);
            }
            token => loose.push(*token),
        }
    }
    loose
}

/// Whether some text fits both globs.
fn possibly(a: &[Token<'_>], b: &[Token<'_>]) -> bool {
    let mut row = vec![false; b.len() + 1];
    row[0] = true;
    skip_many(b, &mut row);
    for token in a {
        let mut next = vec![false; b.len() + 1];
        if matches!(token, Token::Many) {
            // Takes any further part of the other glob.
            let first = row.iter().position(|reached| *reached).unwrap_or(row.len());
            next.iter_mut().skip(first).for_each(|reached| *reached = true);
        } else {
            for (at, step) in b.iter().enumerate().filter(|(at, _)| row[*at]) {
                match (token, step) {
                    (_, Token::Many) => next[at] = true,
                    (Token::Char(x), Token::Char(y)) => next[at + 1] |= x == y,
                    _ => next[at + 1] = true,
                }
            }
        }
        skip_many(b, &mut next);
        row = next;
    }
    row[b.len()]
}

fn skip_many(glob: &[Token<'_>], row: &mut [bool]) {
    for (at, _) in glob.iter().enumerate().filter(|(_, step)| matches!(step, Token::Many)) {
        row[at + 1] |= row[at];
    }
}

/// The same text around, and in one place the names of two resources.
fn are_names_of_different_resources(a: &Pattern, b: &Pattern) -> bool {
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
        assert_eq!(segments(&orders, 6).len(), 6);
        assert_eq!(segments(&pattern(&["arn:", "$P", ":dynamodb"]), 6).len(), 3);
    }
}
