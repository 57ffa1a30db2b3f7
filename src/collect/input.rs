//! What was typed, and what it means.

use std::path::{Path, PathBuf};

use url::Url;

/// A source that the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// A folder, with all that is below it.
    Folder(PathBuf),
    /// A pattern of paths with `*`, `?`, `[…]` or `**`.
    Glob(String),
    /// An http(s) address.
    Url(String),
    /// The http(s) address of a feed, or of a list of feeds.
    Feed(String),
    /// The address of an article that a feed named in an earlier run.
    Remembered {
        /// The address.
        address: Url,
        /// The server that the user typed, if that led to it.
        server: Option<Url>,
    },
    /// What standard input held: an input a line.
    List(String),
}

impl Input {
    /// Tells what was typed, relative to the current folder. The disk is asked only whether a path is a file or a
    /// folder; a path that does not exist is a [`Input::File`], and is reported when it is read. `-` is the
    /// caller's: what standard input holds becomes [`Input::List`].
    #[must_use]
    pub fn parse(typed: &str) -> Self {
        Self::parse_in(Path::new(""), typed)
    }

    /// The same, relative to a folder, such as that of wenji.toml.
    #[must_use]
    pub fn parse_in(base: &Path, typed: &str) -> Self {
        if is_web_address(typed) {
            return Self::Url(typed.to_owned());
        }
        let path = base.join(typed);
        if path.is_dir() {
            return Self::Folder(path);
        }
        if !path.is_file() && typed.contains(['*', '?', '[']) {
            // Only what was typed is a pattern: the folder's own name may hold the same characters.
            let base = glob::Pattern::escape(&base.to_string_lossy());
            return Self::Glob(Path::new(&base).join(typed).to_string_lossy().into_owned());
        }
        Self::File(path)
    }
}

/// Whether a text begins as an http(s) address does; schemes are case-insensitive (RFC 3986 3.1).
fn is_web_address(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_an_input_tells_its_kind() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("odd[1].md"), "x").expect("written");
        let parse = |typed: &str| Input::parse_in(folder.path(), typed);
        assert_eq!(parse("HTTPS://example.org/a*b"), Input::Url("HTTPS://example.org/a*b".to_owned()));
        assert_eq!(parse("odd[1].md"), Input::File(folder.path().join("odd[1].md")));
        assert_eq!(parse("."), Input::Folder(folder.path().join(".")));
        assert_eq!(parse("none.md"), Input::File(folder.path().join("none.md")));
        assert!(matches!(parse("**/*.md"), Input::Glob(pattern) if pattern.ends_with("**/*.md")));
        assert_eq!(parse("文"), Input::File(folder.path().join("文")));
    }
}
