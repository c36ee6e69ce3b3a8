//! Reads a case of the vector format, asks the library, and names the verdict. Shared by tests and `examples/iam_evaluate.rs`.
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use iac_check::{
    aws::{
        iam::{
            actions::{Bits, Universe},
            cells::each,
            context::{Context, Key},
            element::Subject,
            evaluate::{Case, Policies},
            isolation::{Isolation, TableFacts, Tenant, isolation},
            policy::Policy,
            principal::{Caller, CallerKind},
        },
        text::Text,
    },
    value::Truth,
};
use serde_json::Value;

pub struct Answer {
    pub verdict: &'static str,
    pub via: Vec<String>,
}

pub fn answer(case: &Value) -> Answer {
    match case["kind"].as_str() {
        Some("isolation") => judge(case),
        _ => Answer { verdict: decide(case), via: Vec::new() },
    }
}

fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

fn text(value: &Value) -> Text {
    match value {
        Value::String(text) => Text::from(&**text),
        other => Text::from(&*other.to_string()),
    }
}

fn policy(value: &Value) -> Arc<Policy> {
    Arc::new(Policy::from_json("policy", &value.to_string()))
}

fn policies(case: &Value) -> Policies {
    let all = |value: &Value| items(value).into_iter().map(policy).collect::<Vec<_>>();
    let some = |name: &str| (!case[name].is_null()).then(|| all(&case[name]));
    Policies {
        identity: all(&case["identity"]),
        boundary: some("boundary"),
        session: some("session"),
        organisation: items(&case["scp"]).into_iter().map(all).collect(),
        resource_control: items(&case["rcp"]).into_iter().flat_map(all).collect(),
        endpoint: some("vpce").and_then(|found| found.into_iter().next()),
        resource: some("resource_policy").and_then(|found| found.into_iter().next()),
    }
}

fn caller(principal: &Value) -> Caller {
    let get = |name: &str| principal.get(name).filter(|value| !value.is_null()).map(text);
    let arn = get("arn").unwrap_or_else(|| Text::from(""));
    let kind = match principal["type"].as_str() {
        _ if get("service").is_some() => CallerKind::Service,
        _ if arn.to_string().contains(":role/") => CallerKind::Role,
        Some("root") => CallerKind::Root,
        _ => CallerKind::User,
    };
    Caller {
        kind,
        arn: get("service").unwrap_or(arn),
        session: get("session"),
        account: get("account").unwrap_or_else(|| Text::from("")),
        federated: get("federated"),
    }
}

fn context(value: &Value) -> Context {
    let mut context = Context::closed();
    for (key, values) in value.as_object().into_iter().flatten() {
        context.set(key, Key::many(items(values).into_iter().map(text)));
    }
    context
}

/// Every assignment of the case's symbols, written into the case.
fn worlds(case: &Value) -> Vec<Value> {
    let mut worlds = vec![case.to_string()];
    for (symbol, values) in case["symbols"].as_object().into_iter().flatten() {
        let values: Vec<&str> = items(values).into_iter().map(|value| value.as_str().unwrap()).collect();
        worlds = worlds.iter().flat_map(|world| values.iter().map(|value| world.replace(&**symbol, value))).collect();
    }
    worlds.iter().map(|world| serde_json::from_str(world).unwrap()).collect()
}

fn decide(case: &Value) -> &'static str {
    let (mut allowed, mut denied) = (false, false);
    for case in worlds(case) {
        let policies = policies(&case);
        let subject = Subject::new(text(&case["resource"]), None);
        let universe = Universe::of([case["action"].as_str().unwrap()]);
        let compiled =
            Case::new(&policies, &caller(&case["principal"]), &subject, &text(&case["resource_account"]), &universe);
        let open: Vec<Arc<str>> =
            items(&case["unknown_keys"]).iter().map(|key| key.as_str().unwrap().to_lowercase().into()).collect();
        each(&compiled, &context(&case["context"]), &open, |_, bits: Bits| match bits.truth(0) {
            Truth::True => allowed = true,
            Truth::False => denied = true,
            Truth::Unknown => (allowed, denied) = (true, true),
        });
    }
    match (allowed, denied) {
        (true, false) => "allow",
        (true, true) => "conditional",
        _ => "deny",
    }
}

fn judge(case: &Value) -> Answer {
    let table = &case["table"];
    let arn = text(&table["arn"]);
    let list = |value: &Value| items(value).into_iter().map(text).collect::<Vec<_>>();
    let indexes = table["indexes"].as_object().into_iter().flatten();
    let dax = (case["dax"]["role_reaches_table"] == true).then(|| text(&case["dax"]["cluster"]));
    let facts = TableFacts {
        account: arn.segments(6).unwrap()[4].clone(),
        id: None,
        hash: table["hash"].as_str().unwrap_or_default().into(),
        key_attributes: list(&case["key_attributes"]),
        indexes: indexes.map(|(name, hash)| (Text::from(&**name), hash.as_str().map(Arc::from))).collect(),
        vector_indexes: list(&table["vector_indexes"]),
        stream_policy: policies(case).resource,
        stream: Truth::from(table["stream"] == true),
        dax: dax.into_iter().collect(),
        arn,
    };
    let controls = case["attacker_controls"].as_object().into_iter().flatten();
    let tenant = Tenant {
        context: context(&case["tenant_context"]),
        own: text(&case["own_key"]),
        foreign: vec![case["foreign_key"].as_str().map_or_else(|| Text::from("tenant-B"), Text::from)],
        controls: controls.map(|(key, values)| (key.as_str().into(), list(values))).collect(),
        open: items(&case["open_keys"]).iter().map(|key| key.as_str().unwrap().into()).collect(),
    };
    let (verdict, witnesses) = match isolation(&policies(case), &caller(&case["principal"]), &facts, &tenant) {
        Isolation::Isolated => ("isolated", Vec::new()),
        Isolation::Bypass(witnesses) => ("bypass", witnesses),
        Isolation::Unknown(witnesses) => ("unknown", witnesses),
    };
    Answer {
        verdict,
        via: witnesses
            .iter()
            .map(|witness| format!("{} on {}: {}", witness.action, witness.resource, witness.reason))
            .collect(),
    }
}
