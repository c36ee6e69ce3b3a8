//! The outer shape of plans and states, read in one pass; what is inside a resource stays text until it is needed.
//! <https://developer.hashicorp.com/terraform/internals/json-format>

use std::{borrow::Cow, collections::BTreeMap, ops::Range, sync::Arc};

use serde::Deserialize;
use serde_json::{Value as Json, value::RawValue};

use crate::terraform::{
    cty::{Entries, Type, Val},
    schema,
};

/// What `terraform show -json` prints of a plan, or of a state.
#[derive(Deserialize)]
pub struct Document<'t> {
    /// `1.2`; absent in state files.
    #[serde(borrow, default)]
    pub format_version: Option<Cow<'t, str>>,
    /// What is planned for each resource.
    #[serde(borrow, default)]
    pub resource_changes: Vec<ResourceChange<'t>>,
    /// The state before the plan; its data sources were read.
    #[serde(borrow, default)]
    pub prior_state: Option<StateDocument<'t>>,
    /// A state's content (`terraform show -json`).
    #[serde(borrow, default)]
    pub values: Option<StateValues<'t>>,
    /// The code, without places.
    #[serde(borrow, default)]
    pub configuration: Option<Configuration<'t>>,
    /// The values of the root module's variables.
    #[serde(borrow, default)]
    pub variables: BTreeMap<Cow<'t, str>, Variable<'t>>,
    /// The plan failed.
    #[serde(default)]
    pub errored: bool,
}

/// A variable that the plan was made with.
#[derive(Deserialize)]
pub struct Variable<'t> {
    /// Its value; absent when it is null.
    #[serde(borrow, default)]
    pub value: Option<&'t RawValue>,
}

impl Document<'_> {
    /// The values of the root module's variables, as the language has them.
    pub fn inputs(&self) -> Entries {
        let value = |variable: &Variable<'_>| {
            let json = variable.value.and_then(|raw| serde_json::from_str(raw.get()).ok());
            json.as_ref().map_or_else(|| Val::null(Type::Dynamic), schema::literal)
        };
        self.variables.iter().map(|(name, variable)| (Arc::from(&**name), value(variable))).collect()
    }

    /// The string that an argument of a provider configuration is: a constant, or a variable of the root module.
    pub fn constant(&self, argument: &RawValue) -> Option<String> {
        let code: Json = serde_json::from_str(argument.get()).ok()?;
        if let Some(constant) = code.get("constant_value") {
            return constant.as_str().map(str::to_owned);
        }
        let [only] = &**code.get("references")?.as_array()? else { return None };
        let variable = self.variables.get(only.as_str()?.strip_prefix("var.")?)?;
        serde_json::from_str(variable.value?.get()).ok()
    }
}

/// A state inside a plan.
#[derive(Deserialize)]
pub struct StateDocument<'t> {
    /// Its content.
    #[serde(borrow, default)]
    pub values: Option<StateValues<'t>>,
}

/// The content of a state.
#[derive(Deserialize)]
pub struct StateValues<'t> {
    /// The root module.
    #[serde(borrow, default)]
    pub root_module: StateModule<'t>,
}

/// A module instance of a state.
#[derive(Default, Deserialize)]
pub struct StateModule<'t> {
    /// Its resources.
    #[serde(borrow, default)]
    pub resources: Vec<StateResource<'t>>,
    /// The instances of the modules it calls.
    #[serde(borrow, default)]
    pub child_modules: Vec<StateModule<'t>>,
}

/// A resource of a state.
#[derive(Deserialize)]
pub struct StateResource<'t> {
    /// Its address, a JSON string.
    #[serde(borrow)]
    pub address: &'t RawValue,
    /// `managed` or `data`.
    #[serde(borrow)]
    pub mode: Cow<'t, str>,
    /// Its Terraform type.
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'t, str>,
    /// Its attributes.
    #[serde(borrow, default)]
    pub values: Option<&'t RawValue>,
    /// Which of them are sensitive.
    #[serde(borrow, default)]
    pub sensitive_values: Option<&'t RawValue>,
}

/// What is planned for a resource.
#[derive(Deserialize)]
pub struct ResourceChange<'t> {
    /// Its address, a JSON string.
    #[serde(borrow)]
    pub address: &'t RawValue,
    /// `managed` or `data`.
    #[serde(borrow)]
    pub mode: Cow<'t, str>,
    /// Its Terraform type.
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'t, str>,
    /// Set for an old object that is about to be destroyed.
    #[serde(borrow, default)]
    pub deposed: Option<Cow<'t, str>>,
    /// The change.
    #[serde(borrow)]
    pub change: Change<'t>,
}

