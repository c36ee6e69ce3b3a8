//! Expressions, conversions and type constraints against the answers of Terraform 1.11.4.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use iac_check::{
    source::{Sources, Span},
    terraform::{
        cty::{Entries, Kind, Marks, Number, Type, Val},
        eval::{Budget, Conditions, Eval, Evaluator, Scope, ShortCircuit, fatal},
        functions::decode_json,
        modules::types::Constraint,
        syntax::{self, Body, Expr, Step, StepKind},
    },
};

/// Our vectors, or those of the folder that the environment names.
fn folder() -> PathBuf {
    match std::env::var_os("IAC_CHECK_VECTORS") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/vectors"),
    }
}

fn lines(name: &str) -> Vec<Entries> {
    let text = fs::read_to_string(folder().join(name)).expect("the vectors are there");
    let parse = |line: &str| (**decode_json(line).expect("a JSON line").as_entries().expect("an object")).clone();
    text.lines().map(parse).collect()
}

/// The context of the cases: the variables, locals and resources of the preamble.
struct Context<'s> {
    sources: &'s Sources,
    conditions: Conditions<'s>,
    budget: Budget,
    body: Body,
    known: RefCell<BTreeMap<String, Val>>,
}

impl<'s> Context<'s> {
    fn new(sources: &'s Sources) -> Self {
        let file = sources.load(Path::new("preamble.tf")).expect("the preamble");
        let parsed = syntax::parse_file(&file);
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        Self {
            sources,
            conditions: Conditions::new(sources, "test".into()),
            budget: Budget::default(),
            body: parsed.body,
            known: RefCell::default(),
        }
    }

    fn eval(&self, expr: &Expr) -> Eval<Val> {
        Evaluator::new(self, &self.budget).eval(expr)
    }

    fn memo(&self, key: String, compute: impl FnOnce() -> Eval<Val>) -> Eval<Val> {
        if let Some(value) = self.known.borrow().get(&key) {
            return Ok(value.clone());
        }
        let value = compute()?;
        self.known.borrow_mut().insert(key, value.clone());
        Ok(value)
    }

    fn block<'b>(&'b self, kind: &'b str, labels: &[&str]) -> Option<&'b Body> {
        let labelled =
            |block: &&syntax::Block| block.labels.iter().map(|label| &*label.text).eq(labels.iter().copied());
        self.body.blocks_of(kind).find(labelled).map(|block| &block.body)
    }

    fn variable(&self, name: &str, span: Span) -> Eval<Val> {
        let Some(body) = self.block("variable", &[name]) else {
            return fatal(span, "no such variable");
        };
        let constraint = match body.attribute("type") {
            Some(attribute) => Constraint::parse(&attribute.value, &|expr| self.eval(expr))?,
            None => Constraint::of(Type::Dynamic),
        };
        let default = self.eval(&body.attribute("default").expect("every variable has a default").value)?;
        let value = constraint.apply(default).expect("the default fits");
        let sensitive = body.attribute("sensitive").is_some();
        Ok(if sensitive { value.marked(Marks::SENSITIVE) } else { value })
    }

    fn local(&self, name: &str, span: Span) -> Eval<Val> {
        match self.body.blocks_of("locals").find_map(|block| block.body.attribute(name)) {
            Some(attribute) => self.eval(&attribute.value),
            None => fatal(span, "no such local"),
        }
    }

    /// `terraform_data`: what is computed is unknown, `output` with the type of `input`.
    fn resource(&self, name: &str, span: Span) -> Eval<Val> {
        let Some(body) = self.block("resource", &["terraform_data", name]) else {
            return fatal(span, "no such resource");
        };
        let instance = |input: Val| {
            let output = Val::unknown(input.ty());
            let id = Val::unknown_not_null(Type::String);
            let parts =
                [("id", id), ("input", input), ("output", output), ("triggers_replace", Val::null(Type::Dynamic))];
            Val::object(parts.into_iter().map(|(name, value)| (name.into(), value)).collect())
        };
        match name {
            "many" => Ok(Val::tuple((0..3).map(|index| instance(format!("i{index}").into())).collect())),
            "each" => {
                let values = [("one", 1_i64), ("two", 2)];
                Ok(Val::object(
                    values.into_iter().map(|(key, value)| (key.into(), instance(Val::number(value)))).collect(),
                ))
            }
            _ => Ok(instance(self.eval(&body.attribute("input").expect("an input").value)?)),
        }
    }
}

