//! Access as people ask for it: nine classes of actions, and four answers. In: what a principal can do with a table.
//! Out: the answer per class.

use std::sync::LazyLock;

use crate::aws::iam::{
    access::Access,
    actions::{ActionSet, Class, Universe, of_class},
};

/// A class of actions on a table and what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Items by key, by query or by PartiQL, of the table or an index.
    Read,
    /// The whole table or index in one go: Scan, and PartiQL selects that nothing bounds.
    Scan,
    /// Puts and updates of items.
    Write,
    /// Deletion of items.
    Delete,
    /// Changes of the table itself: settings, tags, replicas, deletion.
    Administer,
    /// Changes of the policies on table and stream.
    Policy,
    /// Reads of the stream's records.
    Stream,
    /// Making, deleting and restoring backups.
    Backup,
    /// Exports to S3.
    Export,
}

impl Group {
    /// In the order of every listing.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::Scan,
        Self::Write,
        Self::Delete,
        Self::Administer,
        Self::Policy,
        Self::Stream,
        Self::Backup,
        Self::Export,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Scan => "scan",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Administer => "administer",
            Self::Policy => "policy",
            Self::Stream => "stream",
            Self::Backup => "backup",
            Self::Export => "export",
        }
    }

    /// The actions of the standard universe that belong to it.
    pub fn actions(self) -> ActionSet {
        GROUPS.iter().find(|(group, _)| *group == self).map_or(ActionSet::EMPTY, |(_, actions)| *actions)
    }

    /// What a principal with this access has of it.
    pub fn permission(self, access: &Access) -> Permission {
        let bits = access.any();
        let mut wanted = self.actions();
        if self == Self::Scan {
            // Whether PartiQL may read the whole table depends on the statement: only what no condition bounds counts.
            wanted = wanted.without(partiql_select()).or(partiql_select().and(bits.must));
        }
        let has = |set: ActionSet| !set.and(wanted).is_empty();
        match () {
            () if has(bits.must) => Permission::Allow,
            () if has(access.sometimes) => Permission::Conditional,
            () if has(bits.may) => Permission::Unknown,
            () => Permission::Deny,
        }
    }

    /// The classes that an action belongs to, by its index in the standard universe.
    pub fn of(action: usize) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |group| group.actions().has(action))
    }
}

static GROUPS: LazyLock<[(Group, ActionSet); 9]> = LazyLock::new(|| {
    let all = |classes: &[Class]| classes.iter().fold(ActionSet::EMPTY, |set, class| set.or(of_class(*class)));
    let scan: ActionSet = Universe::standard().index("dynamodb:Scan").into_iter().collect();
    Group::ALL.map(|group| {
        let actions = match group {
            Group::Read => all(&[Class::ItemRead]).without(scan),
            Group::Scan => scan.or(partiql_select()),
            Group::Write => all(&[Class::ItemWrite]),
            Group::Delete => all(&[Class::ItemDelete]),
            Group::Administer => all(&[
                Class::TableAdmin,
                Class::TableDelete,
                Class::TagAdmin,
                Class::Replication,
                Class::StreamConfig,
                Class::Import,
            ]),
            Group::Policy => all(&[Class::PolicyAdmin]),
            Group::Stream => all(&[Class::StreamRead]),
            Group::Backup => all(&[Class::Backup, Class::BackupDelete, Class::BackupConfig, Class::Restore]),
            Group::Export => all(&[Class::Export]),
        };
        (group, actions)
    })
});

fn partiql_select() -> ActionSet {
    Universe::standard().index("dynamodb:PartiQLSelect").into_iter().collect()
}

/// Whether something is allowed; the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// In every context and every deployment.
    Allow,
    /// Certainly in some of them, and not in all.
    Conditional,
    /// Perhaps: it depends on what the code does not say.
    Unknown,
    /// Never.
    Deny,
}

impl Permission {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Conditional => "conditional",
            Self::Unknown => "unknown",
            Self::Deny => "deny",
        }
    }

    /// The answer over several deployments: what is not the same in all depends on them.
    pub fn over(all: impl IntoIterator<Item = Self>) -> Self {
        let mut strongest = None::<Self>;
        let mut same = true;
        for one in all {
            same &= strongest.is_none_or(|known| known == one);
            strongest = Some(strongest.map_or(one, |known| known.min(one)));
        }
        match strongest {
            None => Self::Deny,
            Some(one) if same => one,
            Some(Self::Allow | Self::Conditional) => Self::Conditional,
            Some(_) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_has_actions() {
        assert!(Group::ALL.iter().all(|group| !group.actions().is_empty()));
        let named = |name: &str| Universe::standard().index(name).into_iter().flat_map(Group::of).collect::<Vec<_>>();
        assert_eq!(named("dynamodb:BatchWriteItem"), [Group::Write, Group::Delete]);
        assert_eq!(named("dynamodb:Scan"), [Group::Scan]);
        assert_eq!(named("dynamodb:DescribeTable"), []);
    }

    #[test]
    fn what_differs_between_deployments_is_conditional() {
        use Permission::{Allow, Conditional, Deny, Unknown};
        assert_eq!(Permission::over([Allow, Allow]), Allow);
        assert_eq!(Permission::over([Allow, Deny]), Conditional);
        assert_eq!(Permission::over([Unknown, Deny]), Unknown);
        assert_eq!(Permission::over([]), Deny);
    }
}
