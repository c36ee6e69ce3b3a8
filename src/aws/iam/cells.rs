//! Contexts told apart by what the policies say of them. In: a case and the keys that are not known. Out: one context
//! per combination of representative values, so that "in every context" and "in some context" are exact.
//!
//! A key's representatives are: absent, one value per value that a policy compares with it, and a value that no policy
//! speaks of; for keys with lists also every pair. Past [`MAX_CELLS`] combinations the keys stay unknown and Kleene's
//! logic answers, which may only turn certainty into doubt.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    aws::{
        iam::{
            actions::{Action, ActionSet, Bits, Carries, Universe, those},
            context::{Context, Key, is_multi_valued},
            evaluate::Case,
            operators::{Expected, Operator, Test, date, network, number},
            template::Template,
        },
        text::{Atom, Case as Letters, Glob, Text, matches},
    },
    value::Truth,
};

/// How many contexts are tried for one case.
pub const MAX_CELLS: usize = 4096;

/// How many substrings of a resource are tried as the value of a variable.
const MAX_INVERSIONS: usize = 8;

/// How many patterns of one key are tried in pairs for a value that matches both.
const MAX_PAIRED: usize = 12;

/// The same value under two names.
const LEADING_KEYS: &str = "dynamodb:leadingkeys";
const FIRST_PARTITION_KEY: &str = "dynamodb:firstpartitionkeyvalues";

/// What a case answers over all its contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Solved {
    /// Actions that are allowed in every, and in some, context.
    pub allowed: Bits,
    /// Actions that are certainly allowed in some context.
    pub sometimes: ActionSet,
    /// Whether every context was tried.
    pub exact: bool,
}

/// The keys that the candidates depend on and the context does not know, sorted.
pub fn open_keys(case: &Case<'_>, context: &Context) -> Vec<Arc<str>> {
    let mut keys = BTreeSet::new();
    for statement in case.candidates.iter().filter_map(|candidate| candidate.statement) {
        let resources = statement.resources.iter().flat_map(|element| &element.items);
        let variables = resources.filter_map(|item| item.pattern.template()).flat_map(Template::variables);
        let named = statement.conditions.iter().flat_map(|condition| condition.keys());
        for key in variables.map(|variable| &variable.key).chain(named) {
            let key = if **key == *FIRST_PARTITION_KEY { LEADING_KEYS.into() } else { Arc::clone(key) };
            if *context.get(&key) == Key::Unknown {
                keys.insert(key);
            }
        }
    }
    keys.into_iter().collect()
}

/// Visits every context; `false` when there are too many, and then the one visited leaves the keys unknown.
pub fn each(case: &Case<'_>, base: &Context, open: &[Arc<str>], mut visit: impl FnMut(&Context, Bits)) -> bool {
    let domains: Vec<Vec<Key>> = open.iter().map(|key| representatives(case, base, key)).collect();
    let total = domains.iter().try_fold(1usize, |total, domain| total.checked_mul(domain.len()));
    let Some(total) = total.filter(|total| *total <= MAX_CELLS) else {
        let unknown = open.iter().fold(base.clone(), |context, key| context.with(key, Key::Unknown));
        visit(&unknown, case.allowed(&unknown));
        return false;
    };
    for number in 0..total {
        let mut context = base.clone();
        let mut rest = number;
        for (key, domain) in open.iter().zip(&domains).rev() {
            if let Some(value) = domain.get(rest % domain.len()) {
                set(&mut context, key, value);
            }
            rest /= domain.len();
        }
        visit(&context, case.allowed(&context));
    }
    true
}

/// The answer over all contexts. An action counts only in contexts that its requests can have.
pub fn solve(case: &Case<'_>, base: &Context, open: &[Arc<str>], universe: &Universe) -> Solved {
    let mut allowed = Bits { must: ActionSet::ALL, may: ActionSet::EMPTY };
    let mut sometimes = ActionSet::EMPTY;
    let exact = each(case, base, open, |context, bits| {
        let possible = if universe.is_standard() { carriers(context) } else { ActionSet::ALL };
        allowed.must = allowed.must.and(bits.must.or(ActionSet::ALL.without(possible)));
        allowed.may = allowed.may.or(bits.may.and(possible));
        sometimes = sometimes.or(bits.must.and(possible));
    });
    Solved { allowed: Bits { must: allowed.must.and(allowed.may), ..allowed }, sometimes, exact }
}

/// Keys whose values cannot have `*` or `?` in them: tags, ids of networks and organisations, account numbers.
/// Source: "Tag naming limits and requirements" in the Tagging AWS Resources User Guide.
fn never_starred(key: &str) -> bool {
    let fixed = [
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:resourceaccount",
        "aws:sourceaccount",
        "aws:sourcevpc",
        "aws:sourcevpce",
    ];
    let tags = ["aws:principaltag/", "aws:requesttag/", "aws:resourcetag/"];
    fixed.contains(&key) || tags.iter().any(|prefix| key.starts_with(prefix))
}

