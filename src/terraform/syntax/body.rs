//! Files and blocks. A syntax error costs the outermost block around it: the block is kept by its header, its
//! content is not, and parsing goes on with the next one.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{
    lexer::{Lexeme, Offsets, Parse, Parser, Stop, Token},
    tree::{Attribute, Block, Body, ExprKind, File, Name},
};
use crate::{
    model::{Problem, ProblemKind},
    source::{FileId, Span},
};

/// How deep blocks may nest.
const MAX_BLOCK_DEPTH: usize = 50;

/// How many syntax errors of one file are told.
const MAX_PROBLEMS: usize = 50;

/// Parses a file in native syntax.
pub fn parse(text: &str, id: FileId) -> File {
    let mut parser = Parser::new(text, id, Offsets::From(0));
    let mut body = Body { attributes: Vec::new(), blocks: Vec::new(), span: parser.span(0, text.len()), json: false };
    let mut problems = Vec::new();
    loop {
        while parser.eat(Token::Newline).is_some() {}
        let at = parser.peek();
        if at.token == Token::End {
            break;
        }
        let parsed = parser.item(&mut body, &mut problems, 0).and_then(|()| parser.end_of_item());
        if let Err(stop) = parsed {
            if problems.len() < MAX_PROBLEMS {
                problems.push(problem(&parser, &stop));
            }
            parser.recover(at, stop.resume);
            let span = parser.span(at.start, parser.position);
            body.blocks.extend(parser.header_only(at, span));
        }
    }
    unique(&mut body.attributes, &mut problems);
    let comments = std::mem::take(&mut parser.comments);
    let comments = comments.into_iter().map(|(start, end)| parser.span(start, end)).collect();
    File { id, body, comments, problems }
}

fn problem(parser: &Parser<'_>, stop: &Stop) -> Problem {
    let span = parser.span(stop.start, stop.end.max(stop.start));
    Problem::at(ProblemKind::Error, "terraform-syntax", stop.message.clone(), span)
}

