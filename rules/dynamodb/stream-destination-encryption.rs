//! See `stream-destination-encryption.md`.

use crate::{
    aws::{
        Target,
        dynamodb::{KINDS, Replica, Table},
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Reason, Unknown, read::Known},
};

pub const RULE: Rule = rule! {
    id: "dynamodb/stream-destination-encryption",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: KINDS,
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(table) = Table::new(resource, cx.world) else { return Verdict::not_applicable() };
    let replicas = table.replicas(cx.project).items;
    Verdict::worst(replicas.iter().map(|replica| destination(replica, cx)))
}

fn destination<'a>(replica: &Replica<'a>, cx: &Context<'a>) -> Verdict {
    let named = replica.kinesis_stream();
    let what = super::of_replica("the Kinesis stream that receives the changes", replica);
    let unknown = |reason| {
        Verdict::unknown(named.place(), format!("whether {what} is encrypted with a KMS key cannot be known"), [reason])
    };
    let outside = || Unknown { span: named.place().span, ..Unknown::new(Reason::External, "the Kinesis stream") };
    let stream = match cx.project.target(&named, &["AWS::Kinesis::Stream"]) {
        Target::Absent => return Verdict::not_applicable(),
        Target::Unknown(reason) => return unknown(reason),
        Target::Resource(stream, _) if stream.is("AWS::Kinesis::Stream") => stream,
        _ => return unknown(outside().into()),
    };
    let kind = stream.get(cx.world, "StreamEncryption.EncryptionType");
    let verdict = match kind.text() {
        Known::Is(text) if &*text == "KMS" => Verdict::pass(named.place()),
        Known::Unknown(reason) => unknown(reason),
        Known::Is(_) | Known::Absent => Verdict::fail(named.place(), format!("{what} is not encrypted with a KMS key")),
    };
    verdict.with_related(kind.place().span, "the stream")
}