fn set(context: &mut Context, key: &str, value: &Key) {
    context.set(key, value.clone());
    if key == LEADING_KEYS {
        context.set(FIRST_PARTITION_KEY, value.clone());
    }
}

/// The actions whose requests can carry, and lack, the DynamoDB keys as the context does.
pub fn carriers(context: &Context) -> ActionSet {
    let mut possible = ActionSet::ALL;
    for (key, found) in context.iter() {
        let present = !found.values().is_empty();
        if *found == Key::Unknown {
            continue;
        }
        let fits = |carries: Carries| match carries {
            Carries::Always => present,
            Carries::Conditional => true,
            Carries::Never | Carries::ListedOnly => !present,
        };
        let misfits = match key {
            LEADING_KEYS => {
                let several = found.values().len() > 1;
                those(|action| !fits(action.leading_keys) || several && !action.leading_keys_multi)
            }
            "dynamodb:attributes" => those(|action| !fits(action.attributes)),
            "dynamodb:select" => those(|action| !fits(action.select)),
            "dynamodb:returnvalues" => those(|action| !fits(action.return_values)),
            "dynamodb:enclosingoperation" => {
                let one_of = |action: &Action| {
                    found.values().iter().any(|value| action.enclosing.iter().any(|operation| value.is(operation)))
                };
                those(|action| present && !one_of(action))
            }
            "dynamodb:fulltablescan" => those(|action| present != action.full_table_scan),
            _ => continue,
        };
        possible = possible.without(misfits);
    }
    possible
}

/// Values of a key that no policy of the case tells from any other.
pub fn representatives(case: &Case<'_>, base: &Context, key: &str) -> Vec<Key> {
    let mut values = BTreeSet::new();
    let mut tests = Vec::new();
    let is_key = |found: &str| found == key || key == LEADING_KEYS && found == FIRST_PARTITION_KEY;
    for statement in case.candidates.iter().filter_map(|candidate| candidate.statement) {
        for condition in &statement.conditions {
            let Some(operator) = condition.operator else { continue };
            if is_key(&condition.lower) && operator.test != Test::Null {
                tests.push(operator.test);
                values.extend(condition.values.iter().flat_map(|expected| instances(expected, operator, base)));
            }
            let compared = base.get(&condition.lower).values();
            for template in condition.values.iter().flat_map(|expected| &expected.templates) {
                values.extend(compared.iter().flat_map(|text| inversions(template, key, text, base)));
                if template.variables().any(|variable| *variable.key == *key) {
                    values.insert(stand_in());
                }
            }
        }
        for item in statement.resources.iter().flat_map(|element| &element.items) {
            if let (Some(template), Some(tail)) = (item.pattern.template(), case.subject.tail()) {
                values.extend(inversions(template, key, tail, base));
            }
        }
    }
    values.extend(in_both(case, base, key));
    if never_starred(key) {
        values.retain(|value| !value.atoms().iter().any(|atom| matches!(atom, Atom::Char('*' | '?'))));
    }
    if tests.contains(&Test::Bool) {
        values = ["false", "true"].map(Text::from).into();
    } else {
        values.extend(between(&values, &tests));
        values.insert(other(&tests));
    }
    domain(&values, is_multi_valued(key))
}

fn domain(values: &BTreeSet<Text>, lists: bool) -> Vec<Key> {
    let mut domain = vec![Key::Absent];
    domain.extend(values.iter().map(|value| Key::one(value.clone())));
    if lists {
        let pairs = values.iter().enumerate().flat_map(|(at, a)| values.iter().skip(at + 1).map(move |b| [a, b]));
        domain.extend(pairs.map(|pair| Key::many(pair.into_iter().cloned())));
    }
    domain
}

/// What stands for a variable whose key is itself not known: two keys that are compared can be equal.
fn stand_in() -> Text {
    Text::from("cell")
}

/// A value that no policy speaks of.
fn other(tests: &[Test]) -> Text {
    match tests {
        [] => Text::fresh("any value"),
        tests if tests.iter().all(|test| *test == Test::Ip) => Text::from("198.51.100.77"),
        tests if tests.iter().all(|test| *test == Test::Arn) => Text::from("arn:aws:iam::999999999999:role/other"),
        _ => Text::fresh("another value"),
    }
}

