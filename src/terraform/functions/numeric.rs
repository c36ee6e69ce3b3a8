//! Functions of numbers. `log` and `pow` compute with doubles, as Terraform does; all else is exact.

use dashu_int::UBig;

use crate::terraform::{
    cty::{Number as Num, Type, Val, convert},
    functions::{
        FunctionError, Outcome, fail,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{Any, Bool, List, Number},
        },
    },
};

const NUM: Parameter = Parameter::new("num", Number);
const NUMBER: Returns = Returns::Always(Number);
const TRUTH: Returns = Returns::Always(Bool);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("abs", &[NUM.dynamic().marked()], NUMBER, |call| {
        Ok(Val::number(call.number(0).abs()).marked(call.arg(0).marks))
    }),
    Function::new("ceil", &[NUM], NUMBER, |call| Ok(Val::number(call.number(0).ceil()))),
    Function::new("floor", &[NUM], NUMBER, |call| Ok(Val::number(call.number(0).floor()))),
    Function::new("signum", &[NUM], NUMBER, |call| Ok(Val::number(call.integer(0)?.signum()))),
    Function::new("log", &[NUM, Parameter::new("base", Number)], NUMBER, |call| {
        double(natural_log(call.number(0).to_f64()) / natural_log(call.number(1).to_f64()))
    }),
    Function::new("pow", &[NUM, Parameter::new("power", Number)], NUMBER, |call| {
        double(power(call.number(0).to_f64(), call.number(1).to_f64()))
    }),
    Function::new("min", &[], NUMBER, |call| extreme(call, Num::lt)).rest(Parameter::new("numbers", Number).dynamic()),
    Function::new("max", &[], NUMBER, |call| extreme(call, Num::gt)).rest(Parameter::new("numbers", Number).dynamic()),
    Function::new("sum", &[Parameter::new("list", Any)], NUMBER, sum),
    Function::new("range", &[], Returns::Always(List(&Number)), range).rest(Parameter::new("params", Number)),
    Function::new(
        "parseint",
        &[Parameter::new("number", Any).marked().unknown(), Parameter::new("base", Number).marked().unknown()],
        Returns::By(|args| match args.first().map(Val::ty) {
            Some(Type::String) => Ok(Type::Number),
            _ => Err(FunctionError::argument(0, "first argument must be a string")),
        }),
        parse_integer,
    ),
    Function::new("alltrue", &[Parameter::new("list", List(&Bool))], TRUTH, all_true),
    Function::new("anytrue", &[Parameter::new("list", List(&Bool))], TRUTH, any_true),
];

fn double(value: f64) -> Outcome {
    match Num::from_f64(value) {
        Some(number) => Ok(Val::number(number)),
        None => fail("can't convert NaN to a number"),
    }
}

/// Go's `math.Pow`: squares the mantissa for the whole part of the power, so that the last bit agrees.
fn power(x: f64, y: f64) -> f64 {
    let whole_power = y.trunc();
    let special =
        x == 0.0 || y == 0.0 || x == 1.0 || !x.is_finite() || !y.is_finite() || y.abs() >= 9.223_372_036_854_776e18;
    if special {
        return x.powf(y);
    }
    if y == 0.5 {
        return x.sqrt();
    }
    if y == -0.5 {
        return 1.0 / x.sqrt();
    }
    let (mut whole, mut fraction) = (whole_power.abs(), (y - whole_power).abs());
    if fraction != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    let mut result = 1.0;
    let mut exponent: i64 = 0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result = (fraction * natural_log(x)).exp();
    }
    let (mut square, mut square_exponent) = split(x);
    let mut bits = whole as u64;
    while bits != 0 {
        if !(-4096..=4096).contains(&square_exponent) {
            exponent += square_exponent;
            break;
        }
        if bits & 1 == 1 {
            result *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent <<= 1;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        bits >>= 1;
    }
    if y < 0.0 {
        result = 1.0 / result;
        exponent = -exponent;
    }
    let exponent = i32::try_from(exponent.clamp(-5000, 5000)).unwrap_or(0);
    scale(result, exponent)
}

/// Go's `math.Log` (FreeBSD's `e_log.c`), so that the last bit agrees.
#[allow(clippy::excessive_precision)] // the digits of the original
fn natural_log(x: f64) -> f64 {
    const LN2_HIGH: f64 = 6.931_471_803_691_238_164_90e-01;
    const LN2_LOW: f64 = 1.908_214_929_270_587_700_02e-10;
    const L: [f64; 7] = [
        6.666_666_666_666_735_130e-01,
        3.999_999_999_940_941_908e-01,
        2.857_142_874_366_239_149e-01,
        2.222_219_843_214_978_396e-01,
        1.818_357_216_161_805_012e-01,
        1.531_383_769_920_937_332e-01,
        1.479_819_860_511_658_591e-01,
    ];
    if x.is_nan() || x <= 0.0 || x.is_infinite() {
        return x.ln();
    }
    let (mut mantissa, mut exponent) = split(x);
    if mantissa < std::f64::consts::FRAC_1_SQRT_2 {
        mantissa *= 2.0;
        exponent -= 1;
    }
    let f = mantissa - 1.0;
    let k = exponent as f64;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let t1 = s2 * (L[0] + s4 * (L[2] + s4 * (L[4] + s4 * L[6])));
    let t2 = s4 * (L[1] + s4 * (L[3] + s4 * L[5]));
    let r = t1 + t2;
    let half = 0.5 * f * f;
    k * LN2_HIGH - ((half - (s * (half + r) + k * LN2_LOW)) - f)
}

