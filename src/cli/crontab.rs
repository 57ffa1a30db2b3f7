//! The user's crontab, by way of the program `crontab`: lines of wenji are replaced, all others stay as they are, byte for byte.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Output, Stdio};

use super::CliError;

/// What `crontab -l` says where there is none yet: that of Debian, cronie and macOS, then that of busybox.
const NONE_YET: [&str; 2] = ["no crontab", "No such file"];

/// Puts these lines, each of which ends in the mark, in place of those that end in it. `false` when nothing changed.
pub(super) fn install(lines: &str, mark: &str) -> Result<bool, CliError> {
    let old = read()?;
    let new = replaced(&old, lines, mark);
    if new == old {
        return Ok(false);
    }
    write(&new).map(|()| true)
}

/// A crontab with other lines of this mark, where the first of them stood, else at its end.
fn replaced(old: &[u8], lines: &str, mark: &str) -> Vec<u8> {
    let is_own = |line: &&[u8]| line.trim_ascii_end().ends_with(format!("# {mark}").as_bytes());
    let mut new = Vec::new();
    let mut is_placed = false;
    for line in old.split_inclusive(|byte| *byte == b'\n') {
        if !is_own(&line) {
            new.extend_from_slice(line);
        } else if !is_placed {
            new.extend_from_slice(lines.as_bytes());
            is_placed = true;
        }
    }
    if !is_placed {
        // Cron does not read a last line without an end.
        if new.last().is_some_and(|byte| *byte != b'\n') {
            new.push(b'\n');
        }
        new.extend_from_slice(lines.as_bytes());
    }
    new
}

/// The crontab as it is. Whatever keeps it from being read must not be taken for an empty one.
fn read() -> Result<Vec<u8>, CliError> {
    let output = program().arg("-l").output().map_err(|error| failed(&error.to_string(), error.kind()))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.success() {
        true => Ok(output.stdout),
        false if NONE_YET.iter().any(|words| said.contains(words)) => Ok(Vec::new()),
        false => Err(failed(&reason(&output), ErrorKind::Other)),
    }
}

fn write(text: &[u8]) -> Result<(), CliError> {
    let io = |error: std::io::Error| failed(&error.to_string(), error.kind());
    let mut command = program();
    let mut child = command.arg("-").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(io)?;
    if let Some(mut input) = child.stdin.take() {
        // What it does not read, it tells with its status.
        let _ = input.write_all(text);
    }
    let output = child.wait_with_output().map_err(io)?;
    if output.status.success() { Ok(()) } else { Err(failed(&reason(&output), ErrorKind::Other)) }
}

fn program() -> Command {
    let mut command = Command::new("crontab");
    command.env("LC_ALL", "C");
    command
}

fn reason(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if said.is_empty() { output.status.to_string() } else { said }
}

fn failed(reason: &str, kind: ErrorKind) -> CliError {
    CliError::Io {
        what: "crontab".to_owned(),
        reason: std::io::Error::new(kind, reason),
        help: Some(
            "nothing was changed; `--dry-run` shows the lines, to be put in by hand where cron is another".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_lines_are_replaced_where_they_stood_and_others_stay_byte_for_byte() {
        let new = |old: &[u8]| replaced(old, "a # wenji-1\nb # wenji-1\n", "wenji-1");
        assert_eq!(new(b""), b"a # wenji-1\nb # wenji-1\n");
        assert_eq!(new(b"x\xff"), b"x\xff\na # wenji-1\nb # wenji-1\n");
        let old = b"\tx \r\n\nold # wenji-1\n# wenji-12\nolder # wenji-1 \r\n# other # wenji-2\nno end";
        let expected = b"\tx \r\n\na # wenji-1\nb # wenji-1\n# wenji-12\n# other # wenji-2\nno end";
        assert_eq!(new(old), expected);
        assert_eq!(new(expected), expected);
    }
}
