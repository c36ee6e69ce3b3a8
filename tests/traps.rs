//! Configurations on which other checkers are wrong or silent, with the truth beside each in `expect.json`: verdicts,
//! scenarios, messages, values. `IAC_CHECK_VECTORS` names a folder of more, laid out as `testdata/traps`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use iac_check::{
    aws::Project,
    check::{Options, open, resolve},
    engine::{Judgement, LeafOutcome, Outcome, Profile, judge},
    model::{Problem, Resource},
    rules,
    source::Sources,
    terraform,
    value::{DomainValue, Kind, Value, World},
};
use serde_json::Value as Json;

/// Names for what the reports must say, and the rules that say it.
const SPECIAL: [(&str, &str); 1] = [("special/vpce-interface-subnets", "network/endpoint-unattached")];

/// The rule that is meant. Expectations say `kms/key-policy-public` of any resource policy that lets everyone in; the
/// policy of a table is judged at the table, which may have it inline or from a resource of its own.
fn rule_meant<'r>(rule: &'r str, resource: &str) -> &'r str {
    match SPECIAL.iter().find(|(name, _)| *name == rule) {
        Some((_, meant)) => meant,
        None if rule == "kms/key-policy-public" && resource.starts_with("aws_dynamodb_") => {
            "dynamodb/resource-policy-public"
        }
        None => rule,
    }
}

/// One trap, judged by every rule.
struct Trap {
    name: String,
    expect: Json,
    sources: Sources,
    project: Project,
    judgements: Vec<Judgement>,
    problems: Vec<Problem>,
}

fn folders(language: &str) -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/traps");
    let root = std::env::var_os("IAC_CHECK_VECTORS").map_or(own, PathBuf::from).join(language);
    let entries = fs::read_dir(&root).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.join("expect.json").is_file()).collect();
    folders.sort();
    folders
}

impl Trap {
    fn new(folder: &Path) -> Self {
        let expect: Json = serde_json::from_str(&fs::read_to_string(folder.join("expect.json")).unwrap()).unwrap();
        // Variables have values from files and from `env` only: `variables_left_unset` needs nothing more.
        let environment = expect["env"].as_object().into_iter().flatten();
        let environment = environment.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
        let terraform = terraform::Options { environment, ..terraform::Options::default() };
        let options = Options {
            root: Some(folder.to_path_buf()),
            profile: Profile::Strict,
            terraform,
            ..Options::all_verdicts(folder)
        };
        let sources = open(&options).unwrap();
        let resolved = resolve(&sources, &options).unwrap();
        let project = Project::new(resolved.stacks);
        let judged = judge(&project, &rules::all(), &options.settings, None);
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        Self { name, expect, sources, project, judgements: judged.judgements, problems: resolved.problems }
    }

    /// Everything that is expected, with what is wrong about it.
    fn compare(&self) -> Vec<(String, Result<(), String>)> {
        let mut results = Vec::new();
        for expected in self.expect["expect"].as_array().into_iter().flatten() {
            let text = |key: &str| expected[key].as_str().unwrap_or_default();
            let name = format!("{} {} {}", self.name, text("resource"), text("rule"));
            results.push((name, self.verdict(expected)));
        }
        for address in self.expect["absent"].as_array().into_iter().flatten() {
            let exists = self.resource(address.as_str().unwrap()).is_some();
            results.push((
                format!("{} without {address}", self.name),
                if exists { Err("exists".to_owned()) } else { Ok(()) },
            ));
        }
        for (address, attributes) in self.expect["values"].as_object().into_iter().flatten() {
            for (attribute, wanted) in attributes.as_object().unwrap() {
                results.push((format!("{} {address}.{attribute}", self.name), self.value(address, attribute, wanted)));
            }
        }
        results
    }

    fn resource(&self, address: &str) -> Option<&Resource> {
        self.project.resources().find(|resource| {
            &*resource.id.address == address || &*resource.definition == address.trim_end_matches("[*]")
        })
    }

    /// The table that a resource policy is attached to.
    fn described_table(&self, address: &str) -> Option<String> {
        let policy =
            self.resource(address).filter(|resource| &*resource.source_type == "aws_dynamodb_resource_policy")?;
        let table = policy.attributes.as_map()?.get("resource_arn")?;
        let Kind::Reference(reference) = &table.kind else { return None };
        Some(reference.target.address.to_string())
    }

