//! Who can do what with which table. In: principals and tables of a project. Out: per pair and kind of resource the
//! actions that are certainly and possibly allowed, and on demand the statements and conditions behind them.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    aws::{
        arn::{Names, stream_label},
        dynamodb::{Replica, Table},
        iam::{
            actions::{ActionSet, Bits, Class, ResourceKind, Universe, of_class, those},
            cells::{Solved, open_keys, solve},
            condition::Condition,
            context::{Context, Key},
            element::Subject,
            evaluate::{Case, Layer, Policies},
            policy::{Effect, Policy, Statement},
            principal::CallerKind,
            principals::Principal,
            reach::{Reach, Signature},
        },
        text::{Atom, Symbol, Text},
    },
    value::{Field, ResourceId, Truth, read::Known},
};

/// A table in one region, with the resources that belong to it and the policies on them.
#[derive(Clone, Debug)]
pub struct TableTarget {
    /// The declared table.
    pub id: ResourceId,
    /// Its ARN.
    pub arn: Text,
    /// Its account.
    pub account: Text,
    /// Its region.
    pub region: Text,
    /// Its name.
    pub name: Text,
    /// The table, its indexes, stream, backups and exports.
    pub resources: Vec<(ResourceKind, Subject)>,
    /// Its resource policy, which also governs its indexes.
    pub policy: Option<Arc<Policy>>,
    /// The policy on its stream.
    pub stream_policy: Option<Arc<Policy>>,
    /// Whether it has a stream.
    pub stream: Truth,
}

impl TableTarget {
    /// The table in each of its regions: a policy on one replica is none on the others.
    pub fn all(table: &Table<'_>, names: &Names<'_>) -> Vec<Self> {
        table.replicas(names.project()).items.iter().map(|replica| Self::new(replica, names)).collect()
    }

    /// The table in one region.
    pub fn new(replica: &Replica<'_>, names: &Names<'_>) -> Self {
        let table = &replica.table;
        let resource = table.resource;
        let id = resource.id.clone();
        let region = match replica.region() {
            Some(field) => {
                field.known().and_then(|value| names.text(value).ok()).unwrap_or_else(|| unknown_name("region"))
            }
            None => names.region(resource),
        };
        let arn = names.arn_in(resource, &region);
        let stream = table.streams().truth;
        let policy = |field: Field<'_>, name: &str| {
            let parse = || Arc::new(Policy { source: Some(id.clone()), ..Policy::parse(name, &field, names) });
            (!field.is_absent()).then(parse)
        };
        Self {
            account: names.account(resource),
            name: names.name(resource, "TableName"),
            policy: policy(replica.policy(), "resource policy"),
            stream_policy: policy(replica.stream_policy(), "stream policy"),
            resources: resources(replica, &arn, stream),
            region,
            stream,
            arn,
            id,
        }
    }

    /// The policy that governs a kind of its resources.
    pub fn policy_for(&self, kind: ResourceKind) -> Option<&Arc<Policy>> {
        match kind {
            ResourceKind::Table | ResourceKind::Index => self.policy.as_ref(),
            ResourceKind::Stream => self.stream_policy.as_ref(),
            _ => None,
        }
    }
}

/// The table, its indexes, its stream when it may have one, its backups and exports.
fn resources(replica: &Replica<'_>, arn: &Text, stream: Truth) -> Vec<(ResourceKind, Subject)> {
    let table = &replica.table;
    let subject = |suffix: Text| Subject::new(arn.join(&suffix), Some(table.resource.id.clone()));
    let below = |word: &str, name: &Text| subject(Text::from(word).join(name));
    let mut resources = vec![(ResourceKind::Table, subject(Text::from("")))];
    let indexes = table.indexes();
    for index in &indexes.items {
        let name = if let Known::Is(name) = index.name() { Text::from(&*name) } else { unknown_name("index") };
        resources.push((ResourceKind::Index, below("/index/", &name)));
    }
    if indexes.open.is_some() {
        resources.push((ResourceKind::Index, below("/index/", &unknown_name("index"))));
    }
    if stream.is_possible() {
        // The stream of a replica in another region is not the one that `StreamArn` gives.
        let elsewhere = replica.region().is_some();
        let label = if elsewhere { unknown_name("stream") } else { stream_label(table.resource) };
        resources.push((ResourceKind::Stream, below("/stream/", &label)));
    }
    resources.push((ResourceKind::Backup, below("/backup/", &unknown_name("backup"))));
    resources.push((ResourceKind::Export, below("/export/", &unknown_name("export"))));
    resources
}

