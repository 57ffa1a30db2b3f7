//! Sources become articles: what the user named is found, read or fetched, told by what it holds, decoded, and its facts
//! taken off; later the pictures that the articles name are brought into the store.
//!
//! The files in the order in which they work:
//! 1. [`input`] tells what was typed: a file, a folder, a glob, an address, a list.
//! 2. `find` turns inputs into files and addresses, in natural order, each once.
//! 3. `obtain` reads the files and fetches the addresses; `kind` tells what came, by its bytes.
//! 4. `encoding` turns bytes into text.
//! 5. `markdown` turns a file into a [`Draft`]; `front_matter` and `header` read its head into `facts`, with `dates`.
//!    `feed` and `opml` tell which articles a feed or a list of feeds has, as far as [`Choice`] takes them.
//!    `saved` gives the files of an earlier `wenji collect` what their list knows of them.
//! 6. `page` turns a web page into a draft: its facts, and the elements of the article cut out of what is around them;
//!    `wechat` knows the pages of WeChat. What an address did not give is a draft with a [`Loss`].
//!    `same` tells which drafts are one article.
//! 7. [`images`] (with `locate`) reads local pictures and fetches remote ones, once the text has been parsed.
//! 8. [`archive`] is the form in which articles are saved: it writes header and text, and reads them again.
//! 9. [`fetch`] is the one HTTP client; asynchronous code ends there.

use std::path::{Path, PathBuf};

use url::Url;

use crate::book::{Body, Language, Origin, Published, Section};
use crate::collect::fetch::Fetcher;
use crate::problem::{Code, Problem};
use crate::progress::{Progress, Stage};

pub mod archive;
mod choice;
mod dates;
mod encoding;
mod facts;
mod feed;
pub mod fetch;
mod find;
mod front_matter;
mod header;
pub mod images;
pub mod input;
mod kind;
mod locate;
mod markdown;
mod obtain;
mod opml;
mod page;
mod prose;
mod same;
pub(crate) mod saved;
mod wechat;

pub use choice::Choice;
pub(crate) use choice::newest;
pub use input::Input;
pub use page::PageLine;
pub(crate) use same::{Met, key};

/// An article before its text is parsed: its facts, and its body.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The index of the input that gave it.
    pub input: usize,
    /// Where it came from.
    pub origin: Origin,
    /// What it may name beyond public addresses.
    pub reach: Reach,
    /// The title, plain text, never empty.
    pub title: String,
    /// Who wrote it; empty when unknown.
    pub authors: Vec<String>,
    /// The site or account that published it.
    pub site: Option<String>,
    /// When it was published.
    pub published: Option<Published>,
    /// Where it was published from (发布地).
    pub place: Option<String>,
    /// The address of the original.
    pub source: Option<String>,
    /// The address or path of its cover picture, as the header gives it.
    pub cover: Option<String>,
    /// A summary.
    pub description: Option<String>,
    /// Keywords.
    pub tags: Vec<String>,
    /// The section that the header names.
    pub section: Option<Section>,
    /// The language that the header names; for a page, the one of its text.
    pub language: Option<Language>,
    /// Why this is not the article, but only stands for it; its text is what a list says of the article, if anything.
    pub loss: Option<Loss>,
    /// What tells it from other articles of its feed that have the same page: a place in it, or its name in the feed.
    pub mark: Option<String>,
    /// The text without the header.
    pub body: Body,
    /// Whether the text was cleaned before it was saved, so that its marks and spaces are what they shall be.
    pub cleaned: bool,
    /// Of a page, the lines that are not in the article, beside those that are; empty for everything else.
    pub page: Vec<PageLine>,
}

impl Draft {
    /// The language that is known, else that of the text.
    #[must_use]
    pub fn spoken(&self) -> Language {
        self.language.clone().unwrap_or_else(|| prose::language(&self.title, &self.body))
    }

    /// Whether there is anything of the article to be read.
    #[must_use]
    pub fn has_text(&self) -> bool {
        self.loss.is_none() || !self.body.source().trim().is_empty()
    }

    /// Tells the log that it is left out, because it is there already.
    pub(crate) fn log_duplicate(&self) {
        tracing::info!("left out as a duplicate: {} ({})", self.title, self.origin.key());
    }
}

/// Why an article that is named by its address could not be had. A problem tells more of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// The code of that problem.
    pub code: Code,
    /// What the server answered instead of success.
    pub status: Option<u16>,
}

impl Loss {
    /// Whether it is worth asking again another day: servers are down, addresses and contents gone.
    #[must_use]
    pub fn may_pass(self) -> bool {
        match self.code {
            Code::ArticleHttpStatus => self.status.is_some_and(|status| matches!(status, 408 | 425 | 429 | 500..)),
            Code::ArticleConnect
            | Code::ArticleTimeout
            | Code::ArticleBody
            | Code::ArticleOffline
            | Code::ArticleChallenge
            | Code::ArticleUnpublished => true,
            _ => false,
        }
    }
}

/// What an article may name beyond public addresses. Articles are not trusted with more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Nothing.
    Public,
    /// The files of the folder in which it stands.
    Folder(PathBuf),
    /// The server that it came from, because the user typed its address: nothing but scheme, host and port counts.
    Server(Url),
}

impl Reach {
    /// What an article may name that came with a list: nothing of this machine.
    pub(crate) fn remote(&self) -> Self {
        match self {
            Self::Server(server) => Self::Server(server.clone()),
            Self::Public | Self::Folder(_) => Self::Public,
        }
    }

    /// The folder whose files may be read.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Public | Self::Server(_) => None,
        }
    }

    /// An address as it is asked for: with the name and password that the user typed for its server.
    pub(crate) fn with_login(&self, address: &Url) -> Url {
        let mut address = address.clone();
        if let Self::Server(server) = self
            && self.is_server_of(&address)
            && address.username().is_empty()
            && address.password().is_none()
        {
            // Addresses of http and https can have them.
            let _ = (address.set_username(server.username()), address.set_password(server.password()));
        }
        address
    }

    /// Whether an address is on the server that the user typed.
    pub(crate) fn is_server_of(&self, address: &Url) -> bool {
        matches!(self, Self::Server(server) if server.origin() == address.origin())
    }
}

/// What the inputs gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Collected {
    /// The articles, in the order of the inputs.
    pub drafts: Vec<Draft>,
    /// What could not be read, or not wholly.
    pub problems: Vec<Problem>,
}

/// Finds and reads the articles that the inputs name, in their order, as far as `choice` takes those of feeds.
pub fn collect(inputs: &[Input], choice: &Choice, fetcher: &Fetcher, progress: &dyn Progress) -> Collected {
    let mut collected = Collected::default();
    let sources = find::find(inputs, &mut collected.problems);
    progress.begin(Stage::Collect, sources.len() as u64);
    for read in obtain::obtain(&sources, choice, fetcher, progress) {
        for found in read.found {
            if let obtain::Found::Draft(draft) = found {
                collected.drafts.push(*draft);
            }
        }
        collected.problems.extend(read.problems);
    }
    // One page may have several addresses; it says itself which of them is meant. A file is never dropped.
    let mut met = Met::before(collected.drafts.iter().filter(|draft| draft.loss.is_none()));
    collected.drafts.retain(|draft| {
        let is_new = draft.loss.is_some() || met.is_new(draft);
        if !is_new {
            draft.log_duplicate();
        }
        is_new
    });
    saved::restore(inputs, &mut collected.drafts);
    progress.end(Stage::Collect);
    collected
}
