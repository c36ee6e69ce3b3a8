//! Decimal digits of numbers: exactly, rounded, and with the point in its place.

use dashu_int::UBig;

/// Digits of `mantissa` · 2^`exponent` without trailing zeros, and how many stand before the point.
pub fn decimal(mantissa: &UBig, exponent: i64) -> (Vec<u8>, i64) {
    if *mantissa == UBig::ZERO {
        return (Vec::new(), 0);
    }
    let (whole, scale) = match usize::try_from(exponent) {
        Ok(shift) => (mantissa << shift, 0),
        Err(_) => {
            let zeros = mantissa.trailing_zeros().unwrap_or(0);
            let down = usize::try_from(-exponent).unwrap_or(0);
            let gone = zeros.min(down);
            let rest = down - gone;
            ((mantissa >> gone) * UBig::from(5u8).pow(rest), rest)
        }
    };
    let mut digits = whole.to_string().into_bytes();
    let point = i64::try_from(digits.len()).unwrap_or(i64::MAX) - i64::try_from(scale).unwrap_or(i64::MAX);
    trim(&mut digits);
    (digits, point)
}

fn trim(digits: &mut Vec<u8>) {
    let kept = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    digits.truncate(kept);
}

/// Whether the digits round up at `keep`: half to even.
pub fn rounds_up(digits: &[u8], keep: usize) -> bool {
    match digits.get(keep) {
        Some(b'5') if keep + 1 == digits.len() => {
            keep > 0 && digits.get(keep - 1).is_some_and(|digit| !(digit - b'0').is_multiple_of(2))
        }
        Some(digit) => *digit >= b'5',
        None => false,
    }
}

/// The first `keep` digits, one more in the last place when `up`.
pub fn round_digits(digits: &[u8], point: i64, keep: usize, up: bool) -> (Vec<u8>, i64) {
    let mut kept: Vec<u8> = digits.iter().copied().take(keep).collect();
    if up {
        match kept.iter().rposition(|digit| *digit < b'9') {
            Some(at) => {
                kept.truncate(at + 1);
                if let Some(digit) = kept.last_mut() {
                    *digit += 1;
                }
            }
            None => return (vec![b'1'], point + 1),
        }
    }
    trim(&mut kept);
    let point = if kept.is_empty() { 0 } else { point };
    (kept, point)
}

/// Decimal text of digits with the point after the first `point` of them.
pub fn place_point(digits: &[u8], point: i64) -> String {
    let text = String::from_utf8_lossy(digits);
    let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let zeros = |n: i64| "0".repeat(usize::try_from(n).unwrap_or(0));
    if point <= 0 {
        if count == 0 { "0".to_owned() } else { format!("0.{}{text}", zeros(-point)) }
    } else if point >= count {
        format!("{text}{}", zeros(point - count))
    } else {
        let (whole, fraction) = text.split_at(usize::try_from(point).unwrap_or(0));
        format!("{whole}.{fraction}")
    }
}
