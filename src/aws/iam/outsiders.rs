//! Principals that the code names but does not declare. In: table policies and trust policies. Out: whom they name, and
//! for those whom a table policy admits a caller that access can be asked for.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    aws::{
        Project,
        arn::{Deployment, Names},
        iam::{
            access::TableTarget,
            evaluate::Policies,
            policy::{Effect, Policy},
            principal::{Caller, CallerKind, Entry, account_of},
            principals::{KINDS, Principal},
            survey::{PrincipalRow, Sort},
        },
        text::{Atom, Symbol, Text},
    },
    source::Span,
    value::{ResourceId, Truth, World},
};

/// ARNs of the principals that the project declares.
#[derive(Debug, Default)]
pub struct Declared(BTreeSet<Text>);

/// The principals of a project, as policies would name them.
pub fn declared(project: &Project, deployment: &Deployment) -> Declared {
    let world = World::new(project.variables());
    let names = Names::new(project, &world, deployment);
    Declared(KINDS.iter().flat_map(|kind| project.of_kind(kind)).map(|resource| names.arn(resource)).collect())
}

/// A principal outside the project that a table policy names.
#[derive(Clone, Debug)]
pub struct Outsider {
    /// As the policy writes it.
    pub label: Arc<str>,
    /// What it is.
    pub sort: Sort,
    /// Where it is named.
    pub span: Option<Span>,
    /// The caller. What its own account lets it do is taken to be everything, since the code does not say.
    pub principal: Principal,
}

impl Outsider {
    /// Its row; `cut` when not every combination of inputs was tried.
    pub fn row(&self, cut: bool) -> PrincipalRow {
        PrincipalRow {
            id: self.principal.id.clone(),
            sort: self.sort,
            arn: self.principal.caller.arn.to_string(),
            span: self.span,
            trusts: Vec::new(),
            workloads: Vec::new(),
            cut,
        }
    }
}

/// Whom the policies of a table admit beside the declared principals and the table's own account.
pub fn named(target: &TableTarget, known: &Declared) -> Vec<Outsider> {
    let policies = [&target.policy, &target.stream_policy].into_iter().flatten();
    let statements = policies.flat_map(|policy| &policy.statements);
    let admitting = statements.filter(|statement| statement.effect == Some(Effect::Allow));
    let mut found: Vec<Outsider> = Vec::new();
    for principals in admitting.filter_map(|statement| statement.principals.as_ref()) {
        let everyone = (Entry::Everyone, principals.span);
        // Everyone but a few is everyone.
        let entries = if principals.negated { std::slice::from_ref(&everyone) } else { &principals.entries };
        for (entry, span) in entries {
            let Some(outsider) = outsider(entry, *span, target, known) else { continue };
            if !found.iter().any(|other| other.label == outsider.label) {
                found.push(outsider);
            }
        }
    }
    found
}

fn outsider(entry: &Entry, span: Option<Span>, target: &TableTarget, known: &Declared) -> Option<Outsider> {
    let unknown = || Text::from(Atom::Symbol(Arc::new(Symbol::any(None, "${account}"))));
    let (sort, kind, arn, account) = match entry {
        Entry::Everyone => (Sort::Everyone, CallerKind::Root, Text::from("*"), Text::fresh("another account")),
        Entry::Service(name) => (Sort::Service, CallerKind::Service, name.clone(), unknown()),
        Entry::Aws(text) if known.0.contains(text) => return None,
        Entry::Aws(text) => match account_of(text) {
            Some(account) if !account.equals(&target.account).is_false() => return None,
            Some(account) => (Sort::OtherAccount, CallerKind::Root, text.clone(), account),
            None => {
                let parts = text.segments(6);
                let part = |at: usize| parts.as_ref().and_then(|parts| parts.get(at)).cloned();
                let account = part(4).unwrap_or_else(unknown);
                let is_user = part(5).is_some_and(|tail| tail.to_string().starts_with("user/"));
                let kind = if is_user { CallerKind::User } else { CallerKind::Role };
                let own = account.equals(&target.account);
                (if own.is_false() { Sort::OtherAccount } else { Sort::Named }, kind, text.clone(), account)
            }
        },
        Entry::Federated(_) | Entry::Other(_) => return None,
    };
    let label: Arc<str> = arn.to_string().into();
    let own_account = account.equals(&target.account).is_true();
    let identity = if own_account || kind == CallerKind::Service { Vec::new() } else { vec![everything()] };
    let principal = Principal {
        id: ResourceId { stack: "".into(), address: Arc::clone(&label) },
        caller: Caller { kind, arn, session: None, account, federated: None },
        policies: Policies { identity, ..Policies::default() },
        trust: None,
        exists: Truth::True,
    };
    Some(Outsider { label, sort, span, principal })
}

/// A table as one outside its account sees it: whose account is not certainly the table's is taken to be of another one,
/// so that nothing counts but what the table's policies grant.
pub fn seen_by(outsider: &Outsider, target: &TableTarget) -> TableTarget {
    let own = outsider.principal.caller.account.equals(&target.account);
    let account = if own.is_true() { target.account.clone() } else { Text::fresh("the table's account") };
    TableTarget { account, ..target.clone() }
}

/// What a principal of another account may do by its own policies: taken to be everything.
fn everything() -> Arc<Policy> {
    const ALL: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"assumed","Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    Arc::new(Policy::from_json("its own account's policies, which are not in the code", ALL))
}

/// Whom a trust policy names, sorted: `Service lambda.amazonaws.com`, `arn:aws:iam::111122223333:root`.
pub fn trusted(principal: &Principal) -> Vec<String> {
    let statements = principal.trust.iter().flat_map(|policy| &policy.statements);
    let admitting = statements.filter(|statement| statement.effect != Some(Effect::Deny));
    let entries = admitting.filter_map(|statement| statement.principals.as_ref()).flat_map(|named| &named.entries);
    let all: BTreeSet<String> = entries.map(|(entry, _)| entry.text().to_string()).collect();
    all.into_iter().collect()
}
