//! Configurations that would take for ever, or all memory: each ends soon, says which bound was met, and keeps what
//! does not depend on it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use iac_check::{
    model::Stack,
    source::Sources,
    terraform::{self, Library, Options},
};

/// Generous: a debug build on a busy machine. A release build needs well under a second for each.
const LIMIT: Duration = Duration::from_secs(60);

/// A table that has nothing to do with the bomb beside it.
const TABLE: &str = "resource \"aws_dynamodb_table\" \"t\" {\n  name = \"t\"\n}\n";

fn load(files: &[(&str, &str)]) -> Stack {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let sources = Sources::new(folder.path()).unwrap();
    let started = Instant::now();
    let stack = terraform::load(&Library::new(&sources), ".", &Options { everything: true, ..Options::default() });
    let taken = started.elapsed();
    assert!(taken < LIMIT, "took {taken:?}");
    println!("{taken:?}");
    stack
}

/// Loads `text` beside a table, which must be found whatever happens.
fn bomb(text: &str) -> Stack {
    let stack = load(&[("bomb.tf", text), ("table.tf", TABLE)]);
    assert!(
        stack.resources.iter().any(|resource| &*resource.id.address == "aws_dynamodb_table.t"),
        "the table is lost"
    );
    stack
}

/// Something is said, and what is said names the cause.
fn says(stack: &Stack, part: &str) {
    assert!(
        stack.problems.iter().any(|problem| problem.message.contains(part)),
        "{part:?} is not said: {:?}",
        stack.problems
    );
}

fn local(expression: &str) -> Stack {
    bomb(&format!("locals {{\n  x = {expression}\n}}\n"))
}

#[test]
fn ranges_are_as_short_as_terraform_has_them() {
    says(&local("range(1000000000)"), "1024");
    says(&local("range(0, 1, 0.0000001)"), "1024");
}

#[test]
fn nested_loops_stop() {
    let loops = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : [for d in range(1000) : a]]]]";
    says(&local(loops), "loops make more than");
    let template = "\"%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }${a}%{ endfor }%{ endfor }%{ endfor }\"";
    says(&local(template), "more than");
}

#[test]
fn instances_are_bounded() {
    let stack = bomb("resource \"aws_dynamodb_table\" \"many\" {\n  count = 1000000000\n  name = \"many\"\n}\n");
    says(&stack, "instances");
    assert!(stack.resources.iter().any(|resource| &*resource.id.address == "aws_dynamodb_table.many[*]"));
    let modules = "module \"m\" {\n  source = \"./m\"\n  count = 9000\n}\n";
    let inner = "module \"n\" {\n  source = \"../n\"\n  count = 9000\n}\n";
    let stack = load(&[("main.tf", modules), ("m/main.tf", inner), ("n/main.tf", TABLE)]);
    says(&stack, "instances");
}

#[test]
fn strings_are_bounded() {
    let mut doublings = "locals {\n  a0 = \"xxxxxxxxxxxxxxxx\"\n".to_owned();
    for at in 1..=40 {
        writeln!(doublings, "  a{at} = \"${{local.a{0}}}${{local.a{0}}}\"", at - 1).unwrap();
    }
    doublings.push_str("}\n");
    says(&bomb(&doublings), "bytes");
    for expression in [
        "format(\"%1000000000d\", 1)",
        "format(\"%.1000000000f\", 1.5)",
        "indent(1000000000, \"a\\nb\")",
        "replace(join(\"\", [for i in range(1000) : \"aaaaaaaaaa\"]), \"a\", join(\"\", [for i in range(1000) : \"bbbbbbbbbb\"]))",
        "join(join(\",\", [for i in range(1000) : \"aaaaaaaaaaaaaaaa\"]), [for i in range(1024) : \"${i}\"])",
        "jsonencode([for i in range(1000) : join(\"\", [for j in range(1000) : \"aaaaaaaaaaaaaaaaaaaaaaaa\"])])",
    ] {
        let stack = local(expression);
        assert!(!stack.problems.is_empty(), "{expression}: nothing is said");
    }
}

#[test]
fn doublings_of_lists_are_bounded() {
    let mut doublings = "locals {\n  a0 = [1, 2, 3, 4]\n".to_owned();
    for at in 1..=40 {
        writeln!(doublings, "  a{at} = concat(local.a{0}, local.a{0})", at - 1).unwrap();
    }
    doublings.push_str("}\n");
    says(&bomb(&doublings), "length of a list");
    let mut nested = "locals {\n  a0 = [1]\n".to_owned();
    for at in 1..=60 {
        writeln!(nested, "  a{at} = [local.a{0}, local.a{0}]", at - 1).unwrap();
    }
    nested.push_str("  text = jsonencode(local.a60)\n  flat = flatten(local.a60)\n}\n");
    assert!(!bomb(&nested).problems.is_empty());
}

