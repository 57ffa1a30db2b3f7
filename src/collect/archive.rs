//! The archive form: a title, lines of facts, the body. A draft becomes such a text, and [`read`] makes the draft again;
//! what the header's reader would take for a fact is kept from it.
//!
//! The header has this one writer, whatever the body is: what came ([`write()`], for articles that are remembered until their
//! issue) or what was made of it (`wenji collect --into`).

use std::path::Path;

use super::facts::Key;
use super::{Draft, Reach, markdown};
use crate::book::{Language, Origin, Published, Section};

/// What the header of the archive form says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) title: &'a str,
    pub(crate) authors: &'a [String],
    pub(crate) published: Option<Published>,
    pub(crate) place: Option<&'a str>,
    pub(crate) language: Option<&'a Language>,
    pub(crate) tags: &'a [String],
    pub(crate) description: Option<&'a str>,
    pub(crate) source: Option<&'a str>,
    pub(crate) cover: Option<&'a str>,
    pub(crate) section: Option<&'a Section>,
}

/// The text of a draft in the archive form. The elements of a page stand in it as they are: markdown takes them.
#[must_use]
pub fn write(draft: &Draft) -> String {
    let head = Head {
        title: &draft.title,
        authors: &draft.authors,
        published: draft.published,
        place: draft.place.as_deref(),
        language: draft.language.as_ref(),
        tags: &draft.tags,
        description: draft.description.as_deref(),
        source: draft.source.as_deref(),
        cover: draft.cover.as_deref(),
        section: draft.section.as_ref(),
    };
    with_head(&head, draft.body.source()).0
}

/// A body with its header before it, and the line on which the body begins, from 1.
pub(crate) fn with_head(head: &Head<'_>, body: &str) -> (String, u32) {
    let mut out = String::new();
    if let Some(section) = head.section {
        // A string of JSON is one of YAML too.
        out += &format!("---\nsection: {}\n---\n\n", serde_json::Value::from(section.title()));
    }
    out += &title(head.title);
    out.push('\n');
    let mut fact = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            out += &format!("{name}: {value}\n");
        }
    };
    let joined = |list: &[String], mark: &str| (!list.is_empty()).then(|| list.join(mark));
    fact("文章作者", joined(head.authors, "、").as_deref());
    fact("发布时间", head.published.map(moment).as_deref());
    fact("发布地", head.place);
    fact("语言", head.language.map(Language::tag));
    fact("标签", joined(head.tags, "，").as_deref());
    fact("摘要", head.description);
    fact("原文链接", head.source);
    if let Some(cover) = head.cover {
        out += &format!("\n封面图链接: {cover}\n");
    }
    out.push('\n');
    let line = u32::try_from(out.matches('\n').count() + 1).unwrap_or(u32::MAX);
    (out + &guarded(body), line)
}

/// The draft of a text in the archive form. `origin` and `reach` say where the article came from and what it may name;
/// a text does not.
#[must_use]
pub fn read(text: &str, origin: Origin, reach: Reach) -> Draft {
    let stem = match &origin {
        Origin::File { path, .. } => {
            path.file_stem().unwrap_or(Path::new("").as_os_str()).to_string_lossy().into_owned()
        }
        Origin::Url(url) => url.clone(),
    };
    markdown::from_text(text, origin, reach, 0, &stem).0
}

/// The line of the title: a heading, with what markdown would take for its own marks escaped.
fn title(title: &str) -> String {
    let mut escaped = String::from("# ");
    for c in title.chars() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | ':' | ';' | '?' | '/' | '-' | '"' | '\'' | '(' | ')') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    // `**` and `__` in a title are taken for the rest of emphasis.
    if title.contains("**") || title.contains("__") { format!("标题: {title}\n") } else { escaped + "\n" }
}

