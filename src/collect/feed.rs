//! RSS, Atom and JSON feeds become the articles that they bring whole, and the addresses of those that they only
//! announce. Reading the formats is feed-rs's; what it would refuse is mended before: XML here, JSON in `json`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::LazyLock;

use dom_query::Document;
use feed_rs::model::{Content, Entry, Feed, Link, MediaObject, Text};
use feed_rs::parser::{Builder, generate_id};
use quick_xml::escape::escape;
use regex::Regex;
use url::Url;

use crate::assets::AssetId;
use crate::book::{Language, Origin, Published, tidy};
use crate::canonical::{canonical, place_in_page};
use crate::dom;
use crate::problem::{Code, Problem};

use super::choice::{Choice, newest};
use super::facts::Facts;
use super::obtain::{Arrival, Found, Wanted};
use super::page::{self, web_url};
use super::{Draft, dates, encoding, markdown};

mod json;

/// An article of a feed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// What the feed says of it.
    facts: Facts,
    /// Its page.
    link: Option<Url>,
    /// What relative addresses in its text are relative to.
    base: Option<Url>,
    /// What tells it from the other articles of the feed.
    id: String,
    /// Whether others of the feed have the same page, or all of the site.
    shares_page: bool,
    /// Its text, or what there is of it.
    html: String,
    /// Whether the text is the whole one.
    whole: bool,
}

/// A description of fewer letters is a summary.
const LEAST_WHOLE: usize = 400;

/// How a text ends that goes on elsewhere.
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)(?:\[?(?:…|\.\.\.|&hellip;)\]?|read more|continue reading|阅读全文|阅读原文|查看全文|继续阅读|点击阅读)[\s»→>。.]*$";
    Regex::new(pattern).expect("the pattern is a constant, and the tests compile it")
});

/// The dates that were read, by their moment: feed-rs drops their offsets.
type Dates = BTreeMap<chrono::DateTime<chrono::Utc>, Published>;

/// Reads a feed: drafts of what it brings whole, and what is to be fetched. `hops` counts the lists that led here.
pub(super) fn read(arrival: &Arrival, choice: &Choice, hops: usize, problems: &mut Vec<Problem>) -> Vec<Found> {
    let decoded = encoding::decode_page(&arrival.bytes, arrival.content_type.as_deref());
    problems.extend(decoded.damage.map(|damage| markdown::damage_problem(arrival, decoded.encoding, damage)));
    let fault = |message: String| Problem::error(Code::FeedBroken, arrival.origin.place(), message);
    let Parsed { feed, dates, next, fault: broken } =
        match parse_mended(&decoded.text, arrival.address.as_ref().map(Url::as_str)) {
            Ok(parsed) => parsed,
            Err(reason) => {
                problems.push(fault(format!("the feed cannot be read: {reason}")));
                return Vec::new();
            }
        };
    if let Some(reason) = broken {
        problems.push(fault(format!("the feed is broken, and gives {} articles: {reason}", feed.entries.len())));
    }
    if feed.entries.is_empty() && hops == 0 {
        problems.push(Problem::warning(Code::ArticleEmpty, arrival.origin.place(), "the feed holds no article"));
    }
    let next = next.or_else(|| {
        let link = feed.links.iter().find(|link| link.rel.as_deref() == Some("next"))?;
        Some(link.href.clone())
    });
    let next = next.and_then(|next| resolve(arrival.address.as_ref(), &next));
    let around = arrival.address.clone().or_else(|| home(&feed));
    let mut items: Vec<Item> = feed.entries.iter().map(|entry| item(entry, &feed, &dates, around.as_ref())).collect();
    let all = items.len();
    items.retain(|item| !item.is_empty());
    if items.len() < all {
        let message = format!("{} items of the feed are empty: no title, no link, no text", all - items.len());
        problems.push(Problem::warning(Code::ArticleEmpty, arrival.origin.place(), message));
    }
    let site = feed.links.iter().find(|link| matches!(link.rel.as_deref(), None | Some("alternate")));
    tell_apart(&mut items, site.and_then(|link| resolve(around.as_ref(), &link.href)).as_ref());
    items.retain(|item| {
        let title = item.facts.title.as_deref().unwrap_or_default();
        choice.takes(title, item.link.as_ref().map_or(item.id.as_str(), Url::as_str))
            && choice.holds(item.facts.published)
    });
    let enough = choice.limit.is_some_and(|limit| items.len() >= limit);
    if let Some(limit) = choice.limit {
        items = newest(items, limit, |item| item.facts.published);
    }
    let mut found: Vec<Found> = items.into_iter().filter_map(|item| found_of(&item, arrival, hops, problems)).collect();
    if let Some(next) = next.filter(|_| !enough) {
        found.push(Found::Page(Box::new(Wanted { is_list: true, hops: hops + 1, ..arrival.wanted(next) })));
    }
    found
}

