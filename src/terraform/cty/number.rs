//! Terraform's numbers: binary floating point with up to 512 bits of mantissa, rounded half to even.
//! In: number text, integers, doubles. Out: exact arithmetic results and the shortest decimal text that reads back.
//!
//! A number has its own precision, as in Go's `big.Float`: 512 bits from text, 64 from a count, 53 from a function
//! that computes with doubles. An operation has the larger precision of its operands, and printing depends on it.

use std::{cmp::Ordering, fmt};

use dashu_base::{BitTest as _, DivRem as _};
use dashu_int::UBig;

use crate::terraform::cty::digits::{decimal, place_point, round_digits, rounds_up};

/// Precision of numbers that are read from text, in bits.
pub const TEXT_PRECISION: u32 = 512;
/// Precision of numbers that come from an integer of the evaluator.
pub const INTEGER_PRECISION: u32 = 64;
/// Precision of numbers that come from a double.
pub const DOUBLE_PRECISION: u32 = 53;
/// Budget: a number of more bits than this before or after its point overflows to infinity or underflows to zero.
/// Go allows 2³¹; the digits of such a number would fill the memory.
const MAX_EXPONENT: i64 = 1 << 20;

/// A number of the language. `-0` and the infinities exist, as in Go.
#[derive(Clone, Debug)]
pub struct Number {
    negative: bool,
    infinite: bool,
    /// Odd, or zero.
    mantissa: UBig,
    exponent: i64,
    precision: u32,
}

/// Why an operation has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// 0/0, ∞-∞ and the like.
    #[error("the result is not a number")]
    NotANumber,
}

impl Number {
    /// Zero, as the evaluator counts.
    pub const ZERO: Self =
        Self { negative: false, infinite: false, mantissa: UBig::ZERO, exponent: 0, precision: INTEGER_PRECISION };

    fn infinity(negative: bool, precision: u32) -> Self {
        Self { negative, infinite: true, mantissa: UBig::ZERO, exponent: 0, precision }
    }

    /// `mantissa` · 2^`exponent`, rounded; `sticky` says that the true mantissa is a little larger.
    fn rounded(negative: bool, mut mantissa: UBig, mut exponent: i64, precision: u32, sticky: bool) -> Self {
        let bits = mantissa.bit_len();
        let keep = precision as usize;
        if bits > keep {
            let cut = bits - keep;
            let half = mantissa.bit(cut - 1);
            let below = sticky || mantissa.trailing_zeros().is_some_and(|zeros| zeros < cut - 1);
            mantissa >>= cut;
            exponent += i64::try_from(cut).unwrap_or(i64::MAX);
            if half && (below || mantissa.bit(0)) {
                mantissa += 1u8;
            }
        }
        match mantissa.trailing_zeros() {
            None => return Self { negative, infinite: false, mantissa, exponent: 0, precision },
            Some(0) => {}
            Some(zeros) => {
                mantissa >>= zeros;
                exponent += i64::try_from(zeros).unwrap_or(i64::MAX);
            }
        }
        let top = exponent.saturating_add(i64::try_from(mantissa.bit_len()).unwrap_or(i64::MAX));
        if top > MAX_EXPONENT {
            return Self::infinity(negative, precision);
        }
        if top < -MAX_EXPONENT {
            return Self { negative, precision, ..Self::ZERO };
        }
        Self { negative, infinite: false, mantissa, exponent, precision }
    }

