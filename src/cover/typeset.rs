//! Text in lines broken by meaning, of glyphs. A cover has a few words in large type: lines end where
//! words do, best after punctuation, and are of about equal length.

use harfrust::{Feature, ShapeOptions, Tag, UnicodeBuffer};
use icu_segmenter::LineSegmenter;

use crate::book::Language;
use crate::fonts::{Face, FaceId, Family, GlyphId, Library, Region, Want};
use crate::pdf::pages::Glyph;
use crate::text::word_ends;
use crate::units::Pt;

/// No line has room for so many characters.
const LONGEST: usize = 400;

/// The faces of a voice: those of a role.
pub(super) struct Voice<'a> {
    library: &'a Library,
    want: Want,
}

/// Glyphs of one face.
pub(super) struct Run {
    pub(super) face: FaceId,
    pub(super) text: String,
    pub(super) glyphs: Vec<Glyph>,
    pub(super) x: Pt,
}

/// A line of text.
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
    pub(super) width: Pt,
}

impl<'a> Voice<'a> {
    /// A voice of a role in a language.
    pub(super) fn new(library: &'a Library, family: Family, bold: bool, language: &Language) -> Self {
        Self { library, want: Want { family, bold, italic: false, wide: false, region: Region::of(language) } }
    }

    /// The face for a character; `None` when no face has it.
    fn face_of(&self, c: char, after_han: bool) -> Option<FaceId> {
        // Quotation marks, dashes and dots are as wide as Han characters where they stand among them.
        let wide = matches!(c, '\u{2010}'..='\u{2027}' | '\u{2E3A}' | '\u{2E3B}') && after_han;
        let want = Want { wide: wide || is_han(c), ..self.want };
        self.library.choose(c.encode_utf8(&mut [0; 4]), &want)
    }

    /// Sets a line as it is.
    pub(super) fn line(&self, text: &str, size: Pt) -> Line {
        let mut pieces: Vec<(FaceId, String)> = Vec::new();
        let mut after_han = text.chars().any(is_han);
        for c in text.chars() {
            if !c.is_ascii_punctuation() && !c.is_whitespace() && c.is_alphanumeric() {
                after_han = is_han(c);
            }
            // What no face has is not shown as a box on a cover.
            let Some(face) = self.face_of(c, after_han) else { continue };
            match pieces.last_mut() {
                Some((last, piece)) if *last == face => piece.push(c),
                _ => pieces.push((face, c.to_string())),
            }
        }
        let mut line = Line { runs: Vec::new(), width: Pt::ZERO };
        for (id, text) in pieces {
            if line.runs.last().is_some_and(|before| has_gap(&before.text, &text)) {
                line.width += size * GAP;
            }
            let (glyphs, advance) = shape(self.library.face(id), &text, size);
            line.runs.push(Run { face: id, text, glyphs, x: line.width });
            line.width += advance;
        }
        line
    }

    /// Breaks text into at most `most` lines of at most `measure`; `None` when it does not fit so.
    pub(super) fn lines(&self, text: &str, size: Pt, measure: Pt, most: usize) -> Option<Vec<Line>> {
        let pieces = pieces(text);
        let gap = |index: usize| pieces.get(index + 1).is_some_and(|next| has_gap(pieces[index], next));
        let width = |index: usize| self.line(pieces[index], size).width + size * if gap(index) { GAP } else { 0.0 };
        let widths: Vec<f32> = (0..pieces.len()).map(|index| width(index).0).collect();
        let cuts = balance(&pieces, &widths, measure.0, most)?;
        let texts = cuts.windows(2).map(|cut| pieces[cut[0]..cut[1]].concat());
        Some(texts.map(|text| self.line(text.trim(), size)).collect())
    }

    /// Sets one line, shortened with an ellipsis where it is too long.
    pub(super) fn short_line(&self, text: &str, size: Pt, measure: Pt) -> Line {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).take(LONGEST).collect();
        if ends.len() < LONGEST {
            let line = self.line(text, size);
            if line.width.0 <= measure.0 {
                return line;
            }
        }
        let cut = |end: usize| self.line(&(text[..end].trim_end().to_owned() + "…"), size);
        let fitting = ends.partition_point(|&end| cut(end).width.0 <= measure.0);
        cut(fitting.checked_sub(1).map_or(0, |index| ends[index]))
    }
}