/// Values that a policy's value accepts, and the neighbours that it tells apart.
fn instances(expected: &Expected, operator: Operator, base: &Context) -> Vec<Text> {
    let literal = expected.text.literal();
    match operator.test {
        Test::Numeric(_) | Test::Date(_) => {
            let read = if matches!(operator.test, Test::Date(_)) { date } else { number };
            let value = literal.as_deref().and_then(read);
            value
                .map(|value| [value - 1.0, value, value + 1.0].map(|v| Text::from(&*v.to_string())).to_vec())
                .unwrap_or_default()
        }
        Test::Ip => {
            let range = literal.as_deref().and_then(network);
            range
                .map(|range| {
                    let first = range.hosts().next().unwrap_or_else(|| range.addr());
                    [first, range.broadcast()].map(|address| Text::from(&*address.to_string())).to_vec()
                })
                .unwrap_or_default()
        }
        Test::Text(Letters::Ignored) => {
            let text = filled(&expected.templates, base, None);
            let upper = text.literal().map(|text| Text::from(&*text.to_uppercase()));
            upper.into_iter().chain([text]).collect()
        }
        _ => vec![filled(&expected.templates, base, None)],
    }
}

/// A text that a template accepts: variables by their values, `*` by `star`, `?` by `y`.
fn filled(templates: &[Template], base: &Context, star: Option<&Text>) -> Text {
    let mut atoms = Vec::new();
    for (at, template) in templates.iter().enumerate() {
        if at > 0 {
            atoms.push(Atom::Char(':'));
        }
        let known = template.variables().fold(base.clone(), |context, variable| match context.get(&variable.key) {
            Key::Values(values) if values.len() == 1 => context,
            _ => context.with(&variable.key, Key::one(stand_in())),
        });
        for glob in template.expand(&known).unwrap_or_default() {
            match glob {
                Glob::Char(c) => atoms.push(Atom::Char(c)),
                Glob::Symbol(symbol) => atoms.push(Atom::Symbol(symbol)),
                Glob::One => atoms.push(Atom::Char('y')),
                Glob::Many => atoms.extend(star.cloned().unwrap_or_else(|| Text::from("x1")).atoms().iter().cloned()),
            }
        }
    }
    Text::new(atoms)
}

/// For patterns that overlap, a value that both accept.
fn in_both(case: &Case<'_>, base: &Context, key: &str) -> Vec<Text> {
    let conditions =
        case.candidates.iter().filter_map(|candidate| candidate.statement).flat_map(|statement| &statement.conditions);
    let like = |test: Test| matches!(test, Test::Like);
    let patterns: Vec<&Expected> = conditions
        .filter(|condition| *condition.lower == *key && condition.operator.is_some_and(|operator| like(operator.test)))
        .flat_map(|condition| &condition.values)
        .take(MAX_PAIRED)
        .collect();
    let mut found = Vec::new();
    for a in &patterns {
        for b in patterns.iter().filter(|b| !std::ptr::eq(**b, *a)) {
            let inner = filled(&b.templates, base, None);
            let text = filled(&a.templates, base, Some(&inner));
            if b.accepts(Test::Like, &text, base).is_true() && a.accepts(Test::Like, &text, base).is_true() {
                found.push(text);
            }
        }
    }
    found
}

/// Numbers between neighbouring numbers that are compared.
fn between(values: &BTreeSet<Text>, tests: &[Test]) -> Vec<Text> {
    if !tests.iter().any(|test| matches!(test, Test::Numeric(_) | Test::Date(_))) {
        return Vec::new();
    }
    let mut numbers: Vec<f64> = values.iter().filter_map(|value| number(&value.literal()?)).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.windows(2).map(|pair| Text::from(&*(pair.iter().sum::<f64>() / 2.0).to_string())).collect()
}

/// Values of a variable with which the template matches a text.
fn inversions(template: &Template, key: &str, text: &Text, base: &Context) -> Vec<Text> {
    let Some((before, after)) = template.around(key) else { return Vec::new() };
    let (Some(before), Some(after)) = (before.expand(base), after.expand(base)) else { return Vec::new() };
    let atoms = text.atoms();
    let part = |from: usize, to: usize| Text::new(atoms.iter().skip(from).take(to - from).cloned());
    let fits = |glob: &[Glob], from, to| matches(glob, &part(from, to), Letters::Sensitive) != Truth::False;
    let starts: Vec<usize> = (0..=atoms.len()).filter(|at| fits(&before, 0, *at)).collect();
    let ends: Vec<usize> = (0..=atoms.len()).filter(|at| fits(&after, *at, atoms.len())).collect();
    let spans = starts.iter().flat_map(|from| ends.iter().filter(move |to| *to > from).map(move |to| (*from, *to)));
    spans.take(MAX_INVERSIONS).map(|(from, to)| part(from, to)).collect()
}
