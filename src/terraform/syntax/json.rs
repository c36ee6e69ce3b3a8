//! The JSON syntax of the language (`.tf.json`, `.tfvars.json`), into the same tree. Strings are templates;
//! which properties are blocks is known for what Terraform defines itself, and told by a schema for the rest.

use std::sync::Arc;

use jsonc_parser::{
    CollectOptions, CommentCollectionStrategy, ParseOptions,
    ast::{Object, ObjectProp, ObjectPropName, StringLit, Value},
    common::{Range, Ranged},
};

use super::{
    body::unique,
    expression::MAX_DEPTH,
    lexer::{Offsets, Parser},
    tree::{Attribute, Block, Body, Expr, ExprKind, File, Item, Name},
};
use crate::{
    model::{Problem, ProblemKind},
    source::{FileId, Span},
};

/// What a property of a body of some block type is.
enum Shape {
    /// A block with this many labels.
    Block(usize),
    /// An argument whose strings are templates.
    Argument,
    /// An argument whose strings are expressions: `depends_on`, `type`.
    Expression,
}

/// Parses a configuration file in JSON syntax.
pub fn parse(text: &str, id: FileId) -> File {
    let mut reader = Reader { text, id, problems: Vec::new(), literal: false, depth: 0 };
    let empty = Body { attributes: Vec::new(), blocks: Vec::new(), span: Span::new(id, 0..text.len()), json: true };
    let body = match reader.document() {
        Some(Value::Object(object)) => reader.body(&object, "", empty.span),
        Some(Value::Array(array)) => {
            let mut all = empty;
            for element in &array.elements {
                if let Value::Object(object) = element {
                    let part = reader.body(object, "", all.span);
                    all.attributes.extend(part.attributes);
                    all.blocks.extend(part.blocks);
                }
            }
            all
        }
        _ => empty,
    };
    File { id, body, comments: Vec::new(), problems: reader.problems }
}

/// Parses a `.tfvars.json` file: a map from names to values, in which strings are literal.
pub fn parse_variables(text: &str, id: FileId) -> (Vec<Attribute>, Vec<Problem>) {
    let mut reader = Reader { text, id, problems: Vec::new(), literal: true, depth: 0 };
    let mut attributes = Vec::new();
    if let Some(Value::Object(object)) = reader.document() {
        for property in &object.properties {
            let value = reader.value(&property.value);
            attributes.push(Attribute { name: reader.name(property), value });
        }
    }
    unique(&mut attributes, &mut reader.problems);
    (attributes, reader.problems)
}

/// The blocks that a property of a JSON body holds, when a schema says that it is a block type:
/// an object, or an array of objects.
pub fn bodies(value: &Expr) -> Option<Vec<Body>> {
    match &value.kind {
        ExprKind::Object(items) => Some(vec![body_of(items, value.span)]),
        ExprKind::Tuple(elements) => {
            let parts: Option<Vec<Vec<Body>>> = elements.iter().map(bodies).collect();
            parts.map(|parts| parts.into_iter().flatten().collect())
        }
        ExprKind::Null => Some(Vec::new()),
        _ => None,
    }
}

fn body_of(items: &[Item], span: Span) -> Body {
    let mut body = Body { attributes: Vec::new(), blocks: Vec::new(), span, json: true };
    for item in items {
        let Some(key) = item.key.as_string() else { continue };
        if &**key == "//" {
            continue;
        }
        let name = Name { text: Arc::clone(key), span: item.key.span };
        if &**key == "dynamic"
            && let Some(blocks) = dynamic(&item.value)
        {
            body.blocks.extend(blocks);
        } else {
            body.attributes.push(Attribute { name, value: item.value.clone() });
        }
    }
    body
}

/// `"dynamic": {"name": {…}}` inside a nested block.
fn dynamic(value: &Expr) -> Option<Vec<Block>> {
    let objects: Vec<&Expr> = match &value.kind {
        ExprKind::Tuple(elements) => elements.iter().collect(),
        _ => vec![value],
    };
    let mut blocks = Vec::new();
    for object in objects {
        let ExprKind::Object(items) = &object.kind else { return None };
        for item in items {
            let label = Name { text: Arc::clone(item.key.as_string()?), span: item.key.span };
            for body in bodies(&item.value)? {
                blocks.push(dynamic_block(label.clone(), body));
            }
        }
    }
    Some(blocks)
}

fn dynamic_block(label: Name, mut body: Body) -> Block {
    let mut blocks = Vec::new();
    body.attributes.retain(|attribute| {
        if &*attribute.name.text != "content" {
            return true;
        }
        for content in bodies(&attribute.value).into_iter().flatten() {
            blocks.push(Block {
                kind: attribute.name.clone(),
                labels: Vec::new(),
                header: attribute.name.span,
                span: attribute.span(),
                body: content,
                broken: false,
            });
        }
        false
    });
    body.blocks = blocks;
    let kind = Name { text: "dynamic".into(), span: label.span };
    Block { kind, header: label.span, span: label.span.to(body.span), labels: vec![label], body, broken: false }
}

