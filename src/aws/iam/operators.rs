//! Condition operators on one value of the policy and one of the request.
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators".

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::{Timestamp, civil, tz::TimeZone};

use crate::{
    aws::{
        iam::{
            context::Context,
            template::{Syntax, Template},
        },
        text::{Case, Text, matches},
    },
    value::Truth,
};

/// A set operator before the colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Set {
    /// `ForAllValues`: true when the request has no value.
    All,
    /// `ForAnyValue`: false when the request has no value.
    Any,
}

/// An order of numbers or dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// Text, wildcards being plain characters.
    Text(Case),
    /// Text with wildcards.
    Like,
    /// ARN segments with wildcards; `ArnEquals` and `ArnLike` are the same.
    Arn,
    /// Booleans.
    Bool,
    /// Base64 text.
    Binary,
    /// Numbers.
    Numeric(Order),
    /// ISO 8601 dates or seconds since 1970.
    Date(Order),
    /// Addresses against ranges.
    Ip,
    /// Whether the key is there.
    Null,
}

/// A condition operator, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operator {
    /// Its set operator.
    pub set: Option<Set>,
    /// Whether an absent key satisfies it.
    pub if_exists: bool,
    /// Whether it is the negation of its test.
    pub negated: bool,
    /// The comparison.
    pub test: Test,
}

impl Operator {
    /// Takes a name apart, in any case; `None` when IAM has no such operator.
    pub fn parse(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let (set, rest) = match lower.split_once(':') {
            Some(("forallvalues", rest)) => (Some(Set::All), rest),
            Some(("foranyvalue", rest)) => (Some(Set::Any), rest),
            Some(_) => return None,
            None => (None, &*lower),
        };
        let (if_exists, rest) = rest.strip_suffix("ifexists").map_or((false, rest), |rest| (true, rest));
        let (negated, test) = base(rest)?;
        Some(Self { set, if_exists, negated, test })
    }

    /// Which characters of its values are special.
    pub fn syntax(&self, variables: bool) -> Syntax {
        match self.test {
            Test::Text(_) => Syntax { wildcards: false, variables },
            Test::Like | Test::Arn => Syntax { wildcards: true, variables },
            _ => Syntax { wildcards: false, variables: false },
        }
    }
}

fn base(name: &str) -> Option<(bool, Test)> {
    Some(match name {
        "stringequals" => (false, Test::Text(Case::Sensitive)),
        "stringnotequals" => (true, Test::Text(Case::Sensitive)),
        "stringequalsignorecase" => (false, Test::Text(Case::Ignored)),
        "stringnotequalsignorecase" => (true, Test::Text(Case::Ignored)),
        "stringlike" => (false, Test::Like),
        "stringnotlike" => (true, Test::Like),
        "arnequals" | "arnlike" => (false, Test::Arn),
        "arnnotequals" | "arnnotlike" => (true, Test::Arn),
        "bool" => (false, Test::Bool),
        "binaryequals" => (false, Test::Binary),
        "ipaddress" => (false, Test::Ip),
        "notipaddress" => (true, Test::Ip),
        "null" => (false, Test::Null),
        _ => {
            let (test, order): (fn(Order) -> Test, _) = match name.strip_prefix("numeric") {
                Some(order) => (Test::Numeric, order),
                None => (Test::Date, name.strip_prefix("date")?),
            };
            match order {
                "equals" => (false, test(Order::Equal)),
                "notequals" => (true, test(Order::Equal)),
                "lessthan" => (false, test(Order::Less)),
                "lessthanequals" => (false, test(Order::LessOrEqual)),
                "greaterthan" => (false, test(Order::Greater)),
                "greaterthanequals" => (false, test(Order::GreaterOrEqual)),
                _ => return None,
            }
        }
    })
}

/// A value of a condition in the policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expected {
    /// As written.
    pub text: Text,
    /// Taken apart; for ARN tests one template per segment.
    pub templates: Vec<Template>,
}

