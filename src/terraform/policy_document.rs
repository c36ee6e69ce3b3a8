//! The data source `aws_iam_policy_document`, computed as the AWS provider does. In: the evaluated block, nested blocks
//! as sequences of objects. Out: `json`, `minified_json` and `id`. The JSON text keeps the document it was made of, with
//! the place of every statement; what is unknown stays so inside the document and makes only the text unknown.
//!
//! Source: terraform-provider-aws, `internal/service/iam/policy_document_data_source.go` and `policy_model.go`.

use std::{cmp::Reverse, sync::Arc};

use crate::{
    source::Span,
    terraform::{
        cty::{Entries, Form, Hint, Kind, Piece, Text, Type, Val, convert, set},
        functions::{decode_json, write_json_string},
    },
};

/// The version of a document that says none.
const DEFAULT_VERSION: &str = "2012-10-17";
/// The version without variables.
const OLD_VERSION: &str = "2008-10-17";

/// A statement: its elements in the order in which they are printed, absent ones left out.
#[derive(Clone, Debug)]
enum Statement {
    Known {
        elements: Vec<(&'static str, Val)>,
        span: Option<Span>,
        place: Val,
    },
    /// Any number of statements that cannot be told.
    Unknown(Val),
}

#[derive(Default)]
struct Document {
    version: Option<Val>,
    id: Option<Val>,
    statements: Vec<Statement>,
}

/// The elements of a statement in the provider's order.
const ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];

/// The computed attributes of the data source: `json`, `minified_json`, `id`.
///
/// # Errors
/// Where the provider stops, in words: a source document that is no policy, a Sid that occurs twice, a variable in
/// an old document.
pub fn computed(config: &Val) -> Result<Entries, String> {
    let mut merged = Document::default();
    let mut sids: Vec<Arc<str>> = Vec::new();
    // The plugin SDK gives the provider an empty string as if it were null.
    let written_documents = |name| {
        items(attribute(config, name)).into_iter().filter(|source| !source.is_null() && source.as_str() != Some(""))
    };
    for source in written_documents("source_policy_documents") {
        let document = parsed(&source)?;
        no_duplicates(&document, &mut sids)?;
        merged.merge(document);
    }
    let own = written(config)?;
    no_duplicates(&own, &mut Vec::new())?;
    merged.merge(own);
    for source in written_documents("override_policy_documents") {
        merged.merge(parsed(&source)?);
    }
    let value = merged.value().from_where(config);
    let text = |indented| merged.text(indented).map(Arc::from);
    let json = encoded(text(true), &value);
    let minified = encoded(text(false), &value);
    let id = Val::unknown_not_null(Type::String);
    Ok([("json", json), ("minified_json", minified), ("id", id)]
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect())
}

/// The JSON text of the document, or an unknown that remembers it.
fn encoded(text: Option<Arc<str>>, value: &Val) -> Val {
    let marks = value.deep_marks();
    let value = Arc::new(value.clone().unmarked_deep());
    let result = match text {
        Some(text) => Val::new(Kind::String(Text { text, json: Some(Arc::clone(&value)) })),
        None => {
            let hint = Hint { why: why(&value), form: Form::Json(Arc::clone(&value)) };
            Val::unknown(Type::String).refine_not_null().refine_whole_prefix("{").hinted(hint)
        }
    };
    result.from_where(&value).marked(marks)
}

/// Why the first unknown part is unknown.
fn why(value: &Val) -> Option<Arc<crate::value::Unknown>> {
    match value.hint() {
        Some(hint) => hint.why.clone(),
        None => value.children().find_map(why),
    }
}

/// An attribute that is set.
fn attribute<'v>(config: &'v Val, name: &str) -> Option<&'v Val> {
    config.as_entries()?.get(name).filter(|value| !value.is_null())
}

/// The elements of an attribute or of nested blocks; an unknown collection is one unknown element.
fn items(value: Option<&Val>) -> Vec<Val> {
    match value {
        None => Vec::new(),
        Some(value) => match value.as_items() {
            Some(items) => items.to_vec(),
            None => vec![value.clone()],
        },
    }
}

/// Nested blocks in the order of the set that Terraform hands to the provider.
fn blocks(statement: &Val, name: &str) -> Vec<Val> {
    set::ordered(items(attribute(statement, name)))
}

