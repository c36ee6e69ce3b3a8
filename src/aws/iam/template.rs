//! Strings of a policy document with wildcards and policy variables. In: a text and the policy's version. Out: a
//! template that a context turns into a glob.
//! Source: IAM User Guide, "IAM policy elements: Variables and tags".

use std::sync::Arc;

use crate::aws::{
    iam::context::{Context, Key},
    text::{Atom, Glob, Symbol, Text},
};

/// A `${key, 'default'}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variable {
    /// The context key in lower case.
    pub key: Arc<str>,
    /// What stands in for a key without a value.
    pub default: Option<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Token {
    Glob(Glob),
    Variable(Variable),
}

/// A string of a policy, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template {
    tokens: Arc<[Token]>,
    variables: bool,
}

/// Which characters of a string are special.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// `*` and `?` are wildcards.
    pub wildcards: bool,
    /// `${…}` is a policy variable.
    pub variables: bool,
}

impl Template {
    /// Takes a text apart.
    pub fn parse(text: &Text, syntax: Syntax) -> Self {
        let mut tokens = Vec::with_capacity(text.atoms().len());
        let mut rest = text.atoms();
        while let Some((atom, after)) = rest.split_first() {
            if syntax.variables
                && let Some((body, length)) = variable_body(rest)
            {
                tokens.push(variable(body));
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            tokens.push(Token::Glob(match atom {
                Atom::Char('*') if syntax.wildcards => Glob::Many,
                Atom::Char('?') if syntax.wildcards => Glob::One,
                Atom::Char(c) => Glob::Char(*c),
                Atom::Symbol(symbol) => Glob::Symbol(Arc::clone(symbol)),
            }));
            rest = after;
        }
        let variables = tokens.iter().any(|token| matches!(token, Token::Variable(_)));
        Self { tokens: tokens.into(), variables }
    }

    /// Whether it depends on the context.
    pub fn has_variables(&self) -> bool {
        self.variables
    }

    /// The variables in it.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.tokens.iter().filter_map(|token| if let Token::Variable(variable) = token { Some(variable) } else { None })
    }

    /// The glob of a template without variables; variables are left out.
    pub fn fixed(&self) -> Vec<Glob> {
        self.tokens
            .iter()
            .filter_map(|token| if let Token::Glob(glob) = token { Some(glob.clone()) } else { None })
            .collect()
    }

    /// Replaces the variables by the values of a context, in which `*` and `?` are plain characters.
    /// `None`: a variable has no single value and no default, so that nothing can match.
    pub fn expand(&self, context: &Context) -> Option<Vec<Glob>> {
        let mut globs = Vec::with_capacity(self.tokens.len());
        for token in &*self.tokens {
            match token {
                Token::Glob(glob) => globs.push(glob.clone()),
                Token::Variable(variable) => globs.extend(value_of(variable, context)?),
            }
        }
        Some(globs)
    }

    /// The tokens before and after the one occurrence of a variable, when it occurs once.
    pub fn around(&self, key: &str) -> Option<(Self, Self)> {
        let is_key = |token: &Token| matches!(token, Token::Variable(variable) if *variable.key == *key);
        let at = self.tokens.iter().position(is_key)?;
        let (before, after) = self.tokens.split_at(at);
        let part = |tokens: &[Token]| Self {
            tokens: tokens.into(),
            variables: tokens.iter().any(|token| matches!(token, Token::Variable(_))),
        };
        Some((part(before), part(after.get(1..).unwrap_or_default())))
    }
}

fn value_of(variable: &Variable, context: &Context) -> Option<Vec<Glob>> {
    match context.get(&variable.key) {
        Key::Values(values)
            if let [value] = &**values
                && !value.is_empty() =>
        {
            Some(value.glob())
        }
        // It may also be undefined: any text, so that a match is never certain.
        Key::Unknown => Some(vec![Glob::Symbol(Arc::new(Symbol::any(None, format!("${{{}}}", variable.key))))]),
        _ => variable.default.as_deref().map(|text| Text::from(text).glob()),
    }
}

/// The text between `${` and the next `}`, and the length of the whole.
fn variable_body(atoms: &[Atom]) -> Option<(&[Atom], usize)> {
    let [Atom::Char('$'), Atom::Char('{'), rest @ ..] = atoms else { return None };
    let end = rest.iter().position(|atom| *atom == Atom::Char('}'))?;
    Some((rest.get(..end)?, end + 3))
}

fn variable(body: &[Atom]) -> Token {
    let text = Text::new(body.iter().cloned());
    let Some(body) = text.literal() else {
        return Token::Glob(Glob::Symbol(Arc::new(Symbol::any(None, format!("${{{text}}}")))));
    };
    if let "*" | "?" | "$" = &*body {
        return Token::Glob(Glob::Char(body.chars().next().unwrap_or('$')));
    }
    let (name, default) = body.split_once(',').map_or((&*body, None), |(name, default)| (name, Some(default.trim())));
    let quoted = default.and_then(|text| text.strip_prefix('\'')?.strip_suffix('\''));
    Token::Variable(Variable { key: name.trim().to_lowercase().into(), default: quoted.map(Into::into) })
}
