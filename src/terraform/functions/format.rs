//! `format` and `formatlist`. In: a format string with verbs, and values. Out: text as Go's `fmt` prints it.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::terraform::{
    cty::{Kind, Number, Type, Val, convert, digits, refine::safe_prefix},
    functions::{
        FunctionError, MAX_TEXT, Outcome, fail, json,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{Any, List, String as Text},
        },
    },
};

const FORMAT: &[Parameter] = &[Parameter::new("format", Text)];
const ARGS: Parameter = Parameter::new("args", Any).null().unknown();

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("format", FORMAT, Returns::Always(Text), format).rest(ARGS),
    Function::new("formatlist", FORMAT, Returns::Always(List(&Text)), format_list).rest(ARGS),
];

/// Budget: the largest width or precision; more would fill the memory.
const MAX_WIDTH: usize = 1_000_000;

/// A piece of a format string.
pub(super) enum Segment<'f> {
    /// Text to copy.
    Literal(&'f str),
    /// An argument to print.
    Verb(Verb<'f>),
}

/// `%[flags][width][.precision][[index]]mode`
pub(super) struct Verb<'f> {
    raw: &'f str,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
    /// The argument that it prints, from 1.
    pub argument: usize,
    pub mode: char,
}

impl Verb<'_> {
    /// Whether it prints a string argument as it is.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.mode, 's' | 'v') && self.is_bare()
    }

    /// Whether it has neither flags nor width nor precision.
    pub(super) fn is_bare(&self) -> bool {
        !(self.sharp || self.plus || self.space) && self.width.is_none() && self.precision.is_none()
    }
}

/// Takes a format string apart.
pub(super) fn segments(format: &str) -> Result<Vec<Segment<'_>>, FunctionError> {
    let mut result = Vec::new();
    let mut rest = format;
    let mut next_argument = 1;
    while let Some(at) = rest.find('%') {
        let (before, after) = rest.split_at(at);
        if !before.is_empty() {
            result.push(Segment::Literal(before));
        }
        if let Some(after) = after.strip_prefix("%%") {
            result.push(Segment::Literal("%"));
            rest = after;
            continue;
        }
        let (verb, after) = verb(after, next_argument)?;
        next_argument = verb.argument + 1;
        result.push(Segment::Verb(verb));
        rest = after;
    }
    if !rest.is_empty() {
        result.push(Segment::Literal(rest));
    }
    Ok(result)
}

