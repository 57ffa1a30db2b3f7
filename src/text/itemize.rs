//! Text in runs of one face, style, direction and script.

use std::ops::Range;

use unicode_script::UnicodeScript as _;

use super::class::{Class, class_of, resolve};
use super::{Content, Findings};
use crate::book::Language;
use crate::fonts::cluster::{is_ignorable, starts};
use crate::fonts::{FaceId, Library, Region, Want};

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
    /// How its characters are to look.
    pub(super) want: Want,
    /// What stands for each of its characters, if no face has them.
    pub(super) missing: Option<char>,
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
    text.contains(is_right_to_left).then(|| {
        let base = if runs_right_to_left(text) { unicode_bidi::Level::rtl() } else { unicode_bidi::Level::ltr() };
        unicode_bidi::ParagraphBidiInfo::new(text, Some(base)).levels
    })
}

/// The script of a character. The tables are not asked for what nearly all text is.
pub(super) fn script_of(c: char) -> unicode_script::Script {
    match c {
        '\u{4E00}'..='\u{9FFF}' => unicode_script::Script::Han,
        'A'..='Z' | 'a'..='z' => unicode_script::Script::Latin,
        _ => c.script(),
    }
}

/// Cuts the paragraph into runs. Boxes and line breaks are in no run.
pub(super) fn runs(
    content: &Content,
    chars: &[Char],
    library: &Library,
    language: &Language,
    findings: &mut Findings,
) -> Vec<Run> {
    let starts = starts(&content.text);
    let region = Region::of(language);
    let regions = content.spans.iter().map(|span| span.language.as_ref().map_or(region, Region::of)).collect();
    let mut itemizer = Itemizer { content, chars, library, regions, findings, runs: Vec::new() };
    let mut index = 0;
    while index < chars.len() {
        let char = &chars[index];
        let mut end = index + 1;
        if matches!(char.class, Class::Break | Class::Object) {
            index = end;
            continue;
        }
        let goes_on = |next: &Char| {
            next.span == char.span
                && next.level == char.level
                && !matches!(next.class, Class::Break | Class::Object)
                && starts.as_ref().is_some_and(|starts| starts.binary_search(&next.at).is_err())
        };
        while chars.get(end).is_some_and(goes_on) {
            end += 1;
        }
        itemizer.grapheme(index..end);
        index = end;
    }
    itemizer.runs
}

/// The paragraph, and its runs so far.
struct Itemizer<'a> {
    content: &'a Content,
    chars: &'a [Char],
    library: &'a Library,
    /// By span: whose letter forms its language is written in.
    regions: Vec<Option<Region>>,
    findings: &'a mut Findings,
    runs: Vec<Run>,
}

impl Itemizer<'_> {
    /// Gives a grapheme to a face that shows it whole. If there is none, each of its characters is on its own.
    fn grapheme(&mut self, range: Range<usize>) {
        let chars = &self.chars[range.clone()];
        let (first, last) = (&chars[0], &chars[chars.len() - 1]);
        let whole = &self.content.text[first.at..last.at + last.c.len_utf8()];
        let want = self.want(first);
        if whole.chars().all(is_ignorable) && self.join(&range) {
            return;
        }
        // A control character has no shape; a space of any width is set by the spacing.
        let plain = chars.len() == 1 && (first.class == Class::Space || first.c.is_control());
        if let Some(face) = self.library.choose(if plain { " " } else { whole }, &want) {
            self.note_region(first, &want, face);
            self.push(range, face, want, None);
        } else if range.len() > 1 {
            range.for_each(|index| self.grapheme(index..index + 1));
        } else {
            self.findings.missing.insert(first.c);
            let (face, stands) = self.library.missing_box(&want).unwrap_or((FaceId(0), ' '));
            self.push(range, face, want, Some(stands));
        }
    }

    fn want(&self, char: &Char) -> Want {
        let style = &self.content.spans[char.span].style;
        let wide = char.class.is_wide();
        Want { family: style.family, bold: style.bold, italic: style.italic, wide, region: self.regions[char.span] }
    }

    /// Notes text whose region's forms no face has, or none in bold.
    fn note_region(&mut self, char: &Char, want: &Want, face: FaceId) {
        if let (Class::Han, Some(region)) = (char.class, want.region)
            && region != Region::Mainland
        {
            if self.library.regional(region, want.family, want.bold).is_empty() {
                self.findings.regions.insert(region);
            } else if want.bold && !self.library.face(face).is_bold() {
                self.findings.not_bold.insert(region);
            }
        }
    }

    /// Adds characters that are not seen to the run before them.
    fn join(&mut self, range: &Range<usize>) -> bool {
        let (chars, start) = (self.chars, range.start);
        let run = self.runs.last_mut().filter(|run| {
            run.chars.end == start
                && run.missing.is_none()
                && chars[start - 1].span == chars[start].span
                && chars[start - 1].level == chars[start].level
        });
        run.map(|run| run.chars.end = range.end).is_some()
    }

    fn push(&mut self, range: Range<usize>, face: FaceId, want: Want, missing: Option<char>) {
        use unicode_script::Script::{Common, Inherited};
        let scripts = self.chars[range.clone()].iter().map(|char| script_of(char.c));
        let script = scripts.into_iter().find(|script| !matches!(script, Common | Inherited)).unwrap_or(Common);
        let char = &self.chars[range.start];
        if let Some(run) = self.runs.last_mut() {
            let before = &self.chars[run.chars.end - 1];
            let alike = run.chars.end == range.start
                && (run.face, run.missing) == (face, missing)
                && (before.span, before.level) == (char.span, char.level)
                && (script == Common || run.script == script || run.script == Common);
            if alike {
                run.chars.end = range.end;
                if run.script == Common {
                    run.script = script;
                }
                return;
            }
        }
        self.runs.push(Run { chars: range, face, script, want, missing });
    }
}

#[cfg(all(test, feature = "embedded-fonts"))]
mod tests {
    use super::*;
    use crate::text::tests::content;

    fn faces_of(text: &str) -> Vec<(String, String)> {
        let library = Library::embedded().expect("embedded");
        let content = content(text);
        let chars = characters(&content, &Language::chinese());
        let runs = runs(&content, &chars, &library, &Language::chinese(), &mut Findings::default());
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
        let mut findings = Findings::default();
        let runs = runs(&content, &chars, &library, &Language::chinese(), &mut findings);
        assert_eq!(findings.missing.into_iter().collect::<String>(), "\u{12000}");
        assert_eq!(runs.iter().filter(|run| run.missing.is_some()).count(), 1);
    }
}
