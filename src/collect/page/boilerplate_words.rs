//! The words by which [`super::boilerplate`] knows what stands inside an article and is none of it: in classes and ids, in
//! headings, and in the lines above the text.

use std::sync::LazyLock;

use regex::Regex;

/// Words in classes and ids of what goes, whatever it holds.
pub(super) const STRONG: [&str; 51] = [
    "addtoany",
    "adsbygoogle",
    "advert",
    "advertisement",
    "anchorlink",
    "avatar",
    "breadcrumb",
    "breadcrumbs",
    "clap",
    "claps",
    "comments",
    "commentlist",
    "consent",
    "cookie",
    "cookies",
    "disqus",
    "editsection",
    "gdpr",
    "gravatar",
    "headerlink",
    "login",
    "modal",
    "navbar",
    "newsletter",
    "noprint",
    "outbrain",
    "paginator",
    "pagination",
    "paywall",
    "popup",
    "promo",
    "qrcode",
    "recirc",
    "recommend",
    "recommendations",
    "recommended",
    "related",
    "relatedposts",
    "respond",
    "reward",
    "share",
    "sharebar",
    "sharedaddy",
    "sharethis",
    "sharing",
    "signup",
    "social",
    "socials",
    "subscribe",
    "subscription",
    "taboola",
];
/// Words of what goes unless much of the text stands in it.
pub(super) const WEAK: [&str; 23] = [
    "ad",
    "ads",
    "authorbio",
    "banner",
    "byline",
    "comment",
    "contentinfo",
    "cta",
    "dialog",
    "follow",
    "menu",
    "nav",
    "navigation",
    "postnav",
    "promotion",
    "search",
    "sidebar",
    "sponsored",
    "tableofcontents",
    "toc",
    "toolbar",
    "upsell",
    "upvote",
];
/// Two words that together name a part beside the text: `entry-meta`, `post-tags`.
pub(super) const OF_ARTICLE: [&str; 7] = ["article", "entry", "news", "page", "post", "story", "single"];
pub(super) const PARTS: [&str; 14] = [
    "actions",
    "author",
    "bottom",
    "cats",
    "copyright",
    "edit",
    "footer",
    "info",
    "meta",
    "metadata",
    "nav",
    "tags",
    "taxonomy",
    "tools",
];

/// With `author` before them: `author-bio`.
pub(super) const OF_AUTHOR: [&str; 6] = ["avatar", "bio", "box", "card", "image", "photo"];
/// Words of what readers say, which may be longer than the article.
pub(super) const COMMENTS: [&str; 4] = ["comments", "commentlist", "disqus", "respond"];

/// Headings above lists of other articles.
pub(super) static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    let chinese = "(?:相关|推荐|延伸|往期|热门|更多|精彩|猜你|你可能|大家都在|近期|最新)(?:的)?(?:阅读|文章|推荐|内容|回顾|精选|喜欢|还喜欢|也喜欢|感兴趣|看|资讯|新闻)?";
    let english = "related (?:posts?|articles?|stories|reading|content)|read (?:more|next|also)|more (?:from|stories|like this).*|you (?:may|might) also (?:like|enjoy).*|recommended(?: .*)?|further stories|popular posts|recent posts|keep reading|up next";
    Regex::new(&format!(r"(?i)^\s*(?:{chinese}|{english})\s*[:：]?\s*$"))
        .expect("the pattern is a constant, and the tests compile it")
});

/// What a line above the text says that is none of it.
pub(super) static OF_BYLINE: LazyLock<Regex> = LazyLock::new(|| {
    let english = r"\d+ min(?:ute)?s? read|^\s*(?:listen|share|follow|following|subscribe|sign up|sign in|save|print|by .*|published .*|updated .*|\d+ comments?)\s*$";
    let chinese = r"分钟阅读|次阅读|阅读\s*[:：(（]?\s*\d|阅读时间|浏览\s*[:：]?\s*\d|字数|^\s*(?:来源|作者|文|编辑|责任编辑|责编|发布时间|发布于|发表于|更新时间|时间|字体|分享到?|收藏|打印|评论|点赞|关注)\s*(?:[:：|｜/].*|\d.*)?$";
    Regex::new(&format!(r"(?i){english}|{chinese}")).expect("the pattern is a constant, and the tests compile it")
});