fn verb(text: &str, next_argument: usize) -> Result<(Verb<'_>, &str), FunctionError> {
    let wrong = || FunctionError::argument(0, "invalid format string");
    let mut verb = Verb {
        raw: "",
        zero: false,
        sharp: false,
        plus: false,
        minus: false,
        space: false,
        width: None,
        precision: None,
        argument: next_argument,
        mode: 'v',
    };
    let mut rest = text.strip_prefix('%').ok_or_else(wrong)?;
    while let Some(c) = rest.chars().next() {
        match c {
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            '+' => verb.plus = true,
            '-' => verb.minus = true,
            ' ' => verb.space = true,
            _ => break,
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = |text: &str| text.parse().unwrap_or(usize::MAX);
    let (width, after) = rest.split_at(digits(rest));
    if !width.is_empty() {
        verb.width = Some(number(width));
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = after.split_at(digits(after));
        verb.precision = Some(if precision.is_empty() { 0 } else { number(precision) });
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (index, after) = after.split_at(digits(after));
        rest = after.strip_prefix(']').filter(|_| !index.is_empty() && !index.starts_with('0')).ok_or_else(wrong)?;
        verb.argument = number(index);
    }
    verb.mode = rest.chars().next().filter(char::is_ascii_alphabetic).ok_or_else(wrong)?;
    rest = rest.get(1..).unwrap_or_default();
    verb.raw = text.get(..text.len() - rest.len()).unwrap_or_default();
    Ok((verb, rest))
}

fn format(call: &Call<'_>) -> Outcome {
    let args = call.args.get(1..).unwrap_or_default();
    if args.iter().all(Val::is_wholly_known) {
        return match print(call.text(0), args)? {
            Some(text) => Ok(text.into()),
            None => call.over("length of a string"),
        };
    }
    let result = Val::unknown(Type::String);
    match call.text(0).find('%') {
        Some(at) if at > 0 => Ok(result.refine_whole_prefix(safe_prefix(call.text(0).get(..at).unwrap_or_default()))),
        _ => Ok(result),
    }
}

fn format_list(call: &Call<'_>) -> Outcome {
    let args = call.args.get(1..).unwrap_or_default();
    let mut length: Option<usize> = None;
    let mut undecided = false;
    for (index, arg) in args.iter().enumerate() {
        let this = match (arg.ty(), arg.as_items()) {
            _ if arg.is_null() => continue,
            (Type::Tuple(types), items) => {
                undecided |= items.is_none();
                types.len()
            }
            (Type::Set(_), Some(items)) if items.len() > 1 && !arg.is_wholly_known() => {
                undecided = true;
                continue;
            }
            (Type::List(_) | Type::Set(_), Some(items)) => items.len(),
            (Type::List(_) | Type::Set(_), None) => {
                undecided = true;
                continue;
            }
            _ => continue,
        };
        if length.is_some_and(|length| length != this) {
            return Err(FunctionError::argument(
                index + 1,
                format!("argument {} has length {this}, which is inconsistent", index + 1),
            ));
        }
        length = Some(this);
    }
    if undecided {
        return call.unknown();
    }
    let mut results = Vec::new();
    let mut total = 0;
    for row in 0..length.unwrap_or(1) {
        let of_row = |arg: &Val| arg.as_items().and_then(|items| items.get(row)).unwrap_or(arg).clone();
        let row: Vec<Val> = args.iter().map(of_row).collect();
        if !row.iter().all(Val::is_wholly_known) {
            results.push(Val::unknown_not_null(Type::String));
            continue;
        }
        match print(call.text(0), &row)? {
            Some(text) => {
                total += text.len();
                results.push(text.into());
            }
            None => return call.over("length of a string"),
        }
        if total > MAX_TEXT {
            return call.over("length of a string");
        }
    }
    Ok(Val::list(Type::String, results))
}

/// `None` when the text would be too long.
fn print(format: &str, args: &[Val]) -> Result<Option<String>, FunctionError> {
    let mut out = String::new();
    let mut highest = 0;
    for segment in segments(format)? {
        match segment {
            Segment::Literal(text) => out.push_str(text),
            Segment::Verb(verb) => {
                highest = highest.max(verb.argument);
                let Some(arg) = verb.argument.checked_sub(1).and_then(|index| args.get(index)) else {
                    return fail(format!(
                        "not enough arguments for {:?}: need index {} but have {} total",
                        verb.raw,
                        verb.argument,
                        args.len()
                    ));
                };
                if verb.width.max(verb.precision).is_some_and(|size| size > MAX_WIDTH) {
                    return Ok(None);
                }
                out.push_str(&print_one(&verb, arg)?);
            }
        }
        if out.len() > MAX_TEXT {
            return Ok(None);
        }
    }
    if highest < args.len() {
        return Err(FunctionError::argument(highest + 1, "too many arguments for the format string"));
    }
    Ok(Some(out))
}

fn print_one(verb: &Verb<'_>, arg: &Val) -> Result<String, FunctionError> {
    let wrong = |what: &str| FunctionError::new(format!("unsupported value for {:?}: {what}", verb.raw));
    if verb.mode != 'v' && arg.is_null() {
        return Err(wrong("null value cannot be formatted"));
    }
    let converted = |ty: Type| convert(arg, &ty).map_err(|error| wrong(&error.to_string()));
    match verb.mode {
        'v' => {
            let text = match &arg.kind {
                Kind::String(text) if !verb.sharp => text.text.to_string(),
                Kind::Number(number) if !verb.sharp => general(number, None, 'e'),
                _ => json::encode(arg).ok_or_else(|| wrong("cannot serialize infinity as JSON"))?,
            };
            Ok(pad(verb, text))
        }
        't' => Ok(if converted(Type::Bool)?.as_bool() == Some(true) { "true" } else { "false" }.to_owned()),
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let value = converted(Type::Number)?;
            let number = value.as_number().filter(|number| number.is_integer());
            Ok(integer(verb, number.ok_or_else(|| wrong("an integer is required"))?))
        }
        'e' | 'E' | 'f' | 'g' | 'G' => {
            let value = converted(Type::Number)?;
            value.as_number().map(|number| decimal(verb, number)).ok_or_else(|| wrong("a number is required"))
        }
        's' | 'q' => {
            let value = converted(Type::String)?;
            let text = value.as_str().unwrap_or_default();
            let text = match verb.precision.filter(|precision| *precision > 0) {
                Some(precision) => text.graphemes(true).take(precision).collect(),
                None => text.to_owned(),
            };
            if verb.mode == 's' {
                return Ok(pad(verb, text));
            }
            let mut quoted = String::new();
            json::write_string(&text, &mut quoted);
            Ok(pad(verb, quoted))
        }
        other => fail(format!("unsupported format verb '{other}' in {:?}", verb.raw)),
    }
}

/// To the width in grapheme clusters.
fn pad(verb: &Verb<'_>, text: String) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(text.graphemes(true).count());
    let padding = if verb.zero { "0" } else { " " }.repeat(missing);
    if verb.minus { text + &padding } else { padding + &text }
}

fn sign(verb: &Verb<'_>, negative: bool) -> &'static str {
    if negative {
        "-"
    } else if verb.plus {
        "+"
    } else if verb.space {
        " "
    } else {
        ""
    }
}

/// Go's `big.Int` formatting.
fn integer(verb: &Verb<'_>, number: &Number) -> String {
    let (base, prefix) = match verb.mode {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let magnitude = number.magnitude().unwrap_or_default();
    let digits = magnitude.in_radix(base).to_string();
    let digits = if verb.mode == 'X' { digits.to_uppercase() } else { digits };
    let prefix = if verb.sharp { prefix } else { "" };
    let sign = sign(verb, number.is_negative());
    if verb.precision == Some(0) && digits == "0" {
        return String::new();
    }
    let mut zeros = verb.precision.unwrap_or(0).saturating_sub(digits.len());
    let length = sign.len() + prefix.len() + zeros + digits.len();
    let missing = verb.width.unwrap_or(0).saturating_sub(length);
    let (mut left, mut right) = (0, 0);
    if verb.minus {
        right = missing;
    } else if verb.zero && verb.precision.is_none() {
        zeros = missing;
    } else {
        left = missing;
    }
    format!("{}{sign}{prefix}{}{digits}{}", " ".repeat(left), "0".repeat(zeros), " ".repeat(right))
}

/// Go's `big.Float` formatting.
fn decimal(verb: &Verb<'_>, number: &Number) -> String {
    let magnitude = number.abs();
    let text = match verb.mode {
        _ if number.is_infinite() => "Inf".to_owned(),
        'f' => magnitude.fixed(verb.precision.unwrap_or(6)),
        'e' | 'E' => {
            let places = verb.precision.unwrap_or(6);
            let (digits, point) = magnitude.decimal();
            let (digits, point) = rounded(digits, point, places + 1);
            exponential(&digits, point, places, verb.mode)
        }
        mode => general(&magnitude, verb.precision, if mode == 'G' { 'E' } else { 'e' }),
    };
    let sign = sign(verb, number.sign_bit());
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + text.len());
    if verb.minus {
        format!("{sign}{text}{}", " ".repeat(missing))
    } else if verb.zero && !number.is_infinite() {
        format!("{sign}{}{text}", "0".repeat(missing))
    } else {
        format!("{}{sign}{text}", " ".repeat(missing))
    }
}

fn rounded(digits: Vec<u8>, point: i64, keep: usize) -> (Vec<u8>, i64) {
    if keep >= digits.len() {
        return (digits, point);
    }
    let up = digits::rounds_up(&digits, keep);
    digits::round_digits(&digits, point, keep, up)
}

/// `%g`: an exponent when it is small or as large as the precision (6 for the shortest form), else none.
fn general(number: &Number, precision: Option<usize>, exponent_sign: char) -> String {
    let sign = if number.sign_bit() { "-" } else { "" };
    if number.is_infinite() {
        return number.text();
    }
    let (digits, point) = match precision {
        None => number.shortest(),
        Some(precision) => {
            let (digits, point) = number.decimal();
            rounded(digits, point, precision.max(1))
        }
    };
    let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let wanted = precision.map_or(count, |precision| i64::try_from(precision.max(1)).unwrap_or(i64::MAX));
    let limit = match precision {
        None => 6,
        Some(_) if wanted > count && count >= point => count,
        Some(_) => wanted,
    };
    let exponent = point - 1;
    let text = if exponent < -4 || exponent >= limit {
        let places = usize::try_from(wanted.min(count) - 1).unwrap_or(0);
        exponential(&digits, point, places, exponent_sign)
    } else {
        digits::place_point(&digits, point)
    };
    format!("{sign}{text}")
}

fn exponential(digits: &[u8], point: i64, places: usize, exponent_sign: char) -> String {
    let text = String::from_utf8_lossy(digits);
    let (first, rest) = if text.is_empty() { ("0", "") } else { text.split_at(1) };
    let exponent = if text.is_empty() { 0 } else { point - 1 };
    let fraction = if places > 0 { format!(".{rest:0<places$}") } else { String::new() };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{fraction}{exponent_sign}{sign}{:02}", exponent.abs())
}
