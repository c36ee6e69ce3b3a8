//! Why a principal can, or cannot, do something with a table. In: both, in one world. Out: per resource the actions that
//! the same statements decide alike, with those statements, what is left of their conditions, and example contexts.

use std::sync::Arc;

use crate::{
    aws::{
        iam::{
            access::{TableTarget, base_context},
            actions::{Action, ActionSet, Bits, Carries, ResourceKind, Universe, actions, those},
            cells::{carriers, each, open_keys},
            context::{Context, Key},
            element::Subject,
            evaluate::{Candidate, Case, Layer, Policies},
            permission::{Group, Permission},
            policy::{Effect, Statement},
            principals::Principal,
        },
        text::Text,
    },
    source::Span,
    value::{ResourceId, Truth, Unknown},
};

/// What the same statements decide in the same way.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The table, an index of it, its stream, its backups or its exports.
    pub resource: Text,
    /// Which of these.
    pub kind: ResourceKind,
    /// The actions, by index in the standard universe.
    pub actions: ActionSet,
    /// The answer.
    pub permission: Permission,
    /// The statements that allow; what is conditional needs one of them with its conditions.
    pub allowed_by: Vec<Source>,
    /// Statements of the permissions boundary that let it through, when there is one: one of them is needed too.
    pub limited_by: Vec<Source>,
    /// The statements that refuse, each under its conditions.
    pub denied_by: Vec<Source>,
    /// Facts that matter besides.
    pub notes: Vec<Note>,
    /// A context in which it is allowed.
    pub allowed_in: Option<Example>,
    /// A context in which it is refused.
    pub refused_in: Option<Example>,
}

/// Condition keys of a request, in order of names; `None` for one that the request does not have.
pub type Example = Vec<(Arc<str>, Option<Vec<String>>)>;

/// A statement that bears on the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Where its policy stands.
    pub layer: Layer,
    /// The name of the policy.
    pub policy: Arc<str>,
    /// The resource that holds the policy, when the code does.
    pub holder: Option<ResourceId>,
    /// Its Sid or number; `None` for a policy of which the statements are not known.
    pub statement: Option<String>,
    /// Where the statement is written, else the policy.
    pub span: Option<Span>,
    /// Whether it covers action and resource for certain.
    pub covers: Truth,
    /// What is left of its conditions: those that some request of this kind meets and some does not.
    pub conditions: Vec<String>,
    /// Why the policy is not known.
    pub unknown: Option<Arc<Unknown>>,
}

/// A fact that matters besides the statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Note {
    /// The principal is in another account than the table: both sides must allow.
    AcrossAccounts,
    /// Whether it is, is not known.
    AccountsUnknown,
    /// A permissions boundary lets nothing of this through.
    Boundary,
    /// Whether the principal exists is not known.
    MayNotExist,
    /// Whether the resource exists is not known.
    ResourceMayNotExist,
    /// Too many combinations of condition keys: not all were tried.
    Budget,
}

impl Note {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::AcrossAccounts => "the principal is of another account than the table, so that both sides must allow",
            Self::AccountsUnknown => "whether principal and table are in one account is not known",
            Self::Boundary => "the permissions boundary does not allow it",
            Self::MayNotExist => "whether the principal exists is not known",
            Self::ResourceMayNotExist => "whether the table has a stream is not known",
            Self::Budget => "too many combinations of condition keys to try them all",
        }
    }
}

/// Everything that decides about the actions of the groups on a table.
pub fn reasons(principal: &Principal, table: &TableTarget) -> Vec<Reason> {
    let mut all = Vec::new();
    for (kind, subject) in &table.resources {
        let policies = Policies { resource: table.policy_for(*kind).cloned(), ..principal.policies.clone() };
        let case = Case::new(&policies, &principal.caller, subject, &table.account, Universe::standard());
        if !case.candidates.is_empty() {
            Explainer { principal, table, kind: *kind, subject, case: &case }.explain(&mut all);
        }
    }
    all
}

struct Explainer<'a> {
    principal: &'a Principal,
    table: &'a TableTarget,
    kind: ResourceKind,
    subject: &'a Subject,
    case: &'a Case<'a>,
}

/// The answers over all contexts, with the first context of each kind.
struct Answers {
    bits: Bits,
    sometimes: ActionSet,
    exact: bool,
    allowed: Vec<(ActionSet, Context)>,
    refused: Vec<(ActionSet, Context)>,
}

