//! Compares values as the original engine does (`eval/operators.rs`, `path_value.rs`), with a third answer where
//! something is not known. Values of different sorts are not comparable, which fails a clause whether it is negated
//! or not.

use std::{cmp::Ordering, sync::Arc};

use crate::{
    guard::{
        document::Document,
        evaluate::{Result, Stop},
        expression::Expression,
        node::{Node, Shape},
        query::{Found, Missing, flat, list, map},
        syntax::Operator,
    },
    value::{Pattern, Truth, Unknown},
};

/// How two values compare.
#[derive(Clone, Debug, PartialEq)]
pub enum Compared {
    /// They do.
    Yes,
    /// They do not.
    No,
    /// They are of different sorts.
    Not,
    /// Not known.
    Unknown(Arc<Unknown>),
}

impl Compared {
    fn from_truth(truth: Truth, reason: impl FnOnce() -> Option<Arc<Unknown>>) -> Self {
        match truth {
            Truth::True => Self::Yes,
            Truth::False => Self::No,
            Truth::Unknown => reason().map_or(Self::Not, Self::Unknown),
        }
    }

    fn from_bool(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }

    /// The opposite, on request.
    #[must_use]
    pub fn negated_if(self, negated: bool) -> Self {
        match self {
            Self::Yes if negated => Self::No,
            Self::No if negated => Self::Yes,
            other => other,
        }
    }

    /// Yes if one is; a certain yes wins over the unknown.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unknown(unknown), _) | (_, Self::Unknown(unknown)) => Self::Unknown(unknown),
            (_, other) => other,
        }
    }

    /// Yes if both are; a certain no wins over the unknown.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Not, _) | (_, Self::Not) => Self::Not,
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Unknown(unknown), _) | (_, Self::Unknown(unknown)) => Self::Unknown(unknown),
            _ => Self::Yes,
        }
    }

    /// What is not comparable is not equal.
    fn or_no(self) -> Self {
        if self == Self::Not { Self::No } else { self }
    }
}

/// The result for one value.
pub struct Outcome<'a> {
    /// The value on the left, or where the way to it ended.
    pub subject: std::result::Result<Node<'a>, Missing<'a>>,
    /// Whether it complies.
    pub compared: Compared,
    /// Why the value may not be there.
    pub maybe: Option<Arc<Unknown>>,
}

/// Whether two values are equal: a text equals an expression that matches it, a number a range that holds it.
pub fn equal<'a>(document: &Document<'_, 'a>, a: &Node<'a>, b: &Node<'a>) -> Result<Compared> {
    Ok(match (&a.shape, &b.shape) {
        (Shape::Unknown(unknown), _) | (_, Shape::Unknown(unknown)) => Compared::Unknown(Arc::clone(unknown)),
        (Shape::Text(text), Shape::Regex(expression)) | (Shape::Regex(expression), Shape::Text(text)) => {
            Compared::from_bool(expression.is_match(text).map_err(Stop::Wrong)?)
        }
        (Shape::Pattern(pattern), Shape::Regex(expression)) => matches(a, pattern, expression),
        (Shape::Regex(expression), Shape::Pattern(pattern)) => matches(b, pattern, expression),
        (Shape::Pattern(pattern), Shape::Text(text)) => Compared::from_truth(pattern.equals(text), || a.unknown()),
        (Shape::Text(text), Shape::Pattern(pattern)) => Compared::from_truth(pattern.equals(text), || b.unknown()),
        (Shape::Pattern(x), Shape::Pattern(y)) => {
            let truth = if x == y { Truth::True } else { Truth::Unknown };
            Compared::from_truth(truth, || a.unknown())
        }
        (Shape::Regex(x), Shape::Regex(y)) => Compared::from_bool(x.text() == y.text()),
        (Shape::Bool(x), Shape::Bool(y)) => Compared::from_bool(x == y),
        (Shape::Int(value), Shape::Ints(range)) => Compared::from_bool(range.holds(value)),
        (Shape::Float(value), Shape::Floats(range)) => Compared::from_bool(range.holds(value)),
        (Shape::Char(value), Shape::Chars(range)) => Compared::from_bool(range.holds(value)),
        (Shape::List(x), Shape::List(y)) => {
            let (x, y) = (list(document, a, x), list(document, b, y));
            let mut result = Compared::from_bool(x.len() == y.len());
            for (x, y) in x.iter().zip(&y).take_while(|_| x.len() == y.len()) {
                result = result.and(equal(document, x, y)?);
            }
            result
        }
        (Shape::Map(x), Shape::Map(y)) => {
            let (x, y) = (map(document, a, x), map(document, b, y));
            let mut result = Compared::from_bool(x.len() == y.len());
            for (key, x) in x.iter().take_while(|_| x.len() == y.len()) {
                result = result.and(match y.iter().find(|(other, _)| other == key) {
                    Some((_, y)) => equal(document, x, y)?,
                    None => Compared::No,
                });
            }
            result
        }
        _ => match order(a, b) {
            Some(ordering) => Compared::from_bool(ordering == Ordering::Equal),
            None => Compared::Not,
        },
    })
}

