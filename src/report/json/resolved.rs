//! What the code resolves to: every resource with its attributes and properties. In: stacks. Out: the document of
//! `iac-check resolve`, in which what is not plain is an object with a `$` key (`docs/json.md`).

use std::io::{self, Write};

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::value::RawValue;

use crate::{
    model::{Mode, Problem, Resource, Stack},
    report::json::{
        condition,
        document::{InputProblem, Location, stack_kind},
    },
    source::Sources,
    value::{Choice, Formula, Kind, List, Map, Pattern, Piece, Reference, Symbol, Unknown, Value, Variables},
};

/// Writes the stacks, indented, with a line feed at the end.
///
/// # Errors
/// What the writer's target says.
pub fn write(stacks: &[Stack], problems: &[Problem], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema_version: super::document::SCHEMA_VERSION,
        stacks: stacks.iter().map(|stack| Resolved::new(stack, sources)).collect(),
        problems: problems.iter().map(|problem| InputProblem::new(sources, problem)).collect(),
    };
    super::pretty(out, &document)
}

/// Writes one value, indented, with a line feed at the end.
///
/// # Errors
/// What the writer's target says.
pub fn write_value(value: &Value, variables: &Variables, out: &mut dyn Write) -> io::Result<()> {
    super::pretty(out, &Json { value, variables })
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: &'static str,
    stacks: Vec<Resolved<'a>>,
    problems: Vec<InputProblem<'a>>,
}

#[derive(Serialize)]
struct Resolved<'a> {
    id: &'a str,
    root: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    resources: Vec<ResolvedResource<'a>>,
}

#[derive(Serialize)]
struct ResolvedResource<'a> {
    address: &'a str,
    mode: &'static str,
    r#type: &'a str,
    source_type: &'a str,
    location: Location,
    /// When it exists, unless always.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<String>,
    attributes: Json<'a>,
    properties: Json<'a>,
}

impl<'a> Resolved<'a> {
    fn new(stack: &'a Stack, sources: &Sources) -> Self {
        // What certainly does not exist is not part of the stack.
        let existing = stack.resources.iter().filter(|resource| resource.exists != Formula::FALSE);
        Self {
            id: &stack.id,
            root: &stack.path,
            kind: stack_kind(stack.kind),
            name: stack.name.as_deref(),
            resources: existing.map(|resource| ResolvedResource::new(resource, &stack.variables, sources)).collect(),
        }
    }
}

impl<'a> ResolvedResource<'a> {
    fn new(resource: &'a Resource, variables: &'a Variables, sources: &Sources) -> Self {
        Self {
            address: &resource.id.address,
            mode: match resource.mode {
                Mode::Managed => "managed",
                Mode::Data => "data",
            },
            r#type: &resource.kind,
            source_type: &resource.source_type,
            location: Location::new(sources, resource.header),
            when: (resource.exists != Formula::TRUE).then(|| condition::text(&resource.exists, variables)),
            attributes: Json { value: &resource.attributes, variables },
            properties: Json { value: &resource.properties, variables },
        }
    }
}

/// A value of the model as JSON.
struct Json<'a> {
    value: &'a Value,
    variables: &'a Variables,
}

impl Json<'_> {
    fn list<S: Serializer>(&self, list: &List, serializer: S) -> Result<S::Ok, S::Error> {
        let mut items = serializer.serialize_seq(None)?;
        for value in list.items.iter().filter(|value| value.kind != Kind::Absent) {
            items.serialize_element(&Json { value, ..*self })?;
        }
        if let Some(unknown) = &list.open {
            items.serialize_element(&Marked("$more", &reason(unknown)))?;
        }
        items.end()
    }

    fn map<S: Serializer>(&self, map: &Map, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries = serializer.serialize_map(None)?;
        for entry in map.entries.iter().filter(|entry| entry.value.kind != Kind::Absent) {
            entries.serialize_entry(&*entry.key, &Json { value: &entry.value, ..*self })?;
        }
        if let Some(unknown) = &map.open {
            entries.serialize_entry("$more", &reason(unknown))?;
        }
        entries.end()
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A key may be the secret too, so that nothing of the value is shown.
        if self.value.is_sensitive() {
            return Marked("$sensitive", &true).serialize(serializer);
        }
        match &self.value.kind {
            Kind::Absent => Marked("$absent", &true).serialize(serializer),
            Kind::Null => serializer.serialize_unit(),
            Kind::Bool(value) => serializer.serialize_bool(*value),
            // The decimal text is the number: a double would lose digits.
            Kind::Number(number) => digits(&number.text(), serializer),
            Kind::String(text) if text.plain => plain(&text.text, serializer),
            Kind::String(text) => serializer.serialize_str(&text.text),
            Kind::Pattern(pattern) => Marked("$pattern", &Pieces(pattern)).serialize(serializer),
            Kind::Reference(reference) => Marked("$ref", &Target::from(reference)).serialize(serializer),
            Kind::List(list) => self.list(list, serializer),
            Kind::Map(map) => self.map(map, serializer),
            Kind::Choice(choice) => Rest(Arms { choice, from: 0, variables: self.variables }).serialize(serializer),
            Kind::Unknown(unknown) => Marked("$unknown", &reason(unknown)).serialize(serializer),
        }
    }
}

/// A scalar that YAML has without quotes: what YAML's JSON schema makes of it, as in a template written in JSON.
fn plain<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match text {
        "true" | "True" | "TRUE" => serializer.serialize_bool(true),
        "false" | "False" | "FALSE" => serializer.serialize_bool(false),
        _ => digits(text, serializer),
    }
}