/// A moment, with its zone if it has one.
fn moment(published: Published) -> String {
    let pattern = if published.has_time { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d" };
    let local = published.local.format(pattern).to_string();
    match published.offset.filter(|_| published.has_time) {
        Some(offset) => format!("{local} {offset}"),
        None => local,
    }
}

/// The body, with the colon of a first line that reads like a fact written so that it is none.
fn guarded(body: &str) -> String {
    let body = body.trim_start_matches(['\n', '\r']);
    let first = body.lines().next().unwrap_or_default();
    let Some((name, _)) = first.split_once([':', '：']) else { return body.to_owned() };
    if Key::of_archive(name.trim().trim_matches(['*', '_']).trim()).is_none() {
        return body.to_owned();
    }
    let (ascii, wide) = (first.find(':'), first.find('：'));
    match (ascii, wide) {
        (Some(at), wide) if wide.is_none_or(|wide| at < wide) => format!("{}&#58;{}", &body[..at], &body[at + 1..]),
        (_, Some(at)) => format!("{}&#xFF1A;{}", &body[..at], &body[at + '：'.len_utf8()..]),
        _ => body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Body;

    fn draft() -> Draft {
        let local = chrono::NaiveDate::from_ymd_opt(2024, 5, 1).and_then(|day| day.and_hms_opt(8, 30, 5));
        Draft {
            input: 0,
            origin: Origin::Url("https://a.example/1".to_owned()),
            reach: Reach::Public,
            site: None,
            title: "雨 #1: *夜* [一] `x` a_b <c> 1. & ~".to_owned(),
            authors: vec!["李小满".to_owned(), "Smith, John".to_owned()],
            published: local.map(|local| Published {
                local,
                has_time: true,
                offset: chrono::FixedOffset::east_opt(28_800),
            }),
            place: Some("苏州".to_owned()),
            source: Some("https://a.example/1?x=y_z".to_owned()),
            cover: Some("pic/a b.png".to_owned()),
            description: Some("一句：话".to_owned()),
            tags: vec!["书".to_owned(), "machine learning".to_owned()],
            section: Section::new("第一辑: \"引\"").ok(),
            language: Language::new("zh-TW").ok(),
            loss: None,
            mark: None,
            body: body("正文。\n\n- 一\n"),
            cleaned: false,
            page: Vec::new(),
        }
    }

    fn body(text: &str) -> Body {
        Body::Markdown { text: text.to_owned(), first_line: 1 }
    }

    fn again(draft: &Draft) -> Draft {
        let read = read(&write(draft), draft.origin.clone(), draft.reach.clone());
        Draft { body: body(read.body.source()), ..read }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let full = draft();
        assert_eq!(again(&full), full, "{}", write(&full));
        let day = Published { has_time: false, offset: None, ..full.published.expect("dated") };
        let day = Published { local: day.local.date().and_time(chrono::NaiveTime::MIN), ..day };
        let bare = Draft {
            authors: Vec::new(),
            published: Some(day),
            place: None,
            source: None,
            cover: None,
            description: None,
            tags: Vec::new(),
            section: None,
            language: None,
            ..full
        };
        assert_eq!(again(&bare), bare);
        for title in ["a", "**粗**", "__init__", "作者: 谁", "# 井", "\\", "2024. 年", "=", "> 引"] {
            let titled = Draft { title: title.to_owned(), ..bare.clone() };
            assert_eq!(again(&titled), titled, "{title}");
        }
    }

    #[test]
    fn a_body_that_begins_like_a_header_stays_body() {
        for (written, shown) in [
            ("发布地：北京的人\n\n后文\n", "发布地&#xFF1A;北京的人\n\n后文\n"),
            ("Date: today.\n", "Date&#58; today.\n"),
            ("# 又一个题目\n\n文\n", "# 又一个题目\n\n文\n"),
            ("今天: 晴\n", "今天: 晴\n"),
        ] {
            let bare = Draft { place: None, published: None, body: body(written), ..draft() };
            let read = again(&bare);
            assert_eq!(read.body.source(), shown);
            assert_eq!((read.place, read.published), (None, None));
        }
    }
}
