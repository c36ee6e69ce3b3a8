//! Goldens per area, written as plan attributes and expected properties, and the tables against the schemas.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{collections::HashSet, fs, path::Path, sync::Arc};

use serde_json::json;

use super::*;
use crate::{
    model::Lifecycle,
    source::Span,
    terraform::json as reader,
    value::{Choice, Formula, List, Pattern, Piece, Reason, Reference, ResourceId, Symbol, Unknown},
};

struct Bench {
    _folder: tempfile::TempDir,
    sources: Sources,
    span: Span,
    text: String,
}

impl Bench {
    /// A file with all attributes, so that every value has a place.
    fn new(resources: &serde_json::Value) -> (Self, Vec<Resource>) {
        let folder = tempfile::tempdir().unwrap();
        let text = serde_json::to_string_pretty(resources).unwrap();
        fs::write(folder.path().join("a.json"), &text).unwrap();
        let sources = Sources::new(folder.path()).unwrap();
        let span = sources.load(Path::new("a.json")).unwrap().span();
        let bench = Self { _folder: folder, sources, span, text };
        let all = reader::parse(&bench.text, &|range| Some(Span::new(span.file, range))).unwrap();
        let made =
            all.as_map().unwrap().entries.iter().map(|entry| bench.resource(&entry.key, entry.value.clone())).collect();
        (bench, made)
    }

    fn resource(&self, address: &str, attributes: Value) -> Resource {
        let source_type: Arc<str> = address.split('.').next().unwrap().into();
        Resource {
            id: id(address),
            definition: address.split('[').next().unwrap().into(),
            instance: None,
            kind: Arc::clone(&source_type),
            source_type,
            mode: Mode::Managed,
            header: self.span,
            body: self.span,
            properties: Value::absent(),
            attributes: references(attributes),
            exists: Formula::TRUE,
            module_calls: Vec::new(),
            region: None,
            account: None,
            lifecycle: Lifecycle::default(),
            metadata: None,
            construct_path: None,
            origin: None,
        }
    }
}

fn id(address: &str) -> ResourceId {
    ResourceId { stack: "s".into(), address: address.into() }
}

/// In these tests `"&aws_x.y.arn"` stands for a reference, `"?"` for an unknown, `{"$if": [a, b]}` for a choice.
fn references(value: Value) -> Value {
    let kind = match value.kind {
        Kind::String(text) if &*text.text == "?" => Kind::Unknown(Arc::new(Unknown::new(Reason::Input, "var.x"))),
        Kind::String(text) if text.text.starts_with('&') => {
            let (target, attribute) = text.text[1..].rsplit_once('.').unwrap();
            Kind::Reference(Reference { target: id(target), attribute: attribute.into() })
        }
        Kind::List(list) => Kind::List(List { items: list.items.into_iter().map(references).collect(), open: None }),
        Kind::Map(map) if map.get("$if").is_some() => {
            let arms = map.get("$if").unwrap().as_list().unwrap().items.clone();
            let guard = |at| if at == 0 { Formula::is_true("s:c") } else { Formula::TRUE };
            let arms = arms.into_iter().enumerate().map(|(at, arm)| (guard(at), references(arm))).collect();
            Kind::Choice(Arc::new(Choice { arms }))
        }
        Kind::Map(mut map) => {
            map.entries.iter_mut().for_each(|entry| entry.value = references(entry.value.clone()));
            Kind::Map(map)
        }
        kind => kind,
    };
    Value { kind, ..value }
}

