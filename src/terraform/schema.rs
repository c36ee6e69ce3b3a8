//! What arguments and blocks a resource type has. In: a type's name. Out: its schema, from `data/aws-schema.json`
//! (hashicorp/aws 6.66.0: the resource and data types that the rules look at) or Terraform's own types.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, OnceLock},
};

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::{Value as Json, value::RawValue};

use crate::{
    model::Mode,
    terraform::cty::{Entries, Number, Type, Val},
};

const AWS: &str = include_str!("data/aws-schema.json");

/// Arguments and nested blocks of a resource type or block type.
#[derive(Debug, Default)]
pub struct Block {
    /// Arguments and read-only attributes.
    pub attributes: BTreeMap<Arc<str>, Attribute>,
    /// Nested blocks.
    pub blocks: BTreeMap<Arc<str>, Nested>,
}

/// An argument or a read-only attribute.
#[derive(Debug)]
pub struct Attribute {
    /// Its type.
    pub ty: Type,
    /// Can be written.
    pub writable: bool,
    /// Must be written.
    pub required: bool,
    /// The provider sets it when it is not written.
    pub computed: bool,
    /// What the provider plans when it is not written.
    pub default: Option<Val>,
}

/// A nested block type.
#[derive(Debug)]
pub struct Nested {
    /// How its blocks are collected.
    pub nesting: Nesting,
    /// The most blocks that may be written.
    pub max: Option<u64>,
    /// When no block is written, the provider may fill it in: not known before deployment.
    pub computed: bool,
    /// Its content.
    pub block: Block,
}

/// How the blocks of a type are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nesting {
    /// In written order.
    List,
    /// Without order or duplicates.
    Set,
    /// One object or null.
    Single,
}

impl Block {
    /// The type of its value.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, attribute)| (Arc::clone(name), attribute.ty.clone()));
        let blocks = self.blocks.iter().map(|(name, nested)| (Arc::clone(name), nested.ty()));
        Type::object(attributes.chain(blocks))
    }
}

impl Nested {
    /// The type of all blocks of this type together.
    pub fn ty(&self) -> Type {
        match self.nesting {
            Nesting::List => Type::list(self.block.ty()),
            Nesting::Set => Type::set(self.block.ty()),
            Nesting::Single => self.block.ty(),
        }
    }
}

/// The schema of a resource or data source type; none for types of other providers.
pub fn of(mode: Mode, name: &str) -> Option<&'static Block> {
    let table = TABLES.as_ref()?;
    let types = if mode == Mode::Data { &table.data } else { &table.resources };
    match types.get(name) {
        Some(entry) => entry
            .parsed
            .get_or_init(|| serde_json::from_str::<Written>(entry.text.get()).ok().map(Block::from))
            .as_ref(),
        None => BUILTIN.iter().find(|builtin| (builtin.0, builtin.1) == (mode, name)).map(|builtin| &builtin.2),
    }
}

/// Whether the rules look at this type.
pub fn in_scope(mode: Mode, name: &str) -> bool {
    TABLES
        .as_ref()
        .is_some_and(|table| (if mode == Mode::Data { &table.data } else { &table.resources }).contains_key(name))
}

struct Entry {
    text: &'static RawValue,
    parsed: OnceLock<Option<Block>>,
}

struct Tables {
    resources: FxHashMap<&'static str, Entry>,
    data: FxHashMap<&'static str, Entry>,
}

/// Each type is parsed when it is first asked for.
static TABLES: LazyLock<Option<Tables>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct File<'a> {
        #[serde(borrow)]
        resources: FxHashMap<&'a str, &'a RawValue>,
        #[serde(borrow)]
        data: FxHashMap<&'a str, &'a RawValue>,
    }
    let file: File<'static> = serde_json::from_str(AWS).ok()?;
    let entries = |types: FxHashMap<&'static str, &'static RawValue>| {
        types.into_iter().map(|(name, text)| (name, Entry { text, parsed: OnceLock::new() })).collect()
    };
    Some(Tables { resources: entries(file.resources), data: entries(file.data) })
});

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    attributes: BTreeMap<Arc<str>, Vec<Json>>,
    blocks: BTreeMap<Arc<str>, WrittenNested>,
}

