//! Guard policies: verdicts in both languages, worlds, unknown values, broken and runaway policies, and that findings by
//! policies are suppressed, known and reported like others.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use iac_check::{
    baseline::Baseline,
    check::{Checked, Options, check},
    engine::Outcome,
    report::{self, Context, Format, Style},
};

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/guard").join(path)
}

fn options(project: &Path, policies: &Path) -> Options {
    Options {
        guard: vec![policies.to_path_buf()],
        rules: vec!["guard/*".to_owned()],
        root: Some(project.to_path_buf()),
        ..Options::all_verdicts(project)
    }
}

/// `address rule verdict property [when]` of the findings that count, with the rules' prefix left out.
fn verdicts(checked: &Checked) -> BTreeSet<String> {
    let open = checked.report.findings.iter().filter(|finding| finding.suppressed.is_none());
    open.map(|finding| {
        let name = finding.rule.id.strip_prefix("guard/").unwrap();
        let when = finding.when.as_ref().map(|when| format!(" when {when}")).unwrap_or_default();
        let (address, verdict, property) = (&finding.address, finding.outcome.name(), &finding.property);
        format!("{address} {name} {verdict} {property}{when}").trim_end().to_owned()
    })
    .collect()
}

fn assert_verdicts(checked: &Checked, expected: &str) {
    let found = verdicts(checked);
    let expected: BTreeSet<String> =
        expected.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    let agree = expected.intersection(&found).count();
    println!("{agree} of {} agree", expected.len());
    assert_eq!(found, expected);
}

/// Judges a template by a policy, both given as text.
fn run(template: &str, policy: &str) -> Checked {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.yaml"), template).unwrap();
    fs::write(folder.path().join("p.guard"), policy).unwrap();
    check(&options(folder.path(), &folder.path().join("p.guard"))).unwrap()
}

#[test]
fn a_template_is_judged_in_its_worlds() {
    let checked = check(&options(&data("cloudformation"), &data("policies"))).unwrap();
    assert_verdicts(
        &checked,
        "
        Good TABLE_KNOWN pass
        Good TABLE_RECOVERY pass
        Good TABLE_KEY pass
        Good TABLE_NAME pass
        Good TABLE_OWNER pass
        Good tables/default pass
        Bad TABLE_KNOWN pass
        Bad TABLE_RECOVERY fail PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled
        Bad TABLE_KEY fail SSESpecification.KMSMasterKeyId
        Bad TABLE_NAME fail TableName
        Bad TABLE_OWNER pass
        Bad tables/default fail BillingMode
        ByStage TABLE_KNOWN pass
        ByStage TABLE_RECOVERY fail PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled when IsProd is false
        ByStage TABLE_KEY fail SSESpecification.KMSMasterKeyId when IsProd is false
        ByStage TABLE_NAME unknown TableName
        ByStage TABLE_OWNER pass
        ByStage tables/default pass
        OnlyProd TABLE_KNOWN pass
        OnlyProd TABLE_KEY pass
        OnlyProd TABLE_NAME pass
        OnlyProd TABLE_OWNER pass
        OnlyProd tables/default pass
        Key NO_WILDCARD_PRINCIPAL fail
        ",
    );
    // Accepted by `Metadata: {guard: {SuppressedRules: …}}`, though the policy does not look there.
    let accepted: Vec<_> = checked.report.findings.iter().filter(|finding| finding.suppressed.is_some()).collect();
    assert_eq!((accepted.len(), accepted[0].rule.id, &*accepted[0].address), (1, "guard/TABLE_RECOVERY", "OnlyProd"));
    assert_eq!(checked.report.problems, []);
}

