//! Regular expressions: Go's syntax (RE2) on top of the `regex` crate, which agrees with it in what matches but not in
//! every notation. In: a pattern in Go's syntax. Out: matches as Terraform gives them.

use std::sync::Arc;

use ::regex::{Captures, Regex, RegexBuilder};

use crate::terraform::{
    cty::{Entries, Kind, Type, Val},
    functions::{
        FunctionError, MAX_ELEMENTS, MAX_TEXT, Outcome, fail, go_pattern,
        signature::{Call, Function, Parameter, Returns, Want::String as Text},
    },
};

const PARAMETERS: &[Parameter] = &[Parameter::new("pattern", Text), Parameter::new("string", Text)];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("regex", PARAMETERS, Returns::By(one_type), one),
    Function::new("regexall", PARAMETERS, Returns::By(|args| Ok(Type::list(one_type(args)?))), all),
];

/// Budget: the largest compiled pattern, in bytes.
const MAX_COMPILED: usize = 4 * 1024 * 1024;

/// A compiled pattern with the names of its groups, which may repeat.
pub(super) struct Pattern {
    regex: Regex,
    /// Per group from 1: its name, when it has one.
    names: Vec<Option<Arc<str>>>,
}

/// Compiles a pattern in Go's syntax.
pub(super) fn compile(pattern: &str) -> Result<Pattern, FunctionError> {
    let translated = go_pattern::translate(pattern)
        .map_err(|message| FunctionError::argument(0, format!("invalid regexp pattern: {message}")))?;
    let regex = RegexBuilder::new(&translated.text).size_limit(MAX_COMPILED).build();
    let regex = regex.map_err(|error| FunctionError::argument(0, format!("invalid regexp pattern: {error}")))?;
    Ok(Pattern { regex, names: translated.groups })
}

impl Pattern {
    /// The type of a match: a string, a tuple of groups, or an object of named groups.
    fn ty(&self) -> Result<Type, FunctionError> {
        let named: Vec<_> = self.names.iter().flatten().collect();
        if self.names.is_empty() {
            Ok(Type::String)
        } else if named.is_empty() {
            Ok(Type::tuple(self.names.iter().map(|_| Type::String)))
        } else if named.len() == self.names.len() {
            Ok(Type::object(named.into_iter().map(|name| (Arc::clone(name), Type::String))))
        } else {
            Err(FunctionError::argument(0, "invalid regexp pattern: cannot mix both named and unnamed capture groups"))
        }
    }

    fn result(&self, found: &Captures<'_>) -> Val {
        let group = |index: usize| match found.get(index) {
            Some(part) => Val::string(part.as_str()),
            None => Val::null(Type::String),
        };
        if self.names.is_empty() {
            group(0)
        } else if self.names.iter().all(Option::is_some) {
            let named = self.names.iter().enumerate();
            Val::object(
                named
                    .filter_map(|(index, name)| Some((Arc::clone(name.as_ref()?), group(index + 1))))
                    .collect::<Entries>(),
            )
        } else {
            Val::tuple((1..=self.names.len()).map(group).collect())
        }
    }

    /// Replaces every match by the template, in which `$1`, `${1}`, `$name`, `${name}` stand for groups and `$$` for
    /// itself. `None` when the result would be too long.
    pub(super) fn replace_all(&self, text: &str, template: &str) -> Option<String> {
        let mut result = String::new();
        let mut end = 0;
        for found in self.regex.captures_iter(text) {
            let whole = found.get(0)?;
            result.push_str(text.get(end..whole.start())?);
            self.expand(template, &found, &mut result);
            end = whole.end();
            if result.len() > MAX_TEXT {
                return None;
            }
        }
        result.push_str(text.get(end..)?);
        (result.len() <= MAX_TEXT).then_some(result)
    }

    fn expand(&self, template: &str, found: &Captures<'_>, out: &mut String) {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            rest = after;
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some((name, after)) = reference(rest) {
                out.push_str(self.group(name, found));
                rest = after;
            } else {
                out.push('$');
            }
        }
        out.push_str(rest);
    }

    fn group<'t>(&self, name: &str, found: &Captures<'t>) -> &'t str {
        let numeric = name.bytes().all(|byte| byte.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
        let part = if numeric {
            name.parse().ok().and_then(|index| found.get(index))
        } else {
            let of_name = |(index, other): (usize, &Option<Arc<str>>)| {
                if other.as_deref() == Some(name) { found.get(index + 1) } else { None }
            };
            self.names.iter().enumerate().find_map(of_name)
        };
        part.map_or("", |part| part.as_str())
    }
}

/// The name after a `$`, the longest or in braces, and what follows.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (body, braced) = text.strip_prefix('{').map_or((text, false), |body| (body, true));
    let end = body.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(body.len());
    let (name, after) = body.split_at(end);
    if name.is_empty() {
        return None;
    }
    if braced { Some((name, after.strip_prefix('}')?)) } else { Some((name, after)) }
}

fn one_type(args: &[Val]) -> Result<Type, FunctionError> {
    match args.first().and_then(Val::as_str) {
        Some(pattern) => compile(pattern)?.ty(),
        None => Ok(Type::Dynamic),
    }
}

fn one(call: &Call<'_>) -> Outcome {
    let pattern = compile(call.text(0))?;
    match pattern.regex.captures(call.text(1)) {
        Some(found) => Ok(pattern.result(&found)),
        None => fail("pattern did not match any part of the given string"),
    }
}

fn all(call: &Call<'_>) -> Outcome {
    let pattern = compile(call.text(0))?;
    let found: Vec<Val> =
        pattern.regex.captures_iter(call.text(1)).take(MAX_ELEMENTS + 1).map(|found| pattern.result(&found)).collect();
    if found.len() > MAX_ELEMENTS {
        return call.over("length of a list");
    }
    Ok(Val::new(Kind::List(pattern.ty()?, Arc::new(found))))
}
