//! What several rules ask of a resource policy. In: the property that holds it. Out: the worst verdict on its statements.

use crate::{
    aws::iam::policy::{Policy, Statement},
    engine::{Context, Verdict},
    value::{Field, Place, Truth},
};

/// A verdict on every statement, pointing at it. `name` is the policy in messages: `the key policy`.
pub fn each_statement<'a>(
    document: &Field<'a>,
    name: &str,
    cx: &Context<'a>,
    judge: impl Fn(&Statement, &Place) -> Verdict,
) -> Verdict {
    let policy = Policy::parse(name, document, &cx.names());
    let statements = policy.statements.iter().map(|statement| {
        let place = Place { span: statement.span.or(document.place().span), ..document.place().clone() };
        judge(statement, &place)
    });
    let unknown = policy.unknown.iter().map(|reason| {
        Verdict::unknown(document.place(), format!("whom {name} allows cannot be known"), [reason.clone()])
    });
    Verdict::worst(statements.chain(unknown).chain([Verdict::pass(document.place())]))
}

/// A verdict on a statement that should not allow `whom`.
pub fn allows(truth: Truth, statement: &Statement, place: &Place, name: &str, whom: &str) -> Verdict {
    let label = statement.label();
    match truth {
        Truth::True => Verdict::fail(place, format!("{label} of {name} allows {whom}")),
        Truth::Unknown => Verdict::unknown(place, format!("whom {label} of {name} allows cannot be known"), []),
        Truth::False => Verdict::pass(place),
    }
}
