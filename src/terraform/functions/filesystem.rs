//! Functions of files and paths. Paths count from the directory of the root module; what lies outside the scan root is
//! never read.

use std::path::Path;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::{
    source::ReadError,
    terraform::{
        cty::{Hint, Type, Val},
        functions::{
            FunctionError, Host, MAX_TEXT, Outcome,
            dispatch::over_budget,
            fail, glob, hash,
            signature::{
                Call, Function, Parameter, Returns,
                Want::{Bool, Set, String},
            },
        },
    },
    value::{self, Reason},
};

const PATH: Parameter = Parameter::new("path", String);
const FILE: &[Parameter] = &[PATH.marked().unknown()];
const TEXT: Returns = Returns::Always(String);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("file", FILE, TEXT, file).reads_files(),
    Function::new("filebase64", FILE, TEXT, |call| of_bytes(call, |bytes| BASE64_STANDARD.encode(bytes))).reads_files(),
    Function::new("filemd5", &[PATH], TEXT, |call| of_bytes(call, hash::hex::<Md5>)).reads_files(),
    Function::new("filesha1", &[PATH], TEXT, |call| of_bytes(call, hash::hex::<Sha1>)).reads_files(),
    Function::new("filesha256", &[PATH], TEXT, |call| of_bytes(call, hash::hex::<Sha256>)).reads_files(),
    Function::new("filesha512", &[PATH], TEXT, |call| of_bytes(call, hash::hex::<Sha512>)).reads_files(),
    Function::new("filebase64sha256", &[PATH], TEXT, |call| of_bytes(call, hash::base64::<Sha256>)).reads_files(),
    Function::new("filebase64sha512", &[PATH], TEXT, |call| of_bytes(call, hash::base64::<Sha512>)).reads_files(),
    Function::new("fileexists", FILE, Returns::Always(Bool), exists).reads_files(),
    Function::new(
        "fileset",
        &[PATH.marked().unknown(), Parameter::new("pattern", String).marked().unknown()],
        Returns::Always(Set(&String)),
        glob::file_set,
    )
    .reads_files(),
    Function::new("basename", &[PATH], TEXT, |call| Ok(basename(call.text(0)).into())),
    Function::new("dirname", &[PATH], TEXT, |call| Ok(dirname(call.text(0)).into())),
    Function::new("abspath", &[PATH], TEXT, absolute),
    Function::new("pathexpand", &[PATH], TEXT, |call| {
        // The home directory is no part of what is scanned.
        if call.text(0).starts_with('~') { Ok(outside(call.text(0), &Type::String)) } else { Ok(call.text(0).into()) }
    }),
];

/// A value that only the machine of the deployment knows.
pub(super) fn outside(path: &str, ty: &Type) -> Val {
    Val::unknown(ty.clone()).hinted(Hint::why(value::Unknown::new(Reason::External, path)))
}

/// The path as [`crate::source::Sources`] takes it, or the unknown of a path that cannot be told.
pub(super) fn locate(host: &dyn Host, path: &str) -> Result<std::string::String, Val> {
    if path.starts_with('~') {
        return Err(outside(path, &Type::Dynamic));
    }
    if path.starts_with('/') {
        return Ok(path.to_owned());
    }
    Ok(host.base().join(path).to_string_lossy().into_owned())
}

/// What a function gives for a file that could not be read: an error where Terraform has one.
pub(super) fn unreadable(path: &str, error: &ReadError, ty: &Type) -> Outcome {
    match error {
        ReadError::Outside => Ok(outside(path, ty)),
        ReadError::TooLarge(_) => Ok(over_budget(ty, "size of a file")),
        ReadError::Io(_) => {
            Ok(Val::unknown(ty.clone()).hinted(Hint::why(value::Unknown::new(Reason::Unreadable, path))))
        }
        ReadError::Missing => {
            Err(FunctionError { missing: true, ..FunctionError::argument(0, format!("no file exists at \"{path}\"")) })
        }
        ReadError::NotAFile | ReadError::NotUtf8(_) => Err(FunctionError::argument(0, format!("\"{path}\" {error}"))),
    }
}

fn file(call: &Call<'_>) -> Outcome {
    let arg = call.arg(0);
    let Some(path) = arg.as_str() else {
        return Ok(Val::unknown(Type::String).marked(arg.marks));
    };
    let located = match locate(call.host, path) {
        Ok(located) => located,
        Err(_) => return Ok(outside(path, &Type::String).marked(arg.marks)),
    };
    match call.host.sources().load(Path::new(&located)) {
        Ok(file) if file.text().len() > MAX_TEXT => call.over("size of a file"),
        Ok(file) => {
            Ok(Val::from(file.text()).traced(file.span(), format!("contents of `{}`", file.path())).marked(arg.marks))
        }
        Err(error) => Ok(unreadable(path, &error, &Type::String)?.marked(arg.marks)),
    }
}

fn of_bytes(call: &Call<'_>, encode: fn(&[u8]) -> std::string::String) -> Outcome {
    let arg = call.arg(0);
    let Some(path) = arg.as_str() else {
        return Ok(Val::unknown(Type::String).marked(arg.marks));
    };
    let located = match locate(call.host, path) {
        Ok(located) => located,
        Err(_) => return Ok(outside(path, &Type::String).marked(arg.marks)),
    };
    match call.host.sources().read_bytes(Path::new(&located)) {
        Ok(bytes) if bytes.len() > MAX_TEXT => call.over("size of a file"),
        Ok(bytes) => Ok(Val::from(encode(&bytes)).marked(arg.marks)),
        Err(error) => Ok(unreadable(path, &error, &Type::String)?.marked(arg.marks)),
    }
}

fn exists(call: &Call<'_>) -> Outcome {
    let arg = call.arg(0);
    let unknown = || Ok(Val::unknown(Type::Bool).marked(arg.marks));
    let Some(path) = arg.as_str() else {
        return unknown();
    };
    let Ok(located) = locate(call.host, path) else {
        return Ok(outside(path, &Type::Bool).marked(arg.marks));
    };
    let sources = call.host.sources();
    match sources.resolve(Path::new(&located)) {
        Ok(_) if sources.is_file(Path::new(&located)) => Ok(Val::bool(true).marked(arg.marks)),
        Ok(_) => Err(FunctionError::argument(0, format!("\"{path}\" is not a regular file"))),
        Err(ReadError::Missing) => Ok(Val::bool(false).marked(arg.marks)),
        Err(ReadError::Outside) => Ok(outside(path, &Type::Bool).marked(arg.marks)),
        Err(error) => fail(format!("failed to stat \"{path}\": {error}")),
    }
}

/// Go's `filepath.Clean`.
pub(super) fn clean(path: &str) -> std::string::String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Go's `filepath.Base`.
fn basename(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}

/// Go's `filepath.Dir`.
fn dirname(path: &str) -> std::string::String {
    clean(path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or_default())
}

/// A relative path counts from the directory of the root module, where Terraform is taken to run.
fn absolute(call: &Call<'_>) -> Outcome {
    let path = call.text(0);
    if path.starts_with('/') {
        return Ok(clean(path).into());
    }
    let base = call.host.sources().root().join(call.host.base());
    Ok(clean(&base.join(path).to_string_lossy()).into())
}
