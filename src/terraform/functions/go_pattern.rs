//! Go's regular expression syntax rewritten for the `regex` crate. In: a pattern as Go's `regexp` reads it. Out: a
//! pattern of the same meaning, and the names of its groups, or why Go would reject it.

use std::{fmt::Write as _, iter::Peekable, str::Chars, sync::Arc};

/// A rewritten pattern.
pub(super) struct Translated {
    /// In the syntax of the `regex` crate; named groups have become plain ones.
    pub text: String,
    /// The name of every group, in order.
    pub groups: Vec<Option<Arc<str>>>,
}

/// Go's bound on repetition counts.
const MAX_REPEAT: u32 = 1000;

struct Reader<'p> {
    chars: Peekable<Chars<'p>>,
    out: Translated,
    /// The last thing was a repetition operator, which another may not follow.
    repeated: bool,
}

/// Rewrites a pattern.
///
/// # Errors
/// In words, when Go does not accept the pattern.
pub(super) fn translate(pattern: &str) -> Result<Translated, String> {
    let out = Translated { text: String::with_capacity(pattern.len()), groups: Vec::new() };
    let mut reader = Reader { chars: pattern.chars().peekable(), out, repeated: false };
    while let Some(c) = reader.chars.next() {
        let repeated = std::mem::take(&mut reader.repeated);
        match c {
            '\\' => reader.escape(false)?,
            '[' => reader.class()?,
            '(' => reader.group()?,
            '*' | '+' | '?' => reader.repetition(&c.to_string(), repeated)?,
            '{' => reader.braces(repeated)?,
            c => reader.out.text.push(c),
        }
    }
    Ok(reader.out)
}

