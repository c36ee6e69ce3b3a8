//! See `key-policy-public.md`.

use crate::{
    aws::iam::public::admits_everyone,
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    rules::resource_policy,
};

pub const RULE: Rule = rule! {
    id: "kms/key-policy-public",
    severity: Critical,
    confidence: High,
    profile: Default,
    kinds: ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"],
    aliases: [
        "CKV_AWS_33", "AC_AWS_0482", "AC_AWS_0162", "7ebc9038", "da905474", "f6049677", "FG_R00252", "F76",
        "KMS_NO_WILDCARD_PRINCIPAL",
    ],
    check,
};

fn check<'a>(key: &'a Resource, cx: &Context<'a>) -> Verdict {
    let document = key.get(cx.world, "KeyPolicy");
    if document.is_absent() {
        // KMS then writes the default policy, which admits the account alone.
        return Verdict::pass(document.place());
    }
    let name = "the key policy";
    resource_policy::each_statement(&document, name, cx, |statement, place| {
        resource_policy::allows(admits_everyone(statement), statement, place, name, "everyone")
    })
}
