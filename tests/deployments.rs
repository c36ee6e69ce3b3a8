//! What a Terraform configuration is told of its deployment: region, account, files that a build makes, and provider
//! instances as OpenTofu has them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use iac_check::{
    check::{Options, Resolved, open, resolve},
    model::{ProblemKind, Resource},
    terraform::{self, modules::inputs::Given},
    value::{Kind, Reason, Value},
};

fn resolved(code: &str, terraform: terraform::Options) -> Resolved {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), code).unwrap();
    let root = Some(folder.path().to_path_buf());
    let options = Options { root, terraform, ..Options::new(folder.path()) };
    resolve(&open(&options).unwrap(), &options).unwrap()
}

fn resource<'r>(resolved: &'r Resolved, address: &str) -> &'r Resource {
    let mut all = resolved.stacks.iter().flat_map(|stack| &stack.resources);
    all.find(|resource| &*resource.id.address == address).unwrap_or_else(|| panic!("no {address}"))
}

fn attribute<'r>(resource: &'r Resource, name: &str) -> &'r Value {
    resource.attributes.as_map().and_then(|map| map.get(name)).unwrap_or_else(|| panic!("no {name}"))
}

const TABLE: &str = r#"
data "aws_region" "here" {}
data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
resource "aws_dynamodb_table" "t" {
  name = "${data.aws_partition.here.partition}:${data.aws_region.here.name}:${data.aws_caller_identity.here.account_id}"
}
"#;

fn deployed() -> terraform::Options {
    terraform::Options {
        region: Some("eu-west-1".into()),
        account: Some("111122223333".into()),
        ..terraform::Options::default()
    }
}

#[test]
fn region_and_account_reach_the_code() {
    let resolved = resolved(TABLE, deployed());
    let table = resource(&resolved, "aws_dynamodb_table.t");
    assert_eq!(attribute(table, "name").as_str(), Some("aws:eu-west-1:111122223333"));
    assert_eq!(table.region.as_ref().and_then(Value::as_str), Some("eu-west-1"));
}

#[test]
fn what_the_provider_says_wins() {
    let said = "provider \"aws\" {\n  region = \"us-gov-west-1\"\n  allowed_account_ids = [\"999988887777\"]\n}\n";
    let resolved_ = resolved(&format!("{TABLE}{said}"), deployed());
    let table = resource(&resolved_, "aws_dynamodb_table.t");
    assert_eq!(attribute(table, "name").as_str(), Some("aws-us-gov:us-gov-west-1:999988887777"));
    let role = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::1:role/x\"\n  }\n}\n";
    let resolved = resolved(&format!("{TABLE}{role}"), deployed());
    assert!(resource(&resolved, "aws_dynamodb_table.t").account.is_none(), "the account of a role is another");
}

#[test]
fn the_last_value_of_a_variable_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("x.tfvars");
    std::fs::write(&file, "name = \"file\"\n").unwrap();
    std::fs::write(
        folder.path().join("main.tf"),
        "variable \"name\" {}\nresource \"aws_dynamodb_table\" \"t\" {\n  name = var.name\n}\n",
    )
    .unwrap();
    let single = Given::Variable("name".into(), "single".into());
    let file = Given::File(file.to_string_lossy().into_owned());
    for (inputs, expected) in [([single.clone(), file.clone()], "file"), ([file, single], "single")] {
        let terraform = terraform::Options { inputs: inputs.to_vec(), ..terraform::Options::default() };
        let root = Some(folder.path().to_path_buf());
        let options = Options { root, terraform, ..Options::new(folder.path()) };
        let resolved = resolve(&open(&options).unwrap(), &options).unwrap();
        assert_eq!(attribute(resource(&resolved, "aws_dynamodb_table.t"), "name").as_str(), Some(expected));
    }
}

#[test]
fn a_file_that_a_build_makes_is_a_warning() {
    let code = "resource \"aws_lambda_function\" \"f\" {\n  function_name = \"f\"\n  source_code_hash = \
                filebase64sha256(\"f.zip\")\n  description = try(file(\"f.txt\"), \"none\")\n}\n";
    let resolved = resolved(code, terraform::Options::default());
    let function = resource(&resolved, "aws_lambda_function.f");
    assert_eq!(attribute(function, "function_name").as_str(), Some("f"));
    assert_eq!(attribute(function, "description").as_str(), Some("none"));
    let Kind::Unknown(why) = &attribute(function, "source_code_hash").kind else { panic!() };
    assert_eq!(why.reason, Reason::Unreadable);
    let [problem] = &*resolved.problems else { panic!("{:?}", resolved.problems) };
    assert_eq!((problem.kind, problem.code), (ProblemKind::Warning, "terraform-missing-file"));
}

#[test]
fn instances_of_a_provider() {
    let code = r#"
locals {
  regions = toset(["eu-west-1", "us-east-1"])
}
provider "aws" {
  alias    = "by_region"
  for_each = local.regions
  region   = each.key
}
resource "aws_dynamodb_table" "t" {
  for_each = local.regions
  provider = aws.by_region[each.key]
  name     = each.key
}
resource "aws_dynamodb_table" "undecided" {
  provider = aws.by_region[var.region]
  name     = "u"
}
variable "region" {}
"#;
    let resolved = resolved(code, deployed());
    for region in ["eu-west-1", "us-east-1"] {
        let table = resource(&resolved, &format!("aws_dynamodb_table.t[\"{region}\"]"));
        assert_eq!(table.region.as_ref().and_then(Value::as_str), Some(region));
    }
    let undecided = resource(&resolved, "aws_dynamodb_table.undecided");
    assert!(undecided.region.as_ref().is_some_and(|region| region.as_str().is_none()));
}

#[test]
fn sources_of_modules_are_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(Path::new(path));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "main.tofu",
        "variable \"which\" {\n  default = \"table\"\n}\nmodule \"m\" {\n  source = \"./modules/${var.which}\"\n}\n",
    );
    write("modules/table/main.tofu", "resource \"aws_dynamodb_table\" \"t\" {\n  name = \"tofu\"\n}\n");
    write("modules/table/main.tf", "resource \"aws_dynamodb_table\" \"t\" {\n  name = \"terraform\"\n}\n");
    let options = Options { root: Some(folder.path().to_path_buf()), ..Options::new(folder.path()) };
    let resolved = resolve(&open(&options).unwrap(), &options).unwrap();
    let table = resource(&resolved, "module.m.aws_dynamodb_table.t");
    assert_eq!(attribute(table, "name").as_str(), Some("tofu"));
}
