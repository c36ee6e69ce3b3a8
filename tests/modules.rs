//! Modules of client tools: `NAME-template.yaml` must consist of the resources of `NAME-expect.yaml`, values included.
//! `IAC_CHECK_VECTORS` names another folder of such pairs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use iac_check::{
    cloudformation::{load::resolve, parameters::Arguments, syntax},
    model::Stack,
    source::Sources,
    value::{Formula, Kind, Piece, Symbol, Value},
};

fn stack(sources: &Sources, name: &str) -> Stack {
    let file = sources.load(Path::new(name)).unwrap();
    let root = syntax::parse_file(&file).documents.remove(0);
    resolve(sources, &file, &"stack".into(), &root, &Arguments::default())
}

/// Every resource that may exist, by address: its type and properties without places.
fn shapes(stack: &Stack) -> BTreeMap<String, String> {
    let deployed = stack.resources.iter().filter(|resource| resource.exists != Formula::FALSE);
    deployed
        .map(|resource| (resource.id.address.to_string(), format!("{} {}", resource.kind, shape(&resource.properties))))
        .collect()
}

fn shape(value: &Value) -> String {
    let all = |items: Vec<String>| items.join(", ");
    match &value.kind {
        Kind::List(list) => format!("[{}]", all(list.items.iter().map(shape).collect())),
        Kind::Map(map) => {
            let mut entries: Vec<String> =
                map.entries.iter().map(|entry| format!("{}: {}", entry.key, shape(&entry.value))).collect();
            entries.sort();
            format!("{{{}}}", all(entries))
        }
        Kind::Reference(reference) => format!("<{}.{}>", reference.target.address, reference.attribute),
        Kind::Choice(choice) => format!("choice({})", all(choice.arms.iter().map(|(_, value)| shape(value)).collect())),
        Kind::Unknown(unknown) => format!("unknown({:?})", unknown.reason),
        Kind::Pattern(pattern) => pattern.pieces.iter().map(piece).collect(),
        _ => value.to_text().map_or_else(|| "none".to_owned(), |text| format!("{text:?}")),
    }
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Literal(text) => text.to_string(),
        Piece::Symbol(Symbol::Reference(reference)) => {
            format!("<{}.{}>", reference.target.address, reference.attribute)
        }
        Piece::Symbol(Symbol::Unknown(unknown)) => format!("<{:?}>", unknown.key),
        Piece::Symbol(other) => format!("<{other:?}>"),
    }
}

#[test]
fn templates_consist_of_what_their_modules_make() {
    let folder = std::env::var_os("IAC_CHECK_VECTORS")
        .map_or_else(|| PathBuf::from("testdata/cloudformation/modules"), PathBuf::from);
    let sources = Sources::new(&folder).unwrap();
    let (mut agree, mut wrong, mut total) = (0, Vec::new(), 0);
    for name in sources.list(Path::new("")).unwrap().iter().filter_map(|name| name.strip_suffix("-expect.yaml")) {
        let (ours, expected) =
            (stack(&sources, &format!("{name}-template.yaml")), stack(&sources, &format!("{name}-expect.yaml")));
        let problems: Vec<&String> = ours.problems.iter().map(|problem| &problem.message).collect();
        let (ours, expected) = (shapes(&ours), shapes(&expected));
        total += 1;
        if ours == expected {
            agree += 1;
        } else {
            let differ = |address: &&String| ours.get(*address) != expected.get(*address);
            let mut addresses: Vec<&String> = ours.keys().chain(expected.keys()).filter(differ).collect();
            addresses.dedup();
            let lines = addresses.iter().map(|address| {
                format!("  {address}\n    ours     {:?}\n    expected {:?}", ours.get(*address), expected.get(*address))
            });
            wrong.push(format!("{name} {problems:?}\n{}", lines.collect::<Vec<_>>().join("\n")));
        }
    }
    println!("{agree} of {total} agree");
    assert!(wrong.is_empty() && total > 0, "{agree} of {total} agree\n{}", wrong.join("\n"));
}