impl Parser<'_> {
    fn item(&mut self, body: &mut Body, problems: &mut Vec<Problem>, depth: usize) -> Parse<()> {
        let at = self.expect(Token::Ident, "an argument or block")?;
        self.jump(at.end);
        let name = Name { text: self.slice(at).into(), span: self.span(at.start, at.end) };
        if self.eat(Token::Equal).is_some() {
            let value = self.expression()?;
            body.attributes.push(Attribute { name, value });
            return Ok(());
        }
        let block = self.block(name, problems, depth)?;
        body.blocks.push(block);
        Ok(())
    }

    /// After an item of a file or block that spans lines: a newline, or the end.
    fn end_of_item(&mut self) -> Parse<()> {
        match self.peek().token {
            Token::Newline => {
                self.next();
                Ok(())
            }
            Token::End | Token::CloseBrace => Ok(()),
            _ => Err(self.unexpected("a newline")),
        }
    }

    fn block(&mut self, kind: Name, problems: &mut Vec<Problem>, depth: usize) -> Parse<Block> {
        let labels = self.labels()?;
        let open = self.expect(Token::OpenBrace, if labels.is_empty() { "`=` or `{`" } else { "`{`" })?;
        if depth >= MAX_BLOCK_DEPTH {
            return Err(self.stop(open.start, open.end, format!("blocks nested deeper than {MAX_BLOCK_DEPTH} levels")));
        }
        let body = self.block_body(open, problems, depth)?;
        let header = labels.last().map_or(kind.span, |label| kind.span.to(label.span));
        let span = kind.span.to(body.span);
        Ok(Block { kind, labels, body, header, span, broken: false })
    }

    fn labels(&mut self) -> Parse<Vec<Name>> {
        let mut labels = Vec::new();
        loop {
            let at = self.peek();
            match at.token {
                Token::Ident => {
                    self.jump(at.end);
                    labels.push(Name { text: self.slice(at).into(), span: self.span(at.start, at.end) });
                }
                Token::Quote => {
                    let label = self.quoted()?;
                    let ExprKind::String(text) = label.kind else {
                        return Err(self.stop(at.start, self.position, "a label cannot hold a template"));
                    };
                    labels.push(Name { text, span: label.span });
                }
                _ => return Ok(labels),
            }
        }
    }

    fn block_body(&mut self, open: Lexeme, problems: &mut Vec<Problem>, depth: usize) -> Parse<Body> {
        let mut body =
            Body { attributes: Vec::new(), blocks: Vec::new(), span: self.span(open.start, open.end), json: false };
        self.with_newlines(true, |p| {
            let one_line = !matches!(p.peek().token, Token::Newline);
            loop {
                while p.eat(Token::Newline).is_some() {}
                if p.eat(Token::CloseBrace).is_some() {
                    return Ok(());
                }
                if p.peek().token == Token::End {
                    return Err(Stop {
                        start: open.start,
                        end: open.end,
                        message: "the block has no closing `}`".to_owned(),
                        resume: open.end,
                    });
                }
                p.item(&mut body, problems, depth + 1)?;
                if one_line {
                    p.expect(Token::CloseBrace, "`}`: a block in one line holds one argument")?;
                    return Ok(());
                }
                p.end_of_item()?;
            }
        })?;
        body.span = self.span(open.start, self.position);
        unique(&mut body.attributes, problems);
        Ok(body)
    }

    /// Goes to the next line that is indented no more than the failed item and starts with a name.
    fn recover(&mut self, failed: Lexeme, resume: usize) {
        let line_start =
            |at: usize| self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        let indent = failed.start - line_start(failed.start);
        let mut at = resume.max(failed.start);
        let next = loop {
            let Some(newline) = self.text.get(at..).and_then(|rest| rest.find('\n')) else { break self.text.len() };
            at += newline + 1;
            let line = self.text.get(at..).unwrap_or_default();
            let line = line.split('\n').next().unwrap_or_default();
            let blanks = line.len() - line.trim_start().len();
            if blanks <= indent && starts_item(line.trim()) {
                break at;
            }
        };
        self.newlines = true;
        self.depth = 0;
        self.jump(next.max(failed.end));
    }

    /// The kind and labels of a block whose content could not be parsed.
    fn header_only(&self, at: Lexeme, span: Span) -> Option<Block> {
        let mut parser = Parser::new(self.text, self.file, Offsets::From(0));
        parser.jump(at.start);
        let kind = parser.eat(Token::Ident)?;
        let kind = Name { text: parser.slice(kind).into(), span: parser.span(kind.start, kind.end) };
        let labels = parser.labels().ok().filter(|labels| !labels.is_empty())?;
        let header = labels.last().map_or(kind.span, |label| kind.span.to(label.span));
        let body = Body { attributes: Vec::new(), blocks: Vec::new(), span, json: false };
        Some(Block { kind, labels, body, header, span, broken: true })
    }
}

/// Whether a line looks like the start of a block or argument rather than like text.
fn starts_item(line: &str) -> bool {
    let length = super::lexer::ident_length(line);
    let rest = line.get(length..).unwrap_or_default().trim_start();
    length > 0 && (rest.starts_with(['"', '{', '=']) || rest.ends_with('{'))
}

/// Arguments that are set twice are a problem, and the first stays.
pub(super) fn unique(attributes: &mut Vec<Attribute>, problems: &mut Vec<Problem>) {
    let mut seen = FxHashSet::default();
    attributes.retain(|attribute| {
        let first = seen.insert(Arc::clone(&attribute.name.text));
        if !first {
            let message = format!("`{}` is set twice; the first one counts", attribute.name.text);
            problems.push(Problem::at(ProblemKind::Error, "terraform-syntax", message, attribute.name.span));
        }
        first
    });
}
