//! Where a span is, as report formats say it. In: a span. Out: path, lines and columns.

use std::sync::Arc;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::source::{Position, SourceFile, Sources, Span};

/// A span with its file and both ends.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The first character.
    pub start: Position,
    /// After the last character.
    pub end: Position,
    span: Span,
}

/// Characters that RFC 3986 does not allow in the path of a relative reference.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b':');

impl Place {
    /// The place of a span.
    pub fn new(sources: &Sources, span: Span) -> Self {
        let file = sources.file(span.file);
        Self { start: file.position(span.start), end: file.position(span.end.max(span.start)), file, span }
    }

    /// The part on the first line, the line end left out: what GitHub shows when not every line of a block changed.
    pub fn first_line(sources: &Sources, span: Span) -> Self {
        let whole = Self::new(sources, span);
        if whole.end.line == whole.start.line {
            return whole;
        }
        let line_end = whole
            .file
            .line_range(whole.start.line)
            .map_or(span.end, |line| u32::try_from(line.end).unwrap_or(u32::MAX));
        Self::new(sources, Span { end: line_end.clamp(span.start, span.end), ..span })
    }

    /// Path relative to the root, as written in the file system.
    pub fn path(&self) -> &str {
        self.file.path()
    }

    /// Path as a relative URI.
    pub fn uri(&self) -> String {
        encode(self.path())
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.file.slice(self.span)
    }

    /// The text of the line on which it starts.
    pub fn line_text(&self) -> &str {
        self.file.line_range(self.start.line).and_then(|line| self.file.text().get(line)).unwrap_or_default()
    }

    /// Columns from 1 in bytes of UTF-8 of both ends, as reviewdog counts; a byte order mark is none.
    pub fn byte_columns(&self) -> (u32, u32) {
        (self.byte_column(self.span.start, self.start.line), self.byte_column(self.span.end, self.end.line))
    }

    fn byte_column(&self, offset: u32, line: u32) -> u32 {
        let start = self.file.line_range(line).map_or(0, |range| range.start);
        let mark = if line == 1 && self.file.text().starts_with('\u{feff}') { 3 } else { 0 };
        u32::try_from((offset as usize).saturating_sub(start + mark)).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// A relative path as a URI reference.
pub fn encode(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_reported_on_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources::new(folder.path()).unwrap();
        let file = sources.insert("ü a.tf", "x\r\nab {\r\n  c\r\n}\n".to_owned());
        let place = Place::first_line(&sources, Span::new(file.id(), 3..12));
        assert_eq!((place.start.line, place.start.column, place.end.line, place.end.column), (2, 1, 2, 5));
        assert_eq!(place.text(), "ab {");
        assert_eq!(place.uri(), "%C3%BC%20a.tf");
    }
}
