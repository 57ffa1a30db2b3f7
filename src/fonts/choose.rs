//! Which face shows a grapheme: those of the role, the embedded ones, those of the user's folders, those
//! of the system, in this order. Text of a region whose forms the embedded faces lack asks for a face
//! that has them first.

use super::cluster::{Presentation, is_assigned, is_ignorable, is_picture, is_private, presentation};
use super::face::{Face, FaceId, Origin};
use super::family::{Family, has_serifs, is_for_text};
use super::find::Library;
use super::region::Region;

/// How a grapheme is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// The role.
    pub family: Family,
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Whether it stands on the Han grid.
    pub wide: bool,
    /// Whose forms its language is written in.
    pub region: Option<Region>,
}

/// The faces that have a region's forms, the best first.
pub(super) type Regional = Vec<FaceId>;

/// What stands for a character that no face has; the first that a face has is taken.
pub const BOXES: [char; 4] = ['\u{25A1}', '\u{25AF}', '\u{25FB}', '\u{25A0}'];

impl Library {
    /// The face that shows a grapheme whole; `None` when no face can.
    #[must_use]
    pub fn choose(&self, grapheme: &str, want: &Want) -> Option<FaceId> {
        let role = &self.roles[want.family as usize];
        let wide = &role.wide[usize::from(want.bold)];
        let narrow = &role.narrow[usize::from(want.bold)][usize::from(want.italic)];
        let (first, second) = if want.wide { (wide, narrow) } else { (narrow, wide) };
        let foreign = want.wide && !matches!(want.region, None | Some(Region::Mainland));
        if !foreign && let Some(face) = self.at_first_sight(grapheme, first) {
            return Some(face);
        }
        let has = |id: FaceId| self.face(id).coverage().has_all(grapheme) && self.take(id);
        let shown = presentation(grapheme);
        if let (Presentation::Emoji, Some(emoji)) = (shown, self.emoji)
            && has(emoji)
        {
            return Some(emoji);
        }
        if grapheme.chars().any(is_private) {
            // A code for private use means what the face says that its user chose, and nothing elsewhere.
            let chosen = |id: &FaceId| matches!(self.face(*id).origin(), Origin::User(_) | Origin::System(_));
            return first.iter().chain(second).copied().filter(chosen).find(|&id| has(id));
        }
        let regional = match want.region {
            Some(region) if want.wide => self.regional(region, want.family, want.bold),
            _ => &[],
        };
        let known = regional.iter().chain(first).chain(second).copied().find(|&id| has(id));
        known.or_else(|| self.fall_back(grapheme, want, shown))
    }

    /// The first of some faces, if it has the only character of a grapheme and nothing else could be meant: nearly all
    /// text, and what [`Library::choose`] would come to.
    fn at_first_sight(&self, grapheme: &str, faces: &[FaceId]) -> Option<FaceId> {
        let mut chars = grapheme.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else { return None };
        let face = faces.first().copied().filter(|&id| self.face(id).coverage().has(c))?;
        (!is_picture(c) && !is_private(c) && self.take(face)).then_some(face)
    }

    /// The faces that have a region's forms of Han characters, the one that suits the role best first. Empty
    /// for mainland China, whose forms the faces of every role have, and when there is none.
    #[must_use]
    pub fn regional(&self, region: Region, family: Family, bold: bool) -> &[FaceId] {
        if region == Region::Mainland {
            return &[];
        }
        self.regional[region as usize][family as usize][usize::from(bold)]
            .get_or_init(|| self.find_regional(region, family, bold))
    }

    fn find_regional(&self, region: Region, family: Family, bold: bool) -> Regional {
        let want = Want { family, bold, italic: false, wide: true, region: Some(region) };
        let named = &self.roles[family as usize].wide[usize::from(bold)];
        let has_forms = |face: &Face| {
            let regions = face.regions();
            // A face for Taiwan is nearer to Hong Kong's forms than one for the mainland.
            regions.contains(&region) || (region == Region::HongKong && regions.contains(&Region::Taiwan))
        };
        let rank = |id: FaceId, face: &Face| {
            let nearest = face.regions().contains(&region);
            (!named.contains(&id), !nearest, unlike(face, &want), id)
        };
        let best_first = |faces: &mut dyn Iterator<Item = (FaceId, &Face)>| {
            let mut ranked: Vec<_> =
                faces.filter(|(_, face)| has_forms(face)).map(|(id, face)| rank(id, face)).collect();
            ranked.sort_unstable();
            ranked.into_iter().map(|(.., id)| id).collect::<Regional>()
        };
        let own = best_first(&mut self.iter().filter(|(_, face)| is_for_text(face)));
        if own.is_empty() { best_first(&mut self.system.faces()) } else { own }
    }