    fn verdict(&self, expected: &Json) -> Result<(), String> {
        let text = |key: &str| expected[key].as_str().unwrap_or_default();
        match (text("rule"), text("verdict")) {
            (_, "diagnostic") => {
                let found = self.problems.iter().any(|problem| problem.message.contains(text("message_contains")));
                return if found { Ok(()) } else { Err(format!("no such problem among {:?}", self.problems)) };
            }
            ("special/cfn-detect", _) => {
                let count = self.project.resources().count() + self.problems.len();
                return if count == 0 { Ok(()) } else { Err("is taken for a template".to_owned()) };
            }
            ("special/iam-principal-access", _) => return self.access(expected),
            _ => {}
        }
        self.judged(expected)
    }

    fn judged(&self, expected: &Json) -> Result<(), String> {
        let text = |key: &str| expected[key].as_str().unwrap_or_default();
        let rule = rule_meant(text("rule"), text("resource"));
        if !rules::all().iter().any(|known| known.id == rule) {
            return Err("there is no such rule".to_owned());
        }
        let resource = text("resource");
        // A finding about a principal may stand at the policy that is attached to it.
        let holder = text("span").split('.').next().unwrap_or_default();
        let described = self.described_table(resource).unwrap_or_default();
        let is_meant = |judgement: &&Judgement| {
            let address = &*judgement.resource.address;
            let definition = self.resource(address).map(|found| found.definition.to_string()).unwrap_or_default();
            judgement.rule == rule
                && [address, &definition].iter().any(|name| {
                    *name == resource.trim_end_matches("[*]")
                        || *name == resource
                        || *name == holder
                        || *name == described
                })
        };
        let found: Vec<&Judgement> = self.judgements.iter().filter(is_meant).collect();
        let outcome = found.iter().map(|judgement| judgement.verdict.outcome).max();
        let about_replica = |judgement: &&&Judgement| self.said(judgement).to_ascii_lowercase().contains("replica");
        let has_replica = self.expect["expect"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|other| other["replica"] == true && other["rule"] == expected["rule"]);
        let wanted = match (has_replica, expected["replica"] == true) {
            // The table's own verdict is what is left when the finding speaks of a replica.
            (true, false) if found.iter().any(|judgement| about_replica(&judgement)) => return Ok(()),
            (true, true) if !found.iter().any(|judgement| about_replica(&judgement)) => {
                return Err("nothing is said of a replica".to_owned());
            }
            _ => text("verdict"),
        };
        let actual = outcome.map_or_else(
            || if self.resource(resource).is_some() { "not judged" } else { "not-deployed" },
            Outcome::name,
        );
        if actual != wanted {
            return Err(format!(
                "{actual}, not {wanted}: {}",
                found.iter().map(|judgement| self.said(judgement)).collect::<Vec<_>>().join(" | ")
            ));
        }
        let part = text("message_contains");
        if !found.iter().any(|judgement| self.said(judgement).contains(part)) && !part.is_empty() {
            return Err(format!(
                "says {:?}, not {part}",
                found.iter().map(|judgement| self.said(judgement)).collect::<Vec<_>>()
            ));
        }
        if let Some(default) = expected["default_verdict"].as_str() {
            let actual = found.iter().find_map(|judgement| judgement.default).map(Outcome::name);
            if actual != Some(default) {
                return Err(format!("{actual:?} by default, not {default}"));
            }
        }
        for scenario in expected["scenarios"].as_array().into_iter().flatten() {
            self.scenario(&found, scenario)?;
        }
        Ok(())
    }

    /// What a reader of the finding sees: message, worlds, file, related places.
    fn said(&self, judgement: &Judgement) -> String {
        let verdict = &judgement.verdict;
        let place = verdict.place.span.map(|span| self.sources.file(span.file).path().to_owned()).unwrap_or_default();
        let when = judgement.when.as_ref().map(|when| format!(", when {when}")).unwrap_or_default();
        let related: Vec<&str> = verdict.related.iter().map(|related| &*related.label).collect();
        format!(
            "{place}: {}{when} [{}] {} {:?}",
            verdict.message,
            verdict.place.path,
            related.join("; "),
            verdict.reasons.iter().map(ToString::to_string).collect::<Vec<_>>()
        )
    }

