//! JSON text into values with places. In: text, and a function from text offsets to a place in a file.
//! Out: a [`Value`] of which every part and key knows its span. Used for plans, states, and for documents
//! inside strings (policies), where the text may hold symbols.

use std::{ops::Range, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    source::Span,
    value::{Entry, Kind, List, Map, Number, Pattern, Piece, Reason, Symbol, Text, Unknown, Value},
};

/// How deep JSON may nest before reading stops.
pub const MAX_JSON_DEPTH: usize = 128;

/// How many digits a number may have when it is written without exponent.
const MAX_DIGITS: i64 = 4096;

/// The first of the private characters that stand for symbols, see [`parse_with_symbols`].
const FIRST_SYMBOL: u32 = 0xF_0000;

/// How many symbols one text can hold: the size of the private plane.
const MAX_SYMBOLS: usize = 0xFFFD;

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {at}")]
pub struct JsonError {
    /// Offset in the text.
    pub at: usize,
    /// What is wrong.
    pub message: &'static str,
}

/// Where a byte range of the text lies in a file.
pub type Locate<'t> = &'t dyn Fn(Range<usize>) -> Option<Span>;

/// Reads a whole text.
///
/// # Errors
/// When the text is not JSON, or nests deeper than [`MAX_JSON_DEPTH`].
pub fn parse(text: &str, locate: Locate<'_>) -> Result<Value, JsonError> {
    parse_with_symbols(text, &[], locate)
}

/// The character that stands for the symbol with this index in a text for [`parse_with_symbols`].
pub fn placeholder(index: usize) -> Option<char> {
    (index < MAX_SYMBOLS).then(|| char::from_u32(FIRST_SYMBOL + u32::try_from(index).ok()?)).flatten()
}

/// Whether the text already uses characters that would be taken for symbols.
pub fn has_placeholder(text: &str) -> bool {
    text.chars().any(|c| u32::from(c) >= FIRST_SYMBOL)
}

/// Reads a whole text in which [`placeholder`] characters stand for symbols, inside strings or as bare values.
///
/// # Errors
/// As [`parse`].
pub fn parse_with_symbols(text: &str, symbols: &[Symbol], locate: Locate<'_>) -> Result<Value, JsonError> {
    let mut reader = Reader { text, at: 0, depth: 0, symbols, locate };
    reader.space();
    let value = reader.value()?;
    reader.space();
    if reader.at == text.len() { Ok(value) } else { Err(reader.error("something follows the value")) }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    symbols: &'t [Symbol],
    locate: Locate<'t>,
}