/// The inverse of [`references`], to compare.
fn plain(value: &Value) -> serde_json::Value {
    match &value.kind {
        Kind::Absent | Kind::Null => json!(null),
        Kind::Bool(value) => json!(value),
        Kind::Number(number) => serde_json::from_str(&number.text()).unwrap(),
        Kind::String(text) => json!(&*text.text),
        Kind::Pattern(pattern) => json!(pattern.to_string()),
        Kind::Reference(reference) => json!(format!("&{}.{}", reference.target.address, reference.attribute)),
        Kind::Unknown(_) => json!("?"),
        Kind::Choice(choice) => json!({ "$if": choice.arms.iter().map(|(_, arm)| plain(arm)).collect::<Vec<_>>() }),
        Kind::List(list) => {
            let open = list.open.as_ref().map(|_| json!("…"));
            list.items.iter().map(plain).chain(open).collect()
        }
        Kind::Map(map) => map
            .entries
            .iter()
            .map(|entry| (entry.key.to_string(), plain(&entry.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// Lowers resources given by address and compares kind and properties of those that are expected.
fn check(given: serde_json::Value, expected: serde_json::Value) -> (Bench, Vec<Resource>) {
    let (bench, mut resources) = Bench::new(&given);
    lower(&bench.sources, &mut resources);
    for (address, expected) in expected.as_object().unwrap() {
        let found = resources.iter().find(|resource| &*resource.id.address == address).expect(address);
        let mut shown = plain(&found.properties);
        shown.as_object_mut().unwrap().insert("!".into(), json!(&*found.kind));
        assert_eq!(&shown, expected, "{address}: {}", serde_json::to_string_pretty(&shown).unwrap());
    }
    (bench, resources)
}

#[test]
fn a_table_with_everything() {
    check(
        json!({ "aws_dynamodb_table.t": {
            "name": "orders", "hash_key": "id", "range_key": "at", "billing_mode": "PAY_PER_REQUEST",
            "attribute": [{ "name": "id", "type": "S" }, { "name": "at", "type": "N" }],
            "server_side_encryption": [{ "enabled": true, "kms_key_arn": "&aws_kms_key.k.arn" }],
            "point_in_time_recovery": [{ "enabled": true, "recovery_period_in_days": null }],
            "ttl": [], "stream_enabled": true, "stream_view_type": "NEW_IMAGE", "read_capacity": null,
            "local_secondary_index": [{ "name": "l", "range_key": "at", "projection_type": "KEYS_ONLY", "non_key_attributes": [] }],
            "global_secondary_index": [{ "name": "g", "hash_key": "at", "range_key": "", "projection_type": "ALL" }],
            "replica": [{ "region_name": "eu-west-1", "kms_key_arn": "", "point_in_time_recovery": false, "propagate_tags": true }],
            "tags": { "a": "b" }, "tags_all": { "a": "b", "team": "x" }, "timeouts": null,
            "on_demand_throughput": [{ "max_read_request_units": -1, "max_write_request_units": 5 }], "future": 1
        }}),
        json!({ "aws_dynamodb_table.t": {
            "!": "AWS::DynamoDB::Table", "TableName": "orders", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }, { "AttributeName": "at", "KeyType": "RANGE" }],
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }, { "AttributeName": "at", "AttributeType": "N" }],
            "SSESpecification": { "SSEEnabled": true, "KMSMasterKeyId": "&aws_kms_key.k.Arn" },
            "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true },
            "StreamSpecification": { "StreamViewType": "NEW_IMAGE" },
            "LocalSecondaryIndexes": [{ "IndexName": "l", "Projection": { "ProjectionType": "KEYS_ONLY", "NonKeyAttributes": [] },
                "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }, { "AttributeName": "at", "KeyType": "RANGE" }] }],
            "GlobalSecondaryIndexes": [{ "IndexName": "g", "Projection": { "ProjectionType": "ALL" },
                "KeySchema": [{ "AttributeName": "at", "KeyType": "HASH" }] }],
            "Replicas": [{ "Region": "eu-west-1", "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": false },
                "propagate_tags": true, "Tags": [{ "Key": "a", "Value": "b" }, { "Key": "team", "Value": "x" }] }],
            "Tags": [{ "Key": "a", "Value": "b" }, { "Key": "team", "Value": "x" }],
            "OnDemandThroughput": { "MaxWriteRequestUnits": 5 }, "future": 1
        }}),
    );
}

#[test]
fn companions_of_a_table() {
    let policy = r#"{"Statement":[{"Effect":"Allow"}]}"#;
    let arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
    check(
        json!({
            "aws_dynamodb_table.t": { "name": "orders", "stream_enabled": true, "stream_view_type": "KEYS_ONLY" },
            "aws_dynamodb_resource_policy.p": { "resource_arn": arn, "policy": policy },
            "aws_dynamodb_resource_policy.s": { "resource_arn": "&aws_dynamodb_table.t.stream_arn", "policy": policy },
            "aws_dynamodb_table_replica.r": { "global_table_arn": "&aws_dynamodb_table.t.arn", "point_in_time_recovery": true },
            "aws_dynamodb_kinesis_streaming_destination.k": { "table_name": "orders", "stream_arn": "&aws_kinesis_stream.s.arn" },
            "aws_dynamodb_contributor_insights.c": { "table_name": "&aws_dynamodb_table.t.name", "index_name": "" },
            "aws_dynamodb_contributor_insights.i": { "table_name": "orders", "index_name": "g" },
            "aws_dynamodb_tag.t": { "resource_arn": "&aws_dynamodb_table.t.arn", "key": "a", "value": "b" },
            "aws_dynamodb_resource_policy.other": { "resource_arn": "&aws_dynamodb_table.other.arn", "policy": policy },
        }),
        json!({
            "aws_dynamodb_table.t": {
                "!": "AWS::DynamoDB::Table", "TableName": "orders",
                "StreamSpecification": { "StreamViewType": "KEYS_ONLY", "ResourcePolicy": { "PolicyDocument": { "Statement": [{ "Effect": "Allow" }] } } },
                "ResourcePolicy": { "PolicyDocument": { "Statement": [{ "Effect": "Allow" }] } },
                "Replicas": [{ "Region": "?", "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true } }],
                "KinesisStreamSpecification": { "StreamArn": "&aws_kinesis_stream.s.Arn" },
                "ContributorInsightsSpecification": { "Enabled": true },
                "Tags": [{ "Key": "a", "Value": "b" }],
            },
            "aws_dynamodb_resource_policy.p": { "!": "aws_dynamodb_resource_policy", "resource_arn": arn, "policy": policy },
        }),
    );
}

#[test]
fn conditions_and_gaps_stay() {
    let (_, resources) = check(
        json!({ "aws_dynamodb_table.t": {
            "server_side_encryption": { "$if": [[{ "enabled": true }], []] },
            "point_in_time_recovery": [{ "enabled": { "$if": [true, null] } }],
            "ttl": "?", "stream_enabled": "?", "range_key": { "$if": ["r", null] }, "hash_key": "h",
            "replica": [{ "$if": [{ "region_name": "r" }, null] }], "tags": { "a": "?" },
        }}),
        json!({ "aws_dynamodb_table.t": {
            "!": "AWS::DynamoDB::Table",
            "SSESpecification": { "$if": [{ "SSEEnabled": true }, null] },
            "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": { "$if": [true, null] } },
            "TimeToLiveSpecification": "?", "StreamSpecification": "?",
            "KeySchema": [{ "AttributeName": "h", "KeyType": "HASH" }, { "$if": [{ "AttributeName": "r", "KeyType": "RANGE" }, null] }],
            "Replicas": [{ "$if": [{ "Region": "r" }, null] }], "Tags": [{ "Key": "a", "Value": "?" }],
        }}),
    );
    assert_eq!(resources.len(), 1);
}

#[test]
fn keys_and_their_policies() {
    let (bench, resources) = check(
        json!({
            "aws_kms_key.k": { "enable_key_rotation": true, "policy": "{\"Version\":\"2012-10-17\"}", "xks_key_id": null },
            "aws_kms_key_policy.p": { "key_id": "&aws_kms_key.k.id", "policy": "{\"Statement\":[]}" },
            "aws_kms_external_key.e": { "enabled": true, "key_spec": null },
            "aws_kms_alias.a": { "name": "alias/x", "target_key_id": "&aws_kms_key.k.key_id" },
        }),
        json!({
            "aws_kms_key.k": { "!": "AWS::KMS::Key", "EnableKeyRotation": true, "KeyPolicy": { "Statement": [] } },
            "aws_kms_external_key.e": { "!": "AWS::KMS::Key", "Enabled": true, "Origin": "EXTERNAL" },
            "aws_kms_alias.a": { "!": "AWS::KMS::Alias", "AliasName": "alias/x", "TargetKeyId": "&aws_kms_key.k.Ref" },
        }),
    );
    let key = resources.iter().find(|resource| &*resource.id.address == "aws_kms_key.k").unwrap();
    let place = key.properties.as_map().unwrap().entry("KeyPolicy").unwrap();
    let statement = place.value.as_map().unwrap().entry("Statement").unwrap();
    assert_eq!(bench.sources.slice(statement.key_span.unwrap()), r#"\"Statement\""#, "the companion's place");
}

#[test]
fn identities_get_what_is_attached() {
    check(
        json!({
            "aws_iam_role.r": { "name": "app", "assume_role_policy": "{\"Statement\":[{}]}", "managed_policy_arns": ["arn:aws:iam::aws:policy/A"] },
            "aws_iam_role_policy.p": { "role": "app", "name": "p", "policy": "{\"Statement\":[]}" },
            "aws_iam_role_policy.far": { "role": "elsewhere", "name": "q", "policy": "{}" },
            "aws_iam_role_policy_attachment.a": { "role": "&aws_iam_role.r.name", "policy_arn": "&aws_iam_policy.p.arn" },
            "aws_iam_policy_attachment.x": { "roles": ["app"], "users": ["u"], "policy_arn": "arn:aws:iam::aws:policy/B" },
            "aws_iam_user.u": { "name": "u" }, "aws_iam_group_membership.m": { "users": ["u"], "group": "g" },
        }),
        json!({
            "aws_iam_role.r": { "!": "AWS::IAM::Role", "RoleName": "app", "AssumeRolePolicyDocument": { "Statement": [{}] },
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B", "&aws_iam_policy.p.Ref"],
                "Policies": [{ "PolicyName": "p", "PolicyDocument": { "Statement": [] } }] },
            "aws_iam_user.u": { "!": "AWS::IAM::User", "UserName": "u", "ManagedPolicyArns": ["arn:aws:iam::aws:policy/B"], "Groups": ["g"] },
            "aws_iam_role_policy.far": { "!": "AWS::IAM::RolePolicy", "RoleName": "elsewhere", "PolicyName": "q", "PolicyDocument": {} },
        }),
    );
}

#[test]
fn networks() {
    check(
        json!({
            "aws_vpc_endpoint.e": { "vpc_id": "&aws_vpc.v.id", "service_name": "com.amazonaws.eu-west-1.dynamodb", "route_table_ids": ["rtb-1"] },
            "aws_vpc_endpoint_route_table_association.a": { "vpc_endpoint_id": "&aws_vpc_endpoint.e.id", "route_table_id": "&aws_route_table.r.id" },
            "aws_route_table.r": { "vpc_id": "&aws_vpc.v.id", "route": [{ "cidr_block": "0.0.0.0/0", "nat_gateway_id": "&aws_nat_gateway.n.id", "gateway_id": "" }] },
            "aws_default_route_table.d": { "default_route_table_id": "&aws_vpc.v.default_route_table_id" },
            "aws_security_group.s": { "ingress": [{ "from_port": 1, "to_port": 2, "protocol": "tcp", "cidr_blocks": ["a", "b"], "self": true }] },
            "aws_main_route_table_association.m": { "vpc_id": "&aws_vpc.v.id", "route_table_id": "&aws_route_table.r.id" },
        }),
        json!({
            "aws_vpc_endpoint.e": { "!": "AWS::EC2::VPCEndpoint", "VpcId": "&aws_vpc.v.Ref", "ServiceName": "com.amazonaws.eu-west-1.dynamodb",
                "RouteTableIds": ["rtb-1", "&aws_route_table.r.Ref"] },
            "aws_route_table.r.route[0]": { "!": "AWS::EC2::Route", "DestinationCidrBlock": "0.0.0.0/0",
                "NatGatewayId": "&aws_nat_gateway.n.Ref", "RouteTableId": "&aws_route_table.r.Ref" },
            "aws_default_route_table.d": { "!": "AWS::EC2::RouteTable", "default_route_table_id": "&aws_vpc.v.default_route_table_id", "VpcId": "&aws_vpc.v.Ref" },
            "aws_security_group.s": { "!": "AWS::EC2::SecurityGroup", "SecurityGroupEgress": [], "SecurityGroupIngress": [
                { "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "a" }, { "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "b" },
                { "IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "SourceSecurityGroupId": "&aws_security_group.s.Ref" }] },
            "aws_main_route_table_association.m": { "!": "aws_main_route_table_association", "vpc_id": "&aws_vpc.v.Ref", "route_table_id": "&aws_route_table.r.Ref" },
        }),
    );
}

#[test]
fn trails_backups_and_code() {
    check(
        json!({
            "aws_cloudtrail.t": { "name": "t", "event_selector": [{ "read_write_type": "All", "data_resource": [{ "type": "AWS::DynamoDB::Table", "values": ["arn:aws:dynamodb"] }] }] },
            "aws_cloudtrail_event_data_store.e": { "suspend": false },
            "aws_backup_vault.v": { "name": "v" },
            "aws_backup_vault_lock_configuration.l": { "backup_vault_name": "v", "min_retention_days": 7 },
            "aws_backup_selection.s": { "plan_id": "&aws_backup_plan.p.id", "condition": [{ "string_equals": [{ "key": "k", "value": "v" }], "string_like": [] }] },
            "aws_ecs_task_definition.d": { "container_definitions": "[{\"name\":\"c\",\"environment\":[{\"name\":\"A\",\"value\":\"b\"}]}]" },
            "aws_ecs_service.s": { "network_configuration": [{ "subnets": ["&aws_subnet.a.id"], "assign_public_ip": false }] },
            "aws_cloudwatch_event_rule.r": { "name": "r", "event_pattern": "{\"source\":[\"aws.kms\"]}" },
            "aws_cloudwatch_event_target.t": { "rule": "r", "arn": "&aws_lambda_function.f.arn", "dead_letter_config": [] },
        }),
        json!({
            "aws_cloudtrail.t": { "!": "AWS::CloudTrail::Trail", "TrailName": "t",
                "EventSelectors": [{ "ReadWriteType": "All", "DataResources": [{ "Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"] }] }] },
            "aws_cloudtrail_event_data_store.e": { "!": "AWS::CloudTrail::EventDataStore", "IngestionEnabled": true },
            "aws_backup_vault.v": { "!": "AWS::Backup::BackupVault", "BackupVaultName": "v", "LockConfiguration": { "MinRetentionDays": 7 } },
            "aws_backup_selection.s": { "!": "AWS::Backup::BackupSelection", "BackupPlanId": "&aws_backup_plan.p.Ref",
                "BackupSelection": { "Conditions": { "StringEquals": [{ "ConditionKey": "k", "ConditionValue": "v" }] } } },
            "aws_ecs_task_definition.d": { "!": "AWS::ECS::TaskDefinition", "ContainerDefinitions": [{ "Name": "c", "Environment": [{ "Name": "A", "Value": "b" }] }] },
            "aws_ecs_service.s": { "!": "AWS::ECS::Service", "NetworkConfiguration": { "AwsvpcConfiguration": { "Subnets": ["&aws_subnet.a.Ref"], "AssignPublicIp": "DISABLED" } } },
            "aws_cloudwatch_event_rule.r": { "!": "AWS::Events::Rule", "Name": "r", "EventPattern": { "source": ["aws.kms"] },
                "Targets": [{ "Arn": "&aws_lambda_function.f.Arn" }] },
        }),
    );
}

#[test]
fn buckets() {
    check(
        json!({
            "aws_s3_bucket.b": { "bucket": "logs" },
            "aws_s3_bucket_acl.a": { "bucket": "&aws_s3_bucket.b.id", "acl": "public-read" },
            "aws_s3_bucket_public_access_block.p": { "bucket": "logs", "block_public_acls": true },
            "aws_s3_bucket_server_side_encryption_configuration.e": { "bucket": "logs",
                "rule": [{ "apply_server_side_encryption_by_default": [{ "sse_algorithm": "aws:kms" }], "bucket_key_enabled": null }] },
            "aws_s3_bucket_policy.p": { "bucket": "&aws_s3_bucket.b.bucket", "policy": "{}" },
        }),
        json!({
            "aws_s3_bucket.b": { "!": "AWS::S3::Bucket", "BucketName": "logs", "AccessControl": "PublicRead",
                "PublicAccessBlockConfiguration": { "BlockPublicAcls": true },
                "BucketEncryption": { "ServerSideEncryptionConfiguration": [{ "ServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms" } }] } },
            "aws_s3_bucket_policy.p": { "!": "AWS::S3::BucketPolicy", "Bucket": "&aws_s3_bucket.b.Ref", "PolicyDocument": {} },
        }),
    );
}

#[test]
fn a_conditional_companion_completes_conditionally() {
    let (bench, mut resources) = Bench::new(&json!({
        "aws_kms_key.k": { "policy": "{\"a\":1}" },
        "aws_kms_key_policy.p": { "key_id": "&aws_kms_key.k.id", "policy": "{\"b\":1}" },
        "aws_iam_role.r": { "name": "x" },
        "aws_iam_role_policy_attachment.a": { "role": "x", "policy_arn": "p" },
    }));
    for resource in resources
        .iter_mut()
        .filter(|resource| matches!(&*resource.source_type, "aws_kms_key_policy" | "aws_iam_role_policy_attachment"))
    {
        resource.exists = Formula::is_true("s:c");
    }
    assert!(lower(&bench.sources, &mut resources).is_empty(), "no conflict is certain");
    let of = |source_type: &str| {
        plain(&resources.iter().find(|resource| &*resource.source_type == source_type).unwrap().properties)
    };
    assert_eq!(of("aws_kms_key"), json!({ "KeyPolicy": { "$if": [{ "b": 1 }, { "a": 1 }] } }));
    assert_eq!(of("aws_iam_role")["ManagedPolicyArns"], json!({ "$if": [["p"], null] }));
}

#[test]
fn a_reference_inside_a_policy_stays_a_reference() {
    let (bench, mut resources) = Bench::new(&json!({ "aws_iam_policy.p": {} }));
    let arn = Symbol::Reference(Reference { target: id("aws_dynamodb_table.t"), attribute: "arn".into() });
    let pieces = ["{\"Resource\":[\"", "\",\"", "/index/*\"]}"].map(|text| Piece::Literal(text.into()));
    let [a, b, c] = pieces;
    let pattern = Pattern::new([a, Piece::Symbol(arn.clone()), b, Piece::Symbol(arn), c]);
    let Kind::Map(map) = &mut resources[0].attributes.kind else { panic!() };
    map.insert("policy", None, Value::new(Kind::Pattern(pattern)));
    lower(&bench.sources, &mut resources);
    let expected = json!({ "PolicyDocument": { "Resource": ["&aws_dynamodb_table.t.Arn", "${aws_dynamodb_table.t.Arn}/index/*"] } });
    assert_eq!(plain(&resources[0].properties), expected);
}

#[test]
fn tables_agree_with_the_schemas() {
    let lines = |name: &str| -> HashSet<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/lower").join(name);
        fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    };
    let (terraform, registry) = (lines("terraform-attributes.tsv"), lines("cloudformation-properties.tsv"));
    let mut wrong = Vec::new();
    let rows = table::all_rows();
    for (source_type, kind, from, to) in &rows {
        let attribute = format!("{source_type}\t{}", from.replace("[]", "").replace("{}", ""));
        let is_block = terraform.iter().any(|known| known.starts_with(&format!("{attribute}.")));
        if !terraform.contains(&attribute) && !is_block {
            wrong.push(attribute);
        }
        // What only a global table has in CloudFormation, see the normal form in `lower`.
        let kind = match kind.as_deref() {
            Some("AWS::DynamoDB::Table") if to.starts_with("Replicas") || to.starts_with("GlobalTableWitnesses") => {
                Some("AWS::DynamoDB::GlobalTable")
            }
            kind => kind,
        };
        let property = to.strip_suffix("[]").unwrap_or(to);
        if let Some(kind) = kind
            && !property.is_empty()
            && !registry.contains(&format!("{kind}\t{property}"))
        {
            wrong.push(format!("{kind}\t{to}"));
        }
    }
    println!("{} of {} agree", rows.len() - wrong.len(), rows.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
