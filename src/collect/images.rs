//! Pictures are brought into the store: remote ones through the fetcher, local ones from the article's folder.
//!
//! In this order: every picture's address is understood (`locate`); each address is read or fetched once (`obtain`);
//! its bytes are judged (`examine`); then each picture of each article gets its state, and each one that is missing
//! from an article one problem.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;
use url::Url;

use crate::assets::{AssetId, Assets};
use crate::book::{Article, Origin};
use crate::collect::fetch::{FetchError, Fetched, Fetcher, Kind, Request};
use crate::collect::locate::{Address, Failure, locate, locate_typed};
use crate::collect::{Reach, encoding};
use crate::document::{Image, ImageState};
use crate::images::{self, ImageError};
use crate::problem::{Code, Place, Problem};
use crate::progress::{Progress, Stage};

/// What became of the pictures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImageReport {
    /// How many pictures were found; one that an article shows twice counts once.
    pub used: usize,
    /// How many cannot be had, counted the same way; each has one problem.
    pub missing: usize,
    /// The pictures that articles name, in their order, but for trackers and spacers: the index of the article, the address
    /// as the article gives it, and the picture if it was found.
    pub named: Vec<(usize, String, Option<AssetId>)>,
    /// The book's cover, if one was asked for and is a picture.
    pub book_cover: Option<AssetId>,
    /// Why pictures are missing.
    pub problems: Vec<Problem>,
}

/// What came of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Found(AssetId),
    /// A tracker or spacer.
    Dropped,
    Missing(Failure),
}

/// A picture that an article names.
struct Wanted {
    article: usize,
    source: String,
    /// Its line; `None` for the cover, which the header names.
    line: Option<u32>,
    address: Result<Address, Failure>,
}

/// Brings every picture that the articles name into the store and sets its state. `reaches` holds, for each
/// article, [`Draft::reach`](crate::collect::Draft::reach). `book_cover` is a path or an address that the user typed.
pub fn collect_images(
    articles: &mut [Article],
    reaches: &[Reach],
    book_cover: Option<&str>,
    assets: &Assets,
    fetcher: &Fetcher,
    progress: &dyn Progress,
) -> ImageReport {
    collect_images_or(articles, reaches, book_cover, assets, fetcher, progress, &|_, _| None)
}

