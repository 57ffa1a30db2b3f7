//! Files are read and addresses fetched, all at once; each becomes a draft by what it holds. Feeds and lists of feeds
//! name more addresses, which are fetched in the next round, and their articles stand in the place of the list.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use url::Url;

use crate::book::{Origin, Section};
use crate::collect::facts::Facts;
use crate::collect::fetch::{FetchError, Fetched, Fetcher, Kind as Expected, Request, without_login};
use crate::collect::find::{File, Source};
use crate::collect::kind::{self, Kind};
use crate::collect::{Choice, Draft, Loss, Reach, encoding, feed, markdown, opml, page};
use crate::problem::{Code, Place, Problem, Severity};
use crate::progress::{Progress, Stage};

/// How many lists may lead to an article: the pages of a feed, a feed of a list of feeds.
const MOST_HOPS: usize = 200;

/// How many feeds and pages of feeds are read that lists have named: each could name as many again.
const MOST_LISTS: usize = 10_000;

/// What came of a source.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) found: Vec<Found>,
    pub(super) problems: Vec<Problem>,
}

/// What a source holds, in its order.
#[derive(Debug)]
pub(super) enum Found {
    /// An article.
    Draft(Box<Draft>),
    /// The address of an article, of a feed, or of the rest of one.
    Page(Box<Wanted>),
}

/// An address that a list names.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) address: Url,
    /// The index of the input that led to it.
    pub(super) input: usize,
    /// The server whose address the user typed, if that led to it.
    pub(super) server: Option<Url>,
    /// How many lists led to it.
    pub(super) hops: usize,
    /// Whether it is known to be a feed or a list of feeds.
    pub(super) is_list: bool,
    /// What a feed says of the article.
    pub(super) item: Option<Box<feed::Item>>,
    /// What a list of feeds calls it.
    pub(super) title: Option<String>,
    /// The section that a list of feeds names.
    pub(super) section: Option<Section>,
}

impl Wanted {
    /// Whether it is on the server that the user typed.
    fn is_typed(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.origin() == self.address.origin())
    }

    /// Its address as it is asked for.
    fn asked_address(&self) -> Url {
        let server = self.server.clone();
        server.map_or_else(|| self.address.clone(), |server| Reach::Server(server).with_login(&self.address))
    }

    /// What a page may name that came from an address, or was to come from it.
    fn reach(&self, at: &Url) -> Reach {
        match &self.server {
            // Another server that was redirected to is not the one that the user named.
            Some(server) if self.is_typed() && server.origin() == at.origin() => Reach::Server(server.clone()),
            _ => Reach::Public,
        }
    }

    /// What is told when the server did not give it.
    fn not_had(&self, is_list: bool, error: &FetchError) -> Read {
        let message = format!("the {} cannot be had: {error}", if is_list { "feed" } else { "article" });
        failed(self.in_article(Problem::error(error.code(Expected::Page), self.place(), message)))
    }

    /// What is told when the server gave it before, and not now.
    fn old(&self, is_list: bool, error: &FetchError) -> Problem {
        let what = if is_list { "feed" } else { "article" };
        let message = format!("the {what} is the one of an earlier run, and may have changed since: {error}");
        self.in_article(Problem::warning(Code::ArticleStale, self.place(), message))
    }

    fn place(&self) -> Place {
        Origin::Url(self.address.to_string()).place()
    }

    fn in_article(&self, problem: Problem) -> Problem {
        match self.item.as_ref().and_then(|item| item.title()) {
            Some(title) => problem.in_article(title),
            None => problem,
        }
    }

    /// The draft that stands for what the address did not give, with what a feed says of it.
    fn lost(&self, loss: Loss) -> Option<Draft> {
        let place = Arrival {
            bytes: Vec::new(),
            origin: Origin::Url(self.address.to_string()),
            reach: self.reach(&self.address),
            input: self.input,
            address: Some(self.address.clone()),
            content_type: None,
        };
        let draft = match &self.item {
            Some(item) => item.announced(&place),
            None => page::of_html("", Facts { title: self.title.clone(), ..Facts::default() }, None, &place),
        };
        let mut draft = draft.ok()?;
        let titled = self.title.is_some() || self.item.as_ref().is_some_and(|item| item.title().is_some());
        if !titled {
            draft.title = percent_encoding::percent_decode_str(self.address.as_str()).decode_utf8_lossy().into_owned();
        }
        draft.source = Some(self.address.to_string());
        draft.loss = Some(loss);
        Some(draft)
    }
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
pub(super) fn obtain(sources: &[Source], choice: &Choice, fetcher: &Fetcher, progress: &dyn Progress) -> Vec<Read> {
    let slots: Vec<Mutex<Read>> = sources.iter().map(|_| Mutex::default()).collect();
    let done = |index: usize, read: Read| {
        *slots[index].lock().unwrap_or_else(PoisonError::into_inner) = read;
        progress.advance(Stage::Collect, 1);
    };
    let mut files = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        match source {
            Source::File(file) => files.push((index, file)),
            Source::Page { address, input, server, is_list } => {
                let (address, input, server, is_list) = (without_login(address), *input, server.clone(), *is_list);
                let wanted =
                    Wanted { address, input, server, hops: 0, is_list, item: None, title: None, section: None };
                *slots[index].lock().unwrap_or_else(PoisonError::into_inner) =
                    Read { found: vec![Found::Page(Box::new(wanted))], problems: Vec::new() };
            }
        }
    }
    files.par_iter().for_each(|(index, file)| done(*index, from_file(file, choice)));
    let mut reads: Vec<Read> =
        slots.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
    let mut asked = BTreeSet::new();
    while follow(&mut reads, &mut asked, choice, fetcher, progress) {}
    reads
}

