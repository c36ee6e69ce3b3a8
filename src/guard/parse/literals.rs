//! Values as written in a policy: texts, numbers, expressions, ranges, lists and maps.

use std::sync::Arc;

use crate::guard::{
    expression::Expression,
    syntax::{Interval, Literal},
};

use super::{Mistake, Parser, Result};

impl Parser<'_> {
    /// A value, when one starts here.
    pub(super) fn literal(&mut self) -> Result<Option<Literal>> {
        if self.keyword(&["null", "NULL"]) {
            return Ok(Some(Literal::Null));
        }
        if self.keyword(&["true", "True"]) {
            return Ok(Some(Literal::Bool(true)));
        }
        if self.keyword(&["false", "False"]) {
            return Ok(Some(Literal::Bool(false)));
        }
        Ok(Some(match self.peek() {
            Some('"' | '\'') => Literal::Text(self.text_literal()?),
            Some('/') => Literal::Regex(self.regex()?),
            Some('[') => self.list()?,
            Some('{') => self.map()?,
            Some('r') if self.rest().starts_with("r(") || self.rest().starts_with("r[") => self.range()?,
            Some(c) if c == '-' || c.is_ascii_digit() => return self.number(),
            _ => return Ok(None),
        }))
    }

    /// A text in quotes; a backslash before the closing quote makes it part of the text.
    pub(super) fn text_literal(&mut self) -> Result<Arc<str>> {
        let Some(quote) = self.peek().filter(|c| matches!(c, '"' | '\'')) else { return self.wrong("a text") };
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some((part, _)) = self.rest().split_once(quote) else {
                return Err(Mistake {
                    at: start,
                    message: format!("the text that starts here has no closing {quote}"),
                });
            };
            self.at += part.len() + 1;
            match part.strip_suffix('\\') {
                Some(part) => text.extend([part, quote.encode_utf8(&mut [0; 4])]),
                None => return Ok((text + part).into()),
            }
        }
    }

    fn regex(&mut self) -> Result<Expression> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some((part, _)) = self.rest().split_once('/') else {
                let message = "the expression that starts here has no closing /".to_owned();
                return Err(Mistake { at: start, message });
            };
            self.at += part.len() + 1;
            match part.strip_suffix('\\') {
                Some(part) => text.extend([part, "/"]),
                None => {
                    text.push_str(part);
                    break;
                }
            }
        }
        Expression::new(&text)
            .map_err(|error| Mistake { at: start, message: format!("no regular expression: {error}") })
    }

    fn digits(&self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len()
    }

    /// A number; one with a fraction or exponent has no sign.
    pub(super) fn number(&mut self) -> Result<Option<Literal>> {
        let start = self.at;
        let sign = usize::from(self.rest().starts_with('-'));
        let whole = self.digits(start + sign);
        if whole == 0 {
            return Ok(None);
        }
        let mut end = start + sign + whole;
        let mut is_float = false;
        let after = |end: usize| self.text.get(end..).unwrap_or_default();
        if sign == 0 && after(end).starts_with('.') && self.digits(end + 1) > 0 {
            end += 1 + self.digits(end + 1);
            is_float = true;
        }
        if sign == 0 && after(end).starts_with(['e', 'E']) {
            let signed = usize::from(after(end + 1).starts_with(['+', '-']));
            if signed == 1 && self.digits(end + 2) > 0 {
                end += 2 + self.digits(end + 2);
                is_float = true;
            }
        }
        let text = self.text.get(start..end).unwrap_or_default();
        let literal =
            if is_float { text.parse().ok().map(Literal::Float) } else { text.parse().ok().map(Literal::Int) };
        match literal {
            Some(literal) => {
                self.at = end;
                Ok(Some(literal))
            }
            None => self.wrong("a number of at most 64 bits"),
        }
    }

    /// `r[1, 10)`
    fn range(&mut self) -> Result<Literal> {
        let start = self.at;
        self.at += 1;
        let from = self.eat("[");
        self.at += usize::from(!from);
        let lower = self.range_end()?;
        self.expect(",")?;
        let upper = self.range_end()?;
        self.skip();
        let to = self.eat("]");
        if !to {
            self.expect(")")?;
        }
        match (lower, upper) {
            (Literal::Int(a), Literal::Int(b)) => Ok(Literal::Ints(Interval { lower: (a, from), upper: (b, to) })),
            (Literal::Float(a), Literal::Float(b)) => {
                Ok(Literal::Floats(Interval { lower: (a, from), upper: (b, to) }))
            }
            (Literal::Text(a), Literal::Text(b)) => match (a.chars().next(), b.chars().next()) {
                (Some(a), Some(b)) => Ok(Literal::Chars(Interval { lower: (a, from), upper: (b, to) })),
                _ => self.wrong("two characters"),
            },
            _ => Err(Mistake { at: start, message: "both ends of a range must be of one sort".to_owned() }),
        }
    }

    /// A number, or a character as text.
    fn range_end(&mut self) -> Result<Literal> {
        self.skip();
        if let Some(number) = self.number()? {
            return Ok(number);
        }
        let Some(c) = self.peek() else { return self.wrong("an end of the range") };
        self.at += c.len_utf8();
        Ok(Literal::Text(c.to_string().into()))
    }

    fn list(&mut self) -> Result<Literal> {
        self.expect("[")?;
        self.nested(|parser| {
            let mut items = Vec::new();
            loop {
                parser.skip();
                if parser.eat("]") {
                    return Ok(Literal::List(items));
                }
                if !items.is_empty() {
                    parser.expect(",")?;
                    parser.skip();
                }
                match parser.literal()? {
                    Some(item) => items.push(item),
                    None => return parser.wrong("a value or `]`"),
                }
            }
        })
    }

    fn map(&mut self) -> Result<Literal> {
        self.expect("{")?;
        self.nested(|parser| {
            let mut entries: Vec<(Arc<str>, Literal)> = Vec::new();
            loop {
                parser.skip();
                if parser.eat("}") {
                    return Ok(Literal::Map(entries));
                }
                if !entries.is_empty() {
                    parser.expect(",")?;
                    parser.skip();
                }
                let key = parser.map_key()?;
                parser.expect(":")?;
                parser.skip();
                match parser.literal()? {
                    Some(value) => {
                        entries.retain(|(other, _)| *other != key);
                        entries.push((key, value));
                    }
                    None => return parser.wrong("a value"),
                }
            }
        })
    }

    fn map_key(&mut self) -> Result<Arc<str>> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
        if end == 0 {
            return self.text_literal();
        }
        self.at += end;
        Ok(rest.get(..end).unwrap_or_default().into())
    }
}
