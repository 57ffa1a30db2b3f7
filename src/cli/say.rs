//! Data to standard output, everything else to standard error. A reader that has seen enough
//! (`wenji styles | head -1`) is no error, and never a panic.

use std::io::{self, Write as _};

use super::CliError;

/// Prints data.
pub(super) fn data(text: &str) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Io { what: "standard output".to_owned(), reason: error, help: None })
        }
        _ => Ok(()),
    }
}

/// Tells a person something. When nobody can be told, there is nobody to complain to either.
pub(super) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
