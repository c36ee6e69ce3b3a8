//! Names and ARNs of resources as texts. In: values in which other resources are references. Out: [`Text`]s in which
//! a reference to a table's ARN has become `arn:aws:dynamodb:⟨region⟩:⟨account⟩:table/⟨name⟩`.
//! Source: Service Authorization Reference, "Resource types"; CloudFormation User Guide, "Pseudo parameters".

use std::sync::Arc;

use crate::{
    aws::{
        Project,
        text::{Atom, Symbol, Text},
    },
    model::{Resource, StackKind},
    value::{self, Kind, Pattern, Piece, Reference, ResourceId, Unknown, Value, World},
};

/// How deep names may be made of other resources' names.
const MAX_NAME_DEPTH: u8 = 8;

/// Where the code will be deployed, as far as the user says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Assumed to be the commercial partition unless said otherwise.
    pub partition: Arc<str>,
    /// The region in which everything without a region of its own is created.
    pub region: Option<Arc<str>>,
    /// The account in which everything is created.
    pub account: Option<Arc<str>>,
}

impl Default for Deployment {
    fn default() -> Self {
        Self { partition: "aws".into(), region: None, account: None }
    }
}

/// Turns values into texts in one world.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    project: &'a Project,
    world: &'a World<'a>,
    deployment: &'a Deployment,
}

impl<'a> Names<'a> {
    /// The names of a project in a world.
    pub fn new(project: &'a Project, world: &'a World<'a>, deployment: &'a Deployment) -> Self {
        Self { project, world, deployment }
    }

