//! Parsing: what HashiCorp's parser accepts, what is told of the rest, and where things stand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::source::{SourceFile, Sources};

fn file(text: &str) -> std::sync::Arc<SourceFile> {
    let folder = tempfile::tempdir().unwrap();
    Sources::new(folder.path()).unwrap().insert("a.tf", text.to_owned())
}

fn expr(text: &str) -> Result<Expr, String> {
    let file = file(text);
    parse_expression(file.text(), file.id()).map_err(|problem| problem.message.clone())
}

fn literal(text: &str) -> String {
    match expr(text).unwrap().kind {
        ExprKind::String(text) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn strings_and_heredocs() {
    assert_eq!(literal(r#""a\n\u00e9 $${x} %%{y} $ % $$""#), "a\né ${x} %{y} $ % $$");
    assert_eq!(literal("<<X\n  a\\n\n\nX\n"), "  a\\n\n\n");
    assert_eq!(literal("<<-X\n    a\n\n      b\n  X\n"), "a\n\n  b\n");
    assert_eq!(literal("<<X\r\na\r\nX\r\n"), "a\r\n");
    assert!(expr("<<X\nabc\n").is_err());
    assert!(expr("\"a\nb\"").is_err());
    assert!(expr(r#""\x41""#).is_err());
}

#[test]
fn a_marker_inside_an_interpolation_does_not_close() {
    let parsed = expr("<<X\n${join(\",\", [<<X\na\nX\n])}\nX\n").unwrap();
    assert!(matches!(parsed.kind, ExprKind::Template(ref parts) if parts.len() == 2), "{parsed:?}");
}

#[test]
fn newlines_count_where_terraform_counts_them() {
    for good in [
        "{ for k, v in x :\nk => c ?\na :\nb\n}",
        "(1\n+ 2)",
        "f(\na,\nb\n)",
        "[\n1,\n]",
        "{\na = 1\n\nb = 2, c = 3\n}",
    ] {
        assert!(expr(good).is_ok(), "{good}: {:?}", expr(good));
    }
    for bad in [
        "{ a = true ?\n1 : 2 }",
        "[\n1\n2\n]",
        "{a = 1 b = 2}",
        "{ , }",
        "1.0.0",
        "var.list.0.0",
        "a.*.b.*.c",
        "()",
        "{for = 1}",
        "%{ if }",
    ] {
        assert!(expr(bad).is_err(), "{bad}");
    }
}

#[test]
fn an_error_costs_one_block() {
    let text = "\u{feff}a = 1\nresource \"t\" \"x\" {\n  b = = 2\n  c = 3\n}\nresource \"t\" \"y\" {\n  d = \"unclosed\n}\nvariable \"v\" {}\n";
    let file = file(text);
    let parsed = parse_file(&file);
    let blocks: Vec<_> = parsed.body.blocks.iter().map(|block| (file.slice(block.header), block.broken)).collect();
    assert_eq!(blocks, [("resource \"t\" \"x\"", true), ("resource \"t\" \"y\"", true), ("variable \"v\"", false)]);
    assert_eq!(parsed.problems.len(), 2);
    assert_eq!(parsed.body.attributes.len(), 1);
}

#[test]
fn nesting_is_bounded() {
    for deep in [
        "(".repeat(100_000),
        "[".repeat(100_000),
        "-".repeat(100_000),
        "x[*]".repeat(50_000),
        "{a=".repeat(100_000),
        "\"${".repeat(50_000),
        "%{if x}".repeat(50_000),
    ] {
        assert!(expr(&deep).is_err());
    }
    let sum = vec!["1"; 100_000].join(" + ");
    assert!(expr(&sum).is_ok());
    let file = file(&"a {\n".repeat(10_000));
    assert!(!parse_file(&file).problems.is_empty());
}

#[test]
fn spans_slice_back() {
    let text = "x = [\"a${b.c[0].d}e\", -f(1, g...), { k = v ? 1 : \"${w}\" }, <<E\n q ${r} s\nE\n]\n";
    let file = file(text);
    let parsed = parse_file(&file);
    assert_eq!(parsed.problems, []);
    let mut seen = Vec::new();
    parsed.body.attributes[0].value.walk(&mut |expr| seen.push(file.slice(expr.span).to_owned()));
    for wanted in [
        "b.c[0].d",
        "b",
        "0",
        "-f(1, g...)",
        "f(1, g...)",
        "g",
        "k",
        "v ? 1 : \"${w}\"",
        "\"${w}\"",
        "w",
        "r",
        "<<E\n q ${r} s\nE",
    ] {
        assert!(seen.iter().any(|text| text == wanted), "{wanted} not in {seen:?}");
    }
}

#[test]
fn json_offsets_survive_escapes() {
    let text = r#"{"resource":{"t":{"x":{"a":"\u00e9\n\"${var.b}\"","depends_on":["aws_x.y"],"//":"c"}}}}"#;
    let file = file(text);
    let parsed = json::parse(file.text(), file.id());
    assert_eq!(parsed.problems, []);
    let block = &parsed.body.blocks[0];
    assert_eq!(block.labels.len(), 2);
    let mut seen = Vec::new();
    block
        .body
        .attributes
        .iter()
        .for_each(|attribute| attribute.value.walk(&mut |expr| seen.push(file.slice(expr.span).to_owned())));
    assert!(seen.contains(&"var.b".to_owned()), "{seen:?}");
    assert_eq!(block.body.attributes.len(), 2);
}
