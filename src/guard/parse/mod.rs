//! Parses policies. In: the text of a `.guard` or `.ruleset` file. Out: a [`Policy`], or the first mistake with its
//! place. Recursive descent with bounded depth; an access is parsed once and what follows says which clause it is, so
//! that time is linear (the original tries every form anew, which doubles with each nesting).

mod clauses;
mod literals;
mod queries;

use crate::guard::syntax::{Block, Let, Operand, Policy, RuleBody};

/// How deep blocks, filters, lists and maps may be nested.
pub const MAX_DEPTH: usize = 64;

/// How many steps a query may have.
pub const MAX_STEPS: usize = 256;

/// The name of the rule that clauses outside of rules make.
pub const DEFAULT_RULE: &str = "default";

/// What is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Byte offset.
    pub at: usize,
    /// What was expected, in words.
    pub message: String,
}

type Result<T> = std::result::Result<T, Mistake>;

/// Where clauses stand, which decides what `{` after an access means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// In a block, a filter or a file: a block for each value.
    Body,
    /// After `when`: the end of the conditions.
    Conditions,
}

/// Parses a policy.
///
/// # Errors
/// The first mistake.
pub fn parse(text: &str) -> Result<Policy> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let mut policy = Policy::default();
    let mut loose = RuleBody { name: DEFAULT_RULE.into(), ..RuleBody::default() };
    loop {
        parser.skip();
        if parser.rest().is_empty() {
            break;
        }
        if let Some(assignment) = parser.assignment()? {
            policy.lets.push(assignment);
        } else if parser.keyword(&["rule"]) {
            let rule = parser.rule()?;
            if rule.parameters.is_empty() { &mut policy.rules } else { &mut policy.callable }.push(rule);
        } else {
            let from = parser.at;
            match parser.alternatives(Mode::Body)? {
                Some(alternatives) => loose.block.clauses.push(alternatives),
                None => return parser.wrong("a rule, a `let` or a clause"),
            }
            if loose.place.is_empty() {
                loose.place = from..parser.at;
            }
        }
    }
    if !loose.block.clauses.is_empty() {
        policy.rules.insert(0, loose);
    }
    Ok(policy)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn wrong<T>(&self, expected: &str) -> Result<T> {
        let found: String = self.rest().chars().take(20).take_while(|c| !c.is_control()).collect();
        let found = if found.is_empty() { "the end of the line".to_owned() } else { format!("`{found}`") };
        Err(Mistake { at: self.at, message: format!("expected {expected}, found {found}") })
    }

    /// White space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest().trim_start();
            self.at = self.text.len() - rest.len();
            if !rest.starts_with('#') {
                return;
            }
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Result<()> {
        self.skip();
        if self.eat(token) { Ok(()) } else { self.wrong(&format!("`{token}`")) }
    }

    /// One of these words, not as the start of a longer one.
    fn keyword(&mut self, words: &[&str]) -> bool {
        let rest = self.rest();
        let is_end = |after: &str| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let found = words.iter().find(|word| rest.strip_prefix(**word).is_some_and(is_end));
        self.at += found.map_or(0, |word| word.len());
        found.is_some()
    }

    /// A letter, then letters, digits and underscores.
    fn name(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        rest.get(..end)
    }

    /// Runs a part one level deeper.
    fn nested<T>(&mut self, part: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Mistake { at: self.at, message });
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    /// `let name = value`, when there is one.
    fn assignment(&mut self) -> Result<Option<Let>> {
        let start = self.at;
        if !self.keyword(&["let"]) {
            return Ok(None);
        }
        self.skip();
        let Some(name) = self.name() else {
            // `let` may be the name of a property.
            self.at = start;
            return Ok(None);
        };
        self.skip();
        if !self.eat(":=") && !self.eat("=") {
            return self.wrong("`=`");
        }
        Ok(Some(Let { name: name.into(), value: self.operand()? }))
    }

    /// What a variable stands for, or a clause compares with.
    fn operand(&mut self) -> Result<Operand> {
        self.skip();
        if let Some(literal) = self.literal()? {
            return Ok(Operand::Literal(literal));
        }
        if let Some((function, arguments)) = self.function()? {
            return Ok(Operand::Call(function, arguments));
        }
        match self.query()? {
            Some(query) => Ok(Operand::Query(query)),
            None => self.wrong("a value, a query or a function"),
        }
    }

    /// What follows the word `rule`.
    fn rule(&mut self) -> Result<RuleBody> {
        self.skip();
        let from = self.at;
        let Some(name) = self.name() else { return self.wrong("the name of the rule") };
        let place = from..self.at;
        let parameters = if self.eat("(") { self.parameters()? } else { Vec::new() };
        let conditions = self.conditions()?;
        Ok(RuleBody { name: name.into(), place, parameters, conditions, block: self.block()? })
    }

    fn parameters(&mut self) -> Result<Vec<std::sync::Arc<str>>> {
        let mut names = Vec::new();
        loop {
            self.skip();
            match self.name() {
                Some(name) => names.push(name.into()),
                None => return self.wrong("the name of a parameter"),
            }
            self.skip();
            if self.eat(")") {
                return Ok(names);
            }
            self.expect(",")?;
        }
    }

    fn block(&mut self) -> Result<Block> {
        self.expect("{")?;
        self.nested(|parser| {
            let mut block = Block::default();
            loop {
                parser.skip();
                if parser.eat("}") {
                    break;
                }
                if let Some(assignment) = parser.assignment()? {
                    block.lets.push(assignment);
                    continue;
                }
                match parser.alternatives(Mode::Body)? {
                    Some(alternatives) => block.clauses.push(alternatives),
                    None => return parser.wrong("a clause or `}`"),
                }
            }
            if block.lets.is_empty() && block.clauses.is_empty() {
                return parser.wrong("a clause in the block");
            }
            Ok(block)
        })
    }
}

#[cfg(test)]
mod tests;