/// A whole article is a draft; the page of another is to be fetched, if it has one.
fn found_of(item: &Item, arrival: &Arrival, hops: usize, problems: &mut Vec<Problem>) -> Option<Found> {
    match &item.link {
        Some(link) if !item.whole => Some(Found::Page(Box::new(Wanted {
            hops: hops + 1,
            item: Some(Box::new(item.clone())),
            ..arrival.wanted(link.clone())
        }))),
        _ => item.draft(arrival, problems).map(|draft| Found::Draft(Box::new(draft))),
    }
}

impl Item {
    /// Whether there is nothing of an article.
    fn is_empty(&self) -> bool {
        self.link.is_none() && self.facts.title.is_none() && self.html.trim().is_empty()
    }

    /// The title that the feed gives it.
    pub(super) fn title(&self) -> Option<&str> {
        self.facts.title.as_deref()
    }

    /// The draft of what the feed has of it. `arrival` is the feed.
    fn draft(&self, arrival: &Arrival, problems: &mut Vec<Problem>) -> Option<Draft> {
        let title = self.facts.title.clone().unwrap_or_default();
        let origin = match (&self.link, &arrival.origin) {
            (Some(link), _) => Origin::Url(self.address_in(link).to_string()),
            (None, Origin::File { path, key }) => {
                Origin::File { path: path.clone(), key: format!("{key}#{}", self.id) }
            }
            (None, Origin::Url(url)) => Origin::Url(format!("{url}#{}", self.id)),
        };
        if self.html.trim().is_empty() {
            let message = format!("the feed has neither text nor page of the article `{title}`");
            problems.push(Problem::error(Code::ArticleEmpty, origin.place(), message));
            return None;
        }
        let own = Arrival {
            bytes: Vec::new(),
            origin,
            reach: arrival.reach.remote(),
            input: arrival.input,
            address: self.link.clone(),
            content_type: None,
        };
        match self.announced(&own) {
            // The address of the feed is the one of its articles all, or of none.
            Ok(draft) => {
                let address = self.link.as_ref().map(|link| self.address_in(link));
                let mark = address.as_ref().and_then(place_in_page).map(str::to_owned);
                Some(Draft { source: draft.source.filter(|_| self.link.is_some()), mark, ..draft })
            }
            Err(reason) => {
                problems.push(Problem::error(Code::ArticleUnsupported, own.origin.place(), reason).in_article(&title));
                None
            }
        }
    }

    /// Its address, with its name in the feed where others have the same page.
    fn address_in(&self, page: &Url) -> Url {
        let mut address = page.clone();
        if self.shares_page {
            let place = page.fragment().map(|place| format!("{place}-")).unwrap_or_default();
            address.set_fragment(Some(&format!("{place}{}", self.id)));
        }
        address
    }

    /// The draft of what the feed says of it, be it nothing. `arrival` is the article.
    pub(super) fn announced(&self, arrival: &Arrival) -> Result<Draft, String> {
        page::of_html(&self.html, self.facts.clone(), self.base.as_ref(), arrival)
    }

