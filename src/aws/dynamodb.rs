//! Tables. In: `AWS::DynamoDB::Table` and `AWS::DynamoDB::GlobalTable`. Out: one view of both, in which a table has
//! replicas, its own region among them, and every setting that AWS keeps per replica is asked of the replica.
//!
//! Shapes: a `GlobalTable` lists all regions in `Replicas[]`; a `Table` describes its own region at the root and
//! further regions (Terraform's `replica` blocks and `aws_dynamodb_table_replica`) in `Replicas[]` of the same shape.
//! Defaults: CloudFormation resource reference, "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable".

use std::sync::Arc;

use crate::{
    aws::{
        Answer, Project, defaults,
        kms::{KeyClass, KeyUse},
        settings::Settings,
        tags::{self, Tags},
    },
    model::Resource,
    value::{Field, Kind, Truth, Unknown, World, read::Known},
};

/// CloudFormation types of tables.
pub const KINDS: [&str; 2] = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"];

/// Terraform's replica of a table that is written elsewhere: all that is known of it is its own settings.
pub const LONE_REPLICA: &str = "aws_dynamodb_table_replica";

/// The replica that CDK makes with a custom resource: Terraform and CloudFormation have properties for it.
const CDK_REPLICA: &str = "Custom::DynamoDBReplica";

/// Whether a resource is a table. A global table of version 2017.11.29 only joins tables and has no settings.
pub fn is_table(resource: &Resource) -> bool {
    KINDS.contains(&&*resource.kind) && !is_legacy_global(resource)
}

/// Whether a resource is a global table of version 2017.11.29, which only Terraform can make.
pub fn is_legacy_global(resource: &Resource) -> bool {
    &*resource.source_type == "aws_dynamodb_global_table"
}

/// A table in a world.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// The world in which it is read.
    pub world: &'a World<'a>,
}

/// A table in one region.
#[derive(Clone)]
pub struct Replica<'a> {
    /// The table.
    pub table: Table<'a>,
    /// Where the settings of this region are: the root of the resource or an element of `Replicas`.
    pub field: Field<'a>,
    /// Whether the settings are those at the root of a `Table`.
    pub is_home: bool,
}

/// What a table has several of.
pub struct Several<T> {
    /// Those that are known.
    pub items: Vec<T>,
    /// Why there may be more.
    pub open: Option<Arc<Unknown>>,
}

/// What kind of index it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// Its own key schema and, unless it is on demand, capacity.
    Global,
    /// Shares the table's hash key.
    Local,
    /// For similarity search.
    Vector,
}

/// An index of a table.
#[derive(Clone)]
pub struct Index<'a> {
    /// Its kind.
    pub kind: IndexKind,
    /// Its properties.
    pub field: Field<'a>,
}

impl Index<'_> {
    /// The name.
    pub fn name(&self) -> Known<Arc<str>> {
        self.field.get("IndexName").text()
    }
}

impl<'a> Table<'a> {
    /// The view of a resource, when it is a table.
    pub fn new(resource: &'a Resource, world: &'a World<'a>) -> Option<Self> {
        is_table(resource).then_some(Self { resource, world })
    }

    /// Every created table that exists, or may exist, in a world.
    pub fn all(project: &'a Project, world: &'a World<'a>) -> Vec<Self> {
        let tables = KINDS.iter().flat_map(|kind| project.of_kind(kind));
        let tables = tables.filter_map(|resource| Self::new(resource, world));
        tables.filter(|table| world.truth(&table.resource.exists).is_possible()).collect()
    }

    /// Every created table in the stack of a resource that exists, or may exist, in a world.
    pub fn beside(project: &'a Project, resource: &Resource, world: &'a World<'a>) -> Vec<Self> {
        let tables = KINDS.iter().flat_map(|kind| project.beside(resource, kind));
        let tables = tables.filter_map(|table| Self::new(table, world));
        tables.filter(|table| world.truth(&table.resource.exists).is_possible()).collect()
    }