/// Whether a text with symbolic pieces matches: known only where an expression without anchors or wildcards is.
fn matches(node: &Node<'_>, pattern: &Pattern, expression: &Expression) -> Compared {
    let text = expression.text();
    let plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, ':' | '/' | '-' | '_' | ' '));
    let truth = if plain { pattern.contains(text) } else { Truth::Unknown };
    Compared::from_truth(truth, || node.unknown())
}

fn order(a: &Node<'_>, b: &Node<'_>) -> Option<Ordering> {
    match (&a.shape, &b.shape) {
        (Shape::Null, Shape::Null) => Some(Ordering::Equal),
        (Shape::Int(a), Shape::Int(b)) => Some(a.cmp(b)),
        (Shape::Text(a), Shape::Text(b)) => Some(a.cmp(b)),
        (Shape::Float(a), Shape::Float(b)) => a.partial_cmp(b),
        (Shape::Char(a), Shape::Char(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn ordered(operator: Operator, a: &Node<'_>, b: &Node<'_>) -> Compared {
    if let Some(unknown) = a.unknown().or_else(|| b.unknown()) {
        return Compared::Unknown(unknown);
    }
    let Some(ordering) = order(a, b) else { return Compared::Not };
    Compared::from_bool(match operator {
        Operator::Gt => ordering.is_gt(),
        Operator::Ge => ordering.is_ge(),
        Operator::Lt => ordering.is_lt(),
        _ => ordering.is_le(),
    })
}

/// Whether a list has an element equal to the value.
fn contains<'a>(document: &Document<'_, 'a>, items: &[Node<'a>], value: &Node<'a>) -> Result<Compared> {
    let mut result = Compared::No;
    for item in items {
        result = result.or(equal(document, item, value)?.or_no());
    }
    Ok(result)
}

/// Whether a text holds another.
fn text_in(a: &Node<'_>, b: &Node<'_>) -> Compared {
    match (&a.shape, &b.shape) {
        (Shape::Text(a), Shape::Text(b)) => Compared::from_bool(b.contains(&**a)),
        _ => a.unknown().or_else(|| b.unknown()).map_or(Compared::Not, Compared::Unknown),
    }
}

/// Whether a value is one of a list or, when that is none, equal to it.
pub fn within<'a>(document: &Document<'_, 'a>, a: &Node<'a>, b: &Node<'a>) -> Result<Compared> {
    match (&a.shape, &b.shape) {
        (Shape::List(x), Shape::List(y)) => {
            let (x, y) = (list(document, a, x), list(document, b, y));
            if matches!(y.first().map(|first| &first.shape), Some(Shape::List(_))) {
                return contains(document, &y, a);
            }
            let mut result = Compared::Yes;
            for item in &x {
                result = result.and(contains(document, &y, item)?);
            }
            Ok(result)
        }
        (_, Shape::List(items)) => contains(document, &list(document, b, items), a),
        (Shape::List(_), Shape::Unknown(unknown)) => Ok(Compared::Unknown(Arc::clone(unknown))),
        (Shape::List(_), _) => Ok(Compared::Not),
        _ => equal(document, a, b),
    }
}

/// The result for each value on the left; none when a side found nothing, which skips the clause.
pub fn compare<'a>(
    document: &Document<'_, 'a>,
    (operator, negated): (Operator, bool),
    lefts: &[Found<'a>],
    rights: &[Found<'a>],
) -> Result<Option<Vec<Outcome<'a>>>> {
    if lefts.is_empty() || rights.is_empty() {
        return Ok(None);
    }
    // What may be missing on the right makes every result uncertain.
    let open = rights.iter().find_map(|right| right.maybe.clone());
    let mut comparison =
        Comparison { document, operator, negated, lefts: Vec::new(), rights: Vec::new(), outcomes: Vec::new() };
    comparison.sides(lefts, rights);
    let literal = |side: &[Found<'a>]| matches!(side, [one] if one.literal);
    match (operator, literal(lefts), literal(rights)) {
        (Operator::Eq, false, false) | (Operator::In, false, false) => comparison.queries(lefts.len(), rights.len())?,
        (Operator::Eq, _, literal) => comparison.equal(literal)?,
        (Operator::In, left, right) => comparison.within(left, right)?,
        _ => comparison.ordered(),
    }
    let mut outcomes = comparison.outcomes;
    if let Some(reason) = open {
        outcomes.iter_mut().for_each(|outcome| outcome.compared = Compared::Unknown(Arc::clone(&reason)));
    }
    Ok(Some(outcomes))
}

/// A value and why it may not be there.
type Side<'a> = (Node<'a>, Option<Arc<Unknown>>);

struct Comparison<'d, 'w, 'a> {
    document: &'d Document<'w, 'a>,
    operator: Operator,
    negated: bool,
    lefts: Vec<Side<'a>>,
    rights: Vec<Side<'a>>,
    outcomes: Vec<Outcome<'a>>,
}

