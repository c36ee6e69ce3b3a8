//! A unit of deployment: one Terraform root module, one plan, one template with its nested stacks.

use std::sync::Arc;

use crate::{
    model::{Problem, Resource},
    value::{Formula, Value, Variables},
};

/// What a stack was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StackKind {
    /// A folder of Terraform files.
    Terraform,
    /// `terraform show -json` of a plan.
    TerraformPlan,
    /// `terraform show -json` of a state, or a state file.
    TerraformState,
    /// A CloudFormation or SAM template.
    CloudFormation,
    /// A stack of a CDK assembly.
    Cdk,
    /// The resources of a `serverless.yml`.
    Serverless,
}

/// The key of an unknown that stands for what another stack exports starts with this; the export's name follows.
pub const EXPORT_KEY: &str = "export:";

/// The name under which an output of a named stack is among the exports. No export has such a name, as AWS allows letters,
/// digits, colons and hyphens only.
pub fn output_name(stack: &str, output: &str) -> String {
    format!("{stack}/{output}")
}

/// A value that other stacks may read.
#[derive(Clone, Debug)]
pub struct Export {
    /// CloudFormation export name, or Terraform output name.
    pub name: Value,
    /// What it stands for.
    pub value: Value,
    /// When it exists.
    pub exists: Formula,
}

/// A unit of deployment.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Unique in the project, and the first half of every [`crate::value::ResourceId`]: the path, with a suffix where one file gives several.
    pub id: Arc<str>,
    /// Path of the folder or file relative to the scan root.
    pub path: Arc<str>,
    /// What it was read from.
    pub kind: StackKind,
    /// A name that people know it by (CDK display name, named deployment).
    pub name: Option<Arc<str>>,
    /// Its resources, in address order.
    pub resources: Vec<Resource>,
    /// Its undecided inputs, keys starting with the stack's id.
    pub variables: Variables,
    /// What always holds (CloudFormation `Rules`): worlds in which one is false are never deployed.
    pub assumptions: Vec<Formula>,
    /// What other stacks may read.
    pub exports: Vec<Export>,
    /// Paths, relative to the root, of templates that were judged as part of this stack and need not be judged alone.
    pub nested: Vec<Arc<str>>,
    /// What is wrong with its files.
    pub problems: Vec<Problem>,
}
