//! `AWS::Serverless::Function`. In: the resource. Out: an `AWS::Lambda::Function`, its role unless one is given, and
//! what its events, aliases and destinations need.

use std::sync::Arc;

use super::{
    destinations,
    event::Target,
    make::{Maker, as_if, is_no_value, is_truthy},
    pull_events, push_events,
    role::{self, Role},
    scope::{Deployment, Scope, Source},
};
use crate::cloudformation::tree::{Mapping, Node, NodeRef, Pair};

/// Properties that the Lambda function has under the same name.
const PASSED: [&str; 25] = [
    "FunctionName",
    "Handler",
    "Runtime",
    "Description",
    "MemorySize",
    "Timeout",
    "VpcConfig",
    "Role",
    "Environment",
    "KmsKeyArn",
    "ReservedConcurrentExecutions",
    "Layers",
    "FileSystemConfigs",
    "ImageConfig",
    "PackageType",
    "Architectures",
    "SnapStart",
    "EphemeralStorage",
    "CodeSigningConfigArn",
    "RuntimeManagementConfig",
    "LoggingConfig",
    "TenancyConfig",
    "RecursiveLoop",
    "DurableConfig",
    "FunctionScalingConfig",
];

/// Puts the function in place and adds what belongs to it.
pub fn expand(scope: &mut Scope<'_>, source: &Source) {
    let mut function = properties(scope, source);
    let alias = alias(scope, source);
    let target = target(source, alias.as_deref());
    function_url(scope, source, alias.as_deref());
    note_deployment(scope, source);
    let mut role = execution_role(scope, source);
    destinations::expand(scope, source, alias.as_deref(), &mut role);
    if let Some(policies) = source.truthy("Policies") {
        role.add_policies(scope, source, policies);
    }
    let is_used = link_role(scope, source, &mut function, &mut role);
    expand_events(scope, source, &target, &mut role);
    if is_used {
        role.emit(scope, source);
    }
    scope.emit(source, Arc::clone(&source.id), "AWS::Lambda::Function", source.own_attributes(), function);
}

fn properties(scope: &Scope<'_>, source: &Source) -> Mapping {
    let maker = source.maker;
    let mut function = source.copy(&PASSED);
    function.entries.extend(source.properties.pair("PublishToLatestPublished").cloned());
    if let Some(tracing) = tracing(scope, source) {
        function.entries.push(maker.pair("TracingConfig", maker.map([("Mode", Arc::clone(tracing))])));
    }
    if let Some(target) = source.truthy("DeadLetterQueue").and_then(|queue| queue.get("TargetArn")) {
        function.entries.push(maker.pair("DeadLetterConfig", maker.map([("TargetArn", Arc::clone(target))])));
    }
    if let Some(config) = source.truthy("CapacityProviderConfig").and_then(|node| node.as_map()) {
        let rename = |pair: &Pair| {
            if &*pair.key == "Arn" { Pair { key: "CapacityProviderArn".into(), ..pair.clone() } } else { pair.clone() }
        };
        let entries = config.entries.iter().map(rename).collect();
        let inner = Node::mapping(Mapping { entries, ..config.clone() }, maker.at);
        let outer = maker.map([("LambdaManagedInstancesCapacityProviderConfig", inner)]);
        function.entries.push(maker.pair("CapacityProviderConfig", outer));
    }
    function.entries.extend(code(source));
    function.entries.push(maker.pair("Tags", tags(source)));
    function
}

/// `Tracing`, unless SAM takes it for switched off.
fn tracing<'a>(scope: &Scope<'_>, source: &'a Source) -> Option<&'a NodeRef> {
    source.truthy("Tracing").filter(|node| scope.resolve(node).as_str() != Some("Disabled"))
}

