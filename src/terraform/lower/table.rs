//! The tables that say how Terraform's resource types become CloudFormation's. In: `map/*.toml`, embedded.
//! Out: per Terraform type a tree that is walked along a resource's attributes. The format is described in
//! `map/README.md`.

use std::{collections::BTreeMap, sync::LazyLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

/// The embedded tables, one per area.
const SOURCES: [(&str, &str); 10] = [
    ("dynamodb", include_str!("../map/dynamodb.toml")),
    ("kms", include_str!("../map/kms.toml")),
    ("network", include_str!("../map/network.toml")),
    ("cloudtrail", include_str!("../map/cloudtrail.toml")),
    ("iam", include_str!("../map/iam.toml")),
    ("compute", include_str!("../map/compute.toml")),
    ("backup", include_str!("../map/backup.toml")),
    ("config", include_str!("../map/config.toml")),
    ("storage", include_str!("../map/storage.toml")),
    ("events", include_str!("../map/events.toml")),
];

/// How one Terraform type is written in CloudFormation.
#[derive(Debug)]
pub struct TypeMap {
    /// CloudFormation's name; none for types that CloudFormation has not, whose attributes keep their names.
    pub kind: Option<String>,
    /// Terraform attribute → CloudFormation attribute, for references to such a resource.
    pub ids: BTreeMap<String, String>,
    /// Properties that every resource of the type has.
    pub constants: BTreeMap<String, String>,
    /// Its attributes.
    pub block: Block,
    /// The parents that such a resource completes.
    pub folds: Vec<Fold>,
}

/// What becomes of the attributes of a block.
#[derive(Debug, Default)]
pub struct Block {
    /// Attributes and nested blocks, in table order.
    pub fields: Vec<Field>,
}

impl Block {
    /// Whether the block has a field for this attribute.
    pub fn knows(&self, name: &str) -> bool {
        self.fields.iter().any(|field| match &field.shape {
            Shape::Element(inner) => inner.knows(name),
            _ => field.name == name,
        })
    }
}

impl Field {
    /// Whether it is a nested block.
    pub fn is_block(&self) -> bool {
        matches!(self.shape, Shape::Single(_) | Shape::Repeated(_))
    }
}

/// What becomes of one attribute or nested block.
#[derive(Debug)]
pub struct Field {
    /// Its Terraform name.
    pub name: String,
    /// Where it goes, from the nearest enclosing map.
    pub target: Vec<Step>,
    /// What is done to it.
    pub shape: Shape,
}

/// One step of a property path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The property.
    pub name: String,
    /// Whether the rest of the path lies in a new element of this list.
    pub element: bool,
}

/// What is done to a value.
#[derive(Debug)]
pub enum Shape {
    /// An attribute.
    Attribute(Convert),
    /// A block of which there is at most one: its content goes into the target, a map (empty: the enclosing map).
    Single(Block),
    /// A block that repeats: every one is an element of the target, a list.
    Repeated(Block),
    /// Attributes of the block itself (the field has no name) that make one element of the target, a list.
    Element(Block),
}

/// How the value of an attribute is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Convert {
    /// Not at all.
    #[default]
    Same,
    /// A name of the table's key: an element `{AttributeName, KeyType: HASH}`.
    HashKey,
    /// The same with `RANGE`.
    RangeKey,
    /// A string that holds JSON, as the JSON.
    Json,
    /// The same, with the first letter of every key in upper case (container definitions).
    JsonPascal,
    /// A map, as a list of `{Key, Value}`.
    Tags,
    /// A map, as a list of `{Name, Value}`.
    NameValues,
    /// A list of `{name, value}`, as a map.
    Pairs,
    /// A boolean's opposite.
    Not,
    /// A number of which -1 says that there is none.
    UnlessMinusOne,
    /// A boolean that says whether the target exists at all.
    Flag,
    /// Other names for its values; a value without one stays.
    Enum(BTreeMap<String, String>),
    /// This text, when anything is written.
    Present(String),
}