    /// Reads decimal text as Go's `big.ParseFloat` with base 10 does: sign, digits with at most one point, exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, body) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text),
        };
        if body == "Inf" || body == "inf" {
            return Some(Self::infinity(negative, TEXT_PRECISION));
        }
        let (digits, exponent) = match body.find(['e', 'E']) {
            Some(at) => (body.get(..at)?, parse_exponent(body.get(at + 1..)?)?),
            None => (body, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mantissa = UBig::from_str_radix(std::str::from_utf8(&all).ok()?, 10).ok()?;
        let scale = exponent.saturating_sub(i64::try_from(fraction.len()).ok()?);
        Some(Self::from_decimal(negative, mantissa, scale))
    }

    /// `mantissa` · 10^`scale` as Go computes it: the power of five is itself rounded, to 64 bits more.
    fn from_decimal(negative: bool, mantissa: UBig, scale: i64) -> Self {
        let exact = Self::rounded(negative, mantissa.clone(), 0, u32::MAX, false);
        if scale == 0 || exact.mantissa == UBig::ZERO {
            return exact.with_precision(TEXT_PRECISION);
        }
        if scale.abs() > MAX_EXPONENT {
            return if scale > 0 {
                Self::infinity(negative, TEXT_PRECISION)
            } else {
                Self { negative, precision: TEXT_PRECISION, ..Self::ZERO }
            };
        }
        let power = power_of_five(scale.unsigned_abs(), TEXT_PRECISION + 64);
        let shifted = Self { exponent: exact.exponent + scale, ..exact };
        if scale > 0 {
            Self::product(&shifted, &power, TEXT_PRECISION)
        } else {
            Self::quotient(&shifted, &power, TEXT_PRECISION)
        }
    }

    fn with_precision(self, precision: u32) -> Self {
        if self.infinite {
            return Self { precision, ..self };
        }
        Self::rounded(self.negative, self.mantissa, self.exponent, precision, false)
    }

    /// A double; `None` for NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Self::infinity(value < 0.0, DOUBLE_PRECISION));
        }
        let bits = value.to_bits();
        let biased = i64::try_from(bits >> 52 & 0x7ff).unwrap_or(0);
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
        Some(Self::rounded(value.is_sign_negative(), UBig::from(mantissa), exponent, DOUBLE_PRECISION, false))
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        let magnitude = if self.infinite { f64::INFINITY } else { self.magnitude_f64() };
        if self.negative { -magnitude } else { magnitude }
    }

    fn magnitude_f64(&self) -> f64 {
        let top = self.exponent + i64::try_from(self.mantissa.bit_len()).unwrap_or(i64::MAX);
        // Subnormal doubles have fewer bits.
        let bits = (top + 1074).clamp(0, 53);
        if bits == 0 && top < -1074 {
            return 0.0;
        }
        let cut =
            Self::rounded(false, self.mantissa.clone(), self.exponent, u32::try_from(bits.max(1)).unwrap_or(53), false);
        let mantissa = u64::try_from(&cut.mantissa).unwrap_or(u64::MAX) as f64;
        let exponent = i32::try_from(cut.exponent).unwrap_or(i32::MAX).clamp(-2200, 2200);
        // In two steps, so that neither factor overflows where the product does not.
        mantissa * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2)
    }

    /// The whole number, when it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        let whole = self.to_u128_magnitude()?;
        if self.negative { i64::try_from(-i128::try_from(whole).ok()?).ok() } else { i64::try_from(whole).ok() }
    }

    /// The whole number at least zero, when it is one and fits.
    pub fn to_usize(&self) -> Option<usize> {
        if self.is_negative() { None } else { usize::try_from(self.to_u128_magnitude()?).ok() }
    }

    fn to_u128_magnitude(&self) -> Option<u128> {
        if !self.is_integer() || self.exponent > 127 {
            return None;
        }
        u128::try_from(&self.mantissa << usize::try_from(self.exponent).ok()?).ok()
    }

    /// The magnitude of a whole number of any size.
    pub fn magnitude(&self) -> Option<UBig> {
        if !self.is_integer() {
            return None;
        }
        Some(&self.mantissa << usize::try_from(self.exponent).ok()?)
    }

    /// A whole number of any size, with the precision that Go gives to it: at least 64 bits.
    pub fn from_integer(negative: bool, magnitude: UBig) -> Self {
        let precision = u32::try_from(magnitude.bit_len()).unwrap_or(u32::MAX).max(INTEGER_PRECISION);
        Self::rounded(negative, magnitude, 0, precision, false)
    }

    /// Whether it is zero, of either sign.
    pub fn is_zero(&self) -> bool {
        !self.infinite && self.mantissa == UBig::ZERO
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative && !self.is_zero()
    }

    /// Whether the sign bit is set, also for `-0`.
    pub fn sign_bit(&self) -> bool {
        self.negative
    }

    /// Whether it is ∞ or -∞, which no plan can hold.
    pub fn is_infinite(&self) -> bool {
        self.infinite
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        !self.infinite && self.exponent >= 0
    }

    /// Its precision in bits.
    pub fn precision(&self) -> u32 {
        self.precision
    }

    /// The sum.
    ///
    /// # Errors
    /// ∞ - ∞.
    pub fn add(&self, other: &Self) -> Result<Self, NumberError> {
        let precision = self.precision.max(other.precision);
        match (self.infinite, other.infinite) {
            (true, true) if self.negative != other.negative => return Err(NumberError::NotANumber),
            (true, _) => return Ok(Self::infinity(self.negative, precision)),
            (_, true) => return Ok(Self::infinity(other.negative, precision)),
            _ => {}
        }
        let exponent = self.exponent.min(other.exponent);
        let aligned = |n: &Self| &n.mantissa << usize::try_from(n.exponent - exponent).unwrap_or(0);
        let (a, b) = (aligned(self), aligned(other));
        let (negative, mantissa) = if self.negative == other.negative {
            (self.negative, a + b)
        } else {
            match a.cmp(&b) {
                Ordering::Equal => (false, UBig::ZERO),
                Ordering::Greater => (self.negative, a - b),
                Ordering::Less => (other.negative, b - a),
            }
        };
        Ok(Self::rounded(negative, mantissa, exponent, precision, false))
    }

    /// The difference.
    ///
    /// # Errors
    /// ∞ - ∞.
    pub fn sub(&self, other: &Self) -> Result<Self, NumberError> {
        self.add(&other.neg())
    }

    /// The negation.
    #[must_use]
    pub fn neg(&self) -> Self {
        Self { negative: !self.negative, ..self.clone() }
    }

    /// The magnitude.
    #[must_use]
    pub fn abs(&self) -> Self {
        Self { negative: false, ..self.clone() }
    }

    /// The product, as precise as the operands or as it needs, up to 512 bits.
    ///
    /// # Errors
    /// 0 · ∞.
    pub fn mul(&self, other: &Self) -> Result<Self, NumberError> {
        if (self.infinite && other.is_zero()) || (other.infinite && self.is_zero()) {
            return Err(NumberError::NotANumber);
        }
        let product = Self::product(self, other, TEXT_PRECISION);
        let needed = u32::try_from(product.mantissa.bit_len()).unwrap_or(u32::MAX);
        Ok(product.with_precision(self.precision.max(other.precision).max(needed)))
    }

    fn product(a: &Self, b: &Self, precision: u32) -> Self {
        let negative = a.negative != b.negative;
        if a.infinite || b.infinite {
            return Self::infinity(negative, precision);
        }
        Self::rounded(negative, &a.mantissa * &b.mantissa, a.exponent + b.exponent, precision, false)
    }

    /// The quotient; a number divided by zero is infinite.
    ///
    /// # Errors
    /// 0/0 and ∞/∞.
    pub fn div(&self, other: &Self) -> Result<Self, NumberError> {
        if (self.is_zero() && other.is_zero()) || (self.infinite && other.infinite) {
            return Err(NumberError::NotANumber);
        }
        Ok(Self::quotient(self, other, self.precision.max(other.precision)))
    }

    fn quotient(a: &Self, b: &Self, precision: u32) -> Self {
        let negative = a.negative != b.negative;
        if a.infinite || b.is_zero() {
            return Self::infinity(negative, precision);
        }
        if b.infinite || a.is_zero() {
            return Self { negative, precision, ..Self::ZERO };
        }
        // Enough bits that at least one more than the precision is computed.
        let shift = (precision as usize + 2 + b.mantissa.bit_len()).saturating_sub(a.mantissa.bit_len());
        let (quotient, rest) = (&a.mantissa << shift).div_rem(&b.mantissa);
        let exponent = a.exponent - b.exponent - i64::try_from(shift).unwrap_or(0);
        Self::rounded(negative, quotient, exponent, precision, rest != UBig::ZERO)
    }

    /// The remainder with the sign of the dividend, as HCL defines `%`: `a - b·trunc(a/b)`; `a` when `b` is zero.
    ///
    /// # Errors
    /// 0 % ∞.
    pub fn rem(&self, other: &Self) -> Result<Self, NumberError> {
        // The language says that x % 0 is x, whatever x.
        if other.is_zero() {
            return Ok(self.clone());
        }
        if self.infinite || other.infinite {
            return self.mul(other);
        }
        let whole = self.div(other)?.trunc();
        let product = Self::product(other, &whole, self.precision);
        let precision = self.precision;
        Ok(self.sub(&product)?.with_precision(precision))
    }

    /// Towards zero.
    #[must_use]
    pub fn trunc(&self) -> Self {
        if self.infinite || self.exponent >= 0 {
            return self.clone();
        }
        let cut = usize::try_from(-self.exponent).unwrap_or(usize::MAX);
        let mantissa = if cut >= self.mantissa.bit_len() { UBig::ZERO } else { &self.mantissa >> cut };
        Self::rounded(self.negative, mantissa, 0, self.precision, false)
    }

    /// The largest whole number not above it, as precise as it needs to be.
    #[must_use]
    pub fn floor(&self) -> Self {
        self.toward(true)
    }

    /// The smallest whole number not below it.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.toward(false)
    }

    fn toward(&self, down: bool) -> Self {
        if self.infinite || self.exponent >= 0 {
            return self.clone();
        }
        let magnitude = self.trunc().magnitude().unwrap_or_default();
        let magnitude = if self.negative == down { magnitude + 1u8 } else { magnitude };
        let negative = self.negative && magnitude != UBig::ZERO;
        Self::from_integer(negative, magnitude)
    }

    /// -1, 0 or 1.
    pub fn signum(&self) -> i64 {
        if self.is_zero() { 0 } else { 1 - 2 * i64::from(self.negative) }
    }

    /// The shortest decimal text that reads back as this number at its precision; never an exponent.
    pub fn text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        if self.infinite {
            return format!("{}Inf", if self.negative { "-" } else { "+" });
        }
        let top = usize::try_from(self.exponent).map(|shift| (shift, shift + self.mantissa.bit_len()));
        if let Ok((shift, bits)) = top
            && bits <= self.precision as usize
        {
            return format!("{sign}{}", &self.mantissa << shift);
        }
        let (digits, point) = self.shortest();
        format!("{sign}{}", place_point(&digits, point))
    }

    /// All digits of the magnitude, exactly: digits without trailing zeros, and how many stand before the point.
    pub fn decimal(&self) -> (Vec<u8>, i64) {
        decimal(&self.mantissa, self.exponent)
    }

    /// The digits of [`Number::text`] and how many stand before the point. Go's algorithm: walk along the exact digits
    /// until rounding there stays within half a unit in the last place.
    pub fn shortest(&self) -> (Vec<u8>, i64) {
        let (digits, point) = self.decimal();
        if digits.is_empty() {
            return (digits, point);
        }
        let bits = i64::try_from(self.mantissa.bit_len()).unwrap_or(i64::MAX);
        let shift = i64::from(self.precision) + 1 - bits;
        let mantissa = match usize::try_from(shift) {
            Ok(left) => &self.mantissa << left,
            Err(_) => &self.mantissa >> usize::try_from(-shift).unwrap_or(0),
        };
        let exponent = self.exponent - shift;
        let (lower, _) = decimal(&(&mantissa - 1u8), exponent);
        let (upper, _) = decimal(&(&mantissa + 1u8), exponent);
        let inclusive = !mantissa.bit(1);
        let at = |digits: &[u8], index: usize| digits.get(index).copied().unwrap_or(b'0');
        for (index, digit) in digits.iter().copied().enumerate() {
            let (low, up) = (at(&lower, index), at(&upper, index));
            let down = low != digit || inclusive && index + 1 == lower.len();
            let up = digit != up && (inclusive || digit + 1 < up || index + 1 < upper.len());
            let keep = index + 1;
            match (down, up) {
                (true, true) => return round_digits(&digits, point, keep, rounds_up(&digits, keep)),
                (true, false) => return round_digits(&digits, point, keep, false),
                (false, true) => return round_digits(&digits, point, keep, true),
                (false, false) => {}
            }
        }
        (digits, point)
    }

    /// The decimal text with exactly `places` digits after the point, rounded half to even of the exact value.
    pub fn fixed(&self, places: usize) -> String {
        let (digits, point) = self.decimal();
        let keep = usize::try_from(point.saturating_add(i64::try_from(places).unwrap_or(i64::MAX)));
        let (digits, point) = match keep {
            Ok(keep) if keep < digits.len() => round_digits(&digits, point, keep, rounds_up(&digits, keep)),
            Ok(_) => (digits, point),
            Err(_) => (Vec::new(), 0),
        };
        let text = place_point(&digits, point);
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let sign = if self.negative { "-" } else { "" };
        if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction:0<places$}") }
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().unwrap_or(i64::MAX / 4);
    Some(if text.starts_with('-') { -size } else { size })
}

