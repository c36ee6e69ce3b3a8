//! `iac-check explain RULE`: the rule's page.

use crate::{
    cli::{OK, args::ExplainArgs, markdown, output},
    engine::Rule,
    report::rule_url,
    rules,
};

/// Prints the page of a rule.
///
/// # Errors
/// When there is no such rule, or stdout cannot be written.
pub fn run(args: &ExplainArgs) -> anyhow::Result<u8> {
    let rule = find(&args.rule)?;
    let (color, width) = (output::colored(args.color), output::width().unwrap_or(100).min(100));
    output::to_stdout(|out| {
        writeln!(out, "{} · {} severity · {} confidence", rule.id, rule.severity, rule.confidence.name())?;
        if !rule.aliases.is_empty() {
            writeln!(out, "Known elsewhere as {}", rule.aliases.join(", "))?;
        }
        writeln!(out)?;
        markdown::write(rule.page, color, width, out)?;
        writeln!(out, "\n{}", rule_url(rule))
    })?;
    Ok(OK)
}

/// The rule with this id, or the only one whose id ends in it or that another program calls so.
fn find(name: &str) -> anyhow::Result<&'static Rule> {
    let all = rules::all();
    if let Some(rule) = all.iter().find(|rule| rule.id == name) {
        return Ok(rule);
    }
    let named: Vec<_> = all
        .iter()
        .filter(|rule| {
            rule.id.rsplit('/').next() == Some(name)
                || rule.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
        })
        .collect();
    match *named {
        [rule] => Ok(rule),
        [] => {
            let close: Vec<_> = all.iter().filter(|rule| rule.id.contains(name)).map(|rule| rule.id).collect();
            let hint = if close.is_empty() { String::new() } else { format!(" (did you mean {}?)", close.join(", ")) };
            anyhow::bail!("no rule `{name}`{hint}; `iac-check rules` lists them")
        }
        _ => anyhow::bail!(
            "several rules are called `{name}`: {}",
            named.iter().map(|rule| rule.id).collect::<Vec<_>>().join(", ")
        ),
    }
}