/// What a property of a body is, by the type of the block that the body belongs to (Terraform language, "JSON
/// Configuration Syntax"; `""` is the file).
fn shape(parent: &str, name: &str) -> Shape {
    match (parent, name) {
        ("", "resource" | "data" | "ephemeral") => Shape::Block(2),
        ("", "variable" | "output" | "module" | "provider" | "check") => Shape::Block(1),
        ("", _) => Shape::Block(0),
        ("check", "data") => Shape::Block(2),
        ("terraform", "backend" | "provider_meta") => Shape::Block(1),
        ("terraform", "required_providers" | "cloud" | "encryption") | ("variable" | "check", _)
            if is_block(parent, name) =>
        {
            Shape::Block(0)
        }
        ("resource" | "data" | "ephemeral", "provisioner" | "dynamic") => Shape::Block(1),
        ("dynamic", "content") => Shape::Block(0),
        ("content", "dynamic") => Shape::Block(1),
        ("resource" | "data" | "ephemeral", "lifecycle" | "connection") => Shape::Block(0),
        ("lifecycle" | "output", "precondition" | "postcondition") => Shape::Block(0),
        (_, "depends_on" | "ignore_changes" | "replace_triggered_by") => Shape::Expression,
        ("resource" | "data" | "ephemeral" | "import", "provider") | ("module", "providers") => Shape::Expression,
        ("variable", "type") | ("moved" | "removed", "from" | "to") | ("import", "to") => Shape::Expression,
        _ => Shape::Argument,
    }
}

fn is_block(parent: &str, name: &str) -> bool {
    match parent {
        "variable" => name == "validation",
        "check" => name == "assert",
        _ => true,
    }
}

struct Reader<'a> {
    text: &'a str,
    id: FileId,
    problems: Vec<Problem>,
    /// Strings are not templates.
    literal: bool,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Option<Value<'a>> {
        let options = ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
        match jsonc_parser::parse_to_ast(self.text, &collect, &options) {
            Ok(result) => result.value,
            Err(error) => {
                let range = error.range();
                self.problem(Span::new(self.id, range.start..range.end), error.kind().to_string());
                None
            }
        }
    }

    fn problem(&mut self, span: Span, message: String) {
        self.problems.push(Problem::at(ProblemKind::Error, "terraform-syntax", message, span));
    }

    fn span(&self, range: Range) -> Span {
        Span::new(self.id, range.start..range.end)
    }

    fn name(&self, property: &ObjectProp<'_>) -> Name {
        Name { text: key(&property.name).into(), span: self.span(property.name.range()) }
    }

    fn body(&mut self, object: &Object<'a>, parent: &str, span: Span) -> Body {
        let mut body = Body { attributes: Vec::new(), blocks: Vec::new(), span, json: true };
        for property in object.properties.iter().filter(|property| key(&property.name) != "//") {
            let name = self.name(property);
            match shape(parent, &name.text) {
                Shape::Block(labels) => self.blocks(&name, &mut Vec::new(), labels, &property.value, &mut body.blocks),
                Shape::Argument => body.attributes.push(Attribute { name, value: self.value(&property.value) }),
                Shape::Expression => body.attributes.push(Attribute { name, value: self.expressions(&property.value) }),
            }
        }
        unique(&mut body.attributes, &mut self.problems);
        body
    }

    /// Labels are nested keys; an array stands for several at any level.
    fn blocks(&mut self, kind: &Name, labels: &mut Vec<Name>, left: usize, value: &Value<'a>, out: &mut Vec<Block>) {
        match value {
            Value::Array(array) => {
                array.elements.iter().for_each(|element| self.blocks(kind, labels, left, element, out))
            }
            Value::Object(object) if left > 0 => {
                for property in object.properties.iter().filter(|property| key(&property.name) != "//") {
                    labels.push(self.name(property));
                    self.blocks(kind, labels, left - 1, &property.value, out);
                    labels.pop();
                }
            }
            Value::Object(object) => {
                let span = self.span(object.range);
                let header = labels.last().map_or(kind.span, |label| label.span);
                let body = self.body(object, &kind.text, span);
                out.push(Block {
                    kind: kind.clone(),
                    labels: labels.clone(),
                    header,
                    span: header.to(span),
                    body,
                    broken: false,
                });
            }
            Value::NullKeyword(_) => {}
            other => self.problem(self.span(other.range()), format!("a `{}` block must be an object", kind.text)),
        }
    }

    fn value(&mut self, value: &Value<'a>) -> Expr {
        let span = self.span(value.range());
        let kind = match value {
            Value::StringLit(text) => return self.string(text, false),
            Value::NumberLit(number) => number_kind(number.value, span),
            Value::BooleanLit(literal) => ExprKind::Bool(literal.value),
            Value::NullKeyword(_) => ExprKind::Null,
            Value::Array(_) | Value::Object(_) if self.depth >= MAX_DEPTH => {
                self.problem(span, format!("nested deeper than {MAX_DEPTH} levels"));
                ExprKind::Null
            }
            Value::Array(array) => self
                .deeper(|reader| ExprKind::Tuple(array.elements.iter().map(|element| reader.value(element)).collect())),
            Value::Object(object) => self.deeper(|reader| {
                ExprKind::Object(object.properties.iter().map(|property| reader.item(property)).collect())
            }),
        };
        Expr { kind, span }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn item(&mut self, property: &ObjectProp<'a>) -> Item {
        let key = match &property.name {
            ObjectPropName::String(text) => self.string(text, false),
            ObjectPropName::Word(word) => {
                Expr { kind: ExprKind::String(word.value.into()), span: self.span(word.range) }
            }
        };
        Item { key, value: self.value(&property.value) }
    }

    /// As [`Reader::value`], but strings are expressions.
    fn expressions(&mut self, value: &Value<'a>) -> Expr {
        let span = self.span(value.range());
        match value {
            Value::StringLit(text) => self.string(text, true),
            Value::Array(array) => {
                let items = array.elements.iter().map(|element| self.expressions(element)).collect();
                Expr { kind: ExprKind::Tuple(items), span }
            }
            Value::Object(object) => {
                let item = |property: &ObjectProp<'a>, reader: &mut Self| Item {
                    key: reader.string_literal(property),
                    value: reader.expressions(&property.value),
                };
                let items = object.properties.iter().map(|property| item(property, self)).collect();
                Expr { kind: ExprKind::Object(items), span }
            }
            other => self.value(other),
        }
    }

    fn string_literal(&self, property: &ObjectProp<'_>) -> Expr {
        Expr { kind: ExprKind::String(key(&property.name).into()), span: self.span(property.name.range()) }
    }

    /// A string as a template, or as an expression; offsets inside are those of the file, escapes included.
    fn string(&mut self, literal: &StringLit<'a>, expression: bool) -> Expr {
        let span = self.span(literal.range);
        let text = &*literal.value;
        if !expression && (self.literal || !text.contains(['$', '%'])) {
            return Expr { kind: ExprKind::String(text.into()), span };
        }
        let raw = self.text.get(literal.range.start + 1..literal.range.end.saturating_sub(1)).unwrap_or_default();
        let table = if raw == text { None } else { Some(offsets(raw, literal.range.start + 1)) };
        let offsets = table.as_ref().map_or(Offsets::From(literal.range.start + 1), |table| Offsets::Table(table));
        let mut parser = Parser::new(text, self.id, offsets);
        parser.depth = self.depth;
        let parsed = if expression { parser.whole_expression() } else { parser.whole_template() };
        match parsed {
            Ok(expr) => Expr { kind: expr.kind, span },
            Err(stop) => {
                let at = parser.span(stop.start, stop.end);
                self.problem(at, stop.message);
                Expr { kind: ExprKind::String(text.into()), span }
            }
        }
    }
}

