//! Text of the user's files made safe to show. In: any text. Out: text that no terminal or log acts upon.

use std::borrow::Cow;

/// What terminals and logs act upon, replaced by a visible escape (`\u{1b}`).
/// Line feeds and tabs become spaces, so that the result is one line.
pub fn visible(text: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    let mut plain = 0;
    for (at, c) in acted_upon(text) {
        safe.push_str(text.get(plain..at).unwrap_or_default());
        match c {
            '\n' | '\t' => safe.push(' '),
            c => safe.extend(c.escape_unicode()),
        }
        plain = at + c.len_utf8();
    }
    if plain == 0 {
        return Cow::Borrowed(text);
    }
    safe.push_str(text.get(plain..).unwrap_or_default());
    Cow::Owned(safe)
}

/// Characters that something acts upon, and where: control characters, those that reorder text, and the second `#` of
/// commands that CI services look for anywhere in a line (`##[error]` of GitHub, `##vso[…]` of Azure, `##teamcity[…]`).
pub fn acted_upon(text: &str) -> impl Iterator<Item = (usize, char)> {
    let commands = |(at, c): &(usize, char)| {
        *c == '#'
            && text.get(..*at).is_some_and(|before| before.ends_with('#'))
            && text.get(at + 1..).is_some_and(is_command)
    };
    text.char_indices().filter(move |found| is_unsafe(found.1) || commands(found))
}

/// Whether `name[` follows, the name perhaps empty.
fn is_command(text: &str) -> bool {
    text.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[')
}

/// Control characters but line feed and tab replaced; for formats that take text of several lines.
pub fn printable(text: &str) -> String {
    text.lines().map(|line| visible(line).into_owned()).collect::<Vec<_>>().join("\n")
}

/// The same text with what a terminal acts upon replaced by characters of the same number of bytes, so that
/// byte spans stay true. C0 characters are left to the renderer, which shows their pictures.
pub fn same_length(text: &str) -> Cow<'_, str> {
    let mut safe = Cow::Borrowed(text);
    for (at, c) in acted_upon(text) {
        if let Some(other) = replacement(c) {
            safe.to_mut().replace_range(at..at + c.len_utf8(), other);
        }
    }
    safe
}

fn replacement(c: char) -> Option<&'static str> {
    // The renderer replaces these; the ones it does not know are C1 and the marks of direction.
    match c {
        '\u{80}'..='\u{9f}' => Some("\u{b7}"),
        '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' => Some("\u{fffd}"),
        // The sign for a substitute, which the renderer shows a picture of.
        '#' => Some("\u{1a}"),
        _ => None,
    }
}

fn is_unsafe(c: char) -> bool {
    // The last two are not allowed in XML.
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// At most `limit` characters, the last of them an ellipsis when something was left out.
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if text.chars().nth(limit).is_none() {
        return Cow::Borrowed(text);
    }
    let mut kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    kept.push('…');
    Cow::Owned(kept)
}

/// As [`cut`], keeping the end, which tells most of an address.
pub fn cut_start(text: &str, limit: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= limit {
        return Cow::Borrowed(text);
    }
    Cow::Owned(std::iter::once('…').chain(text.chars().skip(length + 1 - limit)).collect())
}

/// Text for the running text or a table cell of a Markdown document: no markup, mention, issue link or HTML comes of it.
pub fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in visible(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // A space without width parts the mark from the name or number that GitHub would link.
            '@' | '#' => {
                safe.push(c);
                safe.push_str("&#8203;");
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '!' | '|' | '~' | '$' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    // A bare address would become a link.
    safe.replace("://", ":&#8203;//")
}

/// Text as a code span, its fence longer than any inside; also right in a table cell.
pub fn markdown_code(text: &str) -> String {
    let text = visible(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    if text.is_empty() { String::new() } else { format!("{fence}{pad}{text}{pad}{fence}") }
}

/// Text for HTML and XML, in an element or a quoted attribute. Control characters are the caller's business.
pub fn markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// `1 finding`, `2 findings`.
pub fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(visible("a\u{1b}[31m\r\nb\u{202e}"), "a\\u{1b}[31m\\u{d} b\\u{202e}");
        assert_eq!(visible("tä€😀"), "tä€😀");
        assert_eq!(printable("a\n\u{7}b"), "a\n\\u{7}b");
        assert_eq!(visible("##[error] ##vso[a] ## [b] ###[c]"), "#\\u{23}[error] #\\u{23}vso[a] ## [b] ##\\u{23}[c]");
    }

    #[test]
    fn replaced_text_keeps_its_length() {
        let text = "a\u{9b}31m\u{200f}b ##[error]";
        assert_eq!(same_length(text), "a\u{b7}31m\u{fffd}b #\u{1a}[error]");
        assert_eq!(same_length(text).len(), text.len());
    }

    #[test]
    fn markdown_is_inert() {
        assert_eq!(
            markdown("<b>@me #1 a|b [x](https://y)"),
            "&lt;b&gt;@&#8203;me #&#8203;1 a\\|b \\[x\\]\\(https:&#8203;//y\\)"
        );
        assert_eq!(markdown_code("a``b|c`"), "``` a``b\\|c` ```");
    }

    #[test]
    fn cuts_count_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüx", 3), "äö…");
        assert_eq!(cut_start("module.a.aws_iam_role.api", 9), "…role.api");
        assert_eq!(cut_start("äöü", 3), "äöü");
    }
}