/// The same, with `spare` for pictures that cannot be had: it is given the index of the article and the address in it, and
/// names a file.
pub(crate) fn collect_images_or(
    articles: &mut [Article],
    reaches: &[Reach],
    book_cover: Option<&str>,
    assets: &Assets,
    fetcher: &Fetcher,
    progress: &dyn Progress,
    spare: &dyn Fn(usize, &str) -> Option<PathBuf>,
) -> ImageReport {
    let wanted = wanted(articles, reaches);
    let typed = book_cover.map(locate_typed);
    let addresses: BTreeSet<&Address> =
        wanted.iter().map(|wanted| &wanted.address).chain(&typed).filter_map(|address| address.as_ref().ok()).collect();
    // The address of the article that names a picture first is the one that its host is told, if it wants one.
    let referers: BTreeMap<&Address, &str> = wanted
        .iter()
        .rev()
        .filter_map(|wanted| Some((wanted.address.as_ref().ok()?, articles[wanted.article].source.as_deref()?)))
        .collect();
    let addresses: Vec<&Address> = addresses.into_iter().collect();
    let typed_address = typed.as_ref().and_then(|address| address.as_ref().ok());
    // What a page names on the very server that the user typed is as trusted as the page.
    let own: BTreeMap<&Address, &Reach> = wanted
        .iter()
        .filter_map(|wanted| {
            let address = wanted.address.as_ref().ok()?;
            let Address::Remote(url) = address else { return None };
            let reach = reaches.get(wanted.article)?;
            reach.is_server_of(url).then_some((address, reach))
        })
        .collect();
    let request = |url: &Url, address: &Address| Request {
        url: own.get(address).map_or_else(|| url.clone(), |reach| reach.with_login(url)),
        kind: Kind::Image,
        article: referers.get(address).map(|&source| source.to_owned()),
        trusted: typed_address == Some(address) || own.contains_key(address),
        newest: false,
    };
    progress.begin(Stage::Images, addresses.len() as u64);
    let outcomes = obtain(&addresses, &request, assets, fetcher, progress);
    progress.end(Stage::Images);

    let outcome_of = |address: &Result<Address, Failure>| match address {
        Ok(address) => outcomes.get(address).cloned().unwrap_or_else(|| Outcome::Missing(Failure::internal())),
        Err(failure) => Outcome::Missing(failure.clone()),
    };
    let mut report = ImageReport::default();
    let mut by_source: Vec<BTreeMap<&str, Outcome>> = vec![BTreeMap::new(); articles.len()];
    for wanted in &wanted {
        // One problem for each article and address, at the place where the article names it first.
        if by_source[wanted.article].contains_key(wanted.source.as_str()) {
            continue;
        }
        let outcome = match outcome_of(&wanted.address) {
            Outcome::Missing(failure) => spare(wanted.article, &wanted.source)
                .and_then(|path| examine(&std::fs::read(&path).ok()?, Some(&path), assets).ok())
                .unwrap_or(Outcome::Missing(failure)),
            outcome => outcome,
        };
        let named = |id| (wanted.article, wanted.source.clone(), id);
        match &outcome {
            Outcome::Found(id) => {
                report.used += 1;
                report.named.push(named(Some(*id)));
            }
            Outcome::Dropped => {}
            Outcome::Missing(failure) => {
                report.problems.push(problem_of(wanted, failure, &articles[wanted.article]));
                report.named.push(named(None));
            }
        }
        by_source[wanted.article].insert(&wanted.source, outcome);
    }
    for (article, outcomes) in articles.iter_mut().zip(&by_source) {
        set_states(article, outcomes);
    }
    if let (Some(source), Some(address)) = (book_cover, &typed) {
        set_book_cover(&mut report, source, &outcome_of(address));
    }
    report.missing = report.problems.len();
    report
}

/// Every picture that the articles name, each article's cover first.
fn wanted(articles: &mut [Article], reaches: &[Reach]) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for (index, article) in articles.iter_mut().enumerate() {
        let folder = reaches.get(index).and_then(Reach::folder);
        let origin = article.origin.clone();
        let mut want = |image: &Image, line: Option<u32>| {
            let address = locate(&image.source, &origin, folder);
            wanted.push(Wanted { article: index, source: image.source.clone(), line, address });
        };
        if let Some(cover) = &article.cover {
            want(cover, None);
        }
        article.document.for_each_image(&mut |image, line| want(image, Some(line)));
    }
    wanted
}

/// Reads or fetches each address.
fn obtain(
    addresses: &[&Address],
    request: &dyn Fn(&Url, &Address) -> Request,
    assets: &Assets,
    fetcher: &Fetcher,
    progress: &dyn Progress,
) -> BTreeMap<Address, Outcome> {
    let outcomes: Vec<OnceLock<Outcome>> = addresses.iter().map(|_| OnceLock::new()).collect();
    let done = |index: usize, read: Result<(Vec<u8>, Option<PathBuf>), Failure>| {
        let outcome =
            read.and_then(|(bytes, path)| examine(&bytes, path.as_deref(), assets)).unwrap_or_else(Outcome::Missing);
        // Each address ends once.
        let _ = outcomes[index].set(outcome);
        progress.advance(Stage::Images, 1);
    };
    let (mut remote, mut local) = (Vec::new(), Vec::new());
    for (index, address) in addresses.iter().enumerate() {
        match address {
            Address::Remote(url) => remote.push((index, request(url, address))),
            Address::Local { .. } | Address::Data(_) => local.push(index),
        }
    }
    local.par_iter().for_each(|&index| done(index, addresses[index].read(fetcher.max_image())));
    let (indices, requests): (Vec<usize>, Vec<Request>) = remote.into_iter().unzip();
    fetcher.fetch_each(requests.clone(), &|at, result| {
        done(indices[at], body(result).map(|bytes| (bytes, None)));
        // A page of a firewall, or a picture that broke off unnoticed, must not come out of the cache the next time.
        if let Some(Outcome::Missing(Failure { code: Code::ImageNotAnImage | Code::ImageDecode, .. })) =
            outcomes[indices[at]].get()
        {
            fetcher.distrust(&requests[at]);
        }
    });
    let ended =
        |outcome: OnceLock<Outcome>| outcome.into_inner().unwrap_or_else(|| Outcome::Missing(Failure::internal()));
    addresses.iter().map(|&address| address.clone()).zip(outcomes.into_iter().map(ended)).collect()
}

