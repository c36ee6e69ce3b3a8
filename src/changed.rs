//! What a change touches. In: a unified diff, as `git diff` writes it. Out: the lines of each file that are new or stand
//! where lines were removed, and whether a finding lies there.

use std::collections::BTreeMap;

use crate::{
    finding::Finding,
    source::{Sources, Span},
};

/// The changed lines of the new state, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    files: BTreeMap<String, Vec<u32>>,
}

/// A hunk that is being read: the next line of the new file, and how many lines of the old and new file are to come.
#[derive(Clone, Copy, Default)]
struct Hunk {
    line: u32,
    old: u32,
    new: u32,
}

impl Changes {
    /// Reads a unified diff; what is none of it, such as mail headers, is skipped.
    pub fn parse(diff: &str) -> Self {
        let mut changes = Self::default();
        let (mut file, mut hunk) = (None, Hunk::default());
        for line in diff.lines() {
            if hunk.old > 0 || hunk.new > 0 {
                hunk = changes.line(line, file.as_deref(), hunk);
            } else if let Some(path) = line.strip_prefix("+++ ") {
                file = new_path(path);
            } else if let Some(header) = line.strip_prefix("@@ -") {
                hunk = hunk_of(header).unwrap_or_default();
            }
        }
        for lines in changes.files.values_mut() {
            lines.sort_unstable();
            lines.dedup();
        }
        changes
    }

    fn line(&mut self, text: &str, file: Option<&str>, hunk: Hunk) -> Hunk {
        let Hunk { line, old, new } = hunk;
        let mut touch = |lines: &[u32]| {
            if let Some(file) = file {
                self.files.entry(file.to_owned()).or_default().extend(lines.iter().filter(|line| **line > 0));
            }
        };
        match text.bytes().next() {
            Some(b'+') => {
                touch(&[line]);
                Hunk { line: line + 1, new: new.saturating_sub(1), ..hunk }
            }
            // Where lines were removed, the lines around the gap are what changed.
            Some(b'-') => {
                touch(&[line.saturating_sub(1), line]);
                Hunk { old: old.saturating_sub(1), ..hunk }
            }
            Some(b'\\') => hunk,
            _ => Hunk { line: line + 1, old: old.saturating_sub(1), new: new.saturating_sub(1) },
        }
    }

    /// Whether a finding points at a changed line, or a place that matters to it does: its resource's header, the way of
    /// its value, related places, module calls. Paths of the diff may count from above or below the scan's root.
    pub fn touch(&self, finding: &Finding, sources: &Sources) -> bool {
        let steps = finding.trace.iter().flat_map(|trace| trace.steps()).map(|step| step.span);
        let related = finding.related.iter().map(|related| related.span);
        let calls = finding.module_calls.iter().map(|call| call.span);
        [finding.span, finding.header]
            .into_iter()
            .chain(steps)
            .chain(related)
            .chain(calls)
            .any(|span| self.holds(span, sources))
    }

    fn holds(&self, span: Span, sources: &Sources) -> bool {
        let file = sources.file(span.file);
        let (first, last) =
            (file.position(span.start).line, file.position(span.end.saturating_sub(1).max(span.start)).line);
        let fitting = self.files.iter().filter(|(path, _)| is_same(path, file.path()));
        fitting.flat_map(|(_, lines)| lines).any(|line| (first..=last).contains(line))
    }
}

/// Whether two relative paths may be the same file: one is the other below some folder.
fn is_same(a: &str, b: &str) -> bool {
    let below = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    };
    below(a, b) || below(b, a)
}

/// The path of a `+++` line without git's prefix; `None` for a removed file.
fn new_path(text: &str) -> Option<String> {
    let path = text.split('\t').next().unwrap_or_default().trim_end();
    let path = if path.starts_with('"') { unquote(path) } else { path.to_owned() };
    if path == "/dev/null" {
        return None;
    }
    // The letters of `diff.mnemonicPrefix`: index, work tree, commit, object.
    let bare = ["b/", "w/", "i/", "c/", "o/"].iter().find_map(|prefix| path.strip_prefix(prefix));
    Some(bare.unwrap_or(&path).to_owned())
}

/// git's quoting of unusual paths: backslash escapes, bytes in octal.
fn unquote(text: &str) -> String {
    let inner = text.trim_matches('"').as_bytes();
    let (mut bytes, mut at) = (Vec::new(), 0);
    while let Some(byte) = inner.get(at) {
        at += 1;
        if *byte != b'\\' {
            bytes.push(*byte);
            continue;
        }
        let octal = inner
            .get(at..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match (octal, inner.get(at)) {
            (Some(byte), _) => {
                bytes.push(byte);
                at += 3;
            }
            (None, Some(escaped)) => {
                bytes.push(match escaped {
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'r' => b'\r',
                    other => *other,
                });
                at += 1;
            }
            (None, None) => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `12,3 +14,5 @@ …`
fn hunk_of(header: &str) -> Option<Hunk> {
    let (old, rest) = header.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let numbers = |text: &str| -> Option<(u32, u32)> {
        match text.split_once(',') {
            Some((start, length)) => Some((start.parse().ok()?, length.parse().ok()?)),
            None => Some((text.parse().ok()?, 1)),
        }
    };
    let ((_, old), (start, new)) = (numbers(old)?, numbers(new)?);
    // An empty side is named by the line before it.
    Some(Hunk { line: if new == 0 { start.saturating_add(1) } else { start }, old, new })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_and_removed_lines() {
        let diff = "diff --git a/x.tf b/x.tf\n--- a/x.tf\n+++ b/x.tf\n@@ -1,3 +1,3 @@\n a\n-b\n+c\n d\n@@ -10,2 +10,0 @@ context\n-x\n-y\n--- a/gone.tf\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n--- a/new\n+++ \"b/n\\303\\244h.tf\"\n@@ -0,0 +1 @@\n+++ b/no header\n\\ No newline at end of file\n";
        let changes = Changes::parse(diff);
        assert_eq!(changes.files.keys().collect::<Vec<_>>(), ["näh.tf", "x.tf"]);
        assert_eq!(changes.files.get("x.tf"), Some(&vec![1, 2, 10, 11]));
        assert_eq!(changes.files.get("näh.tf"), Some(&vec![1]));
        assert!(is_same("deploy/x.tf", "x.tf") && is_same("x.tf", "a/x.tf") && !is_same("ax.tf", "x.tf"));
    }
}
