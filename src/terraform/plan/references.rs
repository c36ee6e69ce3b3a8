//! References between planned resources. In: the plan's `configuration`, which names for every argument what its
//! expression refers to, without saying how. Out: for values that are not known before apply, the resources that
//! they come from, through variables and outputs of modules; what comes from constants alone is null, for a constant
//! that is not null would be known.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde_json::value::RawValue;

use super::document::{ConfigResource, Configuration, Module};
use crate::{
    model::Mode,
    terraform::{
        address::{Address, Step, segments},
        schema,
    },
    value::{Entry, Kind, List, Reason, Reference, ResourceId, Unknown, Value},
};

/// How many variables and outputs one reference is followed through.
const MAX_HOPS: usize = 64;

/// How many instances one reference may stand for.
const MAX_CANDIDATES: usize = 256;

/// A value that an expression refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// Managed resources that it may be, and the attribute, when written.
    Resource { found: Vec<usize>, attribute: Option<String> },
    /// A data source.
    Data(String),
    /// Anything else.
    Other,
}

/// The resources of a plan and the code that they come from.
pub struct References<'t> {
    root: &'t Module<'t>,
    code: FxHashMap<String, &'t ConfigResource<'t>>,
    ids: Vec<ResourceId>,
    /// By definition, then by the keys of the module instances around it.
    groups: FxHashMap<String, FxHashMap<Keys, Group>>,
}

/// The instance keys of module calls, outermost first.
type Keys = Vec<Option<String>>;

/// The instances of one resource block in one module instance.
#[derive(Default)]
struct Group {
    all: Vec<usize>,
    by_key: FxHashMap<Option<String>, usize>,
}

/// Who refers: its module instance and its own key.
struct From<'a> {
    modules: Vec<Step<'a>>,
    keys: Vec<Option<&'a str>>,
}

impl<'t> References<'t> {
    /// For the managed resources of a plan.
    pub fn new(configuration: &'t Configuration<'t>, ids: Vec<ResourceId>) -> Self {
        let mut groups: FxHashMap<String, FxHashMap<Keys, Group>> = FxHashMap::default();
        for (index, id) in ids.iter().enumerate() {
            let Some(address) = Address::parse(&id.address) else { continue };
            let mut keys: Keys = address.keys().into_iter().map(|key| key.map(str::to_owned)).collect();
            let own = keys.pop().flatten();
            let group = groups.entry(address.definition()).or_default().entry(keys).or_default();
            group.all.push(index);
            group.by_key.insert(own, index);
        }
        let mut code = FxHashMap::default();
        index_code(&configuration.root_module, "", 0, &mut code);
        Self { root: &configuration.root_module, code, ids, groups }
    }

    /// The code of a resource.
    pub fn code(&self, address: &Address<'_>) -> Option<&'t ConfigResource<'t>> {
        self.code.get(&address.definition()).copied()
    }

