//! Names inside a module. In: the module's template and the properties it is called with. Out: its nodes with
//! parameters replaced by arguments, and its own names prefixed with the module's.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::cloudformation::{
    rewrite::rewrite,
    tree::{Content, Mapping, Node, NodeRef, Pair},
};

/// The names of one instance.
pub struct Scope<'a> {
    /// The prefix.
    pub name: &'a str,
    arguments: BTreeMap<Arc<str>, NodeRef>,
    resources: BTreeSet<Arc<str>>,
    conditions: BTreeSet<Arc<str>>,
    mappings: BTreeSet<Arc<str>>,
}

impl<'a> Scope<'a> {
    /// The names of a module that is called with these properties.
    pub fn new(name: &'a str, root: &NodeRef, properties: Option<&NodeRef>) -> Self {
        let mut arguments = BTreeMap::new();
        for pair in entries(root, "Parameters") {
            let given =
                properties.and_then(|properties| properties.get(&pair.key)).or_else(|| pair.value.get("Default"));
            if let Some(value) = given {
                arguments.insert(Arc::clone(&pair.key), Arc::clone(value));
            }
        }
        let names = |section| entries(root, section).map(|pair| Arc::clone(&pair.key)).collect();
        Self {
            name,
            arguments,
            resources: names("Resources"),
            conditions: names("Conditions"),
            mappings: names("Mappings"),
        }
    }

    /// A node of the module as it is in the template that calls it.
    pub fn apply(&self, node: &NodeRef) -> NodeRef {
        rewrite(node, &mut |node| self.node(node))
    }

    fn node(&self, node: &NodeRef) -> Option<NodeRef> {
        let Some(call) = node.as_call() else { return self.condition(node) };
        let argument = call.argument;
        let renamed = match &**call.name {
            "Ref" => {
                let name = argument.as_text()?;
                if let Some(value) = self.arguments.get(name) {
                    return Some(Arc::clone(value));
                }
                self.resources.contains(name).then(|| self.prefixed(argument))?
            }
            "Fn::GetAtt" => match argument.as_list() {
                Some(parts) => self.first_of(argument, parts, &self.resources)?,
                None => {
                    let (id, _) = argument.as_str()?.split_once('.')?;
                    self.resources.contains(id).then(|| self.prefixed(argument))?
                }
            },
            "Fn::If" => self.first_of(argument, argument.as_list()?, &self.conditions)?,
            "Fn::FindInMap" => self.first_of(argument, argument.as_list()?, &self.mappings)?,
            "Fn::Sub" => return self.substituted(node, argument),
            _ => return None,
        };
        let mut map = node.as_map()?.clone();
        map.insert(Arc::clone(call.name), call.name_span, renamed);
        Some(node.with(Content::Map(map)))
    }

    /// `Condition: name`, in a condition or beside the properties of a resource; `DependsOn`.
    fn condition(&self, node: &NodeRef) -> Option<NodeRef> {
        let map = node.as_map()?;
        let mut changed = map.clone();
        let is_resource = map.get("Type").is_some() || map.entries.len() == 1;
        if let Some(pair) = map
            .pair("Condition")
            .filter(|pair| is_resource && pair.value.as_text().is_some_and(|name| self.conditions.contains(name)))
        {
            changed.insert("Condition", pair.key_span, self.prefixed(&pair.value));
        }
        if let Some(pair) = map.pair("DependsOn").filter(|_| map.get("Type").is_some()) {
            let known = |node: &NodeRef| node.as_text().is_some_and(|name| self.resources.contains(name));
            let renamed = |node: &NodeRef| if known(node) { self.prefixed(node) } else { Arc::clone(node) };
            let value = match pair.value.as_list() {
                Some(items) => pair.value.with(Content::List(items.iter().map(renamed).collect())),
                None => renamed(&pair.value),
            };
            changed.insert("DependsOn", pair.key_span, value);
        }
        (changed != *map).then(|| node.with(Content::Map(changed)))
    }

