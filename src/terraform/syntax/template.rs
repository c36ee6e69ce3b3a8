//! Templates: quoted strings, heredocs, template files, JSON strings. First a flat list of pieces, in which
//! strip markers and heredoc indentation act on neighbouring literals, then the tree of directives.

use std::sync::Arc;

use super::{
    lexer::{Parse, Parser, Stop, Token, ident_length},
    tree::{Expr, ExprKind, Part},
};

/// A piece of the flat list, with its range in the text.
struct Flat {
    kind: FlatKind,
    start: usize,
    end: usize,
}

enum FlatKind {
    /// Text; in heredocs and files it ends at each newline.
    Literal(String),
    Interpolation(Expr),
    If(Expr),
    Else,
    EndIf,
    For {
        key: Option<Arc<str>>,
        value: Arc<str>,
        collection: Expr,
    },
    EndFor,
}

/// What ends a template, and how its literals are written.
#[derive(Clone, Copy, PartialEq)]
enum Form<'a> {
    /// Backslash escapes, to the quote.
    Quoted,
    /// No escapes, a piece for each line, to the line that holds nothing but this marker.
    Heredoc(&'a str),
    /// As a heredoc, to the end of the text.
    Whole,
}

impl Parser<'_> {
    /// `"…"`.
    pub(super) fn quoted(&mut self) -> Parse<Expr> {
        let open = self.next();
        let pieces = self.pieces(open.end, Form::Quoted).map_err(|stop| Stop { resume: open.start, ..stop })?;
        let span = self.span(open.start, self.position);
        let single = pieces.len() == 1;
        let parts = self.tree(pieces)?;
        Ok(Expr { kind: finished(parts, single), span })
    }

    /// `<<X` and `<<-X`, to the line with the marker.
    pub(super) fn heredoc(&mut self) -> Parse<Expr> {
        let open = self.next();
        let indented = self.byte(open.end) == Some(b'-');
        let name = open.end + usize::from(indented);
        let length = ident_length(self.text.get(name..).unwrap_or_default());
        let marker = self.text.get(name..name + length).unwrap_or_default();
        let line = self.text.get(name + length..).unwrap_or_default();
        let blank =
            line.find('\n').filter(|at| length > 0 && line.get(..*at).is_some_and(|rest| rest.trim().is_empty()));
        let Some(blank) = blank else {
            return Err(self.stop(open.start, name + length, "expected a marker and a newline after `<<`"));
        };
        let start = name + length + blank + 1;
        let mut pieces = self.pieces(start, Form::Heredoc(marker)).map_err(|stop| match stop.start {
            at if at == start => Stop { start: open.start, end: name + length, resume: name + length, ..stop },
            _ => stop,
        })?;
        if indented {
            unindent(&mut pieces);
        }
        let span = self.span(open.start, self.position);
        let single = pieces.len() == 1;
        let parts = self.tree(pieces)?;
        Ok(Expr { kind: finished(parts, single), span })
    }

    /// The offset after the marker, when the line that starts here closes a heredoc.
    fn closes(&self, at: usize, form: Form<'_>) -> Option<usize> {
        let Form::Heredoc(marker) = form else { return None };
        if at.checked_sub(1).and_then(|before| self.byte(before)) != Some(b'\n') {
            return None;
        }
        let line = self.text.get(at..)?.split('\n').next()?;
        let indent = line.len() - line.trim_start().len();
        (line.trim() == marker).then_some(at + indent + marker.len())
    }

    /// A template that fills the whole text.
    pub(super) fn whole_template(&mut self) -> Parse<Expr> {
        let pieces = self.pieces(self.position, Form::Whole)?;
        let span = self.span(0, self.text.len());
        let single = pieces.len() == 1;
        let parts = self.tree(pieces)?;
        Ok(Expr { kind: finished(parts, single), span })
    }

    fn pieces(&mut self, start: usize, form: Form<'_>) -> Parse<Vec<Flat>> {
        let mut pieces: Vec<Flat> = Vec::new();
        let mut at = start;
        let mut trim_next = false;
        loop {
            let before = pieces.len();
            let stopped = self.literal(at, form, &mut pieces)?;
            if std::mem::take(&mut trim_next)
                && let Some(Flat { kind: FlatKind::Literal(text), .. }) = pieces.get_mut(before)
            {
                text.drain(..text.len() - text.trim_start().len());
            }
            let Some(open) = stopped else {
                return Ok(pieces);
            };
            let strip = self.byte(open + 2) == Some(b'~');
            if strip && let Some(Flat { kind: FlatKind::Literal(text), .. }) = pieces.last_mut() {
                text.truncate(text.trim_end().len());
            }
            self.jump(open + 2 + usize::from(strip));
            let directive = self.byte(open) == Some(b'%');
            let (kind, close) = self.with_newlines(false, |p| {
                let kind =
                    if directive { p.deeper(Self::directive)? } else { FlatKind::Interpolation(p.expression()?) };
                let close = p.next();
                match close.token {
                    Token::CloseBrace | Token::CloseStrip => Ok((kind, close)),
                    _ => Err(p.stop(open, close.start, "expected `}` at the end of the template sequence")),
                }
            })?;
            trim_next = close.token == Token::CloseStrip;
            pieces.push(Flat { kind, start: open, end: close.end });
            at = close.end;
        }
    }

    /// Reads literal text from an offset; gives the offset of the `${` or `%{` that ends it, or none at the end
    /// of the template, which is then consumed.
    fn literal(&mut self, start: usize, form: Form<'_>, pieces: &mut Vec<Flat>) -> Parse<Option<usize>> {
        let mut text = String::new();
        let (mut at, mut from) = (start, start);
        let mut flush = |text: &mut String, from: &mut usize, at: usize| {
            if !text.is_empty() {
                pieces.push(Flat { kind: FlatKind::Literal(std::mem::take(text)), start: *from, end: at });
            }
            *from = at;
        };
        let end = self.text.len();
        loop {
            if let Some(after) = self.closes(at, form) {
                flush(&mut text, &mut from, at);
                self.jump(after);
                return Ok(None);
            }
            if at >= end {
                match form {
                    Form::Quoted => {
                        return Err(self.stop(start.saturating_sub(1), at, "the string has no closing quote"));
                    }
                    Form::Heredoc(marker) => {
                        let message = format!("the heredoc has no closing line `{marker}`");
                        return Err(Stop { start, end: start, message, resume: start });
                    }
                    Form::Whole => {
                        flush(&mut text, &mut from, at);
                        self.jump(end);
                        return Ok(None);
                    }
                }
            }
            let plain = self.plain_length(at, form);
            text.push_str(self.text.get(at..at + plain).unwrap_or_default());
            at += plain;
            if at >= end {
                continue;
            }
            match self.byte(at) {
                Some(mark @ (b'$' | b'%')) => {
                    let open = [mark, b'{'];
                    let rest = self.text.as_bytes().get(at + 1..).unwrap_or_default();
                    if rest.starts_with(&open) {
                        text.push(mark.into());
                        text.push('{');
                        at += 3;
                    } else if rest.first() == Some(&b'{') {
                        flush(&mut text, &mut from, at);
                        return Ok(Some(at));
                    } else {
                        text.push(mark.into());
                        at += 1;
                    }
                }
                Some(b'"') => {
                    flush(&mut text, &mut from, at);
                    self.jump(at + 1);
                    return Ok(None);
                }
                Some(b'\\') => at = self.escape(at, &mut text)?,
                Some(b'\n') if form == Form::Quoted => {
                    return Err(self.stop(
                        start.saturating_sub(1),
                        at,
                        "a quoted string cannot go on in the next line",
                    ));
                }
                _ => {
                    text.push('\n');
                    at += 1;
                    flush(&mut text, &mut from, at);
                }
            }
        }
    }

    /// The length of the text from an offset in which nothing is special.
    fn plain_length(&self, at: usize, form: Form<'_>) -> usize {
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        let special = |byte: &u8| match byte {
            b'$' | b'%' | b'\n' => true,
            b'"' | b'\\' => form == Form::Quoted,
            _ => false,
        };
        rest.iter().position(special).unwrap_or(rest.len())
    }

    /// One backslash escape; gives the offset after it.
    fn escape(&self, at: usize, text: &mut String) -> Parse<usize> {
        let digits = match self.byte(at + 1) {
            Some(b'n') => return Ok(push(text, '\n', at + 2)),
            Some(b'r') => return Ok(push(text, '\r', at + 2)),
            Some(b't') => return Ok(push(text, '\t', at + 2)),
            Some(b'"') => return Ok(push(text, '"', at + 2)),
            Some(b'\\') => return Ok(push(text, '\\', at + 2)),
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => {
                return Err(self.stop(at, at + 1, "not an escape sequence: \\n \\r \\t \\\" \\\\ \\uNNNN \\UNNNNNNNN"));
            }
        };
        let end = at + 2 + digits;
        let code = self.text.get(at + 2..end).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(code) = code.and_then(|hex| u32::from_str_radix(hex, 16).ok()) else {
            return Err(self.stop(at, at + 2, format!("\\u and \\U need {digits} hexadecimal digits")));
        };
        Ok(push(text, char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), end))
    }

    fn directive(&mut self) -> Parse<FlatKind> {
        let word = self.expect(Token::Ident, "`if`, `else`, `endif`, `for` or `endfor`")?;
        match self.slice(word) {
            "if" => Ok(FlatKind::If(self.expression()?)),
            "else" => Ok(FlatKind::Else),
            "endif" => Ok(FlatKind::EndIf),
            "for" => {
                let (key, value) = self.for_names()?;
                Ok(FlatKind::For { key, value, collection: self.expression()? })
            }
            "endfor" => Ok(FlatKind::EndFor),
            other => Err(self.stop(word.start, word.end, format!("`{other}` is no template directive"))),
        }
    }

    fn tree(&mut self, pieces: Vec<Flat>) -> Parse<Vec<Part>> {
        let mut pieces = pieces.into_iter();
        let (parts, closing) = self.sequence(&mut pieces)?;
        match closing {
            None => Ok(parts),
            Some(Flat { start, end, .. }) => Err(self.stop(start, end, "a template directive ends nothing here")),
        }
    }

    /// Parts up to the directive that ends them.
    fn sequence(&mut self, pieces: &mut std::vec::IntoIter<Flat>) -> Parse<(Vec<Part>, Option<Flat>)> {
        let mut parts = Vec::new();
        while let Some(Flat { kind, start, end }) = pieces.next() {
            match kind {
                FlatKind::Literal(text) if text.is_empty() => {}
                FlatKind::Literal(text) => parts.push(Part::Literal(text.into())),
                FlatKind::Interpolation(expr) => parts.push(Part::Interpolation(expr)),
                FlatKind::If(condition) => {
                    parts.push(self.deeper(|p| p.if_directive(condition, pieces, (start, end)))?)
                }
                FlatKind::For { key, value, collection } => {
                    let (body, closing) = self.deeper(|p| p.sequence(pieces))?;
                    if !matches!(closing, Some(Flat { kind: FlatKind::EndFor, .. })) {
                        return Err(self.stop(start, end, "the `for` directive has no `endfor`"));
                    }
                    parts.push(Part::For { key, value, collection, body });
                }
                closing => return Ok((parts, Some(Flat { kind: closing, start, end }))),
            }
        }
        Ok((parts, None))
    }

    fn if_directive(
        &mut self,
        condition: Expr,
        pieces: &mut std::vec::IntoIter<Flat>,
        at: (usize, usize),
    ) -> Parse<Part> {
        let (then, closing) = self.sequence(pieces)?;
        let (otherwise, closing) = match closing {
            Some(Flat { kind: FlatKind::Else, .. }) => self.sequence(pieces)?,
            other => (Vec::new(), other),
        };
        match closing {
            Some(Flat { kind: FlatKind::EndIf, .. }) => Ok(Part::If { condition, then, otherwise }),
            _ => Err(self.stop(at.0, at.1, "the `if` directive has no `endif`")),
        }
    }
}

