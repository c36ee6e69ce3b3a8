//! A rule's Markdown page as reports quote it. In: the page. Out: short plain texts, and the fix for one language.

use std::borrow::Cow;

use crate::{engine::Rule, finding::Finding};

/// The language that a finding's code is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// HCL.
    Terraform,
    /// YAML or JSON templates.
    CloudFormation,
}

impl Language {
    /// The language of a finding: CloudFormation types have colons.
    pub fn of(finding: &Finding) -> Self {
        if finding.source_type.contains("::") { Self::CloudFormation } else { Self::Terraform }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Terraform => "Terraform",
            Self::CloudFormation => "CloudFormation",
        }
    }

    fn has_fence(self, info: &str) -> bool {
        match self {
            Self::Terraform => matches!(info, "hcl" | "terraform" | "tf"),
            Self::CloudFormation => matches!(info, "yaml" | "yml" | "json"),
        }
    }
}

/// What the rule demands: the first paragraph of *What*, plain; the title when there is none.
pub fn what(rule: &Rule) -> String {
    let text = first_paragraph(rule.section("What"));
    if text.is_empty() { rule.title().to_owned() } else { text }
}

/// Why it matters: the first paragraph of *Why*, plain.
pub fn why(rule: &Rule) -> String {
    first_paragraph(rule.section("Why"))
}

/// The first sentence of [`why`].
pub fn reason(rule: &Rule) -> String {
    let why = why(rule);
    let end = why.match_indices(". ").map(|(at, _)| at + 1).find(|at| why[at + 1..].starts_with(char::is_uppercase));
    end.map_or(why.clone(), |end| why[..end].to_owned())
}

/// How to mend it in a language: the part of *How to fix* that is about it, as Markdown.
pub fn fix(rule: &Rule, language: Language) -> Cow<'static, str> {
    let section = rule.section("How to fix");
    let mut parts = section.split("\n### ");
    let (general, parts) = match section.strip_prefix("### ") {
        Some(rest) => ("", rest.split("\n### ")),
        None => (parts.next().unwrap_or_default().trim(), parts),
    };
    let of_language = parts.filter_map(|part| part.split_once('\n')).find(|(title, _)| title.contains(language.name()));
    match of_language {
        Some((_, body)) if general.is_empty() => Cow::Borrowed(body.trim()),
        Some((_, body)) => Cow::Owned(format!("{general}\n\n{}", body.trim())),
        None => Cow::Owned(without_other_fences(section, language)),
    }
}

/// Leaves out code blocks in another language, with the line before them when it only announces them.
fn without_other_fences(section: &str, language: Language) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut skipping = false;
    let mut inside = false;
    for line in section.lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            if inside {
                inside = false;
                if std::mem::take(&mut skipping) {
                    continue;
                }
            } else {
                inside = true;
                skipping = !info.is_empty() && !language.has_fence(info.trim());
                drop_announcement(&mut kept, !skipping);
            }
        }
        if !skipping {
            kept.push(line);
        }
    }
    kept.join("\n").trim().to_owned()
}

/// Drops the line before a code block when all it says is which language follows. With `bare`, it must be no more
/// than a language's name.
fn drop_announcement(kept: &mut Vec<&str>, bare: bool) {
    let announces = |line: &str| {
        let text = line.trim().trim_matches('*').trim_end_matches(':');
        if bare {
            matches!(text, "Terraform" | "CloudFormation")
        } else {
            line.trim_end().trim_end_matches('*').ends_with(':')
        }
    };
    let text_end = kept.iter().rposition(|line| !line.trim().is_empty());
    if let Some(at) = text_end.filter(|at| kept.get(*at).is_some_and(|line| announces(line))) {
        kept.truncate(at);
        while kept.last().is_some_and(|line| line.trim().is_empty()) {
            kept.pop();
        }
        kept.extend((!kept.is_empty()).then_some(""));
    } else if !bare {
        kept.truncate(text_end.map_or(0, |at| at + 1));
    }
}

/// Links of *References*: text and address.
pub fn references(rule: &Rule) -> Vec<(String, String)> {
    rule.section("References").lines().filter_map(reference).collect()
}

fn reference(line: &str) -> Option<(String, String)> {
    let at = line.find("https://")?;
    let address: String =
        line.get(at..)?.chars().take_while(|c| !c.is_whitespace() && !matches!(c, ')' | '>')).collect();
    let text = line.find('[').zip(line.find(']')).and_then(|(start, end)| line.get(start + 1..end));
    Some((plain(text.unwrap_or(&address)), address))
}

/// The page below its title, as Markdown.
pub fn body(rule: &Rule) -> &'static str {
    rule.page.split_once('\n').map_or("", |(_, rest)| rest).trim()
}

fn first_paragraph(section: &str) -> String {
    plain(section.split("\n\n").next().unwrap_or_default())
}

/// Inline Markdown as plain text on one line: emphasis and code marks dropped, links as their text.
pub fn plain(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(at) = rest.find(['`', '*', '[', '\n']) {
        let (before, marked) = rest.split_at(at);
        text.push_str(before);
        rest = marked.get(1..).unwrap_or_default();
        match marked.as_bytes().first() {
            Some(b'\n') => text.push(' '),
            Some(b'[') => match link(rest) {
                Some((label, after)) => {
                    text.push_str(&plain(label));
                    rest = after;
                }
                None => text.push('['),
            },
            Some(b'`') => {
                let (code, after) = rest.split_once('`').unwrap_or((rest, ""));
                text.push_str(&code.replace('\n', " "));
                rest = after;
            }
            // A lone asterisk is a wildcard, two are emphasis.
            Some(b'*') if rest.starts_with('*') => rest = rest.get(1..).unwrap_or_default(),
            _ => text.push('*'),
        }
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text](address)…` into the text and what follows the link.
fn link(rest: &str) -> Option<(&str, &str)> {
    let (label, after) = rest.split_once("](")?;
    let (_, after) = after.split_once(')')?;
    (!label.contains(['[', '\n'])).then_some((label, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_plain() {
        assert_eq!(plain("Use **a** `dynamodb:*` or\n[the key](https://x.y) [1]."), "Use a dynamodb:* or the key [1].");
    }

    #[test]
    fn fences_of_the_other_language_are_left_out() {
        let section = "Turn it on.\n\nTerraform:\n\n```hcl\na = 1\n```\n\nCloudFormation:\n\n```yaml\nA: 1\n```";
        assert_eq!(without_other_fences(section, Language::Terraform), "Turn it on.\n\n```hcl\na = 1\n```");
        assert_eq!(without_other_fences(section, Language::CloudFormation), "Turn it on.\n\n```yaml\nA: 1\n```");
    }
}