    fn first_of(&self, argument: &NodeRef, parts: &[NodeRef], names: &BTreeSet<Arc<str>>) -> Option<NodeRef> {
        let (first, rest) = parts.split_first()?;
        names.contains(first.as_text()?).then(|| {
            let parts = std::iter::once(self.prefixed(first)).chain(rest.iter().cloned());
            argument.with(Content::List(parts.collect()))
        })
    }

    fn prefixed(&self, node: &NodeRef) -> NodeRef {
        Node::text(format!("{}{}", self.name, node.as_str().unwrap_or_default()), node.span)
    }

    /// `Fn::Sub` with names of the module replaced or renamed.
    fn substituted(&self, node: &NodeRef, argument: &NodeRef) -> Option<NodeRef> {
        let (text, own) = sub_parts(argument)?;
        let own_names: BTreeSet<Arc<str>> = own.iter().map(|pair| Arc::clone(&pair.key)).collect();
        Some(substitute(node, text, own, &|name| {
            let id = name.split('.').next().unwrap_or(name);
            match self.arguments.get(name) {
                _ if own_names.contains(name) => None,
                Some(value) => Some(Arc::clone(value)),
                None if self.resources.contains(id) => Some(reference(node, &format!("{}{name}", self.name))),
                None => None,
            }
        }))
    }
}

/// The module with its arguments as the defaults of its parameters, over which loops inside it may run.
pub fn with_arguments(root: &NodeRef, properties: Option<&NodeRef>) -> NodeRef {
    let (Some(map), Some(parameters)) = (root.as_map(), root.get("Parameters")) else { return Arc::clone(root) };
    let declared = entries(root, "Parameters").map(|pair| {
        let given = properties.and_then(|properties| properties.get(&pair.key));
        let value = given.zip(pair.value.as_map()).map_or_else(
            || Arc::clone(&pair.value),
            |(given, declaration)| {
                let mut declaration = declaration.clone();
                declaration.insert("Default", given.span, Arc::clone(given));
                pair.value.with(Content::Map(declaration))
            },
        );
        Pair { value, ..pair.clone() }
    });
    let declared = Mapping { entries: declared.collect(), ..Mapping::default() };
    let mut map = map.clone();
    map.insert("Parameters", parameters.span, parameters.with(Content::Map(declared)));
    root.with(Content::Map(map))
}

/// The entries of a section.
pub fn entries<'n>(root: &'n NodeRef, section: &str) -> impl Iterator<Item = &'n Pair> {
    root.get(section).and_then(|node| node.as_map()).into_iter().flat_map(|map| &map.entries)
}

/// Text and variables of the argument of `Fn::Sub`.
pub fn sub_parts(argument: &NodeRef) -> Option<(&str, Vec<Pair>)> {
    match argument.as_list() {
        Some([text, variables]) => Some((text.as_str()?, variables.as_map()?.entries.clone())),
        Some(_) => None,
        None => Some((argument.as_str()?, Vec::new())),
    }
}

/// `!Ref name` or `!GetAtt id.attribute`.
pub fn reference(at: &Node, name: &str) -> NodeRef {
    match name.split_once('.') {
        Some((id, attribute)) => {
            Node::call("Fn::GetAtt", Node::list(vec![Node::text(id, at.span), Node::text(attribute, at.span)], at.span))
        }
        None => Node::call("Ref", Node::text(name, at.span)),
    }
}