impl<'a> Comparison<'_, '_, 'a> {
    /// Sorts out what was not found, which fails whatever the comparison.
    fn sides(&mut self, lefts: &[Found<'a>], rights: &[Found<'a>]) {
        let flattens = !matches!(self.operator, Operator::Eq | Operator::In);
        for left in lefts {
            match &left.value {
                Ok(node) if flattens => {
                    let items = flat(self.document, node);
                    self.lefts.extend(items.into_iter().map(|item| (item, left.maybe.clone())));
                }
                Ok(node) => self.lefts.push((node.clone(), left.maybe.clone())),
                Err(missing) => {
                    let (subject, maybe) = (Err(missing.clone()), left.maybe.clone());
                    self.outcomes.push(Outcome { subject, compared: Compared::Not, maybe });
                }
            }
        }
        for right in rights {
            match &right.value {
                Ok(node) if flattens => {
                    let items = flat(self.document, node);
                    self.rights.extend(items.into_iter().map(|item| (item, right.maybe.clone())));
                }
                Ok(node) => self.rights.push((node.clone(), right.maybe.clone())),
                Err(_) => {
                    for left in self.lefts.clone() {
                        self.push(left, Compared::Not);
                    }
                }
            }
        }
    }

    fn push(&mut self, (node, maybe): Side<'a>, compared: Compared) {
        let compared = compared.negated_if(self.negated);
        self.outcomes.push(Outcome { subject: Ok(node), compared, maybe });
    }

    fn ordered(&mut self) {
        for left in self.lefts.clone() {
            for right in self.rights.clone() {
                let compared = ordered(self.operator, &left.0, &right.0);
                self.push(left.clone(), compared);
            }
        }
    }

    /// `==` where a side is written in the policy: a list on the one side is compared element by element with a single
    /// value on the other.
    fn equal(&mut self, right_is_literal: bool) -> Result<()> {
        for left in self.lefts.clone() {
            for right in self.rights.clone() {
                let is_list = |node: &Node<'_>| matches!(node.shape, Shape::List(_));
                let items = match (is_list(&left.0), is_list(&right.0)) {
                    (true, false) if right_is_literal => {
                        let items = flat(self.document, &left.0).into_iter();
                        items.map(|item| ((item, left.1.clone()), right.0.clone())).collect()
                    }
                    (false, true) => {
                        let items = flat(self.document, &right.0);
                        let takes_apart = !right_is_literal || (left.0.is_scalar() && items.len() == 1);
                        if takes_apart {
                            items.into_iter().map(|item| (left.clone(), item)).collect()
                        } else {
                            vec![(left.clone(), right.0.clone())]
                        }
                    }
                    _ => vec![(left.clone(), right.0.clone())],
                };
                for (left, right) in items {
                    let compared = equal(self.document, &left.0, &right)?;
                    self.push(left, compared);
                }
            }
        }
        Ok(())
    }

