//! Resources that decide nothing about data: APIs, layers, images. In: the resource. Out: one of the generated type with
//! its properties as written, so that references resolve; and the roles that come with some of them.

use std::sync::Arc;

use serde_json::json;

use super::{
    role::Role,
    scope::{Scope, Source},
};
use crate::{
    cloudformation::tree::{Content, Mapping, Node},
    value::Reason,
};

/// The generated type of each kind that is not read closer.
const KINDS: [(&str, &str); 8] = [
    ("Api", "AWS::ApiGateway::RestApi"),
    ("HttpApi", "AWS::ApiGatewayV2::Api"),
    ("WebSocketApi", "AWS::ApiGatewayV2::Api"),
    ("LayerVersion", "AWS::Lambda::LayerVersion"),
    ("WebFunction", "AWS::Lambda::WebFunction"),
    ("CapacityProvider", "AWS::Lambda::CapacityProvider"),
    ("NetworkConnector", "AWS::Lambda::NetworkConnector"),
    ("MicrovmImage", "AWS::Lambda::MicrovmImage"),
];

/// Puts a resource of the generated type in place.
pub fn expand(scope: &mut Scope<'_>, source: &Source) {
    let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == source.short_kind()) else {
        return scope.error(
            format!("`{}` is of the type `{}`, which SAM does not have", source.id, source.kind),
            source.maker.at,
        );
    };
    role(scope, source);
    stage(scope, source);
    scope.emit(source, Arc::clone(&source.id), kind, source.own_attributes(), source.properties.clone());
}

/// Emits the role that some kinds bring unless one is given.
fn role(scope: &mut Scope<'_>, source: &Source) {
    let (property, suffix, managed) = match source.short_kind() {
        "CapacityProvider" => ("OperatorRole", "OperatorRole", "AWSLambdaManagedEC2ResourceOperator"),
        "NetworkConnector" => ("OperatorRole", "OperatorRole", "AWSLambdaNetworkConnectorOperatorPolicy"),
        "WebFunction" => ("ExecutionRole", "Role", "service-role/AWSLambdaBasicExecutionRole"),
        "MicrovmImage" => ("BuildRoleArn", "BuildRole", ""),
        _ => return,
    };
    if source.truthy(property).is_some() || source.truthy("Role").is_some() {
        return;
    }
    let maker = source.maker;
    let mut role = Role::new(source, format!("{}{suffix}", source.id), "lambda.amazonaws.com");
    if managed.is_empty() {
        role.inline.push(build_policy(scope, source));
    } else {
        role.attach(managed);
    }
    let written = source.truthy("Tags").filter(|_| source.truthy("PropagateTags").is_some());
    let own = maker.map([("Key", maker.text("lambda:createdBy")), ("Value", maker.text("SAM"))]);
    let tags = std::iter::once(own).chain(written.map(|tags| maker.tags(tags)).unwrap_or_default());
    role.set("Tags", Some(&maker.list(tags.collect())));
    role.emit(scope, source);
}

/// What building an image needs: its code, and logs.
fn build_policy(scope: &Scope<'_>, source: &Source) -> Arc<Node> {
    let maker = source.maker;
    let code = source.get("CodeUri").cloned().unwrap_or_else(|| maker.text(""));
    let bucket = scope
        .resolve(&code)
        .as_str()
        .and_then(|uri| uri.strip_prefix("s3://"))
        .map(|rest| rest.split('/').next().unwrap_or(rest).to_owned());
    let objects = match bucket {
        Some(bucket) => maker.sub(format!("arn:${{AWS::Partition}}:s3:::{bucket}/*")),
        None => maker.fill(
            &json!({"Fn::Sub": ["arn:${AWS::Partition}:s3:::${Bucket}/*",
                {"Bucket": {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "code"}]}]}}]}),
            &|_| Some(Arc::clone(&code)),
        ),
    };
    maker.fill(
        &json!({"PolicyName": "MicrovmImageBuildPolicy", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": {"Ref": "objects"}},
            {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}]}}),
        &|_| Some(Arc::clone(&objects)),
    )
}

