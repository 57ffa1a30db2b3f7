//! The faces of the style, put into the book as far as it uses them (`embed_fonts`).
//!
//! Every page is looked through as it is written: which characters it shows in which role ([`Used::see`]). At the
//! end each face becomes a font file of these characters, and rules of CSS give the roles their faces
//! ([`Used::files`]). Readers differ in what they know of `unicode-range`, so Latin and Han are families of their own
//! and take turns by the characters that they have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rayon::prelude::*;

use super::complete::attribute;
use super::outline::resolve;
use crate::book::Language;
use crate::fonts::subset::Outlines;
use crate::fonts::webfont::{WebFont, webfont};
use crate::fonts::{FaceId, Family, FontError, Library, Region, Want};

/// What the pages use.
pub(super) struct Used<'a> {
    library: &'a Library,
    /// Whether text runs from top to bottom.
    vertical: bool,
    faces: BTreeMap<Style, BTreeMap<FaceId, BTreeSet<char>>>,
}

/// A role, bold or not, italic or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Style {
    family: Family,
    bold: bool,
    italic: bool,
}

/// A font file of the book.
pub(super) struct File {
    /// Its name, relative to the package document.
    pub(super) name: String,
    /// Its media type.
    pub(super) media_type: &'static str,
    /// Its content.
    pub(super) bytes: Vec<u8>,
}

/// How text is set at a place of a page.
#[derive(Clone)]
struct Setting {
    style: Style,
    language: Language,
    /// Formulas are set in the reader's face for them.
    skip: bool,
}

impl<'a> Used<'a> {
    pub(super) fn new(library: &'a Library, vertical: bool) -> Self {
        Self { library, vertical, faces: BTreeMap::new() }
    }

    /// Looks through a page, a whole XHTML file.
    pub(super) fn see(&mut self, page: &str, language: &Language) {
        let plain = Style { family: Family::Serif, bold: false, italic: false };
        let mut open = vec![Setting { style: plain, language: language.clone(), skip: true }];
        let mut reader = Reader::from_str(page);
        // A page is well-formed; if it were not, what was read so far would do.
        while let Ok(event) = reader.read_event() {
            let here = open.last().cloned();
            match (event, here) {
                (Event::Eof, _) | (_, None) => break,
                (Event::Start(start), Some(here)) => open.push(inside(&start, here)),
                (Event::End(_), _) => drop(open.pop()),
                (Event::Text(text), Some(here)) => self.text(&text.xml10_content(), &here),
                (Event::GeneralRef(reference), Some(here)) => self.text(&resolve(&reference), &here),
                _ => {}
            }
        }
    }

    /// Notes an entry of the contents, which are set as text.
    pub(super) fn entry(&mut self, text: &str, language: &Language) {
        let style = Style { family: Family::Serif, bold: false, italic: false };
        self.text(text, &Setting { style, language: language.clone(), skip: false });
    }

    /// Notes the heading of the contents.
    pub(super) fn heading(&mut self, text: &str, language: &Language) {
        let style = Style { family: Family::Sans, bold: true, italic: false };
        self.text(text, &Setting { style, language: language.clone(), skip: false });
    }

    fn text(&mut self, text: &str, here: &Setting) {
        if here.skip {
            return;
        }
        let Style { family, bold, italic } = here.style;
        let region = Region::of(&here.language);
        let known = self.faces.entry(here.style).or_default();
        // A subset has no other forms of its marks, and in vertical text a mark needs one: the reader's own face has it.
        let vertical = self.vertical;
        let shown = |c: &char| !(c.is_control() || vertical && is_mark(*c));
        for c in text.chars().filter(shown) {
            if known.values().any(|characters| characters.contains(&c)) {
                continue;
            }
            let want = Want { family, bold, italic, wide: is_wide(c, &here.language), region };
            if let Some(face) = self.library.choose(c.encode_utf8(&mut [0; 4]), &want) {
                known.entry(face).or_default().insert(c);
            }
        }
    }

    /// The font files, and the rules that use them. A face that cannot be subset is left out: a reader has others.
    pub(super) fn files(&self) -> (Vec<File>, String, Vec<FontError>) {
        let mut by_face: BTreeMap<FaceId, BTreeSet<char>> = BTreeMap::new();
        for (face, characters) in self.faces.values().flatten() {
            by_face.entry(*face).or_default().extend(characters);
        }
        let made: Vec<(FaceId, Result<WebFont, FontError>)> = by_face
            .par_iter()
            .map(|(face, characters)| (*face, webfont(self.library.face(*face), characters)))
            .collect();
        let (mut files, mut names, mut errors) = (Vec::new(), BTreeMap::new(), Vec::new());
        for (face, font) in made {
            match font {
                Ok(font) => {
                    let (extension, media_type) = match font.outlines {
                        Outlines::TrueType => ("ttf", "font/ttf"),
                        Outlines::Cff => ("otf", "font/otf"),
                    };
                    let name = format!("fonts/{:02}.{extension}", files.len() + 1);
                    names.insert(face, name.clone());
                    files.push(File { name, media_type, bytes: font.bytes });
                }
                Err(error) => errors.push(error),
            }
        }
        let css = self.rules(&names);
        (files, css, errors)
    }

