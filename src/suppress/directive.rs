//! What a comment says. In: the text of a comment. Out: its suppressions, ours and those of checkov, Trivy and tfsec.

use jiff::civil::Date;

use crate::source::Span;

/// What starts ours.
const OWN: &str = "iac-check:";
/// What starts those of peers: checkov documents "Suppressing and Skipping Policies", Trivy and tfsec "Ignoring findings
/// by inline comments".
const CHECKOV: [&str; 2] = ["checkov:skip=", "bridgecrew:skip="];
const TRIVY: [&str; 2] = ["trivy:ignore:", "tfsec:ignore:"];

/// Whether a text may hold a suppression, so that most files need not be parsed again.
pub fn may_hold(text: &str) -> bool {
    std::iter::once(OWN)
        .chain(CHECKOV)
        .chain(TRIVY)
        .any(|start| memchr::memmem::find(text.as_bytes(), start.as_bytes()).is_some())
}

/// Which rules are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Ids or globs over ids.
    Rules(Vec<String>),
    /// Ids of another program.
    Aliases(Vec<String>),
    /// `trivy:ignore:*`.
    EveryAlias,
}

/// How far a suppression reaches from its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// What the comment stands at.
    Here,
    /// The resource or module call around it, wherever it stands in there: checkov.
    Around,
}

/// A suppression as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The rules.
    pub names: Named,
    /// The key of the only instance that is meant, as in an address: `"a"`, `0`.
    pub key: Option<String>,
    /// Why; empty when not given.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// How far it reaches.
    pub reach: Reach,
    /// Where it is written.
    pub span: Span,
    /// What is wrong with it.
    pub mistake: Option<String>,
}

impl Directive {
    /// Whether it was written for this program.
    pub fn is_own(&self) -> bool {
        matches!(self.names, Named::Rules(_))
    }

    /// A suppression of another program, whose reason is what it says itself where no reason is asked for.
    pub fn foreign(ids: Vec<String>, reason: &str, written: &str, span: Span) -> Self {
        let reason = if reason.trim().is_empty() { written.trim() } else { reason.trim() };
        Self {
            names: Named::Aliases(ids),
            key: None,
            reason: reason.to_owned(),
            until: None,
            reach: Reach::Here,
            span,
            mistake: None,
        }
    }
}

/// The suppressions of a comment; each line of a block comment may have its own.
pub fn parse(comment: &str, span: Span) -> Vec<Directive> {
    let mut offset = span.start;
    let mut found = Vec::new();
    for line in comment.split_inclusive('\n') {
        let length = u32::try_from(line.len()).unwrap_or(u32::MAX);
        let text = line.trim_end().trim_end_matches("*/").trim_end();
        let here =
            Span { start: offset, end: offset.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX)), ..span };
        found.extend(own(text, here));
        found.extend(checkov(text, here));
        found.extend(trivy(text, here));
        offset = offset.saturating_add(length);
    }
    found
}

fn own(text: &str, span: Span) -> Option<Directive> {
    let (before, rest) = text.split_once(OWN)?;
    // In prose the words may occur anywhere.
    if !before.chars().all(|c| c.is_whitespace() || "#/*".contains(c)) {
        return None;
    }
    let empty = Directive {
        names: Named::Rules(Vec::new()),
        key: None,
        reason: String::new(),
        until: None,
        reach: Reach::Here,
        span,
        mistake: None,
    };
    let wrong =
        || Directive { mistake: Some("expected `iac-check: ignore[rule-id] reason`".to_owned()), ..empty.clone() };
    let Some((ids, rest)) =
        rest.trim_start().strip_prefix("ignore").and_then(|rest| rest.trim_start().strip_prefix('[')?.split_once(']'))
    else {
        return Some(wrong());
    };
    let ids: Vec<String> = ids.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Some(wrong());
    }
    let (key, rest) = match rest.strip_prefix('[').and_then(key) {
        Some((key, rest)) => (Some(key), rest),
        None => (None, rest),
    };
    let (reason, until) = dated(rest);
    let mistake = until.as_ref().err().map(|text| not_a_day(text));
    Some(Directive { names: Named::Rules(ids), key, reason, until: until.ok().flatten(), mistake, ..empty })
}

/// `"a"]…` and `0]…`: a quoted key may hold brackets.
fn key(text: &str) -> Option<(String, &str)> {
    match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\"]").map(|(key, rest)| (format!("\"{key}\""), rest)),
        None => text.split_once(']').map(|(key, rest)| (key.trim().to_owned(), rest)),
    }
}