    /// Completes the draft of its page: the feed knows title and date best.
    pub(super) fn complete(&self, draft: &mut Draft) {
        let Facts { title, authors, published, site, tags, description, .. } = &self.facts;
        if let Some(title) = title {
            draft.title.clone_from(title);
        }
        draft.published = published.or(draft.published);
        if draft.authors.is_empty() {
            draft.authors.clone_from(authors);
        }
        if draft.tags.is_empty() {
            draft.tags.clone_from(tags);
        }
        draft.site = draft.site.take().or_else(|| site.clone()).filter(|site| !draft.authors.contains(site));
        draft.description = draft.description.take().or_else(|| description.clone());
    }
}

/// A feed that was read.
struct Parsed {
    feed: Feed,
    dates: Dates,
    /// Its next page, if the feed says so otherwise than by a link.
    next: Option<String>,
    /// Why not all of it was.
    fault: Option<String>,
}

/// Reads a feed, a broken one as far as it can be read.
fn parse_mended(text: &str, base: Option<&str>) -> Result<Parsed, String> {
    if text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').starts_with('{') {
        let json::Mended { text, next, fault } = json::mend(text.trim_start_matches('\u{FEFF}'))?;
        let (feed, dates) = parse(&text, base)?;
        return Ok(Parsed { feed, dates, next, fault });
    }
    let reason = match parse(text, base) {
        Ok((feed, dates)) => return Ok(Parsed { feed, dates, next: None, fault: None }),
        Err(reason) => reason,
    };
    match salvage(text, |text| parse(text, base).ok()) {
        Some((feed, dates)) => Ok(Parsed { feed, dates, next: None, fault: Some(reason) }),
        None => Err(reason),
    }
}

/// Articles without a page, and those that share one or have that of the whole site, are told apart by their names in the
/// feed; what the feed says of them is all there is. Some feeds give several the same name, or none: then what they say is in
/// their names, not their places in the feed, which change.
fn tell_apart(items: &mut [Item], site: Option<&Url>) {
    let site = site.map(|site| canonical(site.as_str()));
    let mut pages: BTreeMap<String, [BTreeSet<String>; 2]> = BTreeMap::new();
    let mut places: BTreeMap<Option<Url>, usize> = BTreeMap::new();
    for item in items.iter() {
        let Some(link) = &item.link else { continue };
        // An item that comes twice is no other one.
        let [names, words] = pages.entry(canonical(link.as_str())).or_default();
        names.insert(item.id.clone());
        words.insert(item.facts.title.clone().unwrap_or_else(|| item.html.clone()));
        *places.entry(item.link.clone()).or_default() += 1;
    }
    for item in items.iter_mut().filter(|item| !item.html.trim().is_empty()) {
        let Some(link) = &item.link else { continue };
        let page = canonical(link.as_str());
        let is_site = site.as_ref() == Some(&page);
        if is_site || pages.get(&page).is_some_and(|said| said.iter().all(|said| said.len() > 1)) {
            item.whole = true;
            let is_alone = place_in_page(link).is_some() && places.get(&item.link) == Some(&1);
            item.shares_page = !is_alone;
        }
    }
    let by_name = |item: &&mut Item| item.link.is_none() || item.shares_page;
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    items.iter_mut().filter(by_name).for_each(|item| *names.entry(item.id.clone()).or_default() += 1);
    for item in items.iter_mut().filter(by_name) {
        let is_address = item.link.as_ref().is_some_and(|link| canonical(link.as_str()) == canonical(&item.id));
        if item.id.is_empty() || is_address || names.get(&item.id).is_some_and(|n| *n > 1) {
            let said = format!("{}\n{}", item.facts.title.as_deref().unwrap_or_default(), item.html);
            item.id = format!("{}-{}", item.id, AssetId::of(said.as_bytes()).short());
        }
    }
}