/// The bytes that were fetched.
fn body(result: Result<Fetched, FetchError>) -> Result<Vec<u8>, Failure> {
    let fetched = result.map_err(|error| Failure {
        status: error.status(),
        ..Failure::new(error.code(Kind::Image), error.to_string())
    })?;
    if images::sniff(&fetched.body).is_some() {
        return Ok(fetched.body);
    }
    let start = fetched.body.trim_ascii_start();
    let page = [b"<!doctype html".as_slice(), b"<html"]
        .iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|s| s.eq_ignore_ascii_case(tag)));
    let message = match (start.is_empty(), page) {
        (true, _) => "the server sent nothing",
        (false, true) => "the server sent a web page instead of a picture",
        (false, false) => "what the server sent is not a picture",
    };
    Err(Failure::new(Code::ImageNotAnImage, message))
}

/// Judges a picture's bytes and keeps them, those of a file where they are.
fn examine(bytes: &[u8], path: Option<&Path>, assets: &Assets) -> Result<Outcome, Failure> {
    let unusable = |error: ImageError| Failure::new(error.code(), error.to_string());
    // A header may be sound and what follows cut off: better a placeholder now than half a picture later.
    let info = images::check(bytes).map_err(unusable)?;
    // Pictures of one pixel, or one pixel wide, are there to count readers or to make room.
    if info.width <= 1 || info.height <= 1 {
        return Ok(Outcome::Dropped);
    }
    if let Some(path) = path {
        return Ok(Outcome::Found(assets.put_file(bytes, path)));
    }
    let kept = assets.put(bytes).map_err(|error| {
        Failure::new(
            Code::ImageNotFound,
            format!("the picture cannot be kept in the folder for temporary files: {error}"),
        )
    });
    kept.map(Outcome::Found)
}

/// Sets the states of an article's pictures. A cover that the text begins with, and one that is only a spacer, goes.
fn set_states(article: &mut Article, outcomes: &BTreeMap<&str, Outcome>) {
    let state = |source: &str| match outcomes.get(source) {
        Some(Outcome::Found(id)) => ImageState::Found(*id),
        Some(Outcome::Dropped) => ImageState::Dropped,
        Some(Outcome::Missing(failure)) => ImageState::Missing(failure.code),
        None => ImageState::Missing(Failure::internal().code),
    };
    let mut first = None;
    article.document.for_each_image(&mut |image, _| {
        image.state = state(&image.source);
        if first.is_none() && image.state != ImageState::Dropped {
            first = Some((image.source.clone(), image.state.clone()));
        }
    });
    if let Some(cover) = &mut article.cover {
        cover.state = state(&cover.source);
        let same = first.is_some_and(|(source, state)| {
            source == cover.source || state == cover.state && matches!(state, ImageState::Found(_))
        });
        if same || cover.state == ImageState::Dropped {
            article.cover = None;
        }
    }
}

fn set_book_cover(report: &mut ImageReport, source: &str, outcome: &Outcome) {
    match outcome {
        Outcome::Found(id) => report.book_cover = Some(*id),
        Outcome::Dropped => {}
        Outcome::Missing(failure) => {
            let is_remote = Url::parse(source).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            let place =
                if is_remote { Place::Url(source.to_owned()) } else { Place::File(PathBuf::from(source), None) };
            let message = format!("the book's cover is missing: {}", failure.message);
            let problem = Problem::error(failure.code, place, message);
            let is_typed_path = failure.code == Code::ImageNotFound;
            let help = "check the path; that of --cover is relative to this folder, that of [book] cover to wenji.toml";
            report.problems.push(if is_typed_path { problem.with_help(help) } else { problem });
        }
    }
}

