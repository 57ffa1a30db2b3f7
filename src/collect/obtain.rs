//! Files are read and addresses fetched, all at once; each becomes a draft by what it holds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use url::Url;

use crate::book::Origin;
use crate::collect::fetch::{FetchError, Fetched, Fetcher, Kind as Expected, Request};
use crate::collect::find::{File, Source};
use crate::collect::kind::{self, Kind};
use crate::collect::{Draft, Reach, markdown, page};
use crate::problem::{Code, Problem};
use crate::progress::{Progress, Stage};

/// What came of a source.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) draft: Option<Draft>,
    pub(super) problems: Vec<Problem>,
}

/// The bytes of a source, and what is known of them.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) bytes: Vec<u8>,
    pub(super) origin: Origin,
    pub(super) reach: Reach,
    /// The index of the input that gave it.
    pub(super) input: usize,
    /// The address that gave them, after redirects; `None` for a file.
    pub(super) address: Option<Url>,
    /// What the server says that they are.
    pub(super) content_type: Option<String>,
}

/// Reads and fetches all, in their order.
pub(super) fn obtain(sources: &[Source], fetcher: &Fetcher, progress: &dyn Progress) -> Vec<Read> {
    let slots: Vec<Mutex<Read>> = sources.iter().map(|_| Mutex::default()).collect();
    let done = |index: usize, read: Read| {
        *slots[index].lock().unwrap_or_else(PoisonError::into_inner) = read;
        progress.advance(Stage::Collect, 1);
    };
    let (mut files, mut pages) = (Vec::new(), Vec::new());
    for (index, source) in sources.iter().enumerate() {
        match source {
            Source::File(file) => files.push((index, file)),
            Source::Page { address, input } => pages.push((index, address, *input)),
        }
    }
    files.par_iter().for_each(|(index, file)| done(*index, from_file(file)));
    let request = |url: &Url| Request { url: url.clone(), kind: Expected::Page, article: None, trusted: true };
    let requests = pages.iter().map(|(_, address, _)| request(address)).collect();
    fetcher.fetch_each(requests, &|at, result| {
        let (index, address, input) = pages[at];
        done(index, from_answer(address, input, result));
    });
    slots.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

fn from_file(file: &File) -> Read {
    let origin = Origin::File { path: file.path.clone(), key: file.key.clone() };
    let bytes = match std::fs::read(&file.path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("the article cannot be read: {error}");
            return failed(Problem::error(Code::ArticleUnreadable, origin.place(), message));
        }
    };
    let reach = Reach::Folder(file.folder.clone());
    read(Arrival { bytes, origin, reach, input: file.input, address: None, content_type: None })
}

fn from_answer(typed: &Url, input: usize, result: Result<Fetched, FetchError>) -> Read {
    let origin = Origin::Url(typed.to_string());
    let fetched = match result {
        Ok(fetched) => fetched,
        Err(error) => {
            let message = format!("the article cannot be had: {error}");
            return failed(Problem::error(code_of(&error), origin.place(), message));
        }
    };
    // Another server that was redirected to is not the one that the user named.
    let same_server = fetched.address.origin() == typed.origin();
    let reach = if same_server { Reach::Server(typed.clone()) } else { Reach::Public };
    let Fetched { body: bytes, address, content_type } = fetched;
    read(Arrival { bytes, origin, reach, input, address: Some(address), content_type })
}

/// The code under which a page that could not be fetched is reported.
pub(super) fn code_of(error: &FetchError) -> Code {
    match error {
        FetchError::Setup(_) | FetchError::BadHeader(_) | FetchError::Connect { .. } => Code::ArticleConnect,
        FetchError::BadAddress(_) => Code::ArticleBadAddress,
        FetchError::PrivateAddress(_) => Code::ArticlePrivateAddress,
        FetchError::Timeout(_) | FetchError::Slow(_) => Code::ArticleTimeout,
        FetchError::Status(_) | FetchError::Redirects(_) => Code::ArticleHttpStatus,
        FetchError::Body(_) => Code::ArticleBody,
        FetchError::TooLarge(_) => Code::ArticleTooLarge,
        FetchError::Offline => Code::ArticleOffline,
        FetchError::Internal => Code::InternalPanic,
    }
}

fn failed(problem: Problem) -> Read {
    Read { draft: None, problems: vec![problem] }
}

/// Bytes become a draft. A panic of a library is a problem of one article.
fn read(arrival: Arrival) -> Read {
    let place = arrival.origin.place();
    // Nothing that the closure could leave half-changed outlives it.
    let result = catch_unwind(AssertUnwindSafe(move || {
        let mut problems = Vec::new();
        let draft = read_kind(&arrival, &mut problems);
        Read { draft, problems }
    }));
    result.unwrap_or_else(|_| failed(Problem::error(Code::InternalPanic, place, "reading the article failed")))
}

fn read_kind(arrival: &Arrival, problems: &mut Vec<Problem>) -> Option<Draft> {
    let unsupported = |message: String| Problem::error(Code::ArticleUnsupported, arrival.origin.place(), message);
    let is_remote = arrival.address.is_some();
    match kind::of(&arrival.bytes, arrival.extension().as_deref(), arrival.content_type.as_deref()) {
        Kind::Markdown => markdown::read(arrival, problems),
        Kind::Html => page::read(arrival, problems),
        Kind::Mhtml => {
            let help = "save the page as “web page, complete” or as a single HTML file";
            problems.push(unsupported("archives of the kind .mhtml are not read".to_owned()).with_help(help));
            None
        }
        Kind::Feed | Kind::Opml => {
            problems.push(unsupported("feeds and lists of feeds are not read".to_owned()));
            None
        }
        Kind::Other(what) => {
            let subject = if is_remote { "what the address gives" } else { "the file" };
            problems.push(unsupported(format!("{subject} is {what}, and no article")));
            None
        }
    }
}

impl Arrival {
    /// The extension of the file's name, or of the address.
    fn extension(&self) -> Option<String> {
        match &self.origin {
            Origin::File { path, .. } => path.extension().map(|extension| extension.to_string_lossy().into_owned()),
            Origin::Url(_) => {
                let name = self.address.as_ref()?.path_segments()?.next_back()?;
                name.rsplit_once('.').map(|(_, extension)| extension.to_owned())
            }
        }
    }

    /// The last part of the file's name or of the address, without extension.
    pub(super) fn stem(&self) -> String {
        let name = match &self.origin {
            Origin::File { path, .. } => return stem_of(path),
            Origin::Url(_) => self.address.as_ref().and_then(|url| url.path_segments()?.rfind(|part| !part.is_empty())),
        };
        let name = percent_encoding::percent_decode_str(name.unwrap_or_default()).decode_utf8_lossy().into_owned();
        stem_of(std::path::Path::new(&name))
    }
}

fn stem_of(path: &std::path::Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
