//! The header of the archive form: `# TITLE`, then lines such as `文章作者: …`, with blank lines between.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::book::tidy;
use crate::collect::facts::{Facts, Key, web_address};

/// The line behind which readers that turn pages into markdown put the text, with the title as a heading once more.
const CONTENT: &str = "Markdown Content:";

/// Reads the header that begins at the line with index `from`, and gives the index of the first line of the body.
///
/// The header ends at the first line that says nothing new in its form, so that a later `原文链接：` stays in the body.
pub(super) fn read(lines: &[&str], from: usize, facts: &mut Facts) -> usize {
    let mut at = from;
    let mut heading_taken = false;
    // Whether the line before was one of the header's, and whether it was a field.
    let mut adjacent = false;
    let mut below_field = false;
    while let Some(line) = lines.get(at) {
        if line.trim().is_empty() {
            adjacent = false;
            below_field = false;
            at += 1;
        } else if facts.title.is_some() && line.trim() == CONTENT {
            at += 1;
        } else if let Some(field) = field_of(line).filter(|field| !facts.knows(field.key)) {
            let (value, used) = whole_value(&field, &lines[at + 1..]);
            match facts.set(field.key, &[value]) {
                Ok(()) => {}
                // `Date: …` may well begin a sentence.
                Err(_) if field.name.is_ascii() && !adjacent => break,
                Err(message) => facts.remark(file_line(at), message),
            }
            adjacent = true;
            below_field = true;
            at += 1 + used;
        } else if take_beside(line, below_field, lines.get(at + 1).copied(), facts)
            || (heading_taken && take_byline(line, facts))
        {
            adjacent = true;
            below_field = true;
            at += 1;
        } else if let Some((title, used)) = title_at(&lines[at..]).filter(|_| !heading_taken) {
            // A first heading other than the title of the front matter belongs to the body.
            if facts.title.as_ref().is_some_and(|known| *known != title) {
                break;
            }
            facts.title = Some(title).filter(|title| !title.is_empty());
            heading_taken = true;
            adjacent = true;
            at += used;
        } else {
            break;
        }
    }
    at
}

/// Takes a line whose key prose begins with too, where a line of the header stands beside it.
fn take_beside(line: &str, below_field: bool, next: Option<&str>, facts: &mut Facts) -> bool {
    if !below_field && next.is_none_or(|next| field_of(next).is_none()) {
        return false;
    }
    let Some((name, value)) = line.split_once([':', '：']) else { return false };
    let value = tidy(value);
    match name.trim().trim_matches(['*', '_']).trim() {
        "日期" | "时间" | "時間" if facts.published.is_none() => {
            facts.set(Key::Published, &[value]).is_ok() && facts.published.is_some()
        }
        "来源" | "來源" if facts.source.is_none() && web_address(&value).is_some() => {
            facts.set(Key::Source, &[value]).is_ok()
        }
        "来源" | "來源" if facts.site.is_none() && (1..=20).contains(&value.chars().count()) => {
            facts.site = Some(value);
            true
        }
        _ => false,
    }
}

/// Takes a byline below the title, such as `文/李想` or `作者 | 李想`.
fn take_byline(line: &str, facts: &mut Facts) -> bool {
    const LONGEST: usize = 20;
    let Some((name, value)) = line.trim().split_once(['|', '｜', '/', '／', '丨']) else { return false };
    let value = value.trim();
    let is_name = (1..=LONGEST).contains(&value.chars().count())
        && value.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '·' | '、' | '・'));
    let takes = facts.authors.is_empty() && matches!(name.trim(), "作者" | "文" | "撰文") && is_name;
    takes && facts.set(Key::Author, &[value.to_owned()]).is_ok()
}

/// The plain text of the first heading anywhere in a body.
pub(super) fn first_heading(markdown: &str) -> Option<String> {
    let mut events = Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH);
    events.find(|event| matches!(event, Event::Start(Tag::Heading { .. })))?;
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(piece) | Event::Code(piece) => text.push_str(&piece),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(TagEnd::Heading(_)) => break,
            _ => {}
        }
    }
    // What is left of emphasis that CommonMark does not close before a Han letter.
    let text = tidy(&text.replace("**", "").replace("__", ""));
    (!text.is_empty()).then_some(text)
}

