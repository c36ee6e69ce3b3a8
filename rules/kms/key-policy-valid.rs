//! See `key-policy-valid.md`.

use crate::{
    aws::{
        iam::policy::{Effect, Policy, Statement},
        text::Text,
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Place, Truth, read::Known},
};

pub const RULE: Rule = rule! {
    id: "kms/key-policy-valid",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"],
    aliases: ["AC_AWS_0481"],
    check,
};

/// Whoever may do this can mend the policy.
const MENDS: &str = "kms:PutKeyPolicy";

fn check<'a>(key: &'a Resource, cx: &Context<'a>) -> Verdict {
    let document = key.get(cx.world, "KeyPolicy");
    let check = key.get(cx.world, "BypassPolicyLockoutSafetyCheck");
    let bypass = match check.bool() {
        Known::Is(true) => {
            Verdict::fail(check.place(), "the check against locking everybody out of the key is bypassed")
        }
        Known::Unknown(reason) => Verdict::unknown(
            check.place(),
            "whether the check against locking everybody out of the key is bypassed cannot be known",
            [reason],
        ),
        _ => Verdict::pass(document.place()),
    };
    if document.is_absent() {
        return bypass;
    }
    let policy = Policy::parse("key policy", &document, &cx.names());
    let principals = policy.statements.iter().filter(|statement| statement.principals.is_none()).map(|statement| {
        let place = Place { span: statement.span.or(document.place().span), ..document.place().clone() };
        Verdict::fail(&place, format!("{} of the key policy names no principal", statement.label()))
    });
    Verdict::worst(principals.chain([lockout(&policy, &document), bypass]))
}

/// Whether somebody may still change the policy.
fn lockout(policy: &Policy, document: &Field<'_>) -> Verdict {
    let mendable = Truth::any(policy.statements.iter().map(allows_to_mend));
    match (&policy.unknown, mendable) {
        (_, Truth::True) => Verdict::pass(document.place()),
        (None, Truth::False) => {
            Verdict::fail(document.place(), format!("nobody is allowed {MENDS}: the key policy can never be changed"))
        }
        (reason, _) => Verdict::unknown(
            document.place(),
            "whether anybody can change the key policy cannot be known",
            reason.clone(),
        ),
    }
}

fn allows_to_mend(statement: &Statement) -> Truth {
    let effect = match statement.effect {
        Some(Effect::Allow) => Truth::True,
        Some(Effect::Deny) => return Truth::False,
        None => Truth::Unknown,
    };
    let action = Text::from(MENDS);
    let covers =
        statement.actions.as_ref().map_or(Truth::True, |element| element.covers(|item| item.pattern.covers(&action)));
    effect.and(covers).and(Truth::from(statement.principals.is_some()))
}
