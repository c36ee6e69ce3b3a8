//! Which stacks have to do with each other. In: stacks. Out: per stack, those that it exchanges values with, and the
//! variables that tell the worlds of its resources apart.

use std::{cell::RefCell, collections::BTreeSet, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    aws::project::each_reference,
    model::Stack,
    value::{Formula, Kind, Value, Variables},
};

/// What a stack's resources are seen with.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Its own variables and those of the stacks that it exchanges values with.
    pub variables: Variables,
    /// Indexes of those stacks, its own among them.
    pub near: BTreeSet<usize>,
}

/// Per stack, itself and the stacks that it exchanges values with, by reference or import.
pub fn scopes(stacks: &[Stack]) -> Vec<Scope> {
    let by_id: FxHashMap<&str, usize> = stacks.iter().enumerate().map(|(at, stack)| (&*stack.id, at)).collect();
    let owners: FxHashMap<&str, usize> =
        stacks.iter().enumerate().flat_map(|(at, stack)| stack.variables.keys().map(move |key| (&**key, at))).collect();
    let own = |(at, stack): (usize, &Stack)| Scope { variables: stack.variables.clone(), near: [at].into() };
    let mut scopes: Vec<Scope> = stacks.iter().enumerate().map(own).collect();
    for (at, stack) in stacks.iter().enumerate() {
        let mut linked: BTreeSet<usize> = BTreeSet::new();
        for resource in &stack.resources {
            each_reference(&resource.properties, &mut |reference| linked.extend(by_id.get(&*reference.target.stack)));
            each_guard(&resource.properties, &mut |guard| {
                let found = RefCell::new(&mut linked);
                // Never true, so that every key is seen.
                guard.mentions(&|key| {
                    found.borrow_mut().extend(owners.get(key));
                    false
                });
            });
        }
        for other in linked.into_iter().filter(|other| *other != at) {
            for (one, two) in [(at, other), (other, at)] {
                let variables = stacks.get(two).into_iter().flat_map(|stack| &stack.variables);
                if let Some(scope) = scopes.get_mut(one)
                    && scope.near.insert(two)
                {
                    scope.variables.extend(variables.map(|(key, variable)| (Arc::clone(key), variable.clone())));
                }
            }
        }
    }
    scopes
}

/// Visits the guards of every choice in a value.
fn each_guard(value: &Value, visit: &mut impl FnMut(&Formula)) {
    match &value.kind {
        Kind::List(list) => list.items.iter().for_each(|item| each_guard(item, visit)),
        Kind::Map(map) => map.entries.iter().for_each(|entry| each_guard(&entry.value, visit)),
        Kind::Choice(choice) => {
            for (guard, arm) in &choice.arms {
                visit(guard);
                each_guard(arm, visit);
            }
        }
        _ => {}
    }
}
