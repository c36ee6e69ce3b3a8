//! See `key-region-mismatch.md`.

use crate::{
    aws::{
        arn::Names,
        defaults,
        dynamodb::{KINDS, Replica, Table},
        kms::KeyUse,
        text::Text,
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Reason, ResourceId, Truth, Unknown, read::Known},
};

pub const RULE: Rule = rule! {
    id: "kms/key-region-mismatch",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: KINDS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let mut users: Vec<(ResourceId, String)> = Vec::new();
    let replicas = table.replicas(cx.project).items;
    let verdicts = replicas.iter().filter_map(|replica| {
        let field = replica.get("SSESpecification.KMSMasterKeyId");
        let used = KeyUse::of(cx.project, &field)?;
        let subject = replica.label().unwrap_or_else(|| "the table".to_owned());
        let mut verdicts = vec![region(replica, &used, &subject, cx)];
        if let Some(key) = used.key {
            verdicts.push(spec(key, &used, &subject, cx));
            // A key is in one region, and no two replicas are in the same.
            if let Some((_, other)) = users.iter().find(|(id, _)| *id == key.id) {
                verdicts.push(Verdict::fail(
                    &used.place,
                    format!("{subject} names the key of {other}, which is in another region"),
                ));
            }
            users.push((key.id.clone(), subject));
        }
        let header = used.key.map(|key| key.header);
        Some(Verdict::worst(verdicts).with_related(header, "the key"))
    });
    let verdicts: Vec<Verdict> = verdicts.collect();
    Verdict::worst(verdicts)
}

/// Whether the key is where the table is.
fn region<'a>(replica: &Replica<'a>, used: &KeyUse<'a>, subject: &str, cx: &Context<'a>) -> Verdict {
    let names = cx.names();
    let here = match replica.region() {
        Some(region) => region.known().and_then(|value| names.text(value).ok()),
        None => Some(names.region(replica.table.resource)),
    };
    let there = match used.key {
        Some(key) => Some(names.region(key)),
        None => match of_text(&names, replica) {
            Place::Nowhere => return Verdict::pass(&used.place),
            Place::Region(region) => Some(region),
            Place::Unknown => None,
        },
    };
    let reason = || Unknown { span: used.place.span, ..Unknown::new(Reason::AfterApply, "the region of the key") };
    let unknown = || {
        Verdict::unknown(&used.place, format!("whether {subject} can use the key cannot be known"), [reason().into()])
    };
    let (Some(here), Some(there)) = (here, there) else { return unknown() };
    match here.equals(&there) {
        _ if here == there => Verdict::pass(&used.place),
        Truth::True => Verdict::pass(&used.place),
        Truth::False => Verdict::fail(&used.place, format!("the key is in {there}, where {subject} cannot use it")),
        Truth::Unknown => unknown(),
    }
}

enum Place {
    /// An id or an alias is looked up where the table is.
    Nowhere,
    Region(Text),
    Unknown,
}

/// Where a key outside the project is, by its text.
fn of_text<'a>(names: &Names<'a>, replica: &Replica<'a>) -> Place {
    let Known::Is(value) = replica.get("SSESpecification.KMSMasterKeyId").value() else { return Place::Unknown };
    let Ok(text) = names.text(value) else { return Place::Unknown };
    match text.segments(6).as_deref() {
        Some([arn, _, _, region, ..]) if arn.is("arn") => Place::Region(region.clone()),
        Some(_) if text.literal().is_some() => Place::Nowhere,
        _ => Place::Unknown,
    }
}

/// Whether the key is one for symmetric encryption.
fn spec<'a>(key: &'a Resource, used: &KeyUse<'a>, subject: &str, cx: &Context<'a>) -> Verdict {
    // A replica key has the properties of its primary.
    if !key.is("AWS::KMS::Key") {
        return Verdict::pass(&used.place);
    }
    let wanted = [("KeySpec", "SYMMETRIC_DEFAULT"), ("KeyUsage", "ENCRYPT_DECRYPT")];
    let verdicts = wanted.map(|(property, wanted)| {
        let field = key.get(cx.world, property);
        match defaults::is(&key.kind, &field, wanted) {
            Truth::True => Verdict::pass(&used.place),
            Truth::False => {
                Verdict::fail(&used.place, format!("{subject} cannot use a key that is not for symmetric encryption"))
                    .with_related(field.place().span, "this makes it another key")
            }
            Truth::Unknown => Verdict::unknown(
                &used.place,
                format!("whether {subject} can use the key cannot be known"),
                field.unknown(),
            ),
        }
    });
    Verdict::worst(verdicts)
}