/// A line `key: value` of the header.
struct Field<'a> {
    key: Key,
    name: &'a str,
    value: &'a str,
}

/// The field on a line; the key may be emphasized and the colon full-width.
fn field_of(line: &str) -> Option<Field<'_>> {
    let (name, value) = line.split_once([':', '：'])?;
    let name = name.trim().trim_matches(['*', '_']).trim();
    let key = Key::of_archive(name)?;
    let value = value.trim();
    // `**作者：** 张三`
    let value = value.strip_prefix("**").filter(|value| !value.contains("**")).unwrap_or(value);
    Some(Field { key, name, value: value.trim() })
}

/// A field's value with the lines that a converter wrapped it onto, and how many these are.
fn whole_value(field: &Field<'_>, following: &[&str]) -> (String, usize) {
    let mut value = field.value.to_owned();
    let mut used = 0;
    for next in following {
        let text = next.trim();
        if text.is_empty() || field_of(text).is_some() || text.starts_with('#') {
            break;
        }
        let last =
            used == 0 && following.get(1).is_none_or(|after| after.trim().is_empty() || field_of(after).is_some());
        match field.key {
            Key::Source | Key::Cover if value.is_empty() && web_address(text).is_some() => value.push_str(text),
            Key::Source | Key::Cover if last && is_cut_address(&value) && is_rest_of_address(text) => {
                value.push_str(text);
            }
            Key::Author | Key::Tags if value.ends_with(['、', '，', ',', ';', '；']) => value.push_str(text),
            Key::Description => join(&mut value, text),
            _ => break,
        }
        used += 1;
    }
    (value, used)
}

/// Whether an address was long enough to be wrapped, or ends where converters cut.
fn is_cut_address(value: &str) -> bool {
    const WRAP_COLUMN: usize = 60;
    web_address(value).is_some() && (value.len() >= WRAP_COLUMN || value.ends_with(['-', '/', '&', '=', '?', '_']))
}

/// Whether a line holds nothing but characters of an address (RFC 3986 2), and is not an address itself.
fn is_rest_of_address(text: &str) -> bool {
    web_address(text).is_none()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte))
}

/// The title that begins here, with the lines it was wrapped onto, and how many lines it takes.
fn title_at(lines: &[&str]) -> Option<(String, usize)> {
    let (mut title, used) = heading_at(lines)?;
    let rest = wrapped_rest(&lines[used..]);
    rest.iter().for_each(|line| join(&mut title, &tidy(line)));
    Some((title, used + rest.len()))
}

/// The heading that begins here: its plain text and how many lines it takes.
fn heading_at(lines: &[&str]) -> Option<(String, usize)> {
    let end = lines.iter().position(|line| line.trim().is_empty()).unwrap_or(lines.len());
    let text = lines[..end].join("\n");
    let (event, range) = Parser::new(&text).into_offset_iter().next()?;
    let Event::Start(Tag::Heading { .. }) = event else { return None };
    let source = text.get(range)?.trim_end();
    Some((first_heading(source).unwrap_or_default(), source.matches('\n').count() + 1))
}