#[test]
fn terraform_is_judged_by_the_same_policies() {
    let checked = check(&options(&data("terraform"), &data("policies"))).unwrap();
    assert_verdicts(
        &checked,
        "
        aws_dynamodb_table.good TABLE_KNOWN pass
        aws_dynamodb_table.good TABLE_RECOVERY pass
        aws_dynamodb_table.good TABLE_KEY pass
        aws_dynamodb_table.good TABLE_NAME pass
        aws_dynamodb_table.good TABLE_OWNER pass
        aws_dynamodb_table.good tables/default pass
        aws_dynamodb_table.bad TABLE_KNOWN pass
        aws_dynamodb_table.bad TABLE_RECOVERY fail PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled
        aws_dynamodb_table.bad TABLE_KEY fail SSESpecification
        aws_dynamodb_table.bad TABLE_OWNER pass
        aws_dynamodb_table.bad tables/default pass
        aws_dynamodb_table.open TABLE_KNOWN pass
        aws_dynamodb_table.open TABLE_RECOVERY unknown PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled
        aws_dynamodb_table.open TABLE_KEY pass
        aws_dynamodb_table.open TABLE_NAME pass
        aws_dynamodb_table.open TABLE_OWNER pass
        aws_dynamodb_table.open tables/default pass
        aws_kms_key.key NO_WILDCARD_PRINCIPAL fail
        ",
    );
    let finding = |name: &str, address: &str| {
        let mut all = checked.report.findings.iter();
        all.find(|finding| finding.rule.id == name && &*finding.address == address).unwrap()
    };
    // The place is the deciding attribute, the message the author's, the reason ours.
    let failed = finding("guard/TABLE_RECOVERY", "aws_dynamodb_table.bad");
    assert_eq!(checked.sources.slice(failed.span), "false");
    assert_eq!(failed.message, "Every table has point-in-time recovery");
    let open = finding("guard/TABLE_RECOVERY", "aws_dynamodb_table.open");
    assert_eq!(open.reasons.iter().map(|reason| &*reason.subject).collect::<Vec<_>>(), ["var.recovery"]);
    assert_eq!(open.instances.len(), 2);
    // Accepted by a comment.
    let named = finding("guard/TABLE_NAME", "aws_dynamodb_table.bad");
    assert_eq!(named.suppressed.as_ref().unwrap().reason, "the name is older than the policy");
}

#[test]
fn a_broken_policy_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let table =
        format!("{{\"Type\": \"AWS::DynamoDB::Table\", \"Properties\": {{\"TableName\": \"{}\"}}}}", "a".repeat(200));
    fs::write(folder.path().join("t.json"), format!("{{\"Resources\": {{\"T\": {table}}}}}")).unwrap();
    let checked = check(&options(folder.path(), &data("broken"))).unwrap();
    assert_verdicts(&checked, "T SOUND pass");
    let told: BTreeSet<(&str, u32, &str)> = checked
        .report
        .problems
        .iter()
        .map(|problem| {
            let span = problem.span.unwrap();
            let message = problem.message.rsplit(": ").next().unwrap();
            (problem.code, checked.sources.file(span.file).position(span.start).line, message)
        })
        .collect();
    let expected = BTreeSet::from([
        ("guard-syntax", 3, "expected a value, a query or a function, found `}`"),
        ("guard-budget", 2, "calls rules or opens blocks more than 100 deep"),
        ("guard-budget", 5, "calls rules or opens blocks more than 100 deep"),
        ("guard-budget", 9, "calls rules or opens blocks more than 100 deep"),
        ("guard-rule-failed", 11, "the expression /^(?!x)(a|a|aa)*(?<!a)$/ takes more than 200000 steps on a text"),
        ("guard-rule-failed", 15, "no variable is called %nothing"),
    ]);
    assert_eq!(told, expected);
}

