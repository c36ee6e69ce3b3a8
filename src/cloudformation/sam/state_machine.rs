//! `AWS::Serverless::StateMachine`. In: the resource. Out: an `AWS::StepFunctions::StateMachine`, its role unless one is
//! given, and what its events need.

use std::sync::Arc;

use super::{
    event::Target,
    push_events,
    role::Role,
    scope::{Scope, Source},
};
use crate::cloudformation::tree::{Mapping, NodeRef, Pair};

/// Puts the state machine in place and adds what belongs to it.
pub fn expand(scope: &mut Scope<'_>, source: &Source) {
    let maker = source.maker;
    let renamed = [
        ("Name", "StateMachineName"),
        ("Type", "StateMachineType"),
        ("Logging", "LoggingConfiguration"),
        ("Tracing", "TracingConfiguration"),
        ("DefinitionSubstitutions", "DefinitionSubstitutions"),
        ("Definition", "Definition"),
        ("DefinitionUri", "DefinitionS3Location"),
    ];
    let rename = |(from, to): &(&str, &str)| {
        source.get(from)?;
        Some(Pair { key: (*to).into(), ..source.properties.pair(from)?.clone() })
    };
    let mut machine = Mapping { entries: renamed.iter().filter_map(rename).collect(), ..source.copy(&[]) };
    machine.entries.push(maker.pair("Tags", tags(source)));
    let role = match source.truthy("Role") {
        Some(given) => {
            if source.truthy("Policies").is_some() {
                scope.error(format!("`{}` has both `Role` and `Policies`", source.id), given.span);
            }
            Arc::clone(given)
        }
        None => execution_role(scope, source),
    };
    machine.entries.push(maker.pair("RoleArn", role));
    let target = target(scope, source);
    let events = source.truthy("Events").and_then(|node| node.as_map());
    for event in events.into_iter().flat_map(|map| &map.entries) {
        push_events::for_state_machine(scope, source, &target, event);
    }
    scope.emit(source, Arc::clone(&source.id), "AWS::StepFunctions::StateMachine", source.own_attributes(), machine);
}

fn tags(source: &Source) -> NodeRef {
    let maker = source.maker;
    let written = source.truthy("Tags").map(|tags| maker.tags(tags)).unwrap_or_default();
    let propagated = !written.is_empty() && source.truthy("PropagateTags").is_some();
    let own =
        (!propagated).then(|| maker.map([("Key", maker.text("stateMachine:createdBy")), ("Value", maker.text("SAM"))]));
    maker.list(own.into_iter().chain(written).collect())
}

/// Emits the role; gives its ARN.
fn execution_role(scope: &mut Scope<'_>, source: &Source) -> NodeRef {
    let mut role = Role::new(source, format!("{}Role", source.id), "states.amazonaws.com");
    if let Some(policies) = source.truthy("Policies") {
        role.add_policies(scope, source, policies);
    }
    if source.get("Tracing").and_then(|tracing| tracing.get("Enabled")).and_then(|node| node.as_bool()) == Some(true) {
        role.attach("AWSXrayWriteOnlyAccess");
    }
    role.set("Path", source.get("RolePath"));
    role.set("PermissionsBoundary", source.get("PermissionsBoundary"));
    role.set("Tags", Some(&tags(source)));
    let arn = role.arn();
    role.emit(scope, source);
    arn
}

/// What events start: the state machine, or its alias when it says so.
fn target(scope: &mut Scope<'_>, source: &Source) -> Target {
    let maker = source.maker;
    let alias = source
        .truthy("AutoPublishAlias")
        .and_then(|node| node.as_str())
        .map(|name| format!("{}Alias{name}", source.id));
    let mut id = source.id.to_string();
    if let Some(alias) = alias {
        let machine = |property: &str| maker.pair(property, maker.reference(&source.id));
        let version = Mapping { entries: vec![machine("StateMachineArn")], ..Mapping::default() };
        let name = format!("{}Version", source.id);
        scope.emit(source, name, "AWS::StepFunctions::StateMachineVersion", source.passed_attributes(), version);
        scope.emit(
            source,
            alias.as_str(),
            "AWS::StepFunctions::StateMachineAlias",
            source.passed_attributes(),
            Mapping::default(),
        );
        if source.truthy("UseAliasAsEventTarget").is_some() {
            id = alias;
        }
    }
    Target { id: Arc::clone(&source.id), name: maker.reference(&id), arn: maker.reference(&id) }
}
