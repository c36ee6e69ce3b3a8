//! JSON as every format writes it. In: a value. Out: the same JSON, in which characters that terminals and logs of CI
//! services act upon stand as escapes. To a reader of JSON nothing changes.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::report::text;

/// Writes a value indented, with a line feed at the end.
///
/// # Errors
/// What the writer's target says.
pub fn pretty(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Inert(PrettyFormatter::new())))?;
    writeln!(out)
}

/// Writes a value on one line, with a line feed at the end.
///
/// # Errors
/// What the writer's target says.
pub fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Inert(CompactFormatter)))?;
    writeln!(out)
}

/// The layout of another formatter, with more escapes.
struct Inert<F>(F);

impl<F: Formatter> Formatter for Inert<F> {
    /// What JSON itself demands to be escaped is in no fragment.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, character) in text::acted_upon(fragment) {
            self.0.write_string_fragment(writer, fragment.get(plain..at).unwrap_or_default())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + character.len_utf8();
        }
        self.0.write_string_fragment(writer, fragment.get(plain..).unwrap_or_default())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_and_holds_nothing_to_act_upon() {
        let value = serde_json::json!({ "##[x": ["a\u{9b}31m \u{202e}\u{7f}ü😀\u{1b}\n##vso[y] ##[error]z \"#"] });
        let (mut indented, mut on_one_line) = (Vec::new(), Vec::new());
        pretty(&mut indented, &value).unwrap();
        line(&mut on_one_line, &value).unwrap();
        for out in [indented, on_one_line] {
            let text = String::from_utf8(out).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
            assert!(!text.contains("##") && !text.contains(['\u{9b}', '\u{202e}', '\u{7f}']), "{text}");
            assert!(text.contains("ü😀"));
        }
    }
}
