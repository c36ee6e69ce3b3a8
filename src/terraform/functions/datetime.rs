//! Functions of timestamps (RFC 3339). The clock is never read.

use crate::terraform::{
    cty::Val,
    functions::{
        FunctionError, Outcome, fail,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{Number, String},
        },
    },
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "formatdate",
        &[Parameter::new("format", String), Parameter::new("time", String)],
        Returns::Always(String),
        format_date,
    ),
    Function::new(
        "timeadd",
        &[Parameter::new("timestamp", String), Parameter::new("duration", String)],
        Returns::Always(String),
        time_add,
    )
    .nullable(),
    Function::new(
        "timecmp",
        &[Parameter::new("timestamp_a", String), Parameter::new("timestamp_b", String)],
        Returns::Always(Number),
        time_compare,
    ),
];

const NANOSECONDS: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

/// A moment with the offset from UTC in which it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timestamp {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    nanoseconds: i128,
    /// Seconds east of UTC.
    offset: i64,
}

/// The fields of a moment in its offset.
struct Fields {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// From 0 = Sunday.
    weekday: usize,
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
/// Source: <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Timestamp {
    /// A moment from the fields of a clock with an offset; `None` when a field is out of its range.
    pub(super) fn from_fields(date: [i64; 3], time: [i64; 3], nanosecond: i128, offset: i64) -> Option<Self> {
        let ([year, month, day], [hour, minute, second]) = (date, time);
        let fits = (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second);
        if !fits {
            return None;
        }
        let seconds = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
        Some(Self { nanoseconds: i128::from(seconds) * NANOSECONDS + nanosecond, offset })
    }

    /// Reads `2006-01-02T15:04:05[.999]Z` or with an offset `±07:00`.
    fn parse(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| {
            let digits = text.get(range)?;
            if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse::<i64>().ok() } else { None }
        };
        let is = |at: usize, byte: u8| text.as_bytes().get(at) == Some(&byte);
        if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
            return None;
        }
        let date = [number(0..4)?, number(5..7)?, number(8..10)?];
        let time = [number(11..13)?, number(14..16)?, number(17..19)?];
        let (nanosecond, zone) = fraction(text.get(19..)?)?;
        Self::from_fields(date, time, nanosecond, offset(zone)?)
    }

    fn fields(self) -> Fields {
        let seconds = i64::try_from(self.nanoseconds.div_euclid(NANOSECONDS)).unwrap_or(0) + self.offset;
        let days = seconds.div_euclid(DAY);
        let time = seconds.rem_euclid(DAY);
        let (year, month, day) = civil_from_days(days);
        let weekday = usize::try_from((days + 4).rem_euclid(7)).unwrap_or(0);
        Fields { year, month, day, hour: time / 3600, minute: time % 3600 / 60, second: time % 60, weekday }
    }

    /// RFC 3339 without fractions of a second.
    pub(super) fn text(self) -> std::string::String {
        let Fields { year, month, day, hour, minute, second, .. } = self.fields();
        let sign = if year < 0 { "-" } else { "" };
        format!("{sign}{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{}", year.abs(), self.zone("Z", ":"))
    }

    fn zone(self, utc: &str, separator: &str) -> std::string::String {
        if self.offset == 0 && !utc.is_empty() {
            return utc.to_owned();
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }
}

/// Nanoseconds of `.999…`, of which nine digits count, and what follows.
pub(super) fn fraction(text: &str) -> Option<(i128, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let count = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (digits, after) = rest.split_at(count);
    if digits.is_empty() {
        return None;
    }
    let nine: std::string::String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
    Some((nine.parse().ok()?, after))
}

/// Seconds east of UTC of `Z` or `±07:00`.
pub(super) fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let two = |text: &str| {
        if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<i64>().ok() } else { None }
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn timestamp(call: &Call<'_>, index: usize) -> Result<Timestamp, FunctionError> {
    Timestamp::parse(call.text(index)).ok_or_else(|| FunctionError::argument(index, "not a valid RFC3339 timestamp"))
}

