//! scratch
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]
use iac_check::{source::Sources, terraform::{self, Library, Options}, value::{Kind, Value}};
use serde_json::{Value as Json, json};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let sources = Sources::new(std::path::Path::new(&args[1])).unwrap();
    let library = Library::new(&sources);
    let started = std::time::Instant::now();
    let stack = terraform::load(&library, &args[2], &Options { workspace: Some("default".into()), everything: true, inputs: args[3..].iter().map(|p| { let (a,b)=p.split_once('=').unwrap(); terraform::modules::inputs::Given::Variable(a.into(), b.into()) }).collect(), ..Options::default() });
    eprintln!("{:?}", started.elapsed());
    let resources: serde_json::Map<String, Json> = stack.resources.iter().map(|r| (r.id.address.to_string(), json!({"type": &*r.source_type, "exists": format!("{:?}", r.exists), "attributes": json(&r.attributes)}))).collect();
    let problems: Vec<Json> = stack.problems.iter().map(|p| json!([format!("{:?}", p.kind), p.code, p.message, p.span.map(|s| { let f = sources.file(s.file); format!("{}:{}", f.path(), f.position(s.start).line) })])).collect();
    println!("{}", json!({"resources": resources, "problems": problems}));
}
fn json(value: &Value) -> Json {
    match &value.kind {
        Kind::Absent | Kind::Null => Json::Null,
        Kind::Bool(v) => json!(v),
        Kind::Number(n) => serde_json::from_str(&n.text()).unwrap(),
        Kind::String(t) => json!(&*t.text),
        Kind::List(l) => if l.open.is_some() { json!({"$open": l.items.iter().map(json).collect::<Vec<_>>()}) } else { l.items.iter().map(json).collect() },
        Kind::Map(m) => m.entries.iter().map(|e| (e.key.to_string(), json(&e.value))).collect::<serde_json::Map<_, _>>().into(),
        Kind::Choice(c) => json!({"$if": c.arms.iter().map(|(f, v)| json!([format!("{f:?}"), json(v)])).collect::<Vec<_>>()}),
        Kind::Pattern(p) => json!({"$pattern": p.to_string()}),
        Kind::Reference(r) => json!({"$ref": format!("{}.{}", r.target.address, r.attribute)}),
        Kind::Unknown(u) => json!({"$unknown": u.to_string()}),
    }
}
