//! Terragrunt's own functions (Terragrunt documentation, "HCL: Functions"). What needs the environment, the account or a
//! command is unknown.

use super::config::{Config, Include, unknown};
use crate::{
    source::Span,
    terraform::{
        cty::Val,
        eval::{Eval, fault},
    },
    value::{Reason, Unknown},
};

/// The value of a call.
///
/// # Errors
/// When a file is not there.
pub(super) fn call(config: &Config<'_>, function: &str, arguments: &[Val], span: Span) -> Eval<Val> {
    let text = |at: usize| arguments.get(at).and_then(Val::as_str);
    if arguments.iter().any(|argument| !argument.is_wholly_known()) && function != "get_env" {
        return Ok(unknown(Unknown::new(Reason::Unsupported, format!("{function}()")).at(span)));
    }
    Ok(match function {
        "find_in_parent_folders" => return find(config, text(0), arguments.get(1), span),
        "read_terragrunt_config" => match (config.read(text(0).unwrap_or_default()), arguments.get(1)) {
            (Ok(value), _) => value,
            (Err(_), Some(fallback)) => fallback.clone(),
            (Err(message), None) => return fault(span, message),
        },
        "get_env" => match text(0).and_then(|name| config.reader.environment.get(name)) {
            Some(value) => Val::string(value.as_str()),
            None => unknown(
                Unknown::new(Reason::Input, format!("environment variable {}", text(0).unwrap_or("?"))).at(span),
            ),
        },
        "get_terragrunt_dir" | "get_original_terragrunt_dir" => config.shown(&config.unit),
        "get_parent_terragrunt_dir" => config.shown(&parent(config, text(0))),
        "get_repo_root" => config.shown("."),
        "get_path_from_repo_root" => Val::string(config.unit.as_str()),
        "get_path_to_repo_root" => Val::string(path_between(&config.unit, ".")),
        "path_relative_to_include" => Val::string(path_between(&parent(config, text(0)), &config.unit)),
        "path_relative_from_include" => Val::string(path_between(&config.unit, &parent(config, text(0)))),
        _ => unknown(Unknown::new(Reason::Unsupported, format!("{function}()")).at(span)),
    })
}

/// The nearest file or folder of that name in the folders above the unit.
fn find(config: &Config<'_>, name: Option<&str>, fallback: Option<&Val>, span: Span) -> Eval<Val> {
    let name = name.unwrap_or("terragrunt.hcl");
    let sources = config.reader.sources;
    let mut folder = config.unit.as_str();
    while folder != "." {
        folder = folder.rsplit_once('/').map_or(".", |(above, _)| above);
        let path = if folder == "." { name.to_owned() } else { format!("{folder}/{name}") };
        if sources.is_file(path.as_ref()) || sources.is_dir(path.as_ref()) {
            return Ok(config.shown(&path));
        }
    }
    match fallback {
        Some(fallback) => Ok(fallback.clone()),
        None => fault(span, format!("there is no `{name}` in the folders above")),
    }
}

/// The folder of the file that is included, seen from either side.
fn parent(config: &Config<'_>, label: Option<&str>) -> String {
    if config.included {
        return config.folder.clone();
    }
    let meant = |include: &&Include<'_>| label.is_none_or(|label| *include.label == *label);
    config.includes().iter().find(meant).map_or_else(|| config.unit.clone(), |include| include.config.folder.clone())
}

/// The way from one folder to another, both relative to the scan root.
fn path_between(from: &str, to: &str) -> String {
    let parts = |path: &'_ str| path.split('/').filter(|part| *part != ".").map(str::to_owned).collect::<Vec<_>>();
    let (from, to) = (parts(from), parts(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    let way: Vec<&str> = up.chain(to.iter().skip(common).map(String::as_str)).collect();
    if way.is_empty() { ".".to_owned() } else { way.join("/") }
}
