//! Faces become font objects: a Type 0 font whose codes are the glyph numbers of the subset
//! (ISO 32000-1 9.7), with the advances, the text of each glyph and the font program.
//!
//! printpdf has font objects too, but takes the text of glyphs from its own reading of the face, drops
//! fractions of widths and gives no subset tag.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use lopdf::{Dictionary, Object, ObjectId, Stream, dictionary};
use rayon::prelude::*;

use super::WriteError;
use super::file::{File, stream};
use super::survey::Survey;
use crate::fonts::choose::BOXES;
use crate::fonts::cluster::is_private;
use crate::fonts::subset::{Description, Outlines, Subset, subset};
use crate::fonts::{Face, FaceId, FontError, GlyphId, Library};
use crate::units::Em;

/// What stands in the table of texts for a glyph that has none of its own.
const NO_TEXT: &str = "\u{FFFD}";

/// The width of glyphs that the table of widths leaves out: a Han character's.
const DEFAULT_WIDTH: i16 = 1000;

/// The embedded faces.
#[derive(Debug, Default)]
pub(super) struct Fonts {
    faces: BTreeMap<FaceId, Embedded>,
}

/// A face in the file.
#[derive(Debug)]
pub(super) struct Embedded {
    /// The font object.
    pub(super) id: ObjectId,
    /// The name by which content streams call it.
    pub(super) name: String,
    /// Whether its strokes are bold.
    pub(super) bold: bool,
    /// By glyph of the face.
    glyphs: Vec<Option<Shown>>,
}

/// A glyph in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// Its code.
    pub(super) code: u16,
    /// Its advance in thousandths of the type size, as the file gives it.
    pub(super) width: i16,
    /// The text that a reader takes it for.
    pub(super) text: Box<str>,
}

impl Fonts {
    /// An embedded face.
    pub(super) fn get(&self, face: FaceId) -> Option<&Embedded> {
        self.faces.get(&face)
    }
}

impl Embedded {
    /// A glyph of the face.
    pub(super) fn glyph(&self, glyph: GlyphId) -> Option<&Shown> {
        self.glyphs.get(usize::from(glyph.0))?.as_ref()
    }
}

/// Embeds the faces in use; subsets are made in parallel.
pub(super) fn embed(
    survey: &Survey,
    library: &Library,
    file: &mut File<'_>,
    compress: bool,
) -> Result<Fonts, WriteError> {
    let used: Vec<_> = survey.faces().collect();
    let prepared: Result<Vec<_>, FontError> =
        used.par_iter().map(|(id, glyphs)| Prepared::new(library.face(*id), glyphs, compress)).collect();
    let mut fonts = Fonts::default();
    for ((face, _), prepared) in used.iter().zip(prepared?) {
        let id = prepared.write(library.face(*face), file)?;
        let name = format!("F{}", face.0);
        fonts.faces.insert(*face, Embedded { id, name, bold: library.face(*face).is_bold(), glyphs: prepared.glyphs });
    }
    Ok(fonts)
}

/// All that takes time about a face, made before anything is written.
struct Prepared {
    name: String,
    description: Description,
    outlines: Outlines,
    program: Stream,
    texts: Stream,
    widths: Vec<Object>,
    glyphs: Vec<Option<Shown>>,
}

impl Prepared {
    fn new(face: &Face, used: &[(GlyphId, Option<&str>)], compress: bool) -> Result<Self, FontError> {
        let wanted = used.iter().map(|(glyph, _)| *glyph).collect::<BTreeSet<_>>();
        let subset = subset(face, &wanted)?;
        let description = Description::of(face, &wanted);
        let glyphs = shown(face, &subset, used);
        let mut by_code: Vec<&Shown> = glyphs.iter().flatten().collect();
        by_code.sort_by_key(|shown| shown.code);
        let name = format!("{}+{}", subset.tag(), face.name());
        let texts = stream(Dictionary::new(), to_unicode(&by_code), compress);
        let widths = widths(&by_code);
        let kind = match subset.outlines {
            Outlines::TrueType => dictionary! { "Length1" => length(&subset.bytes) },
            Outlines::Cff => dictionary! { "Subtype" => "CIDFontType0C" },
        };
        let outlines = subset.outlines;
        let program = stream(kind, subset.bytes, compress);
        Ok(Self { name, description, outlines, program, texts, widths, glyphs })
    }

    /// Writes the font with its parts; gives the font object.
    fn write(&self, face: &Face, file: &mut File<'_>) -> std::io::Result<ObjectId> {
        let (program_key, subtype) = match self.outlines {
            Outlines::TrueType => ("FontFile2", "CIDFontType2"),
            Outlines::Cff => ("FontFile3", "CIDFontType0"),
        };
        let mut descriptor = descriptor(face, &self.description, &self.name);
        descriptor.set(program_key, file.add(self.program.clone())?);
        let mut cid_font = dictionary! {
            "Type" => "Font",
            "Subtype" => subtype,
            "BaseFont" => self.name.as_str(),
            "CIDSystemInfo" => dictionary! {
                "Registry" => Object::string_literal("Adobe"),
                "Ordering" => Object::string_literal("Identity"),
                "Supplement" => 0,
            },
            "FontDescriptor" => file.add(descriptor)?,
            "DW" => i64::from(DEFAULT_WIDTH),
            "W" => self.widths.clone(),
        };
        if self.outlines == Outlines::TrueType {
            cid_font.set("CIDToGIDMap", "Identity");
        }
        let descendant = file.add(cid_font)?;
        let texts = file.add(self.texts.clone())?;
        file.add(dictionary! {
            "Type" => "Font",
            "Subtype" => "Type0",
            "BaseFont" => self.name.as_str(),
            "Encoding" => "Identity-H",
            "DescendantFonts" => vec![Object::Reference(descendant)],
            "ToUnicode" => texts,
        })
    }
}