impl Reader<'_> {
    fn error(&self, message: &'static str) -> JsonError {
        JsonError { at: self.at, message }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn span(&self, start: usize) -> Option<Span> {
        (self.locate)(start..self.at)
    }

    fn value(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => self.string_kind()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Kind::Bool(true))?,
            Some(b'f') => self.word("false", Kind::Bool(false))?,
            Some(b'n') => self.word("null", Kind::Null)?,
            _ => self.bare_symbol()?,
        };
        Ok(Value { kind, span: self.span(start), trace: None })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Kind, JsonError>) -> Result<Kind, JsonError> {
        if self.depth == MAX_JSON_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        self.depth += 1;
        self.at += 1;
        let kind = read(self);
        self.depth -= 1;
        kind
    }

    fn object(&mut self) -> Result<Kind, JsonError> {
        let mut entries: Vec<Entry> = Vec::new();
        // Repeated keys: the last wins, as in Terraform and Go.
        let mut index: FxHashMap<Arc<str>, usize> = FxHashMap::default();
        self.space();
        while !self.take(b'}') {
            if !entries.is_empty() && !self.comma()? {
                return Err(self.error("expected `,` or `}`"));
            }
            let start = self.at;
            let key: Arc<str> = self.string()?.into();
            let key_span = self.span(start);
            self.space();
            if !self.take(b':') {
                return Err(self.error("expected `:`"));
            }
            self.space();
            let value = self.value()?;
            let entry = Entry { key: Arc::clone(&key), key_span, value };
            match index.get(&key).and_then(|at| entries.get_mut(*at)) {
                Some(known) => *known = entry,
                None => {
                    index.insert(key, entries.len());
                    entries.push(entry);
                }
            }
            self.space();
        }
        Ok(Kind::Map(Map { entries, open: None }))
    }

    fn array(&mut self) -> Result<Kind, JsonError> {
        let mut items = Vec::new();
        self.space();
        while !self.take(b']') {
            if !items.is_empty() && !self.comma()? {
                return Err(self.error("expected `,` or `]`"));
            }
            items.push(self.value()?);
            self.space();
        }
        Ok(Kind::List(List { items, open: None }))
    }

    fn comma(&mut self) -> Result<bool, JsonError> {
        let found = self.take(b',');
        self.space();
        if self.peek().is_none() { Err(self.error("the text ends early")) } else { Ok(found) }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<Kind, JsonError> {
        if self.rest().starts_with(word) {
            self.at += word.len();
            Ok(kind)
        } else {
            Err(self.error("expected a value"))
        }
    }

    fn number(&mut self) -> Result<Kind, JsonError> {
        let length = self
            .rest()
            .bytes()
            .take_while(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
            .count();
        let text = self.rest().get(..length).unwrap_or_default();
        let kind = match decimal(text).ok_or_else(|| self.error("not a number"))? {
            Some(text) => Kind::Number(Number::from_text(text)),
            None => Kind::Unknown(Arc::new(Unknown::new(
                Reason::Budget,
                format!("a number of more than {MAX_DIGITS} digits"),
            ))),
        };
        self.at += length;
        Ok(kind)
    }

    fn string_kind(&mut self) -> Result<Kind, JsonError> {
        let text = self.string()?;
        Ok(if self.symbols.is_empty() || !has_placeholder(&text) {
            Kind::String(Text { text: text.into(), plain: false })
        } else {
            self.pattern(&text)
        })
    }

    /// A string with placeholders as what it stands for: a lone reference is the reference itself.
    fn pattern(&self, text: &str) -> Kind {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        for c in text.chars() {
            match self.symbol(c) {
                Some(symbol) => {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
                    pieces.push(Piece::Symbol(symbol.clone()));
                }
                None => literal.push(c),
            }
        }
        pieces.push(Piece::Literal(literal.into()));
        let pattern = Pattern::new(pieces);
        match &*pattern.pieces {
            [Piece::Symbol(symbol)] => symbol_kind(symbol),
            _ => Kind::Pattern(pattern),
        }
    }

    fn symbol(&self, c: char) -> Option<&Symbol> {
        self.symbols.get(usize::try_from(u32::from(c).checked_sub(FIRST_SYMBOL)?).ok()?)
    }

    /// A symbol in the place of a value: `"Resource": ${jsonencode(…)}`. What it stands for may be any JSON.
    fn bare_symbol(&mut self) -> Result<Kind, JsonError> {
        let Some(c) = self.rest().chars().next() else { return Err(self.error("the text ends early")) };
        let Some(symbol) = self.symbol(c) else { return Err(self.error("expected a value")) };
        let unknown = match symbol {
            Symbol::Unknown(unknown) => Arc::clone(unknown),
            other => Arc::new(Unknown::new(Reason::AfterApply, other.to_string())),
        };
        self.at += c.len_utf8();
        Ok(Kind::Unknown(unknown))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        if !self.take(b'"') {
            return Err(self.error("expected a string"));
        }
        let mut result = String::new();
        loop {
            let plain = self.rest().bytes().take_while(|byte| !matches!(byte, b'"' | b'\\')).count();
            result.push_str(self.rest().get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(result);
                }
                Some(_) => result.push(self.escape()?),
                None => return Err(self.error("the string does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let byte = self.peek().ok_or_else(|| self.error("the string does not end"))?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                let paired = (0xD800..0xDC00).contains(&first) && self.rest().starts_with("\\u");
                let code = if paired {
                    let before = self.at;
                    self.at += 2;
                    match self.hex()? {
                        second @ 0xDC00..0xE000 => 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00),
                        _ => {
                            self.at = before;
                            first
                        }
                    }
                } else {
                    first
                };
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(self.error("unknown escape")),
        })
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.error("bad \\u escape"))?;
        self.at += 4;
        Ok(code)
    }
}

