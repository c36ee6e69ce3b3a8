//! Provider configurations: which one a resource uses, its region, its account and its default tags.

use std::{rc::Rc, sync::Arc};

use super::{content::Content, instance::Instance, scope::BlockScope, session::Session};
use crate::terraform::{
    cty::{Entries, Type, Val, convert},
    modules::ResourceBlock,
    schema,
    syntax::{Body, Expr, ExprKind},
};

/// What a provider configuration says of the resources that use it.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Name and alias, with the module that configures it: `aws.eu`.
    pub name: String,
    pub region: Option<Val>,
    /// The only account that is allowed, or the account of the role that is assumed.
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
    pub(super) fn provider_of(&self, instance: &Rc<Instance>, block: &ResourceBlock) -> Rc<Settings> {
        let written = block.block.body.attribute("provider").and_then(|provider| reference(&provider.value));
        let name = written.unwrap_or_else(|| block.kind.split('_').next().unwrap_or_default().to_owned());
        self.provider(instance, &name)
    }

    /// A configuration by the name that a module has for it: `aws`, `aws.eu`.
    fn provider(&self, instance: &Rc<Instance>, name: &str) -> Rc<Settings> {
        if let Some(known) = instance.providers.borrow().get(name) {
            return Rc::clone(known);
        }
        let settings = self.find_provider(instance, name);
        instance.providers.borrow_mut().insert(name.into(), Rc::clone(&settings));
        settings
    }

    fn find_provider(&self, instance: &Rc<Instance>, name: &str) -> Rc<Settings> {
        if let Some(provider) = instance.module.providers.get(name) {
            // An empty block with an alias in a called module is a proxy of older versions.
            let proxy = instance.parent.is_some()
                && provider.block.body.attributes.iter().all(|attribute| &*attribute.name.text == "alias");
            if !proxy {
                return Rc::new(self.settings(instance, name, &provider.block.body));
            }
        }
        let Some(parent) = &instance.parent else {
            return Rc::new(Settings { name: name.to_owned(), ..Settings::default() });
        };
        let call = parent.instance.module.calls.get(&parent.call);
        let passed = call
            .and_then(|call| call.block.body.attribute("providers"))
            .and_then(|providers| passed(&providers.value, name));
        match passed {
            Some(outer) => self.provider(&parent.instance, &outer),
            // Configurations without alias are inherited.
            None if !name.contains('.') => self.provider(&parent.instance, name),
            None => Rc::new(Settings { name: name.to_owned(), ..Settings::default() }),
        }
    }

    fn settings(&self, instance: &Rc<Instance>, name: &str, body: &Body) -> Settings {
        let scope = BlockScope::new(self, instance, None);
        let value = |name: &str| {
            body.attribute(name).map(|attribute| scope.value(&attribute.value)).filter(|value| !value.is_null())
        };
        let tags = body.blocks_of("default_tags").find_map(|block| block.body.attribute("tags"));
        let json = || body.attribute("default_tags").and_then(|tags| json_tags(&tags.value));
        let default_tags = tags.map(|tags| scope.value(&tags.value)).or_else(|| json().map(|tags| scope.value(tags)));
        let default_tags = default_tags.map(|tags| convert(&tags, &Type::map(Type::String)).unwrap_or(tags));
        let accounts = value("allowed_account_ids").and_then(|accounts| accounts.as_items().cloned());
        let account = accounts.filter(|accounts| accounts.len() == 1).and_then(|accounts| accounts.first().cloned());
        Settings { name: instance.inside(name), region: value("region"), account, default_tags }
    }
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

/// `aws.eu`, also quoted, and with a key after it as OpenTofu has it.
fn reference(expr: &Expr) -> Option<String> {
    if let Some(text) = expr.as_string() {
        return Some(text.to_string());
    }
    expr.as_path().map(|path| path.join("."))
}

/// What `providers = { inner = outer }` passes for a name.
fn passed(map: &Expr, name: &str) -> Option<String> {
    let ExprKind::Object(items) = &map.unwrapped().kind else { return None };
    items.iter().find(|item| reference(&item.key).as_deref() == Some(name)).and_then(|item| reference(&item.value))
}
