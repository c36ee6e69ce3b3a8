//! References between resources under CloudFormation's names. In: properties with Terraform's attribute names in
//! references. Out: `arn` is `Arn`, `id` is `Ref`, …, by the tables; names without a table stay.

use std::sync::Arc;

use super::table;
use crate::{
    model::Resource,
    terraform::address::Address,
    value::{Choice, Kind, Piece, Reference, Symbol, Value},
};

/// Renames all references in the properties.
pub fn rename(resources: &mut [Resource]) {
    for resource in resources {
        value(&mut resource.properties);
        resource.region.iter_mut().for_each(value);
    }
}

fn value(of: &mut Value) {
    match &mut of.kind {
        Kind::Reference(found) => reference(found),
        Kind::Pattern(pattern) => {
            for piece in &mut pattern.pieces {
                if let Piece::Symbol(Symbol::Reference(found)) = piece {
                    reference(found);
                }
            }
        }
        Kind::List(list) => list.items.iter_mut().for_each(value),
        Kind::Map(map) => map.entries.iter_mut().for_each(|entry| value(&mut entry.value)),
        Kind::Choice(choice) => {
            let mut arms = choice.arms.clone();
            arms.iter_mut().for_each(|(_, arm)| value(arm));
            *choice = Arc::new(Choice { arms });
        }
        Kind::Absent | Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Unknown(_) => {}
    }
}

fn reference(found: &mut Reference) {
    let Some(address) = Address::parse(&found.target.address).filter(|address| !address.data) else { return };
    let Some(table) = table::of(address.kind) else { return };
    if let Some(name) = table.ids.get(&*found.attribute) {
        found.attribute = name.as_str().into();
    }
}