/// A planned change.
#[derive(Deserialize)]
pub struct Change<'t> {
    /// `create`, `update`, `delete`, `no-op`, `read`, `forget`.
    #[serde(borrow)]
    pub actions: Vec<Cow<'t, str>>,
    /// The attributes afterwards, those left out that are not known yet.
    #[serde(borrow, default)]
    pub after: Option<&'t RawValue>,
    /// `true` at what is not known yet.
    #[serde(borrow, default)]
    pub after_unknown: Option<&'t RawValue>,
    /// `true` at what is sensitive.
    #[serde(borrow, default)]
    pub after_sensitive: Option<&'t RawValue>,
}

/// The code of a plan.
#[derive(Deserialize)]
pub struct Configuration<'t> {
    /// The root module.
    #[serde(borrow, default)]
    pub root_module: Module<'t>,
    /// The provider configurations.
    #[serde(borrow, default)]
    pub provider_config: BTreeMap<Cow<'t, str>, ProviderConfig<'t>>,
}

/// A provider configuration.
#[derive(Deserialize)]
pub struct ProviderConfig<'t> {
    /// Its arguments.
    #[serde(borrow, default)]
    pub expressions: BTreeMap<Cow<'t, str>, &'t RawValue>,
}

/// A module's code.
#[derive(Default, Deserialize)]
pub struct Module<'t> {
    /// Its resources.
    #[serde(borrow, default)]
    pub resources: Vec<ConfigResource<'t>>,
    /// The modules it calls.
    #[serde(borrow, default)]
    pub module_calls: BTreeMap<Cow<'t, str>, ModuleCallConfig<'t>>,
    /// Its outputs.
    #[serde(borrow, default)]
    pub outputs: BTreeMap<Cow<'t, str>, OutputConfig<'t>>,
}

/// A resource's code.
#[derive(Deserialize)]
pub struct ConfigResource<'t> {
    /// Its address inside the module.
    #[serde(borrow)]
    pub address: Cow<'t, str>,
    /// Which provider configuration it uses.
    #[serde(borrow, default)]
    pub provider_config_key: Option<Cow<'t, str>>,
    /// Its arguments; blocks that a `dynamic` makes are missing.
    #[serde(borrow, default)]
    pub expressions: BTreeMap<Cow<'t, str>, &'t RawValue>,
}

/// A module call's code.
#[derive(Deserialize)]
pub struct ModuleCallConfig<'t> {
    /// Where the module comes from.
    #[serde(borrow, default)]
    pub source: Option<Cow<'t, str>>,
    /// Its arguments.
    #[serde(borrow, default)]
    pub expressions: BTreeMap<Cow<'t, str>, &'t RawValue>,
    /// The module.
    #[serde(borrow, default)]
    pub module: Module<'t>,
}

/// An output's code.
#[derive(Deserialize)]
pub struct OutputConfig<'t> {
    /// Its value.
    #[serde(borrow, default)]
    pub expression: Option<&'t RawValue>,
}

/// A state file.
#[derive(Deserialize)]
pub struct StateFile<'t> {
    /// 4 since Terraform 0.12.
    pub version: u64,
    /// Its resources.
    #[serde(borrow, default)]
    pub resources: Vec<StateFileResource<'t>>,
}

/// A resource of a state file.
#[derive(Deserialize)]
pub struct StateFileResource<'t> {
    /// The address of its module instance.
    #[serde(borrow, default)]
    pub module: Option<Cow<'t, str>>,
    /// `managed` or `data`.
    #[serde(borrow)]
    pub mode: Cow<'t, str>,
    /// Its Terraform type.
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'t, str>,
    /// Its name, a JSON string.
    #[serde(borrow)]
    pub name: &'t RawValue,
    /// Its instances.
    #[serde(borrow, default)]
    pub instances: Vec<StateFileInstance<'t>>,
}

/// An instance of a state file.
#[derive(Deserialize)]
pub struct StateFileInstance<'t> {
    /// Its key.
    #[serde(borrow, default)]
    pub index_key: Option<&'t RawValue>,
    /// Set for an old object that is about to be destroyed.
    #[serde(borrow, default)]
    pub deposed: Option<Cow<'t, str>>,
    /// Its attributes.
    #[serde(borrow, default)]
    pub attributes: Option<&'t RawValue>,
    /// Paths to what is sensitive.
    #[serde(borrow, default)]
    pub sensitive_attributes: Option<&'t RawValue>,
}

/// Where a piece of the text lies in it; empty at the beginning when it is none.
pub fn range(text: &str, raw: &RawValue) -> Range<usize> {
    let start = (raw.get().as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    let end = start.wrapping_add(raw.get().len());
    if start <= end && end <= text.len() { start..end } else { 0..0 }
}

/// The text of a JSON string.
pub fn string(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_default()
}
