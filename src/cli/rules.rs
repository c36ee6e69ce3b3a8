//! `iac-check rules`: the catalogue.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    cli::{
        OK,
        args::{ListFormat, RulesArgs},
        output,
    },
    engine::{Profile, Rule},
    report::rule_url,
    rules,
};

#[derive(Serialize)]
struct Entry {
    id: &'static str,
    title: &'static str,
    severity: &'static str,
    confidence: &'static str,
    profile: &'static str,
    types: &'static [&'static str],
    aliases: &'static [&'static str],
    url: String,
}

impl Entry {
    fn new(rule: &'static Rule) -> Self {
        Self {
            id: rule.id,
            title: rule.title(),
            severity: rule.severity.name(),
            confidence: rule.confidence.name(),
            profile: if rule.profile == Profile::Default { "default" } else { "strict" },
            types: rule.kinds,
            aliases: rule.aliases,
            url: rule_url(rule),
        }
    }
}

/// Lists the rules.
///
/// # Errors
/// When stdout cannot be written.
pub fn run(args: &RulesArgs) -> anyhow::Result<u8> {
    let mut entries: Vec<Entry> = rules::all().into_iter().map(Entry::new).collect();
    entries.sort_by_key(|entry| entry.id);
    output::to_stdout(|out| match args.format {
        ListFormat::Human => table(&entries, out),
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &entries)?;
            writeln!(out)
        }
    })?;
    Ok(OK)
}

fn table(entries: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    let width = entries.iter().map(|entry| entry.id.len()).max().unwrap_or(0);
    for entry in entries {
        let strict = if entry.profile == "strict" { " (strict)" } else { "" };
        writeln!(out, "{:width$}  {:8}  {}{strict}", entry.id, entry.severity, entry.title)?;
    }
    Ok(())
}
