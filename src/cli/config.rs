//! Finding, reading and writing `iac-check.toml`.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use crate::{
    check::{self, Options},
    cli::{OK, output},
    config::{self, Config, FILE_NAME, TEMPLATE},
    source::ReadError,
};

/// The configuration of the given file, or of the nearest one from the first path up to the root; the default when
/// there is none.
///
/// # Errors
/// When the given file cannot be read, or a file has mistakes.
pub fn load(given: Option<&Path>, scan: &Options) -> anyhow::Result<Config> {
    let (file, text) = match given {
        Some(file) => (file.to_path_buf(), fs::read_to_string(file).map_err(anyhow::Error::from)),
        None => match nearest(scan)? {
            Some((file, text)) => (file, text.map_err(anyhow::Error::from)),
            None => return Ok(Config::default()),
        },
    };
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    config::parse(&text).map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(|mistake| format!("{}:{mistake}", file.display())).collect();
        anyhow::anyhow!("{}", lines.join("\n       "))
    })
}

/// The nearest file and its text. Whoever wrote the scanned code may have written this file too, so it is read as that
/// code is: never through a link that leads out of the root.
fn nearest(scan: &Options) -> anyhow::Result<Option<(PathBuf, Result<String, ReadError>)>> {
    let sources = check::open(scan)?;
    let Some(first) = scan.paths.first().and_then(|path| path.canonicalize().ok()) else { return Ok(None) };
    let mut folders = first.ancestors().take_while(|folder| folder.starts_with(sources.root()));
    Ok(folders.find_map(|folder| {
        let file = folder.join(FILE_NAME);
        let text = file.symlink_metadata().is_ok().then(|| sources.load(&file))?;
        Some((file, text.map(|text| text.text().to_owned())))
    }))
}

/// Writes the commented file with every default; never over an existing one.
///
/// # Errors
/// When there is one already, or it cannot be written.
pub fn init(folder: &Path) -> anyhow::Result<u8> {
    let file = folder.join(FILE_NAME);
    let mut out = match fs::File::create_new(&file) {
        Ok(out) => out,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => bail!("{} exists already", file.display()),
        Err(error) => return Err(error).with_context(|| format!("cannot write {}", file.display())),
    };
    out.write_all(TEMPLATE.as_bytes()).with_context(|| format!("cannot write {}", file.display()))?;
    output::note(&format!("wrote {}", file.display()));
    Ok(OK)
}
