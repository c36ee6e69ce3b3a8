//! Explicit conversions and marks.

use crate::terraform::{
    cty::{Marks, Type, Val, convert, convert::convertible},
    functions::{
        FunctionError, Outcome,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{self, Any, Bool},
        },
    },
};

const VALUE: Parameter = Parameter::new("value", Any).unknown().null().marked().dynamic();
const V: &[Parameter] = &[Parameter::new("v", Any).unknown().null().marked().dynamic()];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("tostring", V, Returns::By(|args| target(args, Want::String)), to_type).nullable(),
    Function::new("tonumber", V, Returns::By(|args| target(args, Want::Number)), to_type).nullable(),
    Function::new("tobool", V, Returns::By(|args| target(args, Want::Bool)), to_type).nullable(),
    Function::new("tolist", V, Returns::By(|args| target(args, Want::List(&Any))), to_type).nullable(),
    Function::new("toset", V, Returns::By(|args| target(args, Want::Set(&Any))), to_type).nullable(),
    Function::new("tomap", V, Returns::By(|args| target(args, Want::Map(&Any))), to_type).nullable(),
    Function::new("sensitive", &[VALUE], Returns::By(same), |call| Ok(call.arg(0).clone().marked(Marks::SENSITIVE)))
        .nullable(),
    Function::new("nonsensitive", &[VALUE], Returns::By(same), |call| {
        let value = call.arg(0).clone();
        let marks = value.marks.without(Marks::SENSITIVE);
        Ok(value.unmarked().marked(marks))
    })
    .nullable(),
    Function::new("issensitive", &[VALUE], Returns::Always(Bool), |call| {
        if call.arg(0).marks.contains(Marks::SENSITIVE) {
            Ok(true.into())
        } else if call.arg(0).is_known() {
            Ok(false.into())
        } else {
            call.unknown()
        }
    })
    .nullable(),
    Function::new("ephemeralasnull", &[VALUE], Returns::By(same), |call| Ok(without_ephemeral(call.arg(0).clone())))
        .nullable(),
];

fn same(args: &[Val]) -> Result<Type, FunctionError> {
    Ok(args.first().map_or(Type::Dynamic, Val::ty))
}

fn target(args: &[Val], want: Want) -> Result<Type, FunctionError> {
    let (from, to) = (same(args)?, want.ty());
    if from == to || convertible(&from, &to, true) {
        Ok(to)
    } else {
        Err(FunctionError::argument(0, format!("cannot convert {} to {to}", from.friendly())))
    }
}

fn to_type(call: &Call<'_>) -> Outcome {
    let arg = call.arg(0);
    if !arg.is_known() {
        return Ok(Val::unknown(call.ty.clone()).marked(arg.marks));
    }
    convert(arg, call.ty).map_err(|error| {
        FunctionError::argument(0, format!("cannot convert {} to {}: {error}", arg.ty().friendly(), call.ty))
    })
}

fn without_ephemeral(value: Val) -> Val {
    if value.marks.contains(Marks::EPHEMERAL) {
        return Val::null(value.ty()).marked(value.marks.without(Marks::EPHEMERAL));
    }
    value.map_children(&mut without_ephemeral)
}
