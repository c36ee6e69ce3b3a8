//! Addresses of resources. In: `module.a["x"].data.aws_kms_key.k[0]`. Out: its parts.

/// The parts of a resource's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// The module calls, outermost first.
    pub modules: Vec<Step<'a>>,
    /// Whether it is a data source.
    pub data: bool,
    /// The Terraform type.
    pub kind: &'a str,
    /// Name and instance key.
    pub resource: Step<'a>,
    /// What follows the resource: an attribute path.
    pub rest: Vec<&'a str>,
}

/// A name with the key of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// The name.
    pub name: &'a str,
    /// The key as written, without brackets: `0`, `"x"`.
    pub key: Option<&'a str>,
}

impl<'a> Address<'a> {
    /// The parts of an address, or of a reference in a plan's configuration.
    pub fn parse(text: &'a str) -> Option<Self> {
        let segments = segments(text);
        let mut rest = segments.as_slice();
        let mut modules = Vec::new();
        while let ["module", name, more @ ..] = rest {
            modules.push(Step::parse(name));
            rest = more;
        }
        let data = rest.first() == Some(&"data");
        match if data { rest.get(1..)? } else { rest } {
            [kind, name, rest @ ..] => {
                Some(Self { modules, data, kind, resource: Step::parse(name), rest: rest.to_vec() })
            }
            _ => None,
        }
    }

    /// The address without instance keys.
    pub fn definition(&self) -> String {
        let modules = self.modules.iter().map(|step| format!("module.{}.", step.name));
        let data = if self.data { "data." } else { "" };
        modules.chain([format!("{data}{}.{}", self.kind, self.resource.name)]).collect()
    }

    /// The keys of its modules and its own.
    pub fn keys(&self) -> Vec<Option<&'a str>> {
        self.modules.iter().chain([&self.resource]).map(|step| step.key).collect()
    }
}

impl<'a> Step<'a> {
    /// `name[key]` in its parts.
    pub fn parse(text: &'a str) -> Self {
        match text.split_once('[') {
            Some((name, key)) => Self { name, key: Some(key.strip_suffix(']').unwrap_or(key)) },
            None => Self { name: text, key: None },
        }
    }
}

/// The parts between dots that are not inside brackets or quotes.
pub fn segments(text: &str) -> Vec<&str> {
    let (mut start, mut depth, mut quoted, mut escaped) = (0, 0_usize, false, false);
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn parts_of_addresses() {
        let address = Address::parse(r#"module.data["a.b\"]"].module.x.aws_kms_key.k[0]"#).unwrap();
        assert_eq!((address.kind, address.data, address.resource.key), ("aws_kms_key", false, Some("0")));
        assert_eq!(address.definition(), "module.data.module.x.aws_kms_key.k");
        assert_eq!(address.keys(), [Some(r#""a.b\"]""#), None, Some("0")]);
        let data = Address::parse("module.m.data.aws_kms_key.k.arn").unwrap();
        assert_eq!((data.data, data.rest), (true, vec!["arn"]));
        assert_eq!(Address::parse("module.m"), None);
    }
}
