//! Follows queries into the document (`eval_context.rs` of the original engine). In: a query and a scope. Out: what it
//! finds, in order: values, and places where the way ended. What hangs on something unknown may or may not be there.

use std::sync::Arc;

use crate::{
    guard::{
        compare::{self, Compared},
        evaluate::{Evaluator, Result, Scope, Stop},
        node::{Fields, Items, Node, Shape},
        spelling,
        status::Status,
        syntax::{Operand, Operator, Part, Query},
    },
    value::{Reason, Unknown},
};

/// Something that a query found.
#[derive(Clone)]
pub struct Found<'a> {
    /// The value, or where the way to it ended.
    pub value: std::result::Result<Node<'a>, Missing<'a>>,
    /// Whether it is a value as written in the policy, which compares a little differently.
    pub literal: bool,
    /// Why it may not be there.
    pub maybe: Option<Arc<Unknown>>,
}

/// Where the way to a value ended.
#[derive(Clone)]
pub struct Missing<'a> {
    /// The last value on the way.
    pub at: Node<'a>,
    /// The steps that could not be taken.
    pub rest: String,
}

impl<'a> Found<'a> {
    /// A value.
    pub fn node(node: Node<'a>) -> Self {
        Self { value: Ok(node), literal: false, maybe: None }
    }

    /// A value as written in the policy.
    pub fn literal(node: Node<'a>) -> Self {
        Self { literal: true, ..Self::node(node) }
    }

    fn missing(at: &Node<'a>, rest: &[Part]) -> Vec<Self> {
        let value = Err(Missing { at: at.clone(), rest: steps(rest) });
        vec![Self { value, literal: false, maybe: None }]
    }
}

/// A spelling that found a key which is written in another way; later keys are looked for in the same.
type Spelling = Option<spelling::Case>;

/// Where a walk stands.
struct Walk<'p, 's, 'a> {
    parts: &'p [Part],
    at: usize,
    scope: &'s Scope<'s, 'a>,
    spelling: Spelling,
}

impl<'p, 's, 'a> Walk<'p, 's, 'a> {
    fn next(&self) -> Self {
        Self { at: self.at + 1, parts: self.parts, scope: self.scope, spelling: self.spelling }
    }

    fn left(&self) -> &'p [Part] {
        self.parts.get(self.at..).unwrap_or_default()
    }
}