    /// A face outside of the role.
    fn fall_back(&self, grapheme: &str, want: &Want, shown: Presentation) -> Option<FaceId> {
        let has = |face: &Face| face.coverage().has_all(grapheme);
        let best = |faces: &mut dyn Iterator<Item = (FaceId, &Face)>| {
            let mut able: Vec<_> =
                faces.filter(|(_, face)| has(face)).map(|(id, face)| (unlike(face, want), id)).collect();
            able.sort_unstable();
            able.into_iter().map(|(_, id)| id).find(|&id| self.take(id))
        };
        let is_text = |id: FaceId| shown != Presentation::Text || Some(id) != self.emoji;
        let of = |origin: fn(&Origin) -> bool| {
            best(&mut self.iter().filter(|(id, face)| origin(face.origin()) && is_text(*id)))
        };
        of(|origin| *origin == Origin::Embedded)
            .or_else(|| of(|origin| matches!(origin, Origin::User(_) | Origin::System(_))))
            .or_else(|| of(|origin| *origin == Origin::Formulas))
            .or_else(|| {
                let known = grapheme.chars().all(|c| is_assigned(c) && !c.is_control());
                let seen = !grapheme.chars().all(is_ignorable);
                if known && seen { best(&mut self.system.faces()) } else { None }
            })
            .or_else(|| self.emoji.filter(|&id| has(self.face(id))))
    }

    /// The face and the character of the box that stands for what no face has.
    #[must_use]
    pub fn missing_box(&self, want: &Want) -> Option<(FaceId, char)> {
        let want = Want { wide: true, region: None, ..*want };
        BOXES.iter().find_map(|&c| Some((self.choose(c.encode_utf8(&mut [0; 4]), &want)?, c)))
    }

    /// Notes that a face of the system is used; `false` when it is not there any more.
    fn take(&self, id: FaceId) -> bool {
        self.system.take(id).unwrap_or(true)
    }

    /// The faces of the system that have been chosen so far.
    pub fn taken_from_system(&self) -> impl Iterator<Item = &Face> {
        self.system.taken()
    }
}

/// How far a face is from what is wanted; less is nearer.
fn unlike(face: &Face, want: &Want) -> (bool, bool, bool, u16) {
    let weight = if want.bold { 700.0 } else { 400.0 };
    let distance = (face.member().weight - weight).abs().min(1000.0) as u16;
    let serifs = matches!(want.family, Family::Serif | Family::Kai);
    (face.is_bold() != want.bold, face.is_italic() && !want.italic, has_serifs(face) != serifs, distance)
}

#[cfg(all(test, feature = "embedded-fonts"))]
mod tests {
    use super::*;

    fn want(family: Family) -> Want {
        Want { family, bold: false, italic: false, wide: false, region: None }
    }

    fn chosen(library: &Library, grapheme: &str) -> Option<String> {
        library.choose(grapheme, &want(Family::Serif)).map(|id| library.face(id).name().to_owned())
    }

    #[test]
    fn a_letter_goes_with_its_marks_to_a_face_that_has_both() {
        let library = Library::embedded().expect("embedded");
        assert_eq!(chosen(&library, "e\u{301}").as_deref(), Some("SourceSerif4-Regular"));
        let base = chosen(&library, "a").expect("a face");
        assert_eq!(base, "SourceSerif4-Regular");
        // Composed, the face has it, though it lacks the mark by itself or not.
        assert_eq!(chosen(&library, "ế").as_deref(), Some("SourceSerif4-Regular"));
    }

    #[test]
    fn emoji_come_from_the_emoji_face_unless_text_is_asked_for() {
        let library = Library::embedded().expect("embedded");
        for emoji in ["😀", "👨\u{200D}👩\u{200D}👧", "👍🏽", "🇨🇳", "1\u{FE0F}\u{20E3}", "☀\u{FE0F}", "⌚"]
        {
            assert_eq!(chosen(&library, emoji).as_deref(), Some("NotoEmoji-Regular"), "{emoji}");
        }
        for text in ["1", "©", "#"] {
            assert_eq!(chosen(&library, text).as_deref(), Some("SourceSerif4-Regular"), "{text}");
        }
    }

    #[test]
    fn codes_for_private_use_and_codes_without_a_meaning_have_no_face() {
        let library = Library::embedded().expect("embedded");
        assert_eq!(chosen(&library, "\u{E000}"), None);
        assert_eq!(chosen(&library, "\u{10FFFF}"), None);
        assert_eq!(chosen(&library, "\u{12000}"), None);
        assert!(library.missing_box(&want(Family::Mono)).is_some());
    }
}