/// `Code`, from whichever of the three properties is written.
fn code(source: &Source) -> Option<Pair> {
    let maker = source.maker;
    let mut code = if let Some(text) = source.get("InlineCode") {
        vec![maker.pair("ZipFile", Arc::clone(text))]
    } else if let Some(uri) =
        source.get("ImageUri").filter(|_| source.get("PackageType").and_then(|node| node.as_str()) == Some("Image"))
    {
        vec![maker.pair("ImageUri", Arc::clone(uri))]
    } else {
        s3_location(source.get("CodeUri")?)
    };
    if source.get("PackageType").and_then(|node| node.as_str()) != Some("Image") {
        code.extend(source.properties.pair("SourceKMSKeyArn").filter(|pair| is_truthy(&pair.value)).cloned());
    }
    Some(maker.pair("Code", Node::mapping(Mapping { entries: code, ..Mapping::default() }, maker.at)))
}

/// Bucket, key and version of `s3://bucket/key` or of a map; nothing for a local path, which packaging replaces.
fn s3_location(uri: &NodeRef) -> Vec<Pair> {
    let maker = Maker { at: uri.span };
    if let Some(map) = uri.as_map() {
        let named = [("Bucket", "S3Bucket"), ("Key", "S3Key"), ("Version", "S3ObjectVersion")];
        return named
            .iter()
            .filter_map(|(from, to)| Some(Pair { key: (*to).into(), ..map.pair(from)?.clone() }))
            .collect();
    }
    let location = uri.as_str().and_then(|text| text.strip_prefix("s3://")).and_then(|text| text.split_once('/'));
    let Some((bucket, key)) = location else { return Vec::new() };
    let (key, version) = key.split_once("?versionId=").map_or((key, None), |(key, version)| (key, Some(version)));
    let parts = [("S3Bucket", Some(bucket)), ("S3Key", Some(key)), ("S3ObjectVersion", version)];
    parts.into_iter().filter_map(|(name, part)| Some(maker.pair(name, maker.text(part?)))).collect()
}

/// The tags of the function and its role. With `PropagateTags` SAM leaves its own tag out.
fn tags(source: &Source) -> NodeRef {
    let maker = source.maker;
    let written = source.truthy("Tags");
    let propagated = written.is_some() && source.truthy("PropagateTags").is_some();
    let own = (!propagated).then(|| maker.map([("Key", maker.text("lambda:createdBy")), ("Value", maker.text("SAM"))]));
    maker.list(own.into_iter().chain(written.map(|tags| maker.tags(tags)).unwrap_or_default()).collect())
}

/// Emits version and alias when the function publishes one; gives the alias's logical id.
fn alias(scope: &mut Scope<'_>, source: &Source) -> Option<Arc<str>> {
    let maker = source.maker;
    let written = source.truthy("AutoPublishAlias")?;
    let resolved = scope.resolve(written);
    let Some(name) = resolved.as_str() else {
        scope.error(format!("`AutoPublishAlias` of `{}` must be a string or a parameter", source.id), written.span);
        return None;
    };
    let version: Arc<str> = format!("{}Version", source.id).into();
    let alias: Arc<str> =
        format!("{}Alias{}", source.id, name.replace(|c: char| !c.is_ascii_alphanumeric(), "")).into();
    let function = || maker.pair("FunctionName", maker.reference(&source.id));
    let of = |entries| Mapping { entries, ..Mapping::default() };
    scope.emit(source, Arc::clone(&version), "AWS::Lambda::Version", source.passed_attributes(), of(vec![function()]));
    let entries = vec![
        function(),
        maker.pair("Name", Arc::clone(&resolved)),
        maker.pair("FunctionVersion", maker.attribute(&version, "Version")),
    ];
    scope.emit(source, Arc::clone(&alias), "AWS::Lambda::Alias", source.passed_attributes(), of(entries));
    scope.derived.insert(format!("{}.Version", source.id), version);
    scope.derived.insert(format!("{}.Alias", source.id), Arc::clone(&alias));
    Some(alias)
}

