//! See `aggregator-all-regions.md`.

use crate::{
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
};

pub const RULE: Rule = rule! {
    id: "config/aggregator-all-regions",
    severity: Low,
    confidence: High,
    profile: Strict,
    kinds: ["AWS::Config::ConfigurationAggregator"],
    aliases: ["CKV_AWS_121", "AWS-0019", "AVD-AWS-0019", "aws-config-aggregate-all-regions", "AC_AWS_0049", "AC_AWS_0450", "ac5a0bc0", "9f3cf08e"],
    check,
};

fn check<'a>(aggregator: &'a Resource, cx: &Context<'a>) -> Verdict {
    let accounts = aggregator.get(cx.world, "AccountAggregationSources").items();
    let organisation = aggregator.get(cx.world, "OrganizationAggregationSource");
    let sources: Vec<_> =
        accounts.fields.into_iter().chain((!organisation.is_absent()).then_some(organisation)).collect();
    let place = aggregator.field(cx.world).place().clone();
    if sources.is_empty() && accounts.open.is_none() {
        return Verdict::fail(&place, "the aggregator names no source: it aggregates nothing");
    }
    let open =
        accounts.open.map(|reason| Verdict::unknown(&place, "which regions are aggregated cannot be known", [reason]));
    let verdicts = sources
        .iter()
        .map(|source| Verdict::switched_on(&source.get("AllAwsRegions"), false, "aggregation from every region"));
    Verdict::worst(verdicts.chain(open))
}
