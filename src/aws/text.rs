//! Strings of policies and ARNs in which parts are only known by identity. In: values. Out: texts made of
//! characters and symbols, and the three-valued question whether a glob matches one: *must* under-approximates
//! inclusion, *may* over-approximates overlap, both by the same walk over glob and text.

use std::{fmt, sync::Arc};

use crate::value::Truth;

/// What a symbol can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// At least one character, none of them `:` or `/`: names, regions, account numbers.
    Name,
    /// Any text, also none, also one with wildcards or a whole ARN.
    Any,
    /// Text that equals nothing that is written anywhere: the representative of "some other value".
    Fresh,
}

/// A piece of text that is known by identity only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol {
    /// Symbols with equal identity have equal text; without identity a symbol equals not even itself.
    pub identity: Option<Arc<str>>,
    /// What it can stand for.
    pub shape: Shape,
    /// As people write it: `${Orders.Arn}`.
    pub label: Arc<str>,
}

impl Symbol {
    /// A name that is known by identity.
    pub fn name(identity: impl Into<Arc<str>>, label: impl Into<Arc<str>>) -> Self {
        Self { identity: Some(identity.into()), shape: Shape::Name, label: label.into() }
    }

    /// Text of which nothing is known.
    pub fn any(identity: Option<Arc<str>>, label: impl Into<Arc<str>>) -> Self {
        Self { identity, shape: Shape::Any, label: label.into() }
    }

    fn is(&self, other: &Self) -> bool {
        self.identity.is_some() && self.identity == other.identity
    }
}

/// One element of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Atom {
    /// This character.
    Char(char),
    /// Some text.
    Symbol(Arc<Symbol>),
}

/// A string of which parts may be symbols.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Arc<[Atom]>);

/// One element of a glob.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Glob {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any text.
    Many,
    /// The text that the symbol stands for.
    Symbol(Arc<Symbol>),
}

impl Text {
    /// A text from its atoms.
    pub fn new(atoms: impl IntoIterator<Item = Atom>) -> Self {
        Self(atoms.into_iter().collect())
    }

    /// The representative of a value that is written nowhere.
    pub fn fresh(label: &str) -> Self {
        let symbol = Symbol { identity: Some("fresh".into()), shape: Shape::Fresh, label: label.into() };
        Self::from(Atom::Symbol(Arc::new(symbol)))
    }

    /// The elements.
    pub fn atoms(&self) -> &[Atom] {
        &self.0
    }

    /// The characters, when there is no symbol.
    pub fn literal(&self) -> Option<String> {
        self.0.iter().map(|atom| if let Atom::Char(c) = atom { Some(*c) } else { None }).collect()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is exactly the given characters.
    pub fn is(&self, text: &str) -> bool {
        let mut chars = text.chars();
        self.0.iter().all(|atom| matches!(atom, Atom::Char(c) if chars.next() == Some(*c))) && chars.next().is_none()
    }

    /// Both texts in a row.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        Self::new(self.0.iter().chain(&*other.0).cloned())
    }

    /// Parts between the first `count - 1` colons, the rest in the last part. A symbol that may hold colons before
    /// the last of them makes the parts unknown: `None`.
    pub fn segments(&self, count: usize) -> Option<Vec<Self>> {
        let mut parts = Vec::with_capacity(count);
        let mut rest = &*self.0;
        while parts.len() + 1 < count
            && let Some(at) = rest.iter().position(|atom| *atom == Atom::Char(':'))
        {
            let (part, after) = rest.split_at(at);
            parts.push(Self::new(part.iter().cloned()));
            rest = after.get(1..).unwrap_or_default();
        }
        let last = parts.len() + 1 == count;
        parts.push(Self::new(rest.iter().cloned()));
        let sure = if last { count - 1 } else { parts.len() };
        let loose = |part: &Self| part.0.iter().any(|atom| matches!(atom, Atom::Symbol(s) if s.shape == Shape::Any));
        (!parts.iter().take(sure).any(loose)).then_some(parts)
    }