    /// `in` where a side is written in the policy.
    fn within(&mut self, left_is_literal: bool, right_is_literal: bool) -> Result<()> {
        let rights = self.rights.clone();
        for left in self.lefts.clone() {
            if left_is_literal && !right_is_literal && matches!(left.0.shape, Shape::List(_)) {
                let nodes: Vec<Node<'a>> = rights.iter().map(|(node, _)| node.clone()).collect();
                if !nodes.iter().any(|node| matches!(node.shape, Shape::List(_))) {
                    let mut compared = Compared::Yes;
                    for item in flat(self.document, &left.0) {
                        compared = compared.and(contains(self.document, &nodes, &item)?);
                    }
                    self.push(left, compared);
                    continue;
                }
            }
            for right in &rights {
                if right_is_literal && matches!(right.0.shape, Shape::Text(_)) {
                    for item in flat(self.document, &left.0) {
                        let compared = text_in(&item, &right.0);
                        self.push((item, left.1.clone()), compared);
                    }
                } else {
                    self.listed(&left, &right.0)?;
                }
            }
        }
        Ok(())
    }

    /// One value in one list. A negated list must have no element in it, not just one that isn't.
    fn listed(&mut self, left: &Side<'a>, right: &Node<'a>) -> Result<()> {
        if let (true, Shape::List(items), Shape::List(others)) = (self.negated, &left.0.shape, &right.shape) {
            let others = list(self.document, right, others);
            if !matches!(others.first().map(|first| &first.shape), Some(Shape::List(_))) {
                let items = list(self.document, &left.0, items);
                let mut found = Compared::from_bool(items.is_empty());
                for item in items {
                    found = found.or(contains(self.document, &others, &item)?);
                }
                self.push(left.clone(), found);
                return Ok(());
            }
        }
        let compared = within(self.document, &left.0, right)?;
        self.push(left.clone(), compared);
        Ok(())
    }

    /// Both sides come from queries: each value of one side must be among those of the other. For `==` that is the
    /// longer side.
    fn queries(&mut self, left_count: usize, right_count: usize) -> Result<()> {
        let (lefts, rights) = (self.lefts.clone(), self.rights.clone());
        let is_in = self.operator == Operator::In;
        let by_left = is_in || lefts.len() > rights.len();
        let (items, others) = if by_left { (&lefts, &rights) } else { (&rights, &lefts) };
        let mut found: Vec<(Side<'a>, Compared)> = Vec::new();
        for item in items {
            let mut compared = Compared::No;
            for other in others {
                let one = if is_in {
                    within(self.document, &item.0, &other.0)?
                } else {
                    equal(self.document, &other.0, &item.0)?
                };
                compared = compared.or(one.or_no());
            }
            found.push((item.clone(), compared));
        }
        let told: Vec<(Side<'a>, Compared)> = if found.iter().all(|(_, compared)| *compared == Compared::Yes) {
            lefts.into_iter().map(|left| (left, Compared::Yes)).collect()
        } else if self.negated {
            // All of the side that decides, which for `==` need not be the one that was searched.
            let decides_left = is_in || right_count < left_count;
            let none = found.iter().all(|(_, compared)| *compared == Compared::No) && decides_left == by_left;
            if none {
                lefts.into_iter().map(|left| (left, Compared::No)).collect()
            } else if decides_left == by_left {
                found.into_iter().filter(|(_, compared)| *compared != Compared::No).collect()
            } else {
                (if decides_left { lefts } else { rights }).into_iter().map(|side| (side, Compared::Yes)).collect()
            }
        } else {
            found.into_iter().filter(|(_, compared)| *compared != Compared::Yes).collect()
        };
        for (side, compared) in told {
            self.push(side, compared);
        }
        Ok(())
    }
}