/// A `Fn::Sub` whose `${name}` are replaced by what `value` gives: text goes into the text, a reference stays one, anything
/// else becomes a variable.
pub fn substitute(
    node: &Node,
    text: &str,
    mut variables: Vec<Pair>,
    value: &dyn Fn(&str) -> Option<NodeRef>,
) -> NodeRef {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        result.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            result.push_str("${");
            rest = after;
            continue;
        };
        rest = tail;
        let Some(found) = value(name) else {
            result.push_str(&format!("${{{name}}}"));
            continue;
        };
        if let Some(text) = found.as_str() {
            result.push_str(text);
        } else if let Some(text) = found.call_of("Fn::Sub").and_then(|text| text.as_str()) {
            result.push_str(text);
        } else if let Some(text) = plain_name(&found) {
            result.push_str(&format!("${{{text}}}"));
        } else {
            let name = format!("Value{}", variables.len());
            result.push_str(&format!("${{{name}}}"));
            variables.push(Pair { key: name.into(), key_span: node.span, value: found });
        }
    }
    result.push_str(rest);
    if variables.is_empty() {
        return if result.contains("${") {
            Node::call("Fn::Sub", Node::text(result, node.span))
        } else {
            Node::text(result, node.span)
        };
    }
    let variables = Node::mapping(Mapping { entries: variables, ..Mapping::default() }, node.span);
    Node::call("Fn::Sub", Node::list(vec![Node::text(result, node.span), variables], node.span))
}

/// `X` of `!Ref X`, `X.Y` of `!GetAtt X.Y`.
fn plain_name(node: &Node) -> Option<String> {
    if let Some(name) = node.call_of("Ref") {
        return name.as_str().map(str::to_owned);
    }
    let target = node.call_of("Fn::GetAtt")?;
    match target.as_list() {
        Some(parts) => parts.iter().map(|part| part.as_str()).collect::<Option<Vec<_>>>().map(|parts| parts.join(".")),
        None => target.as_str().map(str::to_owned),
    }
}

/// The tree with `!Ref Const::x` and `${Const::x}` replaced; constants may use earlier ones.
pub fn constants(root: &NodeRef) -> NodeRef {
    let mut known: BTreeMap<String, NodeRef> = BTreeMap::new();
    for pair in entries(root, "Constants") {
        let value = with_constants(&pair.value, &known);
        known.insert(format!("Const::{}", pair.key), value);
    }
    with_constants(root, &known)
}

fn with_constants(root: &NodeRef, known: &BTreeMap<String, NodeRef>) -> NodeRef {
    if known.is_empty() {
        return Arc::clone(root);
    }
    rewrite(root, &mut |node| match node.as_call() {
        Some(call) if &**call.name == "Ref" => known.get(call.argument.as_str()?).cloned(),
        Some(call) if &**call.name == "Fn::Sub" => {
            let (text, own) = sub_parts(call.argument)?;
            text.contains("${Const::").then(|| substitute(node, text, own, &|name| known.get(name).cloned()))
        }
        _ => {
            // Constants are replaced in plain text too.
            let text = node.as_str().filter(|text| text.contains("${Const::"))?;
            let replaced = substitute(node, text, Vec::new(), &|name| known.get(name).cloned());
            Some(replaced.call_of("Fn::Sub").cloned().unwrap_or(replaced))
        }
    })
}

/// The items of a loop: a list, text with commas, or a parameter with such a default.
pub fn collection(root: &NodeRef, node: &NodeRef) -> Option<Vec<String>> {
    if let Some(name) = node.call_of("Ref") {
        let default = root.get("Parameters")?.get(name.as_str()?)?.get("Default")?;
        return if default.as_call().is_some() { None } else { collection(root, default) };
    }
    match node.as_list() {
        Some(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        None => Some(node.as_str()?.split(',').map(|item| item.trim().to_owned()).collect()),
    }
}

/// The tree with texts replaced in all of its strings.
pub fn replace_text(root: &NodeRef, names: &[(&str, &str)]) -> NodeRef {
    rewrite(root, &mut |node| {
        let text = node.as_str()?;
        let replaced = names.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        let Content::Scalar(scalar) = &node.content else { return None };
        (replaced != text).then(|| {
            let mut scalar = scalar.clone();
            scalar.text = replaced.into();
            node.with(Content::Scalar(scalar))
        })
    })
}