    /// Whether both are the same text.
    pub fn equals(&self, other: &Self) -> Truth {
        if self.0 == other.0 && self.literal().is_some() {
            return Truth::True;
        }
        matches(&self.glob(), other, Case::Sensitive)
    }

    /// Whether both are the same text but for the case of letters.
    pub fn equals_ignoring_case(&self, other: &Self) -> Truth {
        matches(&self.glob(), other, Case::Ignored)
    }

    /// The glob that matches exactly this text.
    pub fn glob(&self) -> Vec<Glob> {
        let glob = |atom: &Atom| match atom {
            Atom::Char(c) => Glob::Char(*c),
            Atom::Symbol(symbol) => Glob::Symbol(Arc::clone(symbol)),
        };
        self.0.iter().map(glob).collect()
    }
}

impl From<Atom> for Text {
    fn from(atom: Atom) -> Self {
        Self::new([atom])
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text.chars().map(Atom::Char))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|atom| match atom {
            Atom::Char(c) => write!(f, "{c}"),
            Atom::Symbol(symbol) => f.write_str(&symbol.label),
        })
    }
}

/// How letters are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// Upper and lower case differ.
    Sensitive,
    /// They do not.
    Ignored,
}

/// Whether the glob matches the whole text: true when it does whatever the symbols stand for, false when it does for
/// nothing that they could stand for.
pub fn matches(glob: &[Glob], text: &Text, case: Case) -> Truth {
    let symbolic = glob.iter().any(|token| matches!(token, Glob::Symbol(_)))
        || text.0.iter().any(|atom| matches!(atom, Atom::Symbol(_)));
    if !symbolic {
        return Truth::from(plain(glob, &text.0, case));
    }
    if walk(glob, &text.0, case, false) {
        Truth::True
    } else {
        Truth::from((!walk(glob, &text.0, case, true)).then_some(false))
    }
}

fn same(a: char, b: char, case: Case) -> bool {
    a == b || case == Case::Ignored && a.to_lowercase().eq(b.to_lowercase())
}

/// Two pointers and the last `*`: linear for the patterns that people write.
fn plain(glob: &[Glob], text: &[Atom], case: Case) -> bool {
    let (mut at, mut read, mut retry) = (0, 0, None);
    while let Some(Atom::Char(c)) = text.get(read) {
        match glob.get(at) {
            Some(Glob::Many) => {
                retry = Some((at + 1, read));
                at += 1;
            }
            Some(Glob::One) => (at, read) = (at + 1, read + 1),
            Some(Glob::Char(expected)) if same(*expected, *c, case) => (at, read) = (at + 1, read + 1),
            _ => match &mut retry {
                Some((after, from)) => {
                    *from += 1;
                    (at, read) = (*after, *from);
                }
                None => return false,
            },
        }
    }
    glob.iter().skip(at).all(|token| *token == Glob::Many)
}

/// Reachability over (glob position, text position); every step moves forward in at least one.
fn walk(glob: &[Glob], text: &[Atom], case: Case, may: bool) -> bool {
    let width = text.len() + 1;
    let mut row = vec![false; width];
    row[0] = true;
    for token in glob.iter().map(Some).chain([None]) {
        let mut next = vec![false; width];
        for at in 0..width {
            if !row[at] {
                continue;
            }
            let step = Step::between(token, text.get(at), case, may);
            // With a symbol on each side a text may also end inside the other symbol.
            next[at] |= step.glob;
            if at + 1 < width {
                row[at + 1] |= step.text;
                next[at + 1] |= step.both;
            }
        }
        if token.is_none() {
            return row[width - 1];
        }
        row = next;
    }
    false
}

/// Which positions may advance.
#[derive(Default)]
struct Step {
    glob: bool,
    text: bool,
    both: bool,
}

