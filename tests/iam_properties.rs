//! Properties of matching and evaluation that hold for all policies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod iam_cases;

use std::{fs, sync::Arc};

use iac_check::{
    aws::text::{Atom, Case, Glob, Symbol, Text, matches},
    value::Truth,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn cases() -> Vec<Value> {
    let text = fs::read_to_string("testdata/iam/iam-cases.jsonl").unwrap();
    let all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|case| case["kind"] == "eval").collect()
}

fn rank(verdict: &str) -> u8 {
    match verdict {
        "deny" => 0,
        "conditional" => 1,
        _ => 2,
    }
}

/// The case with one more identity policy of one statement.
fn with(case: &Value, effect: &str) -> Value {
    let mut case = case.clone();
    let policy =
        json!({"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "dynamodb:*", "Resource": "*"}});
    case["identity"].as_array_mut().unwrap().push(policy);
    case
}

#[test]
fn an_allow_never_takes_and_a_deny_never_gives() {
    for case in cases() {
        let plain = rank(iam_cases::answer(&case).verdict);
        assert!(rank(iam_cases::answer(&with(&case, "Allow")).verdict) >= plain, "{}", case["id"]);
        assert!(rank(iam_cases::answer(&with(&case, "Deny")).verdict) <= plain, "{}", case["id"]);
    }
}

#[test]
fn order_does_not_matter() {
    for case in cases() {
        let mut reversed = case.clone();
        for policy in reversed["identity"].as_array_mut().unwrap() {
            if let Some(statements) = policy["Statement"].as_array_mut() {
                statements.reverse();
            }
        }
        reversed["identity"].as_array_mut().unwrap().reverse();
        assert_eq!(iam_cases::answer(&case).verdict, iam_cases::answer(&reversed).verdict, "{}", case["id"]);
    }
}

fn symbol(name: char) -> Arc<Symbol> {
    Arc::new(Symbol::name(name.to_string(), name.to_string()))
}

/// `X` and `Y` are symbols, `*` and `?` wildcards.
fn glob(text: &str) -> Vec<Glob> {
    text.chars()
        .map(|c| match c {
            '*' => Glob::Many,
            '?' => Glob::One,
            'X' | 'Y' => Glob::Symbol(symbol(c)),
            c => Glob::Char(c),
        })
        .collect()
}

fn subject(text: &str) -> Text {
    Text::new(text.chars().map(|c| if matches!(c, 'X' | 'Y') { Atom::Symbol(symbol(c)) } else { Atom::Char(c) }))
}

proptest! {
    /// Must implies a match in every world, and a match in some world implies may.
    #[test]
    fn symbols_are_judged_soundly(pattern in "[ab/*?XY]{0,5}", text in "[ab/XY]{0,5}") {
        let answer = matches(&glob(&pattern), &subject(&text), Case::Sensitive);
        let names = ["a", "b", "ab", "ba", "aab"];
        for x in names {
            for y in names {
                let fill = |text: &str| text.replace('X', x).replace('Y', y);
                let here = matches(&glob(&fill(&pattern)), &subject(&fill(&text)), Case::Sensitive);
                prop_assert!(answer == Truth::Unknown || answer == here, "{pattern} on {text}: {answer:?}, with {x} and {y} {here:?}");
            }
        }
    }
}
