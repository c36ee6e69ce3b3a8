//! Expressions, by recursive descent (Terraform language, "Expressions"; HCL native syntax specification).

use std::sync::Arc;

use super::{
    lexer::{Lexeme, Parse, Parser, Token},
    tree::{
        BinaryOp, Call, Conditional, Expr, ExprKind, For, Item, Name, Operation, Step, StepKind, Traversal, UnaryOp,
    },
};

/// How deep expressions may nest, so that neither parsing nor evaluation can exhaust the stack.
pub const MAX_DEPTH: usize = 200;

impl Parser<'_> {
    /// Any expression, from the loosest operator.
    pub(super) fn expression(&mut self) -> Parse<Expr> {
        self.deeper(Self::conditional)
    }

    /// One level deeper, within [`MAX_DEPTH`].
    pub(super) fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= MAX_DEPTH {
            let at = self.peek();
            return Err(self.stop(at.start, at.end, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn conditional(&mut self) -> Parse<Expr> {
        let condition = self.operation(0)?;
        if self.eat(Token::Question).is_none() {
            return Ok(condition);
        }
        let then = self.expression()?;
        self.expect(Token::Colon, "`:` and the value when the condition is false")?;
        let otherwise = self.expression()?;
        let span = condition.span.to(otherwise.span);
        Ok(Expr { kind: ExprKind::Conditional(Box::new(Conditional { condition, then, otherwise })), span })
    }

    /// Binary operators of a precedence and tighter, by precedence climbing.
    fn operation(&mut self, loosest: u8) -> Parse<Expr> {
        let mut result = self.postfix()?;
        let mut chain: Option<u8> = None;
        while let Some((level, op)) = operator(self.peek().token)
            && level >= loosest
        {
            self.next();
            let right = self.operation(level + 1)?;
            let span = result.span.to(right.span);
            match &mut result.kind {
                ExprKind::Operation(operation) if chain == Some(level) => {
                    operation.rest.push((op, right));
                    result.span = span;
                }
                _ => {
                    let operation = Operation { first: result, rest: vec![(op, right)] };
                    result = Expr { kind: ExprKind::Operation(Box::new(operation)), span };
                    chain = Some(level);
                }
            }
        }
        Ok(result)
    }

    fn postfix(&mut self) -> Parse<Expr> {
        let base = self.term()?;
        let steps = self.steps()?;
        let Some(last) = steps.last() else { return Ok(base) };
        let span = base.span.to(last.span);
        Ok(Expr { kind: ExprKind::Traversal(Box::new(Traversal { base, steps })), span })
    }

    fn steps(&mut self) -> Parse<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            let opening = self.peek();
            let kind = match opening.token {
                Token::Dot => {
                    self.next();
                    self.dot_step()?
                }
                Token::OpenBracket => {
                    self.next();
                    self.bracket_step()?
                }
                _ => return Ok(steps),
            };
            let span = self.span(opening.start, self.position);
            let nested_end = match &kind {
                StepKind::Splat(nested) => nested.last().map(|step| step.span),
                _ => None,
            };
            steps.push(Step { kind, span: nested_end.map_or(span, |end| span.to(end)) });
        }
    }

    fn dot_step(&mut self) -> Parse<StepKind> {
        let at = self.peek();
        match at.token {
            Token::Ident => Ok(StepKind::Attribute(self.take(at))),
            Token::Number => self.legacy_index(at).map(StepKind::Index),
            Token::Star => {
                self.next();
                self.attribute_splat().map(StepKind::Splat)
            }
            _ => Err(self.unexpected("an attribute name after the dot")),
        }
    }

    /// `.0`, which older versions wrote for `[0]`.
    fn legacy_index(&mut self, at: Lexeme) -> Parse<Expr> {
        let text = self.take(at);
        if text.contains(['.', 'e', 'E']) {
            return Err(self.stop(at.start, at.end, "indexes after dots cannot be chained: write [0][1]"));
        }
        Ok(Expr { kind: ExprKind::Number(text), span: self.span(at.start, at.end) })
    }

    /// The steps after `.*`: attributes and legacy indexes only.
    fn attribute_splat(&mut self) -> Parse<Vec<Step>> {
        let mut steps = Vec::new();
        while let Some(dot) = self.eat(Token::Dot) {
            let at = self.peek();
            let kind = match at.token {
                Token::Ident => StepKind::Attribute(self.take(at)),
                Token::Number => StepKind::Index(self.legacy_index(at)?),
                Token::Star => return Err(self.unexpected("an attribute name: `.*` cannot be nested")),
                _ => return Err(self.unexpected("an attribute name after the dot")),
            };
            steps.push(Step { kind, span: self.span(dot.start, at.end) });
        }
        Ok(steps)
    }

    fn bracket_step(&mut self) -> Parse<StepKind> {
        if self.eat(Token::Star).is_some() {
            self.expect(Token::CloseBracket, "`]` after `[*`")?;
            return self.deeper(Self::steps).map(StepKind::Splat);
        }
        self.with_newlines(false, |p| {
            let key = p.expression()?;
            p.expect(Token::CloseBracket, "`]` after the index")?;
            Ok(StepKind::Index(key))
        })
    }

    fn term(&mut self) -> Parse<Expr> {
        let at = self.peek();
        match at.token {
            Token::OpenParen => self.parenthesised(),
            Token::Number => self.number(at),
            Token::Ident => self.name_or_call(at),
            Token::Quote => self.quoted(),
            Token::Heredoc => self.heredoc(),
            Token::Minus => self.unary(UnaryOp::Negate),
            Token::Not => self.unary(UnaryOp::Not),
            Token::OpenBracket => self.tuple_or_for(),
            Token::OpenBrace => self.object_or_for(),
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn parenthesised(&mut self) -> Parse<Expr> {
        let open = self.next();
        let inner = self.with_newlines(false, |p| {
            let inner = p.expression()?;
            p.expect(Token::CloseParen, "`)`")?;
            Ok(inner)
        })?;
        Ok(Expr { kind: ExprKind::Paren(Box::new(inner)), span: self.span(open.start, self.position) })
    }

    fn number(&mut self, at: Lexeme) -> Parse<Expr> {
        let text = self.take(at);
        if text.matches('.').count() > 1 || text.matches(['e', 'E']).count() > 1 {
            return Err(self.stop(at.start, at.end, format!("`{text}` is not a number")));
        }
        Ok(Expr { kind: ExprKind::Number(text), span: self.span(at.start, at.end) })
    }

    fn unary(&mut self, op: UnaryOp) -> Parse<Expr> {
        let at = self.next();
        let operand = self.deeper(Self::postfix)?;
        let span = self.span(at.start, at.end).to(operand.span);
        Ok(Expr { kind: ExprKind::Unary(op, Box::new(operand)), span })
    }

    fn name_or_call(&mut self, at: Lexeme) -> Parse<Expr> {
        let first = self.take(at);
        if matches!(self.peek().token, Token::OpenParen | Token::DoubleColon) {
            return self.call(at, &first);
        }
        let kind = match &*first {
            "null" => ExprKind::Null,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            _ => ExprKind::Variable(first),
        };
        Ok(Expr { kind, span: self.span(at.start, at.end) })
    }

    fn call(&mut self, at: Lexeme, first: &str) -> Parse<Expr> {
        let mut name = first.to_owned();
        let mut end = at.end;
        while self.eat(Token::DoubleColon).is_some() {
            let part = self.expect(Token::Ident, "a function name after `::`")?;
            name = format!("{name}::{}", self.slice(part));
            end = part.end;
        }
        let name = Name { text: name.into(), span: self.span(at.start, end) };
        self.expect(Token::OpenParen, "`(` and the arguments of the function")?;
        let (arguments, expand) = self.with_newlines(false, Self::arguments)?;
        let call = Call { name, arguments, expand };
        Ok(Expr { kind: ExprKind::Call(Box::new(call)), span: self.span(at.start, self.position) })
    }

    fn arguments(&mut self) -> Parse<(Vec<Expr>, bool)> {
        let mut arguments = Vec::new();
        loop {
            if self.eat(Token::CloseParen).is_some() {
                return Ok((arguments, false));
            }
            arguments.push(self.expression()?);
            if self.eat(Token::Ellipsis).is_some() {
                // A comma may follow, as after any argument.
                self.eat(Token::Comma);
                self.expect(Token::CloseParen, "`)` after the expanded argument")?;
                return Ok((arguments, true));
            }
            if self.eat(Token::Comma).is_none() {
                self.expect(Token::CloseParen, "`,` or `)` after the argument")?;
                return Ok((arguments, false));
            }
        }
    }

    fn tuple_or_for(&mut self) -> Parse<Expr> {
        let open = self.next();
        let kind = self.with_newlines(false, |p| {
            if p.at_word("for") {
                return p.for_expression(false);
            }
            let mut items = Vec::new();
            loop {
                if p.eat(Token::CloseBracket).is_some() {
                    return Ok(ExprKind::Tuple(items));
                }
                items.push(p.expression()?);
                if p.eat(Token::Comma).is_none() {
                    p.expect(Token::CloseBracket, "`,` or `]` after the element")?;
                    return Ok(ExprKind::Tuple(items));
                }
            }
        })?;
        Ok(Expr { kind, span: self.span(open.start, self.position) })
    }

    fn object_or_for(&mut self) -> Parse<Expr> {
        let open = self.next();
        let is_for = self.with_newlines(false, |p| Ok(p.at_word("for")))?;
        let kind = if is_for {
            self.with_newlines(false, |p| p.for_expression(true))?
        } else {
            self.with_newlines(true, Self::object_items)?
        };
        Ok(Expr { kind, span: self.span(open.start, self.position) })
    }

    fn object_items(&mut self) -> Parse<ExprKind> {
        let mut items = Vec::new();
        loop {
            if self.eat(Token::Newline).is_some() {
                continue;
            }
            if self.eat(Token::CloseBrace).is_some() {
                return Ok(ExprKind::Object(items));
            }
            let key = object_key(self.expression()?);
            if self.eat(Token::Equal).is_none() {
                self.expect(Token::Colon, "`=` and the value of the key")?;
            }
            let value = self.expression()?;
            items.push(Item { key, value });
            match self.peek().token {
                Token::Newline | Token::Comma => {
                    self.next();
                }
                Token::CloseBrace => {}
                _ => return Err(self.unexpected("a newline, `,` or `}` after the value")),
            }
        }
    }

    fn for_expression(&mut self, object: bool) -> Parse<ExprKind> {
        self.next();
        let (key_name, value_name) = self.for_names()?;
        let collection = self.expression()?;
        self.expect(Token::Colon, "`:` after the collection")?;
        let first = self.expression()?;
        let (key, value) = if object {
            self.expect(Token::Arrow, "`=>` after the key")?;
            (Some(first), self.expression()?)
        } else {
            (None, first)
        };
        let group = object && self.eat(Token::Ellipsis).is_some();
        let condition = if self.at_word("if") {
            self.next();
            Some(self.expression()?)
        } else {
            None
        };
        let close = if object { Token::CloseBrace } else { Token::CloseBracket };
        self.expect(close, if object { "`}` at the end of the `for`" } else { "`]` at the end of the `for`" })?;
        Ok(ExprKind::For(Box::new(For { key_name, value_name, collection, key, value, group, condition })))
    }

    /// `k, v in`, after `for`.
    pub(super) fn for_names(&mut self) -> Parse<(Option<Arc<str>>, Arc<str>)> {
        let first = self.expect(Token::Ident, "a name after `for`")?;
        let first: Arc<str> = self.slice(first).into();
        let names = if self.eat(Token::Comma).is_some() {
            let second = self.expect(Token::Ident, "a name after the comma")?;
            (Some(first), self.slice(second).into())
        } else {
            (None, first)
        };
        if !self.at_word("in") {
            return Err(self.unexpected("`in`"));
        }
        self.next();
        Ok(names)
    }

    fn take(&mut self, lexeme: Lexeme) -> Arc<str> {
        self.jump(lexeme.end);
        self.slice(lexeme).into()
    }
}

/// A bare name as a key is its text. A longer traversal without parentheses is refused when it is evaluated.
fn object_key(key: Expr) -> Expr {
    let text: Arc<str> = match &key.kind {
        ExprKind::Variable(name) => Arc::clone(name),
        ExprKind::Null => "null".into(),
        ExprKind::Bool(true) => "true".into(),
        ExprKind::Bool(false) => "false".into(),
        _ => return key,
    };
    Expr { kind: ExprKind::String(text), span: key.span }
}

/// The operator of a token and its precedence, 0 the loosest.
fn operator(token: Token) -> Option<(u8, BinaryOp)> {
    use BinaryOp as Op;
    Some(match token {
        Token::Or => (0, Op::Or),
        Token::And => (1, Op::And),
        Token::EqualEqual => (2, Op::Equal),
        Token::NotEqual => (2, Op::NotEqual),
        Token::Less => (3, Op::Less),
        Token::LessEqual => (3, Op::LessOrEqual),
        Token::Greater => (3, Op::Greater),
        Token::GreaterEqual => (3, Op::GreaterOrEqual),
        Token::Plus => (4, Op::Add),
        Token::Minus => (4, Op::Subtract),
        Token::Star => (5, Op::Multiply),
        Token::Slash => (5, Op::Divide),
        Token::Percent => (5, Op::Modulo),
        _ => return None,
    })
}
