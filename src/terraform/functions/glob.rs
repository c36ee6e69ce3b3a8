//! `fileset`: files by a pattern with `*`, `**`, `?`, `[…]`, `{…,…}`.

use std::path::Path;

use crate::{
    source::{ReadError, Sources},
    terraform::{
        cty::{Type, Val},
        functions::{
            Outcome, fail,
            filesystem::{clean, locate, outside},
            signature::Call,
        },
    },
};

/// Budgets of one call: files looked at, nesting of `**`, alternatives of all braces together.
const MAX_ENTRIES: usize = 50_000;
const MAX_FOLDERS: usize = 32;
const MAX_ALTERNATIVES: usize = 256;

pub(super) fn file_set(call: &Call<'_>) -> Outcome {
    let marks = call.arg(0).marks | call.arg(1).marks;
    let (Some(path), Some(pattern)) = (call.arg(0).as_str(), call.arg(1).as_str()) else {
        return Ok(Val::unknown(call.ty.clone()).marked(marks));
    };
    let Ok(located) = locate(call.host, path) else {
        return Ok(outside(path, call.ty).marked(marks));
    };
    let folder = clean(&located);
    let Some(alternatives) = braces(pattern) else {
        return call.over("alternatives of a pattern");
    };
    let mut found = Vec::new();
    for alternative in alternatives {
        let pattern = clean(&format!("{located}/{alternative}"));
        let (start, rest) = pattern.strip_prefix('/').map_or(("", pattern.as_str()), |rest| ("/", rest));
        let Some(segments) = rest.split('/').map(segment).collect::<Option<Vec<_>>>() else {
            return fail("failed to glob pattern: syntax error in pattern");
        };
        let mut walk = Walk { sources: call.host.sources(), found: &mut found, looked: 0, outside: false };
        let finished = walk.descend(start, &segments, 0);
        if walk.outside {
            return Ok(outside(path, call.ty).marked(marks));
        }
        if !finished {
            return call.over("number of files");
        }
    }
    let items = found.iter().map(|file| Val::from(relative(file, &folder))).collect();
    Ok(Val::set(Type::String, items).marked(marks))
}

/// A file's path from a folder; both are clean.
fn relative(file: &str, folder: &str) -> String {
    if folder == "." {
        return file.to_owned();
    }
    if let Some(rest) = file.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) {
        return rest.to_owned();
    }
    let (file, folder): (Vec<&str>, Vec<&str>) = (file.split('/').collect(), folder.split('/').collect());
    let common = file.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", folder.len() - common);
    up.chain(file.iter().skip(common).copied()).collect::<Vec<_>>().join("/")
}

/// Every choice of the alternatives in braces; `None` when there are too many.
fn braces(pattern: &str) -> Option<Vec<String>> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        if done.len() + open.len() > MAX_ALTERNATIVES {
            return None;
        }
        match split_braces(&pattern) {
            Some((before, choices, after)) => {
                open.extend(choices.iter().map(|choice| format!("{before}{choice}{after}")))
            }
            None => done.push(pattern),
        }
    }
    Some(done)
}

fn split_braces(pattern: &str) -> Option<(&str, Vec<&str>, &str)> {
    let start = pattern.find('{')?;
    let (before, rest) = (pattern.get(..start)?, pattern.get(start + 1..)?);
    let (mut depth, mut from) = (0, 0);
    let mut choices = Vec::new();
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' if depth == 0 => {
                choices.push(rest.get(from..at)?);
                from = at + 1;
            }
            '}' => {
                choices.push(rest.get(from..at)?);
                return Some((before, choices, rest.get(at + 1..)?));
            }
            _ => {}
        }
    }
    None
}

enum Segment {
    /// `**`
    Folders,
    /// A name without wildcards.
    Name(String),
    Pattern(Vec<Token>),
}

