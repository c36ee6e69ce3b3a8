//! Go's quoted strings, which `%q` prints and by which sets of structures are ordered.

use std::{fmt::Write as _, sync::LazyLock};

use regex::Regex;

// Go's `unicode.IsPrint`.
static PRINTABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$").ok());

/// The text in double quotes with Go's escapes.
pub fn quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    result.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => result.extend(['\\', c]),
            ' '..='~' => result.push(c),
            '\u{7}' => result.push_str("\\a"),
            '\u{8}' => result.push_str("\\b"),
            '\u{c}' => result.push_str("\\f"),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            '\u{b}' => result.push_str("\\v"),
            c if is_printable(c) => result.push(c),
            c => {
                let code = u32::from(c);
                // Writing to a string cannot fail.
                let _ = match code {
                    0..=0x1f | 0x7f => write!(result, "\\x{code:02x}"),
                    0..=0xffff => write!(result, "\\u{code:04x}"),
                    _ => write!(result, "\\U{code:08x}"),
                };
            }
        }
    }
    result.push('"');
    result
}

fn is_printable(c: char) -> bool {
    PRINTABLE.as_ref().is_none_or(|regex| regex.is_match(c.encode_utf8(&mut [0; 4])))
}
