//! `wenji styles`: which styles there are, and what is in one.

use std::fmt::Write as _;

use wenji::config::values::Format;
use wenji::style::STYLES;

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
        Some(StylesCommand::Show { name: style, format: Some(Format::Epub) }) => say::data(style.css),
        Some(StylesCommand::Show { name: style, format: Some(Format::Pdf) }) => say::data(style.print),
        Some(StylesCommand::Show { name: style, format: None }) => {
            let head = |file: &str| format!("/* ---- {}/{file} ---- */\n", style.name);
            say::data(&format!("{}{}\n{}{}", head("book.css"), style.css, head("print.toml"), style.print))
        }
    }
}