fn unknown_name(label: &str) -> Text {
    Text::from(Atom::Symbol(Arc::new(Symbol {
        identity: None,
        shape: crate::aws::text::Shape::Name,
        label: format!("${{{label}}}").into(),
    })))
}

/// What a principal can do with a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Per kind of resource, over all resources of that kind: certainly on one of them, possibly on one of them.
    pub by_kind: Vec<(ResourceKind, Bits)>,
    /// Actions that are certainly allowed in some context, on one of the resources.
    pub sometimes: ActionSet,
    /// Whether all contexts were told apart.
    pub exact: bool,
}

impl Access {
    /// The actions that are certainly, and possibly, allowed on any resource of the table.
    pub fn any(&self) -> Bits {
        self.by_kind.iter().fold(Bits::NONE, |all, (_, bits)| all.or(*bits))
    }

    /// Whether some action of a class is allowed.
    pub fn class(&self, class: Class) -> Truth {
        self.some(of_class(class))
    }

    /// Whether some of the actions are allowed: true in every context, unknown in some.
    pub fn some(&self, actions: ActionSet) -> Truth {
        let bits = self.any();
        match (bits.must.and(actions).is_empty(), bits.may.and(actions).is_empty()) {
            (false, _) => Truth::True,
            (true, false) => Truth::Unknown,
            (true, true) => Truth::False,
        }
    }
}

/// A statement that bears on an action, and how.
#[derive(Clone, Debug)]
pub struct Grant<'p> {
    /// Where the policy stands.
    pub layer: Layer,
    /// The policy.
    pub policy: &'p Arc<Policy>,
    /// The statement; `None` when the policy's statements are not known.
    pub statement: Option<&'p Statement>,
    /// Allow or Deny; `None` when not known.
    pub effect: Option<Effect>,
    /// Whether it covers the action on this resource, its conditions aside.
    pub covers: Truth,
}

impl<'p> Grant<'p> {
    /// The conditions under which it applies.
    pub fn conditions(&self) -> &'p [Condition] {
        self.statement.map(|statement| &*statement.conditions).unwrap_or_default()
    }
}

/// What is known of every request of a principal to a table; everything else may be anything.
pub fn base_context(principal: &Principal, table: &TableTarget) -> Context {
    let caller = &principal.caller;
    let mut context = Context::open()
        // A caller that wants access uses TLS and calls itself.
        .with("aws:SecureTransport", Key::one("true"))
        .with("aws:ViaAWSService", Key::one("false"))
        .with("aws:PrincipalIsAWSService", Key::one("false"))
        .with("aws:PrincipalArn", Key::one(caller.arn.clone()))
        .with("aws:PrincipalAccount", Key::one(caller.account.clone()))
        .with("aws:ResourceAccount", Key::one(table.account.clone()))
        .with("aws:RequestedRegion", Key::one(table.region.clone()));
    match caller.kind {
        CallerKind::Role => context.set("aws:username", Key::Absent),
        CallerKind::User => {}
        // An account stands for all its principals.
        CallerKind::Root => context.set("aws:PrincipalArn", Key::Unknown),
        CallerKind::Service => {
            context.set("aws:PrincipalIsAWSService", Key::one("true"));
            context.set("aws:PrincipalArn", Key::Unknown);
            context.set("aws:PrincipalAccount", Key::Unknown);
        }
    }
    context
}

/// Answers access questions about pairs of principals and tables.
#[derive(Debug)]
pub struct Matrix {
    tables: Vec<Arc<TableTarget>>,
    reach: Reach,
    kinds: Vec<(ResourceKind, ActionSet)>,
}

impl Matrix {
    /// Prepares the tables.
    pub fn new(tables: Vec<Arc<TableTarget>>) -> Self {
        let all = [
            ResourceKind::Table,
            ResourceKind::Index,
            ResourceKind::Stream,
            ResourceKind::Backup,
            ResourceKind::Export,
        ];
        let on = |kind: ResourceKind| those(|action| action.resources.contains(&kind));
        Self { reach: Reach::new(tables.clone()), tables, kinds: all.map(|kind| (kind, on(kind))).into() }
    }

