//! Rules about CloudTrail.

use std::sync::Arc;

use crate::{
    aws::{
        Target,
        cloudtrail::{
            selection::{Events, Subject, Summary},
            trail::Trail,
        },
        spelling::Spelling,
        symbolic::{join, literal},
    },
    engine::{Context, Rule, Verdict},
    model::{Mode, Resource},
    value::{Pattern, Piece, Reason, ResourceId, Symbol, Truth, Unknown},
};

#[path = "cloudwatch-logs.rs"]
mod cloudwatch_logs;
#[path = "dynamodb-data-events.rs"]
mod dynamodb_data_events;
#[path = "event-data-store-key.rs"]
mod event_data_store_key;
#[path = "event-data-store-retention.rs"]
mod event_data_store_retention;
#[path = "kms-encryption.rs"]
mod kms_encryption;
#[path = "log-bucket-access-logging.rs"]
mod log_bucket_access_logging;
#[path = "log-bucket-public.rs"]
mod log_bucket_public;
#[path = "log-file-validation.rs"]
mod log_file_validation;
#[path = "logging-enabled.rs"]
mod logging_enabled;
#[path = "management-events.rs"]
mod management_events;
#[path = "multi-region.rs"]
mod multi_region;
#[path = "selector-matches-nothing.rs"]
mod selector_matches_nothing;
#[path = "sns-topic.rs"]
mod sns_topic;
#[path = "stream-data-events.rs"]
mod stream_data_events;

/// The rules of this area.
pub static RULES: &[Rule] = &[
    cloudwatch_logs::RULE,
    dynamodb_data_events::RULE,
    event_data_store_key::RULE,
    event_data_store_retention::RULE,
    kms_encryption::RULE,
    log_bucket_access_logging::RULE,
    log_bucket_public::RULE,
    log_file_validation::RULE,
    logging_enabled::RULE,
    management_events::RULE,
    multi_region::RULE,
    selector_matches_nothing::RULE,
    sns_topic::RULE,
    stream_data_events::RULE,
];

/// What a trail or event data store records of a table of its region and account that nobody has declared.
fn of_any_table<'a>(resource: &'a Resource, cx: &Context<'a>) -> Option<Summary> {
    let trail = Trail::new(resource, cx.world)?;
    let spelling = Spelling::new(cx.project, cx.world);
    let recorder = trail.recorder(&spelling);
    let head = [
        literal("arn:aws:dynamodb:"),
        spelling.region(resource),
        literal(":"),
        spelling.account(resource),
        literal(":table/"),
    ];
    let unnamed = Symbol::Unknown(Arc::new(Unknown::new(Reason::External, "a table")));
    let name = Pattern { pieces: vec![Piece::Symbol(unnamed)] };
    let arn = head.iter().chain([&name]).fold(literal(""), |arn, part| join(&arn, part));
    let subject =
        Subject { stream_arn: arn.clone(), arn, region: recorder.region.clone(), account: recorder.account.clone() };
    Some(Events::default().covered(&recorder, &subject).summary())
}

/// Of some trails, those that do something. Whether one other than the judged one does is all that is asked, so that two
/// of each suffice.
#[derive(Default)]
struct Ranked {
    certain: Vec<ResourceId>,
    possible: Vec<ResourceId>,
}

impl Ranked {
    fn new<'a>(trails: impl Iterator<Item = (&'a ResourceId, Truth)>) -> Self {
        let mut ranked = Self::default();
        trails.for_each(|(id, truth)| ranked.add(id, truth));
        ranked
    }

    fn add(&mut self, id: &ResourceId, truth: Truth) {
        let list = match truth {
            Truth::True => &mut self.certain,
            Truth::Unknown => &mut self.possible,
            Truth::False => return,
        };
        if list.len() < 2 {
            list.push(id.clone());
        }
    }

    fn of_others(&self, id: &ResourceId) -> Truth {
        let other = |list: &[ResourceId]| list.iter().any(|found| found != id);
        match (other(&self.certain), other(&self.possible)) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        }
    }
}

/// Judges the bucket that a trail delivers to. Nothing is said of a bucket that the code does not create: its settings
/// are written elsewhere.
fn of_log_bucket<'a>(trail: &'a Resource, cx: &Context<'a>, judge: impl FnOnce(&'a Resource) -> Verdict) -> Verdict {
    let field = trail.get(cx.world, "S3BucketName");
    match cx.project.target(&field, &["AWS::S3::Bucket"]) {
        Target::Resource(bucket, _) if bucket.mode == Mode::Managed => {
            judge(bucket).with_related(field.place().span, "the trail delivers to this bucket")
        }
        Target::Unknown(reason) => {
            Verdict::unknown(field.place(), "to which bucket the trail delivers cannot be known", [reason])
        }
        _ => Verdict::not_applicable(),
    }
}