#[derive(Deserialize)]
struct WrittenNested {
    nesting: Nesting,
    #[serde(default)]
    max: Option<u64>,
    #[serde(default)]
    computed: bool,
    block: Written,
}

impl From<Written> for Block {
    fn from(written: Written) -> Self {
        let attribute = |parts: &[Json]| {
            let flags = parts.get(1).and_then(Json::as_str).unwrap_or_default();
            Attribute {
                ty: parts.first().and_then(Type::from_json).unwrap_or(Type::Dynamic),
                writable: flags.contains(['r', 'o']),
                required: flags.contains('r'),
                computed: flags.contains('c'),
                default: parts.get(2).map(literal),
            }
        };
        let nested = |nested: WrittenNested| Nested {
            nesting: nested.nesting,
            max: nested.max,
            computed: nested.computed,
            block: nested.block.into(),
        };
        Self {
            attributes: written.attributes.iter().map(|(name, parts)| (Arc::clone(name), attribute(parts))).collect(),
            blocks: written.blocks.into_iter().map(|(name, block)| (name, nested(block))).collect(),
        }
    }
}

/// A JSON value as the language has it: arrays are tuples, objects are objects.
pub(crate) fn literal(json: &Json) -> Val {
    match json {
        Json::Bool(value) => Val::bool(*value),
        Json::String(text) => Val::string(text.as_str()),
        Json::Number(number) => Number::parse(&number.to_string()).map_or_else(Val::dynamic, Val::number),
        Json::Array(items) => Val::tuple(items.iter().map(literal).collect()),
        Json::Object(entries) => {
            Val::object(entries.iter().map(|(key, value)| (key.as_str().into(), literal(value))).collect::<Entries>())
        }
        Json::Null => Val::null(Type::Dynamic),
    }
}

/// The types of Terraform's own provider (Terraform language, "The terraform_data Managed Resource Type",
/// "The terraform_remote_state Data Source").
static BUILTIN: LazyLock<[(Mode, &str, Block); 2]> = LazyLock::new(|| {
    let attribute = |name: &str, ty: Type, writable: bool, computed: bool| {
        (Arc::<str>::from(name), Attribute { ty, writable, required: false, computed, default: None })
    };
    let data = [
        attribute("id", Type::String, false, true),
        attribute("input", Type::Dynamic, true, false),
        attribute("output", Type::Dynamic, false, true),
        attribute("triggers_replace", Type::Dynamic, true, false),
    ];
    let state = [
        attribute("backend", Type::String, true, false),
        attribute("config", Type::Dynamic, true, false),
        attribute("defaults", Type::Dynamic, true, false),
        attribute("workspace", Type::String, true, false),
        attribute("outputs", Type::Dynamic, false, true),
    ];
    [
        (Mode::Managed, "terraform_data", Block { attributes: data.into(), blocks: BTreeMap::new() }),
        (Mode::Data, "terraform_remote_state", Block { attributes: state.into(), blocks: BTreeMap::new() }),
    ]
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_type_parses() {
        let table = TABLES.as_ref().unwrap();
        for (mode, types) in [(Mode::Managed, &table.resources), (Mode::Data, &table.data)] {
            for name in types.keys() {
                assert!(of(mode, name).is_some(), "{name}");
            }
        }
        let dynamo = of(Mode::Managed, "aws_dynamodb_table").unwrap();
        assert_eq!(
            dynamo.attributes.get("billing_mode").unwrap().default.as_ref().unwrap().as_str(),
            Some("PROVISIONED")
        );
        assert!(dynamo.blocks.get("server_side_encryption").unwrap().computed);
    }
}
