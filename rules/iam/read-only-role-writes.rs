//! See `read-only-role-writes.md`.

use crate::{
    aws::{
        iam::{
            actions::{Class, of_class},
            index::PrincipalAccess,
            principal::Entry,
        },
        settings::{Settings, fits},
        tags::Tags,
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Truth, read::Known},
};

pub const RULE: Rule = rule! {
    id: "iam/read-only-role-writes",
    severity: High,
    confidence: Medium,
    profile: Default,
    kinds: super::PRINCIPALS,
    aliases: [],
    check,
};

const WRITING: [Class; 13] = [
    Class::ItemWrite,
    Class::ItemDelete,
    Class::TableAdmin,
    Class::TableDelete,
    Class::Replication,
    Class::BackupDelete,
    Class::BackupConfig,
    Class::Restore,
    Class::Import,
    Class::StreamConfig,
    Class::PolicyAdmin,
    Class::TagAdmin,
    Class::FaultInjection,
];

fn check<'a>(resource: &'a Resource, cx: &Context<'a>) -> Verdict {
    let Some(found) = super::access(resource, cx) else { return Verdict::not_applicable() };
    let Some(why) = meant_for_reading(resource, &found, cx) else { return Verdict::not_applicable() };
    let writing =
        WRITING.iter().map(|class| of_class(*class)).fold(Default::default(), crate::aws::iam::actions::ActionSet::or);
    let Some(granted) = super::granted::Grants::new(&found, resource).worst(writing) else {
        return if found.tables.is_empty() {
            Verdict::not_applicable()
        } else {
            Verdict::pass(&super::header(resource))
        };
    };
    let table = &granted.target.id.address;
    let verdict = match granted.truth {
        Truth::True => {
            Verdict::fail(&granted.place, format!("`{}` is allowed on {table}, although {why}", granted.action))
        }
        _ => {
            let message = format!("{why}; whether it may call `{}` on {table} cannot be known", granted.action);
            Verdict::unknown(&granted.place, message, granted.reasons)
        }
    };
    verdict.with_related(Some(resource.header), "meant for reading").concerning([granted.target.id.clone()])
}

/// Why a principal is meant for reading, if it is.
fn meant_for_reading<'a>(resource: &'a Resource, found: &PrincipalAccess, cx: &Context<'a>) -> Option<String> {
    let Settings { read_only_roles, read_only_tags, read_only_services, .. } = cx.settings;
    let written =
        ["RoleName", "UserName", "Name"].iter().find_map(|property| match resource.get(cx.world, property).text() {
            Known::Is(name) => Some(name.to_string()),
            _ => None,
        });
    let name = written.or_else(|| resource.definition.rsplit(['.', '/']).next().map(ToOwned::to_owned))?;
    if read_only_roles.iter().any(|glob| fits(glob, &name)) {
        return Some(format!("the name `{name}` says that it only reads"));
    }
    let tags = Tags::of(&resource.get(cx.world, "Tags"));
    let tag = read_only_tags.iter().find(|(key, value)| {
        tags.get(key).is_some_and(|field| matches!(field.text(), Known::Is(text) if fits(value, &text)))
    });
    if let Some((key, _)) = tag {
        return Some(format!("the tag `{key}` says that it only reads"));
    }
    let mut policies =
        found.principal.policies.identity.iter().filter(|policy| policy.source.is_none() && policy.unknown.is_none());
    if let Some(policy) = policies.find(|policy| ["ReadOnly", "ViewOnly"].iter().any(|word| policy.name.contains(word)))
    {
        return Some(format!("`{}` is attached to it", policy.name));
    }
    let statements = found.principal.trust.iter().flat_map(|trust| &trust.statements);
    let entries =
        statements.filter_map(|statement| statement.principals.as_ref()).flat_map(|principals| &principals.entries);
    let mut services =
        entries.filter_map(|(entry, _)| if let Entry::Service(text) = entry { text.literal() } else { None });
    let service = services.find(|service| read_only_services.iter().any(|known| fits(known, service)))?;
    Some(format!("it is for `{service}`, which only analyses"))
}
