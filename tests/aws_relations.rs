//! Relations read from the model: trails, backup plans, networks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use iac_check::{
    aws::{
        Project, Settings, backup,
        cloudtrail::{self, Summary},
        dynamodb::Table,
        network::Topology,
        workload::Workload,
    },
    value::{Truth, World},
};
use serde_json::{Value, json};

const YES: Truth = Truth::True;
const NO: Truth = Truth::False;
const MAYBE: Truth = Truth::Unknown;

fn with(project: &Value, more: &Value) -> Project {
    let mut all = project.as_object().unwrap().clone();
    all.extend(more.as_object().unwrap().clone());
    support::project(&all.into())
}

fn recorded(trail: &Value, settings: &Settings) -> Summary {
    let tables = json!({"T": {"Type": "AWS::DynamoDB::Table", "Properties": {}}, "U": {"Type": "AWS::DynamoDB::Table", "Properties": {}}});
    let project = with(&tables, trail);
    let world = World::new(project.variables());
    let table = Table::new(project.resources().find(|r| &*r.id.address == "T").unwrap(), &world).unwrap();
    let replica = table.replicas(&project).items.remove(0);
    let recorded = cloudtrail::recorded(&project, &replica, settings);
    assert!(!recorded.summary.has_unknown() || !recorded.reasons.is_empty() || recorded.each.is_empty());
    recorded.summary
}

fn data(values: &Value) -> Value {
    json!({"Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {"IsLogging": true, "EventSelectors": [
        {"DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": values}]}]}}})
}

#[test]
fn trails_of_a_project() {
    let settings = Settings::default();
    let all = Summary { reads: YES, writes: YES, streams: NO, management: YES };
    assert_eq!(recorded(&data(&json!([{"Fn::GetAtt": ["T", "Arn"]}])), &settings), all);
    assert_eq!(recorded(&data(&json!(["arn:aws:dynamodb"])), &settings), all);
    assert_eq!(recorded(&data(&json!([{"Fn::Sub": "arn:${AWS::Partition}:dynamodb"}])), &settings), all);
    let spelled = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${T}";
    assert_eq!(recorded(&data(&json!([{"Fn::Sub": spelled}])), &settings), all);
    let other = recorded(&data(&json!([{"Fn::GetAtt": ["U", "Arn"]}])), &settings);
    assert_eq!((other.reads, other.management), (NO, YES));
    let star =
        recorded(&data(&json!([{"Fn::Sub": "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*"}])), &settings);
    assert_eq!(star.reads, NO);
    let declared = Settings {
        external: iac_check::aws::settings::External {
            trail: Some(iac_check::aws::settings::DataEvents { reads: true, ..Default::default() }),
            ..Default::default()
        },
        ..Settings::default()
    };
    let nothing = recorded(&json!({}), &declared);
    assert_eq!(nothing, Summary { reads: YES, writes: NO, streams: NO, management: NO });
}

#[test]
fn the_halves_of_two_trails_add_up() {
    let half = |read_only: &str| {
        json!({"Type": "AWS::CloudTrail::EventDataStore", "Properties": {"AdvancedEventSelectors": [{"FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::DynamoDB::Table"]},
            {"Field": "readOnly", "Equals": [read_only]},
        ]}]}})
    };
    let both = json!({"A": half("true"), "B": half("false")});
    assert_eq!(recorded(&both, &Settings::default()), Summary { reads: YES, writes: YES, streams: NO, management: NO });
    let one = recorded(&json!({"A": half("true")}), &Settings::default());
    assert_eq!((one.reads, one.writes), (MAYBE, NO));
}

fn backed_up(selection: &Value, table: &Value) -> Truth {
    let mut plan = json!({"BackupPlanId": {"Ref": "Plan"}, "BackupSelection": selection});
    plan["BackupSelection"]["IamRoleArn"] = json!("arn:aws:iam::111122223333:role/backup");
    let project = support::project(&json!({
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": table},
        "Plan": {"Type": "AWS::Backup::BackupPlan", "Properties": {"BackupPlan": {"BackupPlanRule": [{"TargetBackupVault": "v"}]}}},
        "Empty": {"Type": "AWS::Backup::BackupPlan", "Properties": {"BackupPlan": {}}},
        "S": {"Type": "AWS::Backup::BackupSelection", "Properties": plan},
        "E": {"Type": "AWS::Backup::BackupSelection", "Properties": {"BackupPlanId": {"Ref": "Empty"}, "BackupSelection": {"Resources": ["*"]}}},
    }));
    let world = World::new(project.variables());
    let table = Table::all(&project, &world).remove(0);
    let replica = table.replicas(&project).items.remove(0);
    backup::backup(&project, &replica, &Settings::default(), |_, _| YES).answer.truth
}

