//! Which glyphs the pages use, and which text each of them shows.
//!
//! A PDF gives back the text of a glyph by a table of its font. The table is made from what the glyphs
//! stand for on the pages, not from the face's own character map, because there one glyph serves several
//! characters (一 and ⼀, … and ⋯). What is most frequent enters the table; the rest is marked where it
//! occurs ([`super::text`]).

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::fonts::{FaceId, GlyphId};
use crate::pdf::pages::{Glyph, GlyphRun, Item, Page};

/// How many pages are looked through at once.
const PAGES_PER_PART: usize = 256;

/// What a glyph shows, and how often.
type Texts = Vec<(Box<str>, u32)>;

/// The glyphs of each face that is used.
#[derive(Debug, Default)]
pub(super) struct Survey {
    faces: BTreeMap<FaceId, FaceUse>,
}

/// The glyphs of a face: `None` for those not used.
#[derive(Debug, Default)]
struct FaceUse(Vec<Option<Texts>>);

impl FaceUse {
    fn entry(&mut self, glyph: GlyphId) -> &mut Texts {
        let index = usize::from(glyph.0);
        if self.0.len() <= index {
            // Room for every glyph at once, since growing bit by bit copies the table again and again; what is not
            // used takes no memory.
            self.0.reserve_exact((usize::from(u16::MAX) + 1).saturating_sub(self.0.len()));
            self.0.resize_with(index + 1, || None);
        }
        self.0[index].get_or_insert_with(Vec::new)
    }

    fn count(&mut self, glyph: GlyphId, text: &str, times: u32) {
        let texts = self.entry(glyph);
        match texts.iter_mut().find(|(known, _)| **known == *text) {
            Some((_, count)) => *count += times,
            None => texts.push((text.into(), times)),
        }
    }
}

impl Survey {
    /// Looks through all pages.
    pub(super) fn of(pages: &[Page]) -> Self {
        pages.par_chunks(PAGES_PER_PART).map(Self::of_part).reduce(Self::default, Self::joined)
    }

    fn of_part(pages: &[Page]) -> Self {
        let mut survey = Self::default();
        for item in pages.iter().flat_map(|page| &page.items) {
            if let Item::Glyphs(run) = item {
                let face = survey.faces.entry(run.face).or_default();
                for_each_cluster(run, |glyphs, text| count_cluster(face, glyphs, text));
            }
        }
        survey
    }

    /// Sums do not depend on the order in which the parts are joined.
    fn joined(mut self, other: Self) -> Self {
        for (id, theirs) in other.faces {
            let ours = self.faces.entry(id).or_default();
            for (index, texts) in (0_u16..=u16::MAX).zip(theirs.0) {
                let Some(texts) = texts else { continue };
                let glyph = GlyphId(index);
                ours.entry(glyph);
                for (text, times) in texts {
                    ours.count(glyph, &text, times);
                }
            }
        }
        self
    }

    /// The faces in use, with their glyphs in order and the text that each shows most often.
    pub(super) fn faces(&self) -> impl Iterator<Item = (FaceId, Vec<(GlyphId, Option<&str>)>)> {
        self.faces.iter().map(|(id, face)| {
            let used = (0_u16..=u16::MAX).zip(&face.0).filter_map(|(index, texts)| {
                let texts = texts.as_ref()?;
                // The smaller text wins a draw, so that the result does not depend on the order of pages.
                let most = texts.iter().max_by(|a, b| (a.1, &b.0).cmp(&(b.1, &a.0)));
                Some((GlyphId(index), most.map(|(text, _)| &**text)))
            });
            (*id, used.collect())
        })
    }
}

/// Counts what the glyphs of a cluster show: a glyph the whole text, or each glyph its own character.
/// Otherwise the first glyph stands for all, and the cluster will be marked where it occurs.
fn count_cluster(face: &mut FaceUse, glyphs: &[Glyph], text: &str) {
    if let [glyph] = glyphs {
        face.count(glyph.id, text, 1);
    } else if text.chars().count() == glyphs.len() {
        for (glyph, c) in glyphs.iter().zip(text.chars()) {
            face.count(glyph.id, c.encode_utf8(&mut [0; 4]), 1);
        }
    } else {
        for glyph in glyphs {
            face.entry(glyph.id);
        }
    }
}

/// Gives each cluster of a run: the glyphs that belong together, and the text that they show.
pub(super) fn for_each_cluster<'a>(run: &'a GlyphRun, mut each: impl FnMut(&'a [Glyph], &'a str)) {
    let text = |start: u32, end: Option<u32>| {
        let end = end.map_or(run.text.len(), |end| end as usize);
        run.text.get(start as usize..end).unwrap_or_default()
    };
    let mut clusters = run.glyphs.chunk_by(|a, b| a.cluster == b.cluster).peekable();
    if run.glyphs.is_sorted_by_key(|glyph| glyph.cluster) {
        while let Some(glyphs) = clusters.next() {
            each(glyphs, text(glyphs[0].cluster, clusters.peek().map(|next| next[0].cluster)));
        }
        return;
    }
    let mut starts: Vec<u32> = run.glyphs.iter().map(|glyph| glyph.cluster).collect();
    starts.sort_unstable();
    starts.dedup();
    for glyphs in clusters {
        let start = glyphs[0].cluster;
        let next = starts.partition_point(|&other| other <= start);
        each(glyphs, text(start, starts.get(next).copied()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{page, run};
    use super::*;

    fn shown(survey: &Survey) -> Vec<(u16, Option<&str>)> {
        survey.faces().flat_map(|(_, glyphs)| glyphs).map(|(glyph, text)| (glyph.0, text)).collect()
    }

    #[test]
    fn a_cluster_ends_where_the_next_larger_begins() {
        // As a right-to-left run has them: the last characters come first.
        let run = run("abcde", &[(1, 3), (2, 3), (3, 2), (4, 0)]);
        let mut clusters = Vec::new();
        for_each_cluster(&run, |glyphs, text| clusters.push((glyphs.len(), text)));
        assert_eq!(clusters, [(2, "de"), (1, "c"), (1, "ab")]);
    }

    #[test]
    fn the_most_frequent_text_of_a_glyph_wins() {
        let pages = [page(vec![run("一⼀一", &[(9, 0), (9, 3), (9, 6)])]), page(vec![run("fi", &[(3, 0)])])];
        assert_eq!(shown(&Survey::of(&pages)), [(3, Some("fi")), (9, Some("一"))]);
    }

    #[test]
    fn a_draw_does_not_depend_on_the_order() {
        let (a, b) = (page(vec![run("⼀", &[(9, 0)])]), page(vec![run("一", &[(9, 0)])]));
        assert_eq!(shown(&Survey::of(&[a.clone(), b.clone()])), shown(&Survey::of(&[b, a])));
    }

    #[test]
    fn glyphs_of_a_cluster_take_its_characters_one_by_one_where_they_can() {
        let survey = Survey::of(&[page(vec![run("e\u{301}xy", &[(1, 0), (2, 0), (7, 3)])])]);
        assert_eq!(shown(&survey), [(1, Some("e")), (2, Some("\u{301}")), (7, Some("xy"))]);
        let survey = Survey::of(&[page(vec![run("abc", &[(1, 0), (2, 0)])])]);
        assert_eq!(shown(&survey), [(1, None), (2, None)]);
    }
}
