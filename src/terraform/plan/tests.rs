//! A plan of `testdata/terraform/plan/orders` (made by terraform 1.11), with its code and without, and small states.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fs, path::Path};

use super::*;
use crate::source::Sources;
use crate::value::{Field, World};

struct Loaded {
    _folder: Option<tempfile::TempDir>,
    sources: Sources,
    stack: Stack,
}

impl Loaded {
    fn with_code() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/plan/orders");
        let sources = Sources::new(&root).unwrap();
        let stack = load(&Library::new(&sources), &sources.load(Path::new("plan.json")).unwrap());
        Self { _folder: None, sources, stack }
    }

    fn text(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plan.json"), text).unwrap();
        let sources = Sources::new(folder.path()).unwrap();
        let stack = load(&Library::new(&sources), &sources.load(Path::new("plan.json")).unwrap());
        Self { _folder: Some(folder), sources, stack }
    }

    fn without_code() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/plan/orders/plan.json");
        Self::text(&fs::read_to_string(path).unwrap())
    }

    fn resource(&self, address: &str) -> &Resource {
        self.stack.resources.iter().find(|resource| &*resource.id.address == address).expect(address)
    }

    fn with<T>(&self, address: &str, path: &str, look: impl FnOnce(Field<'_>) -> T) -> T {
        let world = World::new(&self.stack.variables);
        look(self.resource(address).get(&world, path))
    }

    /// What a property points at.
    fn written(&self, address: &str, path: &str) -> (String, String) {
        let span = self.with(address, path, |field| field.place().span).unwrap();
        (self.sources.file(span.file).path().to_owned(), self.sources.slice(span))
    }

    fn target(&self, address: &str, path: &str) -> String {
        self.with(address, path, |field| match &field.known().expect(path).kind {
            Kind::Reference(reference) => format!("{}.{}", reference.target.address, reference.attribute),
            other => panic!("{path} is {other:?}"),
        })
    }
}

const ORDERS: &str = "module.db[\"orders\"].aws_dynamodb_table.this";
const USERS: &str = "module.db[\"users\"].aws_dynamodb_table.this";

#[test]
fn references_come_back_through_modules() {
    for loaded in [Loaded::with_code(), Loaded::without_code()] {
        assert_eq!(loaded.target(ORDERS, "SSESpecification.KMSMasterKeyId"), "module.keys.aws_kms_key.k.Arn");
        assert_eq!(loaded.target("aws_vpc_endpoint.e", "VpcId"), "aws_vpc.v.Ref");
        let routes = loaded.with("aws_vpc_endpoint.e", "RouteTableIds", |field| {
            field.items().fields.iter().map(|item| item.known().unwrap().kind.clone()).collect::<Vec<_>>()
        });
        let addresses = routes.iter().map(|kind| match kind {
            Kind::Reference(reference) => reference.target.address.to_string(),
            other => panic!("{other:?}"),
        });
        assert_eq!(addresses.collect::<Vec<_>>(), ["aws_route_table.r[0]", "aws_route_table.r[1]"]);
        // The companion goes to the table of its own module instance.
        assert!(loaded.with(USERS, "ResourcePolicy.PolicyDocument.Statement", |field| field.known().is_some()));
        let attached = loaded
            .with("aws_iam_role.app", "ManagedPolicyArns", |field| (field.items().fields.len(), field.items().open));
        assert_eq!(attached, (1, None));
    }
}

#[test]
fn the_code_tells_absent_from_unknown() {
    let loaded = Loaded::with_code();
    assert!(loaded.with("aws_dynamodb_table.open", "PointInTimeRecoverySpecification", |field| field.is_absent()));
    assert!(
        loaded.with("aws_dynamodb_table.open", "SSESpecification", |field| field.unknown().is_some()),
        "a dynamic block over an unknown"
    );
    assert!(loaded.with(ORDERS, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", |field| {
        field.is_true(false).is_true()
    }));
    let plan = Loaded::without_code();
    assert!(
        plan.with("aws_dynamodb_table.open", "PointInTimeRecoverySpecification", |field| field.unknown().is_some())
    );
    assert!(
        plan.with("aws_dynamodb_table.open", "ProvisionedThroughput", |field| field.is_absent()),
        "arguments are never dynamic"
    );
}

