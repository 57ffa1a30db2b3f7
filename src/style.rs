//! The styles that are compiled in: for each a style sheet of the EPUB and one of the PDF.

use crate::pdf::style::Style;

/// A style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookStyle {
    /// Its name.
    pub name: &'static str,
    /// What it looks like, in one line.
    pub about: &'static str,
    /// The style sheet of the EPUB, CSS.
    pub css: &'static str,
    /// The style sheet of the PDF, TOML.
    pub print: &'static str,
}

/// Every style, the default first.
pub const STYLES: &[BookStyle] = &[BookStyle {
    name: "classic",
    about: "Song for text, Hei for headings, Kai for quotations; 28 characters by 27 lines on A5",
    css: include_str!("../styles/classic/book.css"),
    print: include_str!("../styles/classic/print.toml"),
}];

impl BookStyle {
    /// The style of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        STYLES.iter().copied().find(|style| style.name == name)
    }

    /// The parsed style sheet of the PDF.
    #[must_use]
    pub fn print_sheet(&self) -> Style {
        Style::parse(self.print).expect("a test reads every style sheet that is compiled in")
    }
}

impl Default for BookStyle {
    fn default() -> Self {
        STYLES[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_can_be_found_and_read() {
        for style in STYLES {
            assert_eq!(BookStyle::named(style.name), Some(*style));
            let _ = style.print_sheet();
            assert!(style.css.contains('{'), "{}", style.name);
        }
        assert_eq!(BookStyle::named("none"), None);
    }
}
