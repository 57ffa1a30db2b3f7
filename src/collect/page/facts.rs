//! What a page says of its article: in JSON-LD, in meta elements, in microdata, and to its readers.

use std::sync::LazyLock;

use dom_query::Document;
use regex::Regex;
use url::Url;

use crate::book::tidy;
use crate::collect::dates;
use crate::collect::facts::{Facts, Key};
use crate::dom;

use super::addresses::Base;
use super::byline::names_of;
use super::{byline, json_ld, title, web_url};

/// A date, perhaps with a time, inside a text such as `发布时间：2024-03-05 08:00　来源：…`.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let time = r"(?:[ T　]*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?";
    let english = r"(?:[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}|\d{1,2} [A-Z][a-z]{2,8}\.? \d{4})";
    Regex::new(&format!(r"\d{{4}}(?:[-/.]\d{{1,2}}[-/.]\d{{1,2}}|年\d{{1,2}}月\d{{1,2}}日){time}|{english}"))
        .expect("the pattern is a constant, and the tests compile it")
});

/// Where the date stands that a reader sees.
const DATES: &str = "time[pubdate], [itemprop~=datePublished], .published, .entry-date, .post-date, .publish-time, \
    .publish_time, .pubtime, .pub-time, #pubtime, .publish-date, .article-time, .article-date, .post-time, .date, .time, \
    .post-meta, .entry-meta, .article-meta, .article-info, .article_info, .info, .byline";

/// The facts of a page. Its title has no name of the site behind it; [`title::of`] compares it with the headings.
pub(super) fn of(tree: &Document, base: &Base) -> Facts {
    let described = json_ld::of(tree);
    let meta = |names: &[&str]| names.iter().find_map(|name| meta(tree, name));
    let mut facts = Facts::default();
    let site = described.site.clone().or_else(|| meta(&["og:site_name", "application-name", "al:ios:app_name"]));
    facts.site = site.map(|site| tidy(&site)).filter(|site| !site.is_empty());
    let shown = dom::first(tree, "head > title").or_else(|| dom::first(tree, "title")).map(|node| dom::line(&node));
    let titles =
        [described.headline.clone(), meta(&["og:title", "twitter:title", "citation_title", "dc.title"]), shown];
    let host = base.page().and_then(Url::host_str).unwrap_or_default();
    facts.title = titles
        .into_iter()
        .flatten()
        .map(|text| title::without_site(&tidy(&text), facts.site.as_deref(), host))
        .find(|text| !text.is_empty());
    let mut set = |key: Key, values: Vec<String>| {
        if !values.is_empty() {
            // What is malformed is passed over: another place may say it better.
            let _ = facts.set(key, &values);
        }
    };
    let one = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
    let declared =
        meta(&["author", "citation_author", "dc.creator", "parsely-author", "byl", "article:author", "twitter:data1"]);
    for names in [described.authors.clone(), one(declared.filter(|name| is_name(name))), byline::of(tree)] {
        set(Key::Author, names.iter().flat_map(|name| names_of(name)).collect());
    }
    for moment in moments(tree, described.published.clone(), &meta, base) {
        set(Key::Published, vec![moment]);
    }
    for address in addresses(tree, described.address.clone(), &meta, base) {
        set(Key::Source, vec![address]);
    }
    for image in [
        meta(&["og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"]),
        described.image.clone(),
    ] {
        set(Key::Cover, one(image));
    }
    set(Key::Description, one(described.description.clone()));
    set(Key::Description, one(meta(&["og:description", "description", "twitter:description", "dc.description"])));
    set(Key::Tags, described.tags.clone());
    set(Key::Tags, metas(tree, "article:tag"));
    set(Key::Tags, one(meta(&["news_keywords", "keywords"])));
    let root = dom::first(tree, "html")
        .and_then(|node| dom::attribute(&node, "lang").or_else(|| dom::attribute(&node, "xml:lang")));
    for language in [root, described.language.clone(), meta(&["content-language", "og:locale", "dc.language"])] {
        set(Key::Language, one(language));
    }
    facts
}

/// The value of a meta element by its name, in any case.
fn meta(tree: &Document, name: &str) -> Option<String> {
    metas(tree, name).into_iter().next()
}

fn metas(tree: &Document, name: &str) -> Vec<String> {
    let named = |node: &dom_query::NodeRef<'_>| {
        ["name", "property", "itemprop", "http-equiv"]
            .iter()
            .any(|key| node.attr(key).is_some_and(|value| value.trim().eq_ignore_ascii_case(name)))
    };
    let select = tree.select("meta[content]");
    select.nodes().iter().filter(|node| named(node)).filter_map(|node| dom::attribute(node, "content")).collect()
}

/// Some sites give the address of a profile where a name belongs.
fn is_name(text: &str) -> bool {
    !text.contains("://") && !text.starts_with('@') && text.chars().count() <= 80
}

/// The moments that a page gives, the likeliest first.
fn moments(
    tree: &Document,
    described: Option<String>,
    meta: &dyn Fn(&[&str]) -> Option<String>,
    base: &Base,
) -> Vec<String> {
    let declared = meta(&[
        "article:published_time",
        "og:published_time",
        "datepublished",
        "article:published",
        "publishdate",
        "pubdate",
        "publish-date",
        "publication_date",
        "citation_publication_date",
        "citation_date",
        "dc.date",
        "dc.date.issued",
        "dcterms.date",
        "parsely-pub-date",
        "sailthru.date",
        "article:create_at",
        "weibo:article:create_at",
        "date",
    ]);
    let mut found: Vec<String> = [described, declared].into_iter().flatten().collect();
    for node in tree.select(DATES).nodes().iter().chain(tree.select("time[datetime]").nodes()) {
        found.extend(["datetime", "content", "title"].iter().filter_map(|key| dom::attribute(node, key)));
        if let Some(text) = dom::short_line(node, 200) {
            found.extend(DATE.find(&text).map(|date| date.as_str().replace('：', ":")));
        }
    }
    let path = base.page().map(Url::path).unwrap_or_default();
    static IN_PATH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"/(20\d\d)[/-]?(\d\d)[/-]?(\d\d)(?:/|_|-|\.|$)")
            .expect("the pattern is a constant, and the tests compile it")
    });
    found.extend(IN_PATH.captures(path).map(|date| format!("{}-{}-{}", &date[1], &date[2], &date[3])));
    found.retain(|text| dates::parse(text).is_some());
    found
}

/// The addresses of the original that a page gives.
fn addresses(
    tree: &Document,
    described: Option<String>,
    meta: &dyn Fn(&[&str]) -> Option<String>,
    base: &Base,
) -> Vec<String> {
    let canonical = dom::first(tree, "link[rel~=canonical][href]").and_then(|node| dom::attribute(&node, "href"));
    let declared = [canonical, meta(&["og:url"]), described];
    let whole = declared.into_iter().flatten().filter_map(|address| base.join(&address));
    // A site that names its front page as the canonical address of every page means nothing by it.
    let is_front = |url: &Url| url.path() == "/" && url.query().is_none();
    let own_is_front = base.page().is_none_or(is_front);
    whole
        .filter(|url| web_url(url.as_str()).is_some() && (own_is_front || !is_front(url)))
        .map(|url| url.to_string())
        .collect()
}
