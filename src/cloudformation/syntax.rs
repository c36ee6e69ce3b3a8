//! Text of a template to trees, whatever its syntax. In: a text and its places. Out: the documents, comments and
//! problems. A syntax error costs the entry that it stands in, not the file.

use std::ops::Range;

use crate::{
    cloudformation::{json, position::Places, tree::Parsed, yaml},
    model::Problem,
    source::SourceFile,
};

/// How many syntax errors of one text are worked around.
pub const MAX_REPAIRS: usize = 32;

/// Parses a file.
pub fn parse_file(file: &SourceFile) -> Parsed {
    parse(file.text(), &Places::File(file.id()))
}

/// Parses a text: JSON when it starts like JSON, else YAML.
pub fn parse(text: &str, places: &Places) -> Parsed {
    if !json::is_json(text) {
        return parse_yaml(text, places);
    }
    match json::parse(text, places) {
        Ok(parsed) => parsed,
        // A flow mapping is YAML that starts like JSON.
        Err(problem) => match yaml::parse(text, places) {
            Ok(parsed) => parsed,
            Err((_, _)) => {
                let repaired = parse_yaml(text, places);
                let problems = std::iter::once(problem).chain(repaired.problems).collect();
                Parsed { problems, ..repaired }
            }
        },
    }
}

/// Parses YAML. Where a syntax error stands, the value of the smallest entry around or before it is replaced by an
/// alias without anchor, of the same length, which reads as unknown; then the text is parsed again.
fn parse_yaml(text: &str, places: &Places) -> Parsed {
    let (first, mut offset) = match yaml::parse(text, places) {
        Ok(parsed) => return parsed,
        Err(error) => error,
    };
    let mut errors = vec![first];
    let mut repaired = text.as_bytes().to_vec();
    let (mut holes, mut tried) = (Vec::new(), Vec::new());
    while tried.len() < MAX_REPAIRS && !is_templated(text) {
        let Some(hole) = next_hole(&repaired, offset, &tried) else { break };
        tried.push(hole.clone());
        let before = repaired.clone();
        fill(&mut repaired, hole.clone());
        let Ok(attempt) = std::str::from_utf8(&repaired) else { break };
        match yaml::parse(attempt, places) {
            Ok(parsed) => {
                holes.push(hole);
                return damaged(parsed, errors, &holes, places);
            }
            Err((_, next)) if next <= offset => repaired = before,
            Err((problem, next)) => {
                errors.push(problem);
                holes.push(hole);
                offset = next;
            }
        }
    }
    Parsed { problems: errors, damaged: true, ..Parsed::default() }
}

fn damaged(mut parsed: Parsed, mut errors: Vec<Problem>, holes: &[Range<usize>], places: &Places) -> Parsed {
    let is_hole = |problem: &Problem| {
        let start = problem.span.map_or(0, |span| span.start);
        problem.code == "yaml-alias"
            && holes.iter().any(|hole| places.span(hole.clone()).range().contains(&(start as usize)))
    };
    parsed.problems.retain(|problem| !is_hole(problem));
    errors.append(&mut parsed.problems);
    Parsed { problems: errors, damaged: true, ..parsed }
}

/// Whether the text is a template of a template: it has `{{ … }}` other than dynamic references, or `{% … %}`.
pub fn is_templated(text: &str) -> bool {
    let braces = memchr::memmem::find_iter(text.as_bytes(), "{{");
    let is_reference = |at: usize| text.get(at + 2..).is_some_and(|rest| rest.trim_start().starts_with("resolve:"));
    text.contains("{%") || braces.into_iter().any(|at| !is_reference(at))
}

fn contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

struct Line {
    start: usize,
    end: usize,
    indent: usize,
    blank: bool,
}

fn lines(text: &[u8]) -> Vec<Line> {
    let mut start = 0;
    text.split_inclusive(|byte| *byte == b'\n')
        .map(|line| {
            let content = line.strip_suffix(b"\n").unwrap_or(line);
            let content = content.strip_suffix(b"\r").unwrap_or(content);
            let indent = content.iter().take_while(|byte| **byte == b' ').count();
            let found =
                Line { start, end: start + content.len(), indent, blank: content.iter().all(u8::is_ascii_whitespace) };
            start += line.len();
            found
        })
        .collect()
}