/// Whether no line goes on after a colon or a bar: what stands before it is a title of its own.
pub(super) fn keeps_clauses(lines: &[Line]) -> bool {
    lines.iter().all(|line| {
        let text: String = line.runs.iter().map(|run| run.text.as_str()).collect();
        !text.trim_end().trim_end_matches(is_divider).contains(is_divider)
    })
}

fn is_divider(c: char) -> bool {
    matches!(c, '：' | '｜' | '|' | '—')
}

/// The gap between Han and Latin letters, in parts of the type size (CLREQ, *Handling Western Text in Chinese Text*).
const GAP: f32 = 0.25;

/// Whether Han and Latin letters meet where one text follows another.
fn has_gap(before: &str, after: &str) -> bool {
    let letter = |c: Option<char>| c.filter(|c| c.is_alphanumeric());
    let pair = letter(before.chars().next_back()).zip(letter(after.chars().next()));
    pair.is_some_and(|(a, b)| is_han(a) != is_han(b))
}

/// Whether a character is set in a square.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{323AF}')
}

fn shape(face: &Face, text: &str, size: Pt) -> (Vec<Glyph>, Pt) {
    let font = face.font();
    let shaper = face.shaper_data().shaper(&font).instance(face.shaper_instance()).build();
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    // Full-width marks that meet share their space.
    let features = [Feature::new(Tag::new(b"chws"), 1, ..)];
    let shaped = shaper.shape(buffer, ShapeOptions::new().features(&features));
    let scale = size.0 / f32::from(face.measures().units_per_em);
    let mut pen = 0.0;
    let mut glyphs = Vec::new();
    for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
        glyphs.push(Glyph {
            id: GlyphId(u16::try_from(info.glyph_id).unwrap_or(0)),
            x: Pt((pen + position.x_offset as f32) * scale),
            y: Pt(position.y_offset as f32 * scale),
            cluster: info.cluster,
        });
        pen += position.x_advance as f32;
    }
    (glyphs, Pt(pen * scale))
}

/// The text in pieces that are not broken: words with the marks that belong to them.
fn pieces(text: &str) -> Vec<&str> {
    let words = word_ends(text);
    let lines = LineSegmenter::new_for_non_complex_scripts(icu_segmenter::options::LineBreakOptions::default());
    let mut cuts: Vec<usize> = lines.segment_str(text).filter(|at| words.binary_search(at).is_ok()).collect();
    cuts.extend(cuts_beside_quotes(text));
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).filter(|piece| !piece.is_empty()).collect()
}

/// Where a line may end beside a curly quotation mark among Han characters. UAX #14 keeps both sides of
/// every such mark, because in other languages nobody knows whether it opens or closes.
fn cuts_beside_quotes(text: &str) -> Vec<usize> {
    let pairs = text.char_indices().zip(text.chars().skip(1));
    let cut = |((at, before), after): ((usize, char), char)| {
        let opens = matches!(after, '“' | '‘') && is_han(before) && !"（《〈「『【〔".contains(before);
        let closed = matches!(before, '”' | '’')
            && is_han(after)
            && (after.is_alphanumeric() || "（《〈「『【〔".contains(after));
        (opens || closed).then_some(at + before.len_utf8())
    };
    pairs.filter_map(cut).collect()
}

/// The cost of a line that goes on after a title of its own, beside which unevenness does not count.
const GOES_ON: f32 = 0.5;

/// Where lines begin and end, as indices of pieces: as few lines as possible, the most even ones, with a
/// preference for ends after punctuation.
fn balance(pieces: &[&str], widths: &[f32], measure: f32, most: usize) -> Option<Vec<usize>> {
    let (fewest, (cost, cuts)) =
        (1..=most).find_map(|lines| Some((lines, even_lines(pieces, widths, measure, lines)?)))?;
    // One line more may end at the punctuation and read better.
    let more = if fewest > 1 && fewest < most { even_lines(pieces, widths, measure, fewest + 1) } else { None };
    Some(more.filter(|(more, _)| *more < cost - 0.04).map_or(cuts, |(_, cuts)| cuts))
}

