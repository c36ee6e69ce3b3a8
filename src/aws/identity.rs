//! How a resource is named from outside. In: kinds and texts. Out: the property that holds a kind's name, and the
//! kind and name that an ARN tail speaks of. The facts are in `data/identities.toml`.

use serde::Deserialize;

/// How resources of one kind are named.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// CloudFormation type.
    pub kind: String,
    /// The property that holds the name.
    pub name: String,
    /// The service segment of the ARN; empty when the kind has no ARN.
    #[serde(default)]
    pub service: String,
    /// The last segment of the ARN, `{}` standing for the name.
    #[serde(default)]
    pub tail: String,
    /// Whether a path may stand before the name (`role/service-role/app`).
    #[serde(default)]
    pub path: bool,
}

#[derive(Deserialize)]
struct Data {
    kind: Vec<Identity>,
}

impl Identity {
    /// The facts of `data/identities.toml`.
    pub fn all() -> Vec<Self> {
        toml::from_str::<Data>(include_str!("data/identities.toml")).map_or_else(|_| Vec::new(), |data| data.kind)
    }

    /// The name in the last segment of an ARN of this kind: `table/Orders/index/ByDate` gives `Orders`.
    pub fn name_in<'t>(&self, tail: &'t str) -> Option<&'t str> {
        let (before, after) = self.tail.split_once("{}")?;
        let rest = tail.strip_prefix(before)?.strip_suffix(after)?;
        let name = if self.path {
            rest.rsplit('/').next()?
        } else if self.kind == "AWS::KMS::Alias" {
            rest
        } else {
            rest.split(['/', ':']).next()?
        };
        (!name.is_empty() && (self.kind != "AWS::KMS::Alias" || name.starts_with("alias/"))).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_found_in_arn_tails() {
        let all = Identity::all();
        let name = |kind: &str, tail: &'static str| all.iter().find(|i| i.kind == kind).unwrap().name_in(tail);
        assert_eq!(name("AWS::DynamoDB::Table", "table/Orders/index/ByDate"), Some("Orders"));
        assert_eq!(name("AWS::IAM::Role", "role/service-role/app"), Some("app"));
        assert_eq!(name("AWS::KMS::Alias", "alias/team/orders"), Some("alias/team/orders"));
        assert_eq!(name("AWS::KMS::Alias", "key/1234"), None);
        assert_eq!(name("AWS::DynamoDB::Table", "table/"), None);
    }
}