/// What a symbol is when it is a whole string.
pub fn symbol_kind(symbol: &Symbol) -> Kind {
    match symbol {
        Symbol::Reference(reference) => Kind::Reference(reference.clone()),
        Symbol::Unknown(unknown) => Kind::Unknown(Arc::clone(unknown)),
        Symbol::Pseudo { .. } => Kind::Pattern(Pattern { pieces: vec![Piece::Symbol(symbol.clone())] }),
    }
}

/// JSON's number text as decimal text without exponent; `Some(None)` when it has too many digits, `None` when it is none.
fn decimal(text: &str) -> Option<Option<String>> {
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let exponent: i64 = match exponent.strip_prefix('+').unwrap_or(exponent).parse() {
        Ok(exponent) => exponent,
        Err(_) if exponent.len() > 10 => return Some(None),
        Err(_) => return None,
    };
    let all = format!("{whole}{fraction}");
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    if all.bytes().all(|byte| byte == b'0') {
        return Some(Some("0".to_owned()));
    }
    if point.abs() > MAX_DIGITS || all.len() > usize::try_from(MAX_DIGITS).ok()? {
        return Some(None);
    }
    let length = i64::try_from(all.len()).ok()?;
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    let (whole, fraction) = if point <= 0 {
        (String::new(), format!("{}{all}", zeros(-point)))
    } else if point >= length {
        (format!("{all}{}", zeros(point - length)), String::new())
    } else {
        let (whole, fraction) = all.split_at_checked(usize::try_from(point).ok()?)?;
        (whole.to_owned(), fraction.to_owned())
    };
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(Some(format!("{sign}{whole}{dot}{fraction}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Value, JsonError> {
        parse(text, &|_| None)
    }

    #[test]
    fn reads_what_json_has() {
        let value = read(r#" {"a":[1,-2.50e1,true,null,"x\n\u00e9\ud83d\ude00"],"b":{},"a2":0.10} "#).unwrap();
        let map = value.as_map().unwrap();
        let items = &map.get("a").unwrap().as_list().unwrap().items;
        assert_eq!(items[1].to_text().as_deref(), Some("-25"));
        assert_eq!(items[4].as_str(), Some("x\né😀"));
        assert_eq!(map.get("a2").unwrap().to_text().as_deref(), Some("0.1"));
        assert_eq!(map.entries.len(), 3);
    }

    #[test]
    fn refuses_what_json_has_not() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "[1 2]",
            "tru",
            "1 2",
            "\"a",
            "\"\\x\"",
            "--1",
            "+1",
            "1e",
            "{a:1}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read(&"[".repeat(100_000)).unwrap_err().message, "nested too deeply");
    }

    #[test]
    fn numbers_are_decimal_text() {
        for (text, expected) in
            [("1e3", "1000"), ("1.5", "1.5"), ("0.001e1", "0.01"), ("12.3400", "12.34"), ("-0", "0"), ("1e-2", "0.01")]
        {
            assert_eq!(read(text).unwrap().to_text().as_deref(), Some(expected), "{text}");
        }
        assert!(matches!(read("1e999999999").unwrap().kind, Kind::Unknown(_)));
        assert!(matches!(read("1e99999999999999999999").unwrap().kind, Kind::Unknown(_)));
    }

    #[test]
    fn symbols_are_pieces_and_values() {
        let symbols = [Symbol::Pseudo { name: "AWS::Region".into(), scope: "s".into() }];
        let mark = placeholder(0).unwrap();
        let value = parse_with_symbols(&format!("[\"a-{mark}-b\",{mark}]"), &symbols, &|_| None).unwrap();
        let items = &value.as_list().unwrap().items;
        assert!(matches!(&items[0].kind, Kind::Pattern(pattern) if pattern.pieces.len() == 3));
        assert!(matches!(items[1].kind, Kind::Unknown(_)));
    }
}
