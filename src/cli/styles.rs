//! `wenji styles`: which styles there are, what is in one, and a copy of one to change.

use std::fmt::Write as _;
use std::path::Path;

use wenji::config::values::Format;
use wenji::style::{BookStyle, FILES, STYLES};

use super::typed::{Styles, StylesCommand};
use super::{CliError, say};

pub(super) fn run(styles: &Styles) -> Result<(), CliError> {
    match &styles.command {
        None => {
            let mut out = String::new();
            for style in STYLES {
                // Writing to a String cannot fail.
                let _ = writeln!(out, "{:<12} {}", style.name, style.about);
            }
            say::data(&out)
        }
        Some(StylesCommand::Show { name: style, format, into: Some(folder) }) => write(style, *format, folder),
        Some(StylesCommand::Show { name: style, format: Some(Format::Epub), .. }) => say::data(&style.css),
        Some(StylesCommand::Show { name: style, format: Some(Format::Pdf), .. }) => say::data(&style.print),
        Some(StylesCommand::Show { name: style, format: None, .. }) => {
            let head = |file: &str| format!("/* ---- {}/{file} ---- */\n", style.name);
            say::data(&format!("{}{}\n{}{}", head(FILES[0]), style.css, head(FILES[1]), style.print))
        }
    }
}

/// Writes the sheets of a style into a folder. A file that is there is somebody's work and stays.
fn write(style: &BookStyle, format: Option<Format>, folder: &Path) -> Result<(), CliError> {
    let failed = |path: &Path, reason: std::io::Error| CliError::Io {
        what: path.display().to_string(),
        help: (reason.kind() == std::io::ErrorKind::AlreadyExists)
            .then(|| "name another folder, or move the file away".to_owned()),
        reason,
    };
    std::fs::create_dir_all(folder).map_err(|reason| failed(folder, reason))?;
    let sheets = [(FILES[0], &style.css, Format::Epub), (FILES[1], &style.print, Format::Pdf)];
    for (file, text, _) in sheets.iter().filter(|(.., of)| format.is_none_or(|format| format == *of)) {
        let path = folder.join(file);
        let mut out = std::fs::File::create_new(&path).map_err(|reason| failed(&path, reason))?;
        std::io::Write::write_all(&mut out, text.as_bytes()).map_err(|reason| failed(&path, reason))?;
        say::note(&format!("{}\n", path.display()));
    }
    Ok(())
}
