//! A markdown file becomes a draft.

use std::path::{Path, PathBuf};

use crate::book::Origin;
use crate::collect::encoding::{self, Damage};
use crate::collect::facts::Facts;
use crate::collect::{Draft, dates, front_matter, header};
use crate::problem::{Code, Place, Problem};

/// A markdown file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its path relative to what the user named, with `/`.
    pub(super) key: String,
    /// The folder whose files it may name.
    pub(super) folder: PathBuf,
    /// The index of the input that gave it.
    pub(super) input: usize,
}

/// Reads a file. A problem does not keep the article out, unless there is nothing to read.
pub(super) fn read(source: &Source, problems: &mut Vec<Problem>) -> Option<Draft> {
    let whole = || Place::File(source.path.clone(), None);
    let bytes = match std::fs::read(&source.path) {
        Ok(bytes) => bytes,
        Err(error) => {
            problems.push(Problem::error(
                Code::ArticleUnreadable,
                whole(),
                format!("the article cannot be read: {error}"),
            ));
            return None;
        }
    };
    let decoded = encoding::decode(&bytes);
    if decoded.text.contains('\0') {
        let message = "the file is not text: it holds zero bytes";
        problems.push(Problem::error(Code::ArticleUnsupported, whole(), message));
        return None;
    }
    if decoded.text.trim().is_empty() {
        problems.push(Problem::error(Code::ArticleEmpty, whole(), "the article is empty"));
        return None;
    }
    let (draft, facts) = draft_of(source, &decoded.text);
    let found = problems.len();
    problems.extend(decoded.damage.map(|damage| damage_problem(source, decoded.encoding, damage)));
    for remark in facts.remarks {
        let place = Place::File(source.path.clone(), Some(remark.line));
        problems.push(Problem::warning(Code::HeaderBadValue, place, remark.message));
    }
    if draft.markdown.trim().is_empty() {
        problems.push(Problem::warning(Code::ArticleEmpty, whole(), "the article has a header and no text"));
    }
    for problem in &mut problems[found..] {
        problem.article = Some(draft.title.clone());
    }
    Some(draft)
}

/// The draft of a text, and what its header said.
fn draft_of(source: &Source, text: &str) -> (Draft, Facts) {
    let origin = Origin::File { path: source.path.clone(), key: source.key.clone() };
    from_text(text, origin, Some(source.folder.clone()), source.input)
}

/// The draft of a text that came from somewhere, and what its header said.
pub(super) fn from_text(text: &str, origin: Origin, folder: Option<PathBuf>, input: usize) -> (Draft, Facts) {
    let lines: Vec<&str> = text.lines().collect();
    let mut facts = Facts::default();
    let after_front_matter = front_matter::read(&lines, &mut facts);
    let mut body = header::read(&lines, after_front_matter, &mut facts);
    while lines.get(body).is_some_and(|line| line.trim().is_empty()) {
        body += 1;
    }
    let markdown: String = lines.get(body..).unwrap_or_default().iter().flat_map(|line| [*line, "\n"]).collect();
    let stem = match &origin {
        Origin::File { path, .. } => file_stem(path),
        Origin::Url(url) => url.clone(),
    };
    let known = facts.clone();
    let draft = Draft {
        input,
        origin,
        folder,
        title: known.title.or_else(|| header::first_heading(&markdown)).unwrap_or_else(|| title_of_name(&stem)),
        authors: known.authors,
        published: known.published.or_else(|| dates::in_file_name(&stem)),
        place: known.place,
        source: known.source,
        cover: known.cover,
        description: known.description,
        tags: known.tags,
        section: known.section,
        language: known.language,
        markdown,
        first_line: u32::try_from(body + 1).unwrap_or(u32::MAX),
    };
    (draft, facts)
}

fn damage_problem(source: &Source, encoding: &str, damage: Damage) -> Problem {
    let Damage { offset, line, places } = damage;
    let more = match places - 1 {
        0 => String::new(),
        1 => ", nor is one place after it".to_owned(),
        more => format!(", nor are {more} places after it"),
    };
    let message = format!("byte {offset} (counted from 0) is not valid {encoding}{more}; U+FFFD stands instead");
    Problem::error(Code::ArticleEncoding, Place::File(source.path.clone(), Some(line)), message)
}

fn file_stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The title that a file's name gives: without a date at its head, if something remains.
fn title_of_name(stem: &str) -> String {
    let rest = stem
        .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ' ' | '年' | '月' | '日'));
    let dated = dates::in_file_name(&stem[..stem.len() - rest.len()]).is_some();
    let title = if dated && !rest.is_empty() { rest } else { stem };
    if title.trim().is_empty() { "wenji".to_owned() } else { title.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_bytes(name: &str, bytes: &[u8]) -> (Option<Draft>, Vec<Problem>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        let mut problems = Vec::new();
        let draft =
            read(&Source { path, key: name.to_owned(), folder: folder.path().to_owned(), input: 0 }, &mut problems);
        (draft, problems)
    }

    #[test]
    fn the_body_begins_after_the_header_at_its_line() {
        let (draft, problems) =
            read_bytes("a.md", "\u{FEFF}# 雨\r\n\r\n作者：李小满\r\n\r\n第一段\r\n\r\n第二段".as_bytes());
        let draft = draft.expect("read");
        assert_eq!((draft.title.as_str(), draft.first_line), ("雨", 5));
        assert_eq!((draft.markdown.as_str(), problems.len()), ("第一段\n\n第二段\n", 0));
    }

    #[test]
    fn without_a_header_the_heading_or_the_name_gives_the_title_and_the_name_the_date() {
        let (draft, _) = read_bytes("2023-11-21-山中来信.md", "只有正文。".as_bytes());
        let draft = draft.expect("read");
        assert_eq!((draft.title.as_str(), draft.first_line, draft.markdown.as_str()), ("山中来信", 1, "只有正文。\n"));
        assert_eq!(draft.published.map(|moment| moment.to_string()).as_deref(), Some("2023-11-21"));
        let (draft, _) = read_bytes("20231121.md", "正文在前。\n\n## 一节\n".as_bytes());
        let draft = draft.expect("read");
        assert_eq!((draft.title.as_str(), draft.markdown.contains("## 一节")), ("一节", true));
        assert_eq!(read_bytes("20231121.md", b"x").0.expect("read").title, "20231121");
    }

    #[test]
    fn front_matter_and_the_archive_form_may_stand_together() {
        let (draft, problems) = read_bytes("a.md", "---\ntitle: 雨\n---\n\n# 雨\n\n作者：李小满\n\n正文\n".as_bytes());
        let draft = draft.expect("read");
        assert_eq!((draft.title.as_str(), draft.authors.as_slice()), ("雨", ["李小满".to_owned()].as_slice()));
        assert_eq!((draft.markdown.as_str(), problems.len()), ("正文\n", 0));
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
        assert_eq!(draft.expect("read").markdown, "雨\u{FFFD}夜\n");
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