/// The cheapest way to set the pieces in so many lines, and what it costs; `None` when they do not fit.
fn even_lines(pieces: &[&str], widths: &[f32], measure: f32, lines: usize) -> Option<(f32, Vec<usize>)> {
    let count = pieces.len();
    let ideal = widths.iter().sum::<f32>() / lines as f32;
    // best[line][end]: the least cost of setting the pieces before `end` in `line` lines, and its last cut.
    let mut best: Vec<Vec<Option<(f32, usize)>>> = vec![vec![None; count + 1]; lines + 1];
    best[0][0] = Some((0.0, 0));
    for line in 1..=lines {
        for end in 1..=count {
            let mut width = 0.0;
            for start in (0..end).rev() {
                width += widths[start];
                if width > measure {
                    break;
                }
                let Some((before, _)) = best[line - 1][start] else { continue };
                let uneven = (width - ideal) / measure;
                let bonus = if end < count && ends_clause(pieces[end - 1]) { 0.06 } else { 0.0 };
                let goes_on = pieces[start..end - 1].iter().any(|piece| piece.trim_end().ends_with(is_divider));
                let cost = before + uneven * uneven - bonus + if goes_on { GOES_ON } else { 0.0 };
                if best[line][end].is_none_or(|(least, _)| cost < least) {
                    best[line][end] = Some((cost, start));
                }
            }
        }
    }
    let (cost, _) = best[lines][count]?;
    let mut cuts = vec![count];
    for row in best[1..].iter().rev() {
        cuts.push(row[*cuts.last()?]?.1);
    }
    cuts.reverse();
    Some((cost, cuts))
}

fn ends_clause(piece: &str) -> bool {
    piece.trim_end().ends_with(|c| "，。：；！？、—…,:;!?|｜·》）)".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, size: f32, measure: f32) -> Vec<String> {
        let library = Library::embedded().expect("embedded faces");
        let voice = Voice::new(&library, Family::Serif, true, &Language::chinese());
        let lines = voice.lines(text, Pt(size), Pt(measure), 6).expect("fits");
        lines.iter().map(|line| line.runs.iter().map(|run| run.text.as_str()).collect()).collect()
    }

    #[test]
    fn a_title_is_broken_between_words_and_after_its_colon() {
        assert_eq!(broken("城市里的候鸟：一份观察笔记", 40.0, 320.0), ["城市里的候鸟：", "一份观察笔记"]);
        let english = broken("The Long Way Home and Other Essays", 40.0, 320.0);
        assert!(english.iter().all(|line| !line.starts_with(' ') && !line.ends_with(' ')), "{english:?}");
    }

    #[test]
    fn all_lines_are_even_the_first_ones_too() {
        let lines = broken("山里的灯火与海上的风声以及我们走过的路", 40.0, 440.0);
        let lengths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
        assert!(lengths.iter().max() <= lengths.iter().min().map(|least| least + 2).as_ref(), "{lines:?}");
    }

    #[test]
    fn a_line_never_begins_with_a_closing_mark() {
        for measure in 170..300 {
            for line in broken("“风”与“水”，以及“山”（上）", 40.0, measure as f32) {
                assert!(!line.starts_with(['”', '，', '）', '、']), "{line}");
            }
        }
    }

    #[test]
    fn han_and_latin_letters_keep_a_quarter_em() {
        let library = Library::embedded().expect("embedded faces");
        let voice = Voice::new(&library, Family::Serif, true, &Language::chinese());
        let width = |text: &str| voice.line(text, Pt(40.0)).width.0;
        assert!((width("看GPT写字") - width("看") - width("GPT") - width("写字") - 20.0).abs() < 0.01);
        assert!((width("看：GPT") - width("看：") - width("GPT")).abs() < 0.01);
    }

    #[test]
    fn a_line_that_is_too_long_ends_in_an_ellipsis() {
        let library = Library::embedded().expect("embedded faces");
        let voice = Voice::new(&library, Family::Serif, true, &Language::chinese());
        let line = voice.short_line(&"长标题".repeat(20), Pt(10.0), Pt(100.0));
        assert!(line.width.0 <= 100.0);
        assert!(line.runs.last().is_some_and(|run| run.text.ends_with('…')));
        let long = voice.short_line(&"长标题".repeat(20_000), Pt(10.0), Pt(100.0));
        assert_eq!((long.width, long.runs.len()), (line.width, line.runs.len()));
    }
}
