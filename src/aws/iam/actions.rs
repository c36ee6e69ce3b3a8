//! The actions of DynamoDB and DAX, and sets of them. The facts are in `data/dynamodb-actions.json`, whose sources
//! it names; the IAM actions with which a principal changes its own rights follow them in the same universe.

use std::{collections::BTreeSet, sync::LazyLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::{aws::text::Text, value::Truth};

/// IAM actions by which a principal can widen its own access or change its own tags.
pub const SELF_ADMINISTRATION: [&str; 10] = [
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:TagRole",
    "iam:TagUser",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
];

/// Whether a request of an action carries a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carries {
    /// In every request.
    Always,
    /// Sometimes.
    Conditional,
    /// In none.
    Never,
    /// The service authorization reference lists it, the API has no such parameter.
    ListedOnly,
}

/// What an action needs in a resource policy or across accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// Documented to work.
    Yes,
    /// Documented not to work.
    No,
    /// Not documented.
    Undocumented,
}

/// Kinds of resources that an action is authorized on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum ResourceKind {
    Table,
    Index,
    Stream,
    Backup,
    Export,
    Import,
    GlobalTable,
    BulkOperation,
    /// A DAX cluster.
    Application,
}

impl ResourceKind {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Index => "index",
            Self::Stream => "stream",
            Self::Backup => "backup",
            Self::Export => "export",
            Self::Import => "import",
            Self::GlobalTable => "global-table",
            Self::BulkOperation => "bulk-operation",
            Self::Application => "cluster",
        }
    }
}

/// What an action does, as access is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Class {
    ItemRead,
    ItemWrite,
    ItemDelete,
    Partiql,
    TableAdmin,
    TableDelete,
    Replication,
    Backup,
    BackupDelete,
    BackupConfig,
    Restore,
    Export,
    Import,
    StreamRead,
    StreamConfig,
    PolicyAdmin,
    PolicyRead,
    TagAdmin,
    MetadataRead,
    Billing,
    FaultInjection,
    ClusterAdmin,
}

/// An action and what is known of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// `dynamodb:GetItem`.
    pub action: String,
    /// Access level of the service authorization reference.
    pub level: String,
    /// What it is authorized on; nothing: only a literal `*` covers it.
    pub resources: Vec<ResourceKind>,
    /// What it does.
    #[serde(rename = "class")]
    pub classes: Vec<Class>,
    /// Whether requests carry `dynamodb:LeadingKeys`.
    pub leading_keys: Carries,
    /// Whether one request can carry several of them.
    pub leading_keys_multi: bool,
    /// Whether requests carry `dynamodb:Attributes`.
    pub attributes: Carries,
    /// Whether requests carry `dynamodb:Select`.
    pub select: Carries,
    /// Whether requests carry `dynamodb:ReturnValues`.
    pub return_values: Carries,
    /// Transaction operations around it, in `dynamodb:EnclosingOperation`.
    pub enclosing: Vec<String>,
    /// Whether requests carry `dynamodb:FullTableScan`.
    pub full_table_scan: bool,
    /// The condition keys that the service authorization reference lists.
    pub condition_keys: Vec<String>,
    /// Whether it works across accounts.
    pub cross_account: Support,
    /// Whether a resource policy can grant it.
    pub resource_policy: Support,
}

impl Action {
    /// `GetItem`.
    pub fn name(&self) -> &str {
        self.action.split_once(':').map_or(&*self.action, |(_, name)| name)
    }

    /// Whether it is of DAX.
    pub fn is_dax(&self) -> bool {
        self.action.starts_with("dax:")
    }
}

#[derive(Deserialize)]
struct Data {
    actions: Vec<Action>,
}

/// A set of actions of the universe: bit `n` is [`Universe::names`]`[n]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActionSet(pub u128);

impl ActionSet {
    /// No action.
    pub const EMPTY: Self = Self(0);
    /// Every bit.
    pub const ALL: Self = Self(u128::MAX);

    /// Those in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in one of them.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many it has.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether it has the action of this index.
    pub fn has(self, index: usize) -> bool {
        index < 128 && self.0 >> index & 1 == 1
    }

    /// The indexes of its actions.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..128).filter(move |index| self.has(*index))
    }
}

impl FromIterator<usize> for ActionSet {
    fn from_iter<I: IntoIterator<Item = usize>>(indexes: I) -> Self {
        Self(indexes.into_iter().filter(|index| *index < 128).fold(0, |bits, index| bits | 1 << index))
    }
}