impl Step {
    fn between(token: Option<&Glob>, atom: Option<&Atom>, case: Case, may: bool) -> Self {
        let mut step = Self::default();
        match (token, atom) {
            (Some(Glob::Many), _) => (step.glob, step.text) = (true, atom.is_some()),
            (Some(Glob::One), Some(Atom::Char(_))) => step.both = true,
            (Some(Glob::Char(a)), Some(Atom::Char(b))) => step.both = same(*a, *b, case),
            (Some(Glob::Symbol(a)), Some(Atom::Symbol(b))) if a.is(b) => step.both = true,
            _ => {}
        }
        if !may {
            return step;
        }
        if let Some(Glob::Symbol(symbol)) = token {
            step.glob |= symbol.shape == Shape::Any;
            let absorbs = atom.is_some_and(|atom| match atom {
                Atom::Char(c) => admits(symbol, *c),
                Atom::Symbol(other) => free(symbol, other),
            });
            step.text |= absorbs;
            step.both |= absorbs;
        }
        if let Some(Atom::Symbol(symbol)) = atom {
            step.text |= symbol.shape == Shape::Any;
            let absorbs = token.is_some_and(|token| match token {
                Glob::Char(c) => admits(symbol, *c),
                Glob::One => symbol.shape != Shape::Fresh,
                Glob::Many => true,
                Glob::Symbol(other) => free(symbol, other),
            });
            step.glob |= absorbs;
            step.both |= absorbs;
        }
        step
    }
}

fn admits(symbol: &Symbol, c: char) -> bool {
    match symbol.shape {
        Shape::Name => c != ':' && c != '/',
        Shape::Any => true,
        Shape::Fresh => false,
    }
}

/// Whether two symbols may share text.
fn free(a: &Symbol, b: &Symbol) -> bool {
    a.shape != Shape::Fresh && b.shape != Shape::Fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(parts: &[&str]) -> Text {
        Text::new(parts.iter().flat_map(|part| match part.strip_prefix('$') {
            Some(name) => vec![Atom::Symbol(Arc::new(Symbol::name(name, format!("${{{name}}}"))))],
            None => part.chars().map(Atom::Char).collect(),
        }))
    }

    fn glob(parts: &[&str]) -> Vec<Glob> {
        text(parts)
            .glob()
            .into_iter()
            .map(|token| match token {
                Glob::Char('*') => Glob::Many,
                Glob::Char('?') => Glob::One,
                token => token,
            })
            .collect()
    }

    #[test]
    fn must_and_may() {
        let ask = |g: &[&str], t: &[&str]| matches(&glob(g), &text(t), Case::Sensitive);
        assert_eq!(ask(&["table/*"], &["table/", "$n"]), Truth::True);
        assert_eq!(ask(&["table/", "$n"], &["table/", "$n"]), Truth::True);
        assert_eq!(ask(&["table/", "$n"], &["table/", "$m"]), Truth::Unknown);
        assert_eq!(ask(&["table/", "$n"], &["table/Orders"]), Truth::Unknown);
        assert_eq!(ask(&["table/", "$n"], &["table/Orders/index/x"]), Truth::False);
        assert_eq!(ask(&["$n"], &[""]), Truth::False);
        assert_eq!(ask(&["a", "$n", "c"], &["a", "$m"]), Truth::Unknown);
        assert_eq!(ask(&["a?c"], &["abc"]), Truth::True);
        assert_eq!(ask(&["*b*d"], &["abcbd"]), Truth::True);
        assert_eq!(ask(&["*b*d"], &["abcbx"]), Truth::False);
    }

    #[test]
    fn a_fresh_value_is_matched_by_stars_only() {
        let fresh = Text::fresh("other");
        assert_eq!(matches(&glob(&["*"]), &fresh, Case::Sensitive), Truth::True);
        assert_eq!(matches(&glob(&["$n"]), &fresh, Case::Sensitive), Truth::False);
        assert_eq!(matches(&glob(&["other"]), &fresh, Case::Sensitive), Truth::False);
    }
}
