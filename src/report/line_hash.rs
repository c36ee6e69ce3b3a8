//! `primaryLocationLineHash`, by which GitHub recognises an alert after edits elsewhere in the file. In: a text.
//! Out: a hash for each line, as github/codeql-action computes it (`src/fingerprints.ts`): a rolling hash over the
//! 100 UTF-16 units from the start of the line, spaces and tabs left out and line ends unified.

use rustc_hash::FxHashMap;

const WINDOW: usize = 100;
const BASE: u64 = 37;
/// Stands for the end of the file.
const END: u16 = 65535;
const TAB: u16 = 9;
const LINE_FEED: u16 = 10;
const RETURN: u16 = 13;
const SPACE: u16 = 32;

/// The hashes of a text, the first line's first: `271789c17abda88f:1`. The number tells equal hashes apart.
pub fn line_hashes(text: &str) -> Vec<String> {
    let mut rolling = Rolling::new();
    let mut after_return = false;
    let mut at_line_start = true;
    for unit in text.encode_utf16().chain([END]) {
        if unit == SPACE || unit == TAB || (after_return && unit == LINE_FEED) {
            after_return = false;
            continue;
        }
        after_return = unit == RETURN;
        let unit = if unit == RETURN { LINE_FEED } else { unit };
        rolling.push(unit, at_line_start);
        at_line_start = unit == LINE_FEED;
    }
    for _ in 0..WINDOW {
        rolling.push(0, false);
    }
    rolling.hashes
}

/// A ring of the last units, with the marks of those that start a line.
struct Rolling {
    units: [u16; WINDOW],
    starts: [bool; WINDOW],
    at: usize,
    hash: u64,
    /// What the oldest unit of the window is worth in the hash.
    oldest: u64,
    seen: FxHashMap<u64, u32>,
    hashes: Vec<String>,
}

impl Rolling {
    fn new() -> Self {
        let oldest = (0..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(BASE));
        Self {
            units: [0; WINDOW],
            starts: [false; WINDOW],
            at: 0,
            hash: 0,
            oldest,
            seen: FxHashMap::default(),
            hashes: Vec::new(),
        }
    }

    fn push(&mut self, unit: u16, starts_line: bool) {
        let (Some(slot), Some(start)) = (self.units.get_mut(self.at), self.starts.get_mut(self.at)) else { return };
        // The line that began a window ago is complete.
        if std::mem::replace(start, starts_line) {
            let number = self.seen.entry(self.hash).or_default();
            *number += 1;
            self.hashes.push(format!("{:x}:{number}", self.hash));
        }
        let left = std::mem::replace(slot, unit);
        self.hash = self
            .hash
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.oldest.wrapping_mul(u64::from(left)));
        self.at = (self.at + 1) % WINDOW;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_vectors() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../testdata/reports/line-hash.json")).unwrap();
        let cases = vectors["vectors"].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let expected: Vec<_> =
                case["hashes"].as_array().unwrap().iter().map(|hash| hash.as_str().unwrap()).collect();
            assert_eq!(line_hashes(case["input"].as_str().unwrap()), expected, "{}", case["input"]);
        }
    }
}
