//! Templates: parts to text, and, when parts are unknown, to a pattern.

use std::sync::Arc;

use super::{Eval, Evaluator, MAX_STRING, choice, derived, exhausted, fault, loops::Element, loops::elements};
use crate::{
    source::Span,
    terraform::{
        cty::{Form, Hint, Kind, Marks, Piece, Type, Val},
        syntax::{Expr, Part},
    },
    value::Formula,
};

/// How many known and unknown parts a string may have.
const MAX_PIECES: usize = 10_000;

/// How much of a known beginning Terraform keeps of a template that is unknown, in bytes.
const MAX_PREFIX: usize = 128;

impl Evaluator<'_> {
    pub(super) fn template(&self, parts: &[Part], span: Span) -> Eval<Val> {
        let values = parts.iter().map(|part| self.part(part, span)).collect::<Eval<Vec<_>>>()?;
        let result = self.join(&values, span)?;
        let operands: Vec<&Val> = values.iter().collect();
        Ok(choice::distribute(result, &operands, &|values| self.join(values, span).ok()))
    }

    /// The text of values one after the other.
    fn join(&self, values: &[Val], span: Span) -> Eval<Val> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut buffer = String::new();
        let mut marks = Marks::NONE;
        for value in values {
            marks |= value.marks;
            let at = value.span.unwrap_or(span);
            if value.is_null() {
                return fault(at, "null cannot be put into a string");
            }
            let text = match self.convert(&value.clone().unmarked(), &Type::String, at) {
                // Terraform does not look at the type of what it does not know.
                Err(_) if !value.is_known() => derived(Val::unknown_not_null(Type::String), &[value]),
                text => text?,
            };
            if let Some(text) = text.as_text() {
                buffer.push_str(&text.text);
            } else if let Some(Form::Pattern(inner)) = text.hint().map(|hint| &hint.form) {
                for piece in &**inner {
                    match piece {
                        Piece::Literal(text) => buffer.push_str(text),
                        Piece::Value(_) => {
                            flush(&mut buffer, &mut pieces);
                            pieces.push(piece.clone());
                        }
                    }
                }
            } else {
                flush(&mut buffer, &mut pieces);
                pieces.push(Piece::Value(text));
            }
            if pieces.len() > MAX_PIECES {
                return exhausted(span, format!("a string has more than {MAX_PIECES} parts"));
            }
            if buffer.len() > MAX_STRING {
                return exhausted(span, format!("a string has more than {MAX_STRING} bytes"));
            }
        }
        if values.iter().all(Val::is_known) {
            return Ok(Val::string(buffer).marked(marks));
        }
        flush(&mut buffer, &mut pieces);
        let unknown = Val::unknown_not_null(Type::String).refine_prefix(&known_prefix(values));
        let unknown = derived(unknown, &values.iter().collect::<Vec<_>>());
        let why = unknown.hint().and_then(|hint| hint.why.clone());
        Ok(unknown.hinted(Hint { why, form: Form::Pattern(pieces.into()) }).marked(marks))
    }

    fn part(&self, part: &Part, span: Span) -> Eval<Val> {
        match part {
            Part::Literal(text) => Ok(Val::string(Arc::clone(text))),
            Part::Interpolation(expr) => self.eval(expr),
            Part::If { condition, then, otherwise } => self.if_part(condition, then, otherwise, span),
            Part::For { key, value, collection, body } => {
                self.for_part((key.as_deref(), value), collection, body, span)
            }
        }
    }

    fn if_part(&self, condition: &Expr, then: &[Part], otherwise: &[Part], span: Span) -> Eval<Val> {
        let branches = [self.template(then, span), self.template(otherwise, span)];
        if let Some(Err(fault)) = branches.iter().find(|branch| branch.as_ref().is_err_and(|fault| fault.fatal)) {
            return Err(fault.clone());
        }
        let [then, otherwise] = branches;
        let value = self.eval(condition)?;
        if value.is_null() {
            return fault(condition.span, "the condition is null");
        }
        let marks = value.deep_marks();
        let known = self.convert(&value, &Type::Bool, condition.span)?;
        match known.as_bool() {
            Some(true) => Ok(then?.marked(marks)),
            Some(false) => Ok(otherwise?.marked(marks)),
            None => {
                let conditions = self.scope.conditions();
                let formula = conditions
                    .formula(&known)
                    .unwrap_or_else(|| conditions.opaque(condition.span, &self.rounds(), &value));
                let arm = |branch: Eval<Val>| branch.unwrap_or_else(|fault| choice::impossible(&fault.message));
                let unknown = derived(Val::unknown_not_null(Type::String), &[&value]);
                Ok(choice::chosen(unknown, vec![(formula, arm(then)), (Formula::TRUE, arm(otherwise))]).marked(marks))
            }
        }
    }

    fn for_part(&self, names: (Option<&str>, &str), collection: &Expr, body: &[Part], span: Span) -> Eval<Val> {
        let walked = self.eval(collection)?;
        if walked.is_null() {
            return fault(collection.span, "null cannot be walked");
        }
        let mut marks = walked.marks;
        let Some(items) = elements(&walked) else {
            return match walked.kind {
                Kind::Unknown(_) if super::loops::iterable(&walked.ty()) => {
                    Ok(derived(Val::unknown(Type::String), &[&walked]).marked(marks))
                }
                _ => fault(collection.span, "only collections and structures can be walked"),
            };
        };
        let mut rendered = Vec::new();
        for (round, Element { key, value }) in items.into_iter().enumerate() {
            self.count_element(collection.span)?;
            let text = self
                .bind(names.0.map(|name| (name, key)), (names.1, value), round, |inner| inner.template(body, span))?;
            marks |= text.marks;
            rendered.push(text);
        }
        if let Some(unknown) = rendered.iter().find(|text| !text.is_known()) {
            let result = derived(Val::unknown(Type::String), &[unknown]);
            let joined = self.join(&rendered, span)?;
            return Ok(match joined.hint() {
                Some(hint) => result.hinted(hint.clone()),
                None => result,
            }
            .marked(marks));
        }
        self.join(&rendered, span).map(|text| text.marked(marks))
    }
}

fn flush(buffer: &mut String, pieces: &mut Vec<Piece>) {
    if !buffer.is_empty() {
        pieces.push(Piece::Literal(std::mem::take(buffer).into()));
    }
}

/// The known text before the first unknown part.
fn known_prefix(values: &[Val]) -> String {
    let mut prefix = String::new();
    for value in values {
        let text = crate::terraform::cty::convert(&value.clone().unmarked(), &Type::String).ok();
        match text.as_ref().and_then(Val::as_str) {
            Some(text) if prefix.len() < MAX_PREFIX => prefix.push_str(text),
            _ => break,
        }
    }
    let mut cut = prefix.len().min(MAX_PREFIX);
    while !prefix.is_char_boundary(cut) {
        cut -= 1;
    }
    prefix.truncate(cut);
    prefix
}
