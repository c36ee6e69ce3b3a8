//! Tests of policy documents against what the provider prints.

#![allow(clippy::unwrap_used)]
use super::*;

fn object(parts: &[(&str, Val)]) -> Val {
    Val::object(parts.iter().map(|(name, value)| (Arc::from(*name), value.clone())).collect())
}

fn strings(items: &[&str]) -> Val {
    Val::tuple(items.iter().map(|text| Val::from(*text)).collect())
}

fn json(config: &Val) -> String {
    computed(config).unwrap()["minified_json"].as_str().unwrap().to_owned()
}

#[test]
fn prints_as_the_provider() {
    let principal = object(&[("type", "AWS".into()), ("identifiers", strings(&["arn:a", "arn:b"]))]);
    let condition = object(&[
        ("test", "StringEquals".into()),
        ("variable", "aws:username".into()),
        ("values", strings(&["&{aws:x}"])),
    ]);
    let statement = object(&[
        ("sid", "One".into()),
        ("actions", strings(&["a:B", "a:C"])),
        ("resources", strings(&["*"])),
        ("principals", Val::tuple(vec![principal])),
        ("condition", Val::tuple(vec![condition])),
    ]);
    let config = object(&[("statement", Val::tuple(vec![statement]))]);
    assert_eq!(
        json(&config),
        concat!(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"One","Effect":"Allow","Action":["a:C","a:B"],"Resource":"*","#,
            r#""Principal":{"AWS":["arn:b","arn:a"]},"Condition":{"StringEquals":{"aws:username":"${aws:x}"}}}]}"#
        )
    );
    assert_eq!(json(&object(&[])), r#"{"Version":"2012-10-17"}"#);
}

#[test]
fn patterns_that_begin_alike_are_sorted() {
    let pattern = |end: &str| {
        let pieces = [Piece::Value(Val::unknown_not_null(Type::String)), Piece::Literal(end.into())];
        Val::unknown_not_null(Type::String).hinted(Hint { why: None, form: Form::Pattern(pieces.into()) })
    };
    let sorted = texts(Some(&Val::tuple(vec![pattern(":a"), "known".into(), pattern(":b")]))).unwrap().unwrap();
    let order: Vec<_> = sorted.as_items().unwrap().iter().map(order).collect();
    assert_eq!(order, [(true, "known".to_owned()), (false, ":b".to_owned()), (false, ":a".to_owned())]);
}

#[test]
fn overrides_by_sid() {
    let source =
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"x:*","Resource":["*"]}]}"#;
    let statement = object(&[("sid", "A".into()), ("effect", "Deny".into()), ("actions", strings(&["y:*"]))]);
    let config = object(&[("source_policy_documents", strings(&[source])), ("statement", Val::tuple(vec![statement]))]);
    assert_eq!(json(&config), r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Action":"y:*"}]}"#);
    let empty =
        object(&[("source_policy_documents", strings(&["", source])), ("override_policy_documents", strings(&[""]))]);
    assert!(json(&empty).contains("x:*"));
    let twice = object(&[("source_policy_documents", strings(&[source, source]))]);
    assert!(computed(&twice).is_err());
}

#[test]
fn what_is_unknown_stays_inside() {
    let arn = Val::unknown_not_null(Type::String);
    let statement = object(&[("actions", strings(&["a:B"])), ("resources", Val::tuple(vec![arn]))]);
    let config = object(&[("statement", Val::tuple(vec![statement]))]);
    let json = computed(&config).unwrap().remove("json").unwrap();
    let Form::Json(document) = &json.hint().unwrap().form else { unreachable!("the text remembers its document") };
    let statement = document.as_entries().unwrap()["Statement"].as_items().unwrap()[0].clone();
    assert_eq!(statement.as_entries().unwrap()["Action"].as_str(), Some("a:B"));
    assert!(!statement.as_entries().unwrap()["Resource"].is_known());
}

#[test]
fn blocks_come_in_the_order_of_the_set() {
    let principal = |service| object(&[("type", "Service".into()), ("identifiers", strings(&[service]))]);
    let statement = object(&[
        ("actions", strings(&["sts:AssumeRole"])),
        ("principals", Val::tuple(["ssm", "lambda", "ssm", "batch"].map(principal).to_vec())),
    ]);
    let config = object(&[("statement", Val::tuple(vec![statement]))]);
    assert!(json(&config).contains(r#""Principal":{"Service":["batch","lambda","ssm"]}"#));
}