/// Fetches every address that waits, and puts what it gave in its place. Whether there was any.
fn follow(
    reads: &mut [Read],
    asked: &mut BTreeSet<Url>,
    choice: &Choice,
    fetcher: &Fetcher,
    progress: &dyn Progress,
) -> bool {
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut told = false;
    for read in reads.iter_mut() {
        let problems = &mut read.problems;
        read.found.retain(|found| {
            let Found::Page(page) = found else { return true };
            // A feed may name itself as its next page, and a list one feed twice; the user may name it as often as he likes.
            let is_named = page.hops > 0 && page.item.is_none();
            if is_named && asked.contains(&page.address) {
                return false;
            }
            let mut refuse = |message: String| {
                problems.push(Problem::error(Code::FeedBroken, Origin::Url(page.address.to_string()).place(), message));
            };
            if page.hops > MOST_HOPS {
                refuse(format!("more than {MOST_HOPS} pages of feeds lead here: the rest is not read"));
                return false;
            }
            if is_named && asked.len() >= MOST_LISTS {
                if !std::mem::replace(&mut told, true) {
                    refuse(format!("lists name more than {MOST_LISTS} feeds and pages of feeds: the rest is not read"));
                }
                return false;
            }
            if is_named {
                asked.insert(page.address.clone());
            }
            wanted.push((**page).clone());
            true
        });
    }
    if wanted.is_empty() {
        return false;
    }
    let slots: Vec<Mutex<Read>> = wanted.iter().map(|_| Mutex::default()).collect();
    let request = |page: &Wanted| Request {
        url: page.asked_address(),
        kind: Expected::Page,
        article: None,
        trusted: page.is_typed(),
        newest: page.item.is_none(),
    };
    progress.begin(Stage::Collect, wanted.len() as u64);
    fetcher.fetch_each(wanted.iter().map(request).collect(), &|at, result| {
        *slots[at].lock().unwrap_or_else(PoisonError::into_inner) = from_answer(&wanted[at], choice, result);
        progress.advance(Stage::Collect, 1);
    });
    let mut answers = slots.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
    for read in reads {
        for found in std::mem::take(&mut read.found) {
            match found {
                Found::Draft(_) => read.found.push(found),
                Found::Page(_) => {
                    let Some(answer) = answers.next() else { continue };
                    read.found.extend(answer.found);
                    read.problems.extend(answer.problems);
                }
            }
        }
    }
    true
}

fn from_file(file: &File, choice: &Choice) -> Read {
    let origin = Origin::File { path: file.path.clone(), key: file.key.clone() };
    let bytes = match std::fs::read(&file.path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("the article cannot be read: {error}");
            return failed(Problem::error(Code::ArticleUnreadable, origin.place(), message));
        }
    };
    let reach = Reach::Folder(file.folder.clone());
    let arrival = Arrival { bytes, origin, reach, input: file.input, address: None, content_type: None };
    read(arrival, None, choice)
}