impl Explainer<'_> {
    fn explain(&self, all: &mut Vec<Reason>) {
        let base = base_context(self.principal, self.table);
        let open = open_keys(self.case, &base);
        let answers = self.answers(&base, &open);
        let grouped = Group::ALL.iter().fold(ActionSet::EMPTY, |set, group| set.or(group.actions()));
        let wanted = grouped.and(those(|action| action.resources.contains(&self.kind)));
        let first = all.len();
        for index in wanted.iter() {
            let Some(reason) = self.reason(index, &base, &open, &answers) else { continue };
            let same = |known: &&mut Reason| {
                known.permission == reason.permission
                    && known.allowed_by == reason.allowed_by
                    && known.limited_by == reason.limited_by
                    && known.denied_by == reason.denied_by
                    && known.notes == reason.notes
            };
            match all.iter_mut().skip(first).find(same) {
                Some(known) => known.actions = known.actions.or(reason.actions),
                None => all.push(reason),
            }
        }
    }

    fn answers(&self, base: &Context, open: &[Arc<str>]) -> Answers {
        let mut bits = Bits { must: ActionSet::ALL, may: ActionSet::EMPTY };
        let (mut sometimes, mut refusable) = (ActionSet::EMPTY, ActionSet::EMPTY);
        let (mut allowed, mut refused) = (Vec::new(), Vec::new());
        let exact = each(self.case, base, open, |context, found| {
            let possible = carriers(context);
            bits.must = bits.must.and(found.must.or(ActionSet::ALL.without(possible)));
            bits.may = bits.may.or(found.may.and(possible));
            let newly_allowed = found.must.and(possible).without(sometimes);
            if !newly_allowed.is_empty() {
                sometimes = sometimes.or(newly_allowed);
                allowed.push((newly_allowed, context.clone()));
            }
            let newly_refused = possible.without(found.may).without(refusable);
            if !newly_refused.is_empty() {
                refusable = refusable.or(newly_refused);
                refused.push((newly_refused, context.clone()));
            }
        });
        bits.must = bits.must.and(bits.may);
        if self.principal.exists != Truth::True {
            (bits.must, sometimes) = (ActionSet::EMPTY, ActionSet::EMPTY);
        }
        Answers { bits, sometimes, exact, allowed, refused }
    }

    fn reason(&self, index: usize, base: &Context, open: &[Arc<str>], answers: &Answers) -> Option<Reason> {
        let action = actions().get(index)?;
        let context = own_keys(base, action);
        let covering = self.case.candidates.iter().filter(|candidate| candidate.bits.may.has(index));
        let live: Vec<(&Candidate<'_>, Source)> =
            covering.filter_map(|candidate| Some((candidate, source(candidate, index, &context)?))).collect();
        let of = |fits: &dyn Fn(&Candidate<'_>) -> bool| {
            live.iter().filter(|(candidate, _)| fits(candidate)).map(|(_, source)| source.clone()).collect::<Vec<_>>()
        };
        let grants = |candidate: &Candidate<'_>| {
            matches!(candidate.layer, Layer::Identity | Layer::Resource)
                && candidate.effect() != Some(Effect::Deny)
                && !(candidate.only_delegates() && self.same_account().is_true())
        };
        let mut allowed_by = of(&grants);
        // Across accounts what the principal's own account allows is nothing without the table's policy.
        let shared = |source: &Source| source.layer == Layer::Resource || !self.same_account().is_false();
        if !allowed_by.iter().any(shared) {
            return None;
        }
        let limits = |candidate: &Candidate<'_>| {
            matches!(candidate.layer, Layer::Boundary | Layer::Session) && candidate.effect() != Some(Effect::Deny)
        };
        let mut denied_by = of(&|candidate| candidate.effect() == Some(Effect::Deny));
        let certainly = |source: &Source| source.covers.is_true() && source.conditions.is_empty();
        let permission = match () {
            () if answers.bits.must.has(index) => Permission::Allow,
            () if answers.sometimes.has(index) => Permission::Conditional,
            () if answers.bits.may.has(index) => Permission::Unknown,
            () => Permission::Deny,
        };
        if permission == Permission::Deny && denied_by.iter().any(certainly) {
            denied_by.retain(certainly);
        }
        // What is allowed for certain needs no weaker statement.
        if permission == Permission::Allow && allowed_by.iter().any(certainly) {
            allowed_by.retain(certainly);
        }
        let limited_by = of(&limits);
        let notes = self.notes(answers, permission, &limited_by);
        let example = |found: &[(ActionSet, Context)]| {
            let (_, context) =
                found.iter().find(|(set, _)| set.has(index)).filter(|_| permission == Permission::Conditional)?;
            Some(self.example(context, open))
        };
        Some(Reason {
            resource: self.subject.arn.clone(),
            kind: self.kind,
            actions: [index].into_iter().collect(),
            allowed_in: example(&answers.allowed),
            refused_in: example(&answers.refused),
            permission,
            allowed_by,
            limited_by,
            denied_by,
            notes,
        })
    }

    fn same_account(&self) -> Truth {
        self.principal.caller.account.equals(&self.table.account)
    }

    fn notes(&self, answers: &Answers, permission: Permission, limited_by: &[Source]) -> Vec<Note> {
        let boundary = self.principal.policies.boundary.is_some() && limited_by.is_empty();
        let facts = [
            (Note::AcrossAccounts, self.same_account().is_false()),
            (Note::AccountsUnknown, self.same_account() == Truth::Unknown),
            (Note::Boundary, boundary && permission == Permission::Deny),
            (Note::MayNotExist, self.principal.exists != Truth::True),
            (Note::ResourceMayNotExist, self.kind == ResourceKind::Stream && !self.table.stream.is_true()),
            (Note::Budget, !answers.exact),
        ];
        facts.into_iter().filter(|(_, holds)| *holds).map(|(note, _)| note).collect()
    }

    /// The keys of a context that were tried, under the names that the policies use.
    fn example(&self, context: &Context, open: &[Arc<str>]) -> Example {
        let conditions = || {
            let statements = self.case.candidates.iter().filter_map(|candidate| candidate.statement);
            statements.flat_map(|statement| &statement.conditions)
        };
        let shown = |key: &Arc<str>| {
            let written = conditions().find(|condition| condition.lower == *key).map(|condition| &condition.key);
            let values = match context.get(key) {
                Key::Values(values) if !values.is_empty() => Some(values.iter().map(Text::to_string).collect()),
                _ => None,
            };
            (Arc::clone(written.unwrap_or(key)), values)
        };
        open.iter().filter(|key| *context.get(key) != Key::Unknown).map(shown).collect()
    }
}

