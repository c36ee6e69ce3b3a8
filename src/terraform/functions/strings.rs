//! Functions that change one string.

use std::sync::LazyLock;

use ::regex::Regex;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::terraform::{
    cty::Val,
    functions::{
        FunctionError, MAX_TEXT, Outcome,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{Number, String},
        },
    },
};

const STR: Parameter = Parameter::new("str", String);
const TEXT: Returns = Returns::Always(String);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("upper", &[STR.dynamic()], TEXT, |call| {
        Ok(call.text(0).chars().map(upper).collect::<std::string::String>().into())
    }),
    Function::new("lower", &[STR.dynamic()], TEXT, |call| {
        Ok(call.text(0).chars().map(lower).collect::<std::string::String>().into())
    }),
    Function::new("strrev", &[STR.dynamic()], TEXT, |call| {
        Ok(call.text(0).graphemes(true).rev().collect::<std::string::String>().into())
    }),
    Function::new("title", &[STR], TEXT, |call| Ok(title(call.text(0)).into())),
    Function::new("trimspace", &[STR], TEXT, |call| Ok(call.text(0).trim().into())),
    Function::new("chomp", &[STR], TEXT, |call| Ok(call.text(0).trim_end_matches(['\r', '\n']).into())),
    Function::new("trim", &[STR, Parameter::new("cutset", String)], TEXT, |call| {
        let set: Vec<char> = call.text(1).chars().collect();
        Ok(call.text(0).trim_matches(&*set).into())
    }),
    Function::new("trimprefix", &[STR, Parameter::new("prefix", String)], TEXT, |call| {
        let text = call.text(0);
        Ok(text.strip_prefix(call.text(1)).unwrap_or(text).into())
    }),
    Function::new("trimsuffix", &[STR, Parameter::new("suffix", String)], TEXT, |call| {
        let text = call.text(0);
        Ok(text.strip_suffix(call.text(1)).unwrap_or(text).into())
    }),
    Function::new("indent", &[Parameter::new("spaces", Number), STR], TEXT, indent),
    Function::new(
        "substr",
        &[STR.dynamic(), Parameter::new("offset", Number).dynamic(), Parameter::new("length", Number).dynamic()],
        TEXT,
        |call| Ok(substring(call.text(0), call.integer(1)?, call.integer(2)?).into()),
    ),
];

/// Go's `unicode.ToUpper`: the simple mapping of one character to one.
fn upper(c: char) -> char {
    let mut full = c.to_uppercase();
    match (full.next(), full.next()) {
        (Some(single), None) => single,
        // Greek letters with an iota subscript have a simple mapping beside the full one; others stay.
        _ => match c {
            '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => offset(c, 8),
            '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => offset(c, 9),
            _ => c,
        },
    }
}

fn offset(c: char, by: u32) -> char {
    char::from_u32(u32::from(c) + by).unwrap_or(c)
}

/// Go's `unicode.ToLower`.
fn lower(c: char) -> char {
    if c == '\u{130}' { 'i' } else { c.to_lowercase().next().unwrap_or(c) }
}

/// Go's `unicode.ToTitle`: as upper case, but for the digraphs and Georgian.
fn title_case(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => c,
        _ => upper(c),
    }
}

static LETTER_OR_DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{Nd}]$").ok());

/// Go's `strings.Title`: a letter after a separator becomes title case.
fn title(text: &str) -> std::string::String {
    let mut before = ' ';
    let change = |c: char| {
        let after = std::mem::replace(&mut before, c);
        if is_separator(after) { title_case(c) } else { c }
    };
    text.chars().map(change).collect()
}

fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        return !(c.is_ascii_alphanumeric() || c == '_');
    }
    let word = LETTER_OR_DIGIT.as_ref().is_some_and(|regex| regex.is_match(c.encode_utf8(&mut [0; 4])));
    !word && c.is_whitespace()
}

fn indent(call: &Call<'_>) -> Outcome {
    let text = call.text(1);
    let spaces = usize::try_from(call.integer(0)?).map_err(|_| FunctionError::argument(0, "must not be negative"))?;
    let lines = text.matches('\n').count();
    if spaces.saturating_mul(lines).saturating_add(text.len()) > MAX_TEXT {
        return call.over("length of a string");
    }
    if lines == 0 {
        return Ok(text.into());
    }
    Ok(text.replace('\n', &format!("\n{}", " ".repeat(spaces))).into())
}

/// By grapheme clusters. A negative offset counts from the end, a negative length means the rest; a length of zero
/// after a negative offset means the rest too, as Terraform has it.
fn substring(text: &str, offset: i64, length: i64) -> &str {
    let clusters: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
    let count = i64::try_from(clusters.len()).unwrap_or(i64::MAX);
    let from_end = offset < 0;
    let start = if from_end { offset.saturating_add(count) } else { offset }.max(0);
    if !from_end && length == 0 {
        return "";
    }
    let at =
        |index: i64| usize::try_from(index).ok().and_then(|index| clusters.get(index)).copied().unwrap_or(text.len());
    let end = if length <= 0 { text.len() } else { at(start.saturating_add(length)) };
    text.get(at(start)..end).unwrap_or_default()
}

/// The value of a text that another function computed, when it is not too long.
pub(super) fn bounded(call: &Call<'_>, text: std::string::String) -> Outcome {
    if text.len() > MAX_TEXT { call.over("length of a string") } else { Ok(Val::string(text)) }
}
