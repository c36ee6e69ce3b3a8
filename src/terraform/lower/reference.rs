//! References between resources under CloudFormation's names. In: properties with Terraform's attribute names in
//! references. Out: `arn` is `Arn`, `id` is `Ref`, …, by the tables; names without a table stay.

use std::sync::Arc;

use super::table;
use crate::{
    model::Resource,
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
    let Some(table) = resource_type(&found.target.address).and_then(table::of) else { return };
    if let Some(name) = table.ids.get(&*found.attribute) {
        found.attribute = name.as_str().into();
    }
}

/// The Terraform type in the address of a managed resource: `module.a["x.y"].aws_kms_key.k[0]` is an `aws_kms_key`.
pub fn resource_type(address: &str) -> Option<&str> {
    let (mut start, mut depth, mut quoted, mut escaped) = (0, 0_usize, false, false);
    let mut parts: Vec<&str> = Vec::new();
    for (at, c) in address.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => {
                parts.push(address.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(address.get(start..)?);
    let mut parts = parts.as_slice();
    while let ["module", _, rest @ ..] = parts {
        parts = rest;
    }
    match parts {
        [kind, _] if *kind != "data" => Some(kind),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::resource_type;

    #[test]
    fn the_type_stands_before_the_name() {
        assert_eq!(resource_type("aws_kms_key.k"), Some("aws_kms_key"));
        assert_eq!(resource_type(r#"module.data["a.b\"]"].module.x.aws_kms_key.k[0]"#), Some("aws_kms_key"));
        assert_eq!(resource_type("module.m.data.aws_kms_key.k"), None);
        assert_eq!(resource_type("data.aws_kms_key.k"), None);
    }
}
