//! Provider configurations: which one a resource uses, its region, its account and its default tags.

use std::{rc::Rc, sync::Arc};

use super::{
    content::Content,
    instance::{Instance, Key, Repetition},
    scope::BlockScope,
    session::Session,
};
use crate::{
    terraform::{
        cty::{Entries, Type, Val, convert},
        modules::ResourceBlock,
        schema,
        syntax::{Body, Expr, ExprKind, Step, StepKind},
    },
    value::Formula,
};

/// What a provider configuration says of the resources that use it.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Name and alias, with the module that configures it: `aws.eu`.
    pub name: String,
    pub region: Option<Val>,
    /// The only account that is allowed, else the one that is deployed to.
    pub account: Option<Val>,
    /// `default_tags { tags }`.
    pub default_tags: Option<Val>,
}

impl Settings {
    /// `tags_all`: the provider's tags with the resource's own over them.
    pub(super) fn tags_all(&self, content: &Content, schema: Option<&schema::Block>) -> Option<(Arc<str>, Val)> {
        schema.filter(|schema| schema.attributes.contains_key("tags_all"))?;
        let own = content.argument("tags").filter(|tags| !tags.is_null());
        let merged = match (&self.default_tags, own) {
            (None, None) => return None,
            (Some(tags), None) | (None, Some(tags)) => tags.clone(),
            (Some(defaults), Some(own)) => match (defaults.as_entries(), own.as_entries()) {
                (Some(defaults), Some(own_entries)) => {
                    let mut entries: Entries = (**defaults).clone();
                    entries.extend(own_entries.iter().map(|(key, value)| (Arc::clone(key), value.clone())));
                    Val::map(Type::String, entries).from_where(own)
                }
                _ => return None,
            },
        };
        Some(("tags_all".into(), merged))
    }
}

impl Session<'_> {
    /// The configuration that a resource uses.
    pub(super) fn provider_of(&self, scope: &BlockScope<'_, '_>, block: &ResourceBlock) -> Rc<Settings> {
        let written = block.block.body.attribute("provider").and_then(|provider| named(scope, &provider.value));
        let own = || Named { name: block.kind.split('_').next().unwrap_or_default().to_owned(), key: None };
        self.provider(scope.instance, &written.unwrap_or_else(own))
    }

    /// A configuration by what a module calls it.
    fn provider(&self, instance: &Rc<Instance>, named: &Named) -> Rc<Settings> {
        let Some(title) = named.title() else { return self.find_provider(instance, named) };
        if let Some(known) = instance.providers.borrow().get(&*title) {
            return Rc::clone(known);
        }
        let settings = self.find_provider(instance, named);
        instance.providers.borrow_mut().insert(title.into(), Rc::clone(&settings));
        settings
    }

    fn find_provider(&self, instance: &Rc<Instance>, named: &Named) -> Rc<Settings> {
        let name = &*named.name;
        if let Some(provider) = instance.module.providers.get(name) {
            // An empty block with an alias in a called module is a proxy of older versions.
            let proxy = instance.parent.is_some()
                && provider.block.body.attributes.iter().all(|attribute| &*attribute.name.text == "alias");
            if !proxy {
                return Rc::new(self.settings(instance, named, &provider.block.body));
            }
        }
        let Some(parent) = &instance.parent else {
            return Rc::new(self.unconfigured(name));
        };
        let call = parent.instance.module.calls.get(&parent.call);
        let passed = call
            .and_then(|call| call.block.body.attribute("providers"))
            .and_then(|providers| passed(&providers.value, name))
            .and_then(|outer| {
                let scope = BlockScope::new(self, &parent.instance, Some(&parent.repetition));
                self::named(&scope, outer)
            });
        match passed {
            Some(outer) => self.provider(&parent.instance, &outer),
            // Configurations without alias are inherited.
            None if !name.contains('.') => self.provider(&parent.instance, named),
            None => Rc::new(Settings { name: name.to_owned(), ..Settings::default() }),
        }
    }

    /// `each` of an instance of a configuration with `for_each`; unknown when the key is.
    fn repetition(&self, instance: &Rc<Instance>, named: &Named, body: &Body) -> Option<Repetition> {
        body.attribute("for_each")?;
        let instances = self.expand(instance, body).instances;
        let key = named.key.as_ref().and_then(Val::as_str);
        let found = instances.into_iter().find(|one| matches!(&one.key, Key::Text(text) if Some(&**text) == key));
        Some(found.unwrap_or_else(|| {
            let each = (Val::unknown_not_null(Type::String), Val::dynamic());
            Repetition { key: Key::Any, index: None, each: Some(each), exists: Formula::TRUE }
        }))
    }

    /// A configuration that nothing says anything of.
    fn unconfigured(&self, name: &str) -> Settings {
        let (region, account) = self.deployment(name);
        Settings { name: name.to_owned(), region, account, default_tags: None }
    }

    /// The region and the account that the options name, where they speak of this provider.
    fn deployment(&self, name: &str) -> (Option<Val>, Option<Val>) {
        let value = |given: &Option<Arc<str>>| given.as_ref().map(|text| Val::string(Arc::clone(text)));
        match name.split('.').next() {
            Some("aws") => (value(&self.options.region), value(&self.options.account)),
            _ => (None, None),
        }
    }

    fn settings(&self, instance: &Rc<Instance>, named: &Named, body: &Body) -> Settings {
        let name = &*named.name;
        let repetition = self.repetition(instance, named, body);
        let scope = BlockScope::new(self, instance, repetition.as_ref());
        let value = |name: &str| {
            body.attribute(name).map(|attribute| scope.value(&attribute.value)).filter(|value| !value.is_null())
        };
        let tags = body.blocks_of("default_tags").find_map(|block| block.body.attribute("tags"));
        let json = || body.attribute("default_tags").and_then(|tags| json_tags(&tags.value));
        let default_tags = tags.map(|tags| scope.value(&tags.value)).or_else(|| json().map(|tags| scope.value(tags)));
        let default_tags = default_tags.map(|tags| convert(&tags, &Type::map(Type::String)).unwrap_or(tags));
        let accounts = value("allowed_account_ids").and_then(|accounts| accounts.as_items().cloned());
        let allowed = accounts.filter(|accounts| accounts.len() == 1).and_then(|accounts| accounts.first().cloned());
        let (region, account) = self.deployment(name);
        let account = account.filter(|_| !assumes_another_identity(name, body));
        Settings {
            name: instance.inside(&named.title().unwrap_or_else(|| format!("{name}[*]"))),
            region: value("region").or(region),
            account: allowed.or(account),
            default_tags,
        }
    }
}