/// The glyphs of a face as the file has them, by their number in the face.
fn shown(face: &Face, subset: &Subset, used: &[(GlyphId, Option<&str>)]) -> Vec<Option<Shown>> {
    // A box that stands for what no face has is read as a box; what it stands for is said where it is.
    let boxes: Vec<(GlyphId, char)> = BOXES.iter().filter_map(|&c| Some((face.glyph(c)?, c))).collect();
    let mut glyphs = Vec::new();
    for (glyph, text) in used {
        let Some(GlyphId(code)) = subset.glyph(*glyph) else { continue };
        let text = match boxes.iter().find(|(known, _)| known == glyph) {
            Some((_, c)) => c.to_string().into(),
            None => text.filter(|text| is_allowed(text)).unwrap_or(NO_TEXT).into(),
        };
        glyphs.resize(glyphs.len().max(usize::from(glyph.0) + 1), None);
        glyphs[usize::from(glyph.0)] = Some(Shown { code, width: thousandths(face.advance(*glyph)), text });
    }
    glyphs
}

/// PDF/A-2 6.2.11.7.2 forbids these values in the table of texts; 6.2.11.7.3 wants codes for private use
/// said by `ActualText`.
fn is_allowed(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\0', '\u{FEFF}', '\u{FFFE}']) && !text.contains(is_private)
}

/// How the face looks, for readers that replace it (9.8).
fn descriptor(face: &Face, description: &Description, name: &str) -> Dictionary {
    let Description { bounds, italic_angle, fixed_pitch, weight } = *description;
    let measures = face.measures();
    // Table 123: bit 1 fixed pitch, bit 3 symbolic (codes are not those of a Latin set), bit 7 italic.
    let flags = i64::from(fixed_pitch) | 4 | (i64::from(face.is_italic()) << 6);
    dictionary! {
        "Type" => "FontDescriptor",
        "FontName" => name,
        "Flags" => flags,
        "FontBBox" => bounds.map(|edge| Object::Integer(i64::from(edge))).to_vec(),
        "ItalicAngle" => italic_angle,
        "Ascent" => i64::from(thousandths(measures.ascent)),
        "Descent" => -i64::from(thousandths(measures.descent)),
        "CapHeight" => i64::from(thousandths(measures.cap_height)),
        // No table has it; for text faces it grows about so with the weight: 80 at 400, 140 at 700.
        "StemV" => i64::from(weight) / 5,
    }
}

fn thousandths(em: Em) -> i16 {
    #[allow(clippy::cast_possible_truncation, reason = "a float saturates, and 32 em are wider than any glyph")]
    let rounded = (em.0 * 1000.0).round() as i16;
    rounded
}

fn length(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}

/// The table of widths (9.7.4.3): a group of following codes is an array, or one number if all are equal.
fn widths(by_code: &[&Shown]) -> Vec<Object> {
    let unusual: Vec<_> = by_code.iter().filter(|shown| shown.width != DEFAULT_WIDTH).collect();
    let mut table = Vec::new();
    for group in unusual.chunk_by(|a, b| b.code == a.code + 1) {
        let (first, last) = (group[0], group[group.len() - 1]);
        table.push(Object::Integer(first.code.into()));
        if group.len() > 1 && group.iter().all(|shown| shown.width == first.width) {
            table.extend([Object::Integer(last.code.into()), Object::Integer(first.width.into())]);
        } else {
            table.push(Object::Array(group.iter().map(|shown| Object::Integer(shown.width.into())).collect()));
        }
    }
    table
}

/// The table of texts (9.10.3): each code with its text in UTF-16.
fn to_unicode(by_code: &[&Shown]) -> Vec<u8> {
    let mut cmap = Vec::with_capacity(by_code.len() * 16 + 400);
    cmap.extend(
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
          /CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n\
          /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
          1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    // Writing into a vector cannot fail.
    for block in by_code.chunks(100) {
        let _ = writeln!(cmap, "{} beginbfchar", block.len());
        for shown in block {
            let _ = write!(cmap, "<{:04X}> <", shown.code);
            for unit in shown.text.encode_utf16() {
                let _ = write!(cmap, "{unit:04X}");
            }
            cmap.extend(b">\n");
        }
        cmap.extend(b"endbfchar\n");
    }
    cmap.extend(b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    cmap
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyph(code: u16, width: i16) -> Shown {
        Shown { code, width, text: "x".into() }
    }

    #[test]
    fn widths_leave_out_what_is_usual_and_group_the_rest() {
        let glyphs = [glyph(0, 500), glyph(1, 600), glyph(2, 1000), glyph(5, 250), glyph(6, 250), glyph(9, 300)];
        let table = widths(&glyphs.iter().collect::<Vec<_>>());
        let mut text = Vec::new();
        super::super::syntax::write(&Object::Array(table), &mut text);
        assert_eq!(String::from_utf8(text).expect("ASCII"), "[0 [500 600] 5 6 250 9 [300]]");
    }

    #[test]
    fn texts_beyond_the_first_plane_are_surrogates() {
        let shown = Shown { code: 1, width: 0, text: "𠮷i".into() };
        let cmap = String::from_utf8(to_unicode(&[&shown])).expect("ASCII");
        assert!(cmap.contains("1 beginbfchar\n<0001> <D842DFB70069>\nendbfchar"), "{cmap}");
    }
}
