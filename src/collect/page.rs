//! A web page becomes a draft.
//!
//! | step | file |
//! |---|---|
//! | a page in one file with its pictures is taken apart | `mhtml` |
//! | bytes become a tree, unless they are made to stop a parser | this one, `guard`, `open` |
//! | what the page says of itself: JSON-LD, meta elements, what one sees | `facts`, `json_ld`, `title`, `byline` |
//! | the part of the page that is the article | `extract` |
//! | what stands in it and is none of it: menus, share buttons, related articles, forms | `boilerplate` |
//! | what was left out, for those who ask | `surroundings` |
//! | links and pictures get whole addresses, lazy pictures their real ones | `addresses`, `pictures` |
//! | facts and the elements of the article become a [`Draft`] | [`draft`] |
//!
//! Pages of WeChat have rules of their own ([`super::wechat`]). A feed that brings whole articles needs the last two steps
//! alone: [`draft`] takes the HTML of an article with its address.

use dom_query::{Document, NodeRef};
use url::Url;

use crate::book::{Body, Language};
use crate::dom;
use crate::problem::{Code, Problem};

use super::facts::Facts;
use super::obtain::Arrival;
use super::{Draft, dates, encoding, markdown, prose, wechat};

mod addresses;
mod boilerplate;
mod boilerplate_words;
mod byline;
mod extract;
mod facts;
mod guard;
mod json_ld;
mod mhtml;
mod open;
mod pictures;
mod surroundings;
mod title;

use addresses::Base;
pub use surroundings::PageLine;
use surroundings::Texts;
pub(super) use title::without_site;

/// Reads a page that was saved in one file. Its pictures are those of the file, or on the web.
pub(super) fn read_mhtml(arrival: &Arrival, problems: &mut Vec<Problem>) -> Option<Draft> {
    let saved = match mhtml::open(&arrival.bytes) {
        Ok(saved) => saved,
        Err(reason) => {
            problems.push(Problem::error(Code::ArticleUnsupported, arrival.origin.place(), reason));
            return None;
        }
    };
    let page = Arrival {
        bytes: saved.html,
        origin: arrival.origin.clone(),
        reach: arrival.reach.remote(),
        input: arrival.input,
        address: saved.address,
        content_type: saved.content_type,
    };
    let mut draft = read_with(&page, &saved.pictures, problems)?;
    mhtml::embed(&mut draft, &saved.pictures);
    Some(draft)
}

/// Reads a page. What is no article is a problem.
pub(super) fn read(arrival: &Arrival, problems: &mut Vec<Problem>) -> Option<Draft> {
    read_with(arrival, &mhtml::Pictures::new(), problems)
}

/// Reads a page that came with some of its pictures.
fn read_with(arrival: &Arrival, pictures: &mhtml::Pictures, problems: &mut Vec<Problem>) -> Option<Draft> {
    let whole = || arrival.origin.place();
    let decoded = encoding::decode_page(&arrival.bytes, arrival.content_type.as_deref());
    if decoded.text.trim().is_empty() {
        problems.push(Problem::error(Code::ArticleEmpty, whole(), "the page is empty"));
        return None;
    }
    if let Err(reason) = guard::check(&decoded.text) {
        problems.push(Problem::error(Code::ArticleUnsupported, whole(), reason));
        return None;
    }
    let tree = Document::from(decoded.text.as_str());
    let base = Base::of_page(&tree, &decoded.text, arrival).with_pictures(pictures.keys().cloned().collect());
    let root = tree.root();
    let texts = Texts::of(&root);
    let (facts, content) = if wechat::is_wechat(&tree, base.page()) {
        match wechat::read(&tree, &decoded.text) {
            Ok(article) => article,
            Err((code, message)) => {
                problems.push(Problem::error(code, whole(), message));
                return None;
            }
        }
    } else {
        let mut facts = facts::of(&tree, &base);
        let content = extract::content(&tree);
        facts.title = title::of(&tree, &content, facts.site.as_deref(), facts.title.take(), base.page());
        boilerplate::remove(&content, &facts);
        (facts, content)
    };
    let found = problems.len();
    let damage = decoded.damage.map(|damage| markdown::damage_problem(arrival, decoded.encoding, damage));
    problems.extend(damage);
    let mut draft = draft(&content, facts, &base, arrival);
    draft.page = texts.left_out(&content, &[&draft.title, draft.description.as_deref().unwrap_or_default()]);
    if is_blank(&content) {
        problems.push(Problem::error(Code::ArticleEmpty, whole(), "no article is found in the page"));
        return None;
    }
    for problem in &mut problems[found..] {
        problem.article = Some(draft.title.clone());
    }
    Some(draft)
}

