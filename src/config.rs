//! wenji.toml as plain data: what the file says, checked, and nothing else. `bind` turns it into
//! each room's own options.
//!
//! | step | file |
//! |---|---|
//! | what a value may say | [`values`] |
//! | text becomes a [`Config`], or faults with their place | [`mod@read`] |
//! | what is understood but not yet done | [`later`] |

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

pub mod later;
pub mod read;
pub mod values;

use crate::book::Section;
use crate::pdf::style::Paper;
pub use read::{ConfigError, Loaded, read};
use values::{CatchUp, Edited, EpubProfile, Format, IfEmpty, Links, Moment, PdfProfile, Size, Sort, Span, WritingMode};

/// A commented wenji.toml that shows every key; `wenji init` writes it.
pub const TEMPLATE: &str = include_str!("config/template.toml");

/// All of wenji.toml. What the file does not say is `None` or empty.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The facts of the book.
    pub book: Book,
    /// Where articles come from.
    pub source: Vec<Source>,
    /// Which articles are taken, and their order.
    pub select: Select,
    /// How text is mended.
    pub clean: Clean,
    /// Where books go.
    pub output: Output,
    /// The EPUB.
    pub epub: Epub,
    /// The PDF.
    pub pdf: Pdf,
    /// Faces.
    pub fonts: Fonts,
    /// How remote things are fetched.
    pub fetch: Fetch,
    /// Periodic builds.
    pub schedule: Option<Schedule>,
    /// Where finished books are sent.
    pub deliver: Vec<Deliver>,
    /// Several anthologies in one file: each has its own sections, over those of the file. What they come to stands in
    /// [`Loaded::anthologies`].
    pub anthology: Vec<Anthology>,
}

impl Config {
    /// Whether issues are made by a schedule, and so have numbers.
    #[must_use]
    pub fn is_scheduled(&self) -> bool {
        self.schedule.as_ref().is_some_and(|schedule| schedule.cron.is_some())
    }
}

/// One of several anthologies of a file. Its sections are read over those of the file.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Anthology {
    /// By what it is known to `wenji schedule`.
    pub name: String,
}

/// The facts of the book.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Book {
    /// The title; may hold `{date}`, `{from}`, `{to}`, and `{issue}` when that is given.
    pub title: Option<String>,
    /// Author or editor of the whole.
    pub author: Option<String>,
    /// The language.
    pub lang: Option<String>,
    /// A summary.
    pub description: Option<String>,
    /// The publisher.
    pub publisher: Option<String>,
    /// The cover picture, relative to wenji.toml.
    pub cover: Option<PathBuf>,
    /// What the book's identifier is made from.
    pub identifier: Option<String>,
    /// The series that the book belongs to.
    pub series: Option<String>,
    /// Which issue it is.
    pub issue: Option<u32>,
}

/// Where articles come from: one of `path`, `url`, `feed` and `opml`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Source {
    /// A file, folder or glob, relative to wenji.toml.
    pub path: Option<String>,
    /// The URL of an article.
    pub url: Option<String>,
    /// The URL of a feed.
    pub feed: Option<String>,
    /// An OPML file.
    pub opml: Option<String>,
    /// The part of the book that the articles stand in.
    pub section: Option<Section>,
    /// At most so many articles.
    pub limit: Option<usize>,
    /// Globs: only what matches one is taken.
    pub include: Vec<String>,
    /// Globs: what matches one is left out.
    pub exclude: Vec<String>,
}

/// Which articles are taken, and their order.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Select {
    /// Articles from before this are left out.
    pub since: Option<Moment>,
    /// Articles from after this are left out.
    pub until: Option<Moment>,
    /// The order.
    pub sort: Option<Sort>,
    /// At most so many articles, the newest.
    pub max_articles: Option<usize>,
    /// What becomes of an article that was in an issue and has changed since.
    pub edited: Option<Edited>,
}

/// How text is mended.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Clean {
    /// Regular expressions; what they match is removed.
    pub strip: Vec<String>,
    /// Whether lines that a converter wrapped are joined.
    pub join_wrapped_lines: Option<bool>,
    /// Whether stray spaces between Han characters are dropped.
    pub trim_inner_spaces: Option<bool>,
    /// Whether ASCII punctuation in Chinese text becomes Chinese punctuation, and in Latin text a typographer's.
    pub punctuation: Option<bool>,
    /// Whether the lines with which articles open and close, calls to follow and the like, are removed.
    pub boilerplate: Option<bool>,
    /// Whether a bold paragraph that stands alone becomes a heading.
    pub bold_headings: Option<bool>,
}

/// Where books go.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Output {
    /// The folder, relative to wenji.toml.
    pub dir: Option<PathBuf>,
    /// The file name without extension; may hold `{slug}`, `{volume}` and what a title may hold.
    pub name: Option<String>,
    /// The kinds of books.
    pub formats: Option<Vec<Format>>,
    /// The name of the style.
    pub style: Option<String>,
    /// How many issues stay in the folder.
    pub keep: Option<usize>,
}