/// Names that templates use for the stage and deployment of an API.
fn stage(scope: &mut Scope<'_>, source: &Source) {
    let (kind, suffix) = match source.short_kind() {
        "Api" => ("AWS::ApiGateway::Stage", "Stage"),
        "HttpApi" | "WebSocketApi" => ("AWS::ApiGatewayV2::Stage", "Stage"),
        _ => return,
    };
    let name = source.get("StageName").map(|name| scope.resolve(name));
    let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or("");
    let clean = if name == "$default" { "ApiGatewayDefault" } else { name };
    let id = if clean.chars().all(|c| c.is_ascii_alphanumeric()) {
        format!("{}{clean}{suffix}", source.id)
    } else {
        format!("{}{suffix}", source.id)
    };
    scope.derived.insert(format!("{}.Stage", source.id), id.as_str().into());
    scope.emit(source, id, kind, source.passed_attributes(), Mapping::default());
    let has_domain = source.truthy("Domain").is_some();
    let has_plan = source.get("Auth").is_some_and(|auth| auth.get("UsagePlan").is_some());
    for (name, kind, bringer) in PARTS {
        let is_there = match bringer {
            "Domain" => has_domain,
            "UsagePlan" => has_plan,
            _ => true,
        };
        if is_there {
            part(scope, source, name, kind);
        }
    }
}

/// What an API generates besides its stage: the name, the type, and what of the API brings it.
const PARTS: [(&str, &str, &str); 6] = [
    ("Deployment", "AWS::ApiGateway::Deployment", ""),
    ("DomainName", "AWS::ApiGateway::DomainName", "Domain"),
    ("DomainNameV2", "AWS::ApiGateway::DomainNameV2", "Domain"),
    ("UsagePlan", "AWS::ApiGateway::UsagePlan", "UsagePlan"),
    ("UsagePlanKey", "AWS::ApiGateway::UsagePlanKey", "UsagePlan"),
    ("ApiKey", "AWS::ApiGateway::ApiKey", "UsagePlan"),
];

/// Emits a part of an API, to which references resolve.
fn part(scope: &mut Scope<'_>, source: &Source, name: &str, kind: &str) {
    let id = format!("{}{name}", source.id);
    scope.derived.insert(format!("{}.{name}", source.id), id.as_str().into());
    scope.emit(source, id, kind, source.passed_attributes(), Mapping::default());
}

/// The APIs that SAM adds for events which name none.
pub fn implicit_apis(scope: &mut Scope<'_>) {
    for (id, maker) in std::mem::take(&mut scope.implicit) {
        if scope.resource(id).is_some() {
            continue;
        }
        let rest = id == "ServerlessRestApi";
        let source =
            Source::synthetic(id, if rest { "AWS::Serverless::Api" } else { "AWS::Serverless::HttpApi" }, maker);
        let (kind, stage, stage_kind) = if rest {
            ("AWS::ApiGateway::RestApi", "ProdStage", "AWS::ApiGateway::Stage")
        } else {
            ("AWS::ApiGatewayV2::Api", "ApiGatewayDefaultStage", "AWS::ApiGatewayV2::Stage")
        };
        scope.emit(&source, id, kind, Vec::new(), Mapping::default());
        scope.emit(&source, format!("{id}{stage}"), stage_kind, Vec::new(), Mapping::default());
        scope.derived.insert(format!("{id}.Stage"), format!("{id}{stage}").into());
        part(scope, &source, "Deployment", "AWS::ApiGateway::Deployment");
    }
}

/// `AWS::Serverless::Application` to a nested stack, whose template is the `Location`.
pub fn application(scope: &mut Scope<'_>, source: &Source) {
    let maker = source.maker;
    let mut stack = source.copy(&["Parameters", "NotificationARNs", "Tags", "TimeoutInMinutes"]);
    let location = source.properties.pair("Location").map(|pair| {
        let mut pair = pair.clone();
        pair.key = "TemplateURL".into();
        if matches!(pair.value.content, Content::Map(_)) && pair.value.as_call().is_none() {
            let subject = format!("application of {}", source.id);
            pair.value = Node::unknown(Reason::External, subject, pair.value.span);
        }
        pair
    });
    if location.is_none() {
        scope.error(format!("the application `{}` lacks `Location`", source.id), maker.at);
    }
    stack.entries.extend(location);
    if let Some(tags) = source.truthy("Tags") {
        stack.insert("Tags", maker.at, maker.list(maker.tags(tags)));
    }
    scope.emit(source, Arc::clone(&source.id), "AWS::CloudFormation::Stack", source.own_attributes(), stack);
}