impl<'a> Evaluator<'_, 'a> {
    /// What a query finds from the root of a scope.
    pub fn query(&self, query: &'a Query, scope: &Scope<'_, 'a>) -> Result<Vec<Found<'a>>> {
        self.walk(&Walk { parts: &query.parts, at: 0, scope, spelling: None }, scope.root.clone())
    }

    fn walk(&self, walk: &Walk<'a, '_, 'a>, node: Node<'a>) -> Result<Vec<Found<'a>>> {
        self.step()?;
        let Some(part) = walk.parts.get(walk.at) else { return Ok(vec![Found::node(node)]) };
        if let Shape::Unknown(unknown) = &node.shape
            && !matches!((walk.at, part), (0, Part::Variable(_)) | (_, Part::This))
        {
            let unknown = Arc::clone(unknown);
            return self.past_unknown(walk, part, &node, &unknown);
        }
        match part {
            Part::This => self.walk(&walk.next(), node),
            Part::Variable(name) if walk.at == 0 => self.in_variable(walk, name),
            Part::Variable(name) => self.by_variable(walk, name, &node),
            Part::Key(key) => match key.parse::<i32>() {
                Ok(index) => self.index(walk, index, &node),
                Err(_) => self.key(walk, key, &node),
            },
            Part::Index(index) => self.index(walk, *index, &node),
            Part::Indices(name) | Part::Values(name) => {
                self.every(walk, name.as_ref(), matches!(part, Part::Values(_)), node)
            }
            Part::Filter(name, _) => self.filter(walk, name.as_ref(), node),
            Part::Keys(operator, negated, with) => self.keys(walk, (*operator, *negated), with, &node),
        }
    }

    /// The steps on from something unknown: a key leads to something unknown, a filter may leave nothing.
    fn past_unknown(
        &self,
        walk: &Walk<'a, '_, 'a>,
        part: &'a Part,
        node: &Node<'a>,
        unknown: &Arc<Unknown>,
    ) -> Result<Vec<Found<'a>>> {
        let key = match part {
            Part::Key(key) => &**key,
            Part::Filter(..) | Part::Keys(..) => {
                let found = self.walk(&walk.next(), node.clone())?;
                return Ok(maybe(found, Some(unknown)));
            }
            _ => "*",
        };
        self.walk(&walk.next(), self.document.of_unknown(node, unknown, key))
    }

    fn in_variable(&self, walk: &Walk<'a, '_, 'a>, name: &'a Arc<str>) -> Result<Vec<Found<'a>>> {
        let skips = usize::from(matches!(walk.parts.get(1), Some(Part::Indices(_))));
        let mut all = Vec::new();
        for found in self.variable(name, walk.scope)? {
            match &found.value {
                Ok(node) if walk.parts.len() > 1 + skips => {
                    let scope = walk.scope.at(node.clone());
                    let inner = Walk { parts: walk.parts, at: 1 + skips, scope: &scope, spelling: walk.spelling };
                    all.extend(maybe(self.walk(&inner, node.clone())?, found.maybe.as_ref()));
                }
                _ => all.push(found),
            }
        }
        Ok(all)
    }

    /// The values of the keys that a variable holds.
    fn by_variable(&self, walk: &Walk<'a, '_, 'a>, name: &'a Arc<str>, node: &Node<'a>) -> Result<Vec<Found<'a>>> {
        let Shape::Map(fields) = &node.shape else { return Ok(Found::missing(node, walk.left())) };
        let mut keys = self.variable(name, walk.scope)?;
        if let Some(Part::Index(index)) = walk.parts.get(walk.at + 1) {
            let at = index.unsigned_abs() as usize;
            if at >= keys.len() {
                return Ok(Found::missing(node, walk.left()));
            }
            keys = vec![keys.swap_remove(at)];
        }
        let mut all = Vec::new();
        for key in keys {
            let Ok(found) = &key.value else {
                all.extend(Found::missing(node, walk.left()));
                continue;
            };
            let names = match &found.shape {
                Shape::List(items) => self.document.items(found, items).into_iter().map(|part| part.node).collect(),
                _ => vec![found.clone()],
            };
            for name in names {
                let part = match &name.shape {
                    Shape::Text(text) => self.document.get(node, fields, text),
                    Shape::Unknown(unknown) => Some(self.document.of_unknown(node, unknown, "*")),
                    Shape::Pattern(_) => name.unknown().map(|unknown| self.document.of_unknown(node, &unknown, "*")),
                    _ => return Err(Stop::wrong("a variable that is used as key holds something else than text")),
                };
                let found = match part {
                    Some(part) => self.walk(&walk.next(), part)?,
                    None => Found::missing(node, walk.left()),
                };
                all.extend(maybe(found, key.maybe.as_ref()));
            }
        }
        Ok(all)
    }

    fn key(&self, walk: &Walk<'a, '_, 'a>, key: &str, node: &Node<'a>) -> Result<Vec<Found<'a>>> {
        let fields = match &node.shape {
            Shape::Map(fields) => fields,
            // A policy may ask for the function that a resolved text was made by.
            Shape::Pattern(_) if matches!(key, "Fn::Sub" | "Fn::Join" | "!Sub" | "!Join") => {
                let unknown = Unknown::new(Reason::Unsupported, format!("{key} of a resolved text"));
                return self.walk(&walk.next(), self.document.of_unknown(node, &Arc::new(unknown), key));
            }
            _ => return Ok(Found::missing(node, walk.left())),
        };
        if let Some(part) = self.document.get(node, fields, key) {
            return self.walk(&walk.next(), part);
        }
        let cases: &[spelling::Case] = match &walk.spelling {
            Some(case) => std::slice::from_ref(case),
            None => spelling::CASES,
        };
        for case in cases {
            if let Some(part) = self.document.get(node, fields, &case(key)) {
                return self.walk(&Walk { spelling: Some(*case), ..walk.next() }, part);
            }
        }
        Ok(Found::missing(node, walk.left()))
    }

    /// An element; a negative index counts as its amount, as in the original engine.
    fn index(&self, walk: &Walk<'a, '_, 'a>, index: i32, node: &Node<'a>) -> Result<Vec<Found<'a>>> {
        let Shape::List(items) = &node.shape else { return Ok(Found::missing(node, walk.left())) };
        match self.document.items(node, items).into_iter().nth(index.unsigned_abs() as usize) {
            Some(part) => Ok(maybe(self.walk(&walk.next(), part.node)?, part.maybe.as_ref())),
            None => Ok(Found::missing(node, walk.left())),
        }
    }

    /// `[*]` and `.*`. A scalar counts as a list of one, and so does a map for `[*]`.
    fn every(
        &self,
        walk: &Walk<'a, '_, 'a>,
        capture: Option<&'a Arc<str>>,
        values: bool,
        node: Node<'a>,
    ) -> Result<Vec<Found<'a>>> {
        let (parts, is_map) = match &node.shape {
            Shape::List(items) => (self.document.items(&node, items), false),
            Shape::Map(fields) if values || capture.is_some() => (self.document.entries(&node, fields), true),
            _ => return self.walk(&walk.next(), node),
        };
        if parts.is_empty() {
            return Ok(Found::missing(&node, walk.left()));
        }
        let mut all = Vec::new();
        for part in parts {
            if let Some(name) = capture.filter(|_| is_map) {
                self.capture(name, part.node.with(Shape::Text(Arc::clone(&part.key))));
            }
            let found = if is_map {
                let scope = walk.scope.at(part.node.clone());
                self.walk(&Walk { scope: &scope, ..walk.next() }, part.node)?
            } else {
                self.walk(&walk.next(), part.node)?
            };
            all.extend(maybe(found, part.maybe.as_ref()));
        }
        Ok(all)
    }

    fn filter(&self, walk: &Walk<'a, '_, 'a>, capture: Option<&'a Arc<str>>, node: Node<'a>) -> Result<Vec<Found<'a>>> {
        let before = walk.at.checked_sub(1).and_then(|at| walk.parts.get(at));
        let after_key =
            matches!(before, Some(Part::Key(_))) || (walk.at > 1 && matches!(before, Some(Part::Variable(_))));
        match &node.shape {
            // The step before has already gone to each value.
            Shape::Map(_) if !after_key => self.filtered(walk, walk.scope, None, node.clone(), node),
            Shape::Map(fields) => {
                let mut all = Vec::new();
                for part in self.document.entries(&node, fields) {
                    let scope = walk.scope.at(part.node.clone());
                    let key = capture.map(|name| (name, part.key));
                    let found = self.filtered(walk, &scope, key, part.node.clone(), part.node)?;
                    all.extend(maybe(found, part.maybe.as_ref()));
                }
                Ok(all)
            }
            Shape::List(items) => {
                let mut all = Vec::new();
                for part in self.document.items(&node, items) {
                    let found = self.filtered(walk, walk.scope, None, part.node.clone(), part.node)?;
                    all.extend(maybe(found, part.maybe.as_ref()));
                }
                Ok(all)
            }
            _ if !after_key => self.filtered(walk, walk.scope, None, node.clone(), node),
            _ => Ok(Found::missing(&node, walk.left())),
        }
    }

    /// The steps on from a value, if it satisfies the filter of this step.
    fn filtered(
        &self,
        walk: &Walk<'a, '_, 'a>,
        onward: &Scope<'_, 'a>,
        capture: Option<(&'a Arc<str>, Arc<str>)>,
        root: Node<'a>,
        node: Node<'a>,
    ) -> Result<Vec<Found<'a>>> {
        let Some(Part::Filter(_, clauses)) = walk.parts.get(walk.at) else { return Ok(Vec::new()) };
        let judged = self.filtering(clauses, &walk.scope.at(root))?;
        if !judged.status.may_be(Status::PASS) {
            return Ok(Vec::new());
        }
        self.touch(&node);
        if let Some((name, key)) = capture {
            self.capture(name, node.with(Shape::Text(key)));
        }
        let found = self.walk(&Walk { scope: onward, ..walk.next() }, node)?;
        let open = judged.status.may_differ(Status::PASS);
        let reason = open.then(|| judged.reasons.first().cloned().unwrap_or_else(unexplained));
        Ok(maybe(found, reason.as_ref()))
    }

    /// The values whose keys compare.
    fn keys(
        &self,
        walk: &Walk<'a, '_, 'a>,
        (operator, negated): (Operator, bool),
        with: &'a Operand,
        node: &Node<'a>,
    ) -> Result<Vec<Found<'a>>> {
        let Shape::Map(fields) = &node.shape else { return Ok(Found::missing(node, walk.left())) };
        let rights = self.operand(with, walk.scope)?;
        let mut all = Vec::new();
        for part in self.document.entries(node, fields) {
            let key = Node::new(Shape::Text(Arc::clone(&part.key)));
            let truth = self.key_complies(&key, operator, negated, &rights)?;
            let reason = match truth {
                Compared::Yes => part.maybe,
                Compared::Unknown(reason) => Some(reason),
                Compared::No | Compared::Not => continue,
            };
            all.extend(maybe(self.walk(&walk.next(), part.node)?, reason.as_ref()));
        }
        Ok(all)
    }

    /// Whether a key compares with all values, or with one of them for `in`.
    fn key_complies(
        &self,
        key: &Node<'a>,
        operator: Operator,
        negated: bool,
        rights: &[Found<'a>],
    ) -> Result<Compared> {
        let any = operator == Operator::In || rights.len() > 1;
        let mut result = if any { Compared::No } else { Compared::Yes };
        for right in rights {
            let compared = match &right.value {
                Ok(right) if any => compare::within(&self.document, key, right)?.negated_if(negated),
                Ok(right) => compare::equal(&self.document, key, right)?.negated_if(negated),
                Err(_) => Compared::Not,
            };
            result = if any { result.or(compared) } else { result.and(compared) };
        }
        Ok(result)
    }
}

