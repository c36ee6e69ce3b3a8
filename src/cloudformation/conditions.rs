//! Conditions as formulas over variables with finite domains, and the assertions of `Rules`. In: condition
//! expressions. Out: formulas.
//!
//! Source: AWS CloudFormation User Guide, "Condition functions" and "Rules syntax reference".

use std::sync::Arc;

use crate::{
    cloudformation::{
        choices, domains,
        evaluate::{Evaluator, MAX_DEPTH, Use, operands},
        parameters::{self, key},
        tree::{Node, NodeRef},
    },
    source::Span,
    value::{DomainValue, Formula, Kind, Named, Reason, Truth, Unknown, Value},
};

impl Evaluator<'_> {
    /// A condition by name.
    pub fn condition(&self, name: &str, span: Span) -> Formula {
        if let Some(known) = self.conditions.borrow().get(name) {
            return known
                .clone()
                .unwrap_or_else(|| self.wrong(format!("the condition `{name}` refers to itself"), span));
        }
        let Some(pair) = self.template.condition(name) else {
            return match self.open.clone() {
                Some(open) => Formula::Unknown(open),
                None => self.wrong(format!("there is no condition `{name}`"), span),
            };
        };
        self.conditions.borrow_mut().insert(Arc::clone(&pair.key), None);
        let formula = match self.formula(&pair.value, 0) {
            decided @ Formula::Constant(_) => decided,
            formula => Formula::Named(Arc::new(Named {
                key: key(&self.scope(), &format!("condition {name}")),
                name: Arc::clone(&pair.key),
                span: Some(pair.key_span),
                formula,
            })),
        };
        self.conditions.borrow_mut().insert(Arc::clone(&pair.key), Some(formula.clone()));
        formula
    }

    /// A condition expression.
    pub fn formula(&self, node: &Node, depth: u16) -> Formula {
        let depth = depth.saturating_add(1);
        if depth > MAX_DEPTH {
            return Formula::Unknown(Arc::new(
                Unknown::new(Reason::Budget, format!("{MAX_DEPTH} levels")).at(node.span),
            ));
        }
        if let Some(unknown) = node.as_unknown() {
            return Formula::Unknown(unknown);
        }
        let Some([pair]) = node.as_map().map(|map| &*map.entries) else {
            return match node.as_bool() {
                Some(value) => Formula::Constant(value),
                None => self.wrong("a condition must be a call of one condition function", node.span),
            };
        };
        let parts = || operands(&pair.value).iter().map(|part| self.formula(part, depth));
        match (&*pair.key, operands(&pair.value)) {
            ("Condition", [name]) => match name.as_str() {
                Some(name) => self.condition(name, pair.value.span),
                None => self.wrong("`Condition` must be the name of a condition", node.span),
            },
            ("Fn::Not", [part]) => self.formula(part, depth).negate(),
            ("Fn::And", _) => Formula::all(parts()),
            ("Fn::Or", _) => Formula::any(parts()),
            ("Fn::Equals", [a, b]) => self.equals(a, b, depth),
            ("Fn::Contains", [list, one]) => self.contains(operands(list), one, depth),
            ("Fn::EachMemberEquals", [list, one]) => {
                Formula::all(operands(list).iter().map(|item| self.equals(item, one, depth)))
            }
            ("Fn::EachMemberIn", [members, list]) => {
                Formula::all(operands(members).iter().map(|member| self.contains(operands(list), member, depth)))
            }
            ("Fn::RefAll" | "Fn::ValueOf" | "Fn::ValueOfAll", _) => {
                let unknown = Unknown::new(Reason::Unsupported, Arc::clone(&pair.key)).at(node.span);
                Formula::Unknown(Arc::new(unknown))
            }
            (name, _) => self.wrong(format!("`{name}` is no condition function with these operands"), node.span),
        }
    }

    fn contains(&self, list: &[NodeRef], one: &NodeRef, depth: u16) -> Formula {
        Formula::any(list.iter().map(|item| self.equals(item, one, depth)))
    }

    fn wrong(&self, message: impl Into<String>, span: Span) -> Formula {
        match self.mistake(message, span).kind {
            Kind::Unknown(unknown) => Formula::Unknown(unknown),
            _ => Formula::FALSE,
        }
    }

    /// Text equality of two operands.
    fn equals(&self, a: &NodeRef, b: &NodeRef, depth: u16) -> Formula {
        let variable =
            |node: &NodeRef| self.inputs.keys.get(&domains::term(node)).filter(|_| node.as_str().is_none()).cloned();
        match (variable(a), variable(b), a.as_text(), b.as_text()) {
            (Some(a), Some(b), ..) => return Formula::Same(a, b),
            (Some(key), None, _, Some(text)) => return self.variable_is(a, &key, text),
            (None, Some(key), Some(text), _) => return self.variable_is(b, &key, text),
            _ => {}
        }
        let how = Use { depth, ..Use::CONDITION };
        let values = [self.eval(a, how), self.eval(b, how)];
        let mut cases = Vec::new();
        let mut before: Vec<Formula> = Vec::new();
        let result = choices::each(&values, &mut |guard, leaves| {
            let exclusive = Formula::all(
                before.iter().filter(|other| !excludes(other, &guard)).map(Formula::negate).chain([guard.clone()]),
            );
            before.push(guard);
            let same = match leaves {
                [x, y] => self.same(x, y, [a, b]),
                _ => Formula::FALSE,
            };
            cases.push(Formula::all([exclusive, same]));
        });
        match result {
            Ok(()) => Formula::any(cases),
            Err(_) => self.opaque(&equation(a, b), a.span.to(b.span)),
        }
    }

    /// Whether two values without choices are the same text.
    fn same(&self, x: &Value, y: &Value, nodes: [&NodeRef; 2]) -> Formula {
        if let (Some(x), Some(y)) = (x.to_text(), y.to_text()) {
            return Formula::Constant(x == y);
        }
        let truth = match (&x.kind, &y.kind) {
            (Kind::Unknown(unknown), _) | (_, Kind::Unknown(unknown)) if unknown.reason == Reason::Impossible => {
                Truth::False
            }
            (Kind::Unknown(a), Kind::Unknown(b)) if a.key.is_some() && a.key == b.key => Truth::True,
            (Kind::Pattern(pattern), other) | (other, Kind::Pattern(pattern)) => match other {
                Kind::String(text) => pattern.equals(&text.text),
                other if *other == x.kind && x.kind == y.kind => Truth::True,
                _ => Truth::Unknown,
            },
            (a, b) if a == b && !matches!(a, Kind::Unknown(_)) => Truth::True,
            _ => Truth::Unknown,
        };
        match truth {
            Truth::True => Formula::TRUE,
            Truth::False => Formula::FALSE,
            Truth::Unknown => self.term_is(x, y, nodes),
        }
    }

    /// A term that is not known compared with text: one variable per term, so that it has one value everywhere.
    fn term_is(&self, x: &Value, y: &Value, [a, b]: [&NodeRef; 2]) -> Formula {
        let (node, text) = match (x.to_text(), y.to_text()) {
            (None, Some(text)) => (a, text),
            (Some(text), None) => (b, text),
            _ => return self.opaque(&equation(a, b), a.span.to(b.span)),
        };
        let term = domains::term(node);
        let mut texts = self.comparisons.texts(&term);
        if !texts.contains(&text) {
            // The value of an input that equals no text of its domain: it equals no other text that it was told apart from.
            texts.insert(Arc::clone(&text));
            return self.opaque(&format!("{term} = {text}").into(), node.span);
        }
        let domain = texts.into_iter().map(DomainValue::Text).chain([DomainValue::Other(0)]).collect();
        self.opaque_choice(&term, domain, node.span);
        Formula::Equals(key(&self.scope(), &term), DomainValue::Text(text))
    }

    fn opaque(&self, name: &Arc<str>, span: Span) -> Formula {
        let domain = ["true", "false"].map(|text| DomainValue::Text(text.into())).to_vec();
        self.opaque_choice(name, domain, span);
        Formula::is_true(key(&self.scope(), name))
    }

    fn variable_is(&self, node: &NodeRef, key: &Arc<str>, text: &Arc<str>) -> Formula {
        let value = DomainValue::Text(Arc::clone(text));
        let variables = self.variables.borrow();
        let Some(variable) = variables.get(key) else { return Formula::FALSE };
        if matches!(&*variable.name, "AWS::Partition" | "AWS::URLSuffix")
            && let Some(region) = self.inputs.keys.get("AWS::Region").and_then(|key| variables.get(key))
        {
            return derived_from_region(variable, region, text);
        }
        if variable.domain.contains(&value) {
            return Formula::Equals(Arc::clone(key), value);
        }
        drop(variables);
        let closed = self
            .variables
            .borrow()
            .get(key)
            .is_none_or(|variable| !variable.domain.iter().any(|value| matches!(value, DomainValue::Other(_))));
        // A text that the parameter's constraints forbid is never its value.
        if closed || self.comparisons.texts(&domains::term(node)).contains(text) {
            Formula::FALSE
        } else {
            self.opaque(&format!("{} = {text}", domains::term(node)).into(), node.span)
        }
    }

    /// What the template's `Rules` assert of every deployment.
    pub fn assumptions(&self) -> Vec<Formula> {
        let rules = self.template.entries("Rules").filter_map(|pair| pair.value.as_map());
        let asserted = rules.flat_map(|rule| {
            let applies = rule.get("RuleCondition").map_or(Formula::TRUE, |condition| self.formula(condition, 0));
            let assertions = rule.get("Assertions").map(operands).unwrap_or_default();
            let assert = |assertion: &NodeRef| {
                let holds = self.formula(assertion.get("Assert")?, 0);
                Some(Formula::any([applies.negate(), holds]))
            };
            assertions.iter().filter_map(assert).collect::<Vec<_>>()
        });
        asserted.filter(|formula| *formula != Formula::TRUE).collect()
    }
}