#[test]
fn places_lie_in_the_code() {
    let loaded = Loaded::with_code();
    let at = |address, path| loaded.written(address, path);
    assert_eq!(at(ORDERS, "SSESpecification.SSEEnabled"), ("db/main.tf".into(), "true".into()));
    assert_eq!(at(ORDERS, "SSESpecification.KMSMasterKeyId"), ("db/main.tf".into(), "var.key_arn".into()));
    assert_eq!(
        at(ORDERS, "DeletionProtectionEnabled"),
        ("db/main.tf".into(), "resource \"aws_dynamodb_table\" \"this\"".into())
    );
    assert_eq!(at("aws_iam_role.app", "AssumeRolePolicyDocument.Statement").1, "\"Statement\"");
    let calls = &loaded.resource(ORDERS).module_calls;
    assert_eq!((&*calls[0].address, &*loaded.sources.slice(calls[0].span)), ("module.db[\"orders\"]", "module \"db\""));
    let plan = Loaded::without_code();
    assert_eq!(plan.written(ORDERS, "TableName"), ("plan.json".into(), "\"orders\"".into()));
}

#[test]
fn sensitive_values_are_marked_and_regions_known() {
    let loaded = Loaded::with_code();
    let token = loaded.with("aws_dynamodb_table.open", "Tags", |field| {
        let items = field.items().fields;
        let token = items.iter().find(|item| item.get("Key").known().and_then(Value::as_str) == Some("token")).unwrap();
        token.get("Value").known().unwrap().clone()
    });
    assert!(token.is_sensitive());
    assert!(!loaded.with("aws_dynamodb_table.open", "TableName", |field| field.known().unwrap().is_sensitive()));
    assert_eq!(loaded.resource(ORDERS).region.as_ref().and_then(Value::as_str), Some("eu-central-1"));
}

#[test]
fn what_is_destroyed_is_not_judged() {
    let change = |address: &str, actions: &str| {
        format!(
            r#"{{"address":"{address}","mode":"managed","type":"aws_kms_key","name":"k","change":{{"actions":[{actions}],"before":{{}},"after":{{"is_enabled":false}},"after_unknown":{{}}}}}}"#
        )
    };
    let changes = [
        change("aws_kms_key.a", "\"delete\""),
        change("aws_kms_key.b", "\"delete\",\"create\""),
        change("aws_kms_key.c", "\"no-op\""),
        change("aws_kms_key.d", "\"forget\""),
    ];
    let text = format!(
        r#"{{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{{}},"resource_changes":[{}]}}"#,
        changes.join(",")
    );
    let loaded = Loaded::text(&text);
    let addresses: Vec<_> = loaded.stack.resources.iter().map(|resource| &*resource.id.address).collect();
    assert_eq!(addresses, ["aws_kms_key.b", "aws_kms_key.c"]);
    assert!(loaded.with("aws_kms_key.c", "Enabled", |field| field.is_true(true).is_false()));
}

#[test]
fn states_of_both_kinds() {
    let file = r#"{"version":4,"terraform_version":"1.11.4","lineage":"x","resources":[{"module":"module.m[0]","mode":"managed",
        "type":"aws_dynamodb_table","name":"t","instances":[{"index_key":"a","attributes":{"name":"t","tags":{"k":"v"},"point_in_time_recovery":[{"enabled":true}]},
        "sensitive_attributes":[[{"type":"get_attr","value":"tags"},{"type":"index","value":{"value":"k","type":"string"}}]]}]}]}"#;
    let shown = r#"{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"child_modules":[{"address":"module.m[0]","resources":[
        {"address":"module.m[0].aws_dynamodb_table.t[\"a\"]","mode":"managed","type":"aws_dynamodb_table","name":"t",
        "values":{"name":"t","tags":{"k":"v"},"point_in_time_recovery":[{"enabled":true}]},"sensitive_values":{"tags":{"k":true}}}]}]}}}"#;
    for text in [file, shown] {
        assert_eq!(recognise(text), Some(StackKind::TerraformState));
        let loaded = Loaded::text(text);
        let address = "module.m[0].aws_dynamodb_table.t[\"a\"]";
        assert!(loaded.with(address, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", |field| {
            field.is_true(false).is_true()
        }));
        assert_eq!(&*loaded.resource(address).definition, "module.m.aws_dynamodb_table.t");
        assert!(
            loaded.with(address, "Tags", |field| field.items().fields[0].get("Value").known().unwrap().is_sensitive())
        );
    }
}