enum Token {
    Char(char),
    One,
    Many,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// `None` for a pattern that is not well-formed.
fn segment(text: &str) -> Option<Segment> {
    if text == "**" {
        return Some(Segment::Folders);
    }
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Many,
            '?' => Token::One,
            '\\' => Token::Char(chars.next()?),
            '[' => {
                let negated = chars.next_if(|c| matches!(c, '^' | '!')).is_some();
                let mut ranges = Vec::new();
                loop {
                    let low = match chars.next()? {
                        ']' if !ranges.is_empty() => break,
                        '\\' => chars.next()?,
                        c => c,
                    };
                    let high = match chars.next_if_eq(&'-') {
                        Some(_) => match chars.next()? {
                            '\\' => chars.next()?,
                            c => c,
                        },
                        None => low,
                    };
                    ranges.push((low, high));
                }
                Token::Class { negated, ranges }
            }
            c => Token::Char(c),
        });
    }
    let name: Option<String> =
        tokens.iter().map(|token| if let Token::Char(c) = token { Some(*c) } else { None }).collect();
    Some(match name {
        Some(name) => Segment::Name(name),
        None => Segment::Pattern(tokens),
    })
}

/// One row of reachable positions per character: no recursion, no blow-up.
fn matches(tokens: &[Token], name: &str) -> bool {
    let close = |row: &mut Vec<bool>| {
        for (at, token) in tokens.iter().enumerate() {
            if matches!(token, Token::Many) && row.get(at) == Some(&true) {
                row.splice(at + 1..at + 2, [true]);
            }
        }
    };
    let mut row = vec![false; tokens.len() + 1];
    row.splice(..1, [true]);
    close(&mut row);
    for c in name.chars() {
        let mut next = vec![false; tokens.len() + 1];
        for (at, token) in tokens.iter().enumerate().filter(|(at, _)| row.get(*at) == Some(&true)) {
            let (accepts, to) = match token {
                Token::Many => (true, at),
                Token::One => (true, at + 1),
                Token::Char(expected) => (*expected == c, at + 1),
                Token::Class { negated, ranges } => {
                    (ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated, at + 1)
                }
            };
            if accepts {
                next.splice(to..=to, [true]);
            }
        }
        close(&mut next);
        row = next;
    }
    row.last() == Some(&true)
}

struct Walk<'w> {
    sources: &'w Sources,
    found: &'w mut Vec<String>,
    looked: usize,
    outside: bool,
}

impl Walk<'_> {
    /// Adds the files below `folder` that match; false when a budget ends the search.
    fn descend(&mut self, folder: &str, segments: &[Segment], depth: usize) -> bool {
        let Some((segment, rest)) = segments.split_first() else {
            return true;
        };
        match segment {
            Segment::Name(name) => self.enter(&join(folder, name), rest, depth),
            Segment::Pattern(tokens) => {
                let names = self.list(folder);
                names
                    .iter()
                    .filter(|name| matches(tokens, name))
                    .all(|name| self.enter(&join(folder, name), rest, depth))
            }
            Segment::Folders => {
                if depth > MAX_FOLDERS {
                    return false;
                }
                // No folder at all, then every folder below; at the end every file too.
                if !rest.is_empty() && !self.descend(folder, rest, depth) {
                    return false;
                }
                let names = self.list(folder);
                names.iter().all(|name| {
                    let path = join(folder, name);
                    if self.is_dir(&path) {
                        self.descend(&path, segments, depth + 1)
                    } else {
                        !rest.is_empty() || self.enter(&path, &[], depth)
                    }
                })
            }
        }
    }

    fn enter(&mut self, path: &str, rest: &[Segment], depth: usize) -> bool {
        self.looked += 1;
        if self.looked > MAX_ENTRIES {
            return false;
        }
        if !rest.is_empty() {
            return self.descend(path, rest, depth);
        }
        match self.sources.resolve(Path::new(path)) {
            Err(ReadError::Outside) => self.outside = true,
            Ok(_) if self.sources.is_file(Path::new(path)) && !self.found.iter().any(|other| other == path) => {
                self.found.push(path.to_owned())
            }
            _ => {}
        }
        true
    }

    fn list(&mut self, folder: &str) -> Vec<String> {
        match self.sources.list(Path::new(if folder.is_empty() { "." } else { folder })) {
            Ok(names) => {
                self.looked += names.len();
                names
            }
            Err(error) => {
                self.outside |= error == ReadError::Outside;
                Vec::new()
            }
        }
    }

    fn is_dir(&self, path: &str) -> bool {
        self.sources.is_dir(Path::new(path))
    }
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        "/" => format!("/{name}"),
        folder => format!("{folder}/{name}"),
    }
}
