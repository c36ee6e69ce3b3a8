//! The types of Terraform's values and their JSON form.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde_json::{Value as Json, json};

/// A type. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `any` in a constraint; the type of a value of which not even the type is known.
    Dynamic,
    /// `list(…)`
    List(Arc<Type>),
    /// `set(…)`
    Set(Arc<Type>),
    /// `map(…)`
    Map(Arc<Type>),
    /// `tuple([…])`
    Tuple(Arc<[Type]>),
    /// `object({…})`
    Object(Arc<BTreeMap<Arc<str>, Attribute>>),
}

/// An attribute of an object type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attribute {
    /// Its type.
    pub ty: Type,
    /// `optional(…)`: may be absent in a value that is converted to this type. Occurs in constraints only.
    pub optional: bool,
}

impl Type {
    /// `list(element)`
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// `set(element)`
    pub fn set(element: Self) -> Self {
        Self::Set(Arc::new(element))
    }

    /// `map(element)`
    pub fn map(element: Self) -> Self {
        Self::Map(Arc::new(element))
    }

    /// `tuple([…])`
    pub fn tuple(elements: impl IntoIterator<Item = Self>) -> Self {
        Self::Tuple(elements.into_iter().collect())
    }

    /// `object({…})` without optional attributes.
    pub fn object<K: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        let attribute = |(name, ty): (K, Self)| (name.into(), Attribute { ty, optional: false });
        Self::Object(Arc::new(attributes.into_iter().map(attribute).collect()))
    }

    /// `bool`, `number` or `string`.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::String)
    }

    /// A list, set or map.
    pub fn is_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Set(_) | Self::Map(_))
    }

    /// The element type of a list, set or map.
    pub fn element(&self) -> Option<&Self> {
        match self {
            Self::List(element) | Self::Set(element) | Self::Map(element) => Some(element),
            _ => None,
        }
    }

    /// The type of an object's attribute.
    pub fn attribute(&self, name: &str) -> Option<&Self> {
        if let Self::Object(attributes) = self { attributes.get(name).map(|attribute| &attribute.ty) } else { None }
    }

    /// Whether [`Type::Dynamic`] occurs in it.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
            Self::Object(attributes) => attributes.values().any(|attribute| attribute.ty.has_dynamic()),
        }
    }

    /// The same without `optional` attributes, as values have it.
    #[must_use]
    pub fn without_optional(&self) -> Self {
        match self {
            Self::List(element) => Self::list(element.without_optional()),
            Self::Set(element) => Self::set(element.without_optional()),
            Self::Map(element) => Self::map(element.without_optional()),
            Self::Tuple(elements) => Self::tuple(elements.iter().map(Self::without_optional)),
            Self::Object(attributes) => Self::object(
                attributes.iter().map(|(name, attribute)| (Arc::clone(name), attribute.ty.without_optional())),
            ),
            Self::Bool | Self::Number | Self::String | Self::Dynamic => self.clone(),
        }
    }

    /// The JSON form of cty: `"string"`, `["list","string"]`, `["object",{…}]`, `["tuple",[…]]`, `"dynamic"`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Tuple(elements) => json!(["tuple", elements.iter().map(Self::to_json).collect::<Vec<_>>()]),
            Self::Object(attributes) => {
                let types: serde_json::Map<String, Json> =
                    attributes.iter().map(|(name, attribute)| (name.to_string(), attribute.ty.to_json())).collect();
                let optional: Vec<&str> =
                    attributes.iter().filter(|(_, attribute)| attribute.optional).map(|(name, _)| &**name).collect();
                if optional.is_empty() { json!(["object", types]) } else { json!(["object", types, optional]) }
            }
        }
    }

    /// Reads the JSON form.
    pub fn from_json(json: &Json) -> Option<Self> {
        match json {
            Json::String(name) => match name.as_str() {
                "bool" => Some(Self::Bool),
                "number" => Some(Self::Number),
                "string" => Some(Self::String),
                "dynamic" => Some(Self::Dynamic),
                _ => None,
            },
            Json::Array(parts) => {
                let inner = parts.get(1)?;
                match parts.first()?.as_str()? {
                    "list" => Some(Self::list(Self::from_json(inner)?)),
                    "set" => Some(Self::set(Self::from_json(inner)?)),
                    "map" => Some(Self::map(Self::from_json(inner)?)),
                    "tuple" => Some(Self::Tuple(inner.as_array()?.iter().map(Self::from_json).collect::<Option<_>>()?)),
                    "object" => {
                        let optional = parts.get(2).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
                        let attribute = |(name, ty): (&String, &Json)| {
                            let optional = optional.iter().any(|other| other.as_str() == Some(name));
                            Some((Arc::from(name.as_str()), Attribute { ty: Self::from_json(ty)?, optional }))
                        };
                        Some(Self::Object(Arc::new(inner.as_object()?.iter().map(attribute).collect::<Option<_>>()?)))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// As a diagnostic names it: `string`, `list of string`, `object`.
    pub fn friendly(&self) -> String {
        match self {
            Self::Bool => "bool".to_owned(),
            Self::Number => "number".to_owned(),
            Self::String => "string".to_owned(),
            Self::Dynamic => "dynamic".to_owned(),
            Self::List(element) => format!("list of {}", element.friendly()),
            Self::Set(element) => format!("set of {}", element.friendly()),
            Self::Map(element) => format!("map of {}", element.friendly()),
            Self::Tuple(_) => "tuple".to_owned(),
            Self::Object(_) => "object".to_owned(),
        }
    }
}

/// As a constraint is written: `list(string)`, `object({ a = optional(number) })`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::Dynamic => f.write_str("any"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Tuple(elements) => {
                f.write_str("tuple([")?;
                for (index, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("])")
            }
            Self::Object(attributes) => {
                f.write_str("object({")?;
                for (index, (name, attribute)) in attributes.iter().enumerate() {
                    let separator = if index > 0 { ", " } else { "" };
                    if attribute.optional {
                        write!(f, "{separator}{name}=optional({})", attribute.ty)?;
                    } else {
                        write!(f, "{separator}{name}={}", attribute.ty)?;
                    }
                }
                f.write_str("})")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn json_form_reads_back() {
        let ty = Type::object([("a", Type::list(Type::String)), ("b", Type::tuple([Type::Number, Type::Dynamic]))]);
        assert_eq!(
            ty.to_json().to_string(),
            r#"["object",{"a":["list","string"],"b":["tuple",["number","dynamic"]]}]"#
        );
        assert_eq!(Type::from_json(&ty.to_json()), Some(ty));
    }
}
