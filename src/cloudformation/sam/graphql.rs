//! `AWS::Serverless::GraphQLApi`. In: the resource. Out: an `AWS::AppSync::GraphQLApi`, its data sources, and the roles
//! with which AppSync reads and writes them.

use std::sync::Arc;

use super::{
    connector,
    make::{Maker, is_truthy},
    role::Role,
    scope::{Scope, Source},
};
use crate::cloudformation::tree::{Content, Mapping, Node, NodeRef, Pair};

const SERVICE: &str = "appsync.amazonaws.com";

/// Puts the API in place and adds its data sources.
pub fn expand(scope: &mut Scope<'_>, source: &Source) {
    let maker = source.maker;
    let mut api = source.copy(&["Name", "XrayEnabled", "Visibility", "OwnerContact", "IntrospectionConfig"]);
    if api.get("Name").is_none() {
        api.entries.push(maker.pair("Name", maker.text(Arc::clone(&source.id))));
    }
    logging(scope, source);
    scope.emit(source, Arc::clone(&source.id), "AWS::AppSync::GraphQLApi", source.own_attributes(), api);
    for (section, kind) in [("DynamoDb", "DynamoDB"), ("Lambda", "Lambda")] {
        let entries = source.get("DataSources").and_then(|node| node.get(section)).and_then(|node| node.as_map());
        for entry in entries.into_iter().flat_map(|map| &map.entries) {
            data_source(scope, source, kind, entry);
        }
    }
    if uses_none(source) {
        let id = format!("{}NoneDataSource", source.id);
        let values = [
            ("Name", maker.text(id.as_str())),
            ("ApiId", maker.attribute(&source.id, "ApiId")),
            ("Type", maker.text("NONE")),
        ];
        let entries = values.into_iter().map(|(name, value)| maker.pair(name, value)).collect();
        let properties = Mapping { entries, ..Mapping::default() };
        scope.emit(source, id, "AWS::AppSync::DataSource", source.own_attributes(), properties);
    }
}

/// Whether a function or resolver has the data source `NONE`, which SAM then adds.
fn uses_none(source: &Source) -> bool {
    let entries =
        |node: Option<&NodeRef>| node.and_then(|node| node.as_map()).map(|map| map.entries.clone()).unwrap_or_default();
    let resolvers = entries(source.get("Resolvers")).into_iter().flat_map(|kind| entries(Some(&kind.value)));
    let mut users = entries(source.get("Functions")).into_iter().chain(resolvers);
    users.any(|user| {
        user.value
            .get("DataSource")
            .and_then(|node| node.as_str())
            .is_some_and(|name| name.eq_ignore_ascii_case("none"))
    })
}

/// Unless logging is off or has a role, SAM adds one.
fn logging(scope: &mut Scope<'_>, source: &Source) {
    let logging = source.get("Logging");
    let is_off = logging.is_some_and(|node| node.as_bool() == Some(false));
    if is_off || logging.is_some_and(|node| node.get("CloudWatchLogsRoleArn").is_some_and(|role| is_truthy(role))) {
        return;
    }
    let mut role = Role::new(source, format!("{}CloudWatchRole", source.id), SERVICE);
    role.attributes = source.own_attributes();
    role.attach("service-role/AWSAppSyncPushToCloudWatchLogs");
    role.emit(scope, source);
}