/// The truth of one statement for every action at once: those for which it certainly, and those for which it possibly, holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bits {
    /// Certainly.
    pub must: ActionSet,
    /// Possibly; contains `must`.
    pub may: ActionSet,
}

impl Bits {
    /// For none.
    pub const NONE: Self = Self { must: ActionSet::EMPTY, may: ActionSet::EMPTY };
    /// For all.
    pub const ALL: Self = Self { must: ActionSet::ALL, may: ActionSet::ALL };

    /// The same truth for all.
    pub fn of(truth: Truth) -> Self {
        match truth {
            Truth::True => Self::ALL,
            Truth::Unknown => Self { must: ActionSet::EMPTY, may: ActionSet::ALL },
            Truth::False => Self::NONE,
        }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { must: self.must.and(other.must), may: self.may.and(other.may) }
    }

    /// One holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { must: self.must.or(other.must), may: self.may.or(other.may) }
    }

    /// The truth for the action of this index.
    pub fn truth(self, index: usize) -> Truth {
        match (self.must.has(index), self.may.has(index)) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        }
    }
}

impl std::ops::Not for Bits {
    type Output = Self;

    fn not(self) -> Self {
        Self { must: ActionSet::ALL.without(self.may), may: ActionSet::ALL.without(self.must) }
    }
}

/// The actions that bits stand for.
#[derive(Debug)]
pub struct Universe {
    names: Vec<Text>,
    indexes: FxHashMap<String, usize>,
    /// By the name in lower case, as patterns are compared.
    folded: FxHashMap<String, usize>,
    services: BTreeSet<String>,
}

static ACTIONS: LazyLock<Vec<Action>> = LazyLock::new(|| {
    serde_json::from_str::<Data>(include_str!("../data/dynamodb-actions.json"))
        .map_or_else(|_| Vec::new(), |data| data.actions)
});

static STANDARD: LazyLock<Universe> =
    LazyLock::new(|| Universe::of(ACTIONS.iter().map(|action| &*action.action).chain(SELF_ADMINISTRATION)));

/// The actions of DynamoDB and DAX, in the order of their bits.
pub fn actions() -> &'static [Action] {
    &ACTIONS
}

impl Universe {
    /// DynamoDB, DAX, then [`SELF_ADMINISTRATION`].
    pub fn standard() -> &'static Self {
        &STANDARD
    }

    /// These actions; at most 128.
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: Vec<&str> = names.into_iter().take(128).collect();
        let numbered =
            |fold: &dyn Fn(&str) -> String| names.iter().enumerate().rev().map(|(at, name)| (fold(name), at)).collect();
        Self {
            services: names.iter().filter_map(|name| Some(name.split_once(':')?.0.to_lowercase())).collect(),
            indexes: numbered(&str::to_owned),
            folded: numbered(&str::to_lowercase),
            names: names.into_iter().map(Text::from).collect(),
        }
    }

    /// The actions, `service:Name`, in the order of their bits.
    pub fn names(&self) -> &[Text] {
        &self.names
    }

    /// The index of an action of the standard universe.
    pub fn index(&self, action: &str) -> Option<usize> {
        self.indexes.get(action).copied()
    }

    /// The index of an action as a policy may spell it, in any case of letters.
    pub fn index_of_any_case(&self, action: &str) -> Option<usize> {
        self.folded.get(&action.to_lowercase()).copied()
    }

    /// Whether an action is of this service, in any case of letters.
    pub fn has_service(&self, service: &str) -> bool {
        self.services.contains(&service.to_lowercase())
    }

    /// All of its actions.
    pub fn all(&self) -> ActionSet {
        (0..self.names.len()).collect()
    }

    /// Whether this is the one that statements keep their bits for.
    pub fn is_standard(&self) -> bool {
        std::ptr::eq(self, Self::standard())
    }
}

/// The actions for which a fact holds.
pub fn those(fact: impl Fn(&Action) -> bool) -> ActionSet {
    ACTIONS.iter().enumerate().filter(|(_, action)| fact(action)).map(|(index, _)| index).collect()
}

/// The actions of a class.
pub fn of_class(class: Class) -> ActionSet {
    those(|action| action.classes.contains(&class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_read_and_fits() {
        assert_eq!(actions().len(), 114);
        assert_eq!(Universe::standard().names().len(), 124);
        assert_eq!(of_class(Class::StreamRead).len(), 2);
        assert_eq!(those(|action| action.leading_keys == Carries::Always).len(), 11);
    }
}