/// The address that a feed says it has, or its site: what relative addresses of a saved feed are relative to.
fn home(feed: &Feed) -> Option<Url> {
    let named = ["self", "alternate"]
        .into_iter()
        .flat_map(|rel| feed.links.iter().filter(move |link| link.rel.as_deref().unwrap_or("alternate") == rel));
    named.into_iter().find_map(|link| web_url(&link.href))
}

fn parse(text: &str, base: Option<&str>) -> Result<(Feed, Dates), String> {
    let text = normal(text);
    let dates = Rc::new(RefCell::new(Dates::new()));
    let noted = Rc::clone(&dates);
    let parser = Builder::new()
        .base_uri(base)
        .sanitize_content(false)
        // Its own would be random where it finds neither; [`item`] gives these one.
        .id_generator(|links, title, address| match (links, title, address) {
            ([], None, _) | ([], _, None) => String::new(),
            _ => generate_id(links, title, address),
        })
        .timestamp_parser(move |text| {
            let published = dates::parse(text)?;
            noted.borrow_mut().insert(published.utc(), published);
            Some(published.utc())
        })
        .build();
    let feed = parser.parse(text.as_bytes()).map_err(|error| error.to_string())?;
    drop(parser);
    let dates = dates.take();
    Ok((feed, dates))
}

/// The forms of RSS that feed-rs does not know, as one that it knows. The text is UTF-8, whatever it says.
fn normal(text: &str) -> String {
    static DECLARATION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s*<\?xml[^>]*\?>").expect("the pattern is a constant, and the tests compile it")
    });
    static VERSION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<rss\b([^>]*?)\s*(?:version\s*=\s*["'][^"']*["'])?([^>]*)>"#)
            .expect("the pattern is a constant, and the tests compile it")
    });
    let text = DECLARATION.replace(text.trim_start_matches('\u{FEFF}'), "");
    let text = VERSION.replace(&text, "<rss version=\"2.0\"$1$2>");
    let text = escape_ampersands(&text);
    text.replace("http://my.netscape.com/rdf/simple/0.9/", "http://purl.org/rss/1.0/")
}

/// Escapes the ampersands that begin no reference: one is enough for XML to end there.
fn escape_ampersands(text: &str) -> String {
    static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^&(?:[A-Za-z][A-Za-z0-9]{0,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
            .expect("the pattern is a constant, and the tests compile it")
    });
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<']) {
        escaped.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with("<![CDATA[") { rest.find("]]>").unwrap_or(rest.len()) } else { 1 };
        let is_bare = rest.starts_with('&') && !REFERENCE.is_match(rest);
        escaped.push_str(if is_bare { "&amp;" } else { &rest[..taken] });
        rest = &rest[taken..];
    }
    escaped + rest
}

/// What can be read of a feed that is broken somewhere: it is closed behind its last whole article before that place.
fn salvage<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let ends = |tag: &str| text.match_indices(tag).map(|(at, _)| at + tag.len()).collect::<Vec<_>>();
    let (items, entries) = (ends("</item>"), ends("</entry>"));
    let (ends, closing) = if items.last() < entries.last() {
        (entries, "</feed>")
    } else if text.contains("<rdf:RDF") {
        (items, "</rdf:RDF>")
    } else {
        (items, "</channel></rss>")
    };
    let closed = |count: usize| read(&format!("{}{closing}", text.get(..*ends.get(count.checked_sub(1)?)?)?));
    if let Some(all) = closed(ends.len()) {
        return Some(all);
    }
    // Some number of articles can be read, and one more cannot.
    let (mut best, mut fewest, mut most) = (None, 0, ends.len());
    while most - fewest > 1 {
        let middle = fewest.midpoint(most);
        match closed(middle) {
            Some(feed) => (best, fewest) = (Some(feed), middle),
            None => most = middle,
        }
    }
    best
}

