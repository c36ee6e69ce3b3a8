//! Terraform's two syntaxes. In: text. Out: one syntax tree with spans, comments, and a problem for each part
//! that could not be parsed; the rest of the file goes on.
//!
//! This is our own parser, see `docs/decisions.md`: one that stops at the first error would lose the file.

pub mod body;
pub mod expression;
pub mod json;
mod lexer;
pub mod template;
pub mod tree;

pub use tree::{
    Attribute, BinaryOp, Block, Body, Call, Conditional, Expr, ExprKind, File, For, Item, Name, Operation, Part, Step,
    StepKind, Traversal, UnaryOp,
};

use crate::{
    model::{Problem, ProblemKind},
    source::{FileId, SourceFile},
};
use lexer::{Offsets, Parse, Parser, Token};

/// Parses a configuration file, in the syntax that its name says.
pub fn parse_file(file: &SourceFile) -> File {
    if file.path().ends_with(".json") {
        json::parse(file.text(), file.id())
    } else {
        body::parse(file.text(), file.id())
    }
}

/// Parses an expression that fills a text.
///
/// # Errors
/// The syntax error.
pub fn parse_expression(text: &str, id: FileId) -> Result<Expr, Box<Problem>> {
    finish(text, id, |parser| parser.whole_expression())
}

/// Parses a template that fills a text, as in `templatefile`.
///
/// # Errors
/// The syntax error.
pub fn parse_template(text: &str, id: FileId) -> Result<Expr, Box<Problem>> {
    finish(text, id, |parser| parser.whole_template())
}

fn finish(text: &str, id: FileId, parse: impl FnOnce(&mut Parser<'_>) -> Parse<Expr>) -> Result<Expr, Box<Problem>> {
    let mut parser = Parser::new(text, id, Offsets::From(0));
    parse(&mut parser).map_err(|stop| {
        let span = parser.span(stop.start, stop.end.max(stop.start));
        Box::new(Problem::at(ProblemKind::Error, "terraform-syntax", stop.message, span))
    })
}

impl Parser<'_> {
    fn whole_expression(&mut self) -> Parse<Expr> {
        let expr = self.expression()?;
        while self.eat(Token::Newline).is_some() {}
        self.expect(Token::End, "the end of the expression")?;
        Ok(expr)
    }
}

#[cfg(test)]
mod tests;
