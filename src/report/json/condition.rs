//! A condition over undecided inputs as text. In: a formula. Out: `var.env == "prod" && !IsTest`.

use crate::value::{DomainValue, Formula, VariableKind, Variables};

/// The text of a condition, variables under the names that the user wrote.
pub fn text(formula: &Formula, variables: &Variables) -> String {
    render(formula, variables, false)
}

/// Whether the condition holds whatever the undecided inputs are: each that it asks for has one possible value.
pub fn is_certain(formula: &Formula, variables: &Variables) -> bool {
    let only = |key: &str| {
        variables
            .get(key)
            .filter(|variable| variable.domain.len() == 1)
            .and_then(|variable| variable.domain.first().cloned())
    };
    formula.evaluate(&only, &mut None).is_true()
}

fn render(formula: &Formula, variables: &Variables, nested: bool) -> String {
    let name = |key: &str| variables.get(key).map_or_else(|| key.to_owned(), |variable| variable.name.to_string());
    match formula {
        Formula::Constant(value) => value.to_string(),
        Formula::Equals(key, value) => equals(key, &name(key), value, variables),
        Formula::Same(a, b) => format!("{} == {}", name(a), name(b)),
        Formula::Not(inner) => match &**inner {
            Formula::Named(_) | Formula::All(_) | Formula::Any(_) => format!("!{}", render(inner, variables, true)),
            _ => format!("!({})", render(inner, variables, false)),
        },
        Formula::All(parts) => join(parts, " && ", variables, nested),
        Formula::Any(parts) => join(parts, " || ", variables, nested),
        Formula::Named(named) => named.name.to_string(),
        Formula::Unknown(unknown) => format!("unknown({})", unknown.subject),
    }
}

fn join(parts: &[Formula], operator: &str, variables: &Variables, nested: bool) -> String {
    let text = parts.iter().map(|part| render(part, variables, true)).collect::<Vec<_>>().join(operator);
    if nested { format!("({text})") } else { text }
}

fn equals(key: &str, name: &str, value: &DomainValue, variables: &Variables) -> String {
    let variable = variables.get(key);
    let opaque = variable.is_none_or(|variable| variable.kind == VariableKind::Opaque);
    match value {
        DomainValue::Text(text) if opaque && &**text == "true" => name.to_owned(),
        DomainValue::Text(text) if opaque && &**text == "false" => format!("!({name})"),
        DomainValue::Text(text) => format!("{name} == {text:?}"),
        DomainValue::Other(_) => format!("{name} is none of the values that the code names"),
    }
}
