//! Tests of numbers against what Terraform prints.

#![allow(clippy::unwrap_used)]
use super::*;

fn n(text: &str) -> Number {
    Number::parse(text).unwrap()
}

#[test]
fn reads_and_prints_as_terraform() {
    for (text, printed) in [
        ("0", "0"),
        ("-0", "-0"),
        ("1", "1"),
        ("007", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+5", "5"),
        ("1e3", "1000"),
        ("0.1", "0.1"),
        ("1e-3", "0.001"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
        ("3.14", "3.14"),
        ("1e22", "10000000000000000000000"),
        ("1e-40", "0.0000000000000000000000000000000000000001"),
    ] {
        assert_eq!(n(text).text(), printed, "{text}");
    }
    for text in ["", "0x10", "1_000", " 1", "1 ", ".", "e5", "1e", "--1", "1.2.3"] {
        assert!(Number::parse(text).is_none(), "{text}");
    }
}

#[test]
fn computes_with_512_bits() {
    assert_eq!(n("0.1").add(&n("0.2")).unwrap().text(), "0.3");
    let third = n("1").div(&n("3")).unwrap();
    assert_eq!(third.text().len(), 157);
    assert_eq!(third.mul(&n("3")).unwrap(), n("1"));
    assert_eq!(n("-7").rem(&n("3")).unwrap().text(), "-1");
    assert_eq!(n("5").rem(&n("0")).unwrap().text(), "5");
    assert!(n("1").div(&n("0")).unwrap().is_infinite());
    assert!(n("0").div(&n("0")).is_err());
    assert_eq!(n("-1.5").floor().text(), "-2");
    assert_eq!(n("-1.5").ceil().text(), "-1");
    assert_eq!(n("2.5").fixed(0), "2");
    assert_eq!(n("1.005").fixed(5), "1.00500");
}

#[test]
fn keeps_doubles() {
    for value in [0.1, 1e300, -2.5, 5e-324, 1.0 / 3.0, f64::MAX] {
        let number = Number::from_f64(value).unwrap();
        assert_eq!(number.to_f64(), value);
        assert_eq!(n(&number.text()).to_f64(), value);
    }
    assert_eq!(Number::from_f64(0.1).unwrap().text(), "0.1");
    assert!(n("1e400").to_f64().is_infinite());
    assert_eq!(n("1e-400").to_f64(), 0.0);
}
