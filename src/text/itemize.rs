//! Text in runs of one face, style, direction and script.

use std::collections::BTreeSet;
use std::ops::Range;

use unicode_script::UnicodeScript as _;

use super::class::{Class, class_of, resolve};
use super::{Content, Family, TextStyle};
use crate::book::Language;
use crate::fonts::{FaceId, Library};

/// What stands for a character that no face has.
pub(super) const MISSING: char = '\u{25A1}';

/// A character of the paragraph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Char {
    pub(super) at: usize,
    pub(super) c: char,
    pub(super) class: Class,
    /// Index into [`Content::spans`].
    pub(super) span: usize,
    /// Embedding level (UAX #9); odd is right to left.
    pub(super) level: u8,
}

/// Characters that are shaped together.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// Indices of characters.
    pub(super) chars: Range<usize>,
    pub(super) face: FaceId,
    pub(super) script: unicode_script::Script,
    /// Whether no face has its characters.
    pub(super) missing: bool,
}

/// The faces for each role, found once.
#[derive(Debug, Clone)]
pub(super) struct Faces {
    roles: Vec<(Family, bool, FaceId, [FaceId; 2])>,
    fallback: Vec<FaceId>,
    emoji: Option<FaceId>,
}

impl Faces {
    pub(super) fn new(library: &Library) -> Self {
        let first = library.iter().next().map_or(FaceId(0), |(id, _)| id);
        let find = |names: &[&str]| names.iter().find_map(|name| library.named(name)).unwrap_or(first);
        let mut roles = Vec::new();
        let families: [(Family, [&[&str]; 6]); 4] = [
            // Han regular, Han bold, Latin regular, italic, bold, bold italic.
            (
                Family::Serif,
                [
                    &["NotoSerifSC-Regular"],
                    &["NotoSerifSC-Bold"],
                    &["SourceSerif4-Regular"],
                    &["SourceSerif4-Italic"],
                    &["SourceSerif4-Bold"],
                    &["SourceSerif4-BoldItalic"],
                ],
            ),
            (
                Family::Sans,
                [
                    &["NotoSansSC-Regular"],
                    &["NotoSansSC-Bold"],
                    &["NotoSansSC-Regular"],
                    &["SourceSerif4-Italic"],
                    &["NotoSansSC-Bold"],
                    &["SourceSerif4-BoldItalic"],
                ],
            ),
            // No Kai is embedded in bold: Hei takes its place, as in print.
            (
                Family::Kai,
                [
                    &["LXGWWenKai-Regular", "NotoSerifSC-Regular"],
                    &["NotoSansSC-Bold"],
                    &["SourceSerif4-Regular"],
                    &["SourceSerif4-Italic"],
                    &["SourceSerif4-Bold"],
                    &["SourceSerif4-BoldItalic"],
                ],
            ),
            (
                Family::Mono,
                [
                    &["NotoSansSC-Regular"],
                    &["NotoSansSC-Bold"],
                    &["SourceCodePro-Regular"],
                    &["SourceCodePro-Regular"],
                    &["SourceCodePro-Bold"],
                    &["SourceCodePro-Bold"],
                ],
            ),
        ];
        for (family, [han, han_bold, regular, italic, bold, bold_italic]) in families {
            roles.push((family, false, find(han), [find(regular), find(italic)]));
            roles.push((family, true, find(han_bold), [find(bold), find(bold_italic)]));
        }
        let fallback = library.iter().map(|(id, _)| id).collect();
        Self { roles, fallback, emoji: library.named("NotoEmoji-Regular") }
    }

    fn role(&self, style: &TextStyle) -> (FaceId, FaceId) {
        let role = self.roles.iter().find(|(family, bold, ..)| *family == style.family && *bold == style.bold);
        let (_, _, han, latin) = role.expect("`new` has made every role");
        (*han, latin[usize::from(style.italic)])
    }

    /// The face that shows a character in a style; `None` when no face has it.
    pub(super) fn choose(&self, library: &Library, c: char, wide: bool, style: &TextStyle) -> Option<FaceId> {
        let has = |id: FaceId| library.face(id).coverage().has(c);
        let (han, latin) = self.role(style);
        if ('\u{1F000}'..='\u{1FAFF}').contains(&c)
            && let Some(emoji) = self.emoji.filter(|&id| has(id))
        {
            return Some(emoji);
        }
        let (first, second) = if wide { (han, latin) } else { (latin, han) };
        [first, second].into_iter().find(|&id| has(id)).or_else(|| self.fallback.iter().copied().find(|&id| has(id)))
    }
}

/// The characters of a paragraph with their classes.
pub(super) fn characters(content: &Content, language: &Language) -> Vec<Char> {
    let indices: Vec<(usize, char)> = content.text.char_indices().collect();
    let mut wide = resolve(&indices, language);
    let levels = levels(&content.text);
    let mut span = 0;
    let mut chars = Vec::with_capacity(indices.len());
    for (index, &(at, c)) in indices.iter().enumerate() {
        while span + 1 < content.spans.len() && at >= content.spans[span].range.end {
            span += 1;
        }
        // Code is set as it was typed, in its own face.
        wide[index] &= !content.spans.get(span).is_some_and(|s| s.verbatim);
        let level = levels.as_ref().map_or(0, |levels| levels[at].number());
        chars.push(Char { at, c, class: class_of(c, wide[index]), span, level });
    }
    chars
}