fn data_source(scope: &mut Scope<'_>, source: &Source, kind: &str, entry: &Pair) {
    let maker = Maker { at: entry.key_span };
    let id = format!("{}{}{kind}DataSource", source.id, entry.key);
    let written = |name: &str| entry.value.get(name).filter(|node| !matches!(node.content, Content::Null));
    let mut properties = Mapping::default();
    let mut set = |name: &str, value: NodeRef| properties.entries.push(maker.pair(name, value));
    set("Name", written("Name").cloned().unwrap_or_else(|| maker.text(Arc::clone(&entry.key))));
    set("ApiId", maker.attribute(&source.id, "ApiId"));
    if let Some(description) = written("Description") {
        set("Description", Arc::clone(description));
    }
    if kind == "DynamoDB" {
        set("Type", maker.text("AMAZON_DYNAMODB"));
        set("DynamoDBConfig", dynamodb_config(maker, entry));
    } else {
        set("Type", maker.text("AWS_LAMBDA"));
        let function = written("FunctionArn").cloned();
        set("LambdaConfig", maker.map(function.map(|arn| ("LambdaFunctionArn", arn))));
    }
    let role = match written("ServiceRoleArn").filter(|node| is_truthy(node)) {
        Some(given) => Arc::clone(given),
        None => service_role(scope, source, kind, &id, entry),
    };
    set("ServiceRoleArn", role);
    scope.emit(source, id, "AWS::AppSync::DataSource", source.own_attributes(), properties);
}

fn dynamodb_config(maker: Maker, entry: &Pair) -> NodeRef {
    let map = entry.value.as_map();
    let region = entry.value.get("Region").cloned().unwrap_or_else(|| maker.reference("AWS::Region"));
    let mut config = vec![maker.pair("AwsRegion", region)];
    let names = [
        ("TableName", "TableName"),
        ("UseCallerCredentials", "UseCallerCredentials"),
        ("Versioned", "Versioned"),
        ("DeltaSync", "DeltaSyncConfig"),
    ];
    let passed = |(from, to): (&str, &str)| {
        let pair = map?.pair(from).filter(|pair| from == "TableName" || is_truthy(&pair.value))?;
        Some(Pair { key: to.into(), ..pair.clone() })
    };
    config.extend(names.into_iter().filter_map(passed));
    Node::mapping(Mapping { entries: config, ..Mapping::default() }, entry.value.span)
}

/// Emits the role of a data source and the policy that connects it; gives the role's ARN.
fn service_role(scope: &mut Scope<'_>, source: &Source, kind: &str, id: &str, entry: &Pair) -> NodeRef {
    let maker = Maker { at: entry.key_span };
    let mut role = Role::new(source, format!("{id}Role"), SERVICE);
    role.attributes = source.own_attributes();
    let (arn, name) = (role.arn(), maker.reference(&role.id));
    role.emit(scope, source);
    let (suffix, target, destination, permissions) = if kind == "DynamoDB" {
        let given = entry.value.get("Permissions").filter(|node| is_truthy(node)).cloned();
        let permissions = given.unwrap_or_else(|| maker.list(vec![maker.text("Read"), maker.text("Write")]));
        ("Table", "AWS::DynamoDB::Table", table_arn(maker, entry), permissions)
    } else {
        let function = entry.value.get("FunctionArn").cloned().unwrap_or_else(|| maker.text(""));
        ("Lambda", "AWS::Lambda::Function", function, maker.list(vec![maker.text("Write")]))
    };
    let from = [
        ("Type", maker.text("AWS::AppSync::DataSource")),
        ("Arn", maker.attribute(id, "DataSourceArn")),
        ("RoleName", name),
    ];
    let to = [("Type", maker.text(target)), ("Arn", destination)];
    let properties =
        maker.map([("Source", maker.map(from)), ("Destination", maker.map(to)), ("Permissions", permissions)]);
    let node = maker.map([("Type", maker.text("AWS::Serverless::Connector")), ("Properties", properties)]);
    connector::expand(scope, &source.implied(format!("{id}To{suffix}Connector"), node));
    arn
}

fn table_arn(maker: Maker, entry: &Pair) -> NodeRef {
    if let Some(arn) = entry.value.get("TableArn").filter(|node| is_truthy(node)) {
        return Arc::clone(arn);
    }
    let name = entry.value.get("TableName").cloned().unwrap_or_else(|| maker.text(""));
    let region = entry.value.get("Region").cloned().unwrap_or_else(|| maker.reference("AWS::Region"));
    let text = "arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}";
    let variables = maker.map([("__TableName__", name), ("__Region__", region)]);
    maker.map([("Fn::Sub", maker.list(vec![maker.text(text), variables]))])
}
