//! Styles: how the books look. A style is a folder of two sheets, `book.css` for the EPUB and `print.toml` for the
//! PDF; some are compiled in, others are the user's.

use std::path::{Path, PathBuf};

use crate::pdf::style::{Style, StyleError};

/// A style that is compiled in.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// What it looks like, in one line.
    pub about: &'static str,
    /// What the style sheet of the EPUB adds to that of the default style.
    css: &'static str,
    print: &'static str,
}

/// The style sheet of the EPUB that those of all styles begin with.
const BASE_CSS: &str = include_str!("../styles/classic/book.css");

macro_rules! shipped {
    ($name:literal, $about:literal, $css:expr) => {
        Shipped {
            name: $name,
            about: $about,
            css: $css,
            print: include_str!(concat!("../styles/", $name, "/print.toml")),
        }
    };
}

/// Every style that is compiled in, the default first.
pub const STYLES: &[Shipped] = &[
    shipped!("classic", "Song for text, Hei for headings, Kai for quotations; 28 characters by 27 lines on A5", ""),
    shipped!(
        "modern",
        "Hei for all but quotations, with a Latin sans; headings at the left; 29 characters by 26 lines on A5",
        include_str!("../styles/modern/book.css")
    ),
    shipped!(
        "eink",
        "for a 6-inch reader: Song a little heavier, no tints, narrow margins; 19 characters by 16 lines",
        include_str!("../styles/eink/book.css")
    ),
];

/// What a style's folder holds.
pub const FILES: [&str; 2] = ["book.css", "print.toml"];

/// A style.
#[derive(Debug, Clone)]
pub struct BookStyle {
    /// Its name, or that of its folder.
    pub name: String,
    /// The style sheet of the EPUB, CSS.
    pub css: String,
    /// The style sheet of the PDF, TOML.
    pub print: String,
    /// The same, read.
    pub sheet: Style,
}

/// A style that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadStyle {
    /// There is no such folder, or a file of it cannot be read.
    #[error("{}: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The folder has neither sheet.
    #[error("{}: a style is a folder with a print.toml, a book.css or both", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// The sheet of the PDF is wrong; the reason names the line and what is allowed there.
    #[error("{}: {reason}", path.display())]
    Sheet {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: StyleError,
    },
}

impl BookStyle {
    /// The style of a name that is compiled in.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        STYLES.iter().find(|style| style.name == name).map(Self::shipped)
    }

    fn shipped(style: &Shipped) -> Self {
        Self {
            name: style.name.to_owned(),
            css: [BASE_CSS, style.css].concat(),
            print: style.print.to_owned(),
            sheet: Style::parse(style.print).expect("a test reads every style sheet that is compiled in"),
        }
    }

    /// Reads the style in a folder. A sheet that is not there is that of the default style.
    ///
    /// # Errors
    /// When neither sheet is there, one cannot be read, or that of the PDF is wrong.
    pub fn read(folder: &Path) -> Result<Self, BadStyle> {
        let read = |file: &str| {
            let path = folder.join(file);
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok(Some(text)),
                Err(reason) if reason.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => Ok(None),
                Err(reason) => Err(BadStyle::Io { path, reason }),
            }
        };
        let (css, print) = (read(FILES[0])?, read(FILES[1])?);
        if css.is_none() && print.is_none() {
            return Err(BadStyle::Empty { path: folder.to_owned() });
        }
        let mut style = Self::default();
        style.name = folder.file_name().map_or_else(|| style.name.clone(), |name| name.to_string_lossy().into_owned());
        style.css = css.unwrap_or(style.css);
        if let Some(print) = print {
            style.sheet =
                Style::parse(&print).map_err(|reason| BadStyle::Sheet { path: folder.join(FILES[1]), reason })?;
            style.print = print;
        }
        Ok(style)
    }
}

impl Default for BookStyle {
    fn default() -> Self {
        Self::shipped(&STYLES[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_can_be_found_and_read() {
        for style in STYLES {
            let found = BookStyle::named(style.name).expect("found");
            assert!(found.css.contains('{') && found.name == style.name);
        }
        assert!(BookStyle::named("none").is_none());
    }

    #[test]
    fn a_folder_is_a_style_and_lends_what_it_lacks() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(BookStyle::read(folder.path()), Err(BadStyle::Empty { .. })));
        std::fs::write(folder.path().join("book.css"), "p { color: inherit }").expect("written");
        let style = BookStyle::read(folder.path()).expect("a style");
        assert_eq!(
            (style.css.as_str(), style.print.as_str()),
            ("p { color: inherit }", BookStyle::default().print.as_str())
        );
        let wrong = BookStyle::default().print.replace("leading = 17.5", "leeding = 17.5");
        std::fs::write(folder.path().join("print.toml"), wrong).expect("written");
        let error = BookStyle::read(folder.path()).expect_err("wrong").to_string();
        assert!(error.contains("print.toml") && error.contains("leeding") && error.contains("leading"), "{error}");
        assert!(matches!(BookStyle::read(&folder.path().join("none")), Err(BadStyle::Io { .. })));
    }
}
