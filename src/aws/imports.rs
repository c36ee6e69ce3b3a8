//! Values that one stack takes from another. In: stacks as the front ends made them, where an import is an unknown
//! ([`crate::model::EXPORT_KEY`], or of a remote state). Out: the same stacks with each import replaced by what the one matching export stands for.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    aws::symbolic,
    model::{EXPORT_KEY, Export, Stack, StackKind},
    value::{Choice, Formula, Kind, Pattern, Piece, Symbol, Unknown, Value},
};

/// How many exports may pass a value on to each other.
pub const MAX_IMPORT_DEPTH: usize = 8;

/// The subject of what a remote state gives: `data.terraform_remote_state.network.outputs.vpc_id`.
const REMOTE_STATE: &str = "data.terraform_remote_state.";

/// What may be imported.
#[derive(Default)]
struct Exports {
    /// By name; `None` for a name that several stacks export, since which one is meant cannot be known.
    named: FxHashMap<String, Option<Export>>,
    /// Those whose name is only known in part: `${AWS::StackName}-VpcId`.
    symbolic: Vec<(Pattern, Export)>,
    /// Outputs of Terraform root modules, by name.
    outputs: FxHashMap<String, Option<Export>>,
}

/// What an unknown stands for.
enum Import<'t> {
    /// The export of this name.
    Export(&'t str),
    /// The output of this name of some Terraform state.
    Output(&'t str),
}

/// Replaces every import that exactly one export of the project answers.
pub fn link(stacks: &mut [Stack]) {
    let exports = Exports::of(stacks);
    if exports.named.is_empty() && exports.symbolic.is_empty() && exports.outputs.is_empty() {
        return;
    }
    for stack in stacks {
        for resource in &mut stack.resources {
            substitute(&mut resource.properties, &exports, MAX_IMPORT_DEPTH);
            substitute(&mut resource.attributes, &exports, MAX_IMPORT_DEPTH);
        }
    }
}

impl Exports {
    fn of(stacks: &[Stack]) -> Self {
        let mut found = Self::default();
        for stack in stacks {
            let by_name = match stack.kind {
                StackKind::Terraform | StackKind::TerraformPlan | StackKind::TerraformState => &mut found.outputs,
                StackKind::CloudFormation | StackKind::Cdk | StackKind::Serverless => &mut found.named,
            };
            for export in &stack.exports {
                match (&export.name.kind, export.name.to_text()) {
                    (Kind::Pattern(name), _) => found.symbolic.push((name.clone(), export.clone())),
                    (_, Some(name)) => {
                        let export = Some(export.clone());
                        by_name.entry(name.to_string()).and_modify(|known| *known = None).or_insert(export);
                    }
                    _ => {}
                }
            }
        }
        found
    }

    fn find(&self, import: &Import<'_>) -> Option<&Export> {
        match import {
            Import::Output(name) => self.outputs.get(*name)?.as_ref(),
            Import::Export(name) => match self.named.get(*name) {
                Some(export) => export.as_ref(),
                // The output of a stack, and no export's name.
                None if name.contains('/') => None,
                None => self.find_symbolic(name),
            },
        }
    }

    /// The only export whose name may be this one.
    fn find_symbolic(&self, name: &str) -> Option<&Export> {
        let name = symbolic::literal(name);
        let mut fitting = self.symbolic.iter().filter(|(pattern, _)| symbolic::equals(pattern, &name).is_possible());
        fitting.next().filter(|_| fitting.next().is_none()).map(|(_, export)| export)
    }
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
    let export = exports.find(&import(unknown)?)?;
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

fn import(unknown: &Unknown) -> Option<Import<'_>> {
    if let Some(name) = unknown.key.as_deref().and_then(|key| key.strip_prefix(EXPORT_KEY)) {
        return Some(Import::Export(name));
    }
    let (_, name) = unknown.subject.strip_prefix(REMOTE_STATE)?.split_once(".outputs.")?;
    Some(Import::Output(name))
}

fn mentions_import(value: &Value) -> bool {
    match &value.kind {
        Kind::Unknown(unknown) => import(unknown).is_some(),
        Kind::Pattern(pattern) => pattern
            .pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Symbol(Symbol::Unknown(unknown)) if import(unknown).is_some())),
        Kind::List(list) => list.items.iter().any(mentions_import),
        Kind::Map(map) => map.entries.iter().any(|entry| mentions_import(&entry.value)),
        Kind::Choice(choice) => choice.arms.iter().any(|(_, arm)| mentions_import(arm)),
        Kind::Absent | Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Reference(_) => false,
    }
}