fn no_duplicates(document: &Document, seen: &mut Vec<Arc<str>>) -> Result<(), String> {
    for sid in document.statements.iter().filter_map(Statement::sid) {
        if seen.contains(&sid) {
            return Err(format!("duplicate Sid ({sid}); remove the Sid or ensure Sids are unique"));
        }
        seen.push(sid);
    }
    Ok(())
}

impl Statement {
    /// The known Sid that is not empty.
    fn sid(&self) -> Option<Arc<str>> {
        let Self::Known { elements, .. } = self else { return None };
        let (_, sid) = elements.iter().find(|(name, _)| *name == "Sid")?;
        sid.as_text().map(|text| Arc::clone(&text.text)).filter(|text| !text.is_empty())
    }

    fn value(&self) -> Val {
        match self {
            Self::Known { elements, span, place } => {
                let entries = elements.iter().map(|(name, value)| (Arc::from(*name), value.clone())).collect();
                Val::object(entries).from_where(place).at(*span)
            }
            Self::Unknown(value) => value.clone(),
        }
    }
}

impl Document {
    /// Takes over another document: its id, a later version, its statements, those with a known Sid in place.
    fn merge(&mut self, other: Self) {
        if other.id.as_ref().is_some_and(|id| id.as_str() != Some("")) {
            self.id = other.id;
        }
        let later = match (&self.version, &other.version) {
            (Some(own), Some(new)) => !new.is_known() || new.as_str() > own.as_str(),
            (own, _) => own.is_none(),
        };
        if later {
            self.version = other.version;
        }
        for statement in other.statements {
            let existing = statement
                .sid()
                .and_then(|sid| self.statements.iter_mut().find(|other| other.sid().as_ref() == Some(&sid)));
            match existing {
                Some(existing) => *existing = statement,
                None => self.statements.push(statement),
            }
        }
    }

    fn head(&self) -> impl Iterator<Item = (&'static str, &Val)> {
        let set = |value: &&Val| value.as_str() != Some("");
        let version = self.version.as_ref().filter(set).map(|value| ("Version", value));
        version.into_iter().chain(self.id.as_ref().filter(set).map(|value| ("Id", value)))
    }

    fn value(&self) -> Val {
        let mut entries: Entries = self.head().map(|(name, value)| (name.into(), value.clone())).collect();
        if !self.statements.is_empty() {
            entries.insert("Statement".into(), Val::tuple(self.statements.iter().map(Statement::value).collect()));
        }
        Val::object(entries)
    }

    /// The text as Go prints it, `None` when a part is unknown.
    fn text(&self, indented: bool) -> Option<String> {
        let mut printer = Printer { out: String::new(), indented };
        let mut members: Vec<(&str, Box<Print<'_>>)> = Vec::new();
        for (name, value) in self.head() {
            members.push((name, Box::new(move |printer, depth| printer.value(value, depth))));
        }
        if !self.statements.is_empty() {
            let statements = move |printer: &mut Printer, depth: usize| {
                printer.sequence(self.statements.iter(), depth, |printer, statement, depth| match statement {
                    Statement::Known { elements, .. } => {
                        let members = elements.iter().map(|(name, value)| {
                            let print: Box<Print<'_>> = Box::new(move |printer, depth| printer.value(value, depth));
                            (*name, print)
                        });
                        printer.object(members.collect(), depth)
                    }
                    Statement::Unknown(_) => None,
                })
            };
            members.push(("Statement", Box::new(statements)));
        }
        printer.object(members, 0)?;
        Some(printer.out)
    }
}

type Print<'p> = dyn Fn(&mut Printer, usize) -> Option<()> + 'p;

/// Prints JSON as Go's encoder: two spaces of indentation or none at all.
struct Printer {
    out: String,
    indented: bool,
}

impl Printer {
    fn line(&mut self, depth: usize) {
        if self.indented {
            self.out.push('\n');
            self.out.push_str(&"  ".repeat(depth));
        }
    }

    fn object(&mut self, members: Vec<(&str, Box<Print<'_>>)>, depth: usize) -> Option<()> {
        if members.is_empty() {
            self.out.push_str("{}");
            return Some(());
        }
        self.out.push('{');
        for (index, (name, print)) in members.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line(depth + 1);
            write_json_string(name, &mut self.out);
            self.out.push_str(if self.indented { ": " } else { ":" });
            print(self, depth + 1)?;
        }
        self.line(depth);
        self.out.push('}');
        Some(())
    }

