//! Functions and roles that the framework generates. In: a resolved configuration. Out: resources of a template:
//! `AWS::Lambda::Function` for each function, the roles that they run under, event source mappings of streams.

use std::sync::Arc;

use serde_json::json;

use crate::{
    cloudformation::{
        sam::make::Maker,
        tree::{Mapping, Node, NodeRef, Pair},
    },
    source::Span,
};

/// The logical id of the role that functions share.
const SHARED_ROLE: &str = "IamRoleLambdaExecution";

/// What a role of the framework may do with streams. Source: serverless, `lib/plugins/aws/package/compile/events/stream.js`.
const STREAM_ACTIONS: [(&str, &[&str]); 2] = [
    (
        "dynamodb",
        &["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"],
    ),
    (
        "kinesis",
        &["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStreamSummary", "kinesis:ListShards"],
    ),
];

/// Rights of one role.
#[derive(Default)]
struct Rights {
    statements: Vec<NodeRef>,
    managed: Vec<NodeRef>,
    in_vpc: bool,
    used: bool,
}

/// The resources for all functions.
pub fn generate(root: &NodeRef) -> Vec<Pair> {
    let mut resources = Vec::new();
    let provider = root.get("provider");
    let settings = provider.and_then(|provider| provider.path(&["iam", "role"]));
    let mut shared = Rights {
        statements: statements(provider, settings),
        managed: managed(provider, settings),
        ..Rights::default()
    };
    let given = provider
        .and_then(|provider| provider.get("role"))
        .or_else(|| settings.filter(|role| role.get("statements").is_none()).and(role_reference(provider)));
    for function in functions(root) {
        generate_function(&mut resources, root, &function, given, &mut shared);
    }
    if shared.used {
        let at = settings.map_or(root.span, |settings| settings.span);
        let boundary =
            settings.and_then(|role| role.get("permissionsBoundary").or_else(|| role.get("permissionBoundary")));
        resources.push(role(Maker { at }, SHARED_ROLE, shared, boundary));
    }
    resources
}

/// `provider.iam.role` as the ARN or reference of an existing role.
fn role_reference(provider: Option<&NodeRef>) -> Option<&NodeRef> {
    let role = provider?.get("iam")?.get("role")?;
    (role.as_str().is_some() || role.as_call().is_some()).then_some(role)
}

/// `functions` is a map, or a list of maps.
fn functions(root: &NodeRef) -> Vec<Pair> {
    let Some(written) = root.get("functions") else { return Vec::new() };
    let parts = written.as_list().unwrap_or(std::slice::from_ref(written));
    parts.iter().filter_map(|part| part.as_map()).flat_map(|map| map.entries.clone()).collect()
}

fn list(node: Option<&NodeRef>) -> Vec<NodeRef> {
    node.and_then(|node| node.as_list()).map(<[NodeRef]>::to_vec).unwrap_or_default()
}

fn statements(provider: Option<&NodeRef>, role: Option<&Node>) -> Vec<NodeRef> {
    let mut found = list(role.and_then(|role| role.get("statements")));
    found.extend(list(provider.and_then(|provider| provider.get("iamRoleStatements"))));
    found
}

fn managed(provider: Option<&NodeRef>, role: Option<&Node>) -> Vec<NodeRef> {
    let mut found = list(role.and_then(|role| role.get("managedPolicies")));
    found.extend(list(provider.and_then(|provider| provider.get("iamManagedPolicies"))));
    found
}

fn generate_function(
    resources: &mut Vec<Pair>,
    root: &NodeRef,
    function: &Pair,
    given: Option<&NodeRef>,
    shared: &mut Rights,
) {
    let maker = Maker { at: function.key_span };
    let name = normalised(&function.key);
    let id = format!("{name}LambdaFunction");
    let provider = root.get("provider");
    let vpc =
        function.value.get("vpc").or_else(|| provider.and_then(|provider| provider.get("vpc"))).and_then(vpc_config);
    let (streams, mappings) = streams(&id, function, maker);
    let own = function.value.get("iamRoleStatements");
    let role_arn = if let Some(own) = own {
        let inherits = function.value.get("iamRoleStatementsInherit").and_then(|node| node.as_bool()) == Some(true);
        let inherited = if inherits { shared.statements.clone() } else { Vec::new() };
        let written = list(Some(own)).into_iter().chain(inherited).chain(streams);
        let rights = Rights { statements: written.collect(), in_vpc: vpc.is_some(), ..Rights::default() };
        let role_id = format!("{name}{SHARED_ROLE}");
        resources.push(role(Maker { at: own.span }, &role_id, rights, None));
        maker.attribute(&role_id, "Arn")
    } else if let Some(given) = function.value.get("role").or(given) {
        existing_role(given)
    } else {
        shared.used = true;
        shared.in_vpc |= vpc.is_some();
        shared.statements.extend(streams);
        maker.attribute(SHARED_ROLE, "Arn")
    };
    let mut properties = vec![maker.pair("Role", role_arn)];
    for (from, to) in
        [("runtime", "Runtime"), ("handler", "Handler"), ("kmsKeyArn", "KmsKeyArn"), ("name", "FunctionName")]
    {
        properties.extend(
            function.value.as_map().and_then(|map| map.pair(from)).map(|pair| Pair { key: to.into(), ..pair.clone() }),
        );
    }
    properties.extend(vpc.map(|vpc| maker.pair("VpcConfig", vpc)));
    resources.push(resource(maker, &id, "AWS::Lambda::Function", properties, function.value.span));
    resources.extend(mappings);
}

