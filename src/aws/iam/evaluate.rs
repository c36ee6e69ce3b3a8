//! How policies of all layers combine to a decision. In: policies, caller, resource, context. Out: for every action of
//! a universe at once, whether it is certainly or possibly allowed.
//! Source: IAM User Guide, "Policy evaluation logic"; for resource policies in one account, "Difference between
//! allowing users to access... implicit denies"; across accounts, "Cross-account policy evaluation logic".

use std::sync::Arc;

use crate::{
    aws::{
        iam::{
            actions::{Bits, Support, Universe, those},
            context::Context,
            element::{Padding, Subject},
            policy::{Effect, Policy, Statement},
            principal::{Caller, CallerKind, Grades},
        },
        text::Text,
    },
    value::Truth,
};

/// Where a policy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Attached to the caller or a group of it.
    Identity,
    /// The caller's permissions boundary.
    Boundary,
    /// Passed when the session was opened.
    Session,
    /// Service control policies of one level of the organisation.
    Organisation(usize),
    /// Resource control policies, which only deny.
    ResourceControl,
    /// The policy of the VPC endpoint that the request goes through.
    Endpoint,
    /// The policy of the resource.
    Resource,
}

/// The policies that a request is judged by. `None` and an empty level mean that the layer does not limit.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// Of the caller and its groups.
    pub identity: Vec<Arc<Policy>>,
    /// The permissions boundary.
    pub boundary: Option<Vec<Arc<Policy>>>,
    /// Session policies.
    pub session: Option<Vec<Arc<Policy>>>,
    /// Service control policies, level by level.
    pub organisation: Vec<Vec<Arc<Policy>>>,
    /// Resource control policies.
    pub resource_control: Vec<Arc<Policy>>,
    /// The endpoint's policy.
    pub endpoint: Option<Arc<Policy>>,
    /// The resource's policy.
    pub resource: Option<Arc<Policy>>,
}

impl Policies {
    /// Every policy with its layer.
    pub fn iter(&self) -> impl Iterator<Item = (Layer, &Arc<Policy>)> {
        let organisation = self.organisation.iter().enumerate();
        let of = |layer| move |policy| (layer, policy);
        self.identity
            .iter()
            .map(of(Layer::Identity))
            .chain(self.boundary.iter().flatten().map(of(Layer::Boundary)))
            .chain(self.session.iter().flatten().map(of(Layer::Session)))
            .chain(organisation.flat_map(move |(level, policies)| policies.iter().map(of(Layer::Organisation(level)))))
            .chain(self.resource_control.iter().map(of(Layer::ResourceControl)))
            .chain(self.endpoint.iter().map(of(Layer::Endpoint)))
            .chain(self.resource.iter().map(of(Layer::Resource)))
    }
}

/// A statement that can apply to a request whatever its context is.
#[derive(Clone, Debug)]
pub struct Candidate<'p> {
    /// Where its policy stands.
    pub layer: Layer,
    /// Its policy.
    pub policy: &'p Arc<Policy>,
    /// The statement; `None` for a policy of which statements are not known.
    pub statement: Option<&'p Statement>,
    /// Its actions, as far as principal and resource allow without looking at the context.
    pub bits: Bits,
    grades: Grades,
    variable_resource: bool,
}

impl Candidate<'_> {
    /// The actions for which it applies in a context.
    pub fn applies(&self, subject: &Subject, context: &Context) -> Bits {
        let Some(statement) = self.statement else { return self.bits };
        let mut truth = statement.holds(context);
        if self.variable_resource && truth.is_possible() {
            truth = truth.and(statement.reaches(subject, context, padding(self.layer)));
        }
        self.bits.and(Bits::of(truth))
    }

    /// Whether its answer depends on the context.
    pub fn is_guarded(&self) -> bool {
        self.variable_resource || self.statement.is_some_and(|statement| !statement.conditions.is_empty())
    }

    /// Whether it names only the caller's account, which in that account leaves all to the account's own policies.
    pub fn only_delegates(&self) -> bool {
        self.layer == Layer::Resource && self.grades.direct.is_false() && self.grades.role.is_false()
    }

    /// What the statement does; `None` when that is not known.
    pub fn effect(&self) -> Option<Effect> {
        self.statement.and_then(|statement| statement.effect)
    }
}

/// A request without its context: what all its contexts have in common.
#[derive(Debug)]
pub struct Case<'p> {
    /// The statements that can apply.
    pub candidates: Vec<Candidate<'p>>,
    /// The resource.
    pub subject: &'p Subject,
    policies: &'p Policies,
    service: bool,
    same_account: Truth,
    /// Actions that work across accounts.
    crossing: Bits,
}

fn padding(layer: Layer) -> Padding {
    match layer {
        Layer::Endpoint | Layer::Resource => Padding::Starred,
        _ => Padding::Always,
    }
}

impl<'p> Case<'p> {
    /// Collects the statements that can apply to requests of `caller` on `subject`, whose account is `account`.
    pub fn new(
        policies: &'p Policies,
        caller: &Caller,
        subject: &'p Subject,
        account: &Text,
        universe: &Universe,
    ) -> Self {
        let mut candidates = Vec::new();
        for (layer, policy) in policies.iter() {
            collect(&mut candidates, layer, policy, caller, subject, universe);
        }
        let crossing = if universe.is_standard() {
            those(|action| action.cross_account != Support::No)
        } else {
            let no = those(|action| action.cross_account == Support::No);
            let standard = Universe::standard().names();
            let forbidden =
                |name: &Text| standard.iter().position(|known| known == name).is_some_and(|index| no.has(index));
            universe.names().iter().enumerate().filter(|(_, name)| !forbidden(name)).map(|(index, _)| index).collect()
        };
        Self {
            candidates,
            subject,
            policies,
            service: caller.kind == CallerKind::Service,
            same_account: caller.account.equals(account),
            crossing: Bits { must: crossing, may: crossing },
        }
    }