impl Scope for Context<'_> {
    fn resolve(&self, root: &str, steps: &[Step], span: Span) -> Eval<(Val, usize)> {
        let name = match steps.first().map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) => &**name,
            _ => return fatal(span, format!("`{root}` needs a name after it")),
        };
        let value = match (root, name) {
            ("var", name) => self.memo(format!("var.{name}"), || self.variable(name, span)),
            ("local", name) => self.memo(format!("local.{name}"), || self.local(name, span)),
            ("terraform_data", name) => {
                let attribute = steps.iter().skip(1).find_map(|step| match &step.kind {
                    StepKind::Attribute(name) => Some(&**name),
                    _ => None,
                });
                let known = ["id", "input", "output", "triggers_replace"];
                if !matches!(name, "many" | "each") && attribute.is_some_and(|name| !known.contains(&name)) {
                    return fatal(span, "no such attribute");
                }
                self.memo(format!("terraform_data.{name}"), || self.resource(name, span))
            }
            ("path", "module" | "root") => Ok(".".into()),
            ("path", "cwd") => iac_check::terraform::functions::call("abspath", &[".".into()], &Files(self))
                .or_else(|error| fatal(span, error.message)),
            ("terraform", "workspace") => Ok("default".into()),
            _ => fatal(span, "no such name"),
        };
        Ok((value?, 1))
    }

    fn conditions(&self) -> &Conditions<'_> {
        &self.conditions
    }

    fn short_circuit(&self) -> ShortCircuit {
        ShortCircuit::Never
    }

    fn sources(&self) -> &Sources {
        self.sources
    }

    fn base(&self) -> &Path {
        Path::new("")
    }
}

/// A host without templates, for a function that is called outside of an expression.
struct Files<'c, 's>(&'c Context<'s>);

impl iac_check::terraform::functions::Host for Files<'_, '_> {
    fn sources(&self) -> &Sources {
        self.0.sources
    }

    fn base(&self) -> &Path {
        Path::new("")
    }

    fn render(
        &self,
        _: &Arc<iac_check::source::SourceFile>,
        _: &Entries,
        _: iac_check::terraform::functions::Caller,
    ) -> Result<Val, String> {
        Err("no templates here".to_owned())
    }
}

/// Evaluates one case; the error says whether the text parses.
fn outcome(context: &Context<'_>, case: &Entries) -> Result<Val, (&'static str, String)> {
    let text = case["expr"].as_str().unwrap();
    let file = context.sources.insert("case", text.to_owned());
    let expr = syntax::parse_expression(text, file.id()).map_err(|problem| ("syntax", problem.message))?;
    let failed = |message: String| ("eval", message);
    let value = context.eval(&expr).map_err(|fault| failed(fault.message.clone()))?;
    let value = match case.get("constraint") {
        None => value,
        Some(constraint) => {
            let text = constraint.as_str().unwrap();
            let file = context.sources.insert("constraint", text.to_owned());
            let expr = syntax::parse_expression(text, file.id()).expect("a constraint parses");
            let constraint =
                Constraint::parse(&expr, &|expr| context.eval(expr)).map_err(|fault| failed(fault.message.clone()))?;
            constraint.apply(value).map_err(|error| failed(error.to_string()))?
        }
    };
    if has_infinity(&value) { Err(failed("infinity".to_owned())) } else { Ok(value) }
}

