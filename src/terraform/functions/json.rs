//! JSON text of values and back, as cty writes and reads it.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::terraform::{
    cty::{Entries, Kind, Number, Type, Val},
    functions::MAX_DEPTH,
};

/// The JSON text of a wholly known value without marks: no spaces, keys sorted, `<`, `>`, `&` escaped as Go does.
/// `None` for an infinite number or an unknown part.
pub fn encode(value: &Val) -> Option<String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Some(out)
}

fn write(value: &Val, out: &mut String) -> Option<()> {
    match &value.kind {
        Kind::Null(_) => out.push_str("null"),
        Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Kind::Number(number) if number.is_infinite() => return None,
        Kind::Number(number) => out.push_str(&number.text()),
        Kind::String(text) => write_string(&text.text, out),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            out.push('{');
            for (index, (key, item)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
        Kind::Unknown(_) => return None,
    }
    Some(())
}

/// A JSON string as Go writes it.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)))
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Reads JSON: objects and tuples, numbers exactly; of equal keys the last wins.
///
/// # Errors
/// What is wrong with the text, in words.
pub fn decode(text: &str) -> Result<Val, String> {
    let text = without_lone_surrogates(text);
    let mut values = serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>();
    let raw = values.next().ok_or("EOF")?.map_err(|error| error.to_string())?;
    // Go's decoder does not mind a closing bracket too many.
    let rest = text.get(values.byte_offset()..).unwrap_or_default().trim_start_matches([' ', '\t', '\r', '\n']);
    if !rest.is_empty() && !rest.starts_with([']', '}']) {
        return Err("extraneous data after JSON object".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_str(raw.get());
    Seed { depth: 0 }.deserialize(&mut reader).map_err(|error| error.to_string())
}

/// Half of a surrogate pair without the other stands for U+FFFD in Go, and is an error here.
fn without_lone_surrogates(text: &str) -> Cow<'_, str> {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut result = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let start = at + found;
        at = start + 2;
        match unit(start) {
            Some(0xd800..=0xdbff) if matches!(unit(start + 6), Some(0xdc00..=0xdfff)) => at = start + 12,
            Some(0xd800..=0xdfff) => {
                result.push_str(text.get(copied..start).unwrap_or_default());
                result.push_str("\\ufffd");
                at = start + 6;
                copied = at;
            }
            _ => {}
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    result.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(result)
}

#[derive(Clone, Copy)]
struct Seed {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Val;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Val, D::Error> {
        // Numbers must be read from their text, and only the raw value has it.
        let raw: &RawValue = serde::Deserialize::deserialize(deserializer)?;
        let text = raw.get();
        let failed = |error: serde_json::Error| D::Error::custom(error);
        match text.as_bytes().first() {
            Some(b'{' | b'[') if self.depth >= MAX_DEPTH => Err(D::Error::custom("nested too deeply")),
            Some(b'{' | b'[' | b'"') => serde_json::Deserializer::from_str(text).deserialize_any(self).map_err(failed),
            Some(b't') => Ok(Val::bool(true)),
            Some(b'f') => Ok(Val::bool(false)),
            Some(b'n') => Ok(Val::null(Type::Dynamic)),
            _ => Number::parse(text).map(Val::number).ok_or_else(|| D::Error::custom("invalid number")),
        }
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Val;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Val, E> {
        Ok(Val::string(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Val, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = parts.next_element_seed(Self { depth: self.depth + 1 })? {
            items.push(item);
        }
        Ok(Val::tuple(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<Val, A::Error> {
        let mut entries = Entries::new();
        while let Some(key) = parts.next_key::<String>()? {
            let value = parts.next_value_seed(Self { depth: self.depth + 1 })?;
            entries.insert(crate::terraform::cty::val::normalised(Arc::from(key)), value);
        }
        Ok(Val::object(entries))
    }
}