    fn module(&self, steps: &[Step<'_>]) -> Option<&'t Module<'t>> {
        steps.iter().try_fold(self.root, |module, step| module.module_calls.get(step.name).map(|call| &call.module))
    }

    /// Replaces what is not known by references, where the code says that it comes from one resource, and leaves out
    /// what the provider computes because the code says null.
    pub fn recover(&self, address: &Address<'_>, attributes: Value) -> Value {
        let Some(code) = self.code(address) else { return attributes };
        let from = From { modules: address.modules.clone(), keys: address.keys() };
        let Value { kind: Kind::Map(mut map), span, trace } = attributes else { return attributes };
        let schema = schema::of(if address.data { Mode::Data } else { Mode::Managed }, address.kind);
        map.entries.retain_mut(|entry| {
            let expression = code.expressions.get(&*entry.key).and_then(|raw| expression(raw));
            expression.is_none_or(|expression| self.entry(&from, entry, &expression, schema))
        });
        Value { kind: Kind::Map(map), span, trace }
    }

    /// Recovers an argument or nested block; whether it is there at all.
    fn entry(
        &self,
        from: &From<'_>,
        entry: &mut Entry,
        code: &serde_json::Value,
        schema: Option<&schema::Block>,
    ) -> bool {
        let attribute = schema.and_then(|schema| schema.attributes.get(&entry.key));
        if attribute.is_some_and(|attribute| attribute.computed) && self.is_null(from, &entry.value, code) {
            return false;
        }
        let nested = schema.and_then(|schema| schema.blocks.get(&entry.key)).map(|nested| &nested.block);
        let old = std::mem::replace(&mut entry.value, Value::absent());
        entry.value = self.walk(from, &entry.key, old, code, nested);
        true
    }

    /// Whether an expression is null: it refers to constants alone, and all the same its value is not known.
    fn is_null(&self, from: &From<'_>, value: &Value, code: &serde_json::Value) -> bool {
        let unknown = matches!(&value.kind, Kind::Unknown(unknown) if unknown.reason == Reason::AfterApply);
        let references = code.get("references").and_then(|list| list.as_array());
        unknown && references.is_some_and(|list| self.sources(from, &from.modules, list, 0).is_empty())
    }

    /// `schema`: of the block that the value is, or whose list.
    fn walk(
        &self,
        from: &From<'_>,
        name: &str,
        value: Value,
        code: &serde_json::Value,
        schema: Option<&schema::Block>,
    ) -> Value {
        let references = code.get("references").and_then(|list| list.as_array());
        match (value.kind, references) {
            (Kind::Unknown(unknown), Some(list)) if unknown.reason == Reason::AfterApply => {
                let sources = self.sources(from, &from.modules, list, 0);
                let kind = self.replacement(name, &sources).unwrap_or(Kind::Unknown(unknown));
                Value { kind, span: value.span, trace: value.trace }
            }
            (Kind::List(list), Some(references)) => {
                let sources = self.sources(from, &from.modules, references, 0);
                Value { kind: Kind::List(self.elements(name, list, &sources)), span: value.span, trace: value.trace }
            }
            (Kind::Map(mut map), None) => {
                map.entries.retain_mut(|entry| {
                    code.get(&*entry.key).is_none_or(|inner| self.entry(from, entry, inner, schema))
                });
                Value { kind: Kind::Map(map), span: value.span, trace: value.trace }
            }
            (Kind::List(list), None) => {
                let List { items, open } = list;
                let count = items.len();
                let item = |(index, item): (usize, Value)| match block_of(code, index, count, &item) {
                    Some(inner) => self.walk(from, name, item, inner, schema),
                    None => item,
                };
                let items = items.into_iter().enumerate().map(item).collect();
                Value { kind: Kind::List(List { items, open }), span: value.span, trace: value.trace }
            }
            (kind, _) => Value { kind, span: value.span, trace: value.trace },
        }
    }

    /// What stands for an unknown attribute.
    fn replacement(&self, name: &str, sources: &[Source]) -> Option<Kind> {
        match sources {
            [Source::Resource { found, attribute }] => match &**found {
                [index] => Some(Kind::Reference(self.reference(*index, attribute.as_deref(), name)?)),
                _ => None,
            },
            [Source::Data(address)] => {
                Some(Kind::Unknown(Unknown::new(Reason::DataSource, address.as_str()).keyed(address.as_str()).into()))
            }
            _ => None,
        }
    }

    /// A list of which elements are unknown: its unknown elements are the referred resources when their numbers agree.
    fn elements(&self, name: &str, list: List, sources: &[Source]) -> List {
        let unknown =
            |value: &Value| matches!(&value.kind, Kind::Unknown(unknown) if unknown.reason == Reason::AfterApply);
        let gaps = list.items.iter().filter(|item| unknown(item)).count();
        let found = sources.iter().flat_map(|source| match source {
            Source::Resource { found, attribute } => {
                found.iter().map(|index| self.reference(*index, attribute.as_deref(), name)).collect()
            }
            Source::Data(_) => vec![None],
            Source::Other => Vec::new(),
        });
        let found: Option<Vec<Reference>> = found.collect();
        let Some(found) = found.filter(|found| found.len() == gaps) else { return list };
        let mut found = found.into_iter();
        let fill = |item: Value| match unknown(&item).then(|| found.next()).flatten() {
            Some(reference) => Value { kind: Kind::Reference(reference), ..item },
            None => item,
        };
        List { items: list.items.into_iter().map(fill).collect(), open: list.open }
    }

    fn reference(&self, index: usize, attribute: Option<&str>, name: &str) -> Option<Reference> {
        let singular = name.strip_suffix('s').unwrap_or(name);
        let guess = || {
            if singular.ends_with("arn") {
                "arn"
            } else if singular.ends_with("name") {
                "name"
            } else {
                "id"
            }
        };
        let target = self.ids.get(index)?.clone();
        Some(Reference { target, attribute: attribute.unwrap_or_else(guess).into() })
    }

    /// What the references of an expression in a module stand for; several names of one thing count once.
    fn sources(
        &self,
        from: &From<'_>,
        modules: &[Step<'_>],
        references: &[serde_json::Value],
        hops: usize,
    ) -> Vec<Source> {
        let texts: Vec<&str> = references.iter().filter_map(|text| text.as_str()).collect();
        // Every name is followed by its own beginnings, which say nothing more.
        let longest = texts.iter().filter(|text| {
            !texts.iter().any(|other| other.strip_prefix(**text).is_some_and(|rest| rest.starts_with(['.', '['])))
        });
        let mut result: Vec<Source> = Vec::new();
        for text in longest {
            for source in self.follow(from, modules, text, hops) {
                if !result.contains(&source) {
                    result.push(source);
                }
            }
        }
        result
    }

    fn follow(&self, from: &From<'_>, modules: &[Step<'_>], text: &str, hops: usize) -> Vec<Source> {
        if hops == MAX_HOPS {
            return vec![Source::Other];
        }
        let through = |modules: &[Step<'_>], raw: &RawValue| {
            let Some(code) = expression(raw) else { return vec![Source::Other] };
            let references = code.get("references").and_then(|list| list.as_array());
            references.map_or_else(Vec::new, |list| self.sources(from, modules, list, hops + 1))
        };
        match &*segments(text) {
            // Constants: keys of instances choose among resources and add nothing of their own, and what the root
            // module is given is known.
            ["each", "key"] | ["count", "index"] | ["path" | "terraform", ..] => Vec::new(),
            ["var", ..] if modules.is_empty() => Vec::new(),
            ["each" | "local" | "self" | "count", ..] => vec![Source::Other],
            ["var", name, ..] => match modules.split_last() {
                Some((last, outer)) => match self.module(outer).and_then(|module| module.module_calls.get(last.name)) {
                    // What the call leaves out has its default.
                    Some(call) => {
                        call.expressions.get(Step::parse(name).name).map_or_else(Vec::new, |raw| through(outer, raw))
                    }
                    None => vec![Source::Other],
                },
                None => vec![Source::Other],
            },
            ["module", name, output, ..] => {
                let inner: Vec<Step<'_>> = modules.iter().copied().chain([Step::parse(name)]).collect();
                let output = self.module(&inner).and_then(|module| module.outputs.get(Step::parse(output).name));
                match output.and_then(|output| output.expression) {
                    Some(raw) => through(&inner, raw),
                    None => vec![Source::Other],
                }
            }
            ["module", _] => vec![Source::Other],
            _ => vec![self.resource(from, modules, text)],
        }
    }

    fn resource(&self, from: &From<'_>, modules: &[Step<'_>], text: &str) -> Source {
        let Some(mut target) = Address::parse(text) else { return Source::Other };
        target.modules = modules.to_vec();
        if target.data {
            return Source::Data(format!("data.{}.{}", target.kind, target.resource.name));
        }
        let attribute = target.rest.first().map(|name| Step::parse(name).name.to_owned());
        let Some(groups) = self.groups.get(&target.definition()) else { return Source::Other };
        // Module instances around both are the same; others have the key that the code gives, if any.
        let around = |(at, step): (usize, &Step<'_>)| match from
            .modules
            .get(at)
            .filter(|own| step.key.is_none() && own.name == step.name)
        {
            Some(own) => own.key.map(str::to_owned),
            None => step.key.map(str::to_owned),
        };
        let keys: Keys = modules.iter().enumerate().map(around).collect();
        let all: Vec<&Group> =
            groups.get(&keys).map_or_else(|| groups.values().take(MAX_CANDIDATES).collect(), |group| vec![group]);
        let wanted = target.resource.key.or_else(|| from.keys.last().copied().flatten());
        // `aws_x.y[each.key]`: the instance with the same key, where there is one.
        let same: Vec<usize> =
            all.iter().filter_map(|group| group.by_key.get(&wanted.map(str::to_owned)).copied()).collect();
        let mut found = if target.resource.key.is_some() || wanted.is_some() && same.len() == 1 {
            same
        } else {
            all.iter().flat_map(|group| group.all.iter().copied()).take(MAX_CANDIDATES).collect()
        };
        found.sort_unstable();
        if found.is_empty() || found.len() >= MAX_CANDIDATES {
            Source::Other
        } else {
            Source::Resource { found, attribute }
        }
    }
}

/// The resources of a module and of those that it calls, by definition.
fn index_code<'t>(
    module: &'t Module<'t>,
    prefix: &str,
    depth: usize,
    code: &mut FxHashMap<String, &'t ConfigResource<'t>>,
) {
    code.extend(module.resources.iter().map(|resource| (format!("{prefix}{}", resource.address), resource)));
    if depth < MAX_HOPS {
        for (name, call) in &module.module_calls {
            index_code(&call.module, &format!("{prefix}module.{name}."), depth + 1, code);
        }
    }
}

