//! Queries, filters and function calls.

use std::sync::Arc;

use crate::guard::syntax::{Function, Literal, Operand, Operator, Part, Query};

use super::{MAX_STEPS, Mode, Parser, Result};

impl Parser<'_> {
    /// A query, when one starts here.
    pub(super) fn query(&mut self) -> Result<Option<Query>> {
        let start = self.at;
        let mut all = true;
        if self.keyword(&["some", "SOME"]) {
            all = !self.rest().starts_with(char::is_whitespace);
            if all { self.at = start } else { self.skip() }
        }
        let first = if self.keyword(&["this", "THIS"]) {
            Part::This
        } else if self.rest().starts_with('%') {
            self.variable()?
        } else if let Some(key) = self.key()? {
            Part::Key(key)
        } else {
            self.at = start;
            return Ok(None);
        };
        let mut parts = vec![first];
        while let Some(part) = self.part()? {
            if parts.len() >= MAX_STEPS {
                return self.wrong(&format!("a query of at most {MAX_STEPS} steps"));
            }
            parts.push(part);
        }
        Ok(Some(Query { parts, all }))
    }

    fn variable(&mut self) -> Result<Part> {
        self.at += 1;
        match self.name() {
            Some(name) => Ok(Part::Variable(name.into())),
            None => self.wrong("the name of a variable"),
        }
    }

    fn key(&mut self) -> Result<Option<Arc<str>>> {
        if matches!(self.peek(), Some('"' | '\'')) {
            return self.text_literal().map(Some);
        }
        Ok(self.name().map(Into::into))
    }

    /// `.name`, `.*`, `.%variable`, `.0` or something in brackets.
    fn part(&mut self) -> Result<Option<Part>> {
        let start = self.at;
        self.skip();
        if self.eat(".") {
            if self.eat("*") {
                return Ok(Some(Part::Values(None)));
            }
            if self.rest().starts_with('%') {
                return self.variable().map(Some);
            }
            if let Some(index) = self.index()? {
                return Ok(Some(Part::Index(index)));
            }
            return match self.key()? {
                Some(key) => Ok(Some(Part::Key(key))),
                None => self.wrong("the name of a property"),
            };
        }
        if self.eat("[") {
            return self.nested(Self::bracket).map(Some);
        }
        self.at = start;
        Ok(None)
    }

    fn index(&mut self) -> Result<Option<i32>> {
        match self.number()? {
            Some(Literal::Int(index)) => Ok(i32::try_from(index).ok()),
            Some(_) => self.wrong("a whole number"),
            None => Ok(None),
        }
    }

    /// What follows `[`: every element, one element, a key, or a filter.
    fn bracket(&mut self) -> Result<Part> {
        self.skip();
        let start = self.at;
        let mut short = None;
        if self.eat("*") {
            short = Some(Part::Indices(None));
        } else if matches!(self.peek(), Some('"' | '\'')) {
            short = Some(Part::Key(self.text_literal()?));
        } else if let Some(index) = self.index()? {
            short = Some(Part::Index(index));
        } else if let Some(name) = self.name() {
            short = Some(Part::Indices(Some(name.into())));
        }
        self.skip();
        if let Some(part) = short
            && self.eat("]")
        {
            return Ok(part);
        }
        self.at = start;
        self.filter()
    }

    fn filter(&mut self) -> Result<Part> {
        let start = self.at;
        let mut capture: Option<Arc<str>> = None;
        if let Some(name) = self.name() {
            self.skip();
            if self.eat("|") {
                capture = Some(name.into());
                self.skip();
            } else {
                self.at = start;
            }
        }
        let from = self.at;
        if self.keyword(&["keys", "KEYS"]) {
            self.skip();
            if let Some((operator @ (Operator::Eq | Operator::In), negated)) = self.operator() {
                let with = self.operand()?;
                self.expect("]")?;
                return Ok(Part::Keys(operator, negated, Box::new(with)));
            }
            self.at = from;
        }
        let clauses = self.clauses(Mode::Body)?;
        if clauses.is_empty() {
            return self.wrong("a clause");
        }
        self.expect("]")?;
        Ok(Part::Filter(capture, clauses))
    }

    /// `name(argument, …)`, when it is a function of the language.
    pub(super) fn function(&mut self) -> Result<Option<(Function, Vec<Operand>)>> {
        let start = self.at;
        let called = self.name().filter(|_| self.rest().starts_with('('));
        let Some((function, arity)) = called.and_then(Function::named) else {
            self.at = start;
            return Ok(None);
        };
        let arguments = self.arguments()?;
        if arguments.len() == arity {
            return Ok(Some((function, arguments)));
        }
        self.at = start;
        self.wrong(&format!("{arity} arguments"))
    }

    /// `(argument, …)`
    pub(super) fn arguments(&mut self) -> Result<Vec<Operand>> {
        self.expect("(")?;
        self.nested(|parser| {
            let mut arguments = Vec::new();
            loop {
                parser.skip();
                if parser.eat(")") {
                    return Ok(arguments);
                }
                if !arguments.is_empty() {
                    parser.expect(",")?;
                }
                arguments.push(parser.operand()?);
            }
        })
    }
}
