//! Computing with values that depend on undecided conditions. In: operands, of which some are choices. Out: the
//! result for every combination that can occur, as a choice.

use std::sync::Arc;

use crate::value::{Choice, DomainValue, Formula, Kind, Truth, Value};

/// How many combinations one expression may have. Real templates stay below a dozen.
pub const MAX_COMBINATIONS: usize = 256;

/// There are more than [`MAX_COMBINATIONS`] combinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// Applies a function to every combination of what the operands can be.
///
/// # Errors
/// When there are too many combinations; nothing is computed then.
pub fn combine(operands: &[Value], mut function: impl FnMut(&[Value]) -> Value) -> Result<Value, TooMany> {
    if !operands.iter().any(|operand| matches!(operand.kind, Kind::Choice(_))) {
        return Ok(function(operands));
    }
    let mut arms = Vec::new();
    each(operands, &mut |guard, leaves| {
        arms.push((guard, function(leaves)));
    })?;
    let mut arms = merged(arms);
    Ok(match arms.len() {
        1 => arms.swap_remove(0).1,
        _ => Value::new(Kind::Choice(Arc::new(Choice { arms }))),
    })
}

/// Above how many arms those with equal values are made one: long look-up tables have few different cells. Short
/// choices keep an arm, and with it a history, for each case.
const MERGE_ABOVE: usize = 16;

/// Arms over one variable with equal values as one. Others stay as they are, since their order matters.
fn merged(arms: Vec<(Formula, Value)>) -> Vec<(Formula, Value)> {
    let variable = |guard: &Formula| if let Formula::Equals(key, _) = guard { Some(Arc::clone(key)) } else { None };
    let first = arms.first().and_then(|(guard, _)| variable(guard));
    if arms.len() <= MERGE_ABOVE || first.is_none() || arms.iter().any(|(guard, _)| variable(guard) != first) {
        return arms;
    }
    let mut groups: Vec<(Vec<Formula>, Value)> = Vec::new();
    for (guard, value) in arms {
        match groups.iter_mut().find(|(_, known)| known.kind == value.kind) {
            Some((guards, _)) => guards.push(guard),
            None => groups.push((vec![guard], value)),
        }
    }
    groups.into_iter().map(|(guards, value)| (Formula::any(guards), value)).collect()
}

/// Visits every combination with the condition under which it is the one, provided that none before it is.
///
/// # Errors
/// When there are too many combinations.
pub fn each(operands: &[Value], visit: &mut dyn FnMut(Formula, &[Value])) -> Result<(), TooMany> {
    let mut walk = Walk { visit, count: 0, guards: Vec::new(), assumed: Vec::new() };
    walk.from(operands.to_vec(), 0)
}

struct Walk<'v> {
    visit: &'v mut dyn FnMut(Formula, &[Value]),
    count: usize,
    guards: Vec<Formula>,
    /// What the guards so far say of variables, so that one variable is not split twice.
    assumed: Vec<(Arc<str>, DomainValue)>,
}

impl Walk<'_> {
    fn from(&mut self, mut operands: Vec<Value>, start: usize) -> Result<(), TooMany> {
        let next = operands.iter().skip(start).position(|operand| matches!(operand.kind, Kind::Choice(_)));
        let Some(at) = next.map(|offset| start + offset) else {
            self.count += 1;
            if self.count > MAX_COMBINATIONS {
                return Err(TooMany);
            }
            (self.visit)(Formula::all(self.guards.iter().cloned()), &operands);
            return Ok(());
        };
        let Some(Value { kind: Kind::Choice(choice), span, trace }) = operands.get(at).cloned() else { return Ok(()) };
        for (guard, arm) in &choice.arms {
            let assumed = &self.assumed;
            let lookup = |key: &str| assumed.iter().find(|(known, _)| &**known == key).map(|(_, value)| value.clone());
            let truth = guard.evaluate(&lookup, &mut None);
            if truth == Truth::False {
                continue;
            }
            if let Some(slot) = operands.get_mut(at) {
                *slot = Value {
                    kind: arm.kind.clone(),
                    span: arm.span.or(span),
                    trace: arm.trace.clone().or_else(|| trace.clone()),
                };
            }
            if truth == Truth::True {
                return self.from(operands, at);
            }
            let size = self.assumed.len();
            if let Formula::Equals(key, value) = guard {
                self.assumed.push((Arc::clone(key), value.clone()));
            }
            self.guards.push(guard.clone());
            let result = self.from(operands.clone(), at);
            self.guards.pop();
            self.assumed.truncate(size);
            result?;
        }
        Ok(())
    }
}

/// The arms of a choice, each with the condition under which it is taken whatever the others say.
pub fn exclusive(choice: &Choice) -> Vec<(Formula, &Value)> {
    let key = |guard: &Formula| if let Formula::Equals(key, _) = guard { Some(Arc::clone(key)) } else { None };
    let first = choice.arms.first().and_then(|(guard, _)| key(guard));
    let one_variable = first.is_some() && choice.arms.iter().all(|(guard, _)| key(guard) == first);
    let mut before: Vec<Formula> = Vec::new();
    let mut arms = Vec::with_capacity(choice.arms.len());
    for (guard, value) in &choice.arms {
        if one_variable {
            arms.push((guard.clone(), value));
        } else {
            arms.push((Formula::all(before.iter().cloned().chain([guard.clone()])), value));
            before.push(guard.negate());
        }
    }
    arms
}
