//! What a checker knows of a function's result when Terraform calls it unknown: strings of which pieces are known,
//! documents of which parts are, values that pass through.

use std::sync::Arc;

use crate::{
    terraform::{
        cty::{Form, Kind, Piece, Type, Val, convert},
        functions::{
            Host,
            format::{self, Segment},
        },
    },
    value::Formula,
};

/// Budget: pieces of one pattern.
const MAX_PIECES: usize = 1000;

/// The form of the unknown result of `name` applied to the arguments, as they were converted.
pub(super) fn form(name: &str, args: &[Val], _host: &dyn Host) -> Option<Form> {
    match name {
        "format" => formatted(args),
        "join" => joined(args),
        "replace" => replaced(args),
        "jsondecode" => match &args.first()?.hint()?.form {
            Form::Json(value) => Some(same_as(decoded((**value).clone()))),
            _ => None,
        },
        "tostring" | "tonumber" | "tobool" | "tolist" | "toset" | "tomap" => converted(name, args.first()?),
        "coalesce" => args.iter().find(|arg| !arg.is_null()).and_then(|arg| match &arg.hint()?.form {
            // The identifier of a resource is neither null nor empty.
            form @ Form::Reference(_) => Some(form.clone()),
            _ => None,
        }),
        "trimspace" | "chomp" => unchanged(name, args),
        _ => None,
    }
}

/// The value itself, which Terraform does not see through to.
fn same_as(value: Val) -> Form {
    Form::Choice([(Formula::TRUE, value)].into())
}

fn converted(name: &str, arg: &Val) -> Option<Form> {
    let want = match name {
        "tostring" => Type::String,
        "tonumber" => Type::Number,
        "tobool" => Type::Bool,
        "tolist" => Type::list(Type::Dynamic),
        "toset" => Type::set(Type::Dynamic),
        _ => Type::map(Type::Dynamic),
    };
    match &convert(arg, &want).ok()?.hint()?.form {
        Form::Opaque => None,
        form => Some(form.clone()),
    }
}

/// As JSON brings a value back: tuples and objects only.
fn decoded(value: Val) -> Val {
    let value = value.map_children(&mut decoded);
    let kind = match value.kind {
        Kind::List(_, items) | Kind::Set(_, items) => Kind::Tuple(items),
        Kind::Map(_, entries) => Kind::Object(entries),
        Kind::Null(_) => Kind::Null(Type::Dynamic),
        other => other,
    };
    Val { kind, ..value }
}

/// The pieces of a value in a string; `None` when it is no scalar.
fn pieces(value: &Val) -> Option<Vec<Piece>> {
    let text = convert(value, &Type::String).ok()?;
    match &text.kind {
        Kind::String(text) => Some(vec![Piece::Literal(Arc::clone(&text.text))]),
        Kind::Unknown(unknown) => match &unknown.hint.form {
            Form::Pattern(pieces) => Some(pieces.to_vec()),
            _ => Some(vec![Piece::Value(text.unmarked_deep())]),
        },
        _ => None,
    }
}

/// The form of a string that is put together of known and unknown parts, in order. `None` when a part is no scalar or
/// there are too many.
pub fn concatenate<'v>(parts: impl IntoIterator<Item = &'v Val>) -> Option<Form> {
    let mut all: Vec<Piece> = Vec::new();
    for part in parts {
        for piece in pieces(part)? {
            match (all.last_mut(), piece) {
                (_, Piece::Literal(text)) if text.is_empty() => {}
                (Some(Piece::Literal(before)), Piece::Literal(text)) => *before = format!("{before}{text}").into(),
                (_, piece) => all.push(piece),
            }
        }
    }
    (all.len() <= MAX_PIECES).then(|| Form::Pattern(all.into()))
}

fn formatted(args: &[Val]) -> Option<Form> {
    let (first, args) = args.split_first()?;
    let mut parts: Vec<Val> = Vec::new();
    for segment in format::segments(first.as_str()?).ok()? {
        parts.push(match segment {
            Segment::Literal(text) => text.into(),
            Segment::Verb(verb) if verb.is_plain() || (verb.mode == 'd' && verb.is_bare()) => {
                args.get(verb.argument.checked_sub(1)?)?.clone()
            }
            Segment::Verb(_) => return None,
        });
    }
    concatenate(&parts)
}

fn joined(args: &[Val]) -> Option<Form> {
    let (separator, lists) = args.split_first()?;
    separator.as_str()?;
    let mut parts: Vec<&Val> = Vec::new();
    for list in lists {
        // The length of a set with unknown elements is not known.
        let Kind::List(_, items) = &list.kind else { return None };
        for item in &**items {
            if !parts.is_empty() {
                parts.push(separator);
            }
            parts.push(item);
        }
    }
    concatenate(parts)
}

/// A text in which a placeholder gives way to something, where one of them is not wholly known.
fn replaced(args: &[Val]) -> Option<Form> {
    let [subject, placeholder, replacement] = args else { return None };
    let placeholder = placeholder.as_str()?;
    let is_pattern = placeholder.len() > 1 && placeholder.starts_with('/') && placeholder.ends_with('/');
    if is_pattern || placeholder.is_empty() {
        return None;
    }
    let mut parts: Vec<Val> = Vec::new();
    for piece in pieces(subject)? {
        match piece {
            Piece::Literal(text) => {
                for (index, literal) in text.split(placeholder).enumerate() {
                    parts.extend((index > 0).then(|| replacement.clone()));
                    parts.push(Val::string(literal));
                }
            }
            Piece::Value(value) => parts.push(value),
        }
    }
    concatenate(&parts)
}

fn trimmed_end<'t>(name: &str, text: &'t str) -> &'t str {
    if name == "chomp" { text.trim_end_matches(['\r', '\n']) } else { text.trim_end() }
}

/// Functions that change only certain characters, applied to the known pieces, when the unknown ones are identifiers
/// of resources, which hold no white space.
fn unchanged(name: &str, args: &[Val]) -> Option<Form> {
    let subject = args.first()?;
    let identifier = |value: &Val| matches!(value.hint().map(|hint| &hint.form), Some(Form::Reference(_)));
    match (&subject.hint()?.form, name) {
        (form @ Form::Reference(_), "trimspace" | "chomp") => Some(form.clone()),
        (Form::Pattern(pieces), "trimspace" | "chomp") => {
            let last = pieces.len().checked_sub(1)?;
            let trimmed = pieces.iter().enumerate().map(|(index, piece)| match piece {
                Piece::Literal(text) => {
                    let text = if index == 0 && name == "trimspace" { text.trim_start() } else { text };
                    Some(Val::from(if index == last { trimmed_end(name, text) } else { text }))
                }
                Piece::Value(value) if identifier(value) => Some(value.clone()),
                Piece::Value(_) => None,
            });
            concatenate(&trimmed.collect::<Option<Vec<_>>>()?)
        }
        _ => None,
    }
}
