//! Numbers of the model: exact decimal text, since Terraform's have 512 bits and JSON's any number of digits.

use std::{fmt, sync::Arc};

/// A finite number as its shortest decimal text without exponent (`-12`, `0.5`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(Arc<str>);

impl Number {
    /// From decimal text that the caller has brought into the canonical form.
    pub fn from_text(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The decimal text.
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// The whole number, when it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The nearest double.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.to_string().into())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The whole number that a plain scalar is by YAML 1.1: decimal, `0777` and `0o7` octal, `0x1F`, `0b1`, `1_000`, `22:22`
/// to the base 60, and `1e3` or `1.0` where that is whole.
///
/// Source: <https://yaml.org/type/int.html>.
pub fn yaml_integer(text: &str) -> Option<i64> {
    let text = text.trim().replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let is_octal =
        digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| (b'0'..b'8').contains(&byte));
    let magnitude = if let Some(hex) = digits.strip_prefix("0x") {
        i64::from_str_radix(hex, 16).ok()
    } else if let Some(octal) = digits.strip_prefix("0o").or_else(|| digits.strip_prefix('0').filter(|_| is_octal)) {
        i64::from_str_radix(octal, 8).ok()
    } else if let Some(binary) = digits.strip_prefix("0b") {
        i64::from_str_radix(binary, 2).ok()
    } else if digits.contains(':') {
        digits
            .split(':')
            .try_fold(0_i64, |sum, part| sum.checked_mul(60)?.checked_add(part.parse::<u32>().ok()?.into()))
    } else {
        digits.parse().ok().or_else(|| whole(digits))
    };
    magnitude.map(|number| if negative { -number } else { number })
}

/// A decimal number with fraction or exponent, when it is whole.
fn whole(digits: &str) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number: f64 = digits.parse().ok()?;
    #[allow(clippy::cast_possible_truncation)]
    (digits.starts_with(|c: char| c.is_ascii_digit()) && number.fract() == 0.0 && number < EXACT)
        .then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::yaml_integer;

    #[test]
    fn integers_of_yaml() {
        let cases = [
            ("35", 35),
            ("0777", 511),
            ("0o7", 7),
            ("0x1F", 31),
            ("1_000", 1000),
            ("22:22", 1342),
            ("1e3", 1000),
            ("-5", -5),
            ("0", 0),
        ];
        for (text, number) in cases {
            assert_eq!(yaml_integer(text), Some(number), "{text}");
        }
        assert!(["", "x", "1.5", "08x", "inf"].into_iter().all(|text| yaml_integer(text).is_none()));
    }
}