/// No plan can hold an infinite number.
fn has_infinity(value: &Val) -> bool {
    value.as_number().is_some_and(|number| number.is_infinite()) || value.children().any(has_infinity)
}

/// Why a value is not the expected one.
fn difference(value: &Val, expected: Option<&Val>, unknown: Option<&Val>) -> Option<String> {
    let is_unknown = unknown.and_then(Val::as_bool) == Some(true);
    if value.is_known() == is_unknown {
        return Some(format!("is {}known", if is_unknown { "" } else { "un" }));
    }
    if is_unknown {
        return None;
    }
    let null = Val::null(Type::Dynamic);
    let expected = expected.unwrap_or(&null);
    let item = |of: Option<&Val>, index: usize| of.and_then(Val::as_items).and_then(|items| items.get(index).cloned());
    let entry =
        |of: Option<&Val>, key: &str| of.and_then(Val::as_entries).and_then(|entries| entries.get(key).cloned());
    match (&value.kind, &expected.kind) {
        (Kind::Null(_), Kind::Null(_)) => None,
        (Kind::Bool(a), Kind::Bool(b)) if a == b => None,
        (Kind::Number(a), Kind::Number(b))
            if a == b || (is_double(b) && a.to_f64() == b.to_f64()) || a.text() == b.text() =>
        {
            None
        }
        (Kind::String(a), Kind::String(b)) if a.text == b.text => None,
        (Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items), Kind::Tuple(wanted)) => {
            if items.len() != wanted.len() {
                return Some(format!("has {} elements", items.len()));
            }
            items.iter().enumerate().find_map(|(at, value)| {
                difference(value, wanted.get(at), item(unknown, at).as_ref()).map(|what| format!("[{at}] {what}"))
            })
        }
        (Kind::Map(_, entries) | Kind::Object(entries), Kind::Object(wanted)) => {
            if let Some(key) = wanted.keys().find(|key| !entries.contains_key(*key)) {
                return Some(format!("has no {key}"));
            }
            entries.iter().find_map(|(key, value)| {
                difference(value, wanted.get(key), entry(unknown, key).as_ref()).map(|what| format!(".{key} {what}"))
            })
        }
        (Kind::String(text), _) => Some(format!("is {:?}", text.text)),
        (Kind::Number(number), _) => Some(format!("is {number}")),
        (other, _) => Some(format!("is {other:?}").chars().take(300).collect()),
    }
}

/// Whether the vectors hold only the nearest double of a number.
fn is_double(number: &Number) -> bool {
    Number::from_f64(number.to_f64()).is_some_and(|double| double.text() == number.text())
}

/// Why the type is not the expected one. The type of a null cannot be observed.
fn type_difference(value: &Val, expected: &Val) -> Option<String> {
    if value.is_null() {
        return None;
    }
    let own = Type::from_json(&json(expected)).expect("a type");
    match (&value.kind, &own) {
        (Kind::Tuple(items), Type::Tuple(_)) => {
            let types = expected.as_items().unwrap()[1].as_items().unwrap().clone();
            items.iter().zip(types.iter()).find_map(|(value, ty)| type_difference(value, ty))
        }
        (Kind::Object(entries), Type::Object(_)) => {
            let types = expected.as_items().unwrap()[1].as_entries().unwrap().clone();
            entries.iter().find_map(|(key, value)| match types.get(key) {
                Some(ty) => type_difference(value, ty),
                None => Some(format!("has an attribute {key}")),
            })
        }
        _ if value.ty() == own => None,
        _ => Some(format!("has type {}", value.ty().to_json())),
    }
}

fn json(value: &Val) -> serde_json::Value {
    serde_json::from_str(&iac_check::terraform::functions::encode_json(value).unwrap()).unwrap()
}

