//! Which addresses name the same article.

use url::{Url, form_urlencoded};

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

/// An address without scheme, `www.`, a slash at the end, a fragment that only chooses a place of the page, and what only
/// counts readers. Taking two articles for one loses one of them, taking one for two shows it twice, so whatever may choose
/// content stays.
pub(crate) fn canonical(address: &str) -> String {
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

/// What the fragment of an address names in its page; `None` for one that the address keeps anyway, or that only counts readers.
pub(crate) fn place_in_page(address: &Url) -> Option<&str> {
    let fragment = address.fragment().filter(|fragment| !fragment.is_empty() && !fragment.starts_with(['/', '!']))?;
    let counts = form_urlencoded::parse(fragment.as_bytes()).all(|(name, value)| counts_readers(&name, &value));
    (!counts && !WAYS.contains(&fragment.to_ascii_lowercase().as_str())).then_some(fragment)
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
    use super::*;

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