/// Whether a character belongs to a script that is written from right to left.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// Whether a paragraph as a whole runs from right to left: most of its letters do. The first strong character, which
/// UAX #9 takes by default (P2), would turn a Chinese paragraph round that begins with a Hebrew name.
pub(super) fn runs_right_to_left(text: &str) -> bool {
    let (mut right, mut other) = (0_usize, 0_usize);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        if is_right_to_left(c) { right += 1 } else { other += 1 }
    }
    right > other
}

/// The embedding levels by byte, for text that has any from right to left (UAX #9).
fn levels(text: &str) -> Option<Vec<unicode_bidi::Level>> {
    let base = if runs_right_to_left(text) { unicode_bidi::Level::rtl() } else { unicode_bidi::Level::ltr() };
    text.contains(is_right_to_left).then(|| unicode_bidi::ParagraphBidiInfo::new(text, Some(base)).levels)
}

/// Whether a character has no shape of its own and goes with the one before it.
fn clings(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0100}'..='\u{E01EF}' | '\u{20E3}')
        || c.script() == unicode_script::Script::Inherited
}

/// Cuts the paragraph into runs. Boxes and line breaks are in no run.
pub(super) fn runs(
    content: &Content,
    chars: &[Char],
    library: &Library,
    faces: &Faces,
    missing: &mut BTreeSet<char>,
) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (index, char) in chars.iter().enumerate() {
        if matches!(char.class, Class::Break | Class::Object) {
            continue;
        }
        let last = runs.last_mut().filter(|run| {
            let before = &chars[index - 1];
            run.chars.end == index && before.span == char.span && before.level == char.level
        });
        if let Some(run) = last {
            let script = char.c.script();
            let neutral = matches!(script, unicode_script::Script::Common | unicode_script::Script::Inherited);
            let stays = clings(char.c) && !run.missing;
            if stays {
                run.chars.end += 1;
                continue;
            }
            let chosen = choose(content, char, library, faces);
            let same_script = neutral || run.script == script || run.script == unicode_script::Script::Common;
            if chosen == (!run.missing).then_some(run.face) && same_script {
                run.chars.end += 1;
                if run.script == unicode_script::Script::Common && !neutral {
                    run.script = script;
                }
                if run.missing {
                    missing.insert(char.c);
                }
                continue;
            }
        }
        let chosen = choose(content, char, library, faces);
        if chosen.is_none() {
            missing.insert(char.c);
        }
        let style = &content.spans[char.span].style;
        let face = chosen.or_else(|| faces.choose(library, MISSING, true, style)).unwrap_or(FaceId(0));
        let script = match char.c.script() {
            unicode_script::Script::Inherited => unicode_script::Script::Common,
            script => script,
        };
        runs.push(Run { chars: index..index + 1, face, script, missing: chosen.is_none() });
    }
    runs
}

fn choose(content: &Content, char: &Char, library: &Library, faces: &Faces) -> Option<FaceId> {
    let style = &content.spans[char.span].style;
    // A control character has no shape; a space of any width is set by the spacing.
    let c = if char.class == Class::Space || char.c.is_control() { ' ' } else { char.c };
    faces.choose(library, c, char.class.is_wide(), style)
}

#[cfg(all(test, feature = "embedded-fonts"))]
mod tests {
    use super::*;
    use crate::text::tests::content;

    fn faces_of(text: &str) -> Vec<(String, String)> {
        let library = Library::embedded().expect("embedded");
        let content = content(text);
        let chars = characters(&content, &Language::chinese());
        let faces = Faces::new(&library);
        let runs = runs(&content, &chars, &library, &faces, &mut BTreeSet::new());
        runs.iter()
            .map(|run| {
                let text = chars[run.chars.clone()].iter().map(|char| char.c).collect();
                (text, library.face(run.face).name().to_owned())
            })
            .collect()
    }

    #[test]
    fn han_and_latin_take_their_own_faces_and_quotes_go_with_han() {
        let runs = faces_of("他用“GPT-4”写作 it’s fine");
        let expected = [
            ("他用“", "NotoSerifSC-Regular"),
            ("GPT-4", "SourceSerif4-Regular"),
            ("”写作", "NotoSerifSC-Regular"),
            (" it’s fine", "SourceSerif4-Regular"),
        ];
        let runs: Vec<(&str, &str)> = runs.iter().map(|(t, f)| (t.as_str(), f.as_str())).collect();
        assert_eq!(runs, expected);
    }

    #[test]
    fn a_character_that_no_face_has_is_told() {
        let library = Library::embedded().expect("embedded");
        let content = content("甲\u{12000}乙");
        let chars = characters(&content, &Language::chinese());
        let mut missing = BTreeSet::new();
        let runs = runs(&content, &chars, &library, &Faces::new(&library), &mut missing);
        assert_eq!(missing.into_iter().collect::<String>(), "\u{12000}");
        assert_eq!(runs.iter().filter(|run| run.missing).count(), 1);
    }
}
