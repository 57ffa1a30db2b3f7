//! An article that several lists bring is in the book once.

use std::collections::BTreeSet;

use crate::assets::AssetId;
use crate::collect::{Draft, Met, key};

/// What is left.
#[derive(Debug)]
pub(super) struct Distinct {
    /// The drafts, each with the index of its source.
    pub(super) drafts: Vec<(usize, Draft)>,
    /// Addresses that gave nothing, of articles that came from elsewhere: nothing is missing there.
    pub(super) displaced: BTreeSet<String>,
}

/// Leaves out what came from the web and is there already: by its address and a text that is like it, then by its text alone. A shared title is no
/// duplicate, and files are never left out. What could not be had gives way to the article, wherever it stands. What was left
/// out is told to the log. Each draft comes with the index of its source.
#[must_use]
pub(super) fn distinct(mut drafts: Vec<(usize, Draft)>) -> Distinct {
    let there = || drafts.iter().map(|(_, draft)| draft).filter(|draft| draft.loss.is_none());
    let had: BTreeSet<String> = there().filter_map(key).collect();
    let mut met = Met::before(there());
    let (mut addresses, mut texts, mut displaced) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut is_first = |draft: &Draft| {
        let Some(address) = key(draft) else { return true };
        let is_new = if had.contains(&address) && draft.loss.is_some() {
            displaced.insert(draft.origin.key().to_owned());
            false
        } else if draft.loss.is_some() {
            addresses.insert(address)
        } else {
            let text: String = draft.body.source().split_whitespace().collect();
            met.is_new(draft) & texts.insert(AssetId::of(text.as_bytes()))
        };
        if !is_new {
            draft.log_duplicate();
        }
        is_new
    };
    drafts.retain(|(_, draft)| is_first(draft));
    Distinct { drafts, displaced }
}

#[cfg(test)]
mod tests {
    use super::super::select::tests::draft;
    use super::*;
    use crate::book::{Body, Origin};
    use crate::collect::Loss;
    use crate::problem::Code;

    fn web(title: &str, url: &str, text: &str) -> Draft {
        let (origin, source) = (Origin::Url(url.to_owned()), Some(url.to_owned()));
        Draft { origin, source, body: Body::Html(text.to_owned()), ..draft(title, None) }
    }

    fn lost(title: &str, url: &str) -> Draft {
        Draft { loss: Some(Loss { code: Code::ArticleTimeout, status: None }), ..web(title, url, "") }
    }

    fn kept(drafts: Vec<Draft>) -> Vec<String> {
        let left = distinct(drafts.into_iter().map(|draft| (0, draft)).collect());
        left.drafts.into_iter().map(|(_, draft)| draft.title).collect()
    }

    #[test]
    fn an_article_from_the_web_is_kept_once_by_address_and_text_and_files_always_stay() {
        let drafts = vec![
            web("a", "https://a.example/x?id=1", "一"),
            web("b", "http://www.a.example/x/?utm_source=f&id=1#top", "一！"),
            web("c", "https://b.example/", "一 "),
            web("a", "https://a.example/x?id=2", "三"),
            web("d", "https://a.example/x?id=2", "四"),
            draft("f", None),
            draft("f", None),
        ];
        assert_eq!(kept(drafts), ["a", "a", "d", "f", "f"]);
    }

    #[test]
    fn what_could_not_be_had_gives_way_to_the_article_and_is_told_once_for_each_address() {
        let drafts = vec![
            lost("a", "https://a.example/1?utm_source=x"),
            lost("b", "https://a.example/2"),
            lost("b", "https://a.example/2#top"),
            web("c", "https://a.example/1", "一"),
            lost("d", "https://a.example/3"),
        ];
        assert_eq!(kept(drafts), ["b", "c", "d"]);
    }

    #[test]
    fn articles_of_a_feed_without_pages_are_told_by_their_names_in_it() {
        let one =
            |id: &str, text: &str| Draft { source: None, ..web(id, &format!("https://a.example/feed#{id}"), text) };
        assert_eq!(kept(vec![one("1", "一"), one("2", "二"), one("1", "一 ")]), ["1", "2"]);
    }
}
