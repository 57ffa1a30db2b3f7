//! What a face is called, in all the languages that its name table has.

use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider as _};

/// The names of a face.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// The PostScript name.
    pub post_script: String,
    /// The family in English if it has such a name, else in the first language.
    pub family: String,
    /// Every name of the family and the full names, in every language, each once.
    all: Vec<String>,
    /// The languages in which the family has a name (BCP 47).
    languages: Vec<String>,
}

impl Names {
    /// Reads the name table.
    #[must_use]
    pub fn of(font: &FontRef<'_>) -> Self {
        let english = |id| font.localized_strings(id).english_or_first().map(|name| name.chars().collect::<String>());
        let post_script: String =
            english(StringId::POSTSCRIPT_NAME).unwrap_or_default().chars().filter(char::is_ascii_graphic).collect();
        // The typographic family (16) holds all weights; the plain one (1) at most four of them.
        let family = [StringId::TYPOGRAPHIC_FAMILY_NAME, StringId::FAMILY_NAME].into_iter().find_map(english);
        let mut names = Self {
            family: family.unwrap_or_else(|| post_script.clone()),
            post_script: if post_script.is_empty() { "Unnamed".to_owned() } else { post_script },
            ..Self::default()
        };
        for id in [StringId::TYPOGRAPHIC_FAMILY_NAME, StringId::FAMILY_NAME, StringId::FULL_NAME] {
            for name in font.localized_strings(id) {
                if let Some(language) = name.language().filter(|_| id != StringId::FULL_NAME) {
                    names.languages.push(language.to_owned());
                }
                let name: String = name.chars().collect();
                if !name.is_empty() && !names.all.contains(&name) {
                    names.all.push(name);
                }
            }
        }
        names
    }

    /// Whether someone who writes `name` means a family of this face, in any language and spelling:
    /// case, spaces and hyphens do not matter.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let wanted = plain(name);
        self.all.iter().any(|known| plain(known) == wanted)
    }

    /// Whether someone who writes `name` means this very face.
    #[must_use]
    pub fn is_exactly(&self, name: &str) -> bool {
        plain(&self.post_script) == plain(name)
    }

    /// The languages in which the family has a name.
    pub(super) fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(String::as_str)
    }

    /// The family's names in all languages but the English one.
    pub fn other_names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str).filter(|name| !name.is_ascii() && *name != self.family)
    }
}

/// A name without what people spell differently.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(all(test, feature = "embedded-fonts"))]
mod tests {
    use crate::fonts::Library;

    #[test]
    fn a_family_is_found_by_its_names_in_every_language() {
        let library = Library::embedded().expect("embedded");
        let kai = library.face(library.named("LXGWWenKai-Regular").expect("there"));
        for name in ["LXGW WenKai", "lxgw wenkai", "霞鹜文楷"] {
            assert!(kai.names().is_called(name), "{name}");
        }
        assert!(kai.names().is_exactly("LXGWWenKai-Regular") && !kai.names().is_called("WenKai"));
    }
}