fn target(source: &Source, alias: Option<&str>) -> Target {
    let maker = source.maker;
    let id = Arc::clone(&source.id);
    match alias {
        Some(alias) => Target { id, name: maker.reference(alias), arn: maker.reference(alias) },
        None => Target { name: maker.reference(&id), arn: maker.attribute(&id, "Arn"), id },
    }
}

fn function_url(scope: &mut Scope<'_>, source: &Source, alias: Option<&str>) {
    let Some(config) = source.truthy("FunctionUrlConfig").and_then(|node| node.as_map()) else { return };
    let mut url = config.clone();
    let target = source.maker.reference(alias.unwrap_or(&source.id));
    url.entries.push(source.maker.pair("TargetFunctionArn", target));
    scope.emit(source, format!("{}Url", source.id), "AWS::Lambda::Url", source.passed_attributes(), url);
}

fn execution_role(scope: &mut Scope<'_>, source: &Source) -> Role {
    let maker = source.maker;
    let mut role = Role::new(source, format!("{}Role", source.id), "lambda.amazonaws.com");
    if let Some(trust) = source.get("AssumeRolePolicyDocument") {
        role.trust = Arc::clone(trust);
    }
    let durable = source.truthy("DurableConfig").is_some();
    role.attach(if durable {
        "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
    } else {
        "service-role/AWSLambdaBasicExecutionRole"
    });
    if tracing(scope, source).is_some() {
        role.attach("AWSXrayWriteOnlyAccess");
    }
    if source.truthy("VpcConfig").is_some() {
        role.attach("service-role/AWSLambdaVPCAccessExecutionRole");
    }
    role.set("Path", source.get("RolePath"));
    role.set("PermissionsBoundary", source.get("PermissionsBoundary"));
    role.set("Tags", Some(&tags(source)));
    if let Some(queue) = source.truthy("DeadLetterQueue") {
        dead_letter_policy(scope, source, queue, maker, &mut role);
    }
    role
}

fn dead_letter_policy(scope: &mut Scope<'_>, source: &Source, queue: &NodeRef, maker: Maker, role: &mut Role) {
    let action = match queue.get("Type").and_then(|node| node.as_str()) {
        Some("SQS") => "sqs:SendMessage",
        Some("SNS") => "sns:Publish",
        _ => {
            return scope
                .error(format!("the `DeadLetterQueue` of `{}` needs the type `SQS` or `SNS`", source.id), queue.span);
        }
    };
    let Some(target) = queue.get("TargetArn") else {
        return scope.error(format!("the `DeadLetterQueue` of `{}` needs `TargetArn`", source.id), queue.span);
    };
    let statement = role::statement(maker, &[action], Arc::clone(target));
    let document = maker.map([("Version", maker.text("2012-10-17")), ("Statement", maker.list(vec![statement]))]);
    role.inline.push(maker.map([("PolicyName", maker.text("DeadLetterQueuePolicy")), ("PolicyDocument", document)]));
}

/// Connects function and role; says whether the generated role is used. A given role makes `Policies` void, and
/// `Role: !If [C, !Ref AWS::NoValue, x]` a role that exists only under the condition.
fn link_role(scope: &mut Scope<'_>, source: &Source, function: &mut Mapping, role: &mut Role) -> bool {
    let maker = source.maker;
    let Some(written) = source.get("Role") else {
        // A macro may still add a role: then the generated one is not the function's.
        function.entries.push(maker.pair("Role", role.arn()));
        return true;
    };
    let resolved = scope.resolve(written);
    let Some((condition, yes, no)) = as_if(&resolved) else { return false };
    let value = match (is_no_value(yes), is_no_value(no)) {
        (false, false) => return false,
        (true, true) => role.arn(),
        (true, false) => {
            set_condition(role, maker, Arc::clone(condition));
            maker.choose(condition, role.arn(), Arc::clone(no))
        }
        (false, true) => {
            let name: Arc<str> = format!("NOT{}", condition.as_str().unwrap_or_default()).into();
            let negated = maker.map([("Fn::Not", maker.list(vec![maker.map([("Condition", Arc::clone(condition))])]))]);
            scope.add_condition(maker.pair(Arc::clone(&name), negated));
            set_condition(role, maker, maker.text(name));
            maker.choose(condition, Arc::clone(yes), role.arn())
        }
    };
    let span = function.pair("Role").map_or(maker.at, |pair| pair.key_span);
    function.insert("Role", span, value);
    true
}