/// Whether two guards can't hold together because they give one variable different values.
fn excludes(a: &Formula, b: &Formula) -> bool {
    let parts = |formula: &Formula| match formula {
        Formula::All(parts) => parts.to_vec(),
        other => vec![other.clone()],
    };
    let others = parts(b);
    parts(a).iter().any(|part| {
        let Formula::Equals(key, value) = part else { return false };
        others.iter().any(|other| matches!(other, Formula::Equals(other, found) if other == key && found != value))
    })
}

fn equation(a: &Node, b: &Node) -> Arc<str> {
    let mut sides = [domains::term(a), domains::term(b)];
    sides.sort_unstable();
    let [a, b] = sides;
    format!("{a} = {b}").into()
}

/// Partition and URL suffix follow from the region where that is known.
fn derived_from_region(variable: &crate::value::Variable, region: &crate::value::Variable, text: &str) -> Formula {
    Formula::any(region.domain.iter().map(|value| {
        let here = Formula::Equals(Arc::clone(&region.key), value.clone());
        match value {
            DomainValue::Text(name) => {
                let (partition, suffix) = parameters::partition(name);
                let derived = if &*variable.name == "AWS::Partition" { partition } else { suffix };
                if derived == text { here } else { Formula::FALSE }
            }
            DomainValue::Other(_) => {
                Formula::all([here, Formula::Equals(Arc::clone(&variable.key), DomainValue::Text(text.into()))])
            }
        }
    }))
}
