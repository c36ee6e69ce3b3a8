//! Tests of the parser.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::guard::syntax::{Clause, Literal, Operator, Part, Query};

fn only_clause(text: &str) -> Clause {
    let mut policy = parse(text).unwrap();
    assert_eq!(policy.rules.len(), 1, "{text}");
    policy.rules[0].block.clauses.pop().unwrap().pop().unwrap()
}

fn query(text: &str) -> Query {
    match parse(&format!("let x = {text}")).unwrap().lets.pop().unwrap().value {
        Operand::Query(query) => query,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn steps_of_queries() {
    let found = query("some Resources.*[ Type == 'A' ].Properties.Tags[*]['Key'][0].%names.\"a b\"[ keys in /x/ ]");
    assert!(!found.all);
    let names: Vec<&str> = found
        .parts
        .iter()
        .map(|part| match part {
            Part::This => "this",
            Part::Key(key) => key,
            Part::Variable(name) => name,
            Part::Values(_) => "*",
            Part::Indices(_) => "[*]",
            Part::Index(_) => "[n]",
            Part::Filter(..) => "[filter]",
            Part::Keys(..) => "[keys]",
        })
        .collect();
    let expected = ["Resources", "*", "[filter]", "Properties", "Tags", "[*]", "Key", "[n]", "names", "a b", "[keys]"];
    assert_eq!(names, expected);
    assert!(matches!(&query("%x[ name | Type exists ]").parts[1], Part::Filter(Some(name), _) if &**name == "name"));
}

#[test]
fn forms_of_clauses() {
    assert!(matches!(only_clause("a not exists"), Clause::Test(test) if test.negated && !test.inverted));
    assert!(matches!(only_clause("!a.b exists"), Clause::Test(test) if !test.negated && test.inverted));
    assert!(
        matches!(only_clause("a !in ['x', /y/]"), Clause::Test(test) if test.operator == Operator::In && test.negated)
    );
    assert!(matches!(only_clause("NAME <<why>>"), Clause::Rule(rule) if rule.message.as_deref() == Some("why")));
    assert!(matches!(only_clause("!NAME"), Clause::Rule(rule) if rule.negated));
    assert!(matches!(only_clause("check(%a, 'b', count(%c))"), Clause::Call(call) if call.arguments.len() == 3));
    assert!(matches!(only_clause("%a !empty { b exists }"), Clause::Each(each) if each.not_empty));
    assert!(matches!(only_clause("AWS::S3::Bucket when a exists { b exists }"), Clause::Type(_)));
    assert!(matches!(only_clause("AWS::S3::Bucket Properties.A == 1"), Clause::Type(_)));
    assert!(matches!(only_clause("when A { b exists or c exists }"), Clause::When(..)));
    assert!(matches!(only_clause("\"AWS::X::Y\".a exists"), Clause::Test(_)));
}

#[test]
fn literals() {
    let value = |text: &str| parse(&format!("let x = {text}")).unwrap().lets.pop().unwrap().value;
    assert!(matches!(value("-5"), Operand::Literal(Literal::Int(-5))));
    assert!(matches!(value("1.5"), Operand::Literal(Literal::Float(f)) if f == 1.5));
    assert!(matches!(value(r#""a\"b""#), Operand::Literal(Literal::Text(text)) if &*text == "a\"b"));
    assert!(matches!(value(r"/a\/b\.c/"), Operand::Literal(Literal::Regex(regex)) if regex.text() == r"a/b\.c"));
    assert!(matches!(value("r(1, 5]"), Operand::Literal(Literal::Ints(range)) if !range.holds(&1) && range.holds(&5)));
    assert!(matches!(value("{a: [1], 'b c': {}}"), Operand::Literal(Literal::Map(map)) if map.len() == 2));
    assert!(matches!(value("[ ]"), Operand::Literal(Literal::List(_))));
    assert!(matches!(value("truest.a"), Operand::Query(_)));
    assert!(matches!(value("to_lower(%a)"), Operand::Call(..)));
}

#[test]
fn rules_end_where_they_should() {
    let text = "let a = Resources.*[ Type == 'X' # why\n A not exists or A.* != 'Y'\n]\nrule R when %a !empty {\n %a.B == true\n <<\n say >>\n OTHER\n}\nrule OTHER(p) { %p exists }";
    let policy = parse(text).unwrap();
    assert_eq!((policy.lets.len(), policy.rules.len(), policy.callable.len()), (1, 1, 1));
    assert_eq!(policy.rules[0].block.clauses.len(), 2);
    assert_eq!(&text[policy.rules[0].place.clone()], "R");
}

#[test]
fn mistakes_have_places() {
    let wrong = |text: &str| parse(text).unwrap_err();
    assert_eq!(wrong("rule R { a == }").at, 14);
    assert_eq!(wrong("rule R { a exists").at, 17);
    assert!(wrong("rule é").message.contains("name of the rule"));
    assert!(wrong("a == /(/").message.contains("regular expression"));
    assert!(wrong("a == 'x").message.contains("closing"));
    assert!(wrong(&format!("a == {}", "[".repeat(100))).message.contains("nested deeper"));
    assert!(wrong(&"a[ ".repeat(100)).message.contains("nested deeper"));
    assert!(wrong(&format!("a{} exists", "[*]".repeat(300))).message.contains("256 steps"));
    assert!(wrong("let a = count()").message.contains("1 arguments"));
}