/// The problem of a missing picture: at its address when that is a remote one, else where the article names it.
fn problem_of(wanted: &Wanted, failure: &Failure, article: &Article) -> Problem {
    let refused = failure.status == Some(403);
    let what = if wanted.line.is_none() { "the article's cover" } else { "a picture" };
    let (place, message) = if let Ok(Address::Remote(url)) = &wanted.address {
        (Place::Url(url.to_string()), format!("{what} is missing: {}", failure.message))
    } else {
        let line = wanted.line.or_else(|| line_of(&article.origin, &wanted.source));
        let place = line.map_or_else(|| article.origin.place(), |line| article.origin.at(line));
        (place, format!("{what} is missing, `{}`: {}", shortened(&wanted.source), failure.message))
    };
    let problem = Problem::error(failure.code, place, message).in_article(&article.title);
    match &wanted.address {
        Ok(Address::Remote(url)) if refused => problem.with_help(format!(
            "if a browser shows it, try [fetch] referer = {{ \"{}\" = \"article\" }} in wenji.toml, or cookies",
            url.host_str().unwrap_or_default()
        )),
        _ => problem,
    }
}

/// The line on which a header names its cover.
fn line_of(origin: &Origin, source: &str) -> Option<u32> {
    let Origin::File { path, .. } = origin else { return None };
    let text = encoding::decode(&std::fs::read(Path::new(path)).ok()?).text;
    let index = text.lines().position(|line| line.contains(source))?;
    u32::try_from(index + 1).ok()
}

