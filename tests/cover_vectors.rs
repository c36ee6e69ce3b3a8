//! Vectors of what trails record, plans back up, endpoints serve and keys are: `testdata/cover/cover-cases.jsonl`, or the
//! file of that name in the folder that `IAC_CHECK_VECTORS` names. Text in `⟦…⟧` is symbolic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{path::PathBuf, sync::Arc};

use iac_check::{
    aws::{
        backup::selection::{Condition, KnownTags, Operator, Plan, Selection},
        cloudtrail::selection::{Basic, Events, FieldSelector, ReadWrite, Recorder, Selectors, Subject},
        kms::KeyClass,
        network::routing::{Endpoint, EndpointKind, Network, Subnet, Table},
        symbolic::{Text, literal},
    },
    value::{Pattern, Piece, Reason, Symbol, Truth, Unknown},
};
use serde_json::{Value, json};

fn vectors() -> Vec<Value> {
    let folder = std::env::var_os("IAC_CHECK_VECTORS").map_or_else(|| PathBuf::from("testdata/cover"), PathBuf::from);
    let text = std::fs::read_to_string(folder.join("cover-cases.jsonl")).expect("the vectors");
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).expect("a case"))
        .collect()
}

#[test]
fn all_cases_agree() {
    let cases = vectors();
    let mut wrong = Vec::new();
    for case in &cases {
        let got = match case["kind"].as_str().unwrap() {
            "trail" => trail(case),
            "backup" => json!(word(backup(case))),
            "vpc" => json!(vpc(case)),
            "kms" => json!(kms(case)),
            kind => panic!("unknown kind {kind}"),
        };
        if got != case["expected"] {
            wrong.push(format!("{} ({}): expected {}, got {got}", case["id"], case["why"], case["expected"]));
        }
    }
    println!("{} of {} agree", cases.len() - wrong.len(), cases.len());
    assert!(!cases.is_empty() && wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown => "unknown",
    }
}

fn is_unknown(value: &Value) -> bool {
    value.get("unknown").is_some_and(|unknown| unknown != &json!(false))
}

fn pattern(text: &str) -> Pattern {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('⟦') {
        let (name, after) = after.split_once('⟧').unwrap();
        pieces.push(Piece::Literal(before.into()));
        // A pseudo symbol, since what a hole stands for is never empty.
        pieces.push(Piece::Symbol(Symbol::Pseudo { name: name.into(), scope: "".into() }));
        rest = after;
    }
    pieces.push(Piece::Literal(rest.into()));
    Pattern::new(pieces)
}

fn text(value: &Value) -> Text {
    value.as_str().map(pattern)
}

fn texts(value: &Value) -> Vec<Text> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(text).collect(),
        value => vec![text(value)],
    }
}

fn truth(value: &Value, default: bool) -> Truth {
    match value {
        Value::Bool(value) => Truth::from(*value),
        value if value.is_null() => Truth::from(default),
        _ => Truth::Unknown,
    }
}

/// A key that is missing is the default, one that is null is unknown.
fn flag(object: &Value, key: &str, default: bool) -> Truth {
    match object.get(key) {
        Some(Value::Null) => Truth::Unknown,
        Some(value) => truth(value, default),
        None => Truth::from(default),
    }
}

fn trail(case: &Value) -> Value {
    let (table, trail) = (&case["table"], &case["trail"]);
    let arn = text(&table["arn"]).unwrap();
    let stream = format!("{}/stream/⟦label⟧", table["arn"].as_str().unwrap());
    let subject = Subject {
        stream_arn: text(&table["stream_arn"]).unwrap_or_else(|| pattern(&stream)),
        arn,
        region: text(&table["region"]),
        account: text(&table["account"]),
    };
    let store = trail["kind"] == json!("event_data_store");
    let ingesting = if store { flag(trail, "ingesting", true) } else { Truth::True };
    let recorder = Recorder {
        active: flag(trail, "is_logging", true).and(ingesting),
        multi_region: flag(trail, "multi_region", false),
        organization: flag(trail, "organization", false),
        region: text(&trail["region"]),
        account: text(&trail["account"]),
        selectors: selectors(trail),
    };
    let summary = Events::default().covered(&recorder, &subject).summary();
    let bit = |name: &str| match name {
        "data_read" => summary.reads,
        "data_write" => summary.writes,
        "stream" => summary.streams,
        "management" => summary.management,
        name => panic!("unknown bit {name}"),
    };
    let expected = case["expected"].as_object().unwrap();
    expected.keys().map(|name| (name.clone(), json!(word(bit(name))))).collect::<serde_json::Map<_, _>>().into()
}

fn selectors(trail: &Value) -> Selectors {
    if is_unknown(&trail["advanced"]) || is_unknown(&trail["basic"]) {
        return Selectors::Unknown;
    }
    if let Some(advanced) = trail["advanced"].as_array() {
        let field = |field: &Value| FieldSelector {
            field: field["field"].as_str().map(str::to_owned),
            equals: texts(&field["equals"]),
            starts_with: texts(&field["starts_with"]),
            ends_with: texts(&field["ends_with"]),
            not_equals: texts(&field["not_equals"]),
            not_starts_with: texts(&field["not_starts_with"]),
            not_ends_with: texts(&field["not_ends_with"]),
        };
        let selector = |selector: &Value| selector.as_array().unwrap().iter().map(field).collect();
        return Selectors::Advanced(advanced.iter().map(selector).collect());
    }
    let Some(basic) = trail["basic"].as_array() else { return Selectors::Default };
    let selector = |selector: &Value| Basic {
        read_write: match selector.get("read_write").map(Value::as_str) {
            None | Some(Some("All")) => Some(ReadWrite::All),
            Some(Some("ReadOnly")) => Some(ReadWrite::ReadOnly),
            Some(Some("WriteOnly")) => Some(ReadWrite::WriteOnly),
            Some(_) => None,
        },
        management: flag(selector, "management", true),
        data: selector["data"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|data| (text(&data["type"]), texts(&data["values"])))
            .collect(),
    };
    Selectors::Basic(basic.iter().map(selector).collect())
}

