//! See `full-access-managed-policy.md`.

use crate::{
    aws::{
        arn::Names,
        iam::{
            actions::{ActionSet, Universe},
            managed::{self, Found},
            policy::Effect,
            principals::Principals,
        },
    },
    engine::{Context, Outcome, Rule, Verdict, rule},
    model::Resource,
    value::{Field, read::Known},
};

pub const RULE: Rule = rule! {
    id: "iam/full-access-managed-policy",
    severity: High,
    confidence: High,
    profile: Default,
    kinds: ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::SSO::PermissionSet"],
    aliases: [
        "CKV_AWS_274", "CKV_AWS_275", "CKV2_AWS_56", "W43", "W44", "IAM_ROLE_ADMINISTRATOR_ACCESS_POLICY_RULE",
        "IAM_ROLE_ELEVATED_MANAGED_POLICY_RULE", "AwsSolutions-IAM4",
    ],
    check,
};

/// What a policy of AWS allows when it gives full access to tables.
const FULL: [&str; 4] = ["dynamodb:DeleteItem", "dynamodb:DeleteTable", "dynamodb:PutItem", "dynamodb:Scan"];

/// Whoever has it can give itself the rest.
const FULL_BY_ITSELF: &str = "IAMFullAccess";

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let names = cx.names();
    let lists = ["ManagedPolicyArns", "ManagedPolicies"].map(|property| resource.get(cx.world, property).items());
    let written = lists.iter().flat_map(|list| &list.fields).map(|field| judge(field, &names));
    let open = lists.iter().filter_map(|list| list.open.clone());
    let open = open.map(|reason| {
        Verdict::unknown(&super::header(resource), "which policies of AWS are attached cannot be known", [reason])
    });
    let verdict = Verdict::worst(written.chain(open).collect::<Vec<_>>());
    if verdict.outcome == Outcome::Fail {
        return verdict;
    }
    // A data source may stand between the attachment and the name.
    let attached = Principals::new(names).policies(resource);
    let mut of_aws = attached.iter().filter(|policy| policy.source.is_none() && policy.unknown.is_none());
    match of_aws.find(|policy| gives_all(&policy.name)) {
        Some(policy) => Verdict::fail(&super::header(resource), message(&policy.name)),
        None => verdict,
    }
}

fn judge(field: &Field<'_>, names: &Names<'_>) -> Verdict {
    let text = match field.value() {
        Known::Is(value) => names.text(value).map(|text| text.to_string()).unwrap_or_default(),
        Known::Absent => return Verdict::not_applicable(),
        Known::Unknown(reason) => {
            return Verdict::unknown(field.place(), "which policy is attached cannot be known", [reason]);
        }
    };
    match managed::name_in(&text).filter(|name| gives_all(name)) {
        Some(name) => Verdict::fail(field.place(), message(name)),
        None => Verdict::pass(field.place()),
    }
}

fn message(name: &str) -> String {
    format!("the policy `{name}` of AWS gives full access to every table")
}

/// Whether the policy of AWS of this name allows items to be written and tables to be deleted, everywhere.
fn gives_all(name: &str) -> bool {
    if name == FULL_BY_ITSELF {
        return true;
    }
    let Found::Known(found) = managed::named(name) else { return false };
    let full: ActionSet = FULL.iter().filter_map(|action| Universe::standard().index(action)).collect();
    found.policy.statements.iter().any(|statement| {
        let everywhere =
            statement.resources.as_ref().is_some_and(|element| element.items.iter().any(|item| item.text.is("*")));
        let allows = statement.effect == Some(Effect::Allow) && statement.conditions.is_empty();
        allows && everywhere && full.without(statement.bits(Universe::standard()).must).is_empty()
    })
}
