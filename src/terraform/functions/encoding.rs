//! Functions between values and texts: JSON, YAML, CSV, Base64, URLs, character sets.

use std::sync::Arc;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};

use crate::{
    terraform::{
        cty::{Entries, Form, Hint, Kind, Text, Type, Val, val::normalised},
        functions::{
            FunctionError, Outcome, dispatch, fail, json,
            signature::{
                Call, Function, Parameter, Returns,
                Want::{Any, String},
            },
            yaml,
        },
    },
    value::{self, Reason},
};

const STR: Parameter = Parameter::new("str", String);
const TEXT: Returns = Returns::Always(String);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("jsonencode", &[Parameter::new("val", Any).unknown().dynamic().null()], TEXT, json_encode),
    Function::new("jsondecode", &[STR.unknown()], Returns::Always(Any), json_decode).nullable(),
    Function::new("yamlencode", &[Parameter::new("value", Any).dynamic().null()], TEXT, yaml_encode).nullable(),
    Function::new("yamldecode", &[Parameter::new("src", String)], Returns::Always(Any), |call| {
        yaml::decode(call.text(0)).map_err(|message| FunctionError::argument(0, message))
    })
    .nullable(),
    Function::new("csvdecode", &[STR], Returns::Always(Any), csv_decode),
    Function::new("base64encode", &[STR], TEXT, |call| Ok(BASE64_STANDARD.encode(call.text(0)).into())),
    Function::new("base64decode", &[STR.marked().unknown()], TEXT, base64_decode),
    Function::new("base64gzip", &[STR], TEXT, |_| unsupported("base64gzip()")),
    Function::new("urlencode", &[STR], TEXT, |call| Ok(url_encode(call.text(0)).into())),
    Function::new(
        "textencodebase64",
        &[Parameter::new("string", String), Parameter::new("encoding", String)],
        TEXT,
        text_encode,
    ),
    Function::new(
        "textdecodebase64",
        &[Parameter::new("source", String), Parameter::new("encoding", String)],
        TEXT,
        text_decode,
    ),
];

/// A result that depends on the inner workings of Terraform's libraries.
fn unsupported(what: &str) -> Outcome {
    Ok(Val::unknown_not_null(Type::String).hinted(Hint::why(value::Unknown::new(Reason::Unsupported, what))))
}

/// The text remembers the value, so that places survive the encoding.
fn json_encode(call: &Call<'_>) -> Outcome {
    let value = call.arg(0);
    if value.is_wholly_known() {
        return match json::encode(value) {
            Some(text) if text.len() > super::MAX_TEXT => call.over("length of a string"),
            Some(text) => {
                let json =
                    (value.as_items().is_some() || value.as_entries().is_some()).then(|| Arc::new(value.clone()));
                Ok(Val::new(Kind::String(Text { text: text.into(), json })))
            }
            None => fail("cannot serialize infinity as JSON"),
        };
    }
    let hint = Hint { why: dispatch::reason(value), form: Form::Json(Arc::new(value.clone())) };
    let result = Val::unknown(Type::String).hinted(hint);
    if !value.is_definitely_not_null() {
        return Ok(result);
    }
    Ok(match value.ty() {
        Type::String => result.refine_whole_prefix("\""),
        Type::Object(_) | Type::Map(_) => result.refine_whole_prefix("{"),
        Type::Tuple(_) | Type::List(_) | Type::Set(_) => result.refine_whole_prefix("["),
        _ => result,
    })
}

fn json_decode(call: &Call<'_>) -> Outcome {
    let Some(unknown) = call.arg(0).as_unknown() else {
        return json::decode(call.text(0)).map_err(|message| FunctionError::argument(0, message));
    };
    let prefix = unknown.refinement.prefix.as_deref().unwrap_or_default().trim();
    let ty = match prefix.chars().next() {
        None | Some('{' | '[' | 'n') => Type::Dynamic,
        Some('"') => Type::String,
        Some('t' | 'f') => Type::Bool,
        Some('-' | '.' | '0'..='9') => Type::Number,
        Some(c) => {
            return Err(FunctionError::argument(0, format!("a JSON document cannot begin with the character '{c}'")));
        }
    };
    Ok(Val::unknown(ty))
}

