//! The context of a request: which condition keys it carries.
//! Source: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference of DynamoDB.

use std::{collections::BTreeMap, sync::Arc};

use crate::aws::text::Text;

/// Keys that hold lists by type; without a set operator no condition on them matches.
const MULTI_VALUED: [&str; 12] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:tagkeys",
    "dynamodb:attributes",
    "dynamodb:firstpartitionkeyvalues",
    "dynamodb:fistargetarns",
    "dynamodb:fourthpartitionkeyvalues",
    "dynamodb:leadingkeys",
    "dynamodb:secondpartitionkeyvalues",
    "dynamodb:thirdpartitionkeyvalues",
];

/// Whether the key (in lower case) holds a list by type.
pub fn is_multi_valued(key: &str) -> bool {
    MULTI_VALUED.binary_search(&key).is_ok()
}

/// What a request says under a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// It has no such key.
    Absent,
    /// These values; an empty list counts as absent.
    Values(Arc<[Text]>),
    /// Not known, not even whether it is there.
    Unknown,
}

impl Key {
    /// One value.
    pub fn one(value: impl Into<Text>) -> Self {
        Self::Values([value.into()].into())
    }

    /// Several values.
    pub fn many(values: impl IntoIterator<Item = Text>) -> Self {
        Self::Values(values.into_iter().collect())
    }

    /// The values; none when absent or unknown.
    pub fn values(&self) -> &[Text] {
        if let Self::Values(values) = self { values } else { &[] }
    }
}

/// The condition keys of a request. Names are kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Context {
    keys: BTreeMap<Arc<str>, Key>,
    rest: Key,
}

impl Context {
    /// Keys that are not set are absent.
    pub fn closed() -> Self {
        Self { keys: BTreeMap::new(), rest: Key::Absent }
    }

    /// Nothing is known of keys that are not set.
    pub fn open() -> Self {
        Self { keys: BTreeMap::new(), rest: Key::Unknown }
    }

    /// Says what the request has under a key.
    pub fn set(&mut self, name: &str, key: Key) {
        self.keys.insert(name.to_lowercase().into(), key);
    }

    /// The same context with one more key.
    #[must_use]
    pub fn with(mut self, name: &str, key: Key) -> Self {
        self.set(name, key);
        self
    }

    /// What the request has under a key, given in lower case.
    pub fn get(&self, name: &str) -> &Key {
        self.keys.get(name).unwrap_or(&self.rest)
    }

    /// Everything that was set, in order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Key)> {
        self.keys.iter().map(|(name, key)| (&**name, key))
    }

    /// The same keys; those that were not set are absent.
    #[must_use]
    pub fn close(mut self) -> Self {
        self.rest = Key::Absent;
        self
    }
}
