//! Which drafts are the same article: those of one address whose texts are alike.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::Draft;
use crate::book::{Body, Origin};
use crate::canonical::canonical;

/// How many letters are compared at a time. Texts of one language share many shorter runs.
const RUN: usize = 6;

/// So many tenths of the shorter text are in the longer one if they are alike: a feed may give the beginning of its article,
/// and a page has captions that a feed has not.
const ALIKE: usize = 8;

/// What tells an article of the web from others: its address, and its mark in a feed. `None` for a file.
pub(crate) fn key(draft: &Draft) -> Option<String> {
    let Origin::Url(url) = &draft.origin else { return None };
    // An article of a feed that has no page of its own is told by its name in the feed.
    let Some(source) = &draft.source else { return Some(url.clone()) };
    // Some sites call their front page the canonical address of every page.
    let address = canonical(if is_front_page(source) && !is_front_page(url) { url } else { source });
    Some(match &draft.mark {
        Some(mark) => format!("{address}#{mark}"),
        None => address,
    })
}

/// Whether an address is that of a site, and of no page in it.
pub(super) fn is_front_page(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| url.path().trim_matches('/').is_empty() && url.query().is_none())
        && canonical(address).ends_with('#')
}

/// What was met already.
#[derive(Debug)]
pub(crate) struct Met {
    /// The keys that several drafts have: only their texts are compared.
    shared: BTreeSet<String>,
    texts: BTreeMap<String, Vec<BTreeSet<u128>>>,
}

impl Met {
    /// Nothing, before these drafts are met.
    pub(crate) fn before<'a>(drafts: impl IntoIterator<Item = &'a Draft>) -> Self {
        let (mut once, mut shared) = (BTreeSet::new(), BTreeSet::new());
        for key in drafts.into_iter().filter_map(key) {
            if !once.insert(key.clone()) {
                shared.insert(key);
            }
        }
        Self { shared, texts: BTreeMap::new() }
    }

    /// Meets a draft: whether it is another article than those before.
    pub(crate) fn is_new(&mut self, draft: &Draft) -> bool {
        let Some(key) = key(draft).filter(|key| self.shared.contains(key)) else { return true };
        let text = runs(&draft.body);
        let met = self.texts.entry(key).or_default();
        let is_new = !met.iter().any(|other| are_alike(other, &text));
        met.push(text);
        is_new
    }
}

fn are_alike(one: &BTreeSet<u128>, other: &BTreeSet<u128>) -> bool {
    let shorter = one.len().min(other.len());
    one.intersection(other).count() * 10 >= shorter * ALIKE
}

/// The runs of letters and digits that a reader sees, without tags.
fn runs(body: &Body) -> BTreeSet<u128> {
    let is_html = matches!(body, Body::Html(_));
    let mut in_tag = false;
    let seen = |c: &char| {
        match c {
            '<' if is_html => in_tag = true,
            '>' => in_tag = false,
            _ => {}
        }
        !in_tag && c.is_alphanumeric()
    };
    let letters: Vec<char> = body.source().chars().filter(seen).collect();
    // A letter has 21 bits.
    let run = |letters: &[char]| letters.iter().fold(0_u128, |run, c| run << 21 | u128::from(u32::from(*c)));
    if letters.len() < RUN { BTreeSet::from([run(&letters)]) } else { letters.windows(RUN).map(run).collect() }
}

#[cfg(test)]
mod tests {
    use super::super::{Reach, archive};
    use super::*;

    fn draft(origin: &str, source: &str, text: &str) -> Draft {
        let draft = archive::read("# 题\n\n文\n", Origin::Url(origin.to_owned()), Reach::Public);
        Draft { source: Some(source.to_owned()), body: Body::Html(text.to_owned()), ..draft }
    }

    fn new(drafts: &[Draft]) -> Vec<bool> {
        let mut met = Met::before(drafts);
        drafts.iter().map(|draft| met.is_new(draft)).collect()
    }

    #[test]
    fn texts_of_one_address_are_one_article_only_if_they_are_alike() {
        let (page, feed) = ("<p>渡口的<b>船</b>今天不开，江上起了大雾。</p>", "渡口的船今天不开，江上起了大雾……");
        let other = "<p>集市上的梨卖完了，明天再来。</p>";
        let address = "https://a.example/x";
        assert_eq!(new(&[page, feed, other].map(|text| draft(address, address, text))), [true, false, true]);
    }

    #[test]
    fn a_front_page_is_the_address_of_no_other_page() {
        let home = "https://a.example/";
        let key = |origin, source| key(&draft(origin, source, ""));
        assert_ne!(key("https://a.example/1", home), key("https://a.example/2", home));
        assert_eq!(
            key("https://a.example/1?p=2", "https://a.example/1"),
            key("https://a.example/1", "https://a.example/1")
        );
        assert_eq!(key(home, home).as_deref(), Some("a.example?#"));
    }
}
