//! See `key-policy-public.md`.

use crate::{
    aws::iam::{policy::Policy, public::admits_everyone},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Truth},
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
    let policy = Policy::parse("key policy", &document, &cx.names());
    let statements = policy.statements.iter().map(|statement| {
        let place = Place { span: statement.span.or(document.place().span), ..document.place().clone() };
        match admits_everyone(statement) {
            Truth::True => Verdict::fail(&place, format!("{} of the key policy allows everyone", statement.label())),
            Truth::Unknown => {
                Verdict::unknown(&place, format!("whom {} of the key policy allows cannot be known", statement.label()), [])
            }
            Truth::False => Verdict::pass(&place),
        }
    });
    let unknown = policy.unknown.iter().map(|reason| {
        Verdict::unknown(document.place(), "whom the key policy allows cannot be known", [reason.clone()])
    });
    Verdict::worst(statements.chain(unknown).chain([Verdict::pass(document.place())]))
}
