//! Inputs become files and addresses, in natural order, each once.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};
use url::Url;
use walkdir::{DirEntry, WalkDir};

use crate::collect::Input;
use crate::problem::{Code, Place, Problem};

/// The extensions of articles that are looked for in folders.
const ARTICLES: [&str; 7] = ["md", "markdown", "html", "htm", "xhtml", "mhtml", "mht"];

/// Kinds of files that are no articles.
const OTHER_KINDS: [&str; 6] = ["pdf", "epub", "doc", "docx", "odt", "zip"];

/// An article that an input gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// On this machine.
    File(File),
    /// On a server.
    Page {
        /// Its address, http or https, without a fragment.
        address: Url,
        /// The index of the input that gave it.
        input: usize,
        /// The server whose address the user typed, if that led to it.
        server: Option<Url>,
        /// Whether it is a feed or a list of feeds, as the user says.
        is_list: bool,
    },
}

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its path relative to what the user named, with `/`.
    pub(super) key: String,
    /// The folder whose files it may name.
    pub(super) folder: PathBuf,
    /// The index of the input that gave it.
    pub(super) input: usize,
}

impl Source {
    fn set_input(&mut self, index: usize) {
        match self {
            Self::File(File { input, .. }) | Self::Page { input, .. } => *input = index,
        }
    }

    /// What is the same for the same article.
    fn identity(&self) -> PathBuf {
        match self {
            Self::File(file) => identity(&file.path),
            Self::Page { address, .. } => PathBuf::from(address.as_str()),
        }
    }
}

/// A source that an input gave. Which input is told in [`find`].
struct Candidate {
    source: Source,
    /// Whether the user named the file itself. Such a file is never dropped.
    named: bool,
}

/// The files and addresses that the inputs give, in their order. What cannot be found or is of another kind is a problem.
pub(super) fn find(inputs: &[Input], problems: &mut Vec<Problem>) -> Vec<Source> {
    let mut candidates = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let before = candidates.len();
        find_one(input, &mut candidates, problems);
        candidates[before..].iter_mut().for_each(|candidate| candidate.source.set_input(index));
    }
    // The user's own naming of a file tells where it belongs; a folder or pattern gives only what is not named.
    let mut seen: BTreeSet<PathBuf> =
        candidates.iter().filter(|candidate| candidate.named).map(|candidate| candidate.source.identity()).collect();
    candidates.retain(|candidate| candidate.named || seen.insert(candidate.source.identity()));
    candidates.into_iter().map(|candidate| candidate.source).collect()
}

fn find_one(input: &Input, found: &mut Vec<Candidate>, problems: &mut Vec<Problem>) {
    match input {
        Input::File(path) => match named_file(path) {
            Ok(file) => found.push(Candidate { source: Source::File(file), named: true }),
            Err(problem) => problems.push(problem),
        },
        Input::Folder(folder) => {
            let place = Place::File(folder.clone(), None);
            let nothing = Problem::error(Code::ArticleUnreadable, place, "the folder holds no markdown or HTML file");
            walk(folder, usize::MAX, &is_article, nothing, found, problems);
        }
        Input::Glob(pattern) => find_glob(pattern, found, problems),
        Input::Url(url) | Input::Feed(url) => {
            // A fragment is no part of what is fetched.
            let address = Url::parse(url).map(|mut url| {
                url.set_fragment(None);
                url
            });
            match address {
                Ok(address) => {
                    let (server, is_list) = (Some(address.clone()), matches!(input, Input::Feed(_)));
                    let source = Source::Page { address, input: 0, server, is_list };
                    found.push(Candidate { source, named: false });
                }
                Err(error) => {
                    let message = format!("the address is malformed: {error}");
                    problems.push(Problem::error(Code::ArticleBadAddress, Place::Url(url.clone()), message));
                }
            }
        }
        Input::Remembered { address, server } => {
            let source = Source::Page { address: address.clone(), input: 0, server: server.clone(), is_list: false };
            found.push(Candidate { source, named: false });
        }
        Input::List(list) => {
            for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "-") {
                find_one(&Input::parse(line), found, problems);
            }
        }
    }
}

/// A file that the user named, which may have any extension but those of other kinds.
fn named_file(path: &Path) -> Result<File, Problem> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    if let Some(kind) = extension.filter(|kind| OTHER_KINDS.contains(&kind.as_str())) {
        let message = format!("files of the kind .{kind} are not read");
        return Err(Problem::error(Code::ArticleUnsupported, Place::File(path.to_owned(), None), message));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let key = name.unwrap_or_else(|| path.to_string_lossy().into_owned());
    Ok(File { path: path.to_owned(), key, folder: folder.to_owned(), input: 0 })
}