/// The EPUB.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Epub {
    /// The readers it is made for.
    pub profile: Option<EpubProfile>,
    /// Whether faces are put into the book.
    pub embed_fonts: Option<bool>,
    /// The book is split into volumes above this size.
    pub max_size: Option<Size>,
    /// The direction of text.
    pub writing_mode: Option<WritingMode>,
    /// Whether pictures become gray.
    pub grayscale: Option<bool>,
    /// Whether EPUBs in the folder get the name `.kepub.epub`, by which a Kobo takes its own engine.
    pub kepub: Option<bool>,
    /// Who vouches that the book is accessible (EPUB Accessibility 1.1, WCAG 2.2 Level AA).
    pub certified_by: Option<String>,
}

/// The PDF.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Pdf {
    /// The size of its pages.
    #[serde(deserialize_with = "paper")]
    pub paper: Option<Paper>,
    /// What it is made for.
    pub profile: Option<PdfProfile>,
    /// Whether left and right pages differ.
    pub two_sided: Option<bool>,
    /// Whether articles begin on right pages, in a two-sided book.
    pub recto: Option<bool>,
    /// Whether pages carry bleed and crop marks.
    pub bleed: Option<bool>,
    /// What becomes of links.
    pub links: Option<Links>,
}

fn paper<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Paper>, D::Error> {
    Paper::parse(&String::deserialize(deserializer)?).map(Some).map_err(serde::de::Error::custom)
}

/// Faces. A role takes the name of a family, or a list of them, the foremost first.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Fonts {
    /// Folders of more faces, relative to wenji.toml.
    pub dirs: Vec<PathBuf>,
    /// The families of text.
    #[serde(deserialize_with = "values::one_or_more")]
    pub serif: Vec<String>,
    /// The families of headings.
    #[serde(deserialize_with = "values::one_or_more")]
    pub sans: Vec<String>,
    /// The families of quotations and captions.
    #[serde(deserialize_with = "values::one_or_more")]
    pub kai: Vec<String>,
    /// The families of code.
    #[serde(deserialize_with = "values::one_or_more")]
    pub mono: Vec<String>,
    /// Whether the system's faces stand in for what no other face has.
    pub system: Option<bool>,
}

/// How remote things are fetched.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Fetch {
    /// How long connecting to a host may take.
    pub connect_timeout: Option<Span>,
    /// How long a server may be silent.
    pub timeout: Option<Span>,
    /// How long one thing may take with all its retries.
    pub total_timeout: Option<Span>,
    /// How often a failed request is made again.
    pub retries: Option<u32>,
    /// How many requests run at a time.
    pub concurrency: Option<usize>,
    /// How many requests run at a time to one host.
    pub per_host: Option<usize>,
    /// The pause between two requests to one host.
    pub min_interval: Option<Span>,
    /// The largest page.
    pub max_page: Option<Size>,
    /// The largest picture.
    pub max_image: Option<Size>,
    /// What is sent as Referer, by host: `none`, `origin`, `article` or a URL.
    pub referer: BTreeMap<String, String>,
    /// Headers by host, name and value.
    pub headers: BTreeMap<String, BTreeMap<String, String>>,
    /// A cookies.txt, relative to wenji.toml.
    pub cookies: Option<PathBuf>,
    /// The proxy; without it, that of the environment.
    pub proxy: Option<String>,
    /// Certificates of more authorities, in PEM form, relative to wenji.toml.
    pub ca: Option<PathBuf>,
    /// The User-Agent.
    pub user_agent: Option<String>,
    /// The folder of the cache, relative to wenji.toml.
    pub cache: Option<PathBuf>,
    /// How large the cache may be.
    pub cache_size: Option<Size>,
}

/// Periodic builds.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Schedule {
    /// When, as a cron expression.
    pub cron: Option<String>,
    /// The zone in which the expression, and times without a zone, are read.
    pub timezone: Option<String>,
    /// When sources are read between two issues, as a cron expression.
    pub poll: Option<String>,
    /// Whether missed issues are made up for.
    pub catch_up: Option<CatchUp>,
    /// What happens when there is nothing new.
    pub if_empty: Option<IfEmpty>,
    /// Issues come up to so much later, each at its own distance, so that many machines do not ask at once.
    pub jitter: Option<Span>,
    /// How often a build that failed is tried again.
    pub retries: Option<u32>,
    /// The folder of what is remembered, relative to wenji.toml.
    pub state: Option<PathBuf>,
}

/// Where finished books are sent: one of these.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Deliver {
    /// A mail address.
    pub email: Option<String>,
    /// An object store.
    pub store: Option<String>,
    /// A folder.
    pub dir: Option<PathBuf>,
    /// A URL that is called.
    pub webhook: Option<String>,
}
