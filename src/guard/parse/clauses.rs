//! Clauses: what stands in rules, blocks, filters and conditions.

use std::sync::Arc;

use crate::guard::syntax::{
    Block, Clause, Conjunction, EachBlock, Literal, Operand, Operator, Part, Query, RuleCall, RuleStatus, Test,
    TypeBlock,
};

use super::{Mode, Parser, Result};

impl Parser<'_> {
    /// `when …`, when it stands here.
    pub(super) fn conditions(&mut self) -> Result<Option<Conjunction>> {
        self.skip();
        if !self.keyword(&["when", "WHEN"]) {
            return Ok(None);
        }
        let conditions = self.clauses(Mode::Conditions)?;
        if conditions.is_empty() { self.wrong("a condition") } else { Ok(Some(conditions)) }
    }

    pub(super) fn clauses(&mut self, mode: Mode) -> Result<Conjunction> {
        let mut clauses = Vec::new();
        while let Some(alternatives) = self.alternatives(mode)? {
            clauses.push(alternatives);
        }
        Ok(clauses)
    }

    /// A clause and those joined to it by `or`; none when something else stands here.
    pub(super) fn alternatives(&mut self, mode: Mode) -> Result<Option<Vec<Clause>>> {
        let Some(first) = self.clause(mode)? else { return Ok(None) };
        let mut alternatives = vec![first];
        while self.or() {
            match self.clause(mode)? {
                Some(clause) => alternatives.push(clause),
                None => return self.wrong("a clause after `or`"),
            }
        }
        Ok(Some(alternatives))
    }

    fn or(&mut self) -> bool {
        let start = self.at;
        self.skip();
        let found = self.keyword(&["or", "OR"]) || self.eat("|OR|");
        let found = found && self.rest().starts_with(|c: char| c.is_whitespace() || c == '#');
        if !found {
            self.at = start;
        }
        found
    }

    fn clause(&mut self, mode: Mode) -> Result<Option<Clause>> {
        self.skip();
        if mode == Mode::Body {
            if let Some(conditions) = self.conditions()? {
                return Ok(Some(Clause::When(conditions, self.block()?)));
            }
            if let Some(block) = self.type_block()? {
                return Ok(Some(Clause::Type(block)));
            }
        }
        let start = self.at;
        let inverted = self.not();
        self.skip();
        if let Some(call) = self.rule_call()? {
            return Ok(Some(Clause::Call(call)));
        }
        let Some(query) = self.query()? else {
            self.at = start;
            return if inverted { self.wrong("a clause") } else { Ok(None) };
        };
        let end = self.at;
        self.skip();
        let text = |parser: &Self, end: usize| one_line(parser.text.get(start..end).unwrap_or_default());
        if let Some((operator, negated)) = self.operator() {
            let after = self.at;
            self.skip();
            if mode == Mode::Body && (operator, negated) == (Operator::Empty, true) && self.peek() == Some('{') {
                let text = text(self, after);
                return Ok(Some(Clause::Each(EachBlock { query, not_empty: true, block: self.block()?, text })));
            }
            self.at = after;
            let with = if operator.is_binary() { Some(self.operand()?) } else { None };
            let text = text(self, self.at);
            let message = self.message()?;
            return Ok(Some(Clause::Test(Test { query, operator, negated, inverted, with, message, text })));
        }
        if mode == Mode::Body && self.peek() == Some('{') {
            let text = text(self, end);
            return Ok(Some(Clause::Each(EachBlock { query, not_empty: false, block: self.block()?, text })));
        }
        match &*query.parts {
            [Part::Key(name)] if query.all => {
                let name = Arc::clone(name);
                self.at = end;
                Ok(Some(Clause::Rule(RuleStatus { name, negated: inverted, message: self.message()? })))
            }
            _ => self.wrong("a comparison"),
        }
    }

    /// `name(…)` with the name of a rule.
    fn rule_call(&mut self) -> Result<Option<RuleCall>> {
        let start = self.at;
        let Some(name) = self.name().filter(|_| self.rest().starts_with('(')) else {
            self.at = start;
            return Ok(None);
        };
        let arguments = self.arguments()?;
        Ok(Some(RuleCall { name: name.into(), arguments, message: self.message()? }))
    }

    /// `AWS::DynamoDB::Table …`
    fn type_block(&mut self) -> Result<Option<TypeBlock>> {
        let start = self.at;
        let mut parts = 0;
        while self.name().is_some() {
            parts += 1;
            if !self.eat("::") {
                break;
            }
        }
        let name = self.text.get(start..self.at).unwrap_or_default();
        if parts < 2 || name.ends_with(':') {
            self.at = start;
            return Ok(None);
        }
        let name: Arc<str> = name.strip_suffix("::MODULE").unwrap_or(name).into();
        let conditions = self.conditions()?;
        self.skip();
        let block = if conditions.is_some() || self.peek() == Some('{') {
            self.block()?
        } else {
            match self.nested(|parser| parser.clause(Mode::Body))? {
                Some(clause) => Block { lets: Vec::new(), clauses: vec![vec![clause]] },
                None => return self.wrong("a block or a clause"),
            }
        };
        Ok(Some(TypeBlock { query: resources_of(name), conditions, block }))
    }

    fn not(&mut self) -> bool {
        let start = self.at;
        if self.keyword(&["not", "NOT"]) {
            if self.rest().starts_with([' ', '\t']) {
                return true;
            }
            self.at = start;
        }
        // `!=` is a comparison.
        !self.rest().starts_with("!=") && self.eat("!")
    }

    /// A comparison and whether it is negated.
    pub(super) fn operator(&mut self) -> Option<(Operator, bool)> {
        if self.rest().starts_with("<<") {
            return None;
        }
        const SIGNS: [(&str, Operator, bool); 6] = [
            ("==", Operator::Eq, false),
            ("!=", Operator::Eq, true),
            (">=", Operator::Ge, false),
            ("<=", Operator::Le, false),
            (">", Operator::Gt, false),
            ("<", Operator::Lt, false),
        ];
        if let Some((_, operator, negated)) = SIGNS.into_iter().find(|(sign, ..)| self.eat(sign)) {
            return Some((operator, negated));
        }
        const WORDS: [([&str; 2], Operator); 10] = [
            (["in", "IN"], Operator::In),
            (["exists", "EXISTS"], Operator::Exists),
            (["empty", "EMPTY"], Operator::Empty),
            (["is_string", "IS_STRING"], Operator::IsString),
            (["is_list", "IS_LIST"], Operator::IsList),
            (["is_struct", "IS_STRUCT"], Operator::IsStruct),
            (["is_bool", "IS_BOOL"], Operator::IsBool),
            (["is_int", "IS_INT"], Operator::IsInt),
            (["is_float", "IS_FLOAT"], Operator::IsFloat),
            (["is_null", "IS_NULL"], Operator::IsNull),
        ];
        let start = self.at;
        let negated = self.not();
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t']).len();
        let found = WORDS.into_iter().find(|(words, _)| self.keyword(words));
        if found.is_none() {
            self.at = start;
        }
        found.map(|(_, operator)| (operator, negated))
    }

    /// `<< … >>`, when it stands here.
    fn message(&mut self) -> Result<Option<Arc<str>>> {
        let start = self.at;
        self.skip();
        if !self.eat("<<") {
            self.at = start;
            return Ok(None);
        }
        let Some((message, _)) = self.rest().split_once(">>") else { return self.wrong("`>>` after the message") };
        self.at += message.len() + 2;
        Ok(Some(message.trim().into()))
    }
}

/// `Resources.*[ Type == name ]`
fn resources_of(name: Arc<str>) -> Query {
    let test = Test {
        query: Query { parts: vec![Part::Key("Type".into())], all: true },
        operator: Operator::Eq,
        negated: false,
        inverted: false,
        text: format!("Type == '{name}'").into(),
        with: Some(Operand::Literal(Literal::Text(name))),
        message: None,
    };
    let filter = Part::Filter(None, vec![vec![Clause::Test(test)]]);
    Query { parts: vec![Part::Key("Resources".into()), Part::Values(None), filter], all: true }
}

/// White space as single spaces, comments left out.
fn one_line(text: &str) -> Arc<str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ").into()
}
