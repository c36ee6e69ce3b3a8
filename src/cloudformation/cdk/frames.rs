//! Stack frames that the CDK records for a construct. In: frames as text, with the paths of the machine that
//! synthesised. Out: the line in a file of this scan.
//!
//! Grammar (aws-cdk-lib 2.x, Node and Python hosts): `new X (/abs/file.ts:12:5)`, `at X (/abs/file.ts:12:5)`,
//! `/abs/file.ts:12:5`, `File "/abs/file.py", line 12, in f`, and elided groups such as `...new TableV22 in aws-cdk-lib...`.

use std::path::{Path, PathBuf};

use crate::source::{Sources, Span};

/// Parts of a path that mark code which the user did not write.
const FOREIGN: [&str; 7] =
    ["/node_modules/", "/.pnpm/", "/site-packages/", "/dist-packages/", "/jsii-kernel-", "node:", "internal/"];

/// A frame that names a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The path on the machine that synthesised, with `/`, without a drive letter.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-16 code units, from 1.
    pub column: Option<u32>,
}

impl Frame {
    /// Reads one frame; `None` for elided groups and for code that is not the user's.
    pub fn parse(text: &str) -> Option<Self> {
        let frame = Self::python(text).or_else(|| Self::node(text))?;
        let absolute = frame.path.starts_with('/');
        (absolute && !FOREIGN.iter().any(|part| frame.path.contains(part))).then_some(frame)
    }

    fn python(text: &str) -> Option<Self> {
        let (path, rest) = text.trim().strip_prefix("File \"")?.split_once('"')?;
        let line = rest.trim_start_matches(", line ").split(',').next()?.trim().parse().ok()?;
        Some(Self { path: plain_path(path), line, column: None })
    }

    fn node(text: &str) -> Option<Self> {
        let text = text.trim();
        let place = match text.rsplit_once('(') {
            Some((_, inner)) => inner.strip_suffix(')')?,
            None => text.strip_prefix("at ").unwrap_or(text),
        };
        let (before, last) = place.rsplit_once(':')?;
        let last: u32 = last.parse().ok()?;
        match before.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse::<u32>().ok()?))) {
            Some((path, line)) => Some(Self { path: plain_path(path), line, column: Some(last) }),
            None => Some(Self { path: plain_path(before), line: last, column: None }),
        }
    }
}

/// `file:///C:\a\b` and `C:\a\b` become `/a/b`.
fn plain_path(path: &str) -> String {
    let path = path.strip_prefix("file://").unwrap_or(path).replace('\\', "/");
    match path.trim_start_matches('/').split_once(':') {
        Some((drive, rest)) if drive.len() == 1 && rest.starts_with('/') => rest.to_owned(),
        _ => path,
    }
}

/// Finds the files of frames in the scan.
pub struct Locator<'s> {
    sources: &'s Sources,
    /// Folders in which the paths of the other machine may continue: the assembly's folder and those above it.
    bases: Vec<PathBuf>,
}

impl<'s> Locator<'s> {
    /// A locator for an assembly in a folder, given relative to the scan root.
    pub fn new(sources: &'s Sources, assembly: &Path) -> Self {
        Self { sources, bases: assembly.ancestors().map(Path::to_owned).collect() }
    }

    /// The place of the first frame that is the user's and whose file is in the scan.
    pub fn locate<'f>(&self, frames: impl IntoIterator<Item = &'f String>) -> Option<Span> {
        frames.into_iter().filter_map(|frame| Frame::parse(frame)).find_map(|frame| self.span(&frame))
    }

    fn span(&self, frame: &Frame) -> Option<Span> {
        let file = self.sources.load(&self.find(&frame.path)?).ok()?;
        let line = file.line_range(frame.line)?;
        let text = file.text().get(line.clone())?;
        let indent = text.len() - text.trim_start().len();
        let column = frame.column.map_or(indent, |column| utf16_offset(text, column));
        let start = if column < text.trim_end().len() { column } else { indent };
        Some(Span::new(file.id(), line.start + start..line.start + text.trim_end().len()))
    }

    /// The one file that ends in the longest suffix of the path. Two files for the same suffix say nothing.
    fn find(&self, path: &str) -> Option<PathBuf> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != "..").collect();
        for start in 0..parts.len() {
            let suffix: PathBuf = parts.iter().skip(start).collect();
            let mut found: Vec<PathBuf> = self
                .bases
                .iter()
                .filter_map(|base| self.sources.resolve(&base.join(&suffix)).ok())
                .filter(|candidate| candidate.is_file())
                .collect();
            found.dedup();
            match found.len() {
                0 => {}
                1 => return found.pop(),
                _ => return None,
            }
        }
        None
    }
}

/// The byte offset of a UTF-16 column, from 1.
fn utf16_offset(text: &str, column: u32) -> usize {
    let mut units = 1;
    for (offset, character) in text.char_indices() {
        if units >= column {
            return offset;
        }
        units += u32::try_from(character.len_utf16()).unwrap_or(1);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str, line: u32, column: Option<u32>) -> Option<Frame> {
        Some(Frame { path: path.to_owned(), line, column })
    }

    #[test]
    fn reads_the_frames_of_both_hosts() {
        assert_eq!(
            Frame::parse("new DynamoStack (/build/lib/stack.ts:19:20)"),
            at("/build/lib/stack.ts", 19, Some(20))
        );
        assert_eq!(Frame::parse("at Object.<anonymous> (/b/app.ts:3:1)"), at("/b/app.ts", 3, Some(1)));
        assert_eq!(Frame::parse("/b/app.ts:3"), at("/b/app.ts", 3, None));
        assert_eq!(Frame::parse(r"<anonymous> (C:\work\app.ts:3:1)"), at("/work/app.ts", 3, Some(1)));
        assert_eq!(Frame::parse(r#"File "/b/app.py", line 12, in __init__"#), at("/b/app.py", 12, None));
    }

    #[test]
    fn leaves_out_code_that_is_not_the_users() {
        assert_eq!(Frame::parse("...new TableV22 in aws-cdk-lib..."), None);
        assert_eq!(Frame::parse("new Table (/b/node_modules/aws-cdk-lib/a.js:1:2)"), None);
        assert_eq!(Frame::parse("Module._compile (node:internal/modules/cjs/loader:1554:14)"), None);
    }
}