fn key<'a>(name: &'a ObjectPropName<'_>) -> &'a str {
    match name {
        ObjectPropName::String(text) => &text.value,
        ObjectPropName::Word(word) => word.value,
    }
}

fn number_kind(text: &str, span: Span) -> ExprKind {
    match text.strip_prefix('-') {
        None => ExprKind::Number(text.into()),
        Some(positive) => {
            let operand = Expr { kind: ExprKind::Number(positive.into()), span };
            ExprKind::Unary(super::tree::UnaryOp::Negate, Box::new(operand))
        }
    }
}

/// For each byte of the decoded string, and its end, the offset in the file: `raw` is the text between the quotes.
fn offsets(raw: &str, base: usize) -> Vec<u32> {
    let mut table = Vec::with_capacity(raw.len() + 1);
    let at = |offset: usize| u32::try_from(base + offset).unwrap_or(u32::MAX);
    let mut chars = raw.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let bytes = if c == '\\' {
            match chars.next() {
                Some((_, 'u')) => unicode_escape(raw, start, &mut chars),
                _ => 1,
            }
        } else {
            c.len_utf8()
        };
        table.extend(std::iter::repeat_n(at(start), bytes));
    }
    table.push(at(raw.len()));
    table
}

/// Steps over the digits of `\uNNNN`, of a surrogate pair both halves; gives the UTF-8 length of the character.
fn unicode_escape(raw: &str, start: usize, chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>) -> usize {
    let unit = |at: usize| raw.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or(0);
    let first = unit(start + 2);
    let pair = (0xd800..0xdc00).contains(&first) && raw.get(start + 6..start + 8) == Some("\\u");
    let length = if pair { 12 } else { 6 };
    while chars.next_if(|(at, _)| *at < start + length).is_some() {}
    if pair { 4 } else { char::from_u32(first).map_or(3, char::len_utf8) }
}
