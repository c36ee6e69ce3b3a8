//! See `admin-statement.md`.

use crate::{
    aws::iam::{
        element::ActionPattern,
        policy::{Effect, Statement},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::Place,
};

pub const RULE: Rule = rule! {
    id: "iam/admin-statement",
    severity: Critical,
    confidence: High,
    profile: Default,
    kinds: super::HOLDERS,
    aliases: ["CKV_AWS_62", "CKV_AWS_1", "AC_AWS_0144", "AC_AWS_0147", "AC_AWS_0474", "AC_AWS_0143", "f62aa827", "953b3cdb", "FG_R00092", "IAMPolicyNoStatementsWithAdminAccess", "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "2f37c4a3", "575a2155"],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let policies = super::policies_to_judge(resource, cx);
    if policies.is_empty() || is_boundary_only(resource, cx) {
        return Verdict::not_applicable();
    }
    // Policies of AWS are not the author's to mend; `full-access-managed-policy` speaks of them.
    let own = policies.iter().filter(|policy| policy.source.is_some());
    let verdicts = own.flat_map(|policy| policy.statements.iter().filter_map(judge));
    let unknown = super::unknown_policies(&policies, resource);
    Verdict::worst(verdicts.chain(unknown).chain([Verdict::pass(&super::header(resource))]))
}

/// A boundary allows nothing by itself.
fn is_boundary_only<'a>(resource: &'a Resource, cx: &Context<'a>) -> bool {
    let mut uses = cx
        .project
        .uses(&resource.id)
        .filter(|found| found.property.contains("Polic") || found.property == "PermissionsBoundary")
        .peekable();
    uses.peek().is_some() && uses.all(|found| found.property == "PermissionsBoundary")
}

/// `*`, and what matches as much: `arn*`, `arn:aws:*`, `arn:*:*:*:*:*`.
fn is_every_arn(text: &str) -> bool {
    let rest = text.strip_prefix("arn").unwrap_or(text);
    let rest = rest.strip_prefix(":aws").unwrap_or(rest);
    rest.ends_with('*') && rest.chars().all(|c| matches!(c, '*' | ':'))
}

fn judge(statement: &Statement) -> Option<Verdict> {
    let actions = statement.actions.as_ref().filter(|element| !element.negated)?;
    let resources = statement.resources.as_ref().filter(|element| !element.negated)?;
    let everything = actions.items.iter().find(|item| item.pattern == ActionPattern::All || item.text.is("*:*"))?;
    let everywhere = resources.items.iter().any(|item| item.text.literal().is_some_and(|text| is_every_arn(&text)));
    let place = Place { span: everything.span.or(actions.span).or(statement.span), ..Place::default() };
    let allows = statement.effect == Some(Effect::Allow) && everywhere;
    allows.then(|| Verdict::fail(&place, format!("{} allows every action on every resource", statement.label())))
}