/// The code of an argument or of a list of blocks.
pub fn expression(raw: &RawValue) -> Option<serde_json::Value> {
    serde_json::from_str(raw.get()).ok()
}

/// The block that an element was written as: the only one, the one whose constants agree, or the one at its place.
pub fn block_of<'c>(
    code: &'c serde_json::Value,
    index: usize,
    count: usize,
    item: &Value,
) -> Option<&'c serde_json::Value> {
    let Some(blocks) = code.as_array() else { return Some(code) };
    let agrees = |block: &&serde_json::Value| {
        let constants = block
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, code)| Some((name, code.get("constant_value")?)));
        let constants: BTreeMap<&String, &serde_json::Value> = constants.collect();
        !constants.is_empty() && constants.iter().all(|(name, constant)| agree(item, name, constant))
    };
    match &**blocks {
        [only] => Some(only),
        _ if blocks.len() == count => blocks.iter().find(agrees).or_else(|| blocks.get(index)),
        _ => blocks.iter().find(agrees),
    }
}

fn agree(item: &Value, name: &str, constant: &serde_json::Value) -> bool {
    let found = item.as_map().and_then(|map| map.get(name));
    match constant {
        serde_json::Value::String(text) => found.and_then(Value::as_str) == Some(text),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            found.and_then(Value::to_text).as_deref() == Some(&*constant.to_string())
        }
        _ => true,
    }
}
