//! What a page says of its article in JSON-LD, in the words of schema.org.

use dom_query::Document;
use serde_json::Value;

/// The facts that matter, as they were written.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub(super) headline: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) published: Option<String>,
    pub(super) site: Option<String>,
    pub(super) image: Option<String>,
    pub(super) description: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) language: Option<String>,
    pub(super) address: Option<String>,
}

/// Types of things that are an article; the last two only when nothing better is there.
const ARTICLES: [&str; 17] = [
    "Article",
    "NewsArticle",
    "BlogPosting",
    "TechArticle",
    "ScholarlyArticle",
    "ReportageNewsArticle",
    "OpinionNewsArticle",
    "AnalysisNewsArticle",
    "BackgroundNewsArticle",
    "ReviewNewsArticle",
    "AdvertiserContentArticle",
    "SocialMediaPosting",
    "DiscussionForumPosting",
    "LiveBlogPosting",
    "Report",
    "CreativeWork",
    "WebPage",
];

/// How deep values are followed.
const DEEPEST: usize = 6;

/// What the scripts of a page describe.
pub(super) fn of(tree: &Document) -> Described {
    let mut things = Vec::new();
    for script in tree.select("script[type]").nodes() {
        if script.attr("type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json")) {
            things.extend(parse(&script.text()));
        }
    }
    let mut all = Vec::new();
    things.iter().for_each(|thing| gather(thing, 0, &mut all));
    let rank = |thing: &&&Value| types(thing).iter().filter_map(|kind| ARTICLES.iter().position(|a| a == kind)).min();
    let is_article = |thing: &&&Value| rank(thing).is_some();
    let best = all.iter().filter(is_article).min_by_key(|thing| rank(thing).map(|rank| rank.max(14)));
    best.map(|thing| describe(thing, &all)).unwrap_or_default()
}

/// JSON as sites write it: in a CDATA section, in a comment, with line ends inside strings.
fn parse(script: &str) -> Option<Value> {
    let text = script.trim();
    let text = text.strip_prefix("//").map_or(text, str::trim_start);
    let text = text.strip_prefix("<![CDATA[").unwrap_or(text).trim_end_matches("//]]>").trim_end_matches("]]>");
    let text = text.trim().strip_prefix("<!--").unwrap_or(text).trim_end_matches("-->").trim().trim_end_matches(';');
    serde_json::from_str(text).ok().or_else(|| {
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        serde_json::from_str(&clean).ok()
    })
}

/// All things of a graph, those first that stand first.
fn gather<'a>(value: &'a Value, depth: usize, out: &mut Vec<&'a Value>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| gather(value, depth + 1, out)),
        Value::Object(members) => {
            out.push(value);
            for key in ["@graph", "mainEntity", "mainEntityOfPage"] {
                members.get(key).into_iter().for_each(|value| gather(value, depth + 1, out));
            }
        }
        _ => {}
    }
}

/// The types of a thing, without the address of their vocabulary.
fn types(thing: &Value) -> Vec<&str> {
    fn bare(kind: &Value) -> Option<&str> {
        kind.as_str()?.rsplit(['/', ':']).next()
    }
    match &thing["@type"] {
        Value::Array(kinds) => kinds.iter().filter_map(bare).collect(),
        kind => bare(kind).into_iter().collect(),
    }
}

fn describe(thing: &Value, all: &[&Value]) -> Described {
    let text = |key: &str| strings(&thing[key], all, 0).into_iter().next();
    let tags = strings(&thing["keywords"], all, 0);
    Described {
        headline: text("headline").or_else(|| text("name")),
        authors: ["author", "creator"]
            .iter()
            .map(|key| strings(&thing[*key], all, 0))
            .find(|n| !n.is_empty())
            .unwrap_or_default(),
        published: text("datePublished").or_else(|| text("dateCreated")),
        site: ["publisher", "isPartOf", "provider"].iter().find_map(|key| text(key)),
        image: ["image", "thumbnailUrl"].iter().find_map(|key| addresses(&thing[*key], all, 0)),
        description: text("description"),
        tags,
        language: text("inLanguage"),
        address: addresses(&thing["url"], all, 0).or_else(|| addresses(&thing["mainEntityOfPage"], all, 0)),
    }
}

