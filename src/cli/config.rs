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
};

/// The configuration of the given file, or of the nearest one from the first path up to the root; the default when
/// there is none.
///
/// # Errors
/// When the given file cannot be read, or a file has mistakes.
pub fn load(given: Option<&Path>, scan: &Options) -> anyhow::Result<Config> {
    let Some(file) = given.map(Path::to_path_buf).or(nearest(scan)?) else { return Ok(Config::default()) };
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    config::parse(&text).map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(|mistake| format!("{}:{mistake}", file.display())).collect();
        anyhow::anyhow!("{}", lines.join("\n       "))
    })
}

fn nearest(scan: &Options) -> anyhow::Result<Option<PathBuf>> {
    let root = check::open(scan)?.root().to_path_buf();
    let Some(first) = scan.paths.first().and_then(|path| path.canonicalize().ok()) else { return Ok(None) };
    let folders = first.ancestors().take_while(|folder| folder.starts_with(&root));
    Ok(folders.map(|folder| folder.join(FILE_NAME)).find(|file| file.is_file()))
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