/// `orders-list` is `OrdersDashlist`.
fn normalised(name: &str) -> String {
    let name = name.replace('-', "Dash").replace('_', "Underscore");
    let mut characters = name.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn vpc_config(vpc: &NodeRef) -> Option<NodeRef> {
    let map = vpc.as_map()?;
    let names = [("securityGroupIds", "SecurityGroupIds"), ("subnetIds", "SubnetIds")];
    let entries =
        names.iter().filter_map(|(from, to)| Some(Pair { key: (*to).into(), ..map.pair(from)?.clone() })).collect();
    Some(Node::mapping(Mapping { entries, ..Mapping::default() }, vpc.span))
}

/// A role by ARN, by expression, or by the logical id of a resource.
fn existing_role(role: &NodeRef) -> NodeRef {
    match role.as_str() {
        Some(id) if !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Maker { at: role.span }.attribute(id, "Arn")
        }
        _ => Arc::clone(role),
    }
}

/// What the streams of a function need: statements, and the mappings themselves.
fn streams(id: &str, function: &Pair, maker: Maker) -> (Vec<NodeRef>, Vec<Pair>) {
    let (mut statements, mut mappings) = (Vec::new(), Vec::new());
    for (index, event) in list(function.value.get("events")).iter().enumerate() {
        let Some(stream) = event.get("stream") else { continue };
        let arn = stream.get("arn").unwrap_or(stream);
        let kind = stream
            .get("type")
            .and_then(|kind| kind.as_str())
            .or_else(|| arn.as_str().and_then(|arn| arn.split(':').nth(2)));
        let Some((_, actions)) = STREAM_ACTIONS.iter().find(|(name, _)| Some(*name) == kind) else { continue };
        let actions = maker.list(actions.iter().map(|action| maker.text(*action)).collect());
        let entries =
            [("Effect", maker.text("Allow")), ("Action", actions), ("Resource", maker.list(vec![Arc::clone(arn)]))];
        statements.push(Maker { at: stream.span }.map(entries));
        let properties =
            vec![maker.pair("EventSourceArn", Arc::clone(arn)), maker.pair("FunctionName", maker.reference(id))];
        mappings.push(resource(
            maker,
            &format!("{id}EventSourceMapping{index}"),
            "AWS::Lambda::EventSourceMapping",
            properties,
            stream.span,
        ));
    }
    (statements, mappings)
}

/// A role with the rights that the framework gives: logs, and what is written.
fn role(maker: Maker, id: &str, rights: Rights, boundary: Option<&NodeRef>) -> Pair {
    let trust = maker.json(&json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}],
    }));
    let logs = maker.json(&json!({
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource", "logs:PutLogEvents"],
        "Resource": [{"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/*"}],
    }));
    let statements = maker.list(std::iter::once(logs).chain(rights.statements).collect());
    let document = maker.map([("Version", maker.text("2012-10-17")), ("Statement", statements)]);
    let policy = maker.map([("PolicyName", maker.text(format!("{id}Policy"))), ("PolicyDocument", document)]);
    let network = rights.in_vpc.then(|| maker.managed_policy("service-role/AWSLambdaVPCAccessExecutionRole"));
    let managed: Vec<NodeRef> = rights.managed.into_iter().chain(network).collect();
    let mut properties =
        vec![maker.pair("AssumeRolePolicyDocument", trust), maker.pair("Policies", maker.list(vec![policy]))];
    if !managed.is_empty() {
        properties.push(maker.pair("ManagedPolicyArns", maker.list(managed)));
    }
    properties.extend(boundary.map(|boundary| maker.pair("PermissionsBoundary", Arc::clone(boundary))));
    resource(maker, id, "AWS::IAM::Role", properties, maker.at)
}

fn resource(maker: Maker, id: &str, kind: &str, properties: Vec<Pair>, span: Span) -> Pair {
    let properties = Node::mapping(Mapping { entries: properties, ..Mapping::default() }, span);
    let entries = vec![maker.pair("Type", maker.text(kind)), maker.pair("Properties", properties)];
    let value = Node::mapping(Mapping { entries, ..Mapping::default() }, span).generated_from(maker.at);
    maker.pair(id, value)
}