    /// The rules for the faces that became these files.
    fn rules(&self, names: &BTreeMap<FaceId, String>) -> String {
        let mut css = String::new();
        let mut stacks: BTreeMap<Family, [BTreeSet<String>; 2]> = BTreeMap::new();
        for (style, faces) in &self.faces {
            let mut counts = [0_usize; 2];
            // The face with most characters of a script comes first.
            let mut ranked: Vec<_> = faces.iter().filter(|(face, _)| names.contains_key(face)).collect();
            ranked.sort_by_key(|(face, characters)| (std::cmp::Reverse(characters.len()), **face));
            for (face, characters) in ranked {
                let han = characters.iter().any(|&c| is_wide(c, &Language::english()));
                let side = usize::from(han);
                counts[side] += 1;
                let name = format!("{}-{}-{}", style.family.key(), ["latin", "han"][side], counts[side]);
                let weight = if style.bold { "bold" } else { "normal" };
                let slope = if style.italic { "italic" } else { "normal" };
                // Writing to a string does not fail.
                let _ = writeln!(
                    css,
                    "@font-face {{ font-family: \"{name}\"; font-weight: {weight}; font-style: {slope}; src: url({}); }}",
                    names[face]
                );
                stacks.entry(style.family).or_default()[side].insert(name);
            }
        }
        for (family, [latin, han]) in &stacks {
            let stack = |first: &BTreeSet<String>, then: &BTreeSet<String>| {
                let named: Vec<String> = first.iter().chain(then).map(|name| format!("\"{name}\"")).collect();
                format!("{}, {}", named.join(", "), generic(*family))
            };
            let [any, han_text] = selectors(*family);
            let _ = writeln!(css, "{any} {{ font-family: {}; }}", stack(latin, han));
            let _ = writeln!(css, "{han_text} {{ font-family: {}; }}", stack(han, latin));
        }
        css
    }
}

/// What a role sets: in any language, and in Chinese and Japanese, whose quotation marks are those of the Han face.
fn selectors(family: Family) -> [&'static str; 2] {
    match family {
        Family::Serif => ["body", "body:lang(zh), body:lang(ja)"],
        Family::Sans => [
            "h1, h2, h3, h4, h5, h6, th",
            ":lang(zh) h1, :lang(zh) h2, :lang(zh) h3, :lang(zh) h4, :lang(zh) h5, :lang(zh) h6, :lang(zh) th",
        ],
        Family::Kai => [
            "blockquote, figcaption, .byline",
            ":lang(zh) blockquote, :lang(zh) figcaption, :lang(zh) .byline, :lang(zh) em, :lang(ja) em",
        ],
        Family::Mono => ["code, pre, kbd, samp", ":lang(zh) code, :lang(zh) pre, :lang(zh) kbd, :lang(zh) samp"],
    }
}

fn generic(family: Family) -> &'static str {
    match family {
        Family::Serif | Family::Kai => "serif",
        Family::Sans => "sans-serif",
        Family::Mono => "monospace",
    }
}

/// How text is set inside an element, which is what the style sheets say.
fn inside(start: &BytesStart<'_>, mut here: Setting) -> Setting {
    if let Some(language) = attribute(start, "lang").and_then(|tag| Language::new(&tag).ok()) {
        here.language = language;
    }
    let class = attribute(start, "class").unwrap_or_default();
    let is = |name: &str| class.split(' ').any(|class| class == name);
    match start.name().0 {
        "body" => here.skip = false,
        "math" => here.skip = true,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "th" => {
            here.style.family = Family::Sans;
            here.style.bold = true;
        }
        "strong" | "b" | "dt" => here.style.bold = true,
        "blockquote" | "figcaption" => here.style.family = Family::Kai,
        "code" | "pre" | "kbd" | "samp" => here.style.family = Family::Mono,
        "em" | "i" | "cite" | "dfn" if is("dots") => {}
        "em" if here.language.is_han() => here.style.family = Family::Kai,
        "em" | "i" | "cite" | "dfn" => here.style.italic = true,
        _ if is("byline") => here.style.family = Family::Kai,
        _ if is("alert-title") => here.style.bold = true,
        _ => {}
    }
    here
}

/// Whether a character looks otherwise in vertical text (Unicode UAX #50, Tr and Tu, and what turns in Han faces).
fn is_mark(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2027}' | '\u{3001}' | '\u{3002}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301F}' | '\u{30FC}')
        || matches!(
            c,
            '\u{FF01}' | '\u{FF08}' | '\u{FF09}' | '\u{FF0C}' | '\u{FF0E}' | '\u{FF1A}' | '\u{FF1B}' | '\u{FF1F}'
        )
        || matches!(c, '\u{FF3B}' | '\u{FF3D}' | '\u{FF3F}' | '\u{FF5B}'..='\u{FF5E}')
}

/// Whether a character is set from the Han face: its own script says so, or it is a mark in Han text.
fn is_wide(c: char, language: &Language) -> bool {
    let own = matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}')
        || matches!(c, '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{323AF}');
    own || language.is_han() && matches!(c, '\u{B7}' | '\u{2010}'..='\u{2027}' | '\u{2E3A}' | '\u{2E3B}')
}
