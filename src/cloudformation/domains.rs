//! What an undecided input is compared with. In: a template. Out: for every parameter, pseudo parameter and opaque
//! term, the texts that some condition or mapping tells apart.

use std::{collections::BTreeSet, sync::Arc};

use rustc_hash::FxHashMap;

use crate::cloudformation::{
    template::Template,
    tree::{Content, Node, NodeRef},
};

/// How many nodes of a template are searched.
const MAX_VISITS: usize = 1_000_000;

/// How much of an expression its name shows.
const MAX_NAME: usize = 200;

/// The texts that terms are told apart by.
#[derive(Clone, Debug, Default)]
pub struct Comparisons {
    terms: FxHashMap<Arc<str>, Compared>,
}

#[derive(Clone, Debug, Default)]
struct Compared {
    texts: BTreeSet<Arc<str>>,
    peers: BTreeSet<Arc<str>>,
}

impl Comparisons {
    /// Searches a whole template.
    pub fn of(template: &Template) -> Self {
        let mut found = Self::default();
        let mut stack: Vec<&NodeRef> = vec![&template.root];
        let mut visits = 0;
        while let Some(node) = stack.pop() {
            visits += 1;
            if visits > MAX_VISITS {
                break;
            }
            match &node.content {
                Content::List(items) => stack.extend(items),
                Content::Map(map) => {
                    stack.extend(map.entries.iter().map(|pair| &pair.value));
                    if let Some(call) = node.as_call() {
                        found.call(call.name, call.argument, template);
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn call(&mut self, name: &str, argument: &Node, template: &Template) {
        let Some(operands) = argument.as_list() else { return };
        match (name, operands) {
            ("Fn::Equals", [a, b]) => self.compare(a, b, template),
            ("Fn::Contains" | "Fn::EachMemberEquals", [list, one]) => {
                list.as_list().into_iter().flatten().for_each(|item| self.compare(item, one, template));
            }
            ("Fn::EachMemberIn", [many, all]) => {
                for member in many.as_list().into_iter().flatten() {
                    all.as_list().into_iter().flatten().for_each(|item| self.compare(member, item, template));
                }
            }
            ("Fn::FindInMap", [map, top, second, ..]) => {
                let Some(map) = map.as_str().and_then(|name| template.mapping(name)) else { return };
                if top.as_str().is_none() {
                    self.add(term(top), map.entries.iter().map(|pair| Arc::clone(&pair.key)));
                }
                if second.as_str().is_none() {
                    let rows = map.entries.iter().filter_map(|pair| pair.value.as_map());
                    self.add(term(second), rows.flat_map(|row| &row.entries).map(|pair| Arc::clone(&pair.key)));
                }
            }
            _ => {}
        }
    }

    fn compare(&mut self, a: &Node, b: &Node, template: &Template) {
        for (one, other) in [(a, b), (b, a)] {
            if one.as_str().is_some() {
                continue;
            }
            let name = term(one);
            match other.as_text() {
                Some(text) => self.add(name, [Arc::clone(text)]),
                None => {
                    let cells = other.call_of("Fn::FindInMap").map(|call| cells(call, template)).unwrap_or_default();
                    self.add(Arc::clone(&name), cells);
                    self.terms.entry(name).or_default().peers.insert(term(other));
                }
            }
        }
    }

    fn add(&mut self, name: Arc<str>, texts: impl IntoIterator<Item = Arc<str>>) {
        self.terms.entry(name).or_default().texts.extend(texts);
    }

    /// Whether anything tells values of the term apart.
    pub fn knows(&self, term: &str) -> bool {
        self.terms.contains_key(term)
    }

    /// The texts that the term, and what it is compared with, are told apart by; sorted.
    pub fn texts(&self, term: &str) -> BTreeSet<Arc<str>> {
        self.group(term)
            .iter()
            .filter_map(|name| self.terms.get(name))
            .flat_map(|found| found.texts.iter().cloned())
            .collect()
    }

    /// How many values that equal no text are needed so that all terms of the group can differ.
    pub fn others(&self, term: &str) -> u8 {
        const MAX_OTHERS: usize = 4;
        u8::try_from(self.group(term).len().clamp(1, MAX_OTHERS)).unwrap_or(1)
    }

    fn group(&self, term: &str) -> BTreeSet<Arc<str>> {
        let mut group = BTreeSet::from([Arc::from(term)]);
        let mut open: Vec<Arc<str>> = vec![Arc::from(term)];
        while let Some(name) = open.pop() {
            let peers = self.terms.get(&name).into_iter().flat_map(|found| &found.peers);
            open.extend(peers.filter(|peer| group.insert(Arc::clone(peer))).cloned());
        }
        group
    }
}

fn cells(find_in_map: &Node, template: &Template) -> Vec<Arc<str>> {
    let name = find_in_map.as_list().and_then(|operands| operands.first()).and_then(|name| name.as_str());
    let rows = name.and_then(|name| template.mapping(name)).into_iter().flat_map(|map| &map.entries);
    let cells = rows.filter_map(|row| row.value.as_map()).flat_map(|row| &row.entries);
    cells.filter_map(|cell| cell.value.as_text().cloned()).collect()
}

/// The name of a term: the parameter's for a plain `Ref`, else the expression in short.
pub fn term(node: &Node) -> Arc<str> {
    if let Some(name) = node.call_of("Ref").and_then(|name| name.as_text()) {
        return Arc::clone(name);
    }
    // `${X}` alone is X.
    if let Some(text) = node.call_of("Fn::Sub").and_then(|text| text.as_str())
        && let Some(name) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
        && !name.contains(['$', '.', '!', '}'])
    {
        return name.into();
    }
    let mut text = String::new();
    render(node, &mut text);
    text.into()
}

fn render(node: &Node, text: &mut String) {
    if text.len() > MAX_NAME {
        return;
    }
    match &node.content {
        Content::Null => text.push_str("null"),
        Content::Unknown(unknown) => text.push_str(&unknown.subject),
        Content::Scalar(scalar) => text.push_str(&scalar.text),
        Content::List(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                render(item, text);
            }
            text.push(']');
        }
        Content::Map(map) => match node.as_call() {
            Some(call) => {
                text.push('!');
                text.push_str(call.name.strip_prefix("Fn::").unwrap_or(call.name));
                text.push(' ');
                render(call.argument, text);
            }
            None => {
                text.push('{');
                for pair in &map.entries {
                    text.push_str(&pair.key);
                    text.push_str(": ");
                    render(&pair.value, text);
                    text.push(' ');
                }
                text.push('}');
            }
        },
    }
}