/// Mantissa in [0.5, 1) and exponent.
fn split(x: f64) -> (f64, i64) {
    if x.abs() < f64::MIN_POSITIVE {
        let (mantissa, exponent) = split(x * 2f64.powi(52));
        return (mantissa, exponent - 52);
    }
    let bits = x.to_bits();
    let exponent = i64::try_from(bits >> 52 & 0x7ff).unwrap_or(0) - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent)
}

fn scale(x: f64, exponent: i32) -> f64 {
    let (half, rest) = (exponent / 2, exponent - exponent / 2);
    if (-2000..=2000).contains(&exponent) {
        x * 2f64.powi(half) * 2f64.powi(rest)
    } else if exponent > 0 {
        x * f64::INFINITY
    } else {
        0.0
    }
}

fn extreme(call: &Call<'_>, better: fn(&Num, &Num) -> bool) -> Outcome {
    let mut numbers = call.args.iter().filter_map(Val::as_number);
    let Some(first) = numbers.next() else {
        return fail("must pass at least one number");
    };
    let best = numbers.fold(first, |best, number| if better(number, best) { number } else { best });
    Ok(Val::number(best.clone()))
}

fn sum(call: &Call<'_>) -> Outcome {
    let wrong = || FunctionError::argument(0, "argument must be list, set, or tuple of number values");
    let Some(items) = call.arg(0).as_items() else {
        return Err(FunctionError::argument(0, "cannot sum noniterable"));
    };
    if items.is_empty() {
        return Err(FunctionError::argument(0, "cannot sum an empty list"));
    }
    if !call.arg(0).is_wholly_known() {
        return call.unknown();
    }
    let mut total: Option<Num> = None;
    for item in &**items {
        let item = convert(item, &Type::Number).map_err(|_| wrong())?;
        let number = item.as_number().ok_or_else(wrong)?;
        total = Some(match total {
            Some(total) => {
                total.add(number).map_err(|_| FunctionError::new("can't compute sum of opposing infinities"))?
            }
            None => number.clone(),
        });
    }
    Ok(Val::number(total.unwrap_or(Num::ZERO)))
}

/// Terraform's own bound.
const MAX_RANGE: usize = 1024;

fn range(call: &Call<'_>) -> Outcome {
    let (one, minus_one) = (Num::from(1_i64), Num::from(-1_i64));
    let (start, end, step) = match call.args.len() {
        1 => (Num::ZERO, call.number(0), if call.number(0) < Num::ZERO { minus_one } else { one }),
        2 => (call.number(0), call.number(1), if call.number(1) < call.number(0) { minus_one } else { one }),
        3 => (call.number(0), call.number(1), call.number(2)),
        _ => return fail("must have one, two, or three arguments"),
    };
    if step.is_zero() {
        return Err(FunctionError::argument(2, "step must not be zero"));
    }
    let down = step.is_negative();
    if (down && end > start) || (!down && end < start) {
        return Err(FunctionError::argument(1, "end must lie in the direction of step"));
    }
    let mut values = Vec::new();
    let mut next = start;
    while if down { next > end } else { next < end } {
        if values.len() >= MAX_RANGE {
            return fail(
                "more than 1024 values were generated; either decrease the difference between start and end or use a smaller step",
            );
        }
        let following = next.add(&step).map_err(|error| FunctionError::new(error.to_string()))?;
        values.push(Val::number(next));
        next = following;
    }
    Ok(Val::list(Type::Number, values))
}

fn parse_integer(call: &Call<'_>) -> Outcome {
    let marks = call.arg(0).marks | call.arg(1).marks;
    if !call.arg(0).is_known() || !call.arg(1).is_known() {
        return Ok(Val::unknown(Type::Number).marked(marks));
    }
    let base = u32::try_from(call.integer(1)?).ok().filter(|base| (2..=62).contains(base));
    let Some(base) = base else {
        return Err(FunctionError::argument(1, "base must be a whole number between 2 and 62 inclusive"));
    };
    let text = call.text(0);
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..)),
        Some(b'+') => (false, text.get(1..)),
        _ => (false, Some(text)),
    };
    let wrong = || FunctionError::argument(0, format!("cannot parse as a base {base} integer"));
    let digits = digits.filter(|digits| !digits.is_empty()).ok_or_else(wrong)?;
    // Budget: reading digit by digit is quadratic.
    if digits.len() > 10_000 {
        return call.over("digits of a number");
    }
    let mut magnitude = UBig::ZERO;
    for c in digits.chars() {
        let digit = digit(c, base).ok_or_else(wrong)?;
        magnitude = magnitude * base + digit;
    }
    let negative = negative && magnitude != UBig::ZERO;
    Ok(Val::number(Num::from_integer(negative, magnitude)).marked(marks))
}

/// Letters count from 10; above base 36 upper case letters follow the lower case ones.
fn digit(c: char, base: u32) -> Option<u32> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        'a'..='z' => u32::from(c) - u32::from('a') + 10,
        'A'..='Z' if base <= 36 => u32::from(c) - u32::from('A') + 10,
        'A'..='Z' => u32::from(c) - u32::from('A') + 36,
        _ => return None,
    };
    (value < base).then_some(value)
}

fn all_true(call: &Call<'_>) -> Outcome {
    for item in call.items(0) {
        if !item.is_known() {
            return call.unknown();
        }
        if item.as_bool() != Some(true) {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

fn any_true(call: &Call<'_>) -> Outcome {
    if call.items(0).iter().any(|item| item.as_bool() == Some(true)) {
        return Ok(true.into());
    }
    if call.items(0).iter().all(Val::is_known) { Ok(false.into()) } else { call.unknown() }
}