fn yaml_encode(call: &Call<'_>) -> Outcome {
    if !call.arg(0).is_wholly_known() {
        return call.unknown();
    }
    match yaml::encode(call.arg(0)) {
        Some(text) if text.len() <= super::MAX_TEXT => Ok(text.into()),
        Some(_) => call.over("length of a string"),
        None => fail("can't marshal as YAML"),
    }
}

/// As Go's decoder: any padding bits, line ends ignored.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    let text: std::string::String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    ENGINE.decode(text).ok()
}

fn base64_decode(call: &Call<'_>) -> Outcome {
    let arg = call.arg(0);
    let Some(text) = arg.as_str() else {
        return Ok(Val::unknown(Type::String).marked(arg.marks));
    };
    let Some(bytes) = decode_base64(text) else {
        return fail("failed to decode base64 data");
    };
    match std::string::String::from_utf8(bytes) {
        Ok(text) => Ok(Val::string(text).marked(arg.marks)),
        Err(_) => fail("the result of decoding the provided string is not valid UTF-8"),
    }
}

/// Go's `url.QueryEscape`.
fn url_encode(text: &str) -> std::string::String {
    let mut out = std::string::String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Character sets that are converted here.
#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    Ascii,
    Latin1,
    Windows1252,
    Utf16 { little: bool },
}

/// Windows-1252 at 0x80 to 0x9f; U+FFFD where it defines nothing. Source: <https://encoding.spec.whatwg.org/#windows-1252>,
/// less the control characters that it fills the gaps with, as golang.org/x/text has it.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A character set by its IANA name or alias; `Err` when there is no such name.
/// Source: <https://www.iana.org/assignments/character-sets/character-sets.xhtml>.
fn charset(name: &str) -> Result<Option<Charset>, FunctionError> {
    let found = match name.to_ascii_lowercase().as_str() {
        "utf-8" | "csutf8" => Charset::Utf8,
        "us-ascii" | "ascii" | "iso-ir-6" | "ansi_x3.4-1968" | "iso646-us" | "us" | "ibm367" | "cp367" | "csascii" => {
            Charset::Ascii
        }
        "iso-8859-1" | "iso_8859-1" | "iso_8859-1:1987" | "iso-ir-100" | "latin1" | "l1" | "ibm819" | "cp819"
        | "csisolatin1" => Charset::Latin1,
        "windows-1252" | "cswindows1252" => Charset::Windows1252,
        "utf-16le" | "csutf16le" => Charset::Utf16 { little: true },
        "utf-16be" | "csutf16be" => Charset::Utf16 { little: false },
        other if is_other_charset(other) => return Ok(None),
        _ => {
            let message =
                format!("\"{name}\" is not a supported IANA encoding name or alias in this Terraform version");
            return Err(FunctionError::argument(1, message));
        }
    };
    Ok(Some(found))
}

/// Names that Terraform knows and this program does not convert.
fn is_other_charset(name: &str) -> bool {
    const OTHERS: [&str; 18] = [
        "utf-16",
        "big5",
        "gbk",
        "gb2312",
        "gb18030",
        "hz-gb-2312",
        "euc-jp",
        "euc-kr",
        "iso-2022-jp",
        "shift_jis",
        "koi8-r",
        "koi8-u",
        "macintosh",
        "tis-620",
        "ibm037",
        "ibm437",
        "ibm850",
        "ibm866",
    ];
    OTHERS.contains(&name) || name.starts_with("iso-8859-") || name.starts_with("windows-125") || name == "windows-874"
}

fn text_encode(call: &Call<'_>) -> Outcome {
    let Some(charset) = charset(call.text(1))? else {
        return unsupported("textencodebase64()");
    };
    let text = call.text(0);
    let bytes: Option<Vec<u8>> = match charset {
        Charset::Utf8 => Some(text.as_bytes().to_vec()),
        Charset::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
        Charset::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
        Charset::Windows1252 => text.chars().map(to_windows_1252).collect(),
        Charset::Utf16 { little } => Some(
            text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect(),
        ),
    };
    match bytes {
        Some(bytes) => Ok(BASE64_STANDARD.encode(bytes).into()),
        None => Err(FunctionError::argument(
            0,
            format!("the given string contains characters that cannot be represented in {}", call.text(1)),
        )),
    }
}

