//! Principals of a project with everything that is attached to them. In: the project's IAM resources, in
//! CloudFormation's shape. Out: per role, user and permission set a caller, its policies and its trust policy.
//! Source: CloudFormation User Guide, "AWS Identity and Access Management resource type reference".

use std::{cell::RefCell, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{
    aws::{
        arn::Names,
        iam::{
            evaluate::Policies,
            managed,
            policy::Policy,
            principal::{Caller, CallerKind},
        },
        text::Text,
    },
    model::Resource,
    value::{Field, Kind, Reason, ResourceId, Truth, Unknown, Value, read::Known},
};

/// The resource types of principals.
pub const KINDS: [&str; 3] = ["AWS::IAM::Role", "AWS::IAM::User", "AWS::SSO::PermissionSet"];

/// Resources that attach a policy to a principal by naming it: type, and the properties that name roles, users, groups.
const COMPANIONS: [(&str, [&str; 3]); 5] = [
    ("AWS::IAM::Policy", ["Roles", "Users", "Groups"]),
    ("AWS::IAM::ManagedPolicy", ["Roles", "Users", "Groups"]),
    ("AWS::IAM::RolePolicy", ["RoleName", "", ""]),
    ("AWS::IAM::UserPolicy", ["", "UserName", ""]),
    ("AWS::IAM::GroupPolicy", ["", "", "GroupName"]),
];

const GROUP_MEMBERS: &str = "AWS::IAM::UserToGroupAddition";

/// Who can be named in a companion: the index of the property in [`COMPANIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Role,
    User,
    Group,
}

/// A principal with what is attached to it, in one world.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The resource.
    pub id: ResourceId,
    /// Who it is to IAM.
    pub caller: Caller,
    /// What is attached: identity policies and the boundary.
    pub policies: Policies,
    /// Who may assume it.
    pub trust: Option<Arc<Policy>>,
    /// Whether it exists.
    pub exists: Truth,
}

/// Builds principals; managed policies are parsed once.
pub struct Principals<'a> {
    names: Names<'a>,
    parsed: RefCell<FxHashMap<ResourceId, Arc<Policy>>>,
}

impl<'a> Principals<'a> {
    /// Prepares the principals of a project in a world.
    pub fn new(names: Names<'a>) -> Self {
        Self { names, parsed: RefCell::default() }
    }

    /// All principals that exist or may exist, in address order within their stacks.
    pub fn all(&self) -> Vec<Principal> {
        let world = self.names.world();
        let resources = KINDS.iter().flat_map(|kind| self.names.project().of_kind(kind));
        let existing = resources.filter(|resource| world.truth(&resource.exists).is_possible());
        existing.filter_map(|resource| self.principal(resource)).collect()
    }

    /// The principal of a resource; `None` when it is of no such type.
    pub fn principal(&self, resource: &'a Resource) -> Option<Principal> {
        let (kind, holder) = match &*resource.kind {
            "AWS::IAM::Role" => (CallerKind::Role, Some(Holder::Role)),
            "AWS::IAM::User" => (CallerKind::User, Some(Holder::User)),
            "AWS::SSO::PermissionSet" => (CallerKind::Role, None),
            _ => return None,
        };
        let mut policies = Policies::default();
        match holder {
            Some(holder) => self.attached(resource, holder, &mut policies.identity),
            None => self.permission_set(resource, &mut policies.identity),
        }
        if kind == CallerKind::User {
            self.groups(resource, &mut policies.identity);
        }
        let boundary = self.get(resource, "PermissionsBoundary");
        if !boundary.is_absent() && holder.is_some() {
            policies.boundary = Some(self.managed(&boundary).into_iter().collect());
        }
        let trust = self.get(resource, "AssumeRolePolicyDocument");
        Some(Principal {
            id: resource.id.clone(),
            caller: self.caller(resource, kind),
            policies,
            trust: (!trust.is_absent()).then(|| Arc::new(self.document("trust policy", &trust, resource))),
            exists: self.names.world().truth(&resource.exists),
        })
    }

    /// The policies that a resource holds: a principal or group those attached to it (a user's groups left out), a
    /// policy itself.
    pub fn policies(&self, resource: &'a Resource) -> Vec<Arc<Policy>> {
        let mut policies = Vec::new();
        match &*resource.kind {
            "AWS::IAM::Role" => self.attached(resource, Holder::Role, &mut policies),
            "AWS::IAM::User" => self.attached(resource, Holder::User, &mut policies),
            "AWS::IAM::Group" => self.attached(resource, Holder::Group, &mut policies),
            "AWS::SSO::PermissionSet" => self.permission_set(resource, &mut policies),
            _ => policies.push(self.policy_of(resource)),
        }
        policies
    }