/// The context with the keys that requests of an action never have.
fn own_keys(base: &Context, action: &Action) -> Context {
    let never = |carries: Carries| matches!(carries, Carries::Never | Carries::ListedOnly);
    let absent = [
        ("dynamodb:leadingkeys", never(action.leading_keys)),
        ("dynamodb:firstpartitionkeyvalues", never(action.leading_keys)),
        ("dynamodb:attributes", never(action.attributes)),
        ("dynamodb:select", never(action.select)),
        ("dynamodb:returnvalues", never(action.return_values)),
        ("dynamodb:enclosingoperation", action.enclosing.is_empty()),
        ("dynamodb:fulltablescan", !action.full_table_scan),
    ];
    let keys = absent.into_iter().filter(|(_, absent)| *absent);
    keys.fold(base.clone(), |context, (key, _)| context.with(key, Key::Absent))
}

/// The candidate as evidence; `None` when no request of this kind can meet it.
fn source(candidate: &Candidate<'_>, index: usize, context: &Context) -> Option<Source> {
    let policy = candidate.policy;
    let mut source = Source {
        layer: candidate.layer,
        policy: Arc::clone(&policy.name),
        holder: policy.source.clone(),
        statement: candidate.statement.map(Statement::label),
        span: candidate.statement.and_then(|statement| statement.span).or(policy.span),
        covers: candidate.bits.truth(index),
        conditions: Vec::new(),
        unknown: if candidate.statement.is_none() { policy.unknown.clone() } else { None },
    };
    let Some(statement) = candidate.statement else { return Some(source) };
    if statement.holds(context).is_false() {
        return None;
    }
    if statement.has_variable_resources() {
        let patterns = statement.resources.iter().flat_map(|element| &element.items);
        let varying = patterns.filter(|item| item.pattern.has_variables()).map(|item| item.text.to_string());
        source.conditions.push(format!("the resource matches {}", varying.collect::<Vec<_>>().join(" or ")));
    }
    let open = statement.conditions.iter().filter(|condition| condition.holds(context) == Truth::Unknown);
    source.conditions.extend(open.map(ToString::to_string));
    if statement.open_conditions {
        source.conditions.push("conditions that are not known".to_owned());
    }
    Some(source)
}
