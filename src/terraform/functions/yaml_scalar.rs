//! What a YAML scalar stands for, as Terraform's YAML library reads it (YAML 1.1 with differences).
//! Source: <https://github.com/zclconf/go-cty-yaml>, `resolve.go`.

use std::sync::LazyLock;

use ::regex::Regex;
use dashu_int::UBig;

use crate::terraform::{
    cty::{Number, Type, Val},
    functions::{
        datetime::{Timestamp, fraction, offset},
        encoding::decode_base64,
    },
};

const BOOLEANS: [(&str, bool); 22] = [
    ("y", true),
    ("Y", true),
    ("yes", true),
    ("Yes", true),
    ("YES", true),
    ("true", true),
    ("True", true),
    ("TRUE", true),
    ("on", true),
    ("On", true),
    ("ON", true),
    ("n", false),
    ("N", false),
    ("no", false),
    ("No", false),
    ("NO", false),
    ("false", false),
    ("False", false),
    ("FALSE", false),
    ("off", false),
    ("Off", false),
    ("OFF", false),
];

static NUMERAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$")
        .ok()
});

/// The value of a scalar. `tag` is what follows `!!`, empty for none; `quoted` that it is in quotes.
///
/// # Errors
/// When the text does not fit the tag, or the tag is not supported.
pub(super) fn resolve(tag: &str, text: &str, quoted: bool) -> Result<Val, String> {
    let mismatch = || format!("cannot parse \"{text}\" as !!{tag}");
    match tag {
        "" | "str" | "bool" | "int" | "float" | "null" | "timestamp" | "binary" => {}
        other => return Err(format!("unsupported tag \"!!{other}\"")),
    }
    if !matches!(tag, "str" | "binary") && may_resolve(text) {
        if quoted {
            return Ok(text.into());
        }
        if let Some(value) = word(text) {
            return Ok(value);
        }
        if tag.is_empty() && matches!(text, ".nan" | ".NaN" | ".NAN") {
            return Err("floating point NaN is not supported".to_owned());
        }
        if text.starts_with('.') {
            if let Some(number) = Number::parse(text) {
                return Ok(Val::number(number));
            }
        } else if text.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-') {
            if (tag.is_empty() || tag == "timestamp")
                && let Some(time) = timestamp(text)
            {
                return Ok(time.text().into());
            }
            if NUMERAL.as_ref().is_some_and(|numeral| numeral.is_match(text)) {
                return number(text).ok_or_else(mismatch);
            }
        }
    }
    match tag {
        "binary" if decode_base64(text).is_none() => Err(mismatch()),
        "bool" => {
            BOOLEANS.iter().find(|(word, _)| *word == text).map(|(_, value)| Val::bool(*value)).ok_or_else(mismatch)
        }
        "int" | "float" => number(text).ok_or_else(mismatch),
        "timestamp" => timestamp(text).map(|time| time.text().into()).ok_or_else(mismatch),
        "null" => Ok(Val::null(Type::Dynamic)),
        _ => Ok(text.into()),
    }
}

/// Whether the first character allows anything but a string.
fn may_resolve(text: &str) -> bool {
    text.chars().next().is_none_or(|c| "+-0123456789yYnNtTfFoO~.".contains(c))
}

fn word(text: &str) -> Option<Val> {
    if let Some((_, value)) = BOOLEANS.iter().find(|(word, _)| *word == text) {
        return Some(Val::bool(*value));
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Val::null(Type::Dynamic)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Number::parse("Inf").map(Val::number),
        "-.inf" | "-.Inf" | "-.INF" => Number::parse("-Inf").map(Val::number),
        _ => None,
    }
}

/// Decimal as numbers of the language; else Go's integer literals of 64 bits.
fn number(text: &str) -> Option<Val> {
    let plain = text.replace('_', "");
    if let Some(number) = Number::parse(&plain) {
        return Some(Val::number(number));
    }
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let (base, digits) = match digits.get(..2)? {
        "0x" | "0X" => (16, digits.get(2..)?),
        "0o" | "0O" => (8, digits.get(2..)?),
        "0b" | "0B" => (2, digits.get(2..)?),
        _ => return None,
    };
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    Some(Val::number(Number::from_integer(negative, UBig::from(magnitude))))
}

/// A date, or a date and a time, with fields of one or two digits.
fn timestamp(text: &str) -> Option<Timestamp> {
    let (year, rest) = text.split_once('-')?;
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (month, rest) = rest.split_once('-')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (day, rest) = rest.split_at(end);
    let date = [year.parse().ok()?, short(month)?, short(day)?];
    if rest.is_empty() {
        return Timestamp::from_fields(date, [0; 3], 0, 0);
    }
    let zoned = rest.starts_with(['T', 't']);
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (hour, rest) = rest.split_once(':')?;
    let (minute, rest) = rest.split_once(':')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (second, rest) = rest.split_at(end);
    if hour.len() != 2 && hour.len() != 1 {
        return None;
    }
    let (nanosecond, zone) = fraction(rest)?;
    let offset = if zoned {
        offset(zone)?
    } else if zone.is_empty() {
        0
    } else {
        return None;
    };
    Timestamp::from_fields(date, [short(hour)?, short(minute)?, short(second)?], nanosecond, offset)
}

fn short(text: &str) -> Option<i64> {
    if (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}