/// Nanoseconds of a Go duration: `1h30m`, `-1.5h`, `10ms`.
fn duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => NANOSECONDS,
            "m" => 60 * NANOSECONDS,
            "h" => 3600 * NANOSECONDS,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || whole.len() > 19 {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let fraction = fraction.get(..fraction.len().min(18))?;
        let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?.checked_add(part * unit / scale)?;
        rest = after;
    }
    // Go's durations have 64 bits.
    (total <= i128::from(i64::MAX)).then_some(if negative { -total } else { total })
}

fn time_add(call: &Call<'_>) -> Outcome {
    let time = timestamp(call, 0)?;
    match duration(call.text(1)) {
        Some(duration) => Ok(Timestamp { nanoseconds: time.nanoseconds + duration, ..time }.text().into()),
        None => fail(format!("time: invalid duration \"{}\"", call.text(1))),
    }
}

fn time_compare(call: &Call<'_>) -> Outcome {
    let (a, b) = (timestamp(call, 0)?, timestamp(call, 1)?);
    Ok(Val::number(a.nanoseconds.cmp(&b.nanoseconds) as i64))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

fn format_date(call: &Call<'_>) -> Outcome {
    let time = timestamp(call, 1)?;
    let fields = time.fields();
    let mut out = std::string::String::new();
    let mut rest = call.text(0);
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(rest, &mut out)?;
            continue;
        }
        let end = if first.is_ascii_alphabetic() {
            rest.find(|c| c != first)
        } else {
            rest.find(|c: char| c == '\'' || c.is_ascii_alphabetic())
        };
        let (token, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        if first.is_ascii_alphabetic() {
            let text = verb(token, first, time, &fields);
            out.push_str(
                &text.ok_or_else(|| FunctionError::argument(0, format!("invalid date format verb \"{token}\"")))?,
            );
        } else {
            out.push_str(token);
        }
    }
    Ok(out.into())
}

/// Copies a text in single quotes, in which two stand for one; `''` alone is a quote. Returns what follows.
fn quoted<'t>(text: &'t str, out: &mut std::string::String) -> Result<&'t str, FunctionError> {
    if let Some(after) = text.strip_prefix("''") {
        out.push('\'');
        return Ok(after);
    }
    let mut rest = text.strip_prefix('\'').unwrap_or(text);
    loop {
        let Some((part, after)) = rest.split_once('\'') else {
            return Err(FunctionError::argument(0, "unterminated literal '"));
        };
        out.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Ok(after),
        }
    }
}

fn verb(token: &str, letter: char, time: Timestamp, fields: &Fields) -> Option<std::string::String> {
    let count = token.len();
    let number = |value: i64| match count {
        1 => Some(value.to_string()),
        2 => Some(format!("{value:02}")),
        _ => None,
    };
    let name = |names: &[&str], index: usize| match (count, names.get(index)?) {
        (3, name) => name.get(..3).map(str::to_owned),
        (4, name) => Some((*name).to_owned()),
        _ => None,
    };
    match letter {
        'Y' if count == 2 => Some(format!("{:02}", fields.year % 100)),
        'Y' if count == 4 => Some(format!("{:04}", fields.year)),
        'M' if count < 3 => number(fields.month),
        'M' => name(&MONTHS, usize::try_from(fields.month - 1).ok()?),
        'D' => number(fields.day),
        'E' => name(&WEEKDAYS, fields.weekday),
        'h' => number(fields.hour),
        'H' => number((fields.hour + 11) % 12 + 1),
        'm' => number(fields.minute),
        's' => number(fields.second),
        'A' if count == 2 => Some(if fields.hour < 12 { "AM" } else { "PM" }.to_owned()),
        'a' if count == 2 => Some(if fields.hour < 12 { "am" } else { "pm" }.to_owned()),
        'Z' if count == 1 => Some(time.zone("Z", ":")),
        'Z' if count == 3 => Some(time.zone("UTC", "")),
        'Z' if count == 4 => Some(time.zone("", "")),
        'Z' if count == 5 => Some(time.zone("", ":")),
        _ => None,
    }
}