/// 5^`power` with the roundings of Go's `big.Float`, so that the last bit of a decimal is the same as there.
fn power_of_five(power: u64, precision: u32) -> Number {
    const EXACT: u64 = 27;
    let small =
        |n: u64| Number::rounded(false, UBig::from(5u8).pow(usize::try_from(n).unwrap_or(0)), 0, precision, false);
    if power <= EXACT {
        return small(power);
    }
    let mut result = small(EXACT);
    let mut rest = power - EXACT;
    let mut factor = Number::rounded(false, UBig::from(5u8), 0, precision + 64, false);
    while rest > 0 {
        if rest & 1 != 0 {
            result = Number::product(&result, &factor, precision);
        }
        factor = Number::product(&factor, &factor, precision + 64);
        rest >>= 1;
    }
    result
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::rounded(value < 0, UBig::from(value.unsigned_abs()), 0, INTEGER_PRECISION, false)
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::rounded(false, UBig::from(value), 0, INTEGER_PRECISION, false)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl std::hash::Hash for Number {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.is_negative(), self.infinite, &self.mantissa, self.exponent).hash(state);
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = self.signum().cmp(&other.signum());
        if sign != Ordering::Equal || self.is_zero() {
            return sign;
        }
        let magnitude = match (self.infinite, other.infinite) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_magnitudes(self, other),
        };
        if self.negative { magnitude.reverse() } else { magnitude }
    }
}

fn compare_magnitudes(a: &Number, b: &Number) -> Ordering {
    let top = |n: &Number| n.exponent + i64::try_from(n.mantissa.bit_len()).unwrap_or(i64::MAX);
    top(a).cmp(&top(b)).then_with(|| {
        let exponent = a.exponent.min(b.exponent);
        let aligned = |n: &Number| &n.mantissa << usize::try_from(n.exponent - exponent).unwrap_or(0);
        aligned(a).cmp(&aligned(b))
    })
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

#[cfg(test)]
mod tests;