#[test]
fn plans_of_a_project() {
    let tagged = json!({"Tags": [{"Key": "backup", "Value": "daily"}]});
    let by_tag =
        json!({"ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}]});
    let condition = json!({"Resources": ["*"], "Conditions": {"StringNotEquals": [{"ConditionKey": "aws:ResourceTag/backup", "ConditionValue": "none"}]}});
    let cases = [
        (json!({"Resources": [{"Fn::GetAtt": ["T", "Arn"]}]}), json!({}), YES),
        (json!({"Resources": ["arn:aws:dynamodb:*:*:table/*"]}), json!({}), YES),
        (json!({"Resources": ["arn:aws:rds:*:*:db:*"]}), json!({}), NO),
        (
            json!({"Resources": [{"Fn::Sub": "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/prod-*"}]}),
            json!({"TableName": "prod-orders"}),
            YES,
        ),
        (
            json!({"Resources": [{"Fn::Sub": "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/prod-*"}]}),
            json!({}),
            MAYBE,
        ),
        (by_tag.clone(), tagged.clone(), YES),
        (by_tag.clone(), json!({}), NO),
        (by_tag, json!({"Tags": {"Unknown": "var.tags"}}), MAYBE),
        (condition.clone(), tagged, YES),
        (condition, json!({"Tags": [{"Key": "backup", "Value": "none"}]}), NO),
        (json!({"Resources": {"Unknown": "var.arns"}}), json!({}), MAYBE),
    ];
    for (selection, table, expected) in cases {
        assert_eq!(backed_up(&selection, &table), expected, "{selection} {table}");
    }
}

fn endpoint(tables: &Value) -> Value {
    let name = json!({"Fn::Sub": "com.amazonaws.${AWS::Region}.dynamodb"});
    json!({"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcId": {"Ref": "V"}, "ServiceName": name, "RouteTableIds": tables}})
}

fn private(more: &Value) -> (Truth, usize) {
    let association = |subnet: &str| {
        json!({"Type": "AWS::EC2::SubnetRouteTableAssociation",
        "Properties": {"SubnetId": {"Ref": subnet}, "RouteTableId": {"Ref": "R"}}})
    };
    let base = json!({
        "V": {"Type": "AWS::EC2::VPC", "Properties": {}},
        "A": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "V"}}},
        "B": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "V"}}},
        "R": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "V"}}},
        "Ra": association("A"),
        "N": {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": {"Ref": "R"}, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": {"Ref": "Nat"}}},
        "Nat": {"Type": "AWS::EC2::NatGateway", "Properties": {}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"VpcConfig": {"SubnetIds": [{"Ref": "A"}, {"Ref": "B"}]}}},
    });
    let project = with(&base, more);
    let world = World::new(project.variables());
    let settings = Settings::default();
    let topology = Topology::new(&project, &world, &settings);
    let function = project.of_kind("AWS::Lambda::Function").next().unwrap();
    let (paths, open) = topology.paths(&function.get(&world, "VpcConfig.SubnetIds"));
    assert!(open.is_none());
    for path in &paths {
        assert_eq!(path.private.truth == MAYBE, !path.private.reasons.is_empty(), "{path:?}");
    }
    (Truth::all(paths.iter().map(|path| path.private.truth)), paths.iter().map(|path| path.nat.len()).sum())
}