/// `around` is the address of the feed.
fn item(entry: &Entry, feed: &Feed, dates: &Dates, around: Option<&Url>) -> Item {
    let pages = || entry.links.iter().filter(|link| is_page(link));
    let link = pages().find(|link| matches!(link.rel.as_deref(), None | Some("alternate")));
    let link = link.or_else(|| pages().next()).and_then(|link| resolve(around, &link.href));
    // Many feeds have the address in the id alone.
    let link = link.or_else(|| web_url(&entry.id));
    let (mut html, whole) = text_of(entry);
    let mut pictures = Vec::new();
    for media in &entry.media {
        enclose(media, &mut html, &mut pictures);
    }
    for link in entry.links.iter().filter(|link| !is_page(link)) {
        let kind = link.media_type.as_deref().unwrap_or_default();
        if let (Some(element), Some(url)) = (player_of(kind), resolve(around, &link.href)) {
            add_player(element, url.as_str(), &mut html);
        }
    }
    let has_picture = html.contains("<img") || html.contains("<picture");
    let moment = entry.published.or(entry.updated);
    let published = moment.map(|moment| dates.get(&moment).copied().unwrap_or_else(|| utc(moment)));
    let named = |people: &[feed_rs::model::Person]| -> Vec<String> { people.iter().filter_map(name_of).collect() };
    let own = named(&entry.authors);
    let facts = Facts {
        title: entry.title.as_ref().map(plain).filter(|title| !title.is_empty()),
        authors: if own.is_empty() { named(&feed.authors) } else { own },
        site: feed.title.as_ref().map(plain).filter(|title| !title.is_empty()),
        published,
        source: link.as_ref().map(Url::to_string),
        cover: pictures.into_iter().next().filter(|_| !has_picture),
        description: entry
            .summary
            .as_ref()
            .filter(|_| entry.content.is_some())
            .map(plain)
            .filter(|text| !text.is_empty()),
        tags: entry.categories.iter().map(|tag| tidy(tag.label.as_ref().unwrap_or(&tag.term))).collect(),
        language: entry.language.as_ref().or(feed.language.as_ref()).and_then(|tag| Language::new(tag).ok()),
        ..Facts::default()
    };
    let around = link.as_ref().or(around);
    let base = entry.base.as_ref().and_then(|base| resolve(around, base)).or_else(|| around.cloned());
    let id = Some(&entry.id).filter(|id| !id.is_empty()).cloned().unwrap_or_else(|| id_of(&html));
    Item { facts, link, base, id, shares_page: false, html, whole }
}

/// What tells an item that says nothing but its text from others: the same for the same text.
fn id_of(html: &str) -> String {
    AssetId::of(html.as_bytes()).short()
}

/// The name of a person. RSS has an address with the name in brackets; many feeds write the name alone.
fn name_of(person: &feed_rs::model::Person) -> Option<String> {
    // feed-rs takes the whole of it for an address, and the name of the element for a name.
    let said = tidy(person.email.as_ref().filter(|_| person.name == "author").unwrap_or(&person.name));
    let bracketed = said.split_once(['(', '（']).filter(|(address, _)| address.contains('@'));
    let name = bracketed.map_or(said.as_str(), |(_, name)| name.trim_end_matches([')', '）']).trim());
    let is_address = name.contains('@') && !name.starts_with('@') && !name.contains(' ');
    (!name.is_empty() && name != "unknown" && !is_address).then(|| name.to_owned())
}

fn utc(moment: chrono::DateTime<chrono::Utc>) -> Published {
    Published { local: moment.naive_utc(), has_time: true, offset: chrono::FixedOffset::east_opt(0) }
}

fn resolve(base: Option<&Url>, reference: &str) -> Option<Url> {
    let joined =
        base.and_then(|base| base.join(reference.trim()).ok()).filter(|url| matches!(url.scheme(), "http" | "https"));
    joined.or_else(|| web_url(reference))
}