    /// The project.
    pub fn project(&self) -> &'a Project {
        self.project
    }

    /// The world in which values are read.
    pub fn world(&self) -> &'a World<'a> {
        self.world
    }

    /// The text of a scalar; an unknown becomes a symbol.
    ///
    /// # Errors
    /// The value is absent, a list or a map.
    pub fn text(&self, value: &Value) -> Result<Text, Arc<Unknown>> {
        self.scalar(value, 0)
    }

    /// The account in which a resource is created.
    pub fn account(&self, resource: &Resource) -> Text {
        self.place(resource.account.as_ref(), "AWS::AccountId", resource, 0)
    }

    /// The region in which a resource is created.
    pub fn region(&self, resource: &Resource) -> Text {
        self.place(resource.region.as_ref(), "AWS::Region", resource, 0)
    }

    /// The name of a resource, which is in `property`.
    pub fn name(&self, resource: &Resource, property: &str) -> Text {
        self.named(resource, property, 0)
    }

    /// The ARN of a resource.
    pub fn arn(&self, resource: &Resource) -> Text {
        self.arn_of(resource, 0)
    }

    /// The ARN that a resource has in a region.
    pub fn arn_in(&self, resource: &Resource, region: &Text) -> Text {
        self.arn_at(resource, region, 0)
    }

    /// The declared table that a pattern of Resource names wholly by reference: `${t.Arn}`, `${t.Arn}/index/*`,
    /// `…:table/${t}`. It matches no other declared table, whatever the names are.
    pub fn owner(&self, value: &Value) -> Option<ResourceId> {
        let (reference, rest) = match &self.world.settle(value).ok()?.kind {
            Kind::Reference(reference) => (reference, ""),
            Kind::Pattern(pattern) => match &*pattern.pieces {
                [.., Piece::Symbol(value::Symbol::Reference(reference))] if stands_free(pattern) => (reference, ""),
                [.., Piece::Symbol(value::Symbol::Reference(reference)), Piece::Literal(rest)]
                    if stands_free(pattern) =>
                {
                    (reference, &**rest)
                }
                _ => return None,
            },
            _ => return None,
        };
        let resource = self.resource(&reference.target)?;
        let is_name = matches!(&*reference.attribute, "Arn" | "Ref" | "TableName" | "StreamArn");
        (is_table(resource) && is_name && (rest.is_empty() || rest.starts_with('/'))).then(|| resource.id.clone())
    }

    fn resource(&self, id: &ResourceId) -> Option<&'a Resource> {
        self.project.resources_of(id).into_iter().next()
    }

    fn scalar(&self, value: &Value, depth: u8) -> Result<Text, Arc<Unknown>> {
        let value = self.world.settle(value)?;
        match &value.kind {
            Kind::Pattern(pattern) => Ok(self.pattern(pattern, depth)),
            Kind::Reference(reference) => Ok(self.reference(reference, depth)),
            Kind::Unknown(unknown) => Ok(unknown_text(unknown)),
            _ => value
                .to_text()
                .map(|text| Text::from(&*text))
                .ok_or_else(|| Arc::new(Unknown::new(value::Reason::Error, "a text is expected here"))),
        }
    }

    fn pattern(&self, pattern: &Pattern, depth: u8) -> Text {
        let texts = pattern.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => Text::from(&**text),
            Piece::Symbol(value::Symbol::Reference(reference)) => self.reference(reference, depth),
            Piece::Symbol(value::Symbol::Pseudo { name, scope }) => self.pseudo(name, scope),
            Piece::Symbol(value::Symbol::Unknown(unknown)) => unknown_text(unknown),
        });
        Text::new(texts.collect::<Vec<_>>().iter().flat_map(Text::atoms).cloned())
    }

    fn pseudo(&self, name: &str, scope: &str) -> Text {
        let said = match name {
            "AWS::Partition" => Some(&self.deployment.partition),
            "AWS::Region" => self.deployment.region.as_ref(),
            "AWS::AccountId" => self.deployment.account.as_ref(),
            _ => None,
        };
        said.map_or_else(|| symbol(format!("{name}@{scope}"), format!("${{{name}}}")), |text| Text::from(&**text))
    }

    fn place(&self, value: Option<&Value>, pseudo: &str, resource: &Resource, depth: u8) -> Text {
        match value.map(|value| self.scalar(value, depth + 1)) {
            Some(Ok(text)) => text,
            _ => self.pseudo(pseudo, &resource.id.stack),
        }
    }

    fn reference(&self, reference: &Reference, depth: u8) -> Text {
        let Some(resource) = self.resource(&reference.target).filter(|_| depth < MAX_NAME_DEPTH) else {
            return opaque(reference);
        };
        match (&*resource.kind, &*reference.attribute) {
            ("AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable", "Ref" | "TableName") => {
                self.named(resource, "TableName", depth)
            }
            ("AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable", "StreamArn") => {
                self.arn_of(resource, depth).join(&Text::from("/stream/")).join(&stream_label(resource))
            }
            ("AWS::IAM::Role", "Ref" | "RoleName") => self.named(resource, "RoleName", depth),
            ("AWS::IAM::User", "Ref" | "UserName") => self.named(resource, "UserName", depth),
            (_, "Arn") => self.arn_of(resource, depth),
            ("AWS::SNS::Topic" | "AWS::IAM::ManagedPolicy", "Ref") => self.arn_of(resource, depth),
            _ => opaque(reference),
        }
    }

    fn named(&self, resource: &Resource, property: &str, depth: u8) -> Text {
        let written = resource.properties.as_map().and_then(|map| map.get(property));
        let text = written.and_then(|value| self.scalar(value, depth + 1).ok());
        let anonymous = |text: &Text| {
            text.atoms().iter().any(|atom| matches!(atom, Atom::Symbol(symbol) if symbol.identity.is_none()))
        };
        match text {
            Some(text) if !anonymous(&text) && !text.is_empty() => text,
            None if written.is_none_or(|value| matches!(value.kind, Kind::Absent)) => self.generated(resource),
            _ => symbol(key(resource), format!("${{{}}}", resource.id.address)),
        }
    }

    /// CloudFormation names a resource `stack-LogicalId-random`; of other languages nothing is known.
    fn generated(&self, resource: &Resource) -> Text {
        let own = symbol(key(resource), format!("${{{}}}", resource.id.address));
        let stack = self.project.stack_of(resource);
        if !stack.is_some_and(|stack| matches!(stack.kind, StackKind::CloudFormation | StackKind::Cdk)) {
            return own;
        }
        let logical = resource.id.address.rsplit('/').next().unwrap_or_default();
        let name = symbol(format!("AWS::StackName@{}", resource.id.stack), "${AWS::StackName}".to_owned());
        name.join(&Text::from(&*format!("-{logical}-"))).join(&own)
    }

    fn arn_of(&self, resource: &Resource, depth: u8) -> Text {
        let region = self.place(resource.region.as_ref(), "AWS::Region", resource, depth);
        self.arn_at(resource, &region, depth)
    }

    fn arn_at(&self, resource: &Resource, region: &Text, depth: u8) -> Text {
        let (service, tail) = match &*resource.kind {
            "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => {
                ("dynamodb", Text::from("table/").join(&self.named(resource, "TableName", depth)))
            }
            "AWS::IAM::Role" => ("iam", self.with_path(resource, "role", "RoleName", depth)),
            "AWS::IAM::User" => ("iam", self.with_path(resource, "user", "UserName", depth)),
            "AWS::IAM::Group" => ("iam", self.with_path(resource, "group", "GroupName", depth)),
            "AWS::DAX::Cluster" => ("dax", Text::from("cache/").join(&self.named(resource, "ClusterName", depth))),
            kind => (
                service_of(kind),
                Text::from(Atom::Symbol(Arc::new(Symbol::any(
                    Some(format!("{}.Arn", key(resource)).into()),
                    format!("${{{}}}", resource.id.address),
                )))),
            ),
        };
        let region = if service == "iam" { Text::from("") } else { region.clone() };
        let account = self.place(resource.account.as_ref(), "AWS::AccountId", resource, depth);
        let colon = Text::from(":");
        let head = Text::from(&*format!("arn:{}:{service}:", self.partition(&region)));
        [region, colon.clone(), account, colon, tail].iter().fold(head, |text, part| text.join(part))
    }

    /// A known region tells its partition.
    fn partition(&self, region: &Text) -> &str {
        match region.literal() {
            Some(region) if region.starts_with("cn-") => "aws-cn",
            Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
            _ => &self.deployment.partition,
        }
    }

    fn with_path(&self, resource: &Resource, word: &str, property: &str, depth: u8) -> Text {
        let path = resource.properties.as_map().and_then(|map| map.get("Path"));
        let path = path.and_then(|value| self.scalar(value, depth + 1).ok()).unwrap_or_else(|| Text::from("/"));
        Text::from(word).join(&path).join(&self.named(resource, property, depth))
    }
}

