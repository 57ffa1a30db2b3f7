//! An article that several lists bring is in the book once.

use std::collections::BTreeSet;

use url::{Url, form_urlencoded};

use crate::assets::AssetId;
use crate::book::Origin;
use crate::collect::Draft;

/// Names that advertisers, mailing lists and players append to count readers. None of them has another use.
const TRACKING: [&str; 22] = [
    "_hsenc",
    "_hsmi",
    "dclid",
    "fbclid",
    "gbraid",
    "gclid",
    "igsh",
    "igshid",
    "isappinstalled",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "nsukey",
    "ref_src",
    "share_token",
    "sharer_shareid",
    "sharer_sharetime",
    "spm",
    "twclid",
    "wbraid",
    "yclid",
];

/// Names that tell one site by which way a reader came, and another what to show: `?source=42`, `?from=beijing`,
/// `?ref=main`. Only the values of [`WAYS`] are known to be ways.
const AMBIGUOUS: [&str; 4] = ["from", "ref", "referrer", "source"];

/// Values that say how a reader came.
const WAYS: [&str; 16] = [
    "atom",
    "email",
    "facebook",
    "feed",
    "feedly",
    "groupmessage",
    "newsletter",
    "rss",
    "share",
    "singlemessage",
    "timeline",
    "twitter",
    "wechat",
    "weibo",
    "weixin",
    "x.com",
];

/// What tells articles of WeChat apart: the account, the message, the article in it, its signature. All else says how a
/// reader came.
const WECHAT: [&str; 4] = ["__biz", "mid", "idx", "sn"];

/// What is left.
#[derive(Debug)]
pub(super) struct Distinct {
    /// The drafts, each with the index of its source.
    pub(super) drafts: Vec<(usize, Draft)>,
    /// Addresses that gave nothing, of articles that came from elsewhere: nothing is missing there.
    pub(super) displaced: BTreeSet<String>,
}

/// Leaves out what came from the web and is there already: by its address, then by its text. A shared title is no
/// duplicate, and files are never left out. What could not be had gives way to the article, wherever it stands. What was left
/// out is told to the log. Each draft comes with the index of its source.
#[must_use]
pub(super) fn distinct(mut drafts: Vec<(usize, Draft)>) -> Distinct {
    let address = |draft: &Draft| match &draft.origin {
        Origin::Url(url) => Some(draft.source.as_deref().map_or_else(|| url.clone(), canonical)),
        Origin::File { .. } => None,
    };
    let had: BTreeSet<String> =
        drafts.iter().filter(|(_, draft)| draft.loss.is_none()).filter_map(|(_, draft)| address(draft)).collect();
    let (mut addresses, mut texts, mut displaced) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut is_first = |draft: &Draft| {
        let Some(address) = address(draft) else { return true };
        let is_new = if had.contains(&address) && draft.loss.is_some() {
            displaced.insert(draft.origin.key().to_owned());
            false
        } else if draft.loss.is_some() {
            addresses.insert(address)
        } else {
            let text: String = draft.body.source().split_whitespace().collect();
            addresses.insert(address) & texts.insert(AssetId::of(text.as_bytes()))
        };
        if !is_new {
            tracing::info!("left out as a duplicate: {} ({})", draft.title, draft.origin.key());
        }
        is_new
    };
    drafts.retain(|(_, draft)| is_first(draft));
    Distinct { drafts, displaced }
}

/// An address without scheme, `www.`, a slash at the end, a fragment that only chooses a place of the page, and what only
/// counts readers. Taking two articles for one loses one of them, taking one for two shows it twice, so whatever may choose
/// content stays.
fn canonical(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_owned() };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    let mut query: Vec<_> = url.query_pairs().filter(|(name, value)| !counts_readers(name, value)).collect();
    if host == "mp.weixin.qq.com" {
        let has = |name: &str| query.iter().any(|(key, _)| key == name);
        if path.starts_with("/s/") {
            query.clear();
        } else if path == "/s" && has("__biz") && has("mid") {
            query.retain(|(name, _)| WECHAT.contains(&&**name));
        }
    }
    query.sort_unstable();
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    // Sites that are one page keep the address of an article there.
    let route = url.fragment().filter(|fragment| fragment.starts_with(['/', '!'])).unwrap_or_default();
    format!("{}{port}{path}?{query}#{route}", host.strip_prefix("www.").unwrap_or(host))
}