#[test]
fn products_and_numbers_are_bounded() {
    says(&local("setproduct(range(1000), range(1000), range(1000), range(1000), range(1000))"), "size of a product");
    for expression in [
        "pow(9, 1000000000)",
        "1e999999999",
        "cidrsubnets(\"10.0.0.0/8\", [for i in range(1000) : 24]...)",
        "bcrypt(\"x\", 31)",
    ] {
        local(expression);
    }
}

#[test]
fn documents_are_bounded() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..=12 {
        writeln!(laughs, "a{at}: &a{at} [{}]", vec![format!("*a{}", at - 1); 9].join(", ")).unwrap();
    }
    let files = [
        ("laughs.yaml", laughs.as_str()),
        ("table.tf", TABLE),
        ("main.tf", "locals {\n  x = yamldecode(file(\"laughs.yaml\"))\n}\n"),
    ];
    assert!(!load(&files).problems.is_empty());
    let brackets = "[".repeat(1_000_000);
    let files = [
        ("deep.json", brackets.as_str()),
        ("table.tf", TABLE),
        ("main.tf", "locals {\n  x = jsondecode(file(\"deep.json\"))\n}\n"),
    ];
    assert!(!load(&files).problems.is_empty());
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{a=", "}"), ("-", ""), ("\"${", "}\""), ("upper(", ")"), ("true ? ", " : 1")]
    {
        let stack = local(&format!("{}1{}", open.repeat(10_000), close.repeat(10_000)));
        assert!(!stack.problems.is_empty(), "{open}: nothing is said");
    }
    let blocks =
        format!("resource \"aws_dynamodb_table\" \"deep\" {{\n{}{}}}\n", "a {\n".repeat(10_000), "}\n".repeat(10_000));
    assert!(!bomb(&blocks).problems.is_empty());
}

#[test]
fn modules_do_not_recurse() {
    let itself = "module \"again\" {\n  source = \"./\"\n}\n";
    says(&bomb(itself), "part of");
    let a = "module \"b\" {\n  source = \"../b\"\n}\n";
    let b = "module \"a\" {\n  source = \"../a\"\n}\n";
    let stack = load(&[("main.tf", "module \"a\" {\n  source = \"./a\"\n}\n"), ("a/main.tf", a), ("b/main.tf", b)]);
    says(&stack, "part of");
    let calls = "module \"x\" {\n  source = \"../m1\"\n}\nmodule \"y\" {\n  source = \"../m1\"\n}\n";
    let mut files = vec![("main.tf".to_owned(), "module \"x\" {\n  source = \"./m0\"\n}\n".to_owned())];
    for at in 0..40 {
        files.push((format!("m{at}/main.tf"), calls.replace("m1", &format!("m{}", at + 1))));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert!(!load(&files).problems.is_empty());
}

#[test]
fn long_chains_are_no_deep_recursion() {
    let mut chain = "locals {\n  a0 = \"x\"\n".to_owned();
    for at in 1..100_000 {
        writeln!(chain, "  a{at} = local.a{}", at - 1).unwrap();
    }
    chain.push_str("}\nresource \"aws_dynamodb_table\" \"chained\" {\n  name = local.a99999\n}\n");
    let stack = bomb(&chain);
    let chained =
        stack.resources.iter().find(|resource| &*resource.id.address == "aws_dynamodb_table.chained").unwrap();
    assert_eq!(chained.attributes.as_map().unwrap().get("name").unwrap().as_str(), Some("x"));
}

#[test]
fn large_literals_are_read_in_linear_time() {
    let mut object = "locals {\n  x = {\n".to_owned();
    for at in 0..40_000 {
        writeln!(object, "    key{at} = {at}").unwrap();
    }
    object.push_str("  }\n  y = keys(local.x)\n}\n");
    bomb(&object);
    let mut heredoc = "locals {\n  x = <<-EOT\n".to_owned();
    for at in 0..100_000 {
        writeln!(heredoc, "    line {at}").unwrap();
    }
    heredoc.push_str("  EOT\n}\n");
    bomb(&heredoc);
    let combining = format!("locals {{\n  x = \"a{}\"\n}}\n", "\u{301}\u{316}".repeat(100_000));
    bomb(&combining);
    bomb(&format!("locals {{\n  x = {}1\n}}\n", "1 + ".repeat(50_000)));
}
