//! Whether a principal that is one tenant of many can reach the items of another. In: everything attached to the
//! principal, facts of the table, and the context key that tells tenants apart. Out: isolated, a bypass with the
//! requests that show it, or the facts that are missing.
//!
//! Isolation is a property of the union of everything that allows, never of one statement. A request is foreign when
//! it carries another tenant's `dynamodb:LeadingKeys`, none at all where the action never has any, or the own value on
//! an index whose partition key is another attribute.
//! Source: DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control".

use std::{collections::BTreeSet, fmt, sync::Arc};

use crate::{
    aws::{
        iam::{
            actions::{Action, ActionSet, Bits, Class, ResourceKind, SELF_ADMINISTRATION, Universe, actions, those},
            cells::{MAX_CELLS, carriers, open_keys, representatives},
            context::{Context, Key},
            element::Subject,
            evaluate::{Case, Policies},
            operators::Test,
            policy::Policy,
            principal::Caller,
        },
        text::Text,
    },
    value::{ResourceId, Truth},
};

/// Classes of actions by which items leave the tenant's partition or the table's protection changes.
const EXPOSING: [Class; 15] = [
    Class::ItemRead,
    Class::ItemWrite,
    Class::ItemDelete,
    Class::StreamRead,
    Class::Export,
    Class::Restore,
    Class::Replication,
    Class::StreamConfig,
    Class::PolicyAdmin,
    Class::TableAdmin,
    Class::TableDelete,
    Class::Import,
    Class::BackupConfig,
    Class::BackupDelete,
    Class::Backup,
];

/// Actions of those classes that show no item of this table.
const HARMLESS: [&str; 8] = [
    "dynamodb:CancelBulkOperation",
    "dynamodb:CreateBackup",
    "dynamodb:CreateGlobalTable",
    "dynamodb:CreateTable",
    "dynamodb:DescribeStream",
    "dynamodb:ImportTable",
    "dynamodb:ListStreams",
    "dynamodb:StartAwsBackupJob",
];

/// What a restore needs on the table it creates.
const RESTORE_NEEDS: [&str; 7] = [
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
];

const DAX_ITEMS: [&str; 8] = [
    "dax:BatchGetItem",
    "dax:BatchWriteItem",
    "dax:DeleteItem",
    "dax:GetItem",
    "dax:PutItem",
    "dax:Query",
    "dax:Scan",
    "dax:UpdateItem",
];

/// Conditions on these keys are documented as not supported by SearchVectors.
const FINE_GRAINED: [&str; 4] =
    ["dynamodb:attributes", "dynamodb:firstpartitionkeyvalues", "dynamodb:leadingkeys", "dynamodb:select"];

/// What must be known of the table.
#[derive(Clone, Debug)]
pub struct TableFacts {
    /// Its ARN.
    pub arn: Text,
    /// The declared resource.
    pub id: Option<ResourceId>,
    /// Its account.
    pub account: Text,
    /// Its partition key.
    pub hash: Arc<str>,
    /// Attributes that every request has to name, when attributes are limited.
    pub key_attributes: Vec<Text>,
    /// Its secondary indexes with their partition keys; `None` when that is not known.
    pub indexes: Vec<(Text, Option<Arc<str>>)>,
    /// Its vector indexes.
    pub vector_indexes: Vec<Text>,
    /// Whether it has a stream.
    pub stream: Truth,
    /// The policy on the stream; that on the table is among the policies.
    pub stream_policy: Option<Arc<Policy>>,
    /// ARNs of DAX clusters whose role reaches it.
    pub dax: Vec<Text>,
}

/// One tenant, as the policies see it.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// What is known of its sessions: the key that tells tenants apart, and others.
    pub context: Context,
    /// Its partition key value.
    pub own: Text,
    /// Values of other tenants.
    pub foreign: Vec<Text>,
    /// Keys that the tenant itself can set, with values worth setting.
    pub controls: Vec<(Arc<str>, Vec<Text>)>,
    /// Keys that may be anything.
    pub open: Vec<Arc<str>>,
}

