//! JSON that is written inside a string: policies, key policies, container definitions. In: the string and its
//! place. Out: the JSON as values, each with its own place inside the string where that can be told.

use std::ops::Range;

use crate::{
    source::{Sources, Span},
    terraform::json,
    value::{Kind, Pattern, Piece, Symbol, Value},
};

/// Larger texts are not documents; their value stays a string.
const MAX_DOCUMENT_BYTES: usize = 4 * 1024 * 1024;

/// The document in a value; what is no JSON text stays as it is.
pub fn read(sources: &Sources, value: &Value) -> Value {
    let (text, symbols) = match &value.kind {
        Kind::String(text) => (text.text.to_string(), Vec::new()),
        Kind::Pattern(pattern) => match with_placeholders(pattern) {
            Some(found) => found,
            None => return value.clone(),
        },
        _ => return value.clone(),
    };
    let begins = text.trim_start().as_bytes().first();
    if text.len() > MAX_DOCUMENT_BYTES || !matches!(begins, Some(b'{' | b'[')) {
        return value.clone();
    }
    let alignment = value.span.and_then(|span| Alignment::new(&text, span, sources));
    let locate = |range: Range<usize>| alignment.as_ref().and_then(|found| found.locate(range)).or(value.span);
    match json::parse_with_symbols(&text, &symbols, &locate) {
        Ok(document) if value.is_sensitive() => all_sensitive(document, value),
        Ok(document) => Value { trace: value.trace.clone(), ..document },
        Err(_) => value.clone(),
    }
}

/// Every part of a sensitive document is sensitive.
fn all_sensitive(document: Value, from: &Value) -> Value {
    let kind = match document.kind {
        Kind::List(mut list) => {
            list.items = list.items.into_iter().map(|item| all_sensitive(item, from)).collect();
            Kind::List(list)
        }
        Kind::Map(mut map) => {
            for entry in &mut map.entries {
                entry.value = all_sensitive(std::mem::replace(&mut entry.value, Value::absent()), from);
            }
            Kind::Map(map)
        }
        kind => kind,
    };
    Value { kind, span: document.span, trace: from.trace.clone() }
}

/// The text of a pattern with one character per symbol.
fn with_placeholders(pattern: &Pattern) -> Option<(String, Vec<Symbol>)> {
    let mut text = String::new();
    let mut symbols = Vec::new();
    for piece in &pattern.pieces {
        match piece {
            Piece::Literal(literal) if json::has_placeholder(literal) => return None,
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Symbol(symbol) => {
                text.push(json::placeholder(symbols.len())?);
                symbols.push(symbol.clone());
            }
        }
    }
    Some((text, symbols))
}

/// Which offsets of a text lie where in the source that it was written in.
struct Alignment {
    span: Span,
    /// Pairs of text offset and offset in the source file, ascending in both; between two pairs only equal
    /// bytes are certain.
    anchors: Vec<Anchor>,
}

/// A stretch of the text that stands in the source byte by byte.
struct Anchor {
    text: usize,
    source: usize,
    length: usize,
}

impl Alignment {
    fn new(text: &str, span: Span, sources: &Sources) -> Option<Self> {
        let file = sources.file(span.file);
        let source = file.slice(span);
        let start = span.range().start;
        let anchors =
            if source.starts_with("<<") { heredoc(text, source, start)? } else { quoted(text, source, start)? };
        Some(Self { span, anchors })
    }

    /// The source range of a text range; widened to what is certain.
    fn locate(&self, range: Range<usize>) -> Option<Span> {
        let start = self
            .anchors
            .partition_point(|anchor| anchor.text <= range.start)
            .checked_sub(1)
            .and_then(|at| self.anchors.get(at));
        let start = start
            .map_or(self.span.range().start, |anchor| anchor.source + (range.start - anchor.text).min(anchor.length));
        let after =
            self.anchors.iter().skip(self.anchors.partition_point(|anchor| anchor.text + anchor.length < range.end));
        let end = after
            .map(|anchor| anchor.source + range.end.saturating_sub(anchor.text))
            .next()
            .unwrap_or(self.span.range().end);
        (start < end).then(|| Span::new(self.span.file, start..end))
    }
}