/// The lines after a heading that are the rest of a wrapped title: a few plain ones, then a blank line and a field.
fn wrapped_rest<'a>(following: &'a [&'a str]) -> &'a [&'a str] {
    const MOST: usize = 2;
    let is_blank = |line: &&str| line.trim().is_empty();
    let (rest, after) = following.split_at(following.iter().position(is_blank).unwrap_or(following.len()));
    let field_follows = after.iter().find(|line| !is_blank(line)).is_some_and(|line| field_of(line).is_some());
    let plain = rest.iter().all(|line| field_of(line).is_none() && heading_at(&[line]).is_none());
    if rest.len() <= MOST && field_follows && plain { rest } else { &[] }
}

/// Joins a wrapped line: with a space, unless full-width text meets full-width text.
fn join(value: &mut String, text: &str) {
    let wide = |c: Option<char>| c.is_some_and(|c| !c.is_ascii());
    if !(value.is_empty() || wide(value.chars().last()) && wide(text.chars().next())) {
        value.push(' ');
    }
    value.push_str(text);
}

fn file_line(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The facts of a header, and the body's first line.
    fn header(text: &str) -> (Facts, String) {
        let lines: Vec<&str> = text.lines().collect();
        let mut facts = Facts::default();
        let body = read(&lines, 0, &mut facts);
        (facts, lines.get(body).copied().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_archive_form_gives_every_fact_and_leaves_the_body() {
        let line = |(key, value): (&str, &str)| format!("{key}: {value}\n");
        let facts = [
            ("文章作者", "小满研究室"),
            ("发布时间", "2024-02-18 07:45"),
            ("发布地", "苏州"),
            ("原文链接", "http://a.example/s?__biz=M==&mid=1#rd"),
        ];
        let cover = line(("封面图链接", "https://b.example/c/300"));
        let (facts, body) = header(&format!(
            "# 山中来信：一个小镇的四季\n\n{}\n{cover}\n![](https://b.example/p)\n",
            facts.map(line).concat()
        ));
        assert_eq!(facts.title.as_deref(), Some("山中来信：一个小镇的四季"));
        assert_eq!(facts.authors, ["小满研究室"]);
        assert_eq!(facts.published.map(|moment| moment.to_string()).as_deref(), Some("2024-02-18 07:45"));
        assert_eq!(facts.place.as_deref(), Some("苏州"));
        assert_eq!(facts.source.as_deref(), Some("http://a.example/s?__biz=M==&mid=1#rd"));
        assert_eq!(facts.cover.as_deref(), Some("https://b.example/c/300"));
        assert_eq!((body.as_str(), facts.remarks.len()), ("![](https://b.example/p)", 0));
    }

    #[test]
    fn the_header_of_a_reader_of_pages_is_one() {
        let head =
            "Title: 渡口\n\nURL Source: https://a.example/1\n\nPublished Time: 2024-03-01\n\nMarkdown Content:\n";
        let (facts, body) = header(&format!("{head}渡口\n==\n\n正文"));
        assert_eq!((facts.title.as_deref(), facts.source.as_deref()), (Some("渡口"), Some("https://a.example/1")));
        assert!(facts.published.is_some());
        assert_eq!(body, "正文");
    }

    #[test]
    fn colons_may_be_full_width_and_keys_emphasized() {
        let (facts, body) = header("# 标题\n作者：张三\n**发布地：** 北京\n**原文链接**：<https://a.example>\n\n正文");
        assert_eq!((facts.authors, facts.place.as_deref()), (vec!["张三".to_owned()], Some("北京")));
        assert_eq!((facts.source.as_deref(), body.as_str()), (Some("https://a.example"), "正文"));
    }

    #[test]
    fn a_title_is_plain_text() {
        assert_eq!(
            header("# **重磅** _消息_ \\* `x` &amp; [链接](u) ##\n").0.title.as_deref(),
            Some("重磅 消息 * x & 链接")
        );
        assert_eq!(header("# **“问题”**之后\n").0.title.as_deref(), Some("“问题”之后"));
        assert_eq!(header("一个标题\n====\n\n正文").0.title.as_deref(), Some("一个标题"));
    }

    #[test]
    fn wrapped_header_lines_are_joined() {
        let (facts, body) = header(
            "# 一个很长很长的标题分成\n了两行\n\n原文链接: https://a.example/notes/2023/11/some-long-\nname/12345/\n\
             封面图链接:\nhttps://b.example/c.png\n摘要: 第一行\n第二行\n\n正文",
        );
        assert_eq!(facts.title.as_deref(), Some("一个很长很长的标题分成了两行"));
        assert_eq!(facts.source.as_deref(), Some("https://a.example/notes/2023/11/some-long-name/12345/"));
        assert_eq!(facts.cover.as_deref(), Some("https://b.example/c.png"));
        assert_eq!((facts.description.as_deref(), body.as_str()), (Some("第一行第二行"), "正文"));
    }

    #[test]
    fn a_line_below_an_address_that_was_not_cut_is_the_body() {
        let (facts, body) = header("# T\n原文链接: https://a.example/x\nHello\n\nmore");
        assert_eq!((facts.source.as_deref(), body.as_str()), (Some("https://a.example/x"), "Hello"));
    }

    #[test]
    fn a_later_line_of_the_same_key_stays_in_the_body() {
        let (facts, body) = header("# T\n\n原文链接: https://a.example/x\n\n原文链接：\n\nhttps://b.example/");
        assert_eq!((facts.source.as_deref(), body.as_str()), (Some("https://a.example/x"), "原文链接："));
    }

    #[test]
    fn a_bad_value_is_a_remark_at_its_line_and_the_header_goes_on() {
        let (facts, body) = header("# T\n\n发布时间: 前天\n发布地: 上海\n\n正文");
        assert_eq!(facts.remarks.iter().map(|remark| remark.line).collect::<Vec<_>>(), [3]);
        assert_eq!((facts.place.as_deref(), body.as_str()), (Some("上海"), "正文"));
    }

    #[test]
    fn prose_that_begins_like_a_key_is_the_body() {
        for text in ["Date: the fruit of a palm", "Source: Reuters", "注意：这是正文", "作者的话"] {
            let (facts, body) = header(&format!("# T\n\n{text}"));
            assert_eq!((body.as_str(), facts.remarks.len()), (text, 0));
        }
    }

    #[test]
    fn keys_that_prose_has_too_count_beside_a_field() {
        let (facts, body) = header("# 雨\n\n作者：王五\n日期：2024/3/5\n来源：江城日报\n\n正文");
        assert_eq!(facts.published.map(|moment| moment.to_string()).as_deref(), Some("2024-03-05"));
        assert_eq!((facts.site.as_deref(), body.as_str()), (Some("江城日报"), "正文"));
        let (facts, body) = header("# 雨\n时间：2024-03-05 08:09\n作者：王五\n\n正文");
        assert_eq!((facts.published.is_some(), facts.authors.len(), body.as_str()), (true, 1, "正文"));
        for text in ["日期：2024/3/5", "时间：不多了", "来源：江边"] {
            assert_eq!(header(&format!("# 雨\n\n作者：王五\n\n{text}\n\n正文")).1, text);
        }
    }

    #[test]
    fn a_byline_below_the_title_names_the_author() {
        for text in ["文/李想", "作者 | 李想", "撰文｜李想"] {
            let (facts, body) = header(&format!("# 雨\n\n{text}\n\n正文"));
            assert_eq!((facts.authors, body.as_str()), (vec!["李想".to_owned()], "正文"), "{text}");
        }
        for text in ["文 | 武 | 两道", "文/理，都一样。", "诗/李想"] {
            assert_eq!(header(&format!("# 雨\n\n{text}")).1, text);
        }
        assert_eq!(header("文/李想\n\n正文").1, "文/李想");
    }

    #[test]
    fn a_heading_that_differs_from_a_known_title_stays() {
        let mut facts = Facts { title: Some("书名".to_owned()), ..Facts::default() };
        assert_eq!(read(&["# 第一节", "", "正文"], 0, &mut facts), 0);
        assert_eq!(read(&["# 书名", "", "正文"], 0, &mut facts), 2);
    }

    #[test]
    fn the_first_heading_is_not_looked_for_in_code() {
        assert_eq!(first_heading("开头\n\n```sh\n# no\n```\n\n## 一节\n").as_deref(), Some("一节"));
        assert_eq!(first_heading("没有"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_a_header_that_ends_inside_it(text in "[#:：作者原文链接摘\\-=a/ \n*]{0,120}") {
            let lines: Vec<&str> = text.split('\n').collect();
            proptest::prop_assert!(read(&lines, 0, &mut Facts::default()) <= lines.len());
        }
    }
}