impl Expected {
    /// Takes a value apart as its operator reads it.
    pub fn parse(text: Text, operator: Operator, variables: bool) -> Self {
        let syntax = operator.syntax(variables);
        let whole = || vec![Template::parse(&text, syntax)];
        let templates = match operator.test {
            Test::Arn => text
                .segments(6)
                .filter(|parts| parts.len() == 6)
                .map_or_else(whole, |parts| parts.iter().map(|part| Template::parse(part, syntax)).collect()),
            _ => whole(),
        };
        Self { text, templates }
    }

    /// Whether the test, without negation, holds for a value of the request.
    pub fn accepts(&self, test: Test, actual: &Text, context: &Context) -> Truth {
        match test {
            Test::Text(case) => self.whole(actual, case, context),
            Test::Like => self.whole(actual, Case::Sensitive, context),
            Test::Arn => self.arn(actual, context),
            Test::Bool => self.text.equals_ignoring_case(actual),
            Test::Binary => self.text.equals(actual),
            Test::Numeric(order) => self.ordered(actual, order, number),
            Test::Date(order) => self.ordered(actual, order, date),
            Test::Ip => {
                self.compare(actual, |range, address| Some(network(range)?.contains(&address.parse::<IpAddr>().ok()?)))
            }
            Test::Null => Truth::Unknown,
        }
    }

    fn whole(&self, actual: &Text, case: Case, context: &Context) -> Truth {
        let glob = self.templates.first().and_then(|template| template.expand(context));
        glob.map_or(Truth::False, |glob| matches(&glob, actual, case))
    }

    fn arn(&self, actual: &Text, context: &Context) -> Truth {
        let Some(parts) = actual.segments(6).filter(|parts| parts.len() == 6) else {
            return if actual.literal().is_some() {
                Truth::False
            } else {
                self.whole(actual, Case::Sensitive, context).and(Truth::Unknown)
            };
        };
        if self.templates.len() != 6 {
            // Too few segments never match; where a symbol hides them, nothing is certain.
            return if self.text.literal().is_some() {
                Truth::False
            } else {
                self.whole(actual, Case::Sensitive, context).and(Truth::Unknown)
            };
        }
        Truth::all(self.templates.iter().zip(&parts).map(|(template, part)| {
            template.expand(context).map_or(Truth::False, |glob| matches(&glob, part, Case::Sensitive))
        }))
    }

    fn ordered(&self, actual: &Text, order: Order, read: fn(&str) -> Option<f64>) -> Truth {
        self.compare(actual, |expected, actual| {
            let (actual, expected) = (read(actual)?, read(expected)?);
            Some(match order {
                Order::Equal => actual == expected,
                Order::Less => actual < expected,
                Order::LessOrEqual => actual <= expected,
                Order::Greater => actual > expected,
                Order::GreaterOrEqual => actual >= expected,
            })
        })
    }

    /// Values that cannot be read never match; symbols may.
    fn compare(&self, actual: &Text, test: impl Fn(&str, &str) -> Option<bool>) -> Truth {
        match (self.text.literal(), actual.literal()) {
            (Some(expected), Some(actual)) => Truth::from(test(&expected, &actual).unwrap_or(false)),
            _ => Truth::Unknown,
        }
    }
}

/// A decimal number.
pub fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// Seconds since 1970, from that number or from an ISO 8601 date; without a zone it is UTC.
pub fn date(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(seconds) = number(text) {
        return Some(seconds);
    }
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(stamp.as_duration().as_secs_f64());
    }
    let zoned = text.parse::<civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_duration().as_secs_f64())
}

/// A CIDR range, or a single address.
pub fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let operator = Operator::parse("ForAllValues:StringNotLikeIfExists").unwrap();
        assert_eq!(operator, Operator { set: Some(Set::All), if_exists: true, negated: true, test: Test::Like });
        assert_eq!(Operator::parse("NumericLessThanEquals").unwrap().test, Test::Numeric(Order::LessOrEqual));
        assert!(Operator::parse("StringMatches").is_none());
        assert!(Operator::parse("ForEach:StringEquals").is_none());
    }

    #[test]
    fn dates_are_read_in_all_spellings() {
        let expected = Some(1_704_067_200.0);
        for text in
            ["2024-01-01T00:00:00Z", "2024-01-01", "1704067200", "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00"]
        {
            assert_eq!(date(text), expected, "{text}");
        }
        assert_eq!(date("soon"), None);
    }
}