/// Whether HTML is made to stop a parser.
pub(super) fn is_too_deep(html: &str) -> bool {
    guard::check(html).is_err()
}

/// The draft of an article that came in a feed. What it names is relative to `base`.
///
/// # Errors
/// When the HTML is made to stop a parser.
pub(super) fn of_html(html: &str, facts: Facts, base: Option<&Url>, arrival: &Arrival) -> Result<Draft, String> {
    guard::check(html).map_err(ToString::to_string)?;
    let tree = Document::fragment(html);
    Ok(draft(&tree.html_root(), facts, &base.map(Base::of_address).unwrap_or_default(), arrival))
}

/// The draft of an article whose elements stand in a node, all of them its own. What they name gets whole addresses; a
/// fact that is not known is looked for in them.
pub(super) fn draft(content: &NodeRef<'_>, facts: Facts, base: &Base, arrival: &Arrival) -> Draft {
    let title = facts.title.unwrap_or_else(|| markdown::title_of_name(&arrival.stem()));
    title::remove_repeated(content, &title);
    pictures::settle(content, base);
    addresses::settle(content, base);
    let body = Body::Html(content.inner_html().to_string());
    let language = language_of(prose::language(&title, &body), facts.language);
    let source = facts.source.or_else(|| base.page().map(ToString::to_string));
    let site = facts.site.filter(|site| !facts.authors.iter().any(|author| author == site));
    Draft {
        input: arrival.input,
        origin: arrival.origin.clone(),
        reach: arrival.reach.clone(),
        authors: facts.authors,
        site,
        published: facts.published.or_else(|| dates::in_file_name(&arrival.stem())),
        place: facts.place,
        source,
        cover: facts.cover.and_then(|cover| pictures::cover(content, &cover, base)),
        description: facts.description.filter(|description| *description != title),
        title,
        tags: facts.tags,
        section: facts.section,
        language: Some(language),
        loss: None,
        mark: None,
        body,
        cleaned: false,
        page: Vec::new(),
    }
}

/// The language of a text: the one that its page declares, unless the script says that it cannot be. Many sites
/// declare English and write Chinese.
fn language_of(by_script: Language, declared: Option<Language>) -> Language {
    let is_wide = |language: &Language| language.is_han() || language.primary() == "ko";
    match declared {
        Some(declared) if is_wide(&declared) == is_wide(&by_script) => {
            let other_script = is_wide(&by_script) && declared.is_chinese() != by_script.is_chinese();
            // Japanese without kana looks like Chinese: there the page knows better.
            if other_script && !by_script.is_chinese() { by_script } else { declared }
        }
        _ => by_script,
    }
}

/// Whether nothing of a node can be shown.
fn is_blank(node: &NodeRef<'_>) -> bool {
    const SHOWN: [&str; 7] = ["img", "svg", "video", "audio", "iframe", "math", "table"];
    let shows = |inner: &NodeRef<'_>| SHOWN.contains(&dom::name(inner).as_str());
    node.text().trim().is_empty() && !node.descendants_it().any(|inner| shows(&inner))
}

/// An address on the web.
pub(super) fn web_url(address: &str) -> Option<Url> {
    Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests;
