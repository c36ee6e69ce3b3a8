//! Type constraints of variables. In: the expression after `type =`. Out: a type with its `optional()` defaults
//! (Terraform language, "Type Constraints").

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    source::Span,
    terraform::{
        cty::{Attribute, ConvertError, Entries, Kind, Type, Val, convert},
        eval::{Eval, fatal},
        syntax::{Call, Expr, ExprKind},
    },
};

/// A type with defaults.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// The type.
    pub ty: Type,
    defaults: Defaults,
    /// Nothing was written; differs from `any` only in how texts are read.
    untyped: bool,
}

/// Defaults of object attributes, at any depth.
#[derive(Clone, Debug, Default)]
struct Defaults {
    values: BTreeMap<Arc<str>, Val>,
    /// By attribute name, by index for a tuple, by `""` for the elements of a collection.
    children: BTreeMap<Arc<str>, Defaults>,
}

impl Defaults {
    fn is_empty(&self) -> bool {
        self.values.is_empty() && self.children.is_empty()
    }

    fn child(&self, key: &str) -> Option<&Self> {
        self.children.get(key).or_else(|| self.children.get(""))
    }
}

impl Constraint {
    /// No type given.
    pub fn none() -> Self {
        Self { untyped: true, ..Self::of(Type::Dynamic) }
    }

    /// A type without defaults.
    pub fn of(ty: Type) -> Self {
        Self { ty, defaults: Defaults::default(), untyped: false }
    }

    /// Reads a constraint. Defaults inside `optional` are evaluated by `constant`.
    ///
    /// # Errors
    /// When the expression is no type.
    pub fn parse(expr: &Expr, constant: &dyn Fn(&Expr) -> Eval<Val>) -> Eval<Self> {
        let (ty, defaults) = read(expr, constant)?;
        Ok(Self { ty, defaults, untyped: false })
    }

    /// A value as the variable has it: defaults filled in, then converted.
    ///
    /// # Errors
    /// When the value does not convert to the type.
    pub fn apply(&self, value: Val) -> Result<Val, ConvertError> {
        let place = value.clone();
        let value = if self.defaults.is_empty() { value } else { filled(value, &self.defaults) };
        convert(&value, &self.ty).map(|value| value.from_where(&place))
    }

    /// Whether values given as text are literal strings, not expressions.
    pub fn is_textual(&self) -> bool {
        self.untyped || self.ty.is_primitive()
    }
}

fn filled(value: Val, defaults: &Defaults) -> Val {
    let place = value.clone();
    let inner = |key: &str, value: Val| match defaults.child(key) {
        Some(child) => filled(value, child),
        None => value,
    };
    let kind = match value.kind {
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            let items = items.iter().enumerate().map(|(at, item)| inner(&at.to_string(), item.clone()));
            Kind::Tuple(Arc::new(items.collect()))
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            let mut result: Entries =
                entries.iter().map(|(key, value)| (Arc::clone(key), inner(key, value.clone()))).collect();
            for (name, default) in &defaults.values {
                if result.get(name).is_none_or(Val::is_null) {
                    result.insert(Arc::clone(name), inner(name, default.clone()));
                }
            }
            Kind::Object(Arc::new(result))
        }
        other => other,
    };
    Val { kind, ..place }
}

fn read(expr: &Expr, constant: &dyn Fn(&Expr) -> Eval<Val>) -> Eval<(Type, Defaults)> {
    match &expr.kind {
        ExprKind::Variable(name) => match keyword(name) {
            Some(ty) => Ok((ty, Defaults::default())),
            None => fatal(expr.span, format!("`{name}` is no type")),
        },
        ExprKind::Call(call) => read_call(call, expr.span, constant),
        _ => fatal(expr.span, "not a type"),
    }
}

fn keyword(name: &str) -> Option<Type> {
    Some(match name {
        "string" => Type::String,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "any" => Type::Dynamic,
        "list" => Type::list(Type::Dynamic),
        "map" => Type::map(Type::Dynamic),
        "set" => Type::set(Type::Dynamic),
        _ => return None,
    })
}

fn read_call(call: &Call, span: Span, constant: &dyn Fn(&Expr) -> Eval<Val>) -> Eval<(Type, Defaults)> {
    let [argument] = &*call.arguments else {
        return fatal(span, format!("`{}` takes one type", call.name.text));
    };
    match &*call.name.text {
        name @ ("list" | "set" | "map") => {
            let (element, defaults) = read(argument, constant)?;
            let ty = match name {
                "list" => Type::list(element),
                "set" => Type::set(element),
                _ => Type::map(element),
            };
            let children = (!defaults.is_empty()).then(|| (Arc::from(""), defaults));
            Ok((ty, Defaults { children: children.into_iter().collect(), ..Defaults::default() }))
        }
        "tuple" => {
            let ExprKind::Tuple(items) = &argument.kind else {
                return fatal(argument.span, "`tuple` takes a list of types");
            };
            let parts = items.iter().map(|item| read(item, constant)).collect::<Eval<Vec<_>>>()?;
            let (types, defaults): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
            let children = defaults.into_iter().enumerate().filter(|(_, child)| !child.is_empty());
            let children = children.map(|(at, child)| (Arc::from(at.to_string()), child)).collect();
            Ok((Type::tuple(types), Defaults { children, ..Defaults::default() }))
        }
        "object" => read_object(argument, constant),
        name => fatal(call.name.span, format!("`{name}` is no type")),
    }
}

fn read_object(argument: &Expr, constant: &dyn Fn(&Expr) -> Eval<Val>) -> Eval<(Type, Defaults)> {
    let ExprKind::Object(items) = &argument.kind else {
        return fatal(argument.span, "`object` takes attributes with their types");
    };
    let mut attributes = BTreeMap::new();
    let mut defaults = Defaults::default();
    for item in items {
        let Some(name) = item.key.as_string() else {
            return fatal(item.key.span, "the name of an attribute is a plain name");
        };
        let (ty, optional) = match &item.value.kind {
            ExprKind::Call(call) if &*call.name.text == "optional" => match &*call.arguments {
                [ty, default @ ..] if default.len() <= 1 => (ty, Some(default.first())),
                _ => return fatal(item.value.span, "`optional` takes a type and a default"),
            },
            _ => (&item.value, None),
        };
        let (ty, child) = read(ty, constant)?;
        if let Some(Some(default)) = &optional {
            let value = constant(default)?;
            // Nested defaults complete the default itself when it is used.
            if child.is_empty()
                && let Err(error) = convert(&value, &ty)
            {
                return fatal(default.span, error.0);
            }
            defaults.values.insert(Arc::clone(name), value);
        }
        if !child.is_empty() {
            defaults.children.insert(Arc::clone(name), child);
        }
        attributes.insert(Arc::clone(name), Attribute { ty, optional: optional.is_some() });
    }
    Ok((Type::Object(Arc::new(attributes)), defaults))
}
