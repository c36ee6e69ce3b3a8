//! Whether a file is a CloudFormation template. In: text, then its tree. Out: yes or no; never by name alone.
//!
//! Source of the type names: AWS CloudFormation User Guide, "AWS resource and property types reference" and
//! "Custom resources".

use memchr::memmem;

use crate::cloudformation::tree::{Node, Pair};

/// Extensions of files that may be templates.
pub const EXTENSIONS: &[&str] = &["yaml", "yml", "json", "template", "cform", "cfn", "jsn"];

/// Top-level keys of other formats that also have resources with types.
const OTHER_FORMATS: &[&[&str]] = &[
    &["apiVersion", "kind"],
    &["openapi"],
    &["swagger"],
    &["jobs", "on"],
    &["typeName"],
    &["planned_values"],
    &["format_version", "resource_changes"],
    &["terraform_version", "serial"],
];

/// Whether it is worth parsing a file to find out: it speaks of resources and of a type `A::B`, or of a format version.
/// Looks at bytes only.
pub fn may_be_template(text: &[u8]) -> bool {
    if memmem::find(text, b"AWSTemplateFormatVersion").is_some() {
        return true;
    }
    let indentation = root_indentation(text);
    let section = [&b"Resources"[..], b"Modules"]
        .iter()
        .any(|name| memmem::find_iter(text, name).any(|at| is_key(text, at, name.len(), indentation)));
    section && memmem::find_iter(text, b"Type").any(|at| is_typed(text, at + b"Type".len()))
}

/// How far the first line with content is indented, and with it every key at the top level of a YAML file.
fn root_indentation(text: &[u8]) -> usize {
    let lines = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).split(|byte| *byte == b'\n');
    let content = |line: &&[u8]| {
        !matches!(line.trim_ascii_start().first(), None | Some(b'#' | b'%')) && !line.starts_with(b"---")
    };
    lines.into_iter().find(content).map_or(0, |line| line.len() - line.trim_ascii_start().len())
}

/// Whether the word at an offset is a key that may stand at the top level.
fn is_key(text: &[u8], at: usize, length: usize, indentation: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at + length..).unwrap_or_default();
    let unquoted = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    let outside = unquoted.len().checked_sub(indentation).and_then(|end| unquoted.split_at_checked(end));
    let line_start = outside.is_some_and(|(before, spaces)| {
        spaces.iter().all(|byte| *byte == b' ') && before.last().is_none_or(|byte| matches!(byte, b'\n' | b'\r' | 0xbf))
    });
    let in_json = unquoted.trim_ascii_end().last().is_some_and(|byte| matches!(byte, b'{' | b','));
    let rest = after.strip_prefix(b"\"").or_else(|| after.strip_prefix(b"'")).unwrap_or(after);
    (line_start || in_json) && rest.trim_ascii_start().first() == Some(&b':')
}

/// Whether `: A::B` follows.
fn is_typed(text: &[u8], at: usize) -> bool {
    let quote = |text: &'_ [u8]| matches!(text.first(), Some(b'"' | b'\''));
    let mut rest = text.get(at..).unwrap_or_default();
    rest = if quote(rest) { rest.get(1..).unwrap_or_default() } else { rest };
    let Some(value) = rest.trim_ascii_start().strip_prefix(b":") else { return false };
    let value = value.trim_ascii_start();
    let value = if quote(value) { value.get(1..).unwrap_or_default() } else { value };
    let word = value.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    (2..=64).contains(&word) && value.get(word..).is_some_and(|rest| rest.starts_with(b"::"))
}

/// Whether a tree is a template.
pub fn is_template(root: &Node) -> bool {
    let Some(map) = root.as_map() else { return false };
    let has = |key: &str| map.entries.iter().any(|pair| &*pair.key == key);
    let is_other = OTHER_FORMATS.iter().any(|keys| keys.iter().all(|key| has(key)));
    let is_arm = root
        .get("$schema")
        .and_then(|schema| schema.as_str())
        .is_some_and(|schema| schema.contains("deploymentTemplate"));
    if is_other || is_arm {
        return false;
    }
    let resources = root.get("Resources");
    let listed = resources
        .and_then(|resources| resources.as_map())
        .is_some_and(|resources| resources.entries.iter().any(is_resource));
    listed || has("AWSTemplateFormatVersion") && (resources.is_some() || has("Modules"))
}

fn is_resource(pair: &Pair) -> bool {
    pair.key.starts_with("Fn::ForEach::") || super::template::type_of(&pair.value).is_some_and(|kind| is_type(kind))
}

/// `AWS::DynamoDB::Table`, `Org::Service::Name::MODULE`, `Custom::Anything`.
pub fn is_type(name: &str) -> bool {
    if let Some(rest) = name.strip_prefix("Custom::") {
        return !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || "_@-".contains(c));
    }
    let parts: Vec<&str> = name.split("::").collect();
    let is_part = |part: &&str| (2..=64).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    (2..=4).contains(&parts.len()) && parts.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefilter_keeps_templates_only() {
        for text in [
            "Resources:\n  A:\n    Type: AWS::SNS::Topic\n",
            "{\"Resources\":{\"A\":{\"Type\":\"AWS::SNS::Topic\"}}}",
            "\u{feff}Resources:\n  A: {Type: 'Custom::X'}",
            "AWSTemplateFormatVersion: 2010-09-09\n",
            "---\n# all indented\n  Parameters: {}\n  Resources:\n    A:\n      Type: AWS::SNS::Topic\n",
        ] {
            assert!(may_be_template(text.as_bytes()), "{text}");
        }
        for text in
            ["kind: List\nResources:\n  Type: burst\n", "a:\n  Resources: 1\n  Type: A::B", "Type: AWS::SNS::Topic"]
        {
            assert!(!may_be_template(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn type_names() {
        assert!(["AWS::DynamoDB::Table", "Custom::My-Thing", "Acme::Data::Orders::MODULE"].into_iter().all(is_type));
        assert!(
            !["burst", "A::B", "AWS::", "AWS::S3::Bucket/x", "Microsoft.Storage/accounts"].into_iter().any(is_type)
        );
    }
}
