//! See `resource-policy-public.md`.

use crate::{
    aws::iam::public::admits_everyone,
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    rules::resource_policy,
};

pub const RULE: Rule = rule! {
    id: "dynamodb/resource-policy-public",
    severity: Critical,
    confidence: High,
    profile: Default,
    kinds: super::POLICY_HOLDERS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    super::on_policies(resource, cx, |document, name| {
        resource_policy::each_statement(document, name, cx, |statement, place| {
            resource_policy::allows(admits_everyone(statement), statement, place, name, "everyone")
        })
    })
}