fn set_condition(role: &mut Role, maker: Maker, condition: NodeRef) {
    role.attributes.retain(|pair| &*pair.key != "Condition");
    role.attributes.push(maker.pair("Condition", condition));
}

fn expand_events(scope: &mut Scope<'_>, source: &Source, target: &Target, role: &mut Role) {
    let Some(events) = source.truthy("Events") else { return };
    let Some(map) = events.as_map() else {
        return scope.error(format!("`Events` of `{}` must be a map", source.id), events.span);
    };
    let mut ordered: Vec<&Pair> = map.entries.iter().collect();
    ordered.sort_by_key(|pair| {
        let path = pair.value.path(&["Properties", "Path"]).and_then(Node::as_str);
        path.unwrap_or(&pair.key).to_owned()
    });
    for event in ordered {
        if !pull_events::expand(scope, source, target, event, role) {
            push_events::for_function(scope, source, target, event, role);
        }
    }
}

/// Remembers a gradual deployment, for the role of CodeDeploy.
fn note_deployment(scope: &mut Scope<'_>, source: &Source) {
    let Some(preference) = source.truthy("DeploymentPreference") else { return };
    let read = |name: &str| preference.get(name).map(|node| scope.resolve(node));
    let is_false = |node: &NodeRef| matches!(node.as_str(), Some("false" | "False")) || !is_truthy(node);
    if read("Enabled").is_some_and(|enabled| is_false(&enabled)) {
        return;
    }
    let shares = read("PassthroughCondition").is_some_and(|shares| !is_false(&shares));
    scope.deployments.push(Deployment {
        maker: Maker { at: preference.span },
        has_role: preference.get("Role").is_some_and(|role| is_truthy(role)),
        condition: source.node.get("Condition").filter(|_| shares).cloned(),
    });
}

/// Emits the role of CodeDeploy, when any gradual deployment needs it.
pub fn deployment_role(scope: &mut Scope<'_>) {
    let deployments = std::mem::take(&mut scope.deployments);
    let Some(first) = deployments.iter().find(|deployment| !deployment.has_role) else { return };
    let mut conditions: Vec<&NodeRef> =
        deployments.iter().filter_map(|deployment| deployment.condition.as_ref()).collect();
    conditions.sort_by_key(|condition| condition.as_str());
    conditions.dedup_by_key(|condition| condition.as_str());
    let maker = first.maker;
    let condition = match &*conditions {
        _ if deployments.iter().any(|deployment| deployment.condition.is_none()) => None,
        [] => None,
        [only] => Some(Arc::clone(only)),
        several => {
            let each = several.iter().map(|condition| maker.map([("Condition", Arc::clone(condition))])).collect();
            let any = maker.map([("Fn::Or", maker.list(each))]);
            scope.add_condition(maker.pair("ServerlessCodeDeployCondition", any));
            Some(maker.text("ServerlessCodeDeployCondition"))
        }
    };
    let source = Source::synthetic("CodeDeployServiceRole", "AWS::Serverless::Function", maker);
    let mut role = Role::new(&source, "CodeDeployServiceRole", "codedeploy.amazonaws.com");
    role.attach("service-role/AWSCodeDeployRoleForLambda");
    role.attributes.extend(condition.map(|condition| maker.pair("Condition", condition)));
    role.emit(scope, &source);
}
