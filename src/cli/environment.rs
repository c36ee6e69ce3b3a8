//! What the surroundings tell, read in one place: the clock, the terminal, and the CI service.

use std::{
    env,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::report::Base;

/// Whether GitHub Actions reads stdout and acts upon lines of it.
pub fn is_github_actions() -> bool {
    env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Seconds since 1970; `SOURCE_DATE_EPOCH` when set, for reproducible reports.
pub fn now() -> i64 {
    let fixed = env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.trim().parse().ok());
    let clock =
        || SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|time| i64::try_from(time.as_secs()).ok());
    fixed.or_else(clock).unwrap_or(0)
}

/// The day, in UTC.
pub fn today() -> Option<jiff::civil::Date> {
    let now = jiff::Timestamp::from_second(now()).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(now).date())
}

/// `https://github.com/OWNER/REPOSITORY/blob/COMMIT` in GitHub Actions.
pub fn link_base() -> Option<String> {
    let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let server = variable("GITHUB_SERVER_URL")?;
    Some(format!("{server}/{}/blob/{}", variable("GITHUB_REPOSITORY")?, variable("GITHUB_SHA")?))
}

/// Where the user stands relative to the root.
pub fn base(root: &Path) -> Base {
    let Ok(here) = env::current_dir().and_then(|here| here.canonicalize()) else { return Base::Root };
    let slashes =
        |path: &Path| path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    match (here.strip_prefix(root), root.strip_prefix(&here)) {
        (Ok(inside), _) if inside.as_os_str().is_empty() => Base::Root,
        (Ok(inside), _) => Base::Inside(slashes(inside)),
        (_, Ok(above)) => Base::Above(slashes(above)),
        _ => Base::Above(root.to_string_lossy().trim_end_matches('/').to_owned()),
    }
}

/// A word that nobody can guess, to fence off text that GitHub Actions must not act upon.
pub fn nonce() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    // The standard library seeds its hasher from the system's random source.
    let word = || RandomState::new().hash_one(0_u8);
    format!("{:016x}{:016x}", word(), word())
}