fn backup(case: &Value) -> Truth {
    let (table, plan) = (&case["table"], &case["plan"]);
    let mut tags = KnownTags::default();
    match &table["tags"] {
        unknown if is_unknown(unknown) => tags.open = true,
        known => {
            let known = known.as_object().into_iter().flatten();
            tags.entries.extend(known.map(|(key, value)| (key.clone(), text(value))));
        }
    }
    let pair = |tag: &Value| (text(&tag["key"]), text(&tag["value"]));
    let selection = |selection: &Value| Selection {
        resources: texts(&selection["resources"]),
        not_resources: texts(&selection["not_resources"]),
        list_of_tags: selection["list_of_tags"].as_array().into_iter().flatten().map(pair).collect(),
        conditions: conditions(&selection["conditions"]),
        role_can_backup: flag(selection, "role_can_backup", true),
    };
    let plan = Plan {
        has_rule: flag(plan, "has_rule", true),
        opted_in: flag(plan, "opt_in", true),
        selections: plan["selections"].as_array().into_iter().flatten().map(selection).collect(),
    };
    plan.covers(&text(&table["arn"]).unwrap(), &tags)
}

fn conditions(value: &Value) -> Vec<Condition> {
    let mut found = Vec::new();
    for (name, entries) in value.as_object().into_iter().flatten() {
        let operator = match &**name {
            "StringEquals" => Operator::Equals,
            "StringNotEquals" => Operator::NotEquals,
            "StringLike" => Operator::Like,
            "StringNotLike" => Operator::NotLike,
            name => panic!("unknown operator {name}"),
        };
        let condition = |entry: &Value| Condition { operator, key: text(&entry["key"]), value: text(&entry["value"]) };
        found.extend(entries.as_array().unwrap().iter().map(condition));
    }
    found
}

fn vpc(case: &Value) -> &'static str {
    let (workload, net) = (&case["workload"], &case["net"]);
    let node = |value: &Value| value.as_str().map(Arc::<str>::from);
    let mut network = Network::default();
    for (id, subnet) in net["subnets"].as_object().into_iter().flatten() {
        let table = match net["associations"].get(id) {
            None | Some(Value::Null) => Table::Main,
            Some(table) => node(table).map_or(Table::Unknown, Table::Explicit),
        };
        network.subnets.insert(id.as_str().into(), Subnet { vpc: node(&subnet["vpc"]), table });
    }
    for (id, vpc) in net["vpcs"].as_object().into_iter().flatten() {
        if let Some(main) = node(&vpc["main"]) {
            network.main.insert(id.as_str().into(), main);
        }
    }
    for endpoint in net["endpoints"].as_array().into_iter().flatten() {
        network.endpoints.push(Endpoint {
            service: text(&endpoint["service"]),
            vpc: node(&endpoint["vpc"]),
            kind: match endpoint.get("type").map(|kind| kind.as_str()) {
                None | Some(Some("Gateway")) => EndpointKind::Gateway,
                Some(Some(_)) => EndpointKind::Interface,
                Some(None) => EndpointKind::Unknown,
            },
            tables: match &endpoint["route_tables"] {
                Value::Array(tables) => tables.iter().map(node).collect(),
                Value::Null => Vec::new(),
                _ => vec![None],
            },
            addressed: false,
        });
    }
    match &workload["subnets"] {
        Value::Null => "not-in-vpc",
        Value::Array(subnets) => {
            let private = |subnet: &Value| subnet.as_str().map_or(Truth::Unknown, |subnet| network.is_private(subnet));
            word(Truth::all(subnets.iter().map(private)))
        }
        _ => "unknown",
    }
}

fn kms(case: &Value) -> &'static str {
    let (sse, keys) = (&case["sse"], &case["keys"]);
    if sse.is_null() {
        return KeyClass::of_encryption(Truth::False, None).name();
    }
    let enabled = match sse.get("enabled") {
        None | Some(Value::Null) => Truth::False,
        Some(value) => truth(value, false),
    };
    let key = match sse.get("key") {
        None | Some(Value::Null) => None,
        Some(key) => Some(match key.as_str() {
            None => KeyClass::Unknown,
            Some(text) => {
                let text = keys["aliases"].get(text).and_then(Value::as_str).unwrap_or(text);
                let defined = keys["cmk"].as_array().into_iter().flatten().any(|key| key == text);
                if defined { KeyClass::Customer } else { KeyClass::of_text(&pattern(text)) }
            }
        }),
    };
    KeyClass::of_encryption(enabled, key).name()
}

#[test]
fn an_unkeyed_unknown_equals_nothing() {
    let unknown = Unknown::new(Reason::Input, "var.x");
    let pattern = Pattern::new([Piece::Symbol(Symbol::Unknown(Arc::new(unknown)))]);
    assert_eq!(iac_check::aws::symbolic::equals(&pattern, &pattern), Truth::Unknown);
    assert_eq!(iac_check::aws::symbolic::equals(&literal("a"), &literal("a")), Truth::True);
}