    fn scenario(&self, found: &[&Judgement], scenario: &Json) -> Result<(), String> {
        let when = scenario["when"].as_object().unwrap();
        let agrees = |leaf: &&LeafOutcome| {
            leaf.outcome != Outcome::NotDeployed
                && when.iter().all(|(name, wanted)| match wanted {
                    Json::Bool(truth) => {
                        leaf.conditions.iter().all(|(condition, actual)| **condition != **name || actual == truth)
                    }
                    other => leaf.inputs.iter().all(|(key, actual)| self.input(key) != *name || self.is(actual, other)),
                })
        };
        let outcome =
            found.iter().flat_map(|judgement| &judgement.leaves).filter(agrees).map(|leaf| leaf.outcome).max();
        let actual = outcome.map_or("not-deployed", Outcome::name);
        let wanted = scenario["verdict"].as_str().unwrap();
        if actual == wanted { Ok(()) } else { Err(format!("{actual}, not {wanted}, when {}", scenario["when"])) }
    }

    fn input(&self, key: &str) -> String {
        self.project.variables().get(key).map_or(key, |variable| &variable.name).trim_start_matches("var.").to_owned()
    }

    fn is(&self, actual: &DomainValue, wanted: &Json) -> bool {
        match actual {
            DomainValue::Text(text) => **text == *wanted.as_str().unwrap_or(&wanted.to_string()),
            DomainValue::Other(_) => false,
        }
    }

    /// The actions that a policy resource allows, and the roles that it is attached to.
    fn access(&self, expected: &Json) -> Result<(), String> {
        let address = expected["resource"].as_str().unwrap();
        let resource = self.resource(address).ok_or("there is no such policy")?;
        let world = World::new(self.project.variables());
        let statements = resource.get(&world, "PolicyDocument.Statement").items().fields;
        let actions = statements.iter().flat_map(|statement| statement.get("Action").items().fields);
        let actual: BTreeSet<String> =
            actions.filter_map(|action| Some(action.known()?.to_text()?.to_string())).collect();
        let wanted: BTreeSet<String> = expected["actions"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|action| action.as_str().unwrap().to_owned())
            .collect();
        let role = expected["role"].as_str().unwrap();
        let roles = resource.get(&world, "Roles").items().fields;
        let attached = roles.iter().any(|field| matches!(field.known().map(|value| &value.kind), Some(Kind::Reference(reference)) if &*reference.target.address == role));
        match (actual == wanted, attached) {
            (true, true) => Ok(()),
            (false, _) => Err(format!("allows {actual:?}")),
            (_, false) => Err(format!("is not attached to {role}")),
        }
    }

    fn value(&self, address: &str, attribute: &str, wanted: &Json) -> Result<(), String> {
        let resource = self.resource(address).ok_or("there is no such resource")?;
        let found = resource.attributes.as_map().and_then(|map| map.get(attribute));
        // The region that the provider configuration gives is no argument.
        let found =
            found.or(resource.region.as_ref().filter(|_| attribute == "region")).ok_or("there is no such attribute")?;
        if equals(found, wanted) { Ok(()) } else { Err(format!("is {found:?}")) }
    }
}

fn equals(value: &Value, wanted: &Json) -> bool {
    match (&value.kind, wanted) {
        (Kind::Map(map), Json::Object(wanted)) => {
            map.entries.len() == wanted.len()
                && wanted.iter().all(|(key, wanted)| map.get(key).is_some_and(|value| equals(value, wanted)))
        }
        (Kind::List(list), Json::Array(wanted)) => {
            list.items.len() == wanted.len()
                && list.items.iter().zip(wanted).all(|(value, wanted)| equals(value, wanted))
        }
        _ => value.to_text().is_some_and(|text| *text == *wanted.as_str().unwrap_or(&wanted.to_string())),
    }
}

fn run(language: &str) {
    let results: Vec<_> = folders(language).iter().flat_map(|folder| Trap::new(folder).compare()).collect();
    let wrong: Vec<String> =
        results.iter().filter_map(|(name, result)| Some(format!("{name}: {}", result.as_ref().err()?))).collect();
    println!("{language}: {} of {} agree", results.len() - wrong.len(), results.len());
    assert!(!results.is_empty(), "no traps");
    assert!(wrong.is_empty(), "{} of {} agree\n{}", results.len() - wrong.len(), results.len(), wrong.join("\n"));
}

#[test]
fn cloudformation() {
    run("cloudformation");
}

#[test]
fn terraform() {
    run("terraform");
}