    /// A property of the resource by path.
    pub fn get(&self, path: &str) -> Field<'a> {
        self.resource.get(self.world, path)
    }

    /// `TableName`; absent when AWS makes one up.
    pub fn name(&self) -> Field<'a> {
        self.get("TableName")
    }

    /// Whether it is written as a global table.
    pub fn is_global(&self) -> bool {
        &*self.resource.kind == "AWS::DynamoDB::GlobalTable"
    }

    /// The table in each of its regions.
    pub fn replicas(&self, project: &'a Project) -> Several<Replica<'a>> {
        let written = self.get("Replicas").items();
        let one = |field, is_home| Replica { table: *self, field, is_home };
        let home = (!self.is_global()).then(|| one(self.resource.field(self.world), true));
        let further = written.fields.into_iter().map(|field| one(field, false));
        let uses = project
            .uses(&self.resource.id)
            .filter(|found| &*found.by.kind == CDK_REPLICA && found.property == "TableName");
        let custom = uses.filter(|found| self.world.truth(&found.by.exists).is_possible());
        let custom = custom.map(|found| one(found.by.field(self.world), false));
        Several { items: home.into_iter().chain(further).chain(custom).collect(), open: written.open }
    }

    /// The indexes of all kinds.
    pub fn indexes(&self) -> Several<Index<'a>> {
        let lists = [
            ("GlobalSecondaryIndexes", IndexKind::Global),
            ("LocalSecondaryIndexes", IndexKind::Local),
            ("VectorIndexes", IndexKind::Vector),
        ];
        let mut indexes = Several { items: Vec::new(), open: None };
        for (property, kind) in lists {
            let items = self.get(property).items();
            indexes.items.extend(items.fields.into_iter().map(|field| Index { kind, field }));
            indexes.open = indexes.open.or(items.open);
        }
        indexes
    }

    /// Whether item changes are streamed.
    pub fn streams(&self) -> Answer {
        let stream = self.get("StreamSpecification");
        let flag = stream.get("StreamEnabled");
        let present = Answer::of(stream.is_present(), &stream);
        if present.truth.is_true() && !flag.is_absent() { Answer::flag(&flag, true) } else { present }
    }

    /// Whether capacity is provisioned, which is the default.
    pub fn is_provisioned(&self) -> Answer {
        let mode = self.get("BillingMode");
        Answer::of(defaults::is(&self.resource.kind, &mode, "PROVISIONED"), &mode).because(mode.text().unknown())
    }

    /// Whether encryption with KMS is on; off means a key that AWS owns.
    pub fn kms_encrypted(&self) -> Answer {
        Answer::flag(&self.get("SSESpecification.SSEEnabled"), false)
    }

    /// The tags at the root; those of a global table are its replicas' ([`Replica::tags`]).
    pub fn tags(&self) -> Tags<'a> {
        Tags::of(&self.get("Tags"))
    }

    /// Whether its data are sensitive: by a tag of the table or of a replica, or by its name.
    pub fn sensitivity(&self, settings: &Settings) -> Answer {
        let settings = &settings.sensitive;
        self.by_tags(|tags| tags.sensitive(settings)).or(tags::named_sensitive(&self.name(), settings))
    }

    /// Whether a tag classifies its data, whatever the class.
    pub fn classified(&self, settings: &Settings) -> Answer {
        self.by_tags(|tags| tags.classified(&settings.sensitive))
    }

    fn by_tags(&self, ask: impl Fn(&Tags<'a>) -> Answer) -> Answer {
        if !self.is_global() {
            return ask(&self.tags());
        }
        let replicas = self.get("Replicas").items();
        let answers = replicas.fields.iter().map(|replica| ask(&Tags::of(&replica.get("Tags"))));
        let open = replicas.open.map(Answer::unknown);
        Answer::any(answers.chain(open))
    }
}

impl<'a> Replica<'a> {
    /// The replica that a resource is, when no table of the project has it among its own.
    pub fn alone(resource: &'a Resource, project: &'a Project, world: &'a World<'a>) -> Option<Self> {
        let of_table_here = || project.target(&resource.get(world, "global_table_arn"), &KINDS).resource().is_some();
        (resource.is(LONE_REPLICA) && !of_table_here()).then(|| Self {
            table: Table { resource, world },
            field: resource.field(world),
            is_home: false,
        })
    }

    /// A setting of this region by path.
    pub fn get(&self, path: &str) -> Field<'a> {
        self.field.path(path)
    }

    /// The region; absent for the table's own.
    pub fn region(&self) -> Option<Field<'a>> {
        (!self.is_home).then(|| self.field.get("Region"))
    }

    /// How to speak of it: `the replica in eu-west-1`; `None` for a table's own region.
    pub fn label(&self) -> Option<String> {
        let region = self.region()?;
        let several = self.table.get("Replicas").items().fields.len() > 1 || !self.table.is_global();
        let name = match region.known().map(|value| &value.kind) {
            Some(Kind::Pattern(pattern)) => pattern.to_string(),
            Some(Kind::Reference(reference)) => format!("${{{}}}", reference.target.address),
            _ => region.text().or("".into()).filter(|text| !text.is_empty())?.to_string(),
        };
        several.then(|| format!("the replica in {name}"))
    }

    /// Whether point-in-time recovery is on.
    pub fn recovery(&self) -> Answer {
        Answer::flag(&self.get("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"), false)
    }

    /// Days that point-in-time recovery reaches back, when it is on.
    pub fn recovery_days(&self) -> (Known<i64>, Field<'a>) {
        const DAYS: &str = "PointInTimeRecoverySpecification.RecoveryPeriodInDays";
        let field = self.get(DAYS);
        (defaults::number_at(&self.table.resource.kind, DAYS, &field), field)
    }

    /// Whether it is protected from deletion.
    pub fn deletion_protection(&self) -> Answer {
        Answer::flag(&self.get("DeletionProtectionEnabled"), false)
    }

    /// Whose key encrypts it. The switch is the table's, the key each region's own.
    pub fn encryption(&self, project: &'a Project) -> KeyUse<'a> {
        let enabled = self.table.kms_encrypted();
        let key = self.get("SSESpecification.KMSMasterKeyId");
        let named = KeyUse::of(project, &key);
        let class = KeyClass::of_encryption(enabled.truth, named.as_ref().map(|used| used.class));
        match (enabled.truth, named) {
            (Truth::True, Some(used)) => used,
            (Truth::True, None) => KeyUse::new(class, key.place().clone()),
            _ => {
                let place = enabled.places.into_iter().next().unwrap_or_default();
                KeyUse { reasons: enabled.reasons, ..KeyUse::new(class, place) }
            }
        }
    }

    /// The policy on the table or replica.
    pub fn policy(&self) -> Field<'a> {
        self.get("ResourcePolicy.PolicyDocument")
    }

    /// The policy on its stream.
    pub fn stream_policy(&self) -> Field<'a> {
        let holder = if self.is_home { "StreamSpecification" } else { "ReplicaStreamSpecification" };
        self.get(holder).path("ResourcePolicy.PolicyDocument")
    }

    /// The Kinesis stream that receives its changes.
    pub fn kinesis_stream(&self) -> Field<'a> {
        self.get("KinesisStreamSpecification.StreamArn")
    }

    /// Its tags; those of a home replica are the table's.
    pub fn tags(&self) -> Tags<'a> {
        Tags::of(&self.get("Tags"))
    }
}