/// Line by line: the lines of a heredoc are those of its value, without indentation; what an interpolation put
/// into a line is not there, so that only the line's beginning and end are anchored.
fn heredoc(text: &str, source: &str, start: usize) -> Option<Vec<Anchor>> {
    let body_at = source.find('\n')? + 1;
    let body = source.get(body_at..)?;
    let marker = body.rfind('\n').map_or(0, |at| at + 1);
    let lines: Vec<&str> = body.get(..marker)?.split_inclusive('\n').collect();
    let values: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.len() != values.len() {
        return None;
    }
    let (mut at, mut source_at) = (0, start + body_at);
    let mut anchors = Vec::new();
    for (value, line) in values.iter().zip(&lines) {
        let indent = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
        let cut = indent(line).saturating_sub(indent(value));
        let written = line.get(cut..)?;
        let head = common(value.bytes(), written.bytes());
        let tail = common(value.bytes().rev(), written.bytes().rev()).min(value.len().min(written.len()) - head);
        anchors.push(Anchor { text: at, source: source_at + cut, length: head });
        if tail > 0 {
            anchors.push(Anchor { text: at + value.len() - tail, source: source_at + line.len() - tail, length: tail });
        }
        at += value.len();
        source_at += line.len();
    }
    Some(anchors)
}

fn common(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// Escape by escape, for a quoted string without interpolation.
fn quoted(text: &str, source: &str, start: usize) -> Option<Vec<Anchor>> {
    let inner = source.strip_prefix('"')?.strip_suffix('"')?;
    let (mut anchors, mut at, mut source_at) = (Vec::new(), 0, 0);
    while at < text.len() {
        let rest = inner.get(source_at..)?;
        let length = common(text.get(at..)?.bytes(), rest.bytes().take_while(|byte| *byte != b'\\'));
        if length > 0 {
            anchors.push(Anchor { text: at, source: start + 1 + source_at, length });
        }
        at += length;
        source_at += length;
        if at < text.len() {
            let escape = escape_length(inner.get(source_at..)?)?;
            let c = text.get(at..)?.chars().next()?;
            anchors.push(Anchor { text: at, source: start + 1 + source_at, length: 0 });
            at += c.len_utf8();
            source_at += escape;
        }
    }
    (source_at == inner.len()).then_some(anchors)
}

/// How many bytes the escape at the beginning of the text has.
fn escape_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match (bytes.first()?, bytes.get(1)?) {
        (b'\\', b'u')
            if text.get(6..8) == Some("\\u") && text.get(2..3).is_some_and(|digit| digit.eq_ignore_ascii_case("d")) =>
        {
            Some(12)
        }
        (b'\\', b'u') => Some(6),
        (b'\\', b'U') => Some(10),
        (b'\\', _) => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use super::*;
    use crate::value::{Pattern, Reason, Unknown};

    fn source(text: &str) -> (tempfile::TempDir, Sources, Span) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.tf"), text).unwrap();
        let sources = Sources::new(folder.path()).unwrap();
        let span = sources.load(Path::new("a.tf")).unwrap().span();
        (folder, sources, span)
    }

    fn effect_text(written: &str, value: Value) -> String {
        let (_folder, sources, span) = source(written);
        let document = read(&sources, &value.with_span(Some(span)));
        let effect = document.as_map().unwrap().entry("Effect").unwrap().value.span.unwrap();
        sources.slice(effect)
    }

    #[test]
    fn places_lie_inside_a_heredoc() {
        let written = "<<-EOF\n    {\n      \"Resource\": \"*\", \"Effect\": \"Allow\"\n    }\n  EOF";
        assert_eq!(
            effect_text(written, Value::string("{\n  \"Resource\": \"*\", \"Effect\": \"Allow\"\n}\n")),
            "\"Allow\""
        );
    }

    #[test]
    fn places_lie_after_an_interpolation() {
        let written = "<<EOF\n{ \"Resource\": \"${var.arn}\", \"Effect\": \"Allow\" }\nEOF";
        let unknown = Symbol::Unknown(Unknown::new(Reason::Input, "var.arn").into());
        let pieces = [
            Piece::Literal("{ \"Resource\": \"".into()),
            Piece::Symbol(unknown),
            Piece::Literal("\", \"Effect\": \"Allow\" }\n".into()),
        ];
        assert_eq!(effect_text(written, Value::new(Kind::Pattern(Pattern::new(pieces)))), "\"Allow\"");
    }

    #[test]
    fn places_lie_between_escapes() {
        let written = r#""{\"Effect\":\"Allow\"}""#;
        assert_eq!(effect_text(written, Value::string("{\"Effect\":\"Allow\"}")), r#"\"Allow\""#);
    }

    #[test]
    fn what_is_no_document_stays() {
        let (_folder, sources, span) = source("file(\"x\")");
        let value = Value::string("{{ not json").with_span(Some(span));
        assert_eq!(read(&sources, &value), value);
    }
}
