//! See `decrypt-all-keys.md`.

use crate::{
    aws::{
        iam::{
            context::Context as Request,
            element::{Padding, ResourcePattern, Subject},
            policy::{Effect, Item, Statement},
        },
        text::Text,
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    rules::iam,
    value::{Place, Truth},
};

pub const RULE: Rule = rule! {
    id: "kms/decrypt-all-keys",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: iam::HOLDERS,
    aliases: ["aws-iam-block-kms-policy-wildcard"],
    check,
};

const DECRYPTING: [&str; 2] = ["kms:Decrypt", "kms:ReEncryptFrom"];

/// Condition keys, or their beginnings, in lower case, that leave some keys or some services only.
const NARROWING: [&str; 4] = ["kms:viaservice", "kms:resourcealiases", "kms:requestalias", "aws:resourcetag/"];

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let policies = iam::policies_to_judge(resource, cx);
    if policies.is_empty() {
        return Verdict::not_applicable();
    }
    // Policies of AWS are not the author's to mend; `iam/full-access-managed-policy` speaks of them.
    let own = policies.iter().filter(|policy| policy.source.is_some());
    let verdicts = own.flat_map(|policy| policy.statements.iter().filter_map(judge));
    let unknown = iam::unknown_policies(&policies, resource);
    let pass = Verdict::pass(&Place { span: Some(resource.header), ..Place::default() });
    Verdict::worst(verdicts.chain(unknown).chain([pass]))
}

fn judge(statement: &Statement) -> Option<Verdict> {
    if statement.effect != Some(Effect::Allow) {
        return None;
    }
    let actions = statement.actions.as_ref()?;
    let decrypts =
        Truth::any(DECRYPTING.iter().map(|action| actions.covers(|item| item.pattern.covers(&Text::from(*action)))));
    let narrowed = statement.conditions.iter().any(|condition| {
        NARROWING.iter().any(|key| condition.lower.starts_with(key))
            && condition.operator.is_some_and(|operator| !operator.negated)
    });
    if decrypts.is_false() || narrowed {
        return None;
    }
    let resources = statement.resources.as_ref()?;
    let widest = resources.items.iter().map(|item| (every_key(item), item)).max_by_key(|(covers, _)| *covers);
    let covers = resources.covers(every_key);
    let span = widest.and_then(|(_, item)| item.span).or(resources.span).or(statement.span);
    let place = Place { span, ..Place::default() };
    let open = if statement.open_conditions { Truth::Unknown } else { Truth::True };
    match decrypts.and(covers).and(open) {
        Truth::True => Some(Verdict::fail(&place, format!("{} allows decryption with every key", statement.label()))),
        Truth::Unknown => Some(Verdict::unknown(
            &place,
            format!("with which keys {} allows decryption cannot be known", statement.label()),
            resources.open.clone(),
        )),
        Truth::False => None,
    }
}

/// Whether a resource pattern covers every key of some account in some region: a key that nobody has declared there.
fn every_key(item: &Item<ResourcePattern>) -> Truth {
    let there = match item.text.segments(6).as_deref() {
        Some([arn, partition, service, region, account, _]) if service.is("kms") || service.is("*") => {
            [arn, partition, service, region, account].map(Clone::clone)
        }
        _ => ["arn", "aws", "kms", "eu-west-1", "111122223333"].map(Text::from),
    };
    let tail = Text::from("key/").join(&Text::fresh("key"));
    let key = there.iter().rev().fold(tail, |arn, part| part.join(&Text::from(":")).join(&arn));
    item.pattern.covers(&Subject::new(key, None), &Request::closed(), Padding::Always)
}