#[test]
fn networks_of_a_project() {
    let r = json!({"Ref": "R"});
    assert_eq!(private(&json!({})), (NO, 1));
    assert_eq!(private(&json!({"E": endpoint(&json!([r]))})), (NO, 1), "subnet B uses the main table");
    let main = json!({"Type": "aws_main_route_table_association", "Properties": {"vpc_id": {"Ref": "V"}, "route_table_id": {"Ref": "R"}}});
    assert_eq!(private(&json!({"E": endpoint(&json!([r])), "M": main})), (YES, 2));
    let default = json!({"Fn::GetAtt": ["V", "default_route_table_id"]});
    assert_eq!(private(&json!({"E": endpoint(&json!([r, default]))})), (YES, 1));
    let adopted = json!({"Type": "AWS::EC2::RouteTable", "SourceType": "aws_default_route_table", "Properties": {"default_route_table_id": default}});
    assert_eq!(private(&json!({"E": endpoint(&json!([r, {"Ref": "D"}])), "D": adopted})), (YES, 1));
    assert_eq!(private(&json!({"E": endpoint(&json!({"Unknown": "var.tables"}))})).0, MAYBE);
    assert_eq!(private(&json!({"E": endpoint(&json!({"Open": [r]}))})).0, MAYBE);
    let rb = json!({"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": {"SubnetId": {"Ref": "B"}, "RouteTableId": {"Unknown": "var.table"}}});
    assert_eq!(private(&json!({"E": endpoint(&json!([r])), "Rb": rb})).0, MAYBE);
    let mut interface = endpoint(&json!([]));
    interface["Properties"]["VpcEndpointType"] = json!("Interface");
    assert_eq!(private(&json!({"E": interface})).0, MAYBE);
    let mut elsewhere = endpoint(&json!([r, default]));
    elsewhere["Properties"]["VpcId"] = json!("vpc-0123");
    assert_eq!(private(&json!({"E": elsewhere})).0, NO);
}

#[test]
fn workloads_of_a_project() {
    let project = support::project(&json!({
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "app"}},
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"InstanceProfileName": "p", "Roles": [{"Ref": "Role"}]}},
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"TaskRoleArn": {"Fn::GetAtt": ["Role", "Arn"]}, "ExecutionRoleArn": "arn:aws:iam::111122223333:role/agent"}},
        "Service": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Ref": "Task"},
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1", "subnet-2"]}}}},
        "Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"IamInstanceProfile": {"Name": "p"}}}},
        "Group": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {"VPCZoneIdentifier": {"Unknown": "var.subnets"},
            "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}}}},
        "Plain": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/app"}}},
        "Machine": {"Type": "AWS::EC2::Instance", "Properties": {"NetworkInterfaces": [{"SubnetId": "subnet-1"}]}},
    }));
    let world = World::new(project.variables());
    let mut found: Vec<_> = Workload::all(&project, &world)
        .iter()
        .map(|workload| {
            let roles: Vec<_> = workload
                .roles
                .iter()
                .filter_map(|role| role.target.resource())
                .map(|role| role.id.address.to_string())
                .collect();
            (workload.resource.id.address.to_string(), workload.subnets.len(), workload.is_in_vpc(), roles.join(","))
        })
        .collect();
    found.sort();
    let expected = [
        ("Group", 0, true, "Role"),
        ("Machine", 1, true, ""),
        ("Plain", 0, false, "Role"),
        ("Service", 2, true, "Role"),
    ];
    let expected: Vec<_> =
        expected.map(|(name, subnets, vpc, roles)| (name.to_owned(), subnets, vpc, roles.to_owned())).into();
    assert_eq!(found, expected);
}

#[test]
fn stacks_import_from_each_other() {
    let mut network = support::stack("network", &json!({"V": {"Type": "AWS::EC2::VPC", "Properties": {}}}));
    let name = support::value("network", &json!({"Fn::Sub": "${AWS::StackName}-VpcId"}));
    let value = support::value("network", &json!({"Ref": "V"}));
    network.exports.push(iac_check::model::Export { name, value, exists: iac_check::value::Formula::TRUE });
    let mut app = support::stack("app", &json!({"A": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "x"}}}));
    let import = iac_check::value::Unknown::new(iac_check::value::Reason::External, "net-VpcId")
        .keyed(format!("{}net-VpcId", iac_check::model::EXPORT_KEY));
    let iac_check::value::Kind::Map(map) = &mut app.resources[0].properties.kind else { panic!() };
    map.insert("VpcId", None, iac_check::value::Value::unknown(import));
    let project = Project::new(vec![app, network]);
    let vpc = project.of_kind("AWS::EC2::VPC").next().unwrap();
    assert_eq!(project.uses(&vpc.id).count(), 1);
}
