//! Characters to tokens, one at a time. What a newline means depends on the bracket around it, so the parser
//! says for each token whether newlines count. Strings and heredocs are opened here and read by `template`.

use crate::source::{FileId, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    End,
    Newline,
    Ident,
    Number,
    Quote,
    Heredoc,
    OpenBrace,
    CloseBrace,
    /// `~}`, the end of a template sequence.
    CloseStrip,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    Dot,
    Ellipsis,
    Comma,
    Colon,
    DoubleColon,
    Question,
    Equal,
    EqualEqual,
    NotEqual,
    Not,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Arrow,
    Invalid,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Lexeme {
    pub token: Token,
    pub start: usize,
    pub end: usize,
}

/// Why parsing of an item stopped.
#[derive(Debug)]
pub(super) struct Stop {
    pub start: usize,
    pub end: usize,
    pub message: String,
    /// The search for the next item starts here.
    pub resume: usize,
}

pub(super) type Parse<T> = Result<T, Stop>;

/// How offsets in the text become offsets in the file.
#[derive(Clone, Copy)]
pub(super) enum Offsets<'a> {
    /// The text starts at this offset of the file.
    From(usize),
    /// Offset in the file of each byte of the text, and of its end.
    Table(&'a [u32]),
}

/// The state of a parse.
pub(super) struct Parser<'a> {
    pub text: &'a str,
    pub file: FileId,
    pub offsets: Offsets<'a>,
    pub position: usize,
    /// Whether newlines are tokens.
    pub newlines: bool,
    pub depth: usize,
    pub comments: Vec<(usize, usize)>,
    ahead: Option<(bool, Lexeme)>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, file: FileId, offsets: Offsets<'a>) -> Self {
        let position = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, file, offsets, position, newlines: true, depth: 0, comments: Vec::new(), ahead: None }
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let at = |offset: usize| match self.offsets {
            Offsets::From(base) => base + offset,
            Offsets::Table(table) => table.get(offset).or(table.last()).map_or(0, |at| *at as usize),
        };
        Span::new(self.file, at(start)..at(end))
    }

    pub(super) fn slice(&self, lexeme: Lexeme) -> &'a str {
        self.text.get(lexeme.start..lexeme.end).unwrap_or_default()
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Whether the text goes on with `what` at an offset.
    pub(super) fn looking_at(&self, at: usize, what: &str) -> bool {
        self.text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(what.as_bytes()))
    }

    pub(super) fn peek(&mut self) -> Lexeme {
        if let Some((newlines, lexeme)) = self.ahead
            && newlines == self.newlines
            && lexeme.start >= self.position
        {
            return lexeme;
        }
        let lexeme = self.lex();
        self.ahead = Some((self.newlines, lexeme));
        lexeme
    }

    pub(super) fn next(&mut self) -> Lexeme {
        let lexeme = self.peek();
        self.jump(lexeme.end);
        lexeme
    }

    /// Goes on at an offset.
    pub(super) fn jump(&mut self, to: usize) {
        self.position = to;
        self.ahead = None;
    }

    /// Takes the next token when it is `token`.
    pub(super) fn eat(&mut self, token: Token) -> Option<Lexeme> {
        (self.peek().token == token).then(|| self.next())
    }

    pub(super) fn expect(&mut self, token: Token, what: &str) -> Parse<Lexeme> {
        match self.eat(token) {
            Some(lexeme) => Ok(lexeme),
            None => Err(self.unexpected(what)),
        }
    }

    /// Whether the next token is this word.
    pub(super) fn at_word(&mut self, word: &str) -> bool {
        let lexeme = self.peek();
        lexeme.token == Token::Ident && self.slice(lexeme) == word
    }

    pub(super) fn unexpected(&mut self, wanted: &str) -> Stop {
        let found = self.peek();
        let what = match found.token {
            Token::End => "the end of the file".to_owned(),
            Token::Newline => "the end of the line".to_owned(),
            _ => format!("`{}`", self.slice(found)),
        };
        let end = if matches!(found.token, Token::End | Token::Newline) { found.start } else { found.end };
        Stop { start: found.start, end, message: format!("expected {wanted}, found {what}"), resume: found.start }
    }

    pub(super) fn stop(&self, start: usize, end: usize, message: impl Into<String>) -> Stop {
        Stop { start, end, message: message.into(), resume: end }
    }

    /// Runs `parse` with newlines counting or not.
    pub(super) fn with_newlines<T>(&mut self, newlines: bool, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        let before = std::mem::replace(&mut self.newlines, newlines);
        let result = parse(self);
        self.newlines = before;
        result
    }

    fn lex(&mut self) -> Lexeme {
        let start = self.skip_trivia();
        let (token, length) = self.token_at(start);
        Lexeme { token, start, end: start + length }
    }

    /// Past blanks, comments and, where they do not count, newlines.
    fn skip_trivia(&mut self) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = self.position;
        loop {
            match bytes.get(at) {
                Some(b' ' | b'\t') => at += 1,
                Some(b'\r') if bytes.get(at + 1) != Some(&b'\n') || !self.newlines => at += 1,
                Some(b'\n') if !self.newlines => at += 1,
                Some(b'#') => at = self.line_comment(at),
                Some(b'/') if bytes.get(at + 1) == Some(&b'/') => at = self.line_comment(at),
                Some(b'/') if bytes.get(at + 1) == Some(&b'*') => {
                    let body = bytes.get(at + 2..).unwrap_or_default();
                    let Some(length) = memchr::memmem::find(body, b"*/") else { return at };
                    let end = at + 2 + length + 2;
                    self.note_comment(at, end);
                    at = end;
                }
                _ => return at,
            }
        }
    }

    fn line_comment(&mut self, start: usize) -> usize {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let end = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let text = self.text.get(start..end).unwrap_or_default();
        self.note_comment(start, start + text.trim_end_matches('\r').len());
        end
    }

    /// Tokens may be read twice, in two newline modes; comments are kept once.
    fn note_comment(&mut self, start: usize, end: usize) {
        if self.comments.last().is_none_or(|(last, _)| *last < start) {
            self.comments.push((start, end));
        }
    }

    fn token_at(&self, start: usize) -> (Token, usize) {
        use Token as T;
        let bytes = self.text.as_bytes();
        let Some(&first) = bytes.get(start) else { return (T::End, 0) };
        let second = bytes.get(start + 1).copied();
        let pair = |expected: u8, two: T, one: T| if second == Some(expected) { (two, 2) } else { (one, 1) };
        match first {
            b'\n' => (T::Newline, 1),
            b'\r' => (T::Newline, 2),
            b'"' => (T::Quote, 1),
            b'{' => (T::OpenBrace, 1),
            b'}' => (T::CloseBrace, 1),
            b'[' => (T::OpenBracket, 1),
            b']' => (T::CloseBracket, 1),
            b'(' => (T::OpenParen, 1),
            b')' => (T::CloseParen, 1),
            b',' => (T::Comma, 1),
            b'?' => (T::Question, 1),
            b'+' => (T::Plus, 1),
            b'-' => (T::Minus, 1),
            b'*' => (T::Star, 1),
            b'/' if second == Some(b'*') => (T::Invalid, 2),
            b'/' => (T::Slash, 1),
            b'%' => (T::Percent, 1),
            b'~' => pair(b'}', T::CloseStrip, T::Invalid),
            b':' => pair(b':', T::DoubleColon, T::Colon),
            b'&' => pair(b'&', T::And, T::Invalid),
            b'|' => pair(b'|', T::Or, T::Invalid),
            b'!' => pair(b'=', T::NotEqual, T::Not),
            b'>' => pair(b'=', T::GreaterEqual, T::Greater),
            b'<' if second == Some(b'<') => (T::Heredoc, 2),
            b'<' => pair(b'=', T::LessEqual, T::Less),
            b'=' if second == Some(b'>') => (T::Arrow, 2),
            b'=' => pair(b'=', T::EqualEqual, T::Equal),
            b'.' if self.looking_at(start, "...") => (T::Ellipsis, 3),
            b'.' => (T::Dot, 1),
            b'0'..=b'9' => (T::Number, number_length(bytes.get(start..).unwrap_or_default())),
            _ => match ident_length(self.text.get(start..).unwrap_or_default()) {
                0 => {
                    (T::Invalid, self.text.get(start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8))
                }
                length => (T::Ident, length),
            },
        }
    }
}

/// Digits, points and exponents, not ending in a point: `1.0.0` is one wrong number.
fn number_length(bytes: &[u8]) -> usize {
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let (mut at, mut end) = (0, 0);
    loop {
        match bytes.get(at) {
            Some(b'0'..=b'9') => at += 1,
            Some(b'.') => {
                at += 1;
                continue;
            }
            Some(b'e' | b'E') if digit(at + 1) => at += 2,
            Some(b'e' | b'E') if matches!(bytes.get(at + 1), Some(b'+' | b'-')) && digit(at + 2) => at += 3,
            _ => return end,
        }
        end = at;
    }
}

/// The length in bytes of the identifier at the start of a text: Unicode letters, digits, `_`, `-`.
pub(super) fn ident_length(text: &str) -> usize {
    let starts = |c: char| c == '_' || c.is_alphabetic();
    // Combining marks continue an identifier; nothing else outside ASCII that is no letter occurs after one.
    let continues =
        |c: char| starts(c) || c == '-' || c.is_numeric() || (!c.is_ascii() && !c.is_whitespace() && !c.is_control());
    match text.chars().next() {
        Some(first) if starts(first) => text.find(|c| !continues(c)).unwrap_or(text.len()),
        _ => 0,
    }
}
