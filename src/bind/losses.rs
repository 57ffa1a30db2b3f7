//! What stands in the book for an article that could not be had: why, and where it is to be found.

use std::collections::BTreeMap;

use quick_xml::escape::escape;

use crate::book::{Body, Language, Origin};
use crate::collect::{Draft, Loss};
use crate::problem::Code;
use crate::words::choose;

/// The articles that were had, as [`without_placeholders`] leaves them, and the drafts that only stand for one.
pub(super) fn apart(drafts: Vec<Draft>, language: Option<&Language>) -> (Vec<Draft>, Vec<Draft>) {
    let (had, lost) = drafts.into_iter().partition(is_kept);
    (without_placeholders(had, language), lost)
}

/// Whether there is an article, or the most that there will ever be of it.
fn is_kept(draft: &Draft) -> bool {
    draft.has_text() && draft.loss.is_none_or(|loss| !loss.may_pass())
}

/// Leaves out the drafts that only stand for an article, for those who keep what they are given: a folder of articles, or
/// the memory of what was seen, which asks again the next time. What a feed says of an article that is gone is the most that
/// there will ever be of it, and stays.
pub(super) fn without_placeholders(mut drafts: Vec<Draft>, language: Option<&Language>) -> Vec<Draft> {
    drafts.retain(is_kept);
    fill(&mut drafts, language);
    drafts
}

/// Gives each draft that stands for an article its text, in the language of the book: the one given, else that of most
/// articles.
pub(super) fn fill(drafts: &mut [Draft], language: Option<&Language>) {
    if drafts.iter().all(|draft| draft.loss.is_none()) {
        return;
    }
    let language = language.cloned().unwrap_or_else(|| most_common_language(drafts));
    for draft in drafts {
        let Some(loss) = draft.loss.take() else { continue };
        let said = draft.body.source().trim().to_owned();
        let address = match &draft.origin {
            Origin::Url(url) => draft.source.as_deref().unwrap_or(url),
            Origin::File { .. } => draft.source.as_deref().unwrap_or_default(),
        };
        let words = Words::of(&language);
        let tag = language.tag();
        let why = words.reason(loss);
        let place = format!(
            "{}<a href=\"{address}\">{address}</a>{}",
            words.original[0],
            words.original[1],
            address = escape(address)
        );
        let text = if said.is_empty() {
            draft.language = Some(language.clone());
            format!("<p>{}{why}</p><p>{place}</p>", words.missing)
        } else {
            let [before, after] = words.summary;
            format!("<blockquote lang=\"{tag}\"><p>{before}{why}{after}{place}</p></blockquote>{said}")
        };
        draft.body = Body::Html(text);
    }
}

/// The language of most articles that were had; of equals, the one met first.
fn most_common_language(drafts: &[Draft]) -> Language {
    let languages: Vec<Language> = drafts.iter().filter(|draft| draft.has_text()).map(Draft::spoken).collect();
    let mut counts: BTreeMap<&Language, usize> = BTreeMap::new();
    for language in &languages {
        *counts.entry(language).or_default() += 1;
    }
    let most = counts.values().copied().max();
    languages.iter().find(|language| counts.get(language).copied() == most).cloned().unwrap_or_default()
}

