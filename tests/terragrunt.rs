//! Terragrunt units: each deploys a local module with values of its own and of the files that it includes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use iac_check::{
    check::{Options, Resolved, open, resolve},
    model::Resource,
    value::{Kind, Reason, Value},
};

fn resolved(folder: &Path) -> Resolved {
    let options = Options { root: Some(folder.to_path_buf()), ..Options::new(folder) };
    resolve(&open(&options).unwrap(), &options).unwrap()
}

fn attribute<'r>(resource: &'r Resource, path: &str) -> &'r Value {
    path.split('.').fold(&resource.attributes, |value, step| match (&value.kind, step.parse::<usize>()) {
        (Kind::List(list), Ok(at)) => &list.items[at],
        _ => value.as_map().and_then(|map| map.get(step)).unwrap_or_else(|| panic!("no {path}: {value:?}")),
    })
}

#[test]
fn units_pass_their_inputs_to_local_modules() {
    let resolved = resolved(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/terragrunt"));
    let stacks: Vec<&str> = resolved.stacks.iter().map(|stack| &*stack.id).collect();
    assert_eq!(stacks, ["live/dev/table", "live/prod/table"], "the module is no root of its own");
    for (stack, name, recovery) in [(&resolved.stacks[0], "dev-t", false), (&resolved.stacks[1], "prod-t", true)] {
        let [table] = &*stack.resources else { panic!("{:?}", stack.resources) };
        assert_eq!(*table.id.stack, *stack.id);
        assert_eq!(attribute(table, "name").as_str(), Some(name), "a file read from the folders above");
        assert_eq!(
            attribute(table, "point_in_time_recovery.0.enabled").kind,
            Kind::Bool(recovery),
            "a unit's input before the included one"
        );
        assert_eq!(attribute(table, "tags.where").as_str(), stack.id.strip_prefix("live/"));
        let Kind::Unknown(key) = &attribute(table, "server_side_encryption.0.kms_key_arn").kind else {
            panic!("an output of another unit")
        };
        assert_eq!((key.reason, &*key.subject), (Reason::External, "dependency.kms.outputs.arn"));
        let Kind::Unknown(owner) = &attribute(table, "tags.owner").kind else { panic!("the environment") };
        assert_eq!(owner.reason, Reason::Input);
    }
    assert!(resolved.problems.is_empty(), "{:?}", resolved.problems);
}

#[test]
fn what_is_not_here_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("remote/terragrunt.hcl", "terraform {\n  source = \"git::https://example.com/m.git\"\n}\n");
    write(
        "lost/terragrunt.hcl",
        "include \"root\" {\n  path = find_in_parent_folders(\"nowhere.hcl\")\n}\nterraform {\n  source = \"../m\"\n}\n",
    );
    write(
        "loop/terragrunt.hcl",
        "locals {\n  a = local.b\n  b = local.a\n}\nterraform {\n  source = \"../m\"\n}\ninputs = {\n  name = local.a\n}\n",
    );
    write(
        "m/main.tf",
        "variable \"name\" {\n  default = \"x\"\n}\nresource \"aws_dynamodb_table\" \"t\" {\n  name = var.name\n}\n",
    );
    let resolved = resolved(folder.path());
    for part in ["git::https://example.com/m.git", "nowhere.hcl", "needs itself"] {
        assert!(
            resolved.problems.iter().any(|problem| problem.message.contains(part)),
            "{part}: {:?}",
            resolved.problems
        );
    }
    assert_eq!(resolved.stacks.len(), 2);
}
