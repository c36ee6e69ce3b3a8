//! See `selector-matches-nothing.md`.

use crate::{
    aws::cloudtrail::{Suspect, Trail, Why, suspects},
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Place, Reason, Unknown},
};

pub const RULE: Rule = rule! {
    id: "cloudtrail/selector-matches-nothing",
    severity: Medium,
    confidence: High,
    profile: Default,
    kinds: ["AWS::CloudTrail::Trail", "AWS::CloudTrail::EventDataStore"],
    aliases: [],
    check,
};

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(trail) = Trail::new(resource, cx.world) else { return Verdict::not_applicable() };
    let selectors = [trail.get("EventSelectors"), trail.get("AdvancedEventSelectors")];
    if selectors.iter().all(Field::is_absent) {
        return Verdict::not_applicable();
    }
    let found = suspects(cx.project, &trail);
    let open = selectors.iter().filter_map(|field| {
        let reason = field.unknown().or_else(|| field.items().open)?;
        Some(Verdict::unknown(field.place(), "whether the selectors match anything cannot be known", [reason]))
    });
    let place = Place { span: Some(resource.header), ..Place::default() };
    Verdict::worst(found.iter().map(judge).chain(open).chain([Verdict::pass(&place)]).collect::<Vec<_>>())
}

fn judge(suspect: &Suspect) -> Verdict {
    let Suspect { place, text, why, reason } = suspect;
    let message = match why {
        Why::Wildcard => {
            format!("`{text}` matches nothing: `*` stands for itself in selectors; all tables are `arn:aws:dynamodb`")
        }
        Why::NoTableArn => format!("`{text}` is not the ARN of a table"),
        Why::NoTable => format!("`{text}` is no table"),
        Why::NotInProject => {
            let reason = Unknown::new(Reason::External, format!("the table {text}"));
            return Verdict::unknown(place, format!("no table of the code has the ARN `{text}`"), [reason.into()]);
        }
        Why::Unknown => {
            return Verdict::unknown(place, "whether the selector matches a table cannot be known", reason.clone());
        }
        Why::Type => format!("`{text}` is no resource type of CloudTrail; tables are `AWS::DynamoDB::Table`"),
        Why::TypeOfAdvanced => format!("basic event selectors do not know `{text}`; advanced ones do"),
        Why::Category => format!("`{text}` is no category of events"),
    };
    Verdict::fail(place, message)
}
