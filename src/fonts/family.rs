//! The families of a style by their role, and the members of each.
//!
//! What the user names under `[fonts]` comes before the embedded faces of the role. A family that has Han
//! characters becomes the Han face of the role, one that has only Latin the Latin face. In headings and
//! code a Han family brings its own Latin along, since Hei and code are drawn to match; in text the Latin
//! face stays what it was.

use super::face::{Face, FaceId, Origin};
use super::find::Library;

/// The families of a style, by their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Text: Song with a Latin serif.
    Serif,
    /// Headings: Hei with its own Latin.
    Sans,
    /// Quotations, bylines and captions: Kai with a Latin serif.
    Kai,
    /// Code.
    Mono,
}

impl Family {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Serif, Self::Sans, Self::Kai, Self::Mono];

    /// The key of `[fonts]` that names it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Serif => "serif",
            Self::Sans => "sans",
            Self::Kai => "kai",
            Self::Mono => "mono",
        }
    }

    /// The embedded faces: Han regular and bold; Latin regular, italic, bold, bold italic.
    fn embedded(self) -> [&'static str; 6] {
        match self {
            Self::Serif => [
                "NotoSerifSC-Regular",
                "NotoSerifSC-Bold",
                "SourceSerif4-Regular",
                "SourceSerif4-Italic",
                "SourceSerif4-Bold",
                "SourceSerif4-BoldItalic",
            ],
            Self::Sans => [
                "NotoSansSC-Regular",
                "NotoSansSC-Bold",
                "SourceSans3-Regular",
                "SourceSans3-Italic",
                "SourceSans3-Bold",
                "SourceSans3-BoldItalic",
            ],
            // No Kai is embedded in bold: Hei takes its place, as in print.
            Self::Kai => [
                "LXGWWenKai-Regular",
                "NotoSansSC-Bold",
                "SourceSerif4-Regular",
                "SourceSerif4-Italic",
                "SourceSerif4-Bold",
                "SourceSerif4-BoldItalic",
            ],
            Self::Mono => [
                "NotoSansSC-Regular",
                "NotoSansSC-Bold",
                "SourceCodePro-Regular",
                "SourceCodePro-Regular",
                "SourceCodePro-Bold",
                "SourceCodePro-Bold",
            ],
        }
    }
}

/// The faces of a role, each list in the order in which it is asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Role {
    /// For characters on the Han grid: regular, bold.
    pub(super) wide: [Vec<FaceId>; 2],
    /// For all others: by boldness, then by slope.
    pub(super) narrow: [[Vec<FaceId>; 2]; 2],
}

/// A member of a family that is not there, for which another family stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// Bold.
    Bold,
    /// Italic, of a family of Latin letters.
    Italic,
}

impl Role {
    /// The embedded faces of a role. Without them, the first face of the library stands for all.
    pub(super) fn embedded(library: &Library, family: Family) -> Self {
        let first = library.iter().next().map(|(id, _)| id);
        let [han, han_bold, regular, italic, bold, bold_italic] =
            family.embedded().map(|name| library.named(name).or(first).into_iter().collect::<Vec<_>>());
        Self { wide: [han, han_bold], narrow: [[regular, italic], [bold, bold_italic]] }
    }

    /// Puts families, the first one foremost, before the faces of the role. Gives what they lack.
    pub(super) fn prefer(&mut self, library: &Library, family: Family, names: &[String]) -> Vec<(String, Lack)> {
        let mut lacks = Vec::new();
        // The last named goes in first, so that the first named ends up before it.
        for name in names.iter().rev() {
            let members = Members::of(library, name);
            let Some(regular) = members.regular else { continue };
            let has = |c| library.face(regular).coverage().has(c);
            let is_wide = ['一', 'あ', '가'].into_iter().any(has);
            if is_wide {
                // A bold of another family comes before the regular of this one: strong text must look so.
                self.wide[0].insert(0, regular);
                self.wide[1].insert(usize::from(members.bold.is_none()), members.bold.unwrap_or(regular));
            }
            if has('a') && (!is_wide || matches!(family, Family::Sans | Family::Mono)) {
                self.prefer_narrow(&members, regular, is_wide || family == Family::Mono);
            }
            if members.bold.is_none() {
                lacks.push((name.clone(), Lack::Bold));
            }
            if members.italic.is_none() && !is_wide && family != Family::Mono {
                lacks.push((name.clone(), Lack::Italic));
            }
        }
        lacks.reverse();
        lacks
    }

    /// Latin of a family; `upright` families show what is slanted upright rather than in another family.
    fn prefer_narrow(&mut self, members: &Members, regular: FaceId, upright: bool) {
        let Members { bold, italic, bold_italic, .. } = *members;
        self.narrow[0][0].insert(0, regular);
        let bold_at = usize::from(bold.is_none());
        self.narrow[1][0].insert(bold_at.min(self.narrow[1][0].len()), bold.unwrap_or(regular));
        for (weight, slanted, straight) in [(0, italic, Some(regular)), (1, bold_italic, bold)] {
            if let Some(face) = slanted.or(straight.filter(|_| upright)) {
                self.narrow[weight][1].insert(0, face);
            }
        }
    }
}

/// The members of a family that a book is set in.
#[derive(Debug, Clone, Copy, Default)]
struct Members {
    regular: Option<FaceId>,
    bold: Option<FaceId>,
    italic: Option<FaceId>,
    bold_italic: Option<FaceId>,
}

impl Members {
    /// Finds them by weight, width and slope, as CSS Fonts 4, section 5.2, matches: width first, then the
    /// weight. A PostScript name says which face is the regular one.
    fn of(library: &Library, name: &str) -> Self {
        let mut members = library.called(|face| face.names().is_called(name));
        let exact = if members.is_empty() { library.called(|face| face.names().is_exactly(name)) } else { Vec::new() };
        let exact = exact.first().copied();
        if let Some((_, face)) = exact {
            members = library.called(|other| other.names().is_called(&face.names().family));
        }
        let closest = |weight: f32, bold: bool, italic: bool| {
            let alike = members.iter().filter(|(_, face)| face.is_bold() == bold && face.is_italic() == italic);
            let distance = |face: &Face| {
                let member = face.member();
                ((member.width - 1.0).abs(), (member.weight - weight).abs())
            };
            let least = alike
                .min_by(|(_, a), (_, b)| distance(a).partial_cmp(&distance(b)).unwrap_or(std::cmp::Ordering::Equal));
            least.map(|(id, _)| *id)
        };
        let upright = closest(400.0, false, false);
        let any = members.first().map(|(id, _)| *id);
        Self {
            regular: exact.filter(|(_, face)| !face.is_italic()).map(|(id, _)| id).or(upright).or(any),
            bold: closest(700.0, true, false),
            italic: closest(400.0, false, true),
            bold_italic: closest(700.0, true, true),
        }
    }
}

/// Whether a face is drawn with serifs, as far as its names and tables say: Song and Ming are, Hei and
/// Gothic are not.
pub(super) fn has_serifs(face: &Face) -> bool {
    let names = face.names();
    let name = std::iter::once(names.family.as_str()).chain(names.other_names()).collect::<Vec<_>>().join(" ");
    let name = name.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    !says(&["sans", "gothic", "hei", "黑", "ゴシック", "dotum", "gulim", "고딕", "round", "mono"])
        && says(&[
            "serif", "song", "sung", "ming", "mincho", "宋", "明", "batang", "myeongjo", "명조", "times", "roman",
        ])
}

/// Whether a face may be named in a role or stand in for another.
pub(super) fn is_for_text(face: &Face) -> bool {
    *face.origin() != Origin::Formulas
}
