//! Values that one stack takes from another. In: stacks as the front ends made them, where an import is an unknown
//! with an import key. Out: the same stacks with each import replaced by what the one matching export stands for.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    model::{Export, Stack, StackKind},
    value::{Choice, Formula, Kind, Pattern, Piece, Reason, Symbol, Unknown, Value},
};

/// How many exports may pass a value on to each other.
pub const MAX_IMPORT_DEPTH: usize = 8;

const IMPORT: &str = "import:";
const OUTPUT: &str = "output:";

/// The unknown that a front end puts where `Fn::ImportValue` takes the export of this name.
pub fn import_value(name: &str) -> Unknown {
    Unknown::new(Reason::External, format!("Fn::ImportValue {name}")).keyed(format!("{IMPORT}{name}"))
}

/// The unknown that a front end puts where a remote state gives the output of this name; `subject` as written,
/// `data.terraform_remote_state.network.outputs.vpc_id`.
pub fn remote_output(name: &str, subject: &str) -> Unknown {
    Unknown::new(Reason::External, subject).keyed(format!("{OUTPUT}{name}"))
}

/// Exports by import key; those with several candidates are left out, since which one is meant cannot be known.
type Exports = FxHashMap<String, Option<Export>>;

/// Replaces every import that exactly one export of the project answers.
pub fn link(stacks: &mut [Stack]) {
    let exports = exports(stacks);
    if exports.is_empty() {
        return;
    }
    for stack in stacks {
        for resource in &mut stack.resources {
            substitute(&mut resource.properties, &exports, MAX_IMPORT_DEPTH);
            substitute(&mut resource.attributes, &exports, MAX_IMPORT_DEPTH);
        }
    }
}

fn exports(stacks: &[Stack]) -> Exports {
    let mut found = Exports::default();
    for stack in stacks {
        let prefix = match stack.kind {
            StackKind::Terraform | StackKind::TerraformPlan | StackKind::TerraformState => OUTPUT,
            StackKind::CloudFormation | StackKind::Cdk | StackKind::Serverless => IMPORT,
        };
        for export in &stack.exports {
            if let Some(name) = export.name.to_text() {
                let export = Some(export.clone());
                found.entry(format!("{prefix}{name}")).and_modify(|known| *known = None).or_insert(export);
            }
        }
    }
    found
}

fn substitute(value: &mut Value, exports: &Exports, depth: usize) {
    if !mentions_import(value) {
        return;
    }
    match &mut value.kind {
        Kind::Unknown(unknown) => {
            if let Some(found) = exported(unknown, exports, depth) {
                value.kind = found.kind;
                value.trace = value.trace.take().or(found.trace);
            }
        }
        Kind::Pattern(pattern) => {
            let pieces = pattern.pieces.iter().map(|piece| replace_piece(piece, exports, depth));
            let joined = Pattern::new(pieces);
            value.kind = match joined.literal() {
                Some(text) => Value::string(text).kind,
                None => Kind::Pattern(joined),
            };
        }
        Kind::List(list) => list.items.iter_mut().for_each(|item| substitute(item, exports, depth)),
        Kind::Map(map) => map.entries.iter_mut().for_each(|entry| substitute(&mut entry.value, exports, depth)),
        Kind::Choice(choice) => {
            let arms = &mut Arc::make_mut(choice).arms;
            arms.iter_mut().for_each(|(_, arm)| substitute(arm, exports, depth));
        }
        Kind::Absent | Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Reference(_) => {}
    }
}

fn replace_piece(piece: &Piece, exports: &Exports, depth: usize) -> Piece {
    let Piece::Symbol(Symbol::Unknown(unknown)) = piece else { return piece.clone() };
    match exported(unknown, exports, depth).map(|value| value.kind) {
        Some(Kind::String(text)) => Piece::Literal(text.text),
        Some(Kind::Reference(reference)) => Piece::Symbol(Symbol::Reference(reference)),
        _ => piece.clone(),
    }
}

fn exported(unknown: &Arc<Unknown>, exports: &Exports, depth: usize) -> Option<Value> {
    let export = exports.get(import_key(unknown)?)?.as_ref()?;
    let mut value = export.value.clone();
    substitute(&mut value, exports, depth.checked_sub(1)?);
    if let Some(span) = value.span.or(export.name.span) {
        value = value.traced(span, format!("export `{}`", export.name.to_text().unwrap_or_default()));
    }
    if export.exists == Formula::TRUE {
        return Some(value);
    }
    let otherwise = Value::new(Kind::Unknown(Arc::clone(unknown)));
    let arms = vec![(export.exists.clone(), value), (Formula::TRUE, otherwise)];
    Some(Value::new(Kind::Choice(Arc::new(Choice { arms }))))
}

fn import_key(unknown: &Unknown) -> Option<&str> {
    unknown.key.as_deref().filter(|key| key.starts_with(IMPORT) || key.starts_with(OUTPUT))
}

fn mentions_import(value: &Value) -> bool {
    match &value.kind {
        Kind::Unknown(unknown) => import_key(unknown).is_some(),
        Kind::Pattern(pattern) => pattern
            .pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Symbol(Symbol::Unknown(unknown)) if import_key(unknown).is_some())),
        Kind::List(list) => list.items.iter().any(mentions_import),
        Kind::Map(map) => map.entries.iter().any(|entry| mentions_import(&entry.value)),
        Kind::Choice(choice) => choice.arms.iter().any(|(_, arm)| mentions_import(arm)),
        Kind::Absent | Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Reference(_) => false,
    }
}