fn find_glob(typed: &str, found: &mut Vec<Candidate>, problems: &mut Vec<Problem>) {
    // `*` stays inside a name, and hidden files are named only by a dot, as in a shell.
    let options =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let place = || Place::File(PathBuf::from(typed), None);
    let (root, rest) = literal_prefix(typed);
    let pattern = match Pattern::new(&rest) {
        Ok(pattern) => pattern,
        Err(error) => {
            let message = format!("the pattern is malformed at character {}: {}", error.pos + 1, error.msg);
            let problem = Problem::error(Code::ArticleUnreadable, place(), message).with_help("correct the pattern");
            problems.push(problem);
            return;
        }
    };
    let depth = if rest.contains("**") { usize::MAX } else { Path::new(&rest).components().count() };
    // A pattern that spells an extension means it; `posts/*` does not mean the pictures.
    let spelled = Path::new(&rest).extension().and_then(|extension| extension.to_str());
    let wanted = |path: &Path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let kind = is_article(path) || (extension.is_some() && extension == spelled);
        kind && pattern.matches_path_with(path, options)
    };
    let nothing = Problem::error(Code::ArticleUnreadable, place(), "no markdown or HTML file matches the pattern");
    walk(&root, depth, &wanted, nothing, found, problems);
}

/// The folder in which a pattern begins, with its escapes taken off, and the pattern below it.
fn literal_prefix(typed: &str) -> (PathBuf, String) {
    let parts: Vec<Component<'_>> = Path::new(typed).components().collect();
    let (mut root, mut used) = (PathBuf::new(), 0);
    // The last part is what is looked for, even if it is literal.
    for part in parts.iter().take(parts.len().saturating_sub(1)) {
        match part {
            Component::Normal(name) => match literal(&name.to_string_lossy()) {
                Some(name) => root.push(name),
                None => break,
            },
            other => root.push(other),
        }
        used += 1;
    }
    (root, parts[used..].iter().collect::<PathBuf>().to_string_lossy().into_owned())
}

/// The name that a part of a pattern stands for, if it can be only one: `[*]` is an escaped `*`.
fn literal(part: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = part.chars();
    while let Some(c) = rest.next() {
        match (c, rest.as_str().as_bytes()) {
            ('[', [escaped @ (b'*' | b'?' | b'[' | b']'), b']', ..]) => {
                name.push(char::from(*escaped));
                rest.nth(1);
            }
            ('*' | '?' | '[', _) => return None,
            _ => name.push(c),
        }
    }
    Some(name)
}

/// Walks a folder in natural order and takes the files that are wanted, told by their path below it. Hidden entries are
/// passed over, and links to folders are not followed, so that no circle of links can hold the walk.
fn walk(
    root: &Path,
    depth: usize,
    wanted: &dyn Fn(&Path) -> bool,
    nothing: Problem,
    found: &mut Vec<Candidate>,
    problems: &mut Vec<Problem>,
) {
    let before = (found.len(), problems.len());
    let start = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let skipped = |entry: &DirEntry| is_hidden(entry) || is_attachments(entry);
    let entries = WalkDir::new(start).max_depth(depth).sort_by(by_name).into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !skipped(entry)) {
        let entry = match entry {
            Ok(entry) => entry,
            // A pattern below a folder that does not exist matches nothing.
            Err(error) if error.depth() == 0 && is_not_found(&error) => break,
            Err(error) => {
                let place = Place::File(error.path().unwrap_or(start).to_owned(), None);
                problems.push(Problem::error(
                    Code::ArticleUnreadable,
                    place,
                    format!("the folder cannot be read: {error}"),
                ));
                continue;
            }
        };
        let Ok(below) = entry.path().strip_prefix(start) else { continue };
        let is_file = entry.file_type().is_file() || entry.path_is_symlink() && !entry.path().is_dir();
        if is_file && wanted(below) {
            let file = File { path: root.join(below), key: key_of(below), folder: start.to_owned(), input: 0 };
            found.push(Candidate { source: Source::File(file), named: false });
        }
    }
    if before == (found.len(), problems.len()) {
        problems.push(nothing);
    }
}