/// The names that a value holds: itself, its `name`, or those of its parts.
fn strings(value: &Value, all: &[&Value], depth: usize) -> Vec<String> {
    match value {
        _ if depth > DEEPEST => Vec::new(),
        Value::String(text) => Some(decoded(text)).filter(|text| !text.trim().is_empty()).into_iter().collect(),
        Value::Array(values) => values.iter().flat_map(|value| strings(value, all, depth + 1)).collect(),
        Value::Object(_) => {
            let named = ["name", "alternateName", "@value"].iter().map(|key| strings(&value[*key], all, depth + 1));
            let own = named.into_iter().find(|names| !names.is_empty());
            own.or_else(|| Some(strings(&referred(value, all)?["name"], all, depth + 1))).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The first address that a value holds.
fn addresses(value: &Value, all: &[&Value], depth: usize) -> Option<String> {
    match value {
        _ if depth > DEEPEST => None,
        Value::String(text) => Some(decoded(text)),
        Value::Array(values) => values.iter().find_map(|value| addresses(value, all, depth + 1)),
        Value::Object(_) => {
            let own = ["url", "contentUrl"].iter().find_map(|key| addresses(&value[*key], all, depth + 1));
            let other = || referred(value, all).and_then(|thing| addresses(&thing["url"], all, depth + 1));
            own.or_else(other).or_else(|| value["@id"].as_str().map(str::to_owned))
        }
        _ => None,
    }
}

/// The thing of the graph that a reference names.
fn referred<'a>(value: &Value, all: &[&'a Value]) -> Option<&'a Value> {
    let id = value["@id"].as_str()?;
    all.iter().copied().find(|thing| thing["@id"].as_str() == Some(id) && thing.get("@type").is_some())
}

/// Text with its entities resolved: many sites escape for HTML what is no HTML.
fn decoded(text: &str) -> String {
    if text.contains('&') { Document::fragment(text.replace('<', "&lt;")).text().to_string() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(json: &str) -> Described {
        of(&Document::from(format!("<script type='application/ld+json'>{json}</script>")))
    }

    #[test]
    fn an_article_is_found_in_graphs_and_lists_and_its_references_are_followed() {
        let graph = described(
            r#"{"@context": "https://schema.org", "@graph": [
                {"@type": "WebSite", "@id": "s", "name": "江边"},
                {"@type": "WebPage", "name": "页", "datePublished": "2001-01-01"},
                {"@type": ["Article", "BlogPosting"], "headline": "渡口 &amp; 船", "author": {"@id": "p"},
                 "publisher": {"@id": "s"}, "image": [{"@type": "ImageObject", "url": "https://a.example/p.jpg"}],
                 "datePublished": "2024-03-05T08:00:00+08:00", "keywords": ["船", "水"], "inLanguage": "zh-CN"},
                {"@type": "Person", "@id": "p", "name": "沈舟"}]}"#,
        );
        assert_eq!(
            (graph.headline.as_deref(), graph.authors.as_slice()),
            (Some("渡口 & 船"), ["沈舟".to_owned()].as_slice())
        );
        assert_eq!((graph.site.as_deref(), graph.image.as_deref()), (Some("江边"), Some("https://a.example/p.jpg")));
        assert_eq!((graph.tags.len(), graph.language.as_deref()), (2, Some("zh-CN")));
        let list = described(
            "[{\"@type\": \"NewsArticle\", \"headline\": \"一\n行\", \"author\": [\"甲\", {\"name\": \"乙\"}]}]",
        );
        assert_eq!((list.headline.as_deref(), list.authors.len()), (Some("一 行"), 2));
        assert!(described("{broken").headline.is_none());
    }
}