#[test]
fn what_is_unknown_neither_passes_nor_fails() {
    let template = |value: &str| {
        format!(
            "Parameters: {{P: {{Type: String}}}}\nResources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties: {{TableName: {value}}}\n"
        )
    };
    let cases = [
        // (value, clause, verdict)
        ("!Ref P", "TableName == 'a'", "unknown"),
        ("!Ref P", "TableName != 'a'", "unknown"),
        ("!Ref P", "TableName not in [/^a/]", "unknown"),
        ("!Ref P", "TableName exists", "pass"),
        ("!Ref P", "TableName !exists", "fail"),
        ("!Ref P", "TableName is_string", "unknown"),
        ("!Ref P", "TableName == 'a' or TableName != 'a'", "unknown"),
        ("!Ref P", "TableName == 'a' or Missing !exists", "pass"),
        ("!Ref P", "TableName == 'a'\n Missing exists", "fail"),
        ("!Ref P", "when TableName == 'a' { Missing exists }", "unknown"),
        ("!Ref P", "when TableName == 'a' { Missing !exists }", "pass"),
        ("!Sub 'x-${P}'", "TableName == /^y/", "unknown"),
        ("!Sub 'x-${P}'", "TableName == 'y-a'", "fail"),
        ("!Sub 'x-${P}'", "TableName is_string", "pass"),
        ("!Sub 'x-${P}'", "TableName !empty", "pass"),
        ("!Ref T", "TableName.Ref == 'T'", "pass"),
        ("!Ref T", "TableName is_string", "fail"),
        ("'{{resolve:ssm:name}}'", "TableName == /^{{resolve:/", "pass"),
        ("12", "TableName is_int", "pass"),
        ("'12'", "TableName is_string", "pass"),
        ("yes", "TableName == true", "pass"),
        ("b", "TableName in ['a', 'b']", "pass"),
        ("b", "table_name == 'b'", "pass"),
    ];
    let mut wrong = Vec::new();
    for (value, clause, verdict) in cases {
        let policy = format!("rule R {{ Resources.*[ Type == 'AWS::DynamoDB::Table' ].Properties {{ {clause} }} }}");
        let checked = run(&template(value), &policy);
        let found: Vec<&str> = checked.report.findings.iter().map(|finding| finding.outcome.name()).collect();
        if found != [verdict] {
            wrong.push(format!("{value}: {clause}: {found:?}, not {verdict}"));
        }
    }
    println!("{} of {} agree", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn many_conditions_do_not_multiply() {
    let mut template = "Conditions:\n".to_owned();
    let mut parameters = "Parameters:\n".to_owned();
    let mut resources = "Resources:\n".to_owned();
    for at in 0..40 {
        parameters += &format!("  P{at}: {{Type: String}}\n");
        template += &format!("  C{at}: !Equals [!Ref P{at}, 'on']\n");
        resources += &format!(
            "  T{at}:\n    Type: AWS::DynamoDB::Table\n    Properties: {{BillingMode: !If [C{at}, PROVISIONED, other]}}\n"
        );
    }
    let policy = "let tables = Resources.*[ Type == 'AWS::DynamoDB::Table' ]\nrule R { %tables.Properties.BillingMode == 'PROVISIONED' }";
    let checked = run(&(parameters + &template + &resources), policy);
    assert_eq!(checked.report.findings.len(), 40);
    for (at, finding) in checked.report.findings.iter().enumerate() {
        assert_eq!((finding.outcome, finding.when.clone()), (Outcome::Fail, Some(format!("C{at} is false"))));
    }
}

#[test]
fn a_template_as_a_whole_can_fail() {
    let template = "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n";
    let checked = run(
        template,
        "let plans = Resources.*[ Type == 'AWS::Backup::BackupPlan' ]\nrule PLAN { %plans !empty << there is no plan >> }",
    );
    assert_verdicts(&checked, "T PLAN fail");
    assert_eq!(checked.report.findings[0].message, "there is no plan");
    // Sections that the model does not keep are there as written.
    let template = "Description: x\nParameters: {P: {Type: String, NoEcho: true}}\nResources:\n  T:\n    Type: AWS::DynamoDB::Table\n    DependsOn: U\n";
    let policy = "rule R { Parameters.P.NoEcho == true\n Description == 'x'\n Resources.T.DependsOn == 'U' }";
    assert_verdicts(&run(template, policy), "T R pass");
}

#[test]
fn known_findings_do_not_fail_again() {
    let mut told = options(&data("cloudformation"), &data("policies"));
    let first = check(&told).unwrap();
    assert!(first.report.failed);
    let baseline = Baseline::of(&first.report.findings);
    told.baseline = Some(Baseline::parse(&baseline.to_json().unwrap()).unwrap());
    let second = check(&told).unwrap();
    assert!(!second.report.failed);
}

#[test]
fn sarif_describes_the_rules_of_policies() {
    let checked = check(&options(&data("terraform"), &data("policies"))).unwrap();
    let mut out = Vec::new();
    let style = Style::default();
    let context = Context { report: &checked.report, sources: &checked.sources, style: &style };
    report::write(Format::Sarif, context, &mut out).unwrap();
    let log: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == "guard/TABLE_RECOVERY").unwrap();
    assert_eq!(rule["shortDescription"]["text"], "Every table has point-in-time recovery.");
    assert!(rule["help"]["markdown"].as_str().unwrap().contains("Switch it on."));
    assert!(rule["helpUri"].as_str().unwrap().ends_with("/docs/guard.md"));
    assert_eq!(rule["properties"]["tags"][2], "guard");
    // A message with markup stays text.
    let owner = rules.iter().find(|rule| rule["id"] == "guard/TABLE_OWNER").unwrap();
    assert!(owner["help"]["markdown"].as_str().unwrap().contains("`<owner>`"));
    let results = run["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["ruleId"] == "guard/TABLE_RECOVERY").unwrap();
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[index]["id"], "guard/TABLE_RECOVERY");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 38);
}

#[test]
fn rules_of_policies_are_chosen_and_configured_like_ours() {
    let mut told = options(&data("terraform"), &data("policies"));
    told.rules = vec!["guard/TABLE_RECOVERY".to_owned()];
    told.config = iac_check::config::parse("[rules.\"guard/TABLE_RECOVERY\"]\nseverity = \"low\"\n").unwrap();
    let checked = check(&told).unwrap();
    assert!(checked.report.findings.iter().all(|finding| finding.rule.id == "guard/TABLE_RECOVERY"));
    assert!(checked.report.findings.iter().all(|finding| finding.severity == iac_check::engine::Severity::Low));
    told.guard = vec![data("nowhere")];
    assert!(check(&told).is_err());
}
