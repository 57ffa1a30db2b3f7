//! Which articles stand in which part of the book, and where the parts stand.

use std::collections::BTreeMap;

use super::plan::SourcePlan;
use crate::book::Section;
use crate::collect::Draft;

/// Gives each article its section and brings the articles of a section together. `drafts` come in the order
/// of the sources, each with the index of its own.
///
/// The section of a source beats the one that an article names itself. A section stands where a source
/// first names it, else where an article first does; articles without one keep their place before and
/// behind the sections.
pub(super) fn gather(sources: &[SourcePlan], drafts: Vec<(usize, Draft)>) -> Vec<Draft> {
    // Where each section stands: at a source, and among the drafts of that.
    let mut places: BTreeMap<Section, (usize, usize)> = BTreeMap::new();
    for (index, source) in sources.iter().enumerate() {
        if let Some(section) = &source.section {
            places.entry(section.clone()).or_insert((index, 0));
        }
    }
    let mut placed = Vec::with_capacity(drafts.len());
    for (at, (source, mut draft)) in drafts.into_iter().enumerate() {
        draft.section = sources.get(source).and_then(|source| source.section.clone()).or(draft.section);
        let here = (source, at);
        let place = draft.section.clone().map_or(here, |section| *places.entry(section).or_insert(here));
        placed.push((place, draft));
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, draft)| draft).collect()
}

#[cfg(test)]
mod tests {
    use super::super::select::tests::draft;
    use super::*;
    use crate::collect::Input;

    /// A source without a section for each `-`.
    fn sources(sections: &[&str]) -> Vec<SourcePlan> {
        let plan = |section: &&str| SourcePlan {
            section: Section::new(section).ok().filter(|section| section.title() != "-"),
            ..SourcePlan::from(Input::List(String::new()))
        };
        sections.iter().map(plan).collect()
    }

    /// `1a` is article a of source 1, and `1a=X` one that names the section X itself.
    fn gathered(sections: &[&str], articles: &[&str]) -> String {
        let drafts = articles.iter().map(|article| {
            let (source, title) = article.split_at(1);
            let (title, own) = title.split_once('=').unwrap_or((title, ""));
            (source.parse().expect("a digit"), Draft { section: Section::new(own).ok(), ..draft(title, None) })
        });
        let shown = |draft: Draft| match draft.section {
            Some(section) => format!("{}:{}", section.title(), draft.title),
            None => draft.title,
        };
        gather(&sources(sections), drafts.collect()).into_iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn sources_of_one_section_form_one_part_where_it_is_first_named() {
        assert_eq!(gathered(&["X", "Y", "X"], &["0a", "1b", "2c"]), "X:a X:c Y:b");
        // Also when the source that names it first has no article.
        assert_eq!(gathered(&["X", "Y", "X"], &["1b", "2c"]), "X:c Y:b");
    }

    #[test]
    fn articles_without_a_section_keep_their_place() {
        assert_eq!(gathered(&["-", "X", "-", "X", "-"], &["0a", "1b", "2c", "3d", "4e"]), "a X:b X:d c e");
    }

    #[test]
    fn an_article_may_name_its_section_and_its_source_knows_better() {
        assert_eq!(gathered(&["-"], &["0a", "0b=Z", "0c", "0d=Z"]), "a Z:b Z:d c");
        assert_eq!(gathered(&["-", "Y"], &["0a=Y", "0b", "1c=Z"]), "b Y:a Y:c");
    }
}