fn from_answer(wanted: &Wanted, choice: &Choice, result: Result<Fetched, FetchError>) -> Read {
    let origin = Origin::Url(wanted.address.to_string());
    let status = result.as_ref().err().and_then(FetchError::status);
    let mut is_list = wanted.is_list;
    let mut answer = match result {
        Ok(Fetched { body: bytes, address, content_type, stale }) => {
            let (reach, input) = (wanted.reach(&address), wanted.input);
            let arrival = Arrival { bytes, origin, reach, input, address: Some(address), content_type };
            is_list |= wanted.item.is_none() && matches!(arrival.kind(), Kind::Feed | Kind::Opml);
            match stale {
                // Who remembers what was seen must not take an old list for one that names nothing new.
                Some(error) if choice.live && is_list => wanted.not_had(is_list, &error),
                stale => {
                    let mut answer = read(arrival, Some(wanted), choice);
                    answer.problems.extend(stale.map(|error| wanted.old(is_list, &error)));
                    answer
                }
            }
        }
        Err(error) => wanted.not_had(is_list, &error),
    };
    let fault = answer.problems.iter().find(|problem| problem.severity == Severity::Error);
    // A list is no article, and no chapter stands for it.
    if let Some(Problem { code, .. }) = fault.filter(|_| answer.found.is_empty() && !is_list) {
        let lost = wanted.lost(Loss { code: *code, status });
        answer.found.extend(lost.map(|draft| Found::Draft(Box::new(draft))));
    }
    for found in &mut answer.found {
        match found {
            Found::Draft(draft) => {
                if let Some(item) = &wanted.item {
                    item.complete(draft);
                }
                draft.section = draft.section.take().or_else(|| wanted.section.clone());
            }
            Found::Page(page) => page.section = page.section.take().or_else(|| wanted.section.clone()),
        }
    }
    answer
}

fn failed(problem: Problem) -> Read {
    Read { found: Vec::new(), problems: vec![problem] }
}

/// Bytes become drafts. A panic of a library is a problem of one source.
fn read(arrival: Arrival, wanted: Option<&Wanted>, choice: &Choice) -> Read {
    let place = arrival.origin.place();
    // Nothing that the closure could leave half-changed outlives it.
    let result = catch_unwind(AssertUnwindSafe(move || {
        let mut problems = Vec::new();
        let found = read_kind(&arrival, wanted, choice, &mut problems);
        Read { found, problems }
    }));
    result.unwrap_or_else(|_| failed(Problem::error(Code::InternalPanic, place, "reading the article failed")))
}

fn read_kind(arrival: &Arrival, wanted: Option<&Wanted>, choice: &Choice, problems: &mut Vec<Problem>) -> Vec<Found> {
    let unsupported = |message: String| Problem::error(Code::ArticleUnsupported, arrival.origin.place(), message);
    let is_remote = arrival.address.is_some();
    let hops = wanted.map_or(0, |wanted| wanted.hops);
    let draft = match arrival.kind() {
        Kind::Markdown | Kind::Html | Kind::Mhtml if wanted.is_some_and(|wanted| wanted.is_list) => {
            problems.push(unsupported("what the address of a feed gives is a page, and no feed".to_owned()));
            None
        }
        Kind::Markdown => markdown::read(arrival, problems),
        Kind::Html => page::read(arrival, problems),
        Kind::Mhtml => page::read_mhtml(arrival, problems),
        Kind::Feed | Kind::Opml if wanted.is_some_and(|wanted| wanted.item.is_some()) => {
            problems.push(unsupported("the feed names a feed where a page of an article should be".to_owned()));
            None
        }
        Kind::Feed => return feed::read(arrival, choice, hops, problems),
        Kind::Opml => return feeds_of(arrival, hops, problems),
        Kind::Other(what) => {
            let subject = if is_remote { "what the address gives" } else { "the file" };
            problems.push(unsupported(format!("{subject} is {what}, and no article")));
            None
        }
    };
    draft.map(|draft| Found::Draft(Box::new(draft))).into_iter().collect()
}

/// The feeds that a list names.
fn feeds_of(arrival: &Arrival, hops: usize, problems: &mut Vec<Problem>) -> Vec<Found> {
    let decoded = encoding::decode_page(&arrival.bytes, arrival.content_type.as_deref());
    let outlines = opml::read(&decoded.text);
    if let Some(reason) = outlines.broken {
        let message = format!("the list of feeds breaks off after {} feeds: {reason}", outlines.feeds.len());
        problems.push(Problem::error(Code::FeedBroken, arrival.origin.place(), message));
    } else if outlines.feeds.is_empty() {
        problems.push(Problem::warning(Code::ArticleEmpty, arrival.origin.place(), "the list names no feed"));
    }
    let page = |opml::Outline { address, is_feed, title, section }| {
        let place = Wanted { hops: hops + 1, is_list: is_feed, ..arrival.wanted(address) };
        Found::Page(Box::new(Wanted { title, section, ..place }))
    };
    outlines.feeds.into_iter().map(page).collect()
}

impl Arrival {
    /// An address that this list names, with the trust that the list has.
    pub(super) fn wanted(&self, address: Url) -> Wanted {
        let server = match &self.reach {
            Reach::Server(server) => Some(server.clone()),
            Reach::Public | Reach::Folder(_) => None,
        };
        Wanted { address, input: self.input, server, hops: 0, is_list: false, item: None, title: None, section: None }
    }

    /// What its bytes are.
    fn kind(&self) -> Kind {
        kind::of(&self.bytes, self.extension().as_deref(), self.content_type.as_deref())
    }

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
