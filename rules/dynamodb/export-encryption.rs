//! See `export-encryption.md`.

use crate::{
    aws::{
        Target,
        iam::policy::{Effect, Item, Policy, Statement},
        text::Text,
    },
    engine::{Context, Outcome, Rule, Verdict, rule},
    model::Resource,
    rules::iam,
    value::{Place, Reason, Truth, Unknown, read::Known},
};

pub const RULE: Rule = rule! {
    id: "dynamodb/export-encryption",
    severity: Medium,
    confidence: Medium,
    profile: Default,
    kinds: [
        EXPORT, "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::SSO::PermissionSet",
        "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy",
    ],
    aliases: [],
    check,
};

/// An export that Terraform makes; CloudFormation cannot.
const EXPORT: &str = "aws_dynamodb_table_export";
const BUCKET: &str = "AWS::S3::Bucket";

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    if resource.is(EXPORT) { export(resource, cx) } else { grants(resource, cx) }
}

fn export<'a>(export: &'a Resource, cx: &Context<'a>) -> Verdict {
    let (algorithm, bucket) = (export.get(cx.world, "s3_sse_algorithm"), export.get(cx.world, "s3_bucket"));
    let verdict = match algorithm.text() {
        Known::Is(text) if &*text == "KMS" => Verdict::pass(algorithm.place()),
        Known::Is(_) => Verdict::fail(algorithm.place(), "the export is not encrypted with a KMS key"),
        Known::Unknown(reason) => {
            Verdict::unknown(algorithm.place(), "how the export is encrypted cannot be known", [reason])
        }
        Known::Absent => match cx.project.target(&bucket, &[BUCKET]) {
            Target::Resource(found, _) if found.is(BUCKET) => encrypted(found, bucket.place(), cx),
            Target::Unknown(reason) => {
                Verdict::unknown(bucket.place(), "how the export is encrypted cannot be known", [reason])
            }
            _ => Verdict::unknown(
                bucket.place(),
                "how the bucket of the export is encrypted cannot be known",
                [outside(bucket.place())],
            ),
        },
    };
    Verdict::worst([verdict, owner(export, cx)])
}

/// Whether the bucket is of the own account or a trusted one.
fn owner<'a>(export: &'a Resource, cx: &Context<'a>) -> Verdict {
    let owner = export.get(cx.world, "s3_bucket_owner");
    let Known::Is(value) = owner.value() else { return Verdict::pass(owner.place()) };
    let Ok(account) = cx.names().text(value) else { return Verdict::pass(owner.place()) };
    if super::is_foreign(&account, &cx.names().account(export), cx).is_true() {
        return Verdict::fail(
            owner.place(),
            format!("the export goes to account {account}, which is not listed as trusted"),
        );
    }
    Verdict::pass(owner.place())
}

/// Whether what lies in a bucket is encrypted with a KMS key.
fn encrypted<'a>(bucket: &'a Resource, place: &Place, cx: &Context<'a>) -> Verdict {
    let rules = bucket.get(cx.world, "BucketEncryption.ServerSideEncryptionConfiguration").items();
    let algorithms = rules.fields.iter().map(|rule| rule.path("ServerSideEncryptionByDefault.SSEAlgorithm").text());
    let kms = Truth::any(algorithms.map(|algorithm| match algorithm {
        Known::Is(text) => Truth::from(text.starts_with("aws:kms")),
        Known::Absent => Truth::False,
        Known::Unknown(_) => Truth::Unknown,
    }));
    let kms = if rules.open.is_some() { kms.or(Truth::Unknown) } else { kms };
    let verdict = match kms {
        Truth::True => Verdict::pass(place),
        Truth::False => Verdict::fail(place, "exports lie in a bucket that is not encrypted with a KMS key"),
        Truth::Unknown => Verdict::unknown(place, "how the bucket of exports is encrypted cannot be known", rules.open),
    };
    verdict.with_related(Some(bucket.header), "the bucket")
}

fn outside(place: &Place) -> std::sync::Arc<Unknown> {
    Unknown { span: place.span, ..Unknown::new(Reason::External, "the bucket") }.into()
}

/// Buckets to which a principal that may export may write.
fn grants<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let policies = iam::policies_to_judge(resource, cx);
    let own: Vec<&Policy> = policies.iter().map(|policy| &**policy).filter(|policy| policy.source.is_some()).collect();
    let statements = || own.iter().flat_map(|policy| &policy.statements);
    if !statements().any(|statement| allows(statement, "dynamodb:ExportTableToPointInTime")) {
        return Verdict::not_applicable();
    }
    let writing = statements().filter(|statement| allows(statement, "s3:PutObject"));
    let items = writing.flat_map(|statement| statement.resources.iter().flat_map(|element| &element.items));
    let verdicts = items.map(|item| {
        let place = Place { span: item.span.or(Some(resource.header)), ..Place::default() };
        match bucket_of(item, resource, cx) {
            Some(bucket) => encrypted(bucket, &place, cx),
            None => Verdict::unknown(
                &place,
                format!("how the buckets of `{}` are encrypted cannot be known", item.text),
                [outside(&place)],
            ),
        }
    });
    let verdict = Verdict::worst(verdicts);
    // Who may write nowhere cannot export.
    if verdict.outcome == Outcome::NotApplicable { Verdict::not_applicable() } else { verdict }
}

/// Whether a statement certainly allows an action that is not named by `*` alone.
fn allows(statement: &Statement, action: &str) -> bool {
    let action = Text::from(action);
    let covers =
        statement.actions.as_ref().map_or(Truth::True, |element| element.covers(|item| item.pattern.covers(&action)));
    statement.effect == Some(Effect::Allow) && covers.is_true()
}

/// The bucket of the project that a resource pattern names, by reference or by name.
fn bucket_of<'a, T>(item: &Item<T>, holder: &Resource, cx: &Context<'a>) -> Option<&'a Resource> {
    if let Some(text) = item.text.literal() {
        let name = text.strip_prefix("arn:aws:s3:::")?.split('/').next()?.to_owned();
        return cx.project.named(&[BUCKET], &name).next();
    }
    let names = cx.names();
    // What a policy refers to is in a stack near it.
    cx.project.around(holder, BUCKET).find(|bucket| item.text.atoms().starts_with(names.arn(bucket).atoms()))
}
