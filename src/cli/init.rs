//! `wenji init`: a commented wenji.toml to begin with.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use super::typed::Init;
use super::{CliError, say};

pub(super) fn run(init: &Init) -> Result<(), CliError> {
    let path = init.dir.join("wenji.toml");
    let failed = |reason: std::io::Error| CliError::Io {
        what: path.display().to_string(),
        help: (reason.kind() == ErrorKind::AlreadyExists)
            .then(|| "wenji init overwrites nothing; move the file away, or name another folder".to_owned()),
        reason,
    };
    std::fs::create_dir_all(&init.dir).map_err(failed)?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
    file.write_all(wenji::config::TEMPLATE.as_bytes()).map_err(failed)?;
    say::note(&format!("wrote {}; `wenji build` in that folder binds it\n", path.display()));
    Ok(())
}