impl Reader<'_> {
    fn push(&mut self, text: &str) {
        self.out.text.push_str(text);
    }

    fn literal(&mut self, c: char) {
        let escaped = ::regex::escape(c.encode_utf8(&mut [0; 4]));
        self.push(&escaped);
    }

    fn repetition(&mut self, operator: &str, after_another: bool) -> Result<(), String> {
        if after_another {
            return Err(format!("invalid nested repetition operator: `{operator}`"));
        }
        self.push(operator);
        if self.chars.next_if_eq(&'?').is_some() {
            self.push("?");
        }
        self.repeated = true;
        Ok(())
    }

    /// `{n}`, `{n,}`, `{n,m}`; anything else is a literal brace.
    fn braces(&mut self, after_another: bool) -> Result<(), String> {
        let body: String = self.chars.clone().take_while(|c| *c != '}').take(16).collect();
        let closed = self.chars.clone().nth(body.chars().count()) == Some('}');
        let (low, high) = body.split_once(',').map_or((body.as_str(), None), |(low, high)| (low, Some(high)));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_count = closed && digits(low) && high.is_none_or(|high| high.is_empty() || digits(high));
        if !is_count {
            self.push("\\{");
            return Ok(());
        }
        let number = |text: &str| text.parse().unwrap_or(u32::MAX);
        let least = number(low);
        let most = high.filter(|high| !high.is_empty()).map_or(least, number);
        if least > MAX_REPEAT || most > MAX_REPEAT || most < least {
            return Err(format!("invalid repeat count: `{{{body}}}`"));
        }
        for _ in 0..=body.chars().count() {
            self.chars.next();
        }
        self.repetition(&format!("{{{body}}}"), after_another)
    }

    fn group(&mut self) -> Result<(), String> {
        if self.chars.next_if_eq(&'?').is_none() {
            self.out.groups.push(None);
            self.push("(");
            return Ok(());
        }
        let mut ahead = self.chars.clone();
        let first = ahead.next();
        let named = match first {
            Some('<') => true,
            Some('P') => ahead.next() == Some('<'),
            _ => false,
        };
        if named {
            self.chars = ahead;
            return self.named_group();
        }
        let mut flags = String::new();
        for c in self.chars.by_ref() {
            match c {
                'i' | 'm' | 's' | 'U' | '-' => flags.push(c),
                ':' | ')' if !flags.ends_with('-') => {
                    let _ = write!(self.out.text, "(?{flags}{c}");
                    return Ok(());
                }
                _ => break,
            }
        }
        Err("invalid or unsupported Perl syntax: `(?`".to_owned())
    }

    fn named_group(&mut self) -> Result<(), String> {
        let mut name = String::new();
        for c in self.chars.by_ref() {
            if c == '>' {
                break;
            }
            name.push(c);
        }
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(format!("invalid named capture: `(?P<{name}>`"));
        }
        self.out.groups.push(Some(name.into()));
        self.push("(");
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        self.push("[");
        if self.chars.next_if_eq(&'^').is_some() {
            self.push("^");
        }
        let mut first = true;
        while let Some(c) = self.chars.next() {
            match c {
                ']' if !first => {
                    self.push("]");
                    return Ok(());
                }
                '[' if self.chars.peek() == Some(&':') => self.named_class()?,
                '\\' => self.escape(true)?,
                '-' => {
                    let literal = first || self.chars.peek() == Some(&']');
                    self.push(if literal { "\\-" } else { "-" });
                }
                // Set operators of the other syntax.
                '[' | ']' | '&' | '~' | '^' => {
                    self.push("\\");
                    self.out.text.push(c);
                }
                c => self.out.text.push(c),
            }
            first = false;
        }
        Err("missing closing ]".to_owned())
    }

    /// `[:alpha:]`, or a literal `[` when it does not end.
    fn named_class(&mut self) -> Result<(), String> {
        let body: String = self.chars.clone().skip(1).take_while(|c| *c != ']').take(16).collect();
        let Some(name) = body.strip_suffix(':') else {
            self.push("\\[");
            return Ok(());
        };
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
            "word", "xdigit",
        ];
        if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(format!("invalid character class range: `[:{name}:]`"));
        }
        for _ in 0..body.chars().count() + 2 {
            self.chars.next();
        }
        let _ = write!(self.out.text, "[:{name}:]");
        Ok(())
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let Some(c) = self.chars.next() else {
            return Err("trailing backslash at end of expression".to_owned());
        };
        let class = match c {
            'd' | 'D' => Some("0-9"),
            's' | 'S' => Some(r"\t\n\x0c\r "),
            'w' | 'W' => Some("0-9A-Za-z_"),
            _ => None,
        };
        if let Some(class) = class {
            let negated = if c.is_ascii_uppercase() { "^" } else { "" };
            if in_class && negated.is_empty() {
                self.push(class);
            } else {
                let _ = write!(self.out.text, "[{negated}{class}]");
            }
            return Ok(());
        }
        match c {
            'b' if !in_class => self.push(r"(?-u:\b)"),
            'B' if !in_class => self.push(r"\B"),
            'A' | 'z' if !in_class => {
                self.push("\\");
                self.out.text.push(c);
            }
            'a' | 'f' | 't' | 'n' | 'r' | 'v' => {
                self.push("\\");
                self.out.text.push(c);
            }
            'Q' => self.quoted(),
            'p' | 'P' => self.property(c)?,
            'x' => self.hexadecimal()?,
            '0'..='7' => self.octal(c)?,
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => self.literal(c),
            c => return Err(format!("invalid escape sequence: `\\{c}`")),
        }
        Ok(())
    }

    /// `\Q … \E`
    fn quoted(&mut self) {
        while let Some(c) = self.chars.next() {
            if c == '\\' && self.chars.next_if_eq(&'E').is_some() {
                return;
            }
            self.literal(c);
        }
    }

    /// `\pL`, `\p{Greek}`, `\p{^Greek}`
    fn property(&mut self, letter: char) -> Result<(), String> {
        let mut name = String::new();
        match self.chars.next() {
            Some('{') => {
                for c in self.chars.by_ref() {
                    if c == '}' {
                        break;
                    }
                    name.push(c);
                }
            }
            Some(c) => name.push(c),
            None => {}
        }
        let (negated, plain) = name.strip_prefix('^').map_or((false, name.as_str()), |plain| (true, plain));
        if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_') {
            return Err(format!("invalid character class range: `\\{letter}{{{name}}}`"));
        }
        let letter = if negated != (letter == 'P') { 'P' } else { 'p' };
        let _ = write!(self.out.text, "\\{letter}{{{plain}}}");
        Ok(())
    }

    fn hexadecimal(&mut self) -> Result<(), String> {
        let mut digits = String::new();
        if self.chars.next_if_eq(&'{').is_some() {
            for c in self.chars.by_ref() {
                if c == '}' {
                    break;
                }
                digits.push(c);
            }
        } else {
            digits.extend(self.chars.by_ref().take(2));
        }
        if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("invalid escape sequence: `\\x{digits}`"));
        }
        let _ = write!(self.out.text, "\\x{{{digits}}}");
        Ok(())
    }

    fn octal(&mut self, first: char) -> Result<(), String> {
        let is_octal = |c: &char| ('0'..='7').contains(c);
        // A single digit that is not zero would be a reference back, which neither syntax has.
        if first != '0' && !self.chars.peek().is_some_and(is_octal) {
            return Err(format!("invalid escape sequence: `\\{first}`"));
        }
        let mut code = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            match self.chars.next_if(is_octal) {
                Some(c) => code = code * 8 + c.to_digit(8).unwrap_or(0),
                None => break,
            }
        }
        let _ = write!(self.out.text, "\\x{{{code:x}}}");
        Ok(())
    }
}