/// The text of an article as HTML, and whether it is all of it.
fn text_of(entry: &Entry) -> (String, bool) {
    let content = entry.content.as_ref().and_then(html_of).filter(|html| !html.trim().is_empty());
    if let Some(html) = content {
        let whole = !GOES_ON.is_match(plain_of(&html).trim_end());
        return (html, whole);
    }
    let summary =
        entry.summary.as_ref().map(|text| marked(&text.content, text.content_type.as_ref())).unwrap_or_default();
    let text = plain_of(&summary);
    let whole = text.chars().count() >= LEAST_WHOLE && !GOES_ON.is_match(text.trim_end());
    (summary, whole)
}

fn html_of(content: &Content) -> Option<String> {
    Some(marked(content.body.as_deref()?, content.content_type.as_ref()))
}

/// Text of a media type as HTML: plain text becomes paragraphs.
fn marked(text: &str, media_type: &str) -> String {
    let is_marked = media_type.contains("html") || text.contains("</") || text.contains("<br") || text.contains("<p>");
    if is_marked {
        return text.to_owned();
    }
    let paragraph = |text: &str| format!("<p>{}</p>", escape(text.trim()).replace('\n', "<br>"));
    text.split("\n\n").filter(|text| !text.trim().is_empty()).map(paragraph).collect()
}

/// Whether a link of an article leads to a page that may hold it: not to a sound, nor to the feed's own data.
fn is_page(link: &Link) -> bool {
    let kind = link.media_type.as_deref().unwrap_or_default();
    let is_data = matches!(link.rel.as_deref(), Some("enclosure" | "self" | "edit" | "replies"));
    !is_data && !["audio/", "video/", "image/"].iter().any(|start| kind.starts_with(start))
}

/// The element that plays a media type.
fn player_of(kind: &str) -> Option<&'static str> {
    match kind.split('/').next() {
        Some("audio") => Some("audio"),
        Some("video") => Some("video"),
        _ => None,
    }
}

fn add_player(element: &str, url: &str, html: &mut String) {
    if !html.contains(url) {
        *html += &format!("<{element} src=\"{}\"></{element}>", escape(url));
    }
}

/// Puts sounds and films of an article behind its text, and notes its pictures.
fn enclose(media: &MediaObject, html: &mut String, pictures: &mut Vec<String>) {
    for content in &media.content {
        let Some(url) = &content.url else { continue };
        let kind = content.content_type.as_ref().map(ToString::to_string).unwrap_or_default();
        match player_of(&kind) {
            Some(element) => add_player(element, url.as_str(), html),
            None if kind.starts_with("image/") => pictures.push(url.to_string()),
            None => {}
        }
    }
    pictures.extend(media.thumbnails.iter().map(|thumbnail| thumbnail.image.uri.clone()));
}

/// A text of a feed as one line without markup.
fn plain(text: &Text) -> String {
    tidy(&plain_of(&text.content))
}

fn plain_of(text: &str) -> String {
    // Titles speak of `Vec<T>` and of a < b: what is no element of HTML is text.
    static ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
        let names = "a|abbr|article|b|big|blockquote|br|center|cite|code|dd|del|div|dl|dt|em|figcaption|figure|font|h[1-6]|\
            hr|i|iframe|img|ins|kbd|li|mark|ol|p|picture|pre|q|rb|rp|rt|ruby|s|samp|script|section|small|source|span|\
            strike|strong|style|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video|wbr";
        Regex::new(&format!(r"(?i)^(?:/?(?:{names})(?:[\s/][^<>]*)?>|!--|!\[CDATA\[)"))
            .expect("the pattern is a constant, and the tests compile it")
    });
    if !text.contains(['<', '&']) || page::is_too_deep(text) {
        return text.to_owned();
    }
    let mut pieces = text.split('<');
    let mut marked = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        marked += if ELEMENT.is_match(piece) { "<" } else { "&lt;" };
        marked += piece;
    }
    let tree = Document::fragment(marked);
    for node in dom::all(&tree.html_root(), "script, style") {
        node.remove_from_parent();
    }
    tree.html_root().text().to_string()
}

#[cfg(test)]
mod tests;
