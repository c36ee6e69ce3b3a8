//! Hashes of strings, and functions whose result no scan can know. Hashes of files are among the file functions.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use uuid::Uuid;

use crate::{
    terraform::{
        cty::{Hint, Type, Val},
        functions::{
            Outcome, fail,
            signature::{
                Call, Function, Parameter, Returns,
                Want::{Number, String},
            },
        },
    },
    value::{self, Reason},
};

const STR: &[Parameter] = &[Parameter::new("str", String)];
const TEXT: Returns = Returns::Always(String);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("md5", STR, TEXT, |call| Ok(hex::<Md5>(call.text(0).as_bytes()).into())),
    Function::new("sha1", STR, TEXT, |call| Ok(hex::<Sha1>(call.text(0).as_bytes()).into())),
    Function::new("sha256", STR, TEXT, |call| Ok(hex::<Sha256>(call.text(0).as_bytes()).into())),
    Function::new("sha512", STR, TEXT, |call| Ok(hex::<Sha512>(call.text(0).as_bytes()).into())),
    Function::new("base64sha256", STR, TEXT, |call| Ok(base64::<Sha256>(call.text(0).as_bytes()).into())),
    Function::new("base64sha512", STR, TEXT, |call| Ok(base64::<Sha512>(call.text(0).as_bytes()).into())),
    Function::new("uuidv5", &[Parameter::new("namespace", String), Parameter::new("name", String)], TEXT, uuid_v5),
    Function::new("uuid", &[], TEXT, |_| impure("uuid()")),
    Function::new("timestamp", &[], TEXT, |_| impure("timestamp()")),
    Function::new("plantimestamp", &[], TEXT, |_| impure("plantimestamp()")),
    Function::new("bcrypt", STR, TEXT, |_| impure("bcrypt()")).rest(Parameter::new("cost", Number)),
    Function::new(
        "rsadecrypt",
        &[Parameter::new("ciphertext", String), Parameter::new("privatekey", String)],
        TEXT,
        decrypt,
    ),
];

pub(super) fn hex<H: Digest>(bytes: &[u8]) -> std::string::String {
    H::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn base64<H: Digest>(bytes: &[u8]) -> std::string::String {
    BASE64_STANDARD.encode(H::digest(bytes))
}

fn uuid_v5(call: &Call<'_>) -> Outcome {
    let namespace = match call.text(0) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => match Uuid::parse_str(other) {
            Ok(namespace) => namespace,
            Err(_) => return fail(format!("uuidv5() doesn't support namespace {other}")),
        },
    };
    Ok(Uuid::new_v5(&namespace, call.text(1).as_bytes()).to_string().into())
}

fn impure(name: &str) -> Outcome {
    Ok(Val::unknown_not_null(Type::String).hinted(Hint::why(value::Unknown::new(Reason::Impure, name))))
}

/// Nothing is decrypted: a scan has no use for the secret, and its reports must not hold it.
fn decrypt(_: &Call<'_>) -> Outcome {
    Ok(Val::unknown_not_null(Type::String).hinted(Hint::why(value::Unknown::new(Reason::Unsupported, "rsadecrypt()"))))
}