#[test]
fn other_json_is_not_taken_for_a_plan() {
    assert_eq!(recognise("{\"Resources\":{}}"), None);
    assert_eq!(recognise("resource_changes"), None);
    assert_eq!(recognise(r#"{"terraform_version":"1","terraform":{}}"#), None);
    let loaded = Loaded::text(r#"{"terraform_version":"1","planned_values":{},"resource_changes":7}"#);
    assert_eq!((loaded.stack.resources.len(), loaded.stack.problems.len()), (0, 1));
}

#[test]
fn constants_that_are_not_known_are_null() {
    // `kms_key_arn` comes of a variable that the call does not set, `name` of the function that only a deployment
    // evaluates, `stream_view_type` of a resource.
    let text = r#"{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{},
        "variables":{"region":{"value":"eu-west-1"}},
        "resource_changes":[{"address":"module.m.aws_dynamodb_table.t","mode":"managed","type":"aws_dynamodb_table","name":"t",
            "change":{"actions":["create"],"before":null,
                "after":{"billing_mode":"PAY_PER_REQUEST","server_side_encryption":[{"enabled":true}]},
                "after_unknown":{"name":true,"stream_view_type":true,"read_capacity":true,"server_side_encryption":[{"kms_key_arn":true}]}}}],
        "configuration":{"provider_config":{"aws":{"name":"aws","expressions":{"region":{"references":["var.region"]}}}},
            "root_module":{"module_calls":{"m":{"source":"./m","expressions":{"capacity":{"constant_value":null}},"module":{
                "variables":{"key":{"default":null},"capacity":{}},
                "resources":[{"address":"aws_dynamodb_table.t","mode":"managed","type":"aws_dynamodb_table","name":"t","provider_config_key":"aws",
                    "expressions":{"name":{"references":["var.key"]},"read_capacity":{"references":["var.capacity"]},
                        "stream_view_type":{"references":["local.x"]},
                        "server_side_encryption":[{"enabled":{"constant_value":true},"kms_key_arn":{"references":["var.key"]}}]}}]}}}}}}"#;
    let loaded = Loaded::text(text);
    let address = "module.m.aws_dynamodb_table.t";
    assert!(loaded.with(address, "SSESpecification.KMSMasterKeyId", |field| field.is_absent()));
    assert!(loaded.with(address, "ProvisionedThroughput", |field| field.is_absent()));
    assert!(loaded.with(address, "TableName", |field| field.unknown().is_some()), "no provider computes a name");
    assert!(loaded.with(address, "StreamSpecification.StreamViewType", |field| field.unknown().is_some()));
    assert_eq!(loaded.resource(address).region.as_ref().and_then(Value::as_str), Some("eu-west-1"));
}

#[test]
fn the_code_is_evaluated_for_what_a_plan_leaves_open() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("main.tf"),
        "variable \"days\" {\n  default = 7\n}\nlocals {\n  key = null\n  ttl = var.days > 5 ? [] : [1]\n}\n\
         resource \"aws_dynamodb_table\" \"t\" {\n  name = \"t\"\n  server_side_encryption {\n    enabled = true\n    \
         kms_key_arn = local.key\n  }\n  dynamic \"ttl\" {\n    for_each = local.ttl\n    content {\n      enabled = true\n    }\n  }\n}\n",
    )
    .unwrap();
    let plan = |days: &str| {
        format!(
            r#"{{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{{}},"variables":{{"days":{{"value":{days}}}}},
            "resource_changes":[{{"address":"aws_dynamodb_table.t","mode":"managed","type":"aws_dynamodb_table","name":"t",
                "change":{{"actions":["create"],"before":null,"after":{{"name":"t","server_side_encryption":[{{"enabled":true}}]}},
                    "after_unknown":{{"ttl":true,"point_in_time_recovery":true,"server_side_encryption":[{{"kms_key_arn":true}}]}}}}}}],
            "configuration":{{"root_module":{{"resources":[{{"address":"aws_dynamodb_table.t","mode":"managed","type":"aws_dynamodb_table","name":"t",
                "expressions":{{"name":{{"constant_value":"t"}},"server_side_encryption":[{{"enabled":{{"constant_value":true}},"kms_key_arn":{{"references":["local.key"]}}}}]}}}}]}}}}}}"#
        )
    };
    for (days, ttl) in [("7", false), ("3", true)] {
        fs::write(folder.path().join("plan.json"), plan(days)).unwrap();
        let sources = Sources::new(folder.path()).unwrap();
        let stack = load(&Library::new(&sources), &sources.load(Path::new("plan.json")).unwrap());
        let loaded = Loaded { _folder: None, sources, stack };
        let address = "aws_dynamodb_table.t";
        assert!(loaded.with(address, "SSESpecification.KMSMasterKeyId", |field| field.is_absent()), "null in the code");
        assert!(loaded.with(address, "PointInTimeRecoverySpecification", |field| field.is_absent()));
        assert_eq!(loaded.with(address, "TimeToLiveSpecification", |field| !field.is_absent()), ttl, "{days} days");
    }
}