    /// The tables.
    pub fn tables(&self) -> &[Arc<TableTarget>] {
        &self.tables
    }

    /// What a principal can do with each table that it can reach at all, by index of the table.
    pub fn of(&self, principal: &Principal) -> Vec<(usize, Arc<Access>)> {
        let mut memo: FxHashMap<Signature, Arc<Access>> = FxHashMap::default();
        let footprint = self.reach.footprint(principal);
        let mut found = Vec::new();
        for at in self.reach.candidates(principal) {
            let Some(table) = self.tables.get(at) else { continue };
            // Tables that every statement reaches alike give the same answer.
            let alike = footprint.as_ref().filter(|_| table.policy.is_none() && table.stream_policy.is_none());
            let access = match alike.and_then(|footprint| self.reach.signature(footprint, at)) {
                Some(signature) => Arc::clone(memo.entry(signature).or_insert_with(|| self.access(principal, table))),
                None => self.access(principal, table),
            };
            if !access.any().may.is_empty() {
                found.push((at, access));
            }
        }
        found
    }

    /// What a principal can do with one table.
    pub fn access(&self, principal: &Principal, table: &TableTarget) -> Arc<Access> {
        Arc::new(access_of(&self.kinds, principal, table))
    }
}

fn access_of(kinds: &[(ResourceKind, ActionSet)], principal: &Principal, table: &TableTarget) -> Access {
    let mut access = Access { by_kind: Vec::new(), sometimes: ActionSet::EMPTY, exact: true };
    for (kind, subject) in &table.resources {
        let solved = solved(principal, table, *kind, subject);
        let actions = kinds.iter().find(|(known, _)| known == kind).map_or(ActionSet::EMPTY, |(_, actions)| *actions);
        let bits = solved.allowed.and(Bits { must: actions, may: actions });
        access.exact &= solved.exact;
        access.sometimes = access.sometimes.or(solved.sometimes.and(actions));
        match access.by_kind.iter_mut().find(|(known, _)| known == kind) {
            Some((_, all)) => *all = all.or(bits),
            None => access.by_kind.push((*kind, bits)),
        }
    }
    access
}

fn solved(principal: &Principal, table: &TableTarget, kind: ResourceKind, subject: &Subject) -> Solved {
    let own;
    let policies = match table.policy_for(kind) {
        Some(policy) => {
            own = Policies { resource: Some(Arc::clone(policy)), ..principal.policies.clone() };
            &own
        }
        None => &principal.policies,
    };
    let case = Case::new(policies, &principal.caller, subject, &table.account, Universe::standard());
    if case.candidates.is_empty() {
        return Solved { allowed: Bits::NONE, sometimes: ActionSet::EMPTY, exact: true };
    }
    let base = base_context(principal, table);
    let open = open_keys(&case, &base);
    let mut solved = solve(&case, &base, &open, Universe::standard());
    if principal.exists != Truth::True {
        solved.allowed.must = ActionSet::EMPTY;
        solved.sometimes = ActionSet::EMPTY;
    }
    solved
}

/// The statements that bear on an action of the standard universe, and whether the action is allowed, per resource of
/// the table on which it possibly is.
pub fn grants(
    principal: &Principal,
    table: &TableTarget,
    action: usize,
    visit: &mut dyn FnMut(&Subject, Truth, &[Grant<'_>]),
) {
    let known = crate::aws::iam::actions::actions();
    for (kind, subject) in &table.resources {
        if known.get(action).is_none_or(|action| !action.resources.contains(kind)) {
            continue;
        }
        let truth = solved(principal, table, *kind, subject).allowed.truth(action);
        if truth.is_false() {
            continue;
        }
        let policies = Policies { resource: table.policy_for(*kind).cloned(), ..principal.policies.clone() };
        let case = Case::new(&policies, &principal.caller, subject, &table.account, Universe::standard());
        let relevant = case.candidates.iter().filter(|candidate| candidate.bits.may.has(action));
        let grants: Vec<Grant<'_>> = relevant
            .map(|candidate| Grant {
                layer: candidate.layer,
                policy: candidate.policy,
                statement: candidate.statement,
                effect: candidate.effect(),
                covers: candidate.bits.truth(action),
            })
            .collect();
        visit(subject, truth, &grants);
    }
}