/// Marks what was found as something that may not be there.
fn maybe<'a>(mut found: Vec<Found<'a>>, reason: Option<&Arc<Unknown>>) -> Vec<Found<'a>> {
    if let Some(reason) = reason {
        found.iter_mut().for_each(|found| {
            found.maybe.get_or_insert_with(|| Arc::clone(reason));
        });
    }
    found
}

fn unexplained() -> Arc<Unknown> {
    Arc::new(Unknown::new(Reason::Unsupported, "a filter"))
}

/// Steps as they are written, for messages.
fn steps(parts: &[Part]) -> String {
    let step = |part: &Part| match part {
        Part::This => "this".to_owned(),
        Part::Key(key) => key.to_string(),
        Part::Variable(name) => format!("%{name}"),
        Part::Values(_) => "*".to_owned(),
        Part::Indices(_) | Part::Filter(..) | Part::Keys(..) => "[*]".to_owned(),
        Part::Index(index) => format!("[{index}]"),
    };
    parts.iter().map(step).collect::<Vec<_>>().join(".").replace(".[", "[")
}

/// The elements of a list, or the value itself.
pub fn flat<'a>(document: &crate::guard::document::Document<'_, 'a>, node: &Node<'a>) -> Vec<Node<'a>> {
    match &node.shape {
        Shape::List(items) => list(document, node, items),
        _ => vec![node.clone()],
    }
}

/// The elements of a list.
pub fn list<'a>(
    document: &crate::guard::document::Document<'_, 'a>,
    node: &Node<'a>,
    items: &Items<'a>,
) -> Vec<Node<'a>> {
    document.items(node, items).into_iter().map(|part| part.node).collect()
}

/// The entries of a map.
pub fn map<'a>(
    document: &crate::guard::document::Document<'_, 'a>,
    node: &Node<'a>,
    fields: &Fields<'a>,
) -> Vec<(Arc<str>, Node<'a>)> {
    document.entries(node, fields).into_iter().map(|part| (part.key, part.node)).collect()
}