/// An address as a message can show it; a `data:` address may be long.
fn shortened(source: &str) -> String {
    const LONGEST: usize = 80;
    if source.chars().count() <= LONGEST {
        source.to_owned()
    } else {
        source.chars().take(LONGEST).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Language;
    use crate::collect::fetch::FetchOptions;
    use crate::document::{Block, BlockKind, Document, NodeId};
    use crate::images::samples;
    use crate::progress::Silent;
    use std::time::Duration;
    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    fn image(source: &str) -> Image {
        Image { source: source.to_owned(), alt: String::new(), title: None, state: ImageState::Wanted }
    }

    /// An article `a.md` of the folder, with a cover and figures on lines 10, 11, …
    fn article(folder: &Path, cover: Option<&str>, sources: &[&str]) -> Article {
        let figure = |(source, line): (&&str, u32)| {
            let kind = BlockKind::Figure { image: image(source), caption: Vec::new() };
            Block { id: NodeId(line), line, language: None, kind }
        };
        let blocks = sources.iter().zip(10..).map(figure).collect();
        let origin = Origin::File { path: folder.join("a.md"), key: "a.md".to_owned() };
        let document = Document { blocks, footnotes: Vec::new() };
        Article { cover: cover.map(image), ..Article::new(origin, "雨", Language::chinese(), document) }
    }

    fn run(folder: &Path, article: &mut Article, cover: Option<&str>, private: bool) -> (ImageReport, Vec<ImageState>) {
        let options =
            FetchOptions { allow_private_hosts: private, backoff: Duration::from_millis(5), ..FetchOptions::default() };
        let fetcher = Fetcher::new(options).expect("a client");
        let assets = Assets::new().expect("a store");
        let articles = std::slice::from_mut(article);
        let report = collect_images(articles, &[Reach::Folder(folder.to_owned())], cover, &assets, &fetcher, &Silent);
        let mut states = Vec::new();
        articles[0].document.for_each_image(&mut |image, _| states.push(image.state.clone()));
        (report, states)
    }

    fn codes(report: &ImageReport) -> Vec<Code> {
        report.problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn remote_pictures_are_judged_by_their_bytes_and_each_address_is_fetched_once() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let server = runtime.block_on(MockServer::start());
        let mount = |at: &str, body: Vec<u8>, kind: &str| {
            let answer = ResponseTemplate::new(200).set_body_raw(body, kind);
            runtime.block_on(Mock::given(path(at)).respond_with(answer).mount(&server));
        };
        mount("/good", samples::png(8, 6), "text/html");
        mount("/page", b"<!DOCTYPE html><p>gone".to_vec(), "image/jpeg");
        mount("/dot", samples::png(1, 1), "image/png");
        mount("/cut", samples::png(64, 64)[..60].to_vec(), "image/png");
        let url = |at: &str| server.uri() + at;
        let (good, page, dot, cut, none) = (url("/good"), url("/page"), url("/dot"), url("/cut"), url("/none"));
        let folder = tempfile::tempdir().expect("a folder");
        let mut article = article(folder.path(), Some(&good), &[&dot, &good, &page, &cut, &none, &none, &good]);
        let (report, states) = run(folder.path(), &mut article, None, true);
        assert_eq!(codes(&report), [Code::ImageNotAnImage, Code::ImageDecode, Code::ImageHttpStatus]);
        assert_eq!((report.used, report.missing), (1, 3));
        assert_eq!(report.problems[2].place, Place::Url(none.clone()));
        assert_eq!(report.problems[2].article.as_deref(), Some("雨"));
        assert_eq!(states[0], ImageState::Dropped);
        assert!(matches!(states[1], ImageState::Found(_)) && states[1] == states[6]);
        assert!(matches!(&states[4], ImageState::Missing(Code::ImageHttpStatus)));
        assert_eq!(article.cover, None);
        assert_eq!(runtime.block_on(server.received_requests()).expect("recorded").len(), 5);
    }

    #[test]
    fn local_pictures_are_named_by_their_line_and_the_cover_by_the_headers() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.md"), "# 雨\n\n封面图链接: no.png\n").expect("written");
        std::fs::write(folder.path().join("p.jpg"), samples::png(8, 6)).expect("written");
        std::fs::write(folder.path().join("t.png"), "text").expect("written");
        let mut article = article(folder.path(), Some("no.png"), &["p.jpg", "t.png", "../x.png"]);
        let (report, states) = run(folder.path(), &mut article, None, false);
        assert_eq!(codes(&report), [Code::ImageNotFound, Code::ImageNotAnImage, Code::ImageOutsideFolder]);
        let lines = report.problems.iter().map(|problem| match problem.place {
            Place::File(_, line) => line,
            _ => None,
        });
        assert_eq!(lines.collect::<Vec<_>>(), [Some(3), Some(11), Some(12)]);
        assert!(matches!(states[0], ImageState::Found(_)));
        assert!(matches!(article.cover, Some(Image { state: ImageState::Missing(_), .. })));
    }

    #[test]
    fn a_cover_with_the_bytes_of_the_first_picture_goes_and_another_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.png"), samples::png(8, 6)).expect("written");
        std::fs::write(folder.path().join("b.png"), samples::png(8, 6)).expect("written");
        std::fs::write(folder.path().join("c.png"), samples::png(9, 6)).expect("written");
        let mut same = article(folder.path(), Some("a.png"), &["b.png"]);
        run(folder.path(), &mut same, None, false);
        assert_eq!(same.cover, None);
        let mut other = article(folder.path(), Some("c.png"), &["b.png"]);
        let typed = folder.path().join("a.png");
        let (report, _) = run(folder.path(), &mut other, typed.to_str(), false);
        assert!(matches!(other.cover, Some(Image { state: ImageState::Found(_), .. })));
        assert_eq!(report.book_cover, Some(AssetId::of(&samples::png(8, 6))));
        let (report, _) = run(folder.path(), &mut other, Some("none.png"), false);
        assert_eq!((report.book_cover, codes(&report)), (None, vec![Code::ImageNotFound]));
    }

    #[test]
    fn content_that_names_a_private_address_is_told_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut article = article(folder.path(), None, &["http://127.0.0.2/a.png"]);
        let (report, _) = run(folder.path(), &mut article, None, false);
        assert_eq!(codes(&report), [Code::ImagePrivateAddress]);
    }
}
