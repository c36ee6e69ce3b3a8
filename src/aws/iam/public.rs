//! Whether a statement of a resource policy admits everyone. In: a statement. Out: truth.
//! Sources: Amazon DynamoDB Developer Guide, "Preventing public access with resource-based policies"; AWS KMS
//! Developer Guide, "AWS KMS condition keys".

use crate::{
    aws::{
        iam::{
            condition::Condition,
            operators::{Set, Test},
            policy::{Effect, Statement},
            principal::Entry,
        },
        text::{Atom, Text},
    },
    value::Truth,
};

/// Keys, in lower case, that bind the caller when they are compared with a fixed value.
const BINDING_KEYS: [&str; 21] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:principalisawsservice",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:ec2instancesourcevpc",
    "aws:userid",
    "aws:username",
    "kms:calleraccount",
    "dynamodb:calleraccount",
    "saml:aud",
    "cognito-identity.amazonaws.com:aud",
    "accounts.google.com:aud",
];

/// Whether the statement allows everyone, whatever account they are of.
pub fn admits_everyone(statement: &Statement) -> Truth {
    let allows = match statement.effect {
        Some(Effect::Allow) => Truth::True,
        Some(Effect::Deny) => return Truth::False,
        None => Truth::Unknown,
    };
    let Some(principals) = &statement.principals else { return Truth::False };
    // Allow with NotPrincipal admits all but those who are named.
    let everyone = principals.negated || principals.entries.iter().any(|(entry, _)| is_everyone(entry));
    let named = if everyone {
        Truth::True
    } else if principals.open {
        Truth::Unknown
    } else {
        Truth::False
    };
    let bound = Truth::any(statement.conditions.iter().map(binds_the_caller));
    let bound = if statement.open_conditions { bound.or(Truth::Unknown) } else { bound };
    allows.and(named).and(!bound)
}

fn is_everyone(entry: &Entry) -> bool {
    match entry {
        Entry::Everyone => true,
        Entry::Aws(text) => text.is("*"),
        _ => false,
    }
}

/// Whether a condition keeps strangers out: a binding key, a positive comparison that an absent key does not satisfy,
/// and values that are fixed.
pub fn binds_the_caller(condition: &Condition) -> Truth {
    let Some(operator) = condition.operator else { return Truth::Unknown };
    let compares = matches!(operator.test, Test::Text(_) | Test::Like | Test::Arn | Test::Bool);
    let vacuous = operator.if_exists || operator.negated || operator.set == Some(Set::All);
    if vacuous || !compares || !BINDING_KEYS.contains(&&*condition.lower) {
        return Truth::False;
    }
    let fixed = Truth::all(condition.values.iter().map(|value| {
        Truth::from(if operator.test == Test::Bool { value.text.is("true") } else { is_fixed(&value.text) })
    }));
    if condition.values.is_empty() {
        return if condition.open { Truth::Unknown } else { Truth::False };
    }
    if condition.open { fixed.and(Truth::Unknown) } else { fixed }
}

/// Whether a value names somebody: no policy variable, and no wildcard before an account, organisation or service
/// is named.
fn is_fixed(text: &Text) -> bool {
    let shown: String = text.atoms().iter().map(|atom| if let Atom::Char(c) = atom { *c } else { '\u{0}' }).collect();
    let before = shown.find(['*', '?']).map_or(&*shown, |at| &shown[..at]);
    if shown.contains("${") {
        return false;
    }
    let wild = before.len() < shown.len();
    let account =
        before.split(|c: char| !c.is_ascii_digit() && c != '\u{0}').any(|run| run.len() == 12 || run.contains('\u{0}'));
    !shown.is_empty() && (!wild || account || before.starts_with("o-") || before.starts_with("vpc"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::aws::iam::policy::Policy;

    fn verdict(statement: &str) -> Truth {
        let policy = Policy::from_json("p", &format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#));
        admits_everyone(policy.statements.first().unwrap())
    }

    #[test]
    fn everyone_is_admitted_unless_a_condition_binds() {
        let with = |condition: &str| {
            verdict(&format!(
                r#"{{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{condition}}}"#
            ))
        };
        assert_eq!(verdict(r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*","Resource":"*"}"#), Truth::True);
        assert_eq!(verdict(r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#), Truth::False);
        assert_eq!(
            verdict(
                r#"{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"*","Resource":"*"}"#
            ),
            Truth::True
        );
        assert_eq!(with(r#"{"StringEquals":{"kms:CallerAccount":"111122223333"}}"#), Truth::False);
        assert_eq!(with(r#"{"StringLike":{"kms:CallerAccount":"*"}}"#), Truth::True);
        assert_eq!(with(r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abcdefghij"}}"#), Truth::True);
        assert_eq!(with(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}}"#), Truth::False);
        assert_eq!(with(r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#), Truth::True);
        assert_eq!(with(r#"{"StringEquals":{"kms:ViaService":"dynamodb.eu-west-1.amazonaws.com"}}"#), Truth::True);
        assert_eq!(with(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app-*"}}"#), Truth::False);
        assert_eq!(with(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/app"}}"#), Truth::True);
        assert_eq!(with(r#"{"Bool":{"aws:SecureTransport":"true"}}"#), Truth::True);
    }
}