/// A request that shows a bypass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The action.
    pub action: Arc<str>,
    /// The resource it is asked for.
    pub resource: Text,
    /// Its context.
    pub context: Context,
    /// The statements that allow it: policy name and statement label.
    pub allowed_by: Vec<(Arc<str>, String)>,
    /// Why it is another tenant's.
    pub reason: Reason,
}

/// Why a request reaches another tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The action carries no leading key.
    NoLeadingKey,
    /// The leading keys include another tenant's.
    ForeignKey,
    /// The leading key is that of an index with another partition key.
    OtherPartitionKey,
    /// The principal changes its own rights.
    SelfAdministration,
    /// The cache answers with its own role.
    Cache,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLeadingKey => "the request carries no leading key, so that no condition on it can refuse it",
            Self::ForeignKey => "the request carries another tenant's key",
            Self::OtherPartitionKey => {
                "the index has another partition key, so that the condition constrains another attribute"
            }
            Self::SelfAdministration => "the principal can change its own permissions or tags",
            Self::Cache => "the cache answers with the rights of its own role",
        })
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// No request reaches another tenant.
    Isolated,
    /// These do.
    Bypass(Vec<Witness>),
    /// These may, depending on facts that are not known.
    Unknown(Vec<Witness>),
}

/// Judges a principal, one tenant of many, on a table.
pub fn isolation(policies: &Policies, caller: &Caller, table: &TableFacts, tenant: &Tenant) -> Isolation {
    let mut search = Search { policies, caller, table, tenant, found: Vec::new(), possible: Vec::new() };
    for target in targets(table) {
        search.target(&target);
    }
    search.self_administration();
    search.caches();
    match (search.found, search.possible) {
        (found, _) if !found.is_empty() => Isolation::Bypass(found),
        (_, possible) if !possible.is_empty() => Isolation::Unknown(possible),
        _ => Isolation::Isolated,
    }
}

struct Target {
    subject: Subject,
    kind: Option<ResourceKind>,
    actions: ActionSet,
    /// Whether the resource exists.
    exists: Truth,
    /// Whether its partition key is another attribute than the table's.
    other_key: Truth,
}

fn exposing(action: &Action) -> bool {
    !action.is_dax()
        && action.classes.iter().any(|class| EXPOSING.contains(class))
        && HARMLESS.binary_search(&&*action.action).is_err()
}

fn targets(table: &TableFacts) -> Vec<Target> {
    let on = |kind: ResourceKind| {
        those(|action| {
            exposing(action)
                && action.resources.contains(&kind)
                && only_kind(action.name()).is_none_or(|only| only == kind)
        })
    };
    let vectors = those(|action| action.name() == "SearchVectors");
    let at = |suffix: &Text| Subject::new(table.arn.join(suffix), table.id.clone());
    let target = |subject, kind, actions, exists, other_key| Target { subject, kind, actions, exists, other_key };
    let index = |name: &Text| at(&Text::from("/index/").join(name));
    let mut all = vec![target(
        at(&Text::from("")),
        Some(ResourceKind::Table),
        on(ResourceKind::Table),
        Truth::True,
        Truth::False,
    )];
    for (name, hash) in &table.indexes {
        let other = Truth::from(hash.as_ref().map(|hash| *hash != table.hash));
        all.push(target(
            index(name),
            Some(ResourceKind::Index),
            on(ResourceKind::Index).without(vectors),
            Truth::True,
            other,
        ));
    }
    for name in &table.vector_indexes {
        all.push(target(index(name), Some(ResourceKind::Index), vectors, Truth::True, Truth::False));
    }
    if table.stream.is_possible() {
        let stream = at(&Text::from("/stream/2024-01-01T00:00:00.000"));
        all.push(target(stream, Some(ResourceKind::Stream), on(ResourceKind::Stream), table.stream, Truth::False));
    }
    for (kind, suffix) in [
        (ResourceKind::Backup, "/backup/01700000000000-abcdefgh"),
        (ResourceKind::Export, "/export/01700000000000-abcdefgh"),
    ] {
        all.push(target(at(&Text::from(suffix)), Some(kind), on(kind), Truth::True, Truth::False));
    }
    let account_wide = those(|action| action.name() == "UpdateAbacStatus");
    all.push(target(Subject::new(Text::from("*"), None), None, account_wide, Truth::True, Truth::False));
    all
}