fn by_name(a: &DirEntry, b: &DirEntry) -> std::cmp::Ordering {
    // Names that differ in leading zeros alone compare as equal numbers.
    alphanumeric_sort::compare_os_str(a.file_name(), b.file_name()).then_with(|| a.file_name().cmp(b.file_name()))
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn is_not_found(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// Whether a folder holds what a browser saved beside a page: `page_files` of `page.html`.
fn is_attachments(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let Some(page) = ["_files", ".files"].iter().find_map(|ending| name.strip_suffix(ending)) else { return false };
    let beside = |kind: &&str| entry.path().with_file_name(format!("{page}.{kind}")).is_file();
    entry.file_type().is_dir() && ["html", "htm", "xhtml"].iter().any(beside)
}

fn is_article(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ARTICLES.iter().any(|kind| extension.eq_ignore_ascii_case(kind)))
}

/// A relative path with `/` between its parts, on every system.
fn key_of(below: &Path) -> String {
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// What tells that two paths lead to one file.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with empty files of these names.
    fn folder_of(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, "").expect("written");
        }
        folder
    }

    fn keys(inputs: &[Input]) -> (Vec<String>, Vec<Code>) {
        let mut problems = Vec::new();
        let found = find(inputs, &mut problems)
            .into_iter()
            .map(|source| match source {
                Source::File(file) => file.key,
                Source::Page { address, .. } => address.to_string(),
            })
            .collect();
        (found, problems.into_iter().map(|problem| problem.code).collect())
    }

    #[test]
    fn a_folder_gives_its_markdown_in_natural_order() {
        let folder = folder_of(&[
            "10.md",
            "2.MARKDOWN",
            "3/b.md",
            "3/a 2.md",
            "3/a 10.md",
            ".hidden.md",
            ".git/x.md",
            "x.txt",
            "p.png",
        ]);
        let (found, problems) = keys(&[Input::Folder(folder.path().to_owned())]);
        assert_eq!(found, ["2.MARKDOWN", "3/a 2.md", "3/a 10.md", "3/b.md", "10.md"]);
        assert!(problems.is_empty());
    }

    #[test]
    fn what_a_browser_saved_beside_a_page_is_no_article() {
        let folder = folder_of(&["a.html", "a_files/frame.html", "b_files/c.htm", "a.files/d.md", "x.md"]);
        let (found, _) = keys(&[Input::Folder(folder.path().to_owned())]);
        assert_eq!(found, ["a.html", "b_files/c.htm", "x.md"]);
    }

    #[test]
    fn a_glob_gives_what_it_matches_and_keys_below_its_literal_part() {
        let folder =
            folder_of(&["y/1.md", "y/10.md", "y/2.md", "y/z/3.md", "y/4.txt", "y/5.png", "y/.h.md", "o[1]/6.md"]);
        let glob = |pattern: &str| keys(&[Input::parse_in(folder.path(), pattern)]).0;
        assert_eq!(glob("y/*.md"), ["1.md", "2.md", "10.md"]);
        assert_eq!(glob("*/*.md"), ["o[1]/6.md", "y/1.md", "y/2.md", "y/10.md"]);
        assert_eq!(glob("y/**/*.md"), ["1.md", "2.md", "10.md", "z/3.md"]);
        assert_eq!(glob("y/*"), ["1.md", "2.md", "10.md"]);
        assert_eq!(glob("y/*.txt"), ["4.txt"]);
        assert_eq!(glob("y/[12].md"), ["1.md", "2.md"]);
        assert_eq!(keys(&[Input::parse_in(&folder.path().join("o[1]"), "*.md")]).0, ["6.md"]);
        for nothing in ["none/*.md", "y/*.rst", "y/[.md"] {
            assert_eq!(
                keys(&[Input::parse_in(folder.path(), nothing)]),
                (vec![], vec![Code::ArticleUnreadable]),
                "{nothing}"
            );
        }
    }

    #[test]
    fn a_file_appears_as_often_as_it_is_named_else_once() {
        let folder = folder_of(&["a.md", "b.md"]);
        let (a, all) = (Input::File(folder.path().join("a.md")), Input::Folder(folder.path().to_owned()));
        let glob = Input::parse_in(folder.path(), "*.md");
        assert_eq!(keys(&[a.clone(), a.clone()]).0, ["a.md", "a.md"]);
        assert_eq!(keys(&[all.clone(), glob]).0, ["a.md", "b.md"]);
        assert_eq!(keys(&[all, a]).0, ["b.md", "a.md"]);
    }

    #[cfg(unix)]
    #[test]
    fn circles_of_links_end_and_links_to_files_are_read() {
        let folder = folder_of(&["d/a.md"]);
        let link = |from: &str, to: &str| std::os::unix::fs::symlink(from, folder.path().join(to)).expect("linked");
        link("..", "d/up");
        link(".", "loop");
        link("d/a.md", "same.md");
        link("nowhere", "z.md");
        assert_eq!(keys(&[Input::Folder(folder.path().to_owned())]).0, ["d/a.md", "z.md"]);
        assert_eq!(keys(&[Input::parse_in(folder.path(), "**/*.md")]).0, ["d/a.md", "z.md"]);
    }

    #[test]
    fn other_kinds_of_input_are_refused() {
        let list = "# not a comment: a file\n\n b.ODT \nhttps://a.example/#x\nhttp://\nhttps://a.example/\n-\n";
        let (found, problems) = keys(&[Input::List(list.to_owned())]);
        assert_eq!(found, ["# not a comment: a file", "https://a.example/"]);
        assert_eq!(problems, [Code::ArticleUnsupported, Code::ArticleBadAddress]);
        let empty = folder_of(&["x.png"]);
        assert_eq!(keys(&[Input::Folder(empty.path().to_owned())]).1, [Code::ArticleUnreadable]);
    }
}