/// What Terraform knows of the unknown parts, as the vectors write it.
fn refinements(value: &Val, path: &mut Vec<serde_json::Value>, out: &mut Vec<serde_json::Value>) {
    if let Some(unknown) = value.as_unknown() {
        let known = &unknown.refinement;
        let mut refine = serde_json::Map::new();
        let bound = |(number, inclusive): &(Number, bool)| {
            serde_json::json!([serde_json::from_str::<serde_json::Value>(&number.text()).unwrap(), inclusive])
        };
        if known.not_null {
            refine.insert("null".into(), false.into());
        }
        if let Some(prefix) = known.prefix.as_ref().filter(|prefix| !prefix.is_empty()) {
            refine.insert("prefix".into(), (**prefix).into());
        }
        if let Some(min) = &known.min {
            refine.insert("min".into(), bound(min));
        }
        if let Some(max) = &known.max {
            refine.insert("max".into(), bound(max));
        }
        if known.min_length > 0 {
            refine.insert("min_len".into(), known.min_length.into());
        }
        if let Some(length) = known.max_length {
            refine.insert("max_len".into(), length.into());
        }
        if !refine.is_empty() {
            out.push(serde_json::json!({"path": path, "refine": refine}));
        }
    }
    for (at, item) in value.as_items().into_iter().flat_map(|items| items.iter()).enumerate() {
        path.push(at.into());
        refinements(item, path, out);
        path.pop();
    }
    for (key, item) in value.as_entries().into_iter().flat_map(|entries| entries.iter()) {
        path.push((**key).into());
        refinements(item, path, out);
        path.pop();
    }
}

/// Why a case does not agree with Terraform.
fn disagreement(context: &Context<'_>, case: &Entries) -> Option<String> {
    let ok = case["ok"].as_bool().unwrap();
    match (outcome(context, case), ok) {
        (Err((phase, message)), false) => {
            // A default that does not fit its type is found while the file is read.
            let wanted = case["phase"].as_str().unwrap();
            (phase != wanted && !case.contains_key("constraint"))
                .then(|| format!("fails in phase {phase}, not {wanted}: {message}"))
        }
        (Ok(value), false) => {
            let expected = case["error_detail"].as_str().unwrap_or_default();
            Some(
                format!("should fail ({}), is {:?}", expected.replace('\n', " "), value.kind)
                    .chars()
                    .take(500)
                    .collect(),
            )
        }
        (Err((_, message)), true) => Some(format!("fails: {message}")),
        (Ok(value), true) => difference(&value, case.get("value"), case.get("unknown"))
            .or_else(|| type_difference(&value, &case["type"]))
            .or_else(|| {
                let mut found = Vec::new();
                refinements(&value, &mut Vec::new(), &mut found);
                let expected = case.get("refine").map(json).unwrap_or_else(|| serde_json::json!([]));
                let found = serde_json::Value::Array(found);
                (found != expected).then(|| format!("knows {found} of it, not {expected}"))
            })
            .or_else(|| {
                let expected = case.get("sensitive").is_some();
                let found = value.deep_marks().contains(Marks::SENSITIVE);
                (found != expected).then(|| format!("is {}sensitive", if found { "" } else { "not " }))
            }),
    }
}

fn check(name: &str) {
    let sources = Sources::new(&folder().join("tf-cases-fixtures")).expect("the fixtures");
    let context = Context::new(&sources);
    let cases = lines(name);
    let mut failures = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        if let Some(reason) = disagreement(&context, case) {
            let id = case.get("id").and_then(Val::as_str).map_or_else(|| format!("line {}", at + 1), str::to_owned);
            let constraint =
                case.get("constraint").and_then(Val::as_str).map(|text| format!(" as {text}")).unwrap_or_default();
            failures.push(format!("{id} {:?}{constraint}: {reason}", case["expr"].as_str().unwrap()));
        }
    }
    println!("{name}: {} of {} agree", cases.len() - failures.len(), cases.len());
    assert!(failures.is_empty(), "{} do not agree:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn expressions() {
    check("tf-cases.jsonl");
}

#[test]
fn conversions_and_unifications() {
    check("tf-cases-unify.jsonl");
}

#[test]
fn context() {
    check("tf-cases-context.jsonl");
}