/// Actions that are authorized on one kind although the reference lists more.
fn only_kind(name: &str) -> Option<ResourceKind> {
    match name {
        "SearchVectors" => Some(ResourceKind::Index),
        "GetRecords" | "GetShardIterator" => Some(ResourceKind::Stream),
        _ => None,
    }
}

struct Search<'a> {
    policies: &'a Policies,
    caller: &'a Caller,
    table: &'a TableFacts,
    tenant: &'a Tenant,
    found: Vec<Witness>,
    possible: Vec<Witness>,
}

impl Search<'_> {
    fn target(&mut self, target: &Target) {
        let resource = match target.kind {
            Some(ResourceKind::Table | ResourceKind::Index) => self.policies.resource.clone(),
            Some(ResourceKind::Stream) => self.table.stream_policy.clone(),
            _ => None,
        };
        let policies = Policies { resource, ..self.policies.clone() };
        let mut case = self.case(&policies, &target.subject);
        doubt_vector_search(&mut case);
        if case.candidates.is_empty() {
            return;
        }
        let restore = those(|action| action.classes.contains(&Class::Restore));
        let mut open = target.actions;
        for (keys, reason) in self.leading_keys(target) {
            for context in self.contexts(&case, keys.as_deref()) {
                let bits = case.allowed(&context).and(Bits { must: open, may: open });
                let asked = carriers(&context);
                let sure =
                    reason == Reason::OtherPartitionKey && !target.other_key.is_true() || !target.exists.is_true();
                let must = if sure { ActionSet::EMPTY } else { bits.must.and(asked) };
                for index in bits.may.and(asked).iter() {
                    if restore.has(index) && !self.restorable() {
                        open = open.without([index].into_iter().collect());
                        continue;
                    }
                    if self.report(&case, index, &context, reason, must.has(index)) {
                        open = open.without([index].into_iter().collect());
                    }
                }
            }
        }
    }

    /// Leading keys of requests that reach another tenant, most telling first.
    fn leading_keys(&self, target: &Target) -> Vec<(Option<Vec<Text>>, Reason)> {
        let own = &self.tenant.own;
        let mut all = vec![(None, Reason::NoLeadingKey)];
        for foreign in &self.foreign_keys() {
            all.push((Some(vec![foreign.clone()]), Reason::ForeignKey));
            all.push((Some(vec![own.clone(), foreign.clone()]), Reason::ForeignKey));
        }
        if target.kind == Some(ResourceKind::Index) && target.other_key.is_possible() {
            all.push((Some(vec![own.clone()]), Reason::OtherPartitionKey));
        }
        all
    }

    /// Other tenants' keys: those given, those of a tenant whose id extends the own or has other letters, and what a
    /// fixed pattern admits.
    fn foreign_keys(&self) -> BTreeSet<Text> {
        let own = &self.tenant.own;
        let mut keys: BTreeSet<Text> = self.tenant.foreign.iter().cloned().collect();
        if let Some(own) = own.literal() {
            let ids = self
                .tenant
                .context
                .iter()
                .filter_map(|(_, key)| if let [id] = key.values() { id.literal() } else { None });
            for id in ids.filter(|id| !id.is_empty() && own.contains(&**id)) {
                let others = [format!("{id}x"), id.to_uppercase(), id.to_lowercase()];
                keys.extend(others.iter().map(|other| Text::from(&*own.replace(&id, other))));
            }
        }
        let statements = self.policies.iter().flat_map(|(_, policy)| &policy.statements);
        for condition in statements.flat_map(|statement| &statement.conditions) {
            let like = condition.operator.is_some_and(|operator| operator.test == Test::Like);
            if !like || !FINE_GRAINED.get(1..3).is_some_and(|keys| keys.contains(&&*condition.lower)) {
                continue;
            }
            let fixed = condition
                .values
                .iter()
                .filter(|value| value.templates.iter().all(|template| !template.has_variables()));
            // Without a version `${…}` is plain text, which no tenant's key has.
            let plain = fixed.filter_map(|value| value.text.literal()).filter(|text| !text.contains("${"));
            let wild = plain.filter(|text| text.contains(['*', '?']));
            keys.extend(wild.map(|text| Text::from(&*text.replace('*', "other-tenant").replace('?', "z"))));
        }
        keys.remove(own);
        keys
    }

    /// The contexts that the tenant can give a request: parameters, keys it controls, and keys that may be anything.
    fn contexts(&self, case: &Case<'_>, keys: Option<&[Text]>) -> Vec<Context> {
        let mut base = self.tenant.context.clone();
        let leading = keys.map_or(Key::Absent, |keys| Key::many(keys.iter().cloned()));
        base.set("dynamodb:leadingkeys", leading.clone());
        base.set("dynamodb:firstpartitionkeyvalues", leading);
        let mut domains: Vec<(Arc<str>, Vec<Key>)> = Vec::new();
        let mentioned = mentioned(case);
        for (key, domain) in self.parameters(keys.is_some()) {
            // A parameter that no condition speaks of does not matter, and keeps no action out.
            if mentioned.contains(key) {
                base.set(key, Key::Absent);
                domains.push((key.into(), domain));
            }
        }
        for (key, values) in &self.tenant.controls {
            let own = base.get(&key.to_lowercase()).clone();
            domains.push((
                key.to_lowercase().into(),
                values.iter().map(|value| Key::one(value.clone())).chain([own]).collect(),
            ));
        }
        let controlled: BTreeSet<Arc<str>> = domains.iter().map(|(key, _)| Arc::clone(key)).collect();
        let open =
            open_keys(case, &base).into_iter().chain(self.tenant.open.iter().map(|key| key.to_lowercase().into()));
        for key in open.collect::<BTreeSet<_>>().difference(&controlled) {
            domains.push((Arc::clone(key), representatives(case, &base, key)));
        }
        product(&base, &domains)
    }

    fn parameters(&self, keyed: bool) -> [(&'static str, Vec<Key>); 5] {
        let texts = |values: &[&str]| values.iter().map(|value| Key::one(*value)).collect::<Vec<_>>();
        let or_absent = |mut keys: Vec<Key>| {
            keys.push(Key::Absent);
            keys
        };
        let attributes = if self.table.key_attributes.is_empty() {
            vec![Text::from(&*self.table.hash)]
        } else {
            self.table.key_attributes.clone()
        };
        let enclosing: BTreeSet<&str> =
            actions().iter().flat_map(|action| &action.enclosing).map(String::as_str).collect();
        [
            (
                "dynamodb:select",
                or_absent(texts(&["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES"])),
            ),
            ("dynamodb:returnvalues", or_absent(texts(&["NONE", "ALL_OLD"]))),
            ("dynamodb:enclosingoperation", or_absent(texts(&enclosing.into_iter().collect::<Vec<_>>()))),
            ("dynamodb:fulltablescan", or_absent(texts(&[if keyed { "false" } else { "true" }]))),
            ("dynamodb:attributes", or_absent(vec![Key::many(attributes)])),
        ]
    }

    /// Whether a table that is restored could be filled and read: some name must allow everything a restore needs.
    fn restorable(&self) -> bool {
        let Some(parts) = self.table.arn.segments(6) else { return true };
        let head = parts.iter().take(5).fold(Text::from(""), |head, part| head.join(part).join(&Text::from(":")));
        let mut names: BTreeSet<Text> = [Text::from("fresh-restore-target")].into();
        for (_, policy) in self.policies.iter() {
            for item in policy
                .statements
                .iter()
                .filter_map(|statement| statement.resources.as_ref())
                .flat_map(|element| &element.items)
            {
                if let Some(text) = item.text.literal()
                    && let Some((_, tail)) = text.split_once(":table/")
                {
                    let name = tail.split('/').next().unwrap_or_default();
                    names.insert(Text::from(&*name.replace('*', "x1").replace('?', "y")));
                }
            }
        }
        let policies = Policies { resource: None, ..self.policies.clone() };
        let needs: ActionSet = RESTORE_NEEDS.iter().filter_map(|action| Universe::standard().index(action)).collect();
        names.iter().map(|name| head.join(&Text::from("table/")).join(name)).filter(|arn| *arn != self.table.arn).any(
            |arn| {
                let subject = Subject::new(arn, None);
                let case = self.case(&policies, &subject);
                needs.without(case.allowed(&self.tenant.context).may).is_empty()
            },
        )
    }

    fn self_administration(&mut self) {
        let policies = Policies { resource: None, ..self.policies.clone() };
        let subject = Subject::new(self.caller.arn.clone(), None);
        let case = self.case(&policies, &subject);
        let tagged = self.policies.iter().flat_map(|(_, policy)| &policy.statements).any(|statement| {
            let resources = statement.resources.iter().flat_map(|element| &element.items);
            let variables =
                resources.filter_map(|item| item.pattern.template()).flat_map(|template| template.variables());
            let keys = statement.conditions.iter().flat_map(|condition| condition.keys());
            keys.chain(variables.map(|variable| &variable.key)).any(|key| key.starts_with("aws:principaltag/"))
        });
        let useful = SELF_ADMINISTRATION.iter().filter(|action| tagged || !action.contains("ag"));
        let allowed = case.allowed(&self.tenant.context);
        let indexes: Vec<usize> = useful.filter_map(|action| Universe::standard().index(action)).collect();
        for index in indexes.into_iter().filter(|index| allowed.may.has(*index)) {
            self.report(
                &case,
                index,
                &self.tenant.context.clone(),
                Reason::SelfAdministration,
                allowed.must.has(index),
            );
        }
    }

    fn caches(&mut self) {
        let policies = Policies { resource: None, ..self.policies.clone() };
        for cluster in &self.table.dax {
            let subject = Subject::new(cluster.clone(), None);
            let case = self.case(&policies, &subject);
            let allowed = case.allowed(&self.tenant.context);
            for index in DAX_ITEMS.iter().filter_map(|action| Universe::standard().index(action)) {
                if allowed.may.has(index) {
                    self.report(&case, index, &self.tenant.context.clone(), Reason::Cache, allowed.must.has(index));
                }
            }
        }
    }

    fn case<'c>(&self, policies: &'c Policies, subject: &'c Subject) -> Case<'c> {
        Case::new(policies, self.caller, subject, &self.table.account, Universe::standard())
    }

    /// Notes a request; whether it is certain.
    fn report(&mut self, case: &Case<'_>, index: usize, context: &Context, reason: Reason, certain: bool) -> bool {
        let Some(action) = Universe::standard().names().get(index) else { return false };
        let action: Arc<str> = action.to_string().into();
        let list = if certain { &mut self.found } else { &mut self.possible };
        if list.iter().any(|witness| witness.action == action && witness.resource == case.subject.arn) {
            return certain;
        }
        let allowed_by = case.allowing(index, context);
        list.push(Witness { action, resource: case.subject.arn.clone(), context: context.clone(), allowed_by, reason });
        certain
    }
}