/// What a module calls a provider configuration: `aws`, `aws.eu`, `aws.by_region["eu-west-1"]`.
struct Named {
    /// Type and alias.
    name: String,
    /// Which instance of a configuration with `for_each`.
    key: Option<Val>,
}

impl Named {
    /// As it is written; none when the key is not known.
    fn title(&self) -> Option<String> {
        match &self.key {
            None => Some(self.name.clone()),
            Some(key) => key.as_str().map(|key| format!("{}[{key:?}]", self.name)),
        }
    }
}

/// Whether a configuration acts as somebody else than the one who deploys: a role, or credentials of an alias.
fn assumes_another_identity(name: &str, body: &Body) -> bool {
    let role = ["assume_role", "assume_role_with_web_identity"];
    let own = ["profile", "access_key", "shared_credentials_files"];
    let dynamic = |kind: &str| {
        body.blocks_of("dynamic").any(|block| block.labels.first().is_some_and(|label| *label.text == *kind))
    };
    role.iter().any(|kind| body.blocks_of(kind).next().is_some() || body.attribute(kind).is_some() || dynamic(kind))
        || name.contains('.') && own.iter().any(|argument| body.attribute(argument).is_some())
}

fn json_tags(value: &Expr) -> Option<&Expr> {
    match &value.kind {
        ExprKind::Object(items) => {
            items.iter().find(|item| item.key.as_string().is_some_and(|key| &**key == "tags")).map(|item| &item.value)
        }
        ExprKind::Tuple(items) => items.first().and_then(json_tags),
        _ => None,
    }
}

/// What an expression names: `aws.eu`, also quoted, and with a key after it (OpenTofu, "Referring to Provider Instances").
fn named(scope: &BlockScope<'_, '_>, expr: &Expr) -> Option<Named> {
    if let Some(name) = reference(expr) {
        return Some(Named { name, key: None });
    }
    let ExprKind::Traversal(traversal) = &expr.unwrapped().kind else { return None };
    let ExprKind::Variable(root) = &traversal.base.kind else { return None };
    let [Step { kind: StepKind::Attribute(alias), .. }, Step { kind: StepKind::Index(key), .. }] = &*traversal.steps
    else {
        return None;
    };
    Some(Named { name: format!("{root}.{alias}"), key: Some(scope.value(key)) })
}

/// `aws.eu`, also quoted.
fn reference(expr: &Expr) -> Option<String> {
    if let Some(text) = expr.as_string() {
        return Some(text.to_string());
    }
    expr.as_path().map(|path| path.join("."))
}

/// What `providers = { inner = outer }` passes for a name.
fn passed<'e>(map: &'e Expr, name: &str) -> Option<&'e Expr> {
    let ExprKind::Object(items) = &map.unwrapped().kind else { return None };
    items.iter().find(|item| reference(&item.key).as_deref() == Some(name)).map(|item| &item.value)
}
