//! A markdown file becomes a draft.

use crate::book::{Body, Origin};
use crate::collect::encoding::{self, Damage};
use crate::collect::facts::Facts;
use crate::collect::obtain::Arrival;
use crate::collect::{Draft, Reach, dates, front_matter, header};
use crate::problem::{Code, Problem};

/// Reads markdown. A problem does not keep the article out, unless there is nothing to read.
pub(super) fn read(arrival: &Arrival, problems: &mut Vec<Problem>) -> Option<Draft> {
    let whole = || arrival.origin.place();
    let decoded = encoding::decode(&arrival.bytes);
    if decoded.text.contains('\0') {
        let message = "the file is not text: it holds zero bytes";
        problems.push(Problem::error(Code::ArticleUnsupported, whole(), message));
        return None;
    }
    if decoded.text.trim().is_empty() {
        problems.push(Problem::error(Code::ArticleEmpty, whole(), "the article is empty"));
        return None;
    }
    let (draft, facts) = draft_of(arrival, &decoded.text);
    let found = problems.len();
    problems.extend(decoded.damage.map(|damage| damage_problem(arrival, decoded.encoding, damage)));
    for remark in facts.remarks {
        let place = arrival.origin.at(remark.line);
        problems.push(Problem::warning(Code::HeaderBadValue, place, remark.message));
    }
    if draft.body.source().trim().is_empty() {
        problems.push(Problem::warning(Code::ArticleEmpty, whole(), "the article has a header and no text"));
    }
    for problem in &mut problems[found..] {
        problem.article = Some(draft.title.clone());
    }
    Some(draft)
}

/// The draft of a text, and what its header said.
fn draft_of(arrival: &Arrival, text: &str) -> (Draft, Facts) {
    let (mut draft, facts) =
        from_text(text, arrival.origin.clone(), arrival.reach.clone(), arrival.input, &arrival.stem());
    draft.source = draft.source.or_else(|| arrival.address.as_ref().map(ToString::to_string));
    (draft, facts)
}

/// The draft of a text that came from somewhere, and what its header said. `stem` is the name of its file.
pub(super) fn from_text(text: &str, origin: Origin, reach: Reach, input: usize, stem: &str) -> (Draft, Facts) {
    let lines: Vec<&str> = text.lines().collect();
    let mut facts = Facts::default();
    let after_front_matter = front_matter::read(&lines, &mut facts);
    let mut body = header::read(&lines, after_front_matter, &mut facts);
    while lines.get(body).is_some_and(|line| line.trim().is_empty()) {
        body += 1;
    }
    let markdown: String = lines.get(body..).unwrap_or_default().iter().flat_map(|line| [*line, "\n"]).collect();
    let known = facts.clone();
    let draft = Draft {
        input,
        origin,
        reach,
        title: known.title.or_else(|| header::first_heading(&markdown)).unwrap_or_else(|| title_of_name(stem)),
        authors: known.authors,
        site: known.site,
        published: known.published.or_else(|| dates::in_file_name(stem)),
        place: known.place,
        source: known.source,
        cover: known.cover,
        description: known.description,
        tags: known.tags,
        section: known.section,
        language: known.language,
        loss: None,
        mark: None,
        body: Body::Markdown { text: markdown, first_line: u32::try_from(body + 1).unwrap_or(u32::MAX) },
        cleaned: false,
        page: Vec::new(),
    };
    (draft, facts)
}

pub(super) fn damage_problem(arrival: &Arrival, encoding: &str, damage: Damage) -> Problem {
    let Damage { offset, line, places } = damage;
    let more = match places - 1 {
        0 => String::new(),
        1 => ", nor is one place after it".to_owned(),
        more => format!(", nor are {more} places after it"),
    };
    let message = format!("byte {offset} (counted from 0) is not valid {encoding}{more}; U+FFFD stands instead");
    Problem::error(Code::ArticleEncoding, arrival.origin.at(line), message)
}

