//! Says in words what tells the worlds of one outcome from the others: `IsProd is false`.

use std::sync::Arc;

use crate::value::{DomainValue, VariableKind, Variables, world::Leaf};

/// A statement about a world.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Literal {
    Condition { key: Arc<str>, name: Arc<str>, truth: bool },
    Is { key: Arc<str>, value: DomainValue },
    IsNot { key: Arc<str>, value: DomainValue },
}

/// The shortest conjunction of at most two statements that holds in all of `these` and in none of `others`;
/// an example when there is none.
pub fn phrase<T>(these: &[&Leaf<T>], others: &[&Leaf<T>], variables: &Variables) -> String {
    let candidates = common_literals(these, variables);
    let excludes = |literals: &[&Literal]| {
        others.iter().all(|leaf| literals.iter().any(|literal| contradicts(literal, leaf, variables)))
    };
    for one in &candidates {
        if excludes(&[one]) {
            return say(one, variables);
        }
    }
    for (index, one) in candidates.iter().enumerate() {
        for two in &candidates[index + 1..] {
            if excludes(&[one, two]) {
                return format!("{} and {}", say(one, variables), say(two, variables));
            }
        }
    }
    example(these, variables)
}

/// Statements true in every leaf: named conditions first, since people know those.
fn common_literals<T>(leaves: &[&Leaf<T>], variables: &Variables) -> Vec<Literal> {
    let Some((first, rest)) = leaves.split_first() else { return Vec::new() };
    let mut literals: Vec<Literal> = first
        .named
        .iter()
        .map(|(key, name, truth)| Literal::Condition { key: Arc::clone(key), name: Arc::clone(name), truth: *truth })
        .collect();
    for decision in &first.decisions {
        let own = decision.value(variables);
        let is = Literal::Is { key: Arc::clone(&decision.key), value: own.clone() };
        let domain = variables.get(&decision.key).map(|variable| &*variable.domain).unwrap_or_default();
        let texts = domain.iter().filter(|value| **value != own && matches!(value, DomainValue::Text(_)));
        let is_not = texts.map(|value| Literal::IsNot { key: Arc::clone(&decision.key), value: value.clone() });
        // "is not 'prod'" says more than "is something else".
        match own {
            DomainValue::Text(_) => literals.extend([is].into_iter().chain(is_not)),
            DomainValue::Other(_) => literals.extend(is_not.chain([is])),
        }
    }
    literals.retain(|literal| rest.iter().all(|leaf| holds(literal, leaf, variables) == Some(true)));
    literals
}

fn holds<T>(literal: &Literal, leaf: &Leaf<T>, variables: &Variables) -> Option<bool> {
    let value_of = |key: &Arc<str>| {
        leaf.decisions.iter().find(|decision| decision.key == *key).map(|decision| decision.value(variables))
    };
    match literal {
        Literal::Condition { key, truth, .. } => {
            leaf.named.iter().find(|(other, ..)| other == key).map(|(_, _, actual)| actual == truth)
        }
        Literal::Is { key, value } => value_of(key).map(|actual| actual == *value),
        Literal::IsNot { key, value } => value_of(key).map(|actual| actual != *value),
    }
}

fn contradicts<T>(literal: &Literal, leaf: &Leaf<T>, variables: &Variables) -> bool {
    holds(literal, leaf, variables) == Some(false)
}

fn say(literal: &Literal, variables: &Variables) -> String {
    let name =
        |key: &Arc<str>| variables.get(key).map_or_else(|| Arc::clone(key), |variable| Arc::clone(&variable.name));
    let opaque = |key: &Arc<str>| variables.get(key).is_none_or(|variable| variable.kind == VariableKind::Opaque);
    match literal {
        Literal::Condition { name, truth, .. } => format!("{name} is {truth}"),
        Literal::Is { key, value: DomainValue::Text(text) } if opaque(key) => format!("{} is {text}", name(key)),
        Literal::Is { key, value: DomainValue::Text(text) } => format!("{} is '{text}'", name(key)),
        Literal::Is { key, value: DomainValue::Other(_) } => {
            format!("{} has a value that the code does not name", name(key))
        }
        Literal::IsNot { key, value: DomainValue::Text(text) } => format!("{} is not '{text}'", name(key)),
        Literal::IsNot { key, .. } => format!("{} has a value that the code names", name(key)),
    }
}

/// At most three inputs of the first world.
fn example<T>(leaves: &[&Leaf<T>], variables: &Variables) -> String {
    let Some(first) = leaves.first() else { return String::new() };
    let inputs = first.decisions.iter().take(3).map(|decision| {
        say(&Literal::Is { key: Arc::clone(&decision.key), value: decision.value(variables) }, variables)
    });
    format!("for example {}", inputs.collect::<Vec<_>>().join(" and "))
}