/// What is said in the place of an article.
struct Words {
    /// Where there is nothing of it.
    missing: &'static str,
    /// Around why, before what a feed says of it.
    summary: [&'static str; 2],
    /// Around the address.
    original: [&'static str; 2],
    gone: &'static str,
    deleted: &'static str,
    paid: &'static str,
    unpublished: &'static str,
    challenge: &'static str,
    unreachable: &'static str,
    refused: &'static str,
    offline: &'static str,
    unreadable: &'static str,
    empty: &'static str,
    /// Around a status.
    status: [&'static str; 2],
}

const SIMPLIFIED: Words = Words {
    missing: "这篇文章没能收进书里：",
    summary: ["这篇文章没能全文收录：", "下面只是订阅源里的简介。"],
    original: ["原文地址：", "。"],
    gone: "网页已经不在了。",
    deleted: "原文已被删除。",
    paid: "原文需要付费阅读。",
    unpublished: "原文尚未发布，或链接已经过期。",
    challenge: "网站要求先验证访问者身份。",
    unreachable: "网站没有回应。",
    refused: "这个地址不允许访问。",
    offline: "制作本书时没有联网，缓存里也没有这一篇。",
    unreadable: "那里给出的内容不是可以读取的文章。",
    empty: "网页里没有找到正文。",
    status: ["网站没有给出这一页（状态码 ", "）。"],
};

const TRADITIONAL: Words = Words {
    missing: "這篇文章沒能收進書裡：",
    summary: ["這篇文章沒能全文收錄：", "下面只是訂閱源裡的簡介。"],
    original: ["原文網址：", "。"],
    gone: "網頁已經不在了。",
    deleted: "原文已被刪除。",
    paid: "原文需要付費閱讀。",
    unpublished: "原文尚未發布，或連結已經過期。",
    challenge: "網站要求先驗證訪客身分。",
    unreachable: "網站沒有回應。",
    refused: "這個網址不允許存取。",
    offline: "製作本書時沒有連線，快取裡也沒有這一篇。",
    unreadable: "那裡給出的內容不是可以讀取的文章。",
    empty: "網頁裡沒有找到正文。",
    status: ["網站沒有給出這一頁（狀態碼 ", "）。"],
};

const ENGLISH: Words = Words {
    missing: "This article could not be included. ",
    summary: ["This article could not be included whole. ", "What follows is the summary from its feed. "],
    original: ["The original: ", ""],
    gone: "Its page is gone. ",
    deleted: "It was deleted. ",
    paid: "It must be paid for. ",
    unpublished: "It is not published yet, or its address has expired. ",
    challenge: "Its site first asks visitors to prove that they are human. ",
    unreachable: "Its site did not answer. ",
    refused: "Its address may not be visited. ",
    offline: "The book was made without a network, and the cache does not have it. ",
    unreadable: "What the address gives is no article that can be read. ",
    empty: "No text was found on its page. ",
    status: ["Its site did not give the page (status ", "). "],
};

impl Words {
    /// The words in a language; English where there are none.
    fn of(language: &Language) -> &'static Self {
        choose(language, [&SIMPLIFIED, &TRADITIONAL, &ENGLISH])
    }

    /// Why an article is missing: a sentence.
    fn reason(&self, loss: Loss) -> String {
        let known = match (loss.code, loss.status) {
            (Code::ArticleHttpStatus, Some(404 | 410)) => self.gone,
            (Code::ArticleHttpStatus, Some(status)) => return format!("{}{status}{}", self.status[0], self.status[1]),
            (Code::ArticleDeleted, _) => self.deleted,
            (Code::ArticlePaid, _) => self.paid,
            (Code::ArticleUnpublished, _) => self.unpublished,
            (Code::ArticleChallenge, _) => self.challenge,
            (Code::ArticleHttpStatus | Code::ArticleConnect | Code::ArticleTimeout | Code::ArticleBody, _) => {
                self.unreachable
            }
            (Code::ArticlePrivateAddress | Code::ArticleBadAddress, _) => self.refused,
            (Code::ArticleOffline, _) => self.offline,
            (Code::ArticleEmpty, _) => self.empty,
            _ => self.unreadable,
        };
        known.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::select::tests::draft;
    use super::*;

    /// The draft of what an address did not give; `said` is what a feed has of it.
    fn lost(code: Code, status: Option<u16>, said: &str) -> Draft {
        let origin = Origin::Url("https://a.example/1?a=1&b=2".to_owned());
        Draft { origin, loss: Some(Loss { code, status }), body: Body::Html(said.to_owned()), ..draft("题", None) }
    }

    fn filled(draft: Draft, language: &str) -> String {
        let mut drafts = [draft];
        fill(&mut drafts, Language::new(language).ok().as_ref());
        drafts[0].body.source().to_owned()
    }

    #[test]
    fn the_words_say_what_happened_in_the_language_of_the_book() {
        let link = "<a href=\"https://a.example/1?a=1&amp;b=2\">https://a.example/1?a=1&amp;b=2</a>";
        let deleted = |language| filled(lost(Code::ArticleDeleted, None, ""), language);
        assert_eq!(deleted("zh-CN"), format!("<p>这篇文章没能收进书里：原文已被删除。</p><p>原文地址：{link}。</p>"));
        assert_eq!(deleted("zh-HK"), format!("<p>這篇文章沒能收進書裡：原文已被刪除。</p><p>原文網址：{link}。</p>"));
        let english = "<p>This article could not be included. It was deleted. </p><p>The original: ";
        assert_eq!(deleted("fr"), format!("{english}{link}</p>"));
        for (code, status, why) in [
            (Code::ArticleHttpStatus, Some(404), "网页已经不在了"),
            (Code::ArticleHttpStatus, Some(403), "状态码 403"),
            (Code::ArticleHttpStatus, None, "没有回应"),
            (Code::ArticleTimeout, None, "没有回应"),
            (Code::ArticlePaid, None, "付费"),
            (Code::ArticleChallenge, None, "验证"),
            (Code::ArticleOffline, None, "缓存"),
            (Code::ArticleUnsupported, None, "不是可以读取的文章"),
        ] {
            let text = filled(lost(code, status, ""), "zh-CN");
            assert!(text.contains(why), "{code} {status:?}: {text}");
        }
    }

    #[test]
    fn without_a_language_the_book_speaks_the_one_of_most_articles() {
        let english = || Draft { language: Some(Language::english()), ..draft("a", None) };
        let mut drafts = [lost(Code::ArticleTimeout, None, ""), english(), draft("二", None), english()];
        fill(&mut drafts, None);
        assert!(drafts[0].body.source().contains("did not answer"), "{:?}", drafts[0].body);
        assert_eq!(drafts[0].language, Some(Language::english()));
    }

    #[test]
    fn only_what_is_gone_for_good_and_has_a_summary_reaches_those_who_remember() {
        let kept = |draft| without_placeholders(vec![draft], None).len();
        for (code, status, kept_with_summary) in [
            (Code::ArticleHttpStatus, Some(404), 1),
            (Code::ArticleHttpStatus, Some(503), 0),
            (Code::ArticleHttpStatus, Some(429), 0),
            (Code::ArticleTimeout, None, 0),
            (Code::ArticleOffline, None, 0),
            (Code::ArticleChallenge, None, 0),
            (Code::ArticleDeleted, None, 1),
            (Code::ArticlePaid, None, 1),
        ] {
            assert_eq!(kept(lost(code, status, "<p>开头</p>")), kept_with_summary, "{code} {status:?}");
            assert_eq!(kept(lost(code, status, "")), 0, "{code} {status:?}");
        }
        assert_eq!(kept(draft("题", None)), 1);
    }
}
