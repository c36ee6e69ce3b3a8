//! The order and the identity of set elements.

use crate::terraform::cty::{Kind, Number, Val, digits, equality::equals, quote::quoted};

/// The elements in the order in which Terraform iterates, without those that certainly equal another.
/// Elements must not be marked.
pub fn ordered(items: Vec<Val>) -> Vec<Val> {
    let mut keyed: Vec<(Rank, Val)> = items.into_iter().map(|item| (rank(&item), item)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut result: Vec<(Rank, Val)> = Vec::with_capacity(keyed.len());
    for (rank, item) in keyed {
        let same = |(_, other): &(Rank, Val)| equals(other, &item).as_bool() == Some(true);
        let twice = result.iter().rev().take_while(|(other, _)| *other == rank).any(same);
        if !twice {
            result.push((rank, item));
        }
    }
    result.into_iter().map(|(_, item)| item).collect()
}

/// Known values sort by value, strings by bytes, structures by their hash text; unknown ones after, null last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Bool(bool),
    Number(Number),
    Bytes(Vec<u8>),
    Unknown,
    Null,
}

fn rank(item: &Val) -> Rank {
    match &item.kind {
        Kind::Bool(value) => Rank::Bool(*value),
        Kind::Number(number) => Rank::Number(number.clone()),
        Kind::String(text) => Rank::Bytes(text.text.as_bytes().to_vec()),
        Kind::Unknown(_) => Rank::Unknown,
        Kind::Null(_) => Rank::Null,
        _ => {
            let mut text = String::new();
            hash_text(item, &mut text);
            Rank::Bytes(text.into_bytes())
        }
    }
}

/// The text of which cty takes the hash of a set element.
fn hash_text(item: &Val, out: &mut String) {
    let mut each = |open: char, items: &[Val], close: char| {
        out.push(open);
        for item in items {
            hash_text(item, out);
            out.push(';');
        }
        out.push(close);
    };
    match &item.kind {
        Kind::Unknown(_) => out.push('?'),
        Kind::Null(_) => out.push('~'),
        Kind::Bool(value) => out.push(if *value { 'T' } else { 'F' }),
        Kind::Number(number) => out.push_str(&short_number(number)),
        Kind::String(text) => out.push_str(&quoted(&text.text)),
        Kind::List(_, items) | Kind::Set(_, items) => each('[', items, ']'),
        Kind::Tuple(items) => each('<', items, '>'),
        Kind::Map(_, entries) => {
            out.push('{');
            for (key, value) in &**entries {
                out.push_str(&quoted(key));
                out.push(':');
                hash_text(value, out);
                out.push(';');
            }
            out.push('}');
        }
        Kind::Object(entries) => {
            out.push('<');
            for value in entries.values() {
                hash_text(value, out);
                out.push(';');
            }
            out.push('>');
        }
    }
}

/// Go's `%.10g` of a number.
pub fn short_number(value: &Number) -> String {
    const DIGITS: usize = 10;
    if value.is_infinite() {
        return value.text();
    }
    let (digits, point) = value.decimal();
    let up = digits::rounds_up(&digits, DIGITS);
    let (digits, point) =
        if digits.len() > DIGITS { digits::round_digits(&digits, point, DIGITS, up) } else { (digits, point) };
    let sign = if value.sign_bit() { "-" } else { "" };
    let exponent = point - 1;
    if !digits.is_empty() && !(-4..10).contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        let (first, rest) = (String::from_utf8_lossy(first), String::from_utf8_lossy(rest));
        let dot = if rest.is_empty() { "" } else { "." };
        let sign_of_exponent = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{dot}{rest}e{sign_of_exponent}{:02}", exponent.abs());
    }
    format!("{sign}{}", digits::place_point(&digits, point))
}
