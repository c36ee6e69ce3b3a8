//! See `unescaped-variable.md`.

use crate::{
    aws::{
        iam::policy::{Policy, Statement},
        text::{Atom, Text},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    source::Span,
    value::Place,
};

pub const RULE: Rule = rule! {
    id: "iam/unescaped-variable",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: super::HOLDERS,
    aliases: [],
    check,
};

/// Namespaces of policy variables that no template language has.
/// Source: IAM User Guide, "IAM policy elements: Variables and tags".
const NAMESPACES: [&str; 6] =
    ["aws:", "cognito-identity.", "saml:", "www.amazon.com:", "graph.facebook.com:", "accounts.google.com:"];

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let policies = super::policies_to_judge(resource, cx);
    let own: Vec<_> = policies.iter().filter(|policy| policy.source.is_some()).collect();
    if own.is_empty() {
        return Verdict::not_applicable();
    }
    let verdicts =
        own.iter().flat_map(|policy| policy.statements.iter().flat_map(|statement| judge(policy, statement)));
    let unknown = super::unknown_policies(&policies, resource);
    Verdict::worst(verdicts.chain(unknown).chain([Verdict::pass(&super::header(resource))]))
}

fn judge(policy: &Policy, statement: &Statement) -> Vec<Verdict> {
    let resources = statement.resources.iter().flat_map(|element| &element.items).map(|item| (&item.text, item.span));
    let conditions = &statement.conditions;
    let values =
        conditions.iter().flat_map(|condition| condition.values.iter().map(move |value| (&value.text, condition.span)));
    let one = |(text, span): (&Text, Option<Span>)| {
        let message = wrong(text, policy.variables)?;
        Some(Verdict::fail(&Place { span: span.or(statement.span), ..Place::default() }, message))
    };
    let written = resources.chain(values).filter_map(one);
    // A lone string of which a part is not known is not known as a whole.
    let open = statement.resources.as_ref().and_then(|element| Some((element.open.as_ref()?, element.span)));
    let open = open.and_then(|(reason, span)| {
        let place = Place { span: span.or(statement.span), ..Place::default() };
        Some(Verdict::fail(&place, taken(named(&reason.subject)?)))
    });
    written.chain(open).collect()
}

/// What is wrong with a policy variable in a text.
fn wrong(text: &Text, variables: bool) -> Option<String> {
    let swallowed =
        text.atoms().iter().find_map(|atom| if let Atom::Symbol(symbol) = atom { named(&symbol.label) } else { None });
    if let Some(name) = swallowed {
        return Some(taken(name));
    }
    let plain: String = text.atoms().iter().map(|atom| if let Atom::Char(c) = atom { *c } else { ' ' }).collect();
    for (mark, meaning) in [("$${", "Terraform"), ("${!", "Fn::Sub"), ("&{", "aws_iam_policy_document")] {
        if let Some(name) = variable_in(&plain, mark) {
            return Some(format!(
                "`{mark}{name}}}` is an escape of {meaning} that nothing takes away here; IAM reads `${{{name}}}` only"
            ));
        }
    }
    let name = variable_in(&plain, "${").filter(|_| !variables)?;
    Some(format!("`${{{name}}}` is plain text, since the policy has no `Version` of 2012-10-17"))
}

/// The policy variable that is the subject of something unknown.
fn named(subject: &str) -> Option<&str> {
    let at = NAMESPACES.iter().find_map(|namespace| subject.find(namespace))?;
    subject.get(at..)?.split(['}', '`', ' ', '\'']).next()
}

fn taken(name: &str) -> String {
    format!("`${{{name}}}` is taken for a name of the template; in Fn::Sub a policy variable is written `${{!{name}}}`")
}

/// The name of a policy variable after a mark.
fn variable_in<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    text.match_indices(mark).find_map(|(at, _)| {
        let rest = text.get(at + mark.len()..)?;
        let name = rest.split('}').next().filter(|name| name.len() < rest.len())?;
        NAMESPACES.iter().any(|namespace| name.starts_with(namespace)).then_some(name)
    })
}