/// A number with all its digits when the text is one as JSON writes it, else the text.
fn digits<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let is_number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    match RawValue::from_string(text.to_owned()) {
        Ok(raw) if is_number => raw.serialize(serializer),
        _ => serializer.serialize_str(text),
    }
}

/// An object with one `$` key.
struct Marked<'a, T>(&'static str, &'a T);

impl<T: Serialize> Serialize for Marked<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, self.1)?;
        map.end()
    }
}

/// `input: var.key_arn`.
fn reason(unknown: &Unknown) -> String {
    format!("{}: {}", unknown.reason.name(), unknown.subject)
}

#[derive(Serialize)]
struct Target<'a> {
    stack: &'a str,
    address: &'a str,
    attribute: &'a str,
}

impl<'a> From<&'a Reference> for Target<'a> {
    fn from(reference: &'a Reference) -> Self {
        Self { stack: &reference.target.stack, address: &reference.target.address, attribute: &reference.attribute }
    }
}

struct Pieces<'a>(&'a Pattern);

impl Serialize for Pieces<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pieces = serializer.serialize_seq(Some(self.0.pieces.len()))?;
        for piece in &self.0.pieces {
            match piece {
                Piece::Literal(text) => pieces.serialize_element(&**text)?,
                Piece::Symbol(Symbol::Reference(reference)) => {
                    pieces.serialize_element(&Marked("$ref", &Target::from(reference)))?
                }
                Piece::Symbol(Symbol::Pseudo { name, .. }) => pieces.serialize_element(&Marked("$pseudo", &&**name))?,
                Piece::Symbol(Symbol::Unknown(unknown)) => {
                    pieces.serialize_element(&Marked("$unknown", &reason(unknown)))?
                }
            }
        }
        pieces.end()
    }
}

/// `[condition, then, else]`, the rest of the arms nested in the last element, as in CloudFormation.
struct Arms<'a> {
    choice: &'a Choice,
    from: usize,
    variables: &'a Variables,
}

/// What is left of a choice from an arm on.
struct Rest<'a>(Arms<'a>);

impl Serialize for Arms<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_seq(Some(3))?;
        if let Some((guard, value)) = self.choice.arms.get(self.from) {
            parts.serialize_element(&condition::text(guard, self.variables))?;
            parts.serialize_element(&Json { value, variables: self.variables })?;
            parts.serialize_element(&Rest(Arms { from: self.from + 1, ..*self }))?;
        }
        parts.end()
    }
}

impl Serialize for Rest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.choice.arms.get(self.0.from) {
            None => Marked("$absent", &true).serialize(serializer),
            Some((guard, value)) if condition::is_certain(guard, self.0.variables) => {
                Json { value, variables: self.0.variables }.serialize(serializer)
            }
            Some(_) => Marked("$if", &self.0).serialize(serializer),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::value::{DomainValue, Number, Reason, ResourceId};

    fn json(kind: Kind) -> serde_json::Value {
        let mut out = Vec::new();
        write_value(&Value::new(kind), &Variables::default(), &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn what_is_not_plain_is_marked() {
        let unknown = Arc::new(Unknown::new(Reason::Input, "var.k"));
        assert_eq!(json(Kind::Unknown(Arc::clone(&unknown))), serde_json::json!({"$unknown": "input: var.k"}));
        let target = ResourceId { stack: "s".into(), address: "aws_kms_key.k".into() };
        let reference = Reference { target, attribute: "Arn".into() };
        let expected = serde_json::json!({"stack": "s", "address": "aws_kms_key.k", "attribute": "Arn"});
        assert_eq!(json(Kind::Reference(reference.clone())), serde_json::json!({"$ref": expected}));
        let pieces = [Piece::Literal("a/".into()), Piece::Symbol(Symbol::Reference(reference))];
        assert_eq!(
            json(Kind::Pattern(Pattern::new(pieces))),
            serde_json::json!({"$pattern": ["a/", {"$ref": expected}]})
        );
        let open = Kind::List(List { items: vec![Value::bool(true)], open: Some(unknown) });
        assert_eq!(json(open), serde_json::json!([true, {"$more": "input: var.k"}]));
    }

    #[test]
    fn choices_nest_as_in_cloudformation() {
        let is = |text: &str| Formula::Equals("Env".into(), DomainValue::Text(text.into()));
        let arms =
            vec![(is("prod"), Value::bool(true)), (is("stage"), Value::string("s")), (Formula::TRUE, Value::absent())];
        let expected = serde_json::json!({"$if": ["Env == \"prod\"", true, {"$if": ["Env == \"stage\"", "s", {"$absent": true}]}]});
        let mut variables = Variables::default();
        let variable = crate::value::Variable {
            key: "Env".into(),
            name: "Env".into(),
            kind: crate::value::VariableKind::Input,
            domain: vec![DomainValue::Other(0)],
            has_default: false,
            span: None,
        };
        variables.insert("Env".into(), variable);
        let mut out = Vec::new();
        write_value(&Value::new(Kind::Choice(Arc::new(Choice { arms }))), &variables, &mut out).unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&out).unwrap(), expected);
    }

    #[test]
    fn plain_scalars_have_types() {
        let plain = |text: &str| json(Kind::String(crate::value::Text { text: text.into(), plain: true }));
        assert_eq!(plain("true"), true);
        assert_eq!(plain("5"), 5);
        assert_eq!(plain("007"), "007");
        assert_eq!(plain("2010-09-09"), "2010-09-09");
        assert_eq!(json(Kind::String(crate::value::Text { text: "true".into(), plain: false })), "true");
    }

    #[test]
    fn numbers_keep_their_digits() {
        let digits = "123456789012345678901234567890.123456789";
        let mut out = Vec::new();
        write_value(&Value::new(Kind::Number(Number::from_text(digits))), &Variables::default(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap().trim(), digits);
    }
}