fn push(text: &mut String, c: char, next: usize) -> usize {
    text.push(c);
    next
}

/// A template of one literal is a string, one of a single interpolation is that value.
fn finished(mut parts: Vec<Part>, single: bool) -> ExprKind {
    if parts.iter().all(|part| matches!(part, Part::Literal(_))) {
        let text: String = parts.iter().map(|part| if let Part::Literal(text) = part { &**text } else { "" }).collect();
        return ExprKind::String(text.into());
    }
    match parts.pop() {
        Some(Part::Interpolation(expr)) if single => ExprKind::Paren(Box::new(expr)),
        Some(last) => {
            parts.push(last);
            ExprKind::Template(parts)
        }
        None => ExprKind::String("".into()),
    }
}

/// `<<-`: cuts the least indentation of all lines. A line that starts with a sequence has none; blank lines do
/// not count. A line starts after a literal that still ends in a newline.
fn unindent(pieces: &mut [Flat]) {
    let mut line_starts = true;
    let mut least = usize::MAX;
    let mut adjusted = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let literal = if let FlatKind::Literal(text) = &piece.kind { Some(text.as_str()) } else { None };
        if std::mem::take(&mut line_starts) {
            match literal {
                Some(text) if text.trim_start().is_empty() && text.ends_with('\n') => {}
                Some(text) => {
                    least = least.min(text.chars().take_while(|c| c.is_whitespace()).count());
                    adjusted.push(at);
                }
                None => least = 0,
            }
        }
        line_starts = literal.is_some_and(|text| text.ends_with('\n'));
    }
    for at in adjusted {
        if let Some(Flat { kind: FlatKind::Literal(text), .. }) = pieces.get_mut(at) {
            let cut = text.char_indices().nth(least).map_or(text.len(), |(offset, _)| offset);
            text.drain(..cut);
        }
    }
}
