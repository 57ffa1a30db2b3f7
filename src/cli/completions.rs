//! `wenji completions` and `wenji man`: made from the command line's own definition.

use clap::CommandFactory as _;

use super::typed::{Completions, Typed};
use super::{CliError, say};

pub(super) fn run(completions: &Completions) -> Result<(), CliError> {
    let mut out = Vec::new();
    clap_complete::generate(completions.shell, &mut Typed::command(), "wenji", &mut out);
    say::data(&String::from_utf8_lossy(&out))
}

/// The manual page: the program, then each subcommand.
pub(super) fn man() -> Result<(), CliError> {
    let mut command = Typed::command();
    command.build();
    let mut out = Vec::new();
    let pages = std::iter::once(&command).chain(command.get_subcommands().filter(|sub| sub.get_name() != "help"));
    for page in pages {
        let rendered = clap_mangen::Man::new(page.clone()).render(&mut out);
        rendered.map_err(|reason| CliError::Io { what: "the manual page".to_owned(), reason, help: None })?;
    }
    say::data(&String::from_utf8_lossy(&out))
}
