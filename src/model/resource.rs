//! A resource as every rule sees it.

use std::sync::Arc;

use crate::{
    source::Span,
    value::{Field, Formula, ResourceId, Value, World},
};

/// Whether the code creates the resource or only reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// Created and changed by the deployment.
    Managed,
    /// A Terraform data source.
    Data,
}

/// One call on the way to a resource of a module, outermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleCall {
    /// `module.tables["a"]`, or the logical id of a nested stack.
    pub address: Arc<str>,
    /// The header of the call.
    pub span: Span,
}

/// What the code says about replacing and removing the resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    /// CloudFormation `DeletionPolicy`.
    pub deletion_policy: Option<Value>,
    /// CloudFormation `UpdateReplacePolicy`.
    pub update_replace_policy: Option<Value>,
    /// Terraform `prevent_destroy`.
    pub prevent_destroy: Option<Value>,
    /// Terraform `ignore_changes`, as attribute names; `all` for everything.
    pub ignore_changes: Vec<Arc<str>>,
}

/// A resource of a stack.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Stack and address: unique in the project. `module.a.aws_dynamodb_table.t["x"]`, `Orders`, `Nested/Orders`.
    /// An instance whose number or keys are unknown has the key `[*]`.
    pub id: ResourceId,
    /// The address without instance keys: equal for all instances of one block.
    pub definition: Arc<str>,
    /// The key of this instance, as written in the address: `0`, `"x"`, `*`.
    pub instance: Option<Arc<str>>,
    /// `AWS::DynamoDB::Table`; the source's own name when no table maps it.
    pub kind: Arc<str>,
    /// As written: `aws_dynamodb_table`, `AWS::Serverless::SimpleTable`.
    pub source_type: Arc<str>,
    /// Created or only read.
    pub mode: Mode,
    /// The block header or the logical id: where to point when a property is missing.
    pub header: Span,
    /// The whole block or mapping entry.
    pub body: Span,
    /// The properties in CloudFormation's shape: a map.
    pub properties: Value,
    /// What was written, evaluated, under the source language's names: a map.
    pub attributes: Value,
    /// When it exists.
    pub exists: Formula,
    /// The calls that lead to it, outermost first.
    pub module_calls: Vec<ModuleCall>,
    /// The region it is created in, when anything says so.
    pub region: Option<Value>,
    /// The account it is created in, when anything says so.
    pub account: Option<Value>,
    /// Replacement and removal.
    pub lifecycle: Lifecycle,
    /// CloudFormation `Metadata`: suppressions, CDK construct path.
    pub metadata: Option<Value>,
    /// CDK construct path.
    pub construct_path: Option<Arc<str>>,
    /// The place in the program that generated the template (CDK), to report instead of `header`.
    pub origin: Option<Span>,
}

impl Resource {
    /// The properties as read in a world.
    pub fn field<'a>(&'a self, world: &'a World<'a>) -> Field<'a> {
        Field::new(world, &self.properties, Some(self.header))
    }

    /// One property by path: `SSESpecification.SSEEnabled`.
    pub fn get<'a>(&'a self, world: &'a World<'a>, path: &str) -> Field<'a> {
        self.field(world).path(path)
    }

    /// Whether it is of this CloudFormation type and managed.
    pub fn is(&self, kind: &str) -> bool {
        self.mode == Mode::Managed && &*self.kind == kind
    }
}