/// The smallest value that may be at fault: of the entry around an offset, of the entry before it, or of an entry
/// around those; each with all lines that are indented deeper.
fn next_hole(text: &[u8], offset: usize, tried: &[Range<usize>]) -> Option<Range<usize>> {
    let lines = lines(text);
    let at = lines.partition_point(|line| line.start <= offset).checked_sub(1)?;
    let before = (0..at).rev().find(|at| lines.get(*at).is_some_and(|line| !line.blank));
    let around = std::iter::once(at).chain(before).flat_map(|at| entries_around(text, &lines, at));
    around
        .filter(|hole| hole.len() >= 2 && !tried.iter().any(|tried| contains(tried, hole)))
        .min_by_key(ExactSizeIterator::len)
}

/// The values of the entry on a line and of those that hold it.
fn entries_around(text: &[u8], lines: &[Line], at: usize) -> Vec<Range<usize>> {
    let mut bound = usize::MAX;
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().take(at + 1).rev().filter(|(_, line)| !line.blank) {
        if line.indent < bound {
            bound = line.indent;
            // A line that is no entry at all is left out as a whole.
            let start = text.get(line.start..line.end).and_then(value_start).unwrap_or(line.indent);
            let below = lines.iter().skip(at + 1).take_while(|below| below.blank || below.indent > line.indent);
            let end = below.filter(|below| !below.blank).last().map_or(line.end, |below| below.end);
            found.push(line.start + start..end);
        }
    }
    found
}

/// Where the value of `key: value` or `- value` starts in a line.
fn value_start(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line).ok()?;
    let trimmed = text.trim_start();
    if trimmed.starts_with('#') {
        return None;
    }
    match text.find(": ") {
        Some(at) => Some(at + 1),
        None if text.trim_end().ends_with(':') => Some(text.trim_end().len()),
        None => trimmed.starts_with("- ").then(|| text.len() - trimmed.len() + 1),
    }
}

/// Replaces a value by ` *x` and blanks, a line that is no entry by a comment; line ends are kept.
fn fill(text: &mut [u8], hole: Range<usize>) {
    let follows_key =
        hole.start.checked_sub(1).and_then(|at| text.get(at)).is_some_and(|byte| matches!(byte, b':' | b'-'));
    let mut alias = if follows_key { &b" *x"[..] } else { b"#" }.iter();
    for byte in text.get_mut(hole).into_iter().flatten() {
        if *byte != b'\n' && *byte != b'\r' {
            *byte = alias.next().copied().unwrap_or(b' ');
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{cloudformation::tree::Content, source::Sources};

    fn parsed(text: &str) -> Parsed {
        let folder = tempfile::tempdir().unwrap();
        let file = Sources::new(folder.path()).unwrap().insert("t", text.to_owned());
        parse_file(&file)
    }

    #[test]
    fn a_syntax_error_costs_one_entry() {
        let found = parsed("A:\n  B: !Base64 !Sub x\n  C: 1\nD:\n  - E: [1\nF: 2\n");
        let other = parsed("A:\n  B:\n    C: 1\n  D:oops\n    E: 1\n  F: 2\n");
        assert_eq!(other.documents[0].path(&["A", "F"]).unwrap().as_str(), Some("2"));
        let root = &found.documents[0];
        assert!(matches!(root.path(&["A", "B"]).unwrap().content, Content::Unknown(_)), "{root:#?}");
        assert_eq!(root.path(&["A", "C"]).unwrap().as_str(), Some("1"));
        assert_eq!(root.path(&["F"]).unwrap().as_str(), Some("2"));
        assert!(found.problems.len() >= 2 && found.damaged, "{:?}", found.problems);
    }

    #[test]
    fn both_syntaxes_give_one_tree() {
        let yaml = parsed("a: !Sub 'x'\nb: [1, true]\n<<: {b: 2, c: 3}\n");
        let json = parsed("{\"a\": {\"Fn::Sub\": \"x\"}, \"b\": [1, true], /* c */ \"c\": 3,}");
        assert_eq!(json.problems.len(), 1);
        assert_eq!(json.comments.len(), 1);
        for key in ["a", "b", "c"] {
            let shape = |parsed: &Parsed| format!("{:?}", strip(parsed.documents[0].get(key).unwrap()));
            assert_eq!(shape(&yaml), shape(&json));
        }
    }

    fn strip(node: &crate::cloudformation::tree::Node) -> String {
        match &node.content {
            Content::Null => "null".to_owned(),
            Content::Scalar(scalar) => format!("{:?} {}", scalar.style, scalar.text),
            Content::List(items) => items.iter().map(|item| strip(item)).collect::<Vec<_>>().join(","),
            Content::Map(map) => map
                .entries
                .iter()
                .map(|pair| format!("{}={}", pair.key, strip(&pair.value)))
                .collect::<Vec<_>>()
                .join(";"),
            Content::Unknown(unknown) => unknown.to_string(),
        }
    }
}