fn to_windows_1252(c: char) -> Option<u8> {
    match WINDOWS_1252.iter().position(|other| *other == c) {
        Some(at) => u8::try_from(0x80 + at).ok(),
        None => u8::try_from(u32::from(c)).ok().filter(|byte| !(0x80..0xa0).contains(byte)),
    }
}

fn text_decode(call: &Call<'_>) -> Outcome {
    let Some(charset) = charset(call.text(1))? else {
        return unsupported("textdecodebase64()");
    };
    let Some(bytes) = decode_base64(call.text(0)) else {
        return Err(FunctionError::argument(0, "the given value has an invalid base64 symbol"));
    };
    let text = match charset {
        Charset::Utf8 => std::string::String::from_utf8(bytes).ok(),
        Charset::Ascii => bytes.is_ascii().then(|| bytes.iter().copied().map(char::from).collect()),
        Charset::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
        Charset::Windows1252 => Some(bytes.iter().copied().map(from_windows_1252).collect()),
        Charset::Utf16 { little } => from_utf16(&bytes, little),
    };
    match text.filter(|text| !text.contains('\u{fffd}')) {
        Some(text) => Ok(text.into()),
        None => Err(FunctionError::argument(
            0,
            format!("the given string contains symbols that are not defined for {}", call.text(1)),
        )),
    }
}

fn from_windows_1252(byte: u8) -> char {
    WINDOWS_1252.get(usize::from(byte).wrapping_sub(0x80)).copied().unwrap_or(char::from(byte))
}

fn from_utf16(bytes: &[u8], little: bool) -> Option<std::string::String> {
    let mut pairs = bytes.chunks_exact(2);
    let units: Vec<u16> = pairs
        .by_ref()
        .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
        .map(|pair| if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
        .collect();
    if pairs.remainder().is_empty() { std::string::String::from_utf16(&units).ok() } else { None }
}

fn csv_decode(call: &Call<'_>) -> Outcome {
    let records = csv_records(call.text(0)).map_err(FunctionError::new)?;
    let mut records = records.into_iter();
    let Some(header) = records.next() else {
        return fail("missing header line");
    };
    let names: Vec<Arc<str>> = header.into_iter().map(|name| normalised(name.into())).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    if let Some([twice, ..]) = sorted.windows(2).find(|pair| pair.first() == pair.last()) {
        return fail(format!("duplicate column name \"{twice}\""));
    }
    let mut rows = Vec::new();
    for record in records {
        if record.len() != names.len() {
            return fail("CSV parse error: wrong number of fields");
        }
        let entries: Entries = names.iter().cloned().zip(record.into_iter().map(Val::from)).collect();
        rows.push(Val::object(entries));
    }
    Ok(Val::list(Type::object(names.into_iter().map(|name| (name, Type::String))), rows))
}

/// Records as Go's `encoding/csv` reads them: empty lines are skipped, a quote inside an unquoted field is an error.
fn csv_records(text: &str) -> Result<Vec<Vec<std::string::String>>, &'static str> {
    let mut records = Vec::new();
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        let mut rest = line_content(line);
        if rest.is_empty() {
            continue;
        }
        let mut record = Vec::new();
        loop {
            let Some(quoted) = rest.strip_prefix('"') else {
                let (field, after) = rest.split_once(',').map_or((rest, None), |(field, after)| (field, Some(after)));
                if field.contains('"') {
                    return Err("CSV parse error: bare \" in non-quoted field");
                }
                record.push(field.to_owned());
                match after {
                    Some(after) => rest = after,
                    None => break,
                }
                continue;
            };
            let mut field = std::string::String::new();
            let mut inner = quoted;
            let after = loop {
                match inner.split_once('"') {
                    Some((part, after)) => {
                        field.push_str(part);
                        match after.strip_prefix('"') {
                            Some(after) => {
                                field.push('"');
                                inner = after;
                            }
                            None => break after,
                        }
                    }
                    None => {
                        field.push_str(inner);
                        field.push('\n');
                        inner = line_content(
                            lines.next().ok_or("CSV parse error: extraneous or missing \" in quoted-field")?,
                        );
                    }
                }
            };
            record.push(field);
            match after.strip_prefix(',') {
                Some(after) => rest = after,
                None if after.is_empty() => break,
                None => return Err("CSV parse error: extraneous or missing \" in quoted-field"),
            }
        }
        records.push(record);
    }
    Ok(records)
}

fn line_content(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}