    fn sequence<T>(
        &mut self,
        items: impl ExactSizeIterator<Item = T>,
        depth: usize,
        print: impl Fn(&mut Self, T, usize) -> Option<()>,
    ) -> Option<()> {
        if items.len() == 0 {
            self.out.push_str("[]");
            return Some(());
        }
        self.out.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line(depth + 1);
            print(self, item, depth + 1)?;
        }
        self.line(depth);
        self.out.push(']');
        Some(())
    }

    fn value(&mut self, value: &Val, depth: usize) -> Option<()> {
        match &value.kind {
            Kind::String(text) => write_json_string(&text.text, &mut self.out),
            Kind::Null(_) => self.out.push_str("null"),
            Kind::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Kind::Number(number) => self.out.push_str(&number.text()),
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                self.sequence(items.iter(), depth, |printer, item, depth| printer.value(item, depth))?;
            }
            Kind::Map(_, entries) | Kind::Object(entries) => {
                let members = entries.iter().map(|(name, value)| {
                    let print: Box<Print<'_>> = Box::new(move |printer, depth| printer.value(value, depth));
                    (&**name, print)
                });
                self.object(members.collect(), depth)?;
            }
            Kind::Unknown(_) => return None,
        }
        Some(())
    }
}

/// The document that the block itself describes.
fn written(config: &Val) -> Result<Document, String> {
    let version = attribute(config, "version").cloned().unwrap_or_else(|| DEFAULT_VERSION.into());
    let old = version.as_str() == Some(OLD_VERSION);
    let mut document =
        Document { version: Some(version), id: attribute(config, "policy_id").cloned(), statements: Vec::new() };
    for block in items(attribute(config, "statement")) {
        document.statements.push(if block.as_entries().is_some() {
            statement(&block, old)?
        } else {
            Statement::Unknown(undecided(block, old)?)
        });
    }
    Ok(document)
}

/// A statement that exists under a condition: the choice of blocks as a choice of statements.
fn undecided(block: Val, old: bool) -> Result<Val, String> {
    let Some(Hint { form: Form::Choice(arms), why }) = block.hint() else { return Ok(block) };
    let each = arms.iter().map(|(guard, arm)| {
        let value =
            if arm.as_entries().is_some() { statement(arm, old)?.value() } else { undecided(arm.clone(), old)? };
        Ok((guard.clone(), value))
    });
    let form = Form::Choice(each.collect::<Result<_, String>>()?);
    let why = why.clone();
    Ok(block.hinted(Hint { why, form }))
}

fn statement(block: &Val, old: bool) -> Result<Statement, String> {
    let mut elements = Vec::new();
    let mut add = |name: &'static str, value: Option<Val>| {
        if let Some(value) = value {
            elements.push((name, value));
        }
    };
    add("Sid", attribute(block, "sid").filter(|sid| sid.as_str() != Some("")).cloned());
    let effect = attribute(block, "effect").cloned().unwrap_or_else(|| "Allow".into());
    add("Effect", Some(effect).filter(|effect| effect.as_str() != Some("")));
    for (element, name) in [("Action", "actions"), ("NotAction", "not_actions")] {
        add(element, texts(attribute(block, name))?);
    }
    for (element, name) in [("Resource", "resources"), ("NotResource", "not_resources")] {
        add(element, texts(attribute(block, name))?.map(|value| variables(value, old)).transpose()?);
    }
    for (element, name) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
        add(element, principals(&blocks(block, name), old)?);
    }
    add("Condition", conditions(&blocks(block, "condition"), old)?);
    Ok(Statement::Known { elements, span: block.span, place: block.clone() })
}

/// A set of strings as the provider prints it: one as itself, several as a list in descending order. `None` for none.
fn texts(value: Option<&Val>) -> Result<Option<Val>, String> {
    let Some(value) = value else { return Ok(None) };
    let Some(items) = value.as_items() else { return Ok(Some(value.clone())) };
    let convert_one = |item: &Val| {
        convert(item, &Type::String).map(|text| text.marked(value.marks)).map_err(|error| error.to_string())
    };
    let mut texts: Vec<Val> = items.iter().filter(|item| !item.is_null()).map(convert_one).collect::<Result<_, _>>()?;
    texts.sort_by_cached_key(|text| Reverse(order(text)));
    texts.dedup_by(|a, b| a.as_str().is_some() && a.as_str() == b.as_str());
    Ok(match texts.len() {
        0 => None,
        1 => texts.pop(),
        _ => Some(Val::tuple(texts).from_where(value)),
    })
}