/// Whether a parameter says only how a reader came.
fn counts_readers(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let value = value.to_ascii_lowercase();
    name.starts_with("utm_")
        || TRACKING.contains(&&*name)
        || AMBIGUOUS.contains(&&*name) && (WAYS.contains(&&*value) || value.starts_with("rss-"))
}

#[cfg(test)]
mod tests {
    use super::super::select::tests::draft;
    use super::*;
    use crate::book::Body;
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
    fn an_article_from_the_web_is_kept_once_by_address_then_by_text_and_files_always_stay() {
        let drafts = vec![
            web("a", "https://a.example/x?id=1", "一"),
            web("b", "http://www.a.example/x/?utm_source=f&id=1#top", "二"),
            web("c", "https://b.example/", "一 "),
            web("a", "https://a.example/x?id=2", "三"),
            draft("f", None),
            draft("f", None),
        ];
        assert_eq!(kept(drafts), ["a", "a", "f", "f"]);
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
        assert_eq!(kept(vec![one("1", "一"), one("2", "二"), one("1", "三")]), ["1", "2"]);
    }

    #[test]
    fn addresses_that_differ_in_what_counts_readers_are_the_same() {
        for [one, other] in [
            ["https://a.example/x?id=1&fbclid=3", "http://a.example/x?id=1"],
            ["https://a.example/x?UTM_Source=f&b=2&a=1", "https://a.example/x/?a=1&b=2"],
            ["https://a.example/x?from=singlemessage&isappinstalled=0", "https://a.example/x"],
            ["https://a.example/x?source=rss----abc---4", "https://a.example/x"],
            ["https://a.example/x?ref=Twitter#part-2", "https://www.a.example/x"],
            ["https://a.example/x?n=%E6%B1%9F", "https://a.example/x?n=江"],
            [
                "https://mp.weixin.qq.com/s?__biz=Mz==&mid=2&idx=1&sn=f&chksm=c&scene=27&key=k#rd",
                "http://mp.weixin.qq.com/s?sn=f&idx=1&mid=2&__biz=Mz%3D%3D&from=timeline",
            ],
            ["https://mp.weixin.qq.com/s/abc-D?poc_token=x&scene=1", "https://mp.weixin.qq.com/s/abc-D"],
        ] {
            assert_eq!(canonical(one), canonical(other), "{one} {other}");
        }
    }

    #[test]
    fn addresses_that_may_differ_in_content_are_not() {
        for [one, other] in [
            ["https://a.example/x?source=42", "https://a.example/x?source=43"],
            ["https://a.example/x?from=suzhou", "https://a.example/x"],
            ["https://a.example/x?ref=main", "https://a.example/x?ref=next"],
            ["https://a.example/x?scene=2&srcid=5", "https://a.example/x?scene=3&srcid=5"],
            ["https://a.example/x?a=1%26b%3D2", "https://a.example/x?a=1&b=2"],
            ["https://a.example/#/post/1", "https://a.example/#/post/2"],
            ["https://a.example/X", "https://a.example/x"],
            ["https://a.example:8080/x", "https://a.example/x"],
            [
                "https://mp.weixin.qq.com/s?__biz=M&mid=2&idx=1&sn=f",
                "https://mp.weixin.qq.com/s?__biz=M&mid=2&idx=2&sn=g",
            ],
            ["https://mp.weixin.qq.com/s?src=11&signature=a", "https://mp.weixin.qq.com/s?src=11&signature=b"],
            ["https://mp.weixin.qq.com/s/abc-D", "https://mp.weixin.qq.com/s/abc-d"],
        ] {
            assert_ne!(canonical(one), canonical(other), "{one} {other}");
        }
    }
}