    /// The actions that are allowed in a context.
    pub fn allowed(&self, context: &Context) -> Bits {
        let mut found = Found { organisation: vec![Bits::NONE; self.policies.organisation.len()], ..Found::default() };
        for candidate in &self.candidates {
            let bits = candidate.applies(self.subject, context);
            if bits.may.is_empty() {
                continue;
            }
            match candidate.effect() {
                Some(Effect::Allow) => found.allow(candidate, bits),
                Some(Effect::Deny) => found.deny = found.deny.or(bits),
                None => {
                    let maybe = bits.and(Bits::of(Truth::Unknown));
                    found.allow(candidate, maybe);
                    found.deny = found.deny.or(maybe);
                }
            }
        }
        self.combine(&found)
    }

    /// The statements that allow an action in a context, certainly or possibly: policy name and statement label.
    pub fn allowing(&self, action: usize, context: &Context) -> Vec<(Arc<str>, String)> {
        let grants = |candidate: &&Candidate<'_>| {
            matches!(candidate.layer, Layer::Identity | Layer::Resource)
                && candidate.effect() != Some(Effect::Deny)
                && candidate.applies(self.subject, context).may.has(action)
        };
        let label = |statement: Option<&Statement>| statement.map_or_else(|| "not known".to_owned(), Statement::label);
        self.candidates.iter().filter(grants).map(|c| (Arc::clone(&c.policy.name), label(c.statement))).collect()
    }

    fn combine(&self, found: &Found) -> Bits {
        let limit = |set: bool, bits: Bits| if set { bits } else { Bits::ALL };
        let organisation = found.organisation.iter().fold(Bits::ALL, |all, level| all.and(*level));
        let endpoint = limit(self.policies.endpoint.is_some(), found.endpoint);
        let gate = (!found.deny).and(organisation).and(endpoint);
        let named = found.direct.or(found.role).or(found.account);
        if self.service {
            return gate.and(named);
        }
        let boundary = limit(self.policies.boundary.is_some(), found.boundary);
        let session = limit(self.policies.session.is_some(), found.session);
        let limits = boundary.and(session);
        let inside = found.direct.or(found.role.or(found.identity).and(limits));
        let across = named.and(found.identity).and(limits).and(self.crossing);
        gate.and(match self.same_account {
            Truth::True => inside,
            Truth::False => across,
            Truth::Unknown => Bits { must: inside.must.and(across.must), may: inside.may.or(across.may) },
        })
    }
}

#[derive(Default)]
struct Found {
    deny: Bits,
    identity: Bits,
    boundary: Bits,
    session: Bits,
    organisation: Vec<Bits>,
    endpoint: Bits,
    direct: Bits,
    role: Bits,
    account: Bits,
}

impl Found {
    fn allow(&mut self, candidate: &Candidate<'_>, bits: Bits) {
        let add = |into: &mut Bits, bits: Bits| *into = into.or(bits);
        match candidate.layer {
            Layer::Identity => add(&mut self.identity, bits),
            Layer::Boundary => add(&mut self.boundary, bits),
            Layer::Session => add(&mut self.session, bits),
            Layer::Organisation(level) => {
                if let Some(level) = self.organisation.get_mut(level) {
                    add(level, bits);
                }
            }
            Layer::ResourceControl => {}
            Layer::Endpoint => add(&mut self.endpoint, bits),
            Layer::Resource => {
                add(&mut self.direct, bits.and(Bits::of(candidate.grades.direct)));
                add(&mut self.role, bits.and(Bits::of(candidate.grades.role)));
                add(&mut self.account, bits.and(Bits::of(candidate.grades.account)));
            }
        }
    }
}

fn collect<'p>(
    candidates: &mut Vec<Candidate<'p>>,
    layer: Layer,
    policy: &'p Arc<Policy>,
    caller: &Caller,
    subject: &Subject,
    universe: &Universe,
) {
    if policy.attached.is_false() {
        return;
    }
    let attached = Bits::of(policy.attached);
    // Nothing is known of the context here: a resource with variables is possible, never certain.
    let open = Context::open();
    for statement in &policy.statements {
        let grades = match (&statement.principals, layer) {
            (Some(principals), Layer::Endpoint | Layer::Resource) => principals.names(caller),
            (None, Layer::Resource) => Grades::NONE,
            _ => Grades::DIRECT,
        };
        let named = grades.any();
        if named.is_false() {
            continue;
        }
        let mut bits = statement.bits(universe).and(attached);
        let variable_resource = statement.has_variable_resources();
        let reached = statement.reaches(subject, &open, padding(layer));
        if bits.may.is_empty() || reached.is_false() {
            continue;
        }
        if !variable_resource {
            bits = bits.and(Bits::of(reached));
        }
        // Grants by resource policies are weighed by grade; denials need to know only whether the caller is named.
        if layer == Layer::Endpoint || statement.effect != Some(Effect::Allow) {
            bits = bits.and(Bits::of(named));
        }
        candidates.push(Candidate { layer, policy, statement: Some(statement), bits, grades, variable_resource });
    }
    if policy.unknown.is_some() {
        let grades = Grades { direct: Truth::Unknown, role: Truth::Unknown, account: Truth::Unknown };
        let bits = Bits::of(Truth::Unknown);
        candidates.push(Candidate { layer, policy, statement: None, bits, grades, variable_resource: false });
    }
}
