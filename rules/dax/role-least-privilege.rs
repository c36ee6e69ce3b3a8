//! See `role-least-privilege.md`.

use crate::{
    aws::iam::{
        actions::{Class, of_class, those},
        index::AccessIndex,
        policy::Effect,
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Place, Reason, Truth, Unknown},
};

pub const RULE: Rule = rule! {
    id: "dax/role-least-privilege",
    severity: Medium,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::DAX::Cluster"],
    aliases: [],
    check,
};

/// What a cluster does with the tables that it caches. PartiQL and streams do not go through DAX.
/// Source: DynamoDB Developer Guide, "DAX access control".
const NEEDED: [Class; 4] = [Class::ItemRead, Class::ItemWrite, Class::ItemDelete, Class::MetadataRead];

fn check<'a>(cluster: &'a Resource, cx: &Context<'a>) -> Verdict {
    let field = cluster.get(cx.world, "IAMRoleARN");
    let target = cx.project.target(&field, &["AWS::IAM::Role"]);
    let index = AccessIndex::of(cx.project, cx.settings);
    let found = target.resource().and_then(|role| Some((role, index.principal(role, cx.project, cx.world)?)));
    let Some((role, found)) = found else {
        let reason =
            field.unknown().unwrap_or_else(|| Unknown::new(Reason::External, "the role of the cluster").into());
        return Verdict::unknown(field.place(), "what the role of the cluster allows cannot be known", [reason]);
    };
    let statements = found.principal.policies.identity.iter().flat_map(|policy| &policy.statements);
    let allowing = statements.filter(|statement| statement.effect == Some(Effect::Allow));
    let needed = NEEDED.iter().fold(of_class(Class::ItemRead), |set, class| set.or(of_class(*class)));
    let more = those(|action| !action.is_dax() && !action.resources.is_empty()).without(needed);
    let verdicts = allowing.flat_map(|statement| {
        let bits = statement.bits(crate::aws::iam::actions::Universe::standard());
        let actions = statement.actions.as_ref();
        let excess = bits.must.and(more);
        let at = |span: Option<_>| Place { span: span.or(statement.span).or(Some(role.header)), ..Place::default() };
        let first =
            excess.iter().next().and_then(|index| crate::aws::iam::actions::Universe::standard().names().get(index));
        let item = first.and_then(|name| actions?.items.iter().find(|item| item.pattern.covers(name).is_true()));
        let span = item.and_then(|item| item.span).or(actions.and_then(|element| element.span));
        let action = first.map(|name| {
            Verdict::fail(
                &at(span),
                format!("the role of the cluster also allows `{name}`, which a cache does not need"),
            )
        });
        let wide = statement
            .resources
            .iter()
            .flat_map(|element| &element.items)
            .find(|item| item.pattern.covers_every_table().is_true());
        let wide = wide.filter(|_| !bits.must.and(needed).is_empty());
        let wide = wide.map(|item| {
            Verdict::fail(&at(item.span), format!("the role of the cluster reaches every table by `{}`", item.text))
        });
        action.into_iter().chain(wide).collect::<Vec<_>>()
    });
    let unknown = found.principal.policies.identity.iter().filter_map(|policy| {
        let reason = policy.unknown.clone().filter(|_| policy.attached != Truth::False)?;
        Some(Verdict::unknown(
            field.place(),
            format!("what the policy {} allows the cluster cannot be known", policy.name),
            [reason],
        ))
    });
    let verdict = Verdict::worst(verdicts.chain(unknown).chain([Verdict::pass(field.place())]).collect::<Vec<_>>());
    verdict.with_related(field.place().span, "the role of the cluster")
}