/// How a companion resource completes its parent.
#[derive(Debug)]
pub struct Fold {
    /// The parent's Terraform type.
    pub into: String,
    /// The companion's attribute that names the parent: a value or a list of values.
    pub by: String,
    /// The parent's attributes whose literal value it may be; of an ARN, the last part is compared.
    pub key: Vec<String>,
    /// Whether the companion takes the place of what the parent says.
    pub replace: bool,
    /// Only when the parent is named by this attribute (`stream_arn`).
    pub only: Option<String>,
    /// Not when the companion has this attribute, or names the parent by it.
    pub unless: Option<String>,
    /// What the companion's existence alone says.
    pub constants: BTreeMap<String, String>,
    /// Where its attributes go in the parent.
    pub block: Block,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawType {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    ids: BTreeMap<String, String>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    #[serde(default)]
    properties: BTreeMap<String, RawRow>,
    #[serde(default)]
    fold: Vec<RawFold>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFold {
    into: String,
    by: String,
    #[serde(default)]
    key: Vec<String>,
    #[serde(default)]
    replace: bool,
    only: Option<String>,
    unless: Option<String>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    #[serde(default)]
    properties: BTreeMap<String, RawRow>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum RawRow {
    Path(String),
    #[serde(rename_all = "kebab-case")]
    Full {
        to: String,
        #[serde(rename = "as", default)]
        convert: Convert,
    },
}

/// A row on its way into the tree: what is left of both paths.
struct Row {
    from: Vec<(String, Nesting)>,
    to: Vec<Step>,
    convert: Convert,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    Attribute,
    Single,
    Repeated,
}

static TABLES: LazyLock<FxHashMap<String, TypeMap>> = LazyLock::new(|| {
    // The tables are part of the program: `tests::tables_parse` shows that none is lost here.
    SOURCES.iter().filter_map(|(_, text)| parse(text).ok()).flatten().collect()
});

/// The table of a Terraform type.
pub fn of(source_type: &str) -> Option<&'static TypeMap> {
    TABLES.get(source_type)
}

fn parse(text: &str) -> Result<Vec<(String, TypeMap)>, toml::de::Error> {
    let raw: BTreeMap<String, RawType> = toml::from_str(text)?;
    Ok(raw.into_iter().map(|(name, raw)| (name, type_map(raw))).collect())
}

fn type_map(raw: RawType) -> TypeMap {
    let fold = |raw: RawFold| Fold {
        into: raw.into,
        by: raw.by,
        key: raw.key,
        replace: raw.replace,
        only: raw.only,
        unless: raw.unless,
        constants: raw.constants,
        block: block(rows(raw.properties)),
    };
    TypeMap {
        kind: raw.kind,
        ids: raw.ids,
        constants: raw.constants,
        block: block(rows(raw.properties)),
        folds: raw.fold.into_iter().map(fold).collect(),
    }
}

fn rows(raw: BTreeMap<String, RawRow>) -> Vec<Row> {
    let row = |(from, row): (String, RawRow)| {
        let (to, convert) = match row {
            RawRow::Path(to) => (to, Convert::Same),
            RawRow::Full { to, convert } => (to, convert),
        };
        Row { from: from.split('.').map(segment).collect(), to: path(&to), convert }
    };
    raw.into_iter().map(row).collect()
}

fn segment(text: &str) -> (String, Nesting) {
    if let Some(name) = text.strip_suffix("[]") {
        (name.to_owned(), Nesting::Repeated)
    } else if let Some(name) = text.strip_suffix("{}") {
        (name.to_owned(), Nesting::Single)
    } else {
        (text.to_owned(), Nesting::Attribute)
    }
}

/// A property path of the tables: `Replicas[].Region`.
pub fn path(text: &str) -> Vec<Step> {
    let step = |text: &str| {
        let name = text.strip_suffix("[]");
        Step { name: name.unwrap_or(text).to_owned(), element: name.is_some() }
    };
    text.split('.').filter(|text| !text.is_empty()).map(step).collect()
}

/// Groups rows by the block that they lie in.
fn block(rows: Vec<Row>) -> Block {
    let mut fields = Vec::new();
    let mut groups: BTreeMap<(String, bool, Vec<String>), Vec<Row>> = BTreeMap::new();
    for mut row in rows {
        if row.from.is_empty() {
            continue;
        }
        let (name, nesting) = row.from.remove(0);
        let inner = row.to.iter().position(|step| step.element).filter(|at| at + 1 < row.to.len());
        if let Some(at) = inner.filter(|_| nesting == Nesting::Attribute) {
            let prefix = row.to.iter().take(at + 1).map(|step| step.name.clone()).collect();
            row.from.insert(0, (name, nesting));
            groups.entry((String::new(), true, prefix)).or_default().push(row);
            continue;
        }
        if nesting == Nesting::Attribute || row.from.is_empty() {
            fields.push(Field { name, target: row.to, shape: Shape::Attribute(row.convert) });
            continue;
        }
        // A repeated block needs a list to go into; without one its blocks are merged.
        let list = row.to.iter().position(|step| step.element).filter(|_| nesting == Nesting::Repeated);
        let prefix = row.to.iter().take(list.map_or(0, |at| at + 1)).map(|step| step.name.clone()).collect();
        groups.entry((name, list.is_some(), prefix)).or_default().push(row);
    }
    fields
        .extend(groups.into_iter().map(|((name, repeated, prefix), rows)| nested(name, repeated, prefix.len(), rows)));
    // A flag decides about what the others have written.
    fields.sort_by_key(|field| matches!(field.shape, Shape::Attribute(Convert::Flag)));
    Block { fields }
}

fn nested(name: String, repeated: bool, prefix: usize, mut rows: Vec<Row>) -> Field {
    let shared = if repeated { prefix } else { common_prefix(&rows) };
    let mut target: Vec<Step> =
        rows.first().map(|row| row.to.iter().take(shared).cloned().collect()).unwrap_or_default();
    if let Some(last) = target.last_mut() {
        last.element = false;
    }
    rows.iter_mut().for_each(|row| drop(row.to.drain(..shared)));
    let block = block(rows);
    let shape = match (name.is_empty(), repeated) {
        (true, _) => Shape::Element(block),
        (false, true) => Shape::Repeated(block),
        (false, false) => Shape::Single(block),
    };
    Field { name, target, shape }
}

/// How many leading map steps all rows share, the last step of a row never counted.
fn common_prefix(rows: &[Row]) -> usize {
    let Some(first) = rows.first() else { return 0 };
    let shared = |at: usize| {
        let step = first.to.get(at);
        rows.iter().all(|row| at + 1 < row.to.len() && row.to.get(at) == step) && step.is_some_and(|step| !step.element)
    };
    (0..).take_while(|at| shared(*at)).count()
}

/// Every Terraform and CloudFormation path of every table, for the test that checks them against the schemas.
#[cfg(test)]
#[allow(clippy::expect_used)]
pub fn all_rows() -> Vec<(String, Option<String>, String, String)> {
    let mut result = Vec::new();
    for (_, text) in SOURCES {
        let raw: BTreeMap<String, RawType> = toml::from_str(text).expect("a table");
        let kinds: FxHashMap<String, Option<String>> = SOURCES
            .iter()
            .flat_map(|(_, text)| parse(text).expect("a table"))
            .map(|(name, map)| (name, map.kind))
            .collect();
        for (name, raw) in raw {
            let path = |row: &RawRow| match row {
                RawRow::Path(to) | RawRow::Full { to, .. } => to.clone(),
            };
            result.extend(
                raw.properties.iter().map(|(from, row)| (name.clone(), raw.kind.clone(), from.clone(), path(row))),
            );
            for fold in &raw.fold {
                let parent = kinds.get(&fold.into).cloned().expect("the parent of a fold has a table");
                result.push((name.clone(), None, fold.by.clone(), String::new()));
                result.extend(fold.key.iter().map(|key| (fold.into.clone(), None, key.clone(), String::new())));
                result.extend(
                    fold.properties.iter().map(|(from, row)| (name.clone(), parent.clone(), from.clone(), path(row))),
                );
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    #[test]
    fn tables_parse() {
        let mut count = 0;
        for (area, text) in SOURCES {
            match parse(text) {
                Ok(types) => count += types.len(),
                Err(error) => unreachable!("map/{area}.toml: {error}"),
            }
        }
        assert_eq!(count, TABLES.len(), "a type has two tables");
    }
}