/// The documentation says that a statement with such a condition does not match SearchVectors, the rules of
/// `ForAllValues` say that it does: neither is certain.
fn doubt_vector_search(case: &mut Case<'_>) {
    let vectors = those(|action| action.name() == "SearchVectors");
    for candidate in &mut case.candidates {
        let conditions = candidate.statement.map(|statement| &*statement.conditions).unwrap_or_default();
        if conditions.iter().any(|condition| FINE_GRAINED.contains(&&*condition.lower)) {
            candidate.bits.must = candidate.bits.must.without(vectors);
        }
    }
}

fn mentioned(case: &Case<'_>) -> BTreeSet<Arc<str>> {
    let statements = case.candidates.iter().filter_map(|candidate| candidate.statement);
    statements.flat_map(|statement| &statement.conditions).map(|condition| Arc::clone(&condition.lower)).collect()
}

/// Every combination, at most [`MAX_CELLS`]; past that the last keys stay unknown.
fn product(base: &Context, domains: &[(Arc<str>, Vec<Key>)]) -> Vec<Context> {
    let mut contexts = vec![base.clone()];
    for (key, domain) in domains {
        if contexts.len() * domain.len() > MAX_CELLS {
            contexts.iter_mut().for_each(|context| context.set(key, Key::Unknown));
            continue;
        }
        let next =
            contexts.iter().flat_map(|context| domain.iter().map(|value| context.clone().with(key, value.clone())));
        contexts = next.collect();
    }
    contexts
}
