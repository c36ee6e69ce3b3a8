//! From offsets of a text to places in a file. In: the offsets of a parser. Out: spans, also for a text that
//! is written inside a scalar of another file (a policy as JSON string, the body of a StackSet).

use std::ops::Range;

use crate::{
    cloudformation::tree::{Content, Node, Style},
    source::{FileId, SourceFile, Span},
};

/// Where the bytes of a text are written.
#[derive(Clone, Debug)]
pub enum Places {
    /// The text is the file.
    File(FileId),
    /// The text is the content of a scalar. Each pair says that the text from the first offset on is written
    /// from the second offset on.
    Inside {
        /// The file of the scalar.
        file: FileId,
        /// Starts of the runs that are copied verbatim, in text order.
        runs: Vec<(usize, usize)>,
    },
    /// The text is computed: everything has the place of what it came from.
    Whole(Span),
}

impl Places {
    /// The span of a range of the text.
    pub fn span(&self, range: Range<usize>) -> Span {
        match self {
            Self::File(file) => Span::new(*file, range),
            Self::Whole(span) => *span,
            Self::Inside { file, runs } => {
                let start = locate(runs, range.start);
                // The end belongs to the run of the last character, not to the run that starts there.
                let end = if range.is_empty() { start } else { locate(runs, range.end - 1) + 1 };
                Span::new(*file, start..end)
            }
        }
    }

    /// The places of a scalar's text; [`Places::Whole`] when it isn't copied from the file in readable runs.
    pub fn of_scalar(node: &Node, source: &SourceFile) -> Self {
        let Content::Scalar(scalar) = &node.content else { return Self::Whole(node.span) };
        let runs = match scalar.style {
            Style::Plain => verbatim(&scalar.text, source.slice(node.span), 0),
            Style::Quoted => quoted(&scalar.text, source.slice(node.span)),
            Style::Block => block(&scalar.text, source.slice(node.span)),
        };
        match runs {
            Some(runs) => {
                let base = node.span.start as usize;
                let runs = runs.into_iter().map(|(text, written)| (text, base + written)).collect();
                Self::Inside { file: node.span.file, runs }
            }
            None => Self::Whole(node.span),
        }
    }
}

fn locate(runs: &[(usize, usize)], offset: usize) -> usize {
    let after = runs.partition_point(|(text, _)| *text <= offset);
    after.checked_sub(1).and_then(|at| runs.get(at)).map_or(offset, |(text, written)| written + offset - text)
}

fn verbatim(text: &str, written: &str, skip: usize) -> Option<Vec<(usize, usize)>> {
    written.get(skip..)?.starts_with(text).then(|| vec![(0, skip)])
}

/// Quoted text whose escapes stand for one character each.
fn quoted(text: &str, written: &str) -> Option<Vec<(usize, usize)>> {
    let quote = written.chars().next()?;
    let mut runs = vec![(0, 1)];
    let mut at = 1;
    for (offset, expected) in text.char_indices() {
        let rest = written.get(at..)?;
        let length = match rest.chars().next()? {
            '\\' if quote == '"' => escape(rest, expected)?,
            '\'' if quote == '\'' => rest.starts_with("''").then_some(2)?,
            found if found == expected => {
                at += found.len_utf8();
                continue;
            }
            _ => return None,
        };
        at += length;
        runs.push((offset, at - length));
        runs.push((offset + expected.len_utf8(), at));
    }
    Some(runs)
}

/// The length of an escape sequence that stands for `expected`.
fn escape(rest: &str, expected: char) -> Option<usize> {
    let stands_for = match rest.chars().nth(1)? {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        other @ ('"' | '\\' | '/') => other,
        _ => return None,
    };
    (stands_for == expected).then_some(2)
}

/// A literal block scalar: every line of the text is written somewhere after the one before it.
fn block(text: &str, written: &str) -> Option<Vec<(usize, usize)>> {
    let mut runs = Vec::new();
    let (mut offset, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let wanted = line.trim_end_matches('\n');
        let mut rest = written.get(at..)?;
        let mut end = rest.find('\n').unwrap_or(rest.len());
        // The header line of the scalar and lines that are only indentation.
        while !rest.get(..end)?.trim_end_matches('\r').ends_with(wanted) {
            at += end + 1;
            rest = written.get(at..)?;
            end = rest.find('\n').unwrap_or(rest.len());
        }
        let length = rest.get(..end)?.trim_end_matches('\r').len();
        runs.push((offset, at + length - wanted.len()));
        offset += line.len();
        at += (end + 1).min(rest.len());
    }
    Some(runs)
}