/// The title that a file's name gives: without a date at its head, if something remains.
pub(super) fn title_of_name(stem: &str) -> String {
    let rest = stem
        .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ' ' | '年' | '月' | '日'));
    let dated = dates::in_file_name(&stem[..stem.len() - rest.len()]).is_some();
    let title = if dated && !rest.is_empty() { rest } else { stem };
    if title.trim().is_empty() { "wenji".to_owned() } else { title.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Origin;
    use crate::collect::Reach;
    use crate::problem::Place;

    fn read_bytes(name: &str, bytes: &[u8]) -> (Option<Draft>, Vec<Problem>) {
        let mut problems = Vec::new();
        let origin = Origin::File { path: name.into(), key: name.to_owned() };
        let bytes = bytes.to_vec();
        let arrival = Arrival { bytes, origin, reach: Reach::Public, input: 0, address: None, content_type: None };
        let draft = read(&arrival, &mut problems);
        (draft, problems)
    }

    fn text(draft: &Draft) -> (&str, u32) {
        match &draft.body {
            Body::Markdown { text, first_line } => (text, *first_line),
            Body::Html(html) => panic!("{html}"),
        }
    }

    #[test]
    fn the_body_begins_after_the_header_at_its_line() {
        let (draft, problems) =
            read_bytes("a.md", "\u{FEFF}# 雨\r\n\r\n作者：李小满\r\n\r\n第一段\r\n\r\n第二段".as_bytes());
        let draft = draft.expect("read");
        assert_eq!((draft.title.as_str(), text(&draft).1), ("雨", 5));
        assert_eq!((text(&draft).0, problems.len()), ("第一段\n\n第二段\n", 0));
    }

    #[test]
    fn without_a_header_the_heading_or_the_name_gives_the_title_and_the_name_the_date() {
        let (draft, _) = read_bytes("2023-11-21-山中来信.md", "只有正文。".as_bytes());
        let draft = draft.expect("read");
        assert_eq!((draft.title.as_str(), text(&draft).1, text(&draft).0), ("山中来信", 1, "只有正文。\n"));
        assert_eq!(draft.published.map(|moment| moment.to_string()).as_deref(), Some("2023-11-21"));
        let (draft, _) = read_bytes("20231121.md", "正文在前。\n\n## 一节\n".as_bytes());
        let draft = draft.expect("read");
        assert_eq!((draft.title.as_str(), text(&draft).0.contains("## 一节")), ("一节", true));
        assert_eq!(read_bytes("20231121.md", b"x").0.expect("read").title, "20231121");
    }

    #[test]
    fn front_matter_and_the_archive_form_may_stand_together() {
        let (draft, problems) = read_bytes("a.md", "---\ntitle: 雨\n---\n\n# 雨\n\n作者：李小满\n\n正文\n".as_bytes());
        let draft = draft.expect("read");
        assert_eq!((draft.title.as_str(), draft.authors.as_slice()), ("雨", ["李小满".to_owned()].as_slice()));
        assert_eq!((text(&draft).0, problems.len()), ("正文\n", 0));
    }

    #[test]
    fn a_bad_date_is_a_warning_at_its_line() {
        let (draft, problems) = read_bytes("a.md", "# 雨\n\n发布时间: 前天\n\n正文".as_bytes());
        assert!(draft.expect("read").published.is_none());
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!((problem.code, problem.severity), (Code::HeaderBadValue, crate::problem::Severity::Warning));
        assert!(matches!(problem.place, Place::File(_, Some(3))));
        assert_eq!(problem.article.as_deref(), Some("雨"));
    }

    #[test]
    fn damaged_text_is_still_an_article_and_names_the_byte() {
        let (draft, problems) = read_bytes("a.md", b"# A\n\n\xE9\x9B\xA8\xFF\xE5\xA4\x9C\n");
        assert_eq!(text(&draft.expect("read")).0, "雨\u{FFFD}夜\n");
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.starts_with("byte 8 "), "{}", problems[0].message);
    }

    #[test]
    fn nothing_to_read_is_a_problem_and_no_article() {
        for (bytes, code) in [
            (b"".as_slice(), Code::ArticleEmpty),
            (b" \n\n", Code::ArticleEmpty),
            (b"\xEF\xBB\xBF", Code::ArticleEmpty),
            (b"PK\x03\x04\0\0", Code::ArticleUnsupported),
        ] {
            let (draft, problems) = read_bytes("a.md", bytes);
            assert_eq!((draft, problems.iter().map(|problem| problem.code).collect::<Vec<_>>()), (None, vec![code]));
        }
        let (draft, problems) = read_bytes("a.md", b"# Title\n");
        assert_eq!((draft.map(|draft| draft.title), problems.len()), (Some("Title".to_owned()), 1));
    }
}