/// Whether a resource is a table of DynamoDB.
pub fn is_table(resource: &Resource) -> bool {
    matches!(&*resource.kind, "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable")
}

/// Whether the reference is all that stands for the table: it is the first piece or follows `table/`.
fn stands_free(pattern: &Pattern) -> bool {
    let at = pattern.pieces.iter().rposition(|piece| matches!(piece, Piece::Symbol(value::Symbol::Reference(_))));
    match at.and_then(|at| at.checked_sub(1)).and_then(|at| pattern.pieces.get(at)) {
        None => true,
        Some(Piece::Literal(before)) => before.ends_with(":table/"),
        Some(Piece::Symbol(_)) => false,
    }
}

fn key(resource: &Resource) -> String {
    format!("{}#{}", resource.id.stack, resource.id.address)
}

/// The last part of the ARN of a table's stream: when the stream was made.
pub fn stream_label(table: &Resource) -> Text {
    symbol(format!("{}.StreamLabel", key(table)), "${StreamLabel}".to_owned())
}

fn symbol(identity: String, label: String) -> Text {
    Text::from(Atom::Symbol(Arc::new(Symbol::name(identity, label))))
}

fn unknown_text(unknown: &Unknown) -> Text {
    Text::from(Atom::Symbol(Arc::new(Symbol::any(unknown.key.clone(), format!("${{{}}}", unknown.subject)))))
}

fn opaque(reference: &Reference) -> Text {
    let identity = format!("{}#{}.{}", reference.target.stack, reference.target.address, reference.attribute);
    let label = format!("${{{}.{}}}", reference.target.address, reference.attribute);
    Text::from(Atom::Symbol(Arc::new(Symbol::any(Some(identity.into()), label))))
}

/// The service of a type, good enough to tell it from DynamoDB: `AWS::S3::Bucket` is `s3`, `aws_sqs_queue` is `sqs`.
fn service_of(kind: &str) -> &'static str {
    let word = kind.split("::").nth(1).or_else(|| kind.split('_').nth(1)).unwrap_or_default();
    let known = ["s3", "sqs", "sns", "kms", "lambda", "kinesis", "logs", "events", "states", "ec2", "ecs", "dax"];
    known.into_iter().find(|service| word.eq_ignore_ascii_case(service)).unwrap_or("other-service")
}