    /// Whether a policy names a role, user or group of the project.
    pub fn is_attached(&self, policy: &'a Resource) -> bool {
        let properties = COMPANIONS.iter().find(|(kind, _)| policy.is(kind)).map(|(_, properties)| properties);
        let holders = [("AWS::IAM::Role", 0), ("AWS::IAM::User", 1), ("AWS::IAM::Group", 2)];
        holders.iter().any(|(kind, index)| {
            let property =
                properties.and_then(|properties| properties.get(*index)).filter(|property| !property.is_empty());
            let items = property.map(|property| self.get(policy, property).items().fields).unwrap_or_default();
            items
                .iter()
                .any(|item| self.names.project().target(item, &[kind]).resource().is_some_and(|found| found.is(kind)))
        })
    }

    fn caller(&self, resource: &Resource, kind: CallerKind) -> Caller {
        let account = self.names.account(resource);
        let arn = self.names.arn(resource);
        let session = (kind == CallerKind::Role).then(|| {
            let head = Text::from("arn:aws:sts::").join(&account).join(&Text::from(":assumed-role/"));
            head.join(&self.names.name(resource, "RoleName")).join(&Text::from("/session"))
        });
        Caller { kind, arn, session, account, federated: None }
    }

    /// Inline and managed policies written at the resource, then companions that name it.
    fn attached(&self, resource: &'a Resource, holder: Holder, into: &mut Vec<Arc<Policy>>) {
        let inline = self.get(resource, "Policies").items();
        for field in &inline.fields {
            let name =
                field.get("PolicyName").text().or("inline policy".into()).unwrap_or_else(|| "inline policy".into());
            into.push(Arc::new(self.document(&name, &field.get("PolicyDocument"), resource)));
        }
        let managed = self.get(resource, "ManagedPolicyArns").items();
        into.extend(managed.fields.iter().filter_map(|field| self.managed(field)));
        for unknown in [inline.open, managed.open].into_iter().flatten() {
            into.push(Arc::new(Policy::unknown("attached here", unknown)));
        }
        for (companion, attached) in self.companions(resource, holder) {
            let policy = self.policy_of(companion);
            let exists = self.names.world().truth(&companion.exists);
            let attached = attached.and(exists);
            if attached.is_true() {
                into.push(policy);
            } else if attached.is_possible() {
                into.push(Arc::new(Policy { attached, ..(*policy).clone() }));
            }
        }
    }

    fn companions(&self, resource: &'a Resource, holder: Holder) -> Vec<(&'a Resource, Truth)> {
        let name = self.names.name(resource, name_property(holder));
        let referring = self.names.project().uses(&resource.id).map(|found| found.by);
        let naming =
            name.literal().into_iter().flat_map(|name| self.names.project().mentions(&name).collect::<Vec<_>>());
        let mut found: Vec<&'a Resource> = referring.chain(naming).collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        let attached = |companion: &'a Resource| {
            let (_, properties) = COMPANIONS.iter().find(|(kind, _)| companion.is(kind))?;
            let property = properties.get(holder as usize).filter(|property| !property.is_empty())?;
            let truth = self.lists(&self.get(companion, property), resource, &name);
            truth.is_possible().then_some((companion, truth))
        };
        found.into_iter().filter_map(attached).collect()
    }