/// What texts are sorted by. Unknown ones come last: where they belong nobody can tell, but patterns that begin alike have
/// the order of what follows.
fn order(text: &Val) -> (bool, String) {
    let literal = |piece: &Piece| match piece {
        Piece::Literal(text) => text.to_string(),
        Piece::Value(_) => String::new(),
    };
    match (text.as_str(), text.hint().map(|hint| &hint.form)) {
        (Some(text), _) => (true, text.to_owned()),
        (None, Some(Form::Pattern(pieces))) => (false, pieces.iter().map(literal).collect()),
        (None, _) => (false, String::new()),
    }
}

/// `&{x}` stands for `${x}`, which Terraform would take for its own.
fn variables(value: Val, old: bool) -> Result<Val, String> {
    match &value.kind {
        Kind::String(text) if text.text.contains("&{") => {
            if old {
                return Err(format!(
                    "found &{{ sequence in ({}), which is not supported in document version {OLD_VERSION}",
                    text.text
                ));
            }
            Ok(Val { kind: Val::string(text.text.replace("&{", "${")).kind, ..value })
        }
        Kind::Tuple(items) => {
            let items = items.iter().map(|item| variables(item.clone(), old)).collect::<Result<Vec<_>, _>>()?;
            Ok(Val { kind: Kind::Tuple(Arc::new(items)), ..value })
        }
        Kind::Unknown(unknown) => {
            let Form::Pattern(pieces) = &unknown.hint.form else { return Ok(value) };
            let replaced = pieces.iter().map(|piece| match piece {
                Piece::Literal(text) => Piece::Literal(text.replace("&{", "${").into()),
                piece => piece.clone(),
            });
            let hint = Hint { form: Form::Pattern(replaced.collect()), ..unknown.hint.clone() };
            Ok(value.hinted(hint))
        }
        _ => Ok(value),
    }
}

/// Principals by type; several blocks of a type come together.
fn principals(blocks: &[Val], old: bool) -> Result<Option<Val>, String> {
    let mut by_type = Entries::new();
    for block in blocks {
        let kind = attribute(block, "type");
        let (Some(kind), true) = (kind.and_then(Val::as_text), block.as_entries().is_some()) else {
            // Who is meant cannot be told, and so not what else is.
            return Ok(Some(unknown_like(kind.unwrap_or(block))));
        };
        let Some(identifiers) = texts(attribute(block, "identifiers"))? else { continue };
        let identifiers = variables(identifiers, old)?.from_where(block);
        if blocks.len() == 1 && &*kind.text == "*" && identifiers.as_str() == Some("*") {
            return Ok(Some(identifiers));
        }
        let joined = match by_type.remove(&kind.text) {
            Some(before) => Val::tuple(items(Some(&before)).into_iter().chain(items(Some(&identifiers))).collect())
                .from_where(block),
            None => identifiers,
        };
        by_type.insert(Arc::clone(&kind.text), joined);
    }
    Ok((!blocks.is_empty()).then(|| {
        let place = blocks.first();
        let value = Val::object(by_type);
        place.map_or_else(|| value.clone(), |place| value.clone().from_where(place))
    }))
}

fn unknown_like(value: &Val) -> Val {
    let unknown = Val::dynamic().from_where(value).marked(value.marks);
    match why(value) {
        Some(why) => unknown.because(&why),
        None => unknown,
    }
}