/// Text without its `until=` word, and the day.
fn dated(text: &str) -> (String, Result<Option<Date>, String>) {
    let (days, words): (Vec<&str>, Vec<&str>) = text.split_whitespace().partition(|word| word.starts_with("until="));
    let until = days.first().map(|word| day(word.trim_start_matches("until="))).transpose();
    (words.join(" "), until)
}

/// A day as `YYYY-MM-DD`.
///
/// # Errors
/// The text, when it is none.
pub fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| text.to_owned())
}

/// What to say of a text that is no day.
pub fn not_a_day(text: &str) -> String {
    format!("`{text}` is no day: expected until=YYYY-MM-DD")
}

/// `checkov:skip=CKV_AWS_28,CKV_AWS_119:reason`
fn checkov(text: &str, span: Span) -> Option<Directive> {
    let (start, rest) = CHECKOV.into_iter().find_map(|start| Some((start, text.split_once(start)?.1)))?;
    let (ids, reason) = rest.split_once(':').unwrap_or((rest, ""));
    let ids: Vec<String> = ids.split(',').filter_map(|id| id.split_whitespace().next()).map(str::to_owned).collect();
    Some(Directive { reach: Reach::Around, ..Directive::foreign(ids, reason, &format!("{start}{rest}"), span) })
}

/// `trivy:ignore:AWS-0024:exp:2030-01-31`, several of them on a line. One with parameters (`ID[name=x]`) is narrower
/// than what can be told here and does not count.
fn trivy(text: &str, span: Span) -> Vec<Directive> {
    let words = text.split_whitespace().filter_map(|word| {
        let at = TRIVY.iter().filter_map(|start| word.find(start)).min()?;
        word.get(at..)
    });
    words.filter_map(|word| trivy_word(word, span)).collect()
}

fn trivy_word(word: &str, span: Span) -> Option<Directive> {
    let rest = TRIVY.iter().find_map(|start| word.strip_prefix(start))?;
    let mut parts = rest.split(':');
    let id = parts.next().filter(|id| !id.is_empty() && !id.contains('['))?;
    let (mut until, mut other) = (None, false);
    while let Some(part) = parts.next() {
        match part {
            "exp" => until = Some(parts.next().and_then(|text| day(text).ok())?),
            // A workspace of Terraform, which is not known here.
            "ws" => other = true,
            _ => {}
        }
    }
    let named = if id == "*" { Named::EveryAlias } else { Named::Aliases(vec![id.to_owned()]) };
    (!other).then(|| Directive { names: named, until, ..Directive::foreign(Vec::new(), "", word, span) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::source::Sources;

    fn read(comment: &str) -> Vec<Directive> {
        let folder = tempfile::tempdir().unwrap();
        let file = Sources::new(folder.path()).unwrap().insert("t", comment.to_owned());
        parse(comment, file.span())
    }

    #[test]
    fn ours_has_rules_key_day_and_reason() {
        let found =
            &read("# iac-check: ignore[dynamodb/*, kms/key-rotation][\"a]b\"] until=2030-01-31 agreed with  legal")[0];
        assert_eq!(found.names, Named::Rules(vec!["dynamodb/*".into(), "kms/key-rotation".into()]));
        assert_eq!(found.key.as_deref(), Some("\"a]b\""));
        assert_eq!((&*found.reason, found.until), ("agreed with legal", Some(jiff::civil::date(2030, 1, 31))));
        assert!(read("# iac-check: ignore dynamodb")[0].mistake.is_some());
        assert!(read("# iac-check: ignore[a] until=soon x")[0].mistake.as_ref().unwrap().contains("soon"));
        assert!(read("# see what `iac-check: ignore[…]` does").is_empty());
    }

    #[test]
    fn peers() {
        let found = read("#checkov:skip=CKV_AWS_28,CKV_AWS_119: not ours");
        assert_eq!(
            (&found[0].names, &*found[0].reason),
            (&Named::Aliases(vec!["CKV_AWS_28".into(), "CKV_AWS_119".into()]), "not ours")
        );
        let found = read("//trivy:ignore:AVD-AWS-0024:exp:2020-01-01 tfsec:ignore:* trivy:ignore:AWS-0025[name=x]");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].until, &found[1].names), (Some(jiff::civil::date(2020, 1, 1)), &Named::EveryAlias));
    }
}