    /// Whether a list of names or references has the resource.
    fn lists(&self, list: &Field<'_>, resource: &Resource, name: &Text) -> Truth {
        let items = list.items();
        let one = |item: &Field<'_>| match item.known().map(|value| &value.kind) {
            Some(Kind::Reference(reference)) => Truth::from(
                reference.target == resource.id
                    || *reference.target.address == *resource.definition && reference.target.stack == resource.id.stack,
            ),
            Some(_) => item
                .known()
                .and_then(|value| self.names.text(value).ok())
                .map_or(Truth::Unknown, |text| text.equals(name)),
            None => Truth::Unknown,
        };
        // What is not known more likely names something else; a list that may have more is no reason for doubt here.
        Truth::any(items.fields.iter().map(one).filter(|truth| truth.is_true()))
    }

    fn groups(&self, user: &'a Resource, into: &mut Vec<Arc<Policy>>) {
        let project = self.names.project();
        let name = self.names.name(user, "UserName");
        let written = self.get(user, "Groups").items();
        for group in project.of_kind("AWS::IAM::Group") {
            let group_name = self.names.name(group, "GroupName");
            let here = Truth::any(written.fields.iter().map(|field| self.lists(field, group, &group_name)));
            let added = project.of_kind(GROUP_MEMBERS).filter(|addition| {
                self.lists(&self.get(addition, "GroupName"), group, &group_name).is_true()
                    && self.lists(&self.get(addition, "Users"), user, &name).is_true()
            });
            if here.is_true() || added.count() > 0 {
                self.attached(group, Holder::Group, into);
            }
        }
    }

    fn permission_set(&self, resource: &'a Resource, into: &mut Vec<Arc<Policy>>) {
        let inline = self.get(resource, "InlinePolicy");
        if !inline.is_absent() {
            into.push(Arc::new(self.document("inline policy", &inline, resource)));
        }
        let managed = self.get(resource, "ManagedPolicies").items();
        into.extend(managed.fields.iter().filter_map(|field| self.managed(field)));
        for reference in self.get(resource, "CustomerManagedPolicyReferences").items().fields {
            let name = reference.get("Name").text().or("".into()).unwrap_or_default();
            let found = self.names.project().named(&["AWS::IAM::ManagedPolicy"], &name).next();
            into.push(found.map_or_else(|| outside(&name), |found| self.policy_of(found)));
        }
    }

    /// The policy that an ARN or reference stands for; `None` when it has no bearing on DynamoDB.
    fn managed(&self, field: &Field<'_>) -> Option<Arc<Policy>> {
        let project = self.names.project();
        let value = match field.value() {
            Known::Is(value) => value,
            Known::Absent => return None,
            Known::Unknown(unknown) => return Some(Arc::new(Policy::unknown(unknown.subject.clone(), unknown))),
        };
        if let Kind::Reference(reference) = &value.kind {
            let target = project.resources_of(&reference.target).into_iter().next();
            match target.filter(|target| &*target.kind == "AWS::IAM::ManagedPolicy") {
                Some(target) => return self.referenced(target),
                None => return Some(outside(&reference.target.address)),
            }
        }
        let text = self.names.text(value).ok()?;
        let shown = text.to_string();
        if let Some(name) = managed::name_in(&shown) {
            let at = field.place().span;
            return managed::policy(name).map(|policy| Arc::new(Policy { span: at, ..Policy::clone(&policy) }));
        }
        match project.find(&shown, &["AWS::IAM::ManagedPolicy"], self.names.world()) {
            Some(resource) => Some(self.policy_of(resource)),
            None => Some(outside(&shown)),
        }
    }

    /// A managed policy that the code creates, or only reads: those of AWS are known by name or ARN.
    fn referenced(&self, resource: &'a Resource) -> Option<Arc<Policy>> {
        let text = |property: &str| self.get(resource, property).text().or("".into()).unwrap_or_default();
        if resource.mode == crate::model::Mode::Managed || !self.get(resource, "PolicyDocument").is_absent() {
            return Some(self.policy_of(resource));
        }
        let arn =
            resource.attributes.as_map().and_then(|map| map.get("arn")).and_then(Value::to_text).unwrap_or_default();
        let name = text("ManagedPolicyName");
        match managed::name_in(&arn).or(Some(&*name)).map(managed::named) {
            Some(managed::Found::Known(found)) => Some(Arc::clone(&found.policy)),
            Some(managed::Found::Irrelevant) => None,
            _ => Some(outside(&resource.id.address)),
        }
    }

    fn policy_of(&self, resource: &'a Resource) -> Arc<Policy> {
        if let Some(policy) = self.parsed.borrow().get(&resource.id) {
            return Arc::clone(policy);
        }
        let written = self.get(resource, "PolicyDocument");
        // Companions that no type of CloudFormation stands for keep Terraform's names.
        let field = if written.is_absent() { self.get(resource, "inline_policy") } else { written };
        let named = ["ManagedPolicyName", "PolicyName"]
            .iter()
            .find_map(|property| self.get(resource, property).text().or("".into()));
        let name = named.filter(|name| !name.is_empty()).unwrap_or_else(|| Arc::clone(&resource.id.address));
        let policy = Arc::new(self.document(&name, &field, resource));
        self.parsed.borrow_mut().insert(resource.id.clone(), Arc::clone(&policy));
        policy
    }

    fn document(&self, name: &str, field: &Field<'_>, resource: &Resource) -> Policy {
        Policy { source: Some(resource.id.clone()), ..Policy::parse(name, field, &self.names) }
    }

    fn get(&self, resource: &'a Resource, property: &str) -> Field<'a> {
        resource.get(self.names.world(), property)
    }
}

fn name_property(holder: Holder) -> &'static str {
    match holder {
        Holder::Role => "RoleName",
        Holder::User => "UserName",
        Holder::Group => "GroupName",
    }
}

/// A policy that the code names but does not hold.
fn outside(name: &str) -> Arc<Policy> {
    Arc::new(Policy::unknown(name, Arc::new(Unknown::new(Reason::External, name))))
}