/// Conditions by operator and key; values keep their order.
fn conditions(blocks: &[Val], old: bool) -> Result<Option<Val>, String> {
    let mut tests = Entries::new();
    for block in blocks {
        let (test, variable) =
            (attribute(block, "test").and_then(Val::as_text), attribute(block, "variable").and_then(Val::as_text));
        let (Some(test), Some(variable)) = (test, variable) else {
            return Ok(Some(unknown_like(block)));
        };
        let values: Vec<Val> = items(attribute(block, "values"))
            .into_iter()
            .map(|value| match value.as_items() {
                None if value.ty() == Type::String || value.ty().is_primitive() => convert(&value, &Type::String)
                    .map_err(|error| error.to_string())
                    .and_then(|value| variables(value, old)),
                _ => Ok(value),
            })
            .collect::<Result<_, _>>()?;
        let mut keys = tests
            .remove(&test.text)
            .and_then(|keys| keys.as_entries().map(|keys| (**keys).clone()))
            .unwrap_or_default();
        let value = match (keys.remove(&variable.text), <[Val; 1]>::try_from(values)) {
            (_, Ok([single])) => single,
            (Some(before), Err(values)) => Val::tuple(items(Some(&before)).into_iter().chain(values).collect()),
            (None, Err(values)) => Val::tuple(values),
        };
        keys.insert(Arc::clone(&variable.text), value.from_where(block));
        tests.insert(Arc::clone(&test.text), Val::object(keys).from_where(block));
    }
    Ok((!tests.is_empty()).then(|| Val::object(tests)))
}

/// A policy that is given as JSON text.
fn parsed(source: &Val) -> Result<Document, String> {
    let value = match &source.kind {
        Kind::String(Text { json: Some(json), .. }) => (**json).clone(),
        Kind::String(Text { text, .. }) => {
            place_all(decode_json(text).map_err(|error| format!("merging source document: {error}"))?, source)
        }
        Kind::Unknown(unknown) => match &unknown.hint.form {
            Form::Json(value) => (**value).clone(),
            _ => return Ok(Document { statements: vec![Statement::Unknown(source.clone())], ..Document::default() }),
        },
        _ => return Err("merging source document: a string is required".to_owned()),
    };
    if value.as_entries().is_none() {
        return Err("merging source document: a policy is a JSON object".to_owned());
    }
    let set = |name: &str| attribute(&value, name).cloned();
    let mut document = Document { version: set("Version"), id: set("Id"), statements: Vec::new() };
    for item in items(attribute(&value, "Statement")) {
        document.statements.push(parsed_statement(item)?);
    }
    Ok(document)
}

/// Gives all parts of a value the place of another, for want of their own.
fn place_all(value: Val, place: &Val) -> Val {
    value.from_where(place).map_children(&mut |child| place_all(child, place))
}

fn parsed_statement(item: Val) -> Result<Statement, String> {
    let Some(entries) = item.as_entries() else {
        return if item.is_known() {
            Err("merging source document: a statement is a JSON object".to_owned())
        } else {
            Ok(Statement::Unknown(item))
        };
    };
    let mut elements = Vec::new();
    for name in ELEMENTS {
        // Go's decoder does not mind the case of a name.
        let found = entries
            .get(name)
            .or_else(|| entries.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value));
        let Some(value) = found.filter(|value| !value.is_null()) else { continue };
        let value = match name {
            "Principal" | "NotPrincipal" => sorted_principals(value.clone()),
            "Condition" => condition_texts(value.clone()),
            _ => value.clone(),
        };
        if value.as_str() != Some("") {
            elements.push((name, value));
        }
    }
    Ok(Statement::Known { elements, span: item.span, place: item })
}

/// Any string is everyone; lists of identifiers come in descending order.
fn sorted_principals(value: Val) -> Val {
    match &value.kind {
        Kind::String(_) => Val { kind: Val::string("*").kind, ..value },
        Kind::Map(_, entries) | Kind::Object(entries) => {
            let everyone = entries.len() == 1
                && entries.get("*").is_some_and(|only| items(Some(only)).iter().map(Val::as_str).eq([Some("*")]));
            if everyone {
                return Val { kind: Val::string("*").kind, ..value };
            }
            value.map_children(&mut |mut identifiers| {
                if let Kind::Tuple(items) | Kind::List(_, items) = &mut identifiers.kind {
                    Arc::make_mut(items).sort_by(|a, b| b.as_str().cmp(&a.as_str()));
                }
                identifiers
            })
        }
        _ => value,
    }
}

/// Truth values and numbers of conditions become strings.
fn condition_texts(value: Val) -> Val {
    match value.kind {
        Kind::Bool(_) | Kind::Number(_) => convert(&value, &Type::String).unwrap_or(value),
        _ => value.map_children(&mut condition_texts),
    }
}

#[cfg(test)]
mod tests;
